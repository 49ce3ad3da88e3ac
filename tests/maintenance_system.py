"""A maintenance system over real HTTP on loopback, as simple as can be; `answer` bends it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit


class MaintenanceSystem:
    """Orders in a list. `posted` counts what was asked for; `hung` releases what hangs.

    `answer` is given (method, query or order) and may return (status, body) instead of ours, or
    None to go on as usual.
    """

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.posted: list[dict[str, Any]] = []
        self.answer: Callable[[str, Any], Awaitable[tuple[int, Any] | None]] | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.close()
            await self._server.wait_closed()
            self._server = None

    def make(self, order: dict[str, Any]) -> dict[str, Any]:
        made = {
            "reference": f"wo-{len(self.orders) + 1:04d}",
            "key": order["key"],
            "asset": order["asset"],
            "task": order["task"],
            "status": "open",
            "finding": "",
            "found_fault": None,
            "created": 1_700_000_000_000_000 + len(self.orders),
            "closed": None,
        }
        self.orders.append(made)
        return made

    async def _reply(self, method: str, target: str, body: bytes) -> tuple[int, Any]:
        query = {k: v[0] for k, v in parse_qs(urlsplit(target).query).items()}
        order = json.loads(body) if body else None
        if order is not None:
            self.posted.append(order)
        bent = await self.answer(method, order or query) if self.answer else None
        if bent is not None:
            return bent
        if order is not None:
            return 201, self.make(order)
        return 200, [o for o in self.orders if all(o[k] == v for k, v in query.items())]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = head[0].split(" ")
                status, tree = await self._reply(method, target, body)
                text = json.dumps(tree).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text
                )
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()
