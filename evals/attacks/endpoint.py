"""A local endpoint that speaks the chat-completions protocol over real HTTP, well or badly.

Streaming (server-sent events) and not, on the loopback, while a `with` lasts. It must never be
reached from another machine, nor know anything of who asks but what it is sent.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from typing import Any, Self

Script = Callable[[dict[str, Any], int], "Reply"]
"""(request, number of the request from 0) → what is answered."""

_TOLD = re.compile(r"^\[(ev-[0-9a-f]+)\] (.*)$", re.MULTILINE)
_HELD_S = 20.0


@dataclass
class Reply:
    """What the endpoint says next.

    Attributes:
        text, calls: words, and (name, arguments as text) of tools.
        ids: of the calls, where they are not to be `call_0`, `call_1` …
        grain: characters in one piece of arguments; 0 = each call in two halves.
        status: of HTTP; other than 200 sends an error body, and `retry_after` with it.
        raw: bytes sent instead of everything else.
        cut: share of the bytes after which the connection breaks off, without an end; 0 = none.
        pause_s: before each piece of a stream, and once before a whole answer.
        hang: do not answer until the endpoint is closed.
        pauses: called with the words sent so far before each piece of a stream.
        usage: what is told of tokens at the end of a stream.
        finish: how the message says it ended.
    """

    text: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    ids: tuple[str, ...] = ()
    grain: int = 0
    status: int = 200
    retry_after: str = "0"
    raw: bytes | None = None
    cut: float = 0.0
    pause_s: float = 0.0
    hang: bool = False
    pauses: Callable[[str], None] | None = None
    usage: dict[str, Any] | None = None
    finish: str = "stop"


def call(name: str, **arguments: Any) -> Reply:
    """One call of a tool."""
    return Reply(calls=[(name, json.dumps(arguments))])


def seen(request: Mapping[str, Any]) -> dict[str, str]:
    """Evidence id → statement, of all tool messages of a request."""
    told = "\n".join(m["content"] for m in request["messages"] if m["role"] == "tool")
    return dict(_TOLD.findall(told))


class Endpoint:
    """Runs while the `with` lasts; `requests` are the bodies it was sent.

    Args:
        script: says what is answered.
    """

    def __init__(self, script: Script) -> None:
        self.requests: list[dict[str, Any]] = []
        self._script = script
        self._closing = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(body)
                endpoint._answer(self, body, len(endpoint.requests) - 1)

            def log_message(self, *_: Any) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, to: BaseHTTPRequestHandler, body: dict[str, Any], n: int) -> None:
        reply = self._script(body, n)
        if reply.hang:
            self._closing.wait(_HELD_S)
            to.close_connection = True
        elif reply.status != 200:
            error = json.dumps({"error": {"message": "no", "type": "x", "code": "x"}}).encode()
            to.send_response(reply.status)
            to.send_header("Retry-After", reply.retry_after)
            self._send(to, "application/json", error, reply)
        else:
            to.send_response(200)
            if reply.raw is not None:
                self._send(to, "text/event-stream", reply.raw, reply)
            elif body.get("stream") and (reply.pause_s or reply.pauses):
                self._paced(to, reply)
            elif body.get("stream"):
                self._send(to, "text/event-stream", b"".join(_events(reply)), reply)
            else:
                self._send(to, "application/json", json.dumps(_whole(reply)).encode(), reply)

    @staticmethod
    def _send(to: BaseHTTPRequestHandler, kind: str, whole: bytes, reply: Reply) -> None:
        """All of it; of a reply that is cut, its share."""
        to.send_header("Content-Type", kind)
        to.send_header("Content-Length", str(len(whole)))
        to.end_headers()
        to.wfile.write(whole[: round(len(whole) * reply.cut)] if reply.cut else whole)
        to.close_connection = bool(reply.cut)

    def _paced(self, to: BaseHTTPRequestHandler, reply: Reply) -> None:
        """One piece after the other, while anybody listens; if cut, without the last."""
        to.send_header("Content-Type", "text/event-stream")
        to.send_header("Connection", "close")
        to.end_headers()
        sent = ""
        words = chain((delta.get("content") or "" for delta in _deltas(reply)), repeat(""))
        *pieces, last = _events(reply)
        for piece, word in zip(pieces if reply.cut else [*pieces, last], words, strict=False):
            if reply.pauses is not None:
                reply.pauses(sent)
            if reply.pause_s and self._closing.wait(reply.pause_s):
                return
            try:
                to.wfile.write(piece)
            except (BrokenPipeError, ConnectionResetError):
                return  # who asked does not listen any more
            sent += word


def _events(reply: Reply) -> Iterator[bytes]:
    """The message as server-sent events, in pieces, as providers stream it."""
    for delta in _deltas(reply):
        yield _event(_chunk(delta))
    last = _event(_chunk({}, reply.finish))
    if reply.usage is not None:
        last += _event({**_chunk({}), "choices": [], "usage": reply.usage})
    yield last + b"data: [DONE]\n\n"


def _event(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    for piece in re.findall(r"\S+\s*", reply.text):
        yield {"content": piece}
    for i, (name, arguments) in enumerate(reply.calls):
        own = reply.ids[i] if reply.ids else f"call_{i}"
        first = {"index": i, "id": own, "type": "function"}
        yield {"tool_calls": [{**first, "function": {"name": name, "arguments": ""}}]}
        grain = reply.grain or -(-len(arguments) // 2) or 1
        for at in range(0, len(arguments), grain):
            piece = arguments[at : at + grain]
            yield {"tool_calls": [{"index": i, "function": {"arguments": piece}}]}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _envelope("chat.completion.chunk", choice)


def _whole(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.calls:
        message["tool_calls"] = [
            {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": said}}
            for i, (name, said) in enumerate(reply.calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return _envelope("chat.completion", choice)


def _envelope(kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    return {"id": "c", "object": kind, "created": 0, "model": "test-model", "choices": [choice]}
