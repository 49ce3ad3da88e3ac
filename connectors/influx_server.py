"""InfluxDB 2 over HTTP, by influxdb-client: lines in, InfluxQL out, buckets looked after.

One try a call, no retry and no queue; those are `influx_shipper.py`'s. The client's own retries
sleep inside a request and its batching forgets on exit, so neither is used. Queries go through
the server's InfluxQL endpoint (`/query`), under the names that buckets have there. It must never
send a token in clear text to another machine.
"""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import structlog

from connectors.loopback import is_loopback
from connectors.vendor_error import clause
from twin_core.errors import StoreDown, WrongKind

log = structlog.get_logger(__name__)

_DAY_S = 86_400
_QUERY_MS = 60_000  # an answer may take longer than a write
_FAULTY_LINES = (400, 413, 422)
_GZIP = 1  # a tenth more bytes than the client's level 9, in a fraction of its time


class Away(StoreDown):
    """The server cannot be used at present; `after_s` is how long it asks to be left alone."""

    def __init__(self, reason: str, after_s: float = 0.0) -> None:
        self.reason, self.after_s = reason, after_s
        super().__init__("history", reason)


class LinesRefused(StoreDown):
    """The server takes some or all of these lines never; which ones it does not say."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__("history", reason)


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its tags, and rows of columns, the first being time in ns."""

    tags: Mapping[str, str]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server is and who we are there.

    Attributes:
        bucket: of readings; the log is in `{bucket}_log`.
        ca_file: whom we trust, over the system's authorities.
        timeout_s: host seconds a request that is no query may take.
    """

    url: str
    org: str
    token: str = field(repr=False)
    bucket: str = "opstwin"
    ca_file: str = ""
    timeout_s: float = 10.0

    @property
    def log(self) -> str:
        """The bucket of the log, which keeps everything for ever."""
        return f"{self.bucket}_log"


class InfluxServer:
    """One server; every method blocks and may be called from any thread.

    Raises:
        WrongKind: an address that is none, or that would show the token to the network.
    """

    def __init__(self, access: Access) -> None:
        at = urlsplit(access.url)
        secure = at.scheme == "https" or (at.scheme == "http" and is_loopback(at.hostname or ""))
        if not at.hostname or not secure:
            needed = "https://HOST:PORT, or http:// on this machine"
            raise WrongKind("InfluxDB's address", repr(access.url), needed)
        import influxdb_client

        self.access = access
        self._vendor: Any = influxdb_client  # it has no types of its own
        self._client = self._vendor.InfluxDBClient(
            url=access.url,
            token=access.token,
            org=access.org,
            timeout=int(access.timeout_s * 1000),
            ssl_ca_cert=access.ca_file or None,
        )

    def write(self, bucket: str, lines: Sequence[bytes]) -> None:
        """Send lines; returns once the server has them all durably.

        Raises:
            Away: it could not be reached, or would not; all may be sent again.
            LinesRefused: it will never take some of them.
        """
        access = self.access
        self._called(
            lambda: self._client.api_client.call_api(
                "/api/v2/write",
                "POST",
                query_params=[("org", access.org), ("bucket", bucket), ("precision", "ns")],
                header_params={
                    "Content-Encoding": "gzip",
                    "Content-Type": "text/plain; charset=utf-8",
                },
                body=gzip.compress(b"\n".join(lines), _GZIP),
            )
        )

    def query(self, bucket: str, statement: str) -> list[Series]:
        """What an InfluxQL statement gives.

        Raises:
            Away: it could not be reached, or would not.
            StoreDown: it refuses the statement, or gives only a part of the answer.
        """

        def ask() -> Any:
            response = self._client.api_client.call_api(
                "/query",
                "POST",
                header_params={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                },
                post_params={"db": bucket, "epoch": "ns", "q": statement},
                _request_timeout=_QUERY_MS,
                _preload_content=False,
                _return_http_data_only=True,
            )
            return json.loads(response.data)

        try:
            (result,) = self._called(ask)["results"]
        except (ValueError, KeyError, TypeError) as problem:
            raise Away(f"what answers at {self.access.url} is no InfluxDB") from problem
        series = result.get("series", [])
        if "error" in result:
            raise StoreDown("history", f"InfluxDB: {result['error']} (bucket {bucket})")
        if result.get("partial") or any(found.get("partial") for found in series):
            raise StoreDown("history", "InfluxDB cuts its answers short; raise its max-row-limit")
        return [Series(f.get("tags", {}), f["columns"], f["values"]) for f in series]

    def prepare(self, keep_days: float | None) -> None:
        """Have both buckets, keeping readings for so many days, and the log; None = for ever.

        Raises:
            Away: it could not be reached, or the token may not do it.
        """
        self._bucket(self.access.bucket, round((keep_days or 0) * _DAY_S))
        self._bucket(self.access.log, 0)

    def buckets(self) -> dict[str, int | None]:
        """Seconds that each of our buckets keeps what it has, 0 = for ever; None = not there."""
        found = {name: self._found(name) for name in (self.access.bucket, self.access.log)}
        return {name: None if bucket is None else _kept(bucket) for name, bucket in found.items()}

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    def _found(self, name: str) -> Any:
        """The bucket, if there is one that the token may see."""
        api = self._client.buckets_api()
        page = self._called(lambda: api.find_buckets(name=name, org=self.access.org))
        return next((bucket for bucket in page.buckets if bucket.name == name), None)

    def _bucket(self, name: str, seconds: int) -> None:
        rule = self._vendor.BucketRetentionRules(type="expire", every_seconds=seconds)
        api, bucket = self._client.buckets_api(), self._found(name)
        if bucket is None:
            org = self.access.org
            self._called(lambda: api.create_bucket(bucket_name=name, retention_rules=rule, org=org))
        elif _kept(bucket) != seconds:
            log.info("InfluxDB keeps readings for another time now", bucket=name, seconds=seconds)
            bucket.retention_rules = [rule]
            self._called(lambda: api.update_bucket(bucket))

    def _called(self, call: Callable[[], Any]) -> Any:
        """What a call gives, the client's errors in our words."""
        import urllib3
        from influxdb_client.rest import ApiException

        where = self.access.url
        try:
            return call()
        except ApiException as problem:
            said = str(problem.message or problem.reason or "").strip()
            said = said.replace(self.access.token, "…")  # a proxy may say again what it was told
            told = f"InfluxDB at {where} answers {problem.status}: {said}"
            # Up to 2.3 a partial write is told as an internal error.
            if problem.status in _FAULTY_LINES or "partial write" in said:
                raise LinesRefused(said or f"status {problem.status}") from problem
            raise Away(told, _seconds(problem.retry_after)) from problem
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            raise Away(f"no InfluxDB at {where}: {clause(problem)}") from problem


def _kept(bucket: Any) -> int:
    """Seconds that the bucket keeps what it has, 0 = for ever."""
    return int(bucket.retention_rules[0].every_seconds) if bucket.retention_rules else 0


def _seconds(header: str | None) -> float:
    """A Retry-After header, where it is a number of seconds; else 0."""
    return float(header) if header and header.isdecimal() else 0.0
