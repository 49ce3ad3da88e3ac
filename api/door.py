"""What every request meets first: how much it may send, how slowly, and whether it is still read.

A body is counted as it comes, never taken whole to find its size. Who goes away is told to whatever
computes for him, and that ends; what is being written goes on. It must never know what is asked.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from fastapi.responses import JSONResponse

from api import views
from twin_core.errors import BadInput, TooLarge, TooSlow
from twin_core.reader import READER, Reader

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 256 << 10
"""Of a body, where nothing else is said of the path: so much is read in some milliseconds."""
MOST_HEAD_BYTES = 64 << 10
"""Of address and headers; while they come `wire.py` sees to it."""
_PATIENCE_S = 20.0
_PACE = 16 << 10
"""Bytes a second. A body may take `_PATIENCE_S`, and a second more for each so many."""
_LINGER_S = 1.0
"""So long is read on after a refusal: who is still sending would not hear it if we hung up."""


class Door:
    """An ASGI application before another.

    Args:
        app: what is behind.
        more: path → bytes that a body may have there.
    """

    def __init__(self, app: "ASGIApp", more: Mapping[str, int]) -> None:
        self._app, self._more = app, more

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Let a request in; answer 413 or 408 in its place if its body is too much or too slow."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(receive, send, self._more.get(scope["path"], MOST_BYTES))
        token = READER.set(visit.reader)
        try:
            visit.read_head(scope)
            await self._app(scope, visit.receive, visit.send)
        except _Refused:
            await visit.refuse(scope)
        except asyncio.CancelledError:
            # What was computed for somebody who has gone was cancelled, not the request.
            task = asyncio.current_task()
            if not visit.reader.gone or task is None or task.cancelling():
                raise
        finally:
            READER.reset(token)
            visit.end()


class _Refused(Exception):
    """Nothing more of this body is read."""


class _Visit:
    """One request: what it may still send, and whether anybody waits for the answer."""

    def __init__(self, receive: "Receive", send: "Send", most: int) -> None:
        self.reader = Reader()
        self._receive, self._send, self._most = receive, send, most
        self._problem: BadInput | None = None
        self._bytes = 0
        self._bare = self._told = False
        self._by = asyncio.get_running_loop().time() + _PATIENCE_S
        self._gone = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    def read_head(self, scope: "Scope") -> None:
        """The head of the request, and what it says of its body.

        Raises:
            _Refused: one or the other is too much.
        """
        headers = dict(scope["headers"])
        size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size + len(scope["query_string"]) + len(scope["path"]) > MOST_HEAD_BYTES:
            self._refused(TooLarge("The head of the request", f"{MOST_HEAD_BYTES >> 10} KiB"))
        said = headers.get(b"content-length", b"0")
        self._count(int(said) if said.isdigit() else 0)
        self._bytes = 0
        self._bare = said == b"0" and b"transfer-encoding" not in headers
        if self._bare:  # nobody may ever ask for a body
            self._watching = asyncio.create_task(self._watch())

    async def receive(self) -> "Message":
        """The next piece of the body; after its end, when that comes, that the client has gone.

        Raises:
            _Refused: it is too much, or too slow.
        """
        if self._told:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        if self._bare:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        try:
            async with asyncio.timeout_at(self._by + self._bytes / _PACE):
                message = await self._receive()
        except TimeoutError:
            self._refused(TooSlow("The body", f"{_PACE >> 10} KiB a second"))
        self._count(len(message.get("body", b"")))
        if not message.get("more_body", False):
            self._told = True
            self._watching = asyncio.create_task(self._watch(message))
        return message

    async def send(self, message: "Message") -> None:
        """A piece of the answer, unless another is given in its place.

        Raises:
            _Refused: it is; whoever read the body took it for a broken one.
        """
        if self._problem is not None:
            raise _Refused
        await self._send(message)

    async def refuse(self, scope: "Scope") -> None:
        """Say why, and hang up."""
        assert self._problem is not None
        body = views.problem(self._problem)
        answer = JSONResponse(body, views.http_status(self._problem), {"connection": "close"})
        start = {"type": "http.response.start", "status": answer.status_code}
        await self._send({**start, "headers": answer.raw_headers})
        said = b"" if scope["method"] == "HEAD" else bytes(answer.body)
        await self._send({"type": "http.response.body", "body": said, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while (await self._receive()).get("more_body", False):
                    pass
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def end(self) -> None:
        """The request is answered."""
        if self._watching is not None:
            self._watching.cancel()

    def _count(self, more: int) -> None:
        self._bytes += more
        if self._bytes > self._most:
            most = self._most >> 10
            self._refused(
                TooLarge("The body", f"{most >> 10} MiB" if most >> 10 else f"{most} KiB")
            )

    def _refused(self, problem: BadInput) -> NoReturn:
        self._problem = problem
        raise _Refused

    async def _watch(self, message: "Message | None" = None) -> None:
        """Wait until the client goes away, and say so."""
        while message is None or message["type"] != "http.disconnect":
            message = await self._receive()
        self._gone.set()
        self.reader.leave()
