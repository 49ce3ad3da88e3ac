"""A local endpoint that speaks the chat-completions protocol over real HTTP, well or badly."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Reply:
    """What the endpoint says next.

    Attributes:
        text, calls: words, or (name, arguments as text) of tools.
        status: of HTTP; other than 200 sends an error body.
        raw: bytes sent instead of everything else.
        cut: stop the stream in the middle, without an end.
        hang: do not answer until the endpoint is closed.
        retry_after: what a refusal says in that header.
        usage: what is told of tokens at the end of a stream.
        pauses: called with the words sent so far before each further piece of them.
        finish: how the message says it ended.
    """

    text: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200
    raw: bytes | None = None
    cut: bool = False
    hang: bool = False
    retry_after: str = "0"
    usage: dict[str, Any] | None = None
    pauses: Callable[[str], None] | None = None
    finish: str = "stop"


def call(name: str, **arguments: Any) -> Reply:
    """One call of a tool."""
    return Reply(calls=[(name, json.dumps(arguments))])


def seen(request: dict[str, Any]) -> dict[str, str]:
    """Evidence id → statement, of all tool messages of a request."""
    told = "\n".join(m["content"] for m in request["messages"] if m["role"] == "tool")
    return dict(re.findall(r"^\[(ev-[0-9a-f]+)\] (.*)$", told, re.MULTILINE))


class Endpoint:
    """Runs while the `with` lasts; `requests` are the bodies it was sent.

    Args:
        script: (request, number of the request from 0) → Reply.
    """

    def __init__(self, script: Callable[[dict[str, Any], int], Reply]) -> None:
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
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        """Listen."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
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
            self._closing.wait(20)
            return
        if reply.status != 200:
            error = json.dumps({"error": {"message": "no", "type": "x", "code": "x"}}).encode()
            self._send(
                to, reply.status, "application/json", error, {"retry-after": reply.retry_after}
            )
        elif reply.raw is not None:
            self._send(to, 200, "text/event-stream", reply.raw)
        elif body.get("stream"):
            if reply.pauses is not None:
                self._paced(to, reply, reply.pauses)
                return
            lines = [f"data: {json.dumps(_chunk(delta))}\n\n" for delta in _deltas(reply)]
            if reply.cut:
                self._send(to, 200, "text/event-stream", "".join(lines[:2])[:-20].encode())
                return
            lines.append(f"data: {json.dumps(_chunk({}, reply.finish))}\n\n")
            if reply.usage is not None:
                counted = {**_chunk({}), "choices": [], "usage": reply.usage}
                lines.append(f"data: {json.dumps(counted)}\n\n")
            lines.append("data: [DONE]\n\n")
            self._send(to, 200, "text/event-stream", "".join(lines).encode())
        else:
            whole = json.dumps(_whole(reply)).encode()
            self._send(to, 200, "application/json", whole)

    @staticmethod
    def _paced(to: BaseHTTPRequestHandler, reply: Reply, pauses: Callable[[str], None]) -> None:
        """One piece after the other, as the test lets them go."""
        to.send_response(200)
        to.send_header("Content-Type", "text/event-stream")
        to.send_header("Connection", "close")
        to.end_headers()
        sent = ""
        for delta in _deltas(reply):
            pauses(sent)
            to.wfile.write(f"data: {json.dumps(_chunk(delta))}\n\n".encode())
            to.wfile.flush()
            sent += delta.get("content") or ""
        if not reply.cut:
            to.wfile.write(f"data: {json.dumps(_chunk({}, 'stop'))}\n\ndata: [DONE]\n\n".encode())
        to.close_connection = True

    @staticmethod
    def _send(
        to: BaseHTTPRequestHandler, status: int, kind: str, body: bytes, more: Any = None
    ) -> None:
        to.send_response(status)
        to.send_header("Content-Type", kind)
        to.send_header("Content-Length", str(len(body)))
        for name, value in (more or {}).items():
            to.send_header(name, value)
        to.end_headers()
        to.wfile.write(body)


def _deltas(reply: Reply) -> list[dict[str, Any]]:
    """The message in pieces, as providers stream it."""
    found: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    found += [{"content": piece} for piece in re.findall(r"\S+\s*", reply.text)]
    for i, (name, arguments) in enumerate(reply.calls):
        first = {"index": i, "id": f"call_{i}", "type": "function"}
        found.append({"tool_calls": [{**first, "function": {"name": name, "arguments": ""}}]})
        half = len(arguments) // 2
        found += [
            {"tool_calls": [{"index": i, "function": {"arguments": piece}}]}
            for piece in (arguments[:half], arguments[half:])
        ]
    return found


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "test-model",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def _whole(reply: Reply) -> dict[str, Any]:
    calls = [
        {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for i, (name, arguments) in enumerate(reply.calls)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if calls:
        message["tool_calls"] = calls
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "test-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
