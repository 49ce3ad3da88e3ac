"""InfluxDB for the tests: an endpoint with the paths of version 2, and real servers behind it.

Debian has InfluxDB 1.6 and VictoriaMetrics, and nobody has InfluxDB 2 for this machine. The
endpoint takes what the adapter sends, counts it, and can fail on demand. It answers no query by
itself: it has InfluxDB 1.6 answer, whose InfluxQL is that of version 2, or none, and then only
while nothing was stored.
"""

import gzip
import json
import secrets
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import influxdb_client
import pytest

from api.settings import load
from connectors.history_influxdb import HistoryInfluxDB
from connectors.influx_server import Access
from evals.virtual.loopback import free_port
from tests.debian import command

ORG, TOKEN = "plant", "secret-token"
ORG_ID = "0123456789abcdef"
START_S = 20.0

INFLUXD = """
reporting-disabled = true
bind-address = "127.0.0.1:%(rpc)d"
[meta]
dir = "%(folder)s/meta"
logging-enabled = false
[data]
dir = "%(folder)s/data"
wal-dir = "%(folder)s/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:%(port)d"
log-enabled = false
[monitor]
store-enabled = false
"""


def got(url, data=None, headers=None):
    """Status and body of a GET, or of a POST when there is data."""
    asked = urllib.request.Request(url, data, headers or {})  # noqa: S310 (loopback)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


@contextmanager
def running(words, alive, cwd):
    """A server process, from when it answers at `alive` until the block ends."""
    with (cwd / "log").open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said, cwd=cwd)
    try:
        until, pause = time.monotonic() + START_S, threading.Event()
        while True:
            try:
                got(alive)
                break
            except OSError:
                assert process.poll() is None, (cwd / "log").read_text()
                assert time.monotonic() < until, (cwd / "log").read_text()
                pause.wait(0.02)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def influxdb_1(folder):
    """Debian's InfluxDB 1.6; its address."""
    words, why = command("influxdb", "usr/bin/influxd")
    if why:
        pytest.skip(why)
    told = subprocess.run([*words, "version"], capture_output=True, text=True, check=True).stdout
    if "v1." not in told:
        pytest.skip(f"this influxd is no version 1: {told.strip()}")
    port = free_port()
    config = folder / "influxd.conf"
    config.write_text(INFLUXD % {"folder": folder, "port": port, "rpc": free_port()})
    url = f"http://127.0.0.1:{port}"
    with running([*words, "-config", str(config)], f"{url}/ping", folder):
        yield url


@contextmanager
def victoria_metrics(folder):
    """Debian's VictoriaMetrics; its address."""
    words, why = command("victoria-metrics", "usr/bin/victoria-metrics")
    if why:
        pytest.skip(why)
    port = free_port()
    words += [f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}",
              "-retentionPeriod=100y", "-search.maxExportDuration=1m"]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with running(words, f"{url}/health", folder):
        yield url


class Endpoint:
    """The paths of InfluxDB 2 that the adapter uses, on loopback.

    Args:
        engine: address of an InfluxDB 1 that stores and answers; None = nobody answers queries.
        sink: address of another that takes version 2's writes.

    Attributes:
        lines: what was taken, by bucket, in order.
        requests: how many lines each write had.
        faults: what the next writes meet, each once: (status, headers, message), `cut`, `stall`.
        refuses: a part of a line that makes it be refused; None = none.
        down: whether connections are dropped.
    """

    def __init__(self, engine=None, sink=None):
        self.engine, self.sink = engine, sink
        self.lines = {}
        self.requests = []
        self.faults: deque[Any] = deque()
        self.refuses = None
        self.down = False
        self.buckets = {}
        self.came = threading.Condition()
        self.release = threading.Event()

    @contextmanager
    def open(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            self.release.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def access(self, **given):
        return Access(url=self.url, org=ORG, token=TOKEN, **given)

    def wait(self, bucket, count):
        """Until so many lines of a bucket have come, at most ten seconds."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.lines.get(bucket, [])) >= count, 10)

    def statement(self, text):
        """What the engine says to a statement of its own kind."""
        form = urllib.parse.urlencode({"q": text}).encode()
        status, body = got(f"{self.engine}/query", form)
        assert status == 200, body
        assert b"error" not in body, body

    def retention(self, bucket, *, fresh):
        rules = bucket["retentionRules"]
        seconds = rules[0]["everySeconds"] if rules else 0
        if self.engine:
            name, kept = bucket["name"], f"{seconds}s" if seconds else "INF"
            self.statement(
                f'CREATE DATABASE "{name}" WITH DURATION {kept} NAME "autogen"'
                if fresh
                else f'ALTER RETENTION POLICY "autogen" ON "{name}" DURATION {kept}'
            )


def _handler(owner):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            pass

        def answer(self, status, body=b"", **headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def refuse(self, status, message, code="invalid", **headers):
            body = json.dumps({"code": code, "message": message}).encode()
            self.answer(status, body, Content_Type="application/json", **headers)

        def begin(self):
            """Path, query and body; None when the connection was dropped or refused."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if owner.down:
                self.close_connection = True
                self.connection.close()
                return None
            if self.headers["Authorization"] != f"Token {TOKEN}":
                self.refuse(401, "unauthorized access", "unauthorized")
                return None
            at = urllib.parse.urlsplit(self.path)
            return at.path, dict(urllib.parse.parse_qsl(at.query)), body

        def do_GET(self):
            if (asked := self.begin()) is None:
                return
            path, query, _ = asked
            if path == "/api/v2/orgs":
                found = {"orgs": [{"id": ORG_ID, "name": ORG}]}
            elif path == "/api/v2/buckets":
                named = query["name"]
                found = {"buckets": [owner.buckets[named]] if named in owner.buckets else []}
            else:
                self.refuse(404, "path not found", "not found")
                return
            self.answer(200, json.dumps(found).encode(), Content_Type="application/json")

        def do_PATCH(self):
            if (asked := self.begin()) is None:
                return
            path, _, body = asked
            bucket = next(b for b in owner.buckets.values() if path.endswith(b["id"]))
            bucket.update(json.loads(body))
            owner.retention(bucket, fresh=False)
            self.answer(200, json.dumps(bucket).encode(), Content_Type="application/json")

        def do_POST(self):
            if (asked := self.begin()) is None:
                return
            path, query, body = asked
            if path == "/api/v2/buckets":
                bucket = {"id": f"{len(owner.buckets) + 1:016x}", "type": "user",
                          "retentionRules": [], **json.loads(body)}  # fmt: skip
                owner.buckets[bucket["name"]] = bucket
                owner.retention(bucket, fresh=True)
                self.answer(201, json.dumps(bucket).encode(), Content_Type="application/json")
            elif path == "/query":
                self.query(dict(urllib.parse.parse_qsl(body.decode())))
            elif path == "/api/v2/write":
                self.write_lines(query, body)
            else:
                self.refuse(404, "path not found", "not found")

        def query(self, form):
            if owner.engine:
                status, body = got(f"{owner.engine}/query", urllib.parse.urlencode(form).encode())
                self.answer(status, body, Content_Type="application/json")
            elif any(owner.lines.values()):
                self.refuse(501, "no engine here to answer a query", "unimplemented")
            else:
                self.answer(200, b'{"results":[{"statement_id":0}]}')

        def write_lines(self, query, body):
            assert query["precision"] == "ns"
            assert query["org"] == ORG
            assert self.headers["Content-Encoding"] == "gzip"
            fault = owner.faults.popleft() if owner.faults else None
            if fault == "cut":
                self.send_response(204)
                self.connection.close()
                self.close_connection = True
                return
            if fault == "stall":
                owner.release.wait(START_S)
                self.close_connection = True
                return
            if fault:
                status, headers, message = fault
                self.refuse(status, message, **headers)
                return
            text = gzip.decompress(body)
            lines = text.split(b"\n")
            owner.requests.append(len(lines))
            bad = [line for line in lines if owner.refuses and owner.refuses in line]
            good = [line for line in lines if line not in bad]
            with owner.came:
                owner.lines.setdefault(query["bucket"], []).extend(good)
                owner.came.notify_all()
            if owner.engine:
                where = urllib.parse.urlencode({"db": query["bucket"], "precision": "ns"})
                status, said = got(f"{owner.engine}/write?{where}", b"\n".join(good))
                if status != 204:
                    # As version 2 words what its engine, the same one, says.
                    told = f"failure writing points to database: {json.loads(said)['error']}"
                    self.refuse(422, told, "unprocessable entity")
                    return
            if owner.sink:
                status, said = got(f"{owner.sink}/api/v2/write?precision=ns", b"\n".join(good))
                assert status == 204, said
            if bad:
                told = f"failure writing points to database: partial write: dropped={len(bad)}"
                self.refuse(422, told, "unprocessable entity")
            else:
                self.answer(204)

    return Handler


class Buckets:
    """Fresh buckets of one server, on which histories are opened."""

    def __init__(self, access):
        self._access = access
        self._made = 0
        self._run = secrets.token_hex(4)

    def history(self, folder, points, sources=(), **given):
        self._made += 1
        bucket = f"opstwin_test_{self._run}_{self._made}"
        access = replace(self._access, bucket=bucket)
        return HistoryInfluxDB(access, folder, points, sources=sources, send_every_s=0, **given)

    def remove(self):
        """Drop them, from a server that is not ours alone."""
        vendor: Any = influxdb_client  # it has no types of its own
        url, org, token = self._access.url, self._access.org, self._access.token
        with vendor.InfluxDBClient(url, token, org=org) as client:
            api = client.buckets_api()
            for bucket in api.find_buckets(limit=100, org=org).buckets:
                if bucket.name.startswith(f"opstwin_test_{self._run}_"):
                    api.delete_bucket(bucket)


@contextmanager
def influxdb_2():
    """The InfluxDB 2 that the environment names."""
    named = load(file=Path("none"))
    if not named.influxdb_url:
        pytest.skip(
            "INFLUXDB_URL is not set, so there is no InfluxDB 2 to run on: start one (the image "
            "influxdb:2, or influxd of InfluxData's packages) and set INFLUXDB_URL, INFLUXDB_ORG "
            "and INFLUXDB_TOKEN"
        )
    assert named.influxdb_org, "INFLUXDB_ORG is needed beside INFLUXDB_URL"
    assert named.influxdb_token, "INFLUXDB_TOKEN is needed beside INFLUXDB_URL"
    token = named.influxdb_token.get_secret_value()
    buckets = Buckets(Access(url=named.influxdb_url, org=named.influxdb_org, token=token))
    try:
        yield buckets
    finally:
        buckets.remove()


@contextmanager
def influxdb_engine(folder):
    """InfluxDB 1.6's engine behind version 2's paths."""
    with influxdb_1(folder) as engine, Endpoint(engine).open() as endpoint:
        yield Buckets(endpoint.access())
