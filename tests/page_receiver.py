"""Who takes pages over real HTTP on loopback, and checks them as Standard Webhooks says."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class PageReceiver:
    """Keeps what came.

    `requests` is every one that was signed well, as (id, timestamp, page); `told` each page once,
    by its id; `forged` what was not. `answer` is awaited before each reply and gives its status;
    `drip_s` passes between two bytes of a reply.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, int, dict[str, Any]]] = []
        self.told: list[dict[str, Any]] = []
        self.forged: list[bytes] = []
        self.answer: Callable[[], Awaitable[int]] = self._well
        self.drip_s = 0.0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/pages"

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

    @staticmethod
    async def _well() -> int:
        return 200

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")[1:-2]
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
                self._take(headers, await reader.readexactly(int(headers["content-length"])))
                status = await self.answer()
                moved = "location: http://127.0.0.1:9/\r\n" if status == 302 else ""
                reply = f"HTTP/1.1 {status} x\r\n{moved}content-length: 0\r\n\r\n".encode()
                for byte in reply if self.drip_s else ():
                    writer.write(bytes([byte]))
                    await asyncio.sleep(self.drip_s)
                writer.write(b"" if self.drip_s else reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever called has gone
        finally:
            self._writers.discard(writer)
            writer.close()

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        name, at = headers["webhook-id"], headers["webhook-timestamp"]
        mac = hmac.new(KEY, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
        if headers["webhook-signature"] != f"v1,{base64.b64encode(mac).decode()}":
            self.forged.append(body)
            return
        page = json.loads(body)
        self.requests.append((name, int(at), page))
        if all(one["id"] != name for one in self.told):
            self.told.append(page)
