"""The stand-in on a port: the Web API, uploads, response_urls and the sockets; and its outages.

It must never decide anything: it carries bytes to those who do.
"""

import asyncio
import socket
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from evals.slack import strict
from evals.slack.files import uploaded
from evals.slack.methods import answer, arguments, token_of
from evals.slack.mishaps import Mishap
from evals.slack.records import Records
from evals.slack.refused import Refused
from evals.slack.responses import answered_url
from evals.slack.sockets import Sockets

_END_S = 1.0
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
        )
        # Named as TCP, or asyncio leaves Nagle's delay on, and each answer takes 40 ms longer.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._slack.url = f"http://127.0.0.1:{self.port}"
        config.load()
        self._uvicorn = uvicorn.Server(config)
        self._uvicorn.lifespan = config.lifespan_class(config)
        await self._uvicorn.startup([listening])

    async def stop(self) -> None:
        """Stop listening, and cut whoever is connected."""
        self._back.set()
        if self._uvicorn is None:
            return
        stopped, self._uvicorn = self._uvicorn, None
        for listening in stopped.servers:
            listening.close()
        self._sockets.forget()
        for connection in tuple(stopped.server_state.connections):
            connection.transport.abort()
        tasks = tuple(stopped.server_state.tasks)
        if tasks:  # they end, for nobody is there any more
            _, hanging = await asyncio.wait(tasks, timeout=_END_S)
            for task in hanging:
                task.cancel()

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

    def _cut(self, tickets: list[str]) -> None:
        if self._uvicorn is None:
            return
        for connection in tuple(self._uvicorn.server_state.connections):
            scope = getattr(connection, "scope", None) or {}
            query = dict(parse_qsl(scope.get("query_string", b"").decode()))
            if query.get("ticket") in tickets:
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
        except Exception as broken:  # raised again when the workspace is closed, in the test
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
            if mishap is not None and mishap.gate is not None:
                await mishap.gate.wait()
            told = {"ok": True, **self._done(name, token, args, mishap)}
        except Refused as refused:
            told = refused.answer()
        self._slack.called(name, args, told)
        if told["ok"] and args.get("blocks") and not args.get("text"):
            self._slack.complaints.append(f"{name}: missing_text_in_message")
        if mishap is not None and mishap.kind == "lost":
            return _Lost()
        if mishap is not None and mishap.kind == "failed":
            return HTMLResponse("<h1>Server Error</h1>", mishap.status)
        if mishap is not None and mishap.kind == "limited":
            return JSONResponse(told, 429, {"Retry-After": str(mishap.retry_after)})
        return JSONResponse(told, headers={"x-oauth-scopes": ",".join(self._slack.scopes)})

    def _done(
        self, name: str, token: str, args: dict[str, Any], mishap: Mishap | None
    ) -> dict[str, Any]:
        if mishap is not None and mishap.kind in {"limited", "failed"}:
            raise Refused("ratelimited" if mishap.kind == "limited" else "failed")
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
        told = strict.read(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refused("invalid_payload")
    return told
