"""As much of an MQTT 5 broker as one plant's sources need on loopback (OASIS MQTT 5.0, 2 and 3).

Connections, subscriptions, messages at QoS 0 and 1, pings; what clients publish is handed to who
owns it, and no client hears another. It must never listen but on 127.0.0.1.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

_CONNECT, _PUBLISH, _SUBSCRIBE, _UNSUBSCRIBE, _PING, _DISCONNECT = 1, 3, 8, 10, 12, 14
_MOST_BYTES = 2**20

Heard = Callable[[str, bytes], Awaitable[None]]


class MqttBroker:
    """A broker.

    Args:
        port: of 127.0.0.1.
        heard: told of every message that a client publishes.
    """

    def __init__(self, port: int, heard: Heard) -> None:
        self._port = port
        self._heard = heard
        self._server: asyncio.Server | None = None
        self._clients: dict[asyncio.StreamWriter, set[str]] = {}
        self._talks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self._port)

    async def stop(self) -> None:
        """No listener, no connections."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for writer in list(self._clients):
            writer.transport.abort()
        own = asyncio.current_task()
        await asyncio.gather(*(t for t in self._talks if t is not own), return_exceptions=True)

    def publish(self, topic: str, payload: bytes) -> None:
        """A message to all who subscribed, at QoS 0."""
        packet = _packet(_PUBLISH << 4, _text(topic) + b"\0" + payload)
        for writer, filters in self._clients.items():
            if any(fits(one, topic) for one in filters):
                writer.write(packet)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients[writer] = set()
        try:
            # A client that breaks off, or talks something else, has nobody to be told of it.
            with contextlib.suppress(OSError, EOFError, ValueError, IndexError):
                while await self._packet(reader, writer):
                    await writer.drain()
        finally:
            del self._clients[writer]
            writer.transport.abort()

    async def _packet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = (await reader.readexactly(1))[0]
        body = _Body(await reader.readexactly(await _length(reader)))
        match first >> 4:
            case kind if kind == _CONNECT:
                body.text()
                body.take(4)
                body.skip_properties()
                name = body.text()
                given = b"" if name else b"\x12" + _text(f"client-{id(writer)}")
                writer.write(_packet(0x20, b"\0\0" + _number(len(given)) + given))
            case kind if kind == _SUBSCRIBE:
                number = body.take(2)
                body.skip_properties()
                codes = b""
                while body:
                    self._clients[writer].add(body.text())
                    body.take(1)
                    codes += b"\0"
                writer.write(_packet(0x90, number + b"\0" + codes))
            case kind if kind == _UNSUBSCRIBE:
                number = body.take(2)
                body.skip_properties()
                codes = b""
                while body:
                    self._clients[writer].discard(body.text())
                    codes += b"\0"
                writer.write(_packet(0xB0, number + b"\0" + codes))
            case kind if kind == _PUBLISH:
                topic, quality = body.text(), first >> 1 & 3
                number = body.take(2) if quality else b""
                body.skip_properties()
                if quality:
                    writer.write(_packet(0x40, number))
                await self._heard(topic, body.rest())
            case kind if kind == _PING:
                writer.write(_packet(0xD0, b""))
            case kind if kind == _DISCONNECT:
                return False
        return True


def fits(wanted: str, topic: str) -> bool:
    """Whether a topic filter takes a topic."""
    here, there = wanted.split("/"), topic.split("/")
    for i, part in enumerate(here):
        if part == "#":
            return True
        if i >= len(there) or part not in {"+", there[i]}:
            return False
    return len(here) == len(there)


class _Body:
    """What stands in a packet, from the front."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise ValueError("the packet ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def text(self) -> str:
        return self.take(int.from_bytes(self.take(2), "big")).decode()

    def skip_properties(self) -> None:
        length = shift = 0
        while True:
            byte = self.take(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        self.take(length)

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


async def _length(reader: asyncio.StreamReader) -> int:
    length = 0
    for shift in (0, 7, 14, 21):
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    if length > _MOST_BYTES:
        raise ValueError("a packet that large is not taken")
    return length


def _number(value: int) -> bytes:
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + _number(len(body)) + body
