"""The command line's side of the API: one small HTTP client with the stored token."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from api.directory import stored_token
from api.printable import clipped
from twin_core.errors import BadInput, OpsTwinError, SourceDown

if TYPE_CHECKING:
    import httpx


_PROPOSAL = re.compile(r"[A-Za-z0-9_-]+")
_ANSWER_S = 120.0  # the longest an answer, or the next line of it, may take


class ServerRefusal(OpsTwinError):
    """The server's own sentence, as it came."""


class Client:
    """A signed-in client of one server.

    Args:
        url: the server.
        token: whose; absent = the one kept by `opstwin login` for that server.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token or stored_token(self.url)

    def get(self, path: str, **query: Any) -> Any:
        """GET a route as JSON."""
        return self._call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any], wait_s: float = _ANSWER_S) -> Any:
        """POST JSON to a route, and wait so long for its answer.

        Raises:
            BadInput: a number in it is none (JSON has no NaN and no infinity).
        """
        for name, given in body.items():
            if isinstance(given, float) and not math.isfinite(given):
                raise BadInput(f"{name}: {given} is no number that can be used.")
        return self._call("POST", path, json=body, timeout=wait_s)

    def about(self, proposal: str, what: str, body: dict[str, Any]) -> Any:
        """POST JSON to a route below a proposal.

        Raises:
            BadInput: what was given is no proposal's id.
        """
        if not _PROPOSAL.fullmatch(proposal):
            raise BadInput(
                f"Proposal “{clipped(proposal)}” is not an id; "
                "allowed: letters, digits, _ and -, at least one."
            )
        return self.post(f"/proposals/{proposal}/{what}", body)

    def upload(self, path: str, body: bytes, wait_s: float = _ANSWER_S, **query: Any) -> Any:
        """POST bytes to a route, and wait so long for its answer as JSON."""
        return self._call("POST", path, content=body, params=query, timeout=wait_s)

    def health(self) -> dict[str, Any]:
        """GET /health; a server that is not well gives the same report with status 503."""
        report = self._call("GET", "/health", unwell=503)
        if not isinstance(report, dict) or not {"ok", "parts"} <= report.keys():
            raise _not_ours(self.url)
        return report

    def zone(self) -> str:
        """The plant's time zone, IANA."""
        return str(self.health()["timezone"])

    def ask(self, text: str, thread: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Ask; yields ("progress" | "words" | "answer", body) as they come."""
        return self.events("/ask", {"text": text, "thread": thread})

    def events(self, path: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """POST JSON to a route that answers by events; yields (name, body) as they come."""
        with self._http() as http:
            headers = {"Accept": "text/event-stream"}
            with http.stream("POST", path, json=body, headers=headers) as response:
                if response.status_code >= 400:
                    response.read()
                    raise ServerRefusal(_sentence(response))
                event = ""
                for line in response.iter_lines():
                    if line.startswith("event: "):
                        event = line[7:]
                    elif line.startswith("data: "):
                        yield event, self._read(line[6:])

    def download(self, path: str, to: BinaryIO, **query: Any) -> None:
        """GET a route's bytes into an open file, as they come.

        Raises:
            SourceDown: the server ended before all had come.
        """
        self._stream("GET", path, to, params=query)

    def picture(self, charts: Sequence[Any], to: BinaryIO) -> None:
        """Chart data as the server draws it, a PNG into an open file.

        Raises:
            SourceDown: the server ended before all had come.
        """
        self._stream("POST", "/charts/png", to, json={"charts": list(charts)})

    def _stream(self, method: str, path: str, to: BinaryIO, **how: Any) -> None:
        with self._http() as http, http.stream(method, path, **how) as response:
            if response.status_code >= 400:
                response.read()
                raise ServerRefusal(_sentence(response))
            to.writelines(response.iter_bytes())

    def _call(self, method: str, path: str, unwell: int = 0, **how: Any) -> Any:
        with self._http() as http:
            response = http.request(method, path, **how)
            if response.status_code >= 400 and response.status_code != unwell:
                raise ServerRefusal(_sentence(response))
            return self._read(response.content)

    def _read(self, body: str | bytes) -> Any:
        try:
            return json.loads(body)
        except ValueError as problem:
            raise _not_ours(self.url) from problem

    @contextmanager
    def _http(self) -> Iterator["httpx.Client"]:
        import httpx

        try:
            address = urlsplit(self.url)
            whole = bool(address.hostname) and address.port != 0  # a bad port raises
        except ValueError as problem:
            raise _not_an_address(self.url) from problem
        if not whole:
            raise _not_an_address(self.url)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            # The environment's proxies are not ours to follow; the address was given.
            # Certificates are read only where they are checked: it takes 30 ms a call.
            with httpx.Client(
                base_url=self.url,
                headers=headers,
                timeout=_ANSWER_S,
                trust_env=False,
                verify=address.scheme != "http",
            ) as http:
                yield http
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as problem:
            raise _not_an_address(self.url) from problem
        except UnicodeEncodeError as problem:
            raise BadInput("What was given holds bytes that are not text in UTF-8.") from problem
        except httpx.ConnectError as problem:
            raise SourceDown(
                self.url, "no server listens there; start one with `opstwin serve`"
            ) from problem
        except httpx.HTTPError as problem:
            raise SourceDown(self.url, str(problem) or type(problem).__name__) from problem


def _not_an_address(url: str) -> BadInput:
    return BadInput(
        f"--url: “{url}” is not a server's address; allowed: http://HOST:PORT or https://HOST:PORT."
    )


def _not_ours(url: str) -> SourceDown:
    return SourceDown(url, "what answers there is not an OpsTwin server")


def _sentence(response: "httpx.Response") -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {response.status_code}."
