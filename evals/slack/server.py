"""The stand-in on a port: the Web API, uploads, response_urls and the sockets; and its outages.

It must never decide anything: it carries bytes to those who do.
"""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from evals.slack.files import uploaded
from evals.slack.methods import answer, arguments, token_of
from evals.slack.mishaps import Mishap
from evals.slack.records import Records
from evals.slack.refused import Refused
from evals.slack.responses import answered_url
from evals.slack.sockets import Sockets

KINDS = ("refused", "unavailable", "hanging")


class Server:
    """The listening side of a workspace; its port stays the same through outages.

    Attributes:
        broken: what went wrong in the stand-in itself; told when the workspace ends.
    """

    def __init__(self, slack: Records, sockets: Sockets) -> None:
        self._slack, self._sockets = slack, sockets
        self.port = 0
        self.broken: list[Exception] = []
        self._away = ""
        self._back = asyncio.Event()
        self._uvicorn: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._app: ASGIApp = Starlette(
            routes=[
                Route("/api/{method}", self._call, methods=["GET", "POST"]),
                Route("/upload/v1/{key}", self._upload, methods=["POST", "PUT"]),
                Route("/actions/{team}/{key}", self._respond, methods=["POST"]),
                Route("/commands/{team}/{key}", self._respond, methods=["POST"]),
                WebSocketRoute("/link/", self._link),
            ]
        )

    async def start(self) -> None:
        """Listen; on the port it had before, if it had one."""
        config = uvicorn.Config(
            self._guarded,
            interface="asgi3",
            ws="websockets-sansio",
            lifespan="off",
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._slack.url = f"http://127.0.0.1:{self.port}"
        self._uvicorn = _Quiet(config)
        self._serving = asyncio.create_task(self._uvicorn.serve([listening]))
        await self._listening(self._uvicorn)

    @staticmethod
    async def _listening(server: uvicorn.Server) -> None:
        """Until it does; uvicorn tells it by a flag only, a few turns of the loop later."""
        for _ in range(1000):
            if server.started:
                return
            await asyncio.sleep(0)
        raise RuntimeError("the stand-in does not listen")

    async def stop(self) -> None:
        """Stop listening, and cut whoever is connected."""
        self._back.set()
        if self._uvicorn is None or self._serving is None:
            return
        self._sockets.forget()
        self._cut(None)
        self._uvicorn.should_exit = True
        await self._serving
        self._uvicorn = self._serving = None

    async def outage(self, kind: str) -> None:
        """Be away: `refused`, `unavailable` or `hanging`; what is connected is cut.

        Raises:
            ValueError: another kind.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind}: one of {KINDS}.")
        self._back.clear()
        if kind == "refused":
            await self.stop()
            return
        self._away = kind
        self.drop()

    async def restore(self) -> None:
        """Be back."""
        self._away = ""
        self._back.set()
        if self._uvicorn is None:
            await self.start()

    def drop(self) -> int:
        """Cut every socket without goodbye; how many there were."""
        names = self._sockets.forget()
        self._cut(names)
        return len(names)

    def _cut(self, names: list[str] | None) -> None:
        """Abort connections: the sockets with these tickets, or all there are."""
        if self._uvicorn is None:
            return
        for connection in tuple(self._uvicorn.server_state.connections):
            scope = getattr(connection, "scope", None) or {}
            ticket = dict(
                pair.split("=", 1)
                for pair in scope.get("query_string", b"").decode().split("&")
                if "=" in pair
            ).get("ticket")
            if names is None or ticket in names:
                connection.transport.abort()

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._away == "hanging":
            await self._back.wait()
        if self._away == "unavailable":
            away = PlainTextResponse("Service Unavailable", 503)
            if scope["type"] == "websocket":
                await WebSocket(scope, receive, send).send_denial_response(away)
            else:
                await away(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as broken:
            self.broken.append(broken)
            raise

    async def _call(self, request: Request) -> Response:
        name = request.path_params["method"]
        args: dict[str, Any] = {}
        mishap = None
        try:
            args = arguments(
                name, request.query_params, request.headers.get("content-type", ""),
                await request.body(),
            )  # fmt: skip
            token = token_of(request.headers.get("authorization", ""), args)
            mishap = self._slack.mishaps.of(name, str(args.get("channel", "")))
            told = {"ok": True, **self._done(name, token, args, mishap)}
        except Refused as refused:
            told = refused.answer()
        self._slack.called(name, args, told)
        if told["ok"] and args.get("blocks") and not args.get("text"):
            self._slack.complaints.append(f"{name}: missing_text_in_message")
        if mishap is not None and mishap.kind == "lost":
            return _Lost()
        if mishap is not None and mishap.kind == "limited":
            return JSONResponse(told, 429, {"Retry-After": str(mishap.retry_after)})
        return JSONResponse(told, headers={"x-oauth-scopes": ",".join(self._slack.scopes)})

    def _done(
        self, name: str, token: str, args: dict[str, Any], mishap: Mishap | None
    ) -> dict[str, Any]:
        if mishap is not None and mishap.kind == "limited":
            raise Refused("ratelimited")
        if mishap is not None and mishap.kind == "error":
            raise Refused(mishap.code)
        return answer(self._slack, name, token, args)

    async def _upload(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        key = request.path_params["key"]
        status, words = uploaded(self._slack, key, kind, await request.body())
        return PlainTextResponse(words, status)

    async def _respond(self, request: Request) -> Response:
        told: Any = {}
        try:
            url = self._slack.links.answer(request.path_params["key"])
            told = _json(await request.body())
            answered_url(self._slack, url, told)
        except Refused as refused:
            gone = refused.code in {"not_found", "used_url", "expired_url"}
            self._slack.called("response_url", told, refused.answer())
            return JSONResponse(refused.answer(), 404 if gone else 400)
        self._slack.called("response_url", told, {"ok": True})
        return JSONResponse({"ok": True})

    async def _link(self, line: WebSocket) -> None:
        await self._sockets.serve(line)


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class _Lost(Response):
    """An answer that never arrives: the connection breaks in its middle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Announce more than is sent."""
        del scope, receive  # nothing of what was asked matters any more
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100"),
                   (b"connection", b"close")]  # fmt: skip
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok":', "more_body": True})


def _json(body: bytes) -> dict[str, Any]:
    """What was POSTed to a response_url: JSON, or a form's `payload`.

    Raises:
        Refused: it is neither.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Refused("invalid_payload")
    return told
