"""The maintenance system: work orders over HTTP, in front of the crew.

`POST /workorders` with JSON {key, asset, task, kind, failure_mode, priority}: 201 and the order,
or 200 and the order that this key already made. `GET /workorders/REFERENCE` and
`GET /workorders?asset=PATH&key=KEY`. Times are plant microseconds. It must never tell what is
wrong before the crew has looked.
"""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import ValidationError

from evals.emulator.connections import Connections
from evals.emulator.crew import Crew, Order

_LARGEST = 64 * 1024
_DIGITS = 18
_REASONS = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
}


class MaintenanceSystem:
    """An HTTP/1.1 server of a few requests, with keep-alive."""

    def __init__(self, crew: Crew, port: int) -> None:
        self.crew = crew
        self.port = port
        self._server: asyncio.Server | None = None
        self._connections = Connections(self._talk)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._connections.accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the listener and every connection."""
        if self._server is not None:
            self._server.close()
            await self._connections.close()
            await self._server.wait_closed()
            self._server = None

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON for one request."""
        url = urlsplit(target)
        parts = [unquote(p) for p in url.path.split("/") if p]
        if parts[:1] != ["workorders"] or len(parts) > 2:
            return 404, {"error": f"nothing at {url.path}"}
        if method == "POST" and len(parts) == 1:
            return self._create(body)
        if method != "GET":
            return 405, {"error": f"{method} is not for {url.path}"}
        if len(parts) == 1:
            query = parse_qs(url.query)
            jobs = self.crew.about(query.get("asset", [None])[0])
            key = query.get("key", [None])[0]
            return 200, [j.record() for j in jobs if key in {None, j.order.key}]
        job = self.crew.jobs.get(parts[1])
        if job is None:
            return 404, {"error": f"no work order {parts[1]}"}
        return 200, job.record()

    def _create(self, body: bytes) -> tuple[int, Any]:
        try:
            order = Order.model_validate_json(body)
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(step) for step in first["loc"]) or "body"
            return 400, {"error": f"{where}: {first['msg']}"}
        if order.asset not in self.crew.standin.plant.units:
            return 400, {"error": f"no asset {order.asset}"}
        job, new = self.crew.take(order)
        return (201 if new else 200), job.record()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._one(reader, writer):
            pass

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        words = head[0].split(" ")
        headers = {
            k.strip().lower(): v.strip() for k, _, v in (h.partition(":") for h in head[1:] if h)
        }
        size = headers.get("content-length", "0")
        if len(words) != 3 or not size.isdecimal() or len(size) > _DIGITS:
            await self._reply(writer, 400, {"error": "not HTTP"}, last=True)
            return False
        if int(size) > _LARGEST:
            await self._reply(writer, 413, {"error": f"at most {_LARGEST} bytes"}, last=True)
            return False
        body = await reader.readexactly(int(size))
        last = headers.get("connection", "").lower() == "close" or words[2] == "HTTP/1.0"
        status, tree = self.answer(words[0], words[1], body)
        await self._reply(writer, status, tree, last=last)
        return not last

    @staticmethod
    async def _reply(writer: asyncio.StreamWriter, status: int, tree: Any, *, last: bool) -> None:
        body = json.dumps(tree).encode()
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"Connection: {'close' if last else 'keep-alive'}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
