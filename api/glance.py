"""GET /state of named points, answered before the framework wakes: what is asked most.

It answers only what is plainly in order, with the same bytes of meaning as the route; everything
else goes on to the route, which alone refuses. It must never let in whom the route would not.
"""

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from twin_core.errors import OpsTwinError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from api.system import System
    from twin_core.answer import Asker

_MOST_POINTS = 50
_HEADERS = [(b"content-type", b"application/json")]


class Glance:
    """An ASGI application before another."""

    def __init__(self, app: "ASGIApp", system: "System") -> None:
        self._app, self._system = app, system

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer, or pass on."""
        plain = scope["type"] == "http" and scope["path"] == "/state" and scope["method"] == "GET"
        body = self._seen(scope) if plain else None
        if body is None:
            await self._app(scope, receive, send)
            return
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    def _seen(self, scope: "Scope") -> bytes | None:
        """The answer; None where it is not this one's to give."""
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not asked or len(asked) > _MOST_POINTS or any(name != "point" for name, _ in asked):
            return None
        try:
            asker = self._asker(scope)
            if asker is None or "read" not in asker.scopes or asker.may("pusher"):
                return None
            if self._system.plant.site not in asker.sites:
                return None
            snapshot = self._system.pump.snapshot()
            points = [snapshot.latest(path).model_dump_json() for _, path in asked]
        except OpsTwinError:
            return None
        head = {
            "time": snapshot.now,
            "watermark": snapshot.watermark,
            "digest": snapshot.digest,
        }
        return f'{json.dumps(head)[:-1]}, "points": [{", ".join(points)}]}}'.encode()

    def _asker(self, scope: "Scope") -> "Asker | None":
        """Who asks, if that was looked up a moment ago; nobody where the request has a body."""
        token = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                if token:
                    return None
                scheme, _, token = value.partition(b" ")
                if scheme.lower() != b"bearer":
                    return None
            elif name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
                return None
        return self._system.identity.known(token.strip().decode("latin-1")) if token else None
