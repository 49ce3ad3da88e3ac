"""A small Sparkplug B edge node with a codec of its own, so that bugs cannot cancel.

Written from the published field numbers, byte by byte; it shares nothing with our decoder.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import aiomqtt

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 = range(1, 9)
FLOAT, DOUBLE, BOOLEAN, STRING = 9, 10, 11, 12


def varint(number):
    assert number >= 0
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def field(number, wire, content):
    return varint(number << 3 | wire) + content


def whole(number, value):
    return field(number, 0, varint(value))


def chunk(number, content):
    return field(number, 2, varint(len(content)) + content)


def metric(
    name=None, value=None, datatype=None, *, alias=None, time=None, historical=False,
    quality=None, null=False, properties=None,
):  # fmt: skip
    """One metric, encoded; `datatype` left out where it is None; `properties`: name → value."""
    out = b""
    if name is not None:
        out += chunk(1, name.encode())
    if alias is not None:
        out += whole(2, alias)
    if time is not None:
        out += whole(3, time)
    if datatype is not None:
        out += whole(4, datatype)
    if historical:
        out += whole(5, 1)
    if null:
        out += whole(7, 1)
    if quality is not None:
        out += chunk(9, chunk(1, b"Quality") + chunk(2, whole(1, INT32) + whole(3, quality)))
    if properties:
        names = b"".join(chunk(1, name.encode()) for name in properties)
        out += chunk(9, names + b"".join(chunk(2, told(v)) for v in properties.values()))
    if not null and value is not None:
        out += shown(value, datatype)
    return out


def told(value):
    """A property's value, with its type."""
    if isinstance(value, bool):
        return whole(1, BOOLEAN) + whole(7, int(value))
    if isinstance(value, int):
        return whole(1, INT32) + whole(3, value & 0xFFFFFFFF)
    if isinstance(value, float):
        return whole(1, DOUBLE) + field(6, 1, struct.pack("<d", value))
    return whole(1, STRING) + chunk(8, value.encode())


def shown(value, datatype):
    if isinstance(value, str):
        return chunk(15, value.encode())
    if datatype == BOOLEAN or isinstance(value, bool):
        return whole(14, int(bool(value)))
    if datatype == FLOAT:
        return field(12, 5, struct.pack("<f", value))
    if datatype is None or datatype == DOUBLE or isinstance(value, float):
        return field(13, 1, struct.pack("<d", value))
    if datatype in {INT64, UINT64}:
        return whole(11, int(value) & 0xFFFFFFFFFFFFFFFF)
    bits = {INT8: 8, INT16: 16, UINT8: 8, UINT16: 16}.get(datatype, 32)
    return whole(10, int(value) & ((1 << bits) - 1))


def payload(metrics=(), *, seq=None, time=None):
    """A payload of encoded metrics."""
    out = b"" if time is None else whole(1, time)
    for one in metrics:
        out += chunk(2, one)
    return out if seq is None else out + whole(3, seq)


def fields(data) -> Any:
    """(number, content) of each field: int for a varint, bytes for the rest."""
    at = 0

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or number()
            yield key >> 3, data[at : at + size]
            at += size


def orders(data):
    """(name, value) of each metric of a command."""
    for number, content in fields(data):
        if number != 2:
            continue
        parts = dict(fields(content))
        name = parts[1].decode()
        if 12 in parts:
            yield name, struct.unpack("<f", parts[12])[0]
        elif 13 in parts:
            yield name, struct.unpack("<d", parts[13])[0]
        elif 14 in parts:
            yield name, bool(parts[14])
        else:
            value = parts[10] if 10 in parts else parts[11]
            bits = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}.get(parts[4], 0)
            yield name, value - (1 << bits) if bits and value >> (bits - 1) else value


class EdgeNode:
    """A node `g/n` with one device `d`.

    Args:
        metrics: name → (value, datatype) of the device; names starting with `node:` are the node's.
        ordered: called with (name, value) for each command of the device.
        now_ms: its clock.

    Attributes:
        properties: of metrics, told with every birth.
        asked: how often it was asked for a rebirth. commands: payloads of commands as they came.
        answers: whether it answers to a rebirth.
    """

    def __init__(
        self,
        port: int,
        metrics: dict[str, tuple[Any, int]],
        ordered: Callable[[str, Any], Awaitable[None]],
        now_ms: Callable[[], int],
        group: str = "g",
        node: str = "n",
        device: str = "d",
    ) -> None:
        self.port = port
        self.metrics = dict(metrics)
        self.aliases = {name: 100 + i for i, name in enumerate(metrics)}
        self.properties: dict[str, dict[str, Any]] = {}
        self.ordered = ordered
        self.now_ms = now_ms
        self.group, self.node, self.device = group, node, device
        self.seq = 0
        self.bd_seq = 0
        self.asked = 0
        self.answers = True
        self.told_asked = asyncio.Event()
        self._client: Any = None
        self._task: Any = None

    def topic(self, kind):
        device = f"/{self.device}" if kind.startswith("D") else ""
        return f"spBv1.0/{self.group}/{kind}/{self.node}{device}"

    def death(self):
        return payload([metric("bdSeq", self.bd_seq, UINT64)], time=self.now_ms())

    async def start(self):
        will = aiomqtt.Will(self.topic("NDEATH"), self.death(), qos=1)
        self._client = aiomqtt.Client("127.0.0.1", self.port, will=will, timeout=5)
        await self._client.__aenter__()
        await self._client.subscribe(f"spBv1.0/{self.group}/NCMD/{self.node}")
        await self._client.subscribe(f"spBv1.0/{self.group}/DCMD/{self.node}/#")
        await self.birth()
        self._task = asyncio.ensure_future(self._listen())

    async def birth(self):
        self.seq = 0
        born = [metric("bdSeq", self.bd_seq, UINT64)]
        born += [metric("Node Control/Rebirth", value=False, datatype=BOOLEAN)]
        await self.send("NBIRTH", [*born, *self.encoded(node=True)])
        await self.send("DBIRTH", self.encoded(node=False))

    def encoded(self, *, node):
        return [
            metric(
                name,
                value,
                kind,
                alias=self.aliases[name],
                time=self.now_ms(),
                properties=self.properties.get(name),
            )
            for name, (value, kind) in self.metrics.items()
            if name.startswith("node:") == node
        ]

    async def send(self, kind, metrics, *, skip=0):
        """One message in sequence; `skip` leaves so many numbers out."""
        data = payload(metrics, seq=(self.seq + skip) % 256, time=self.now_ms())
        self.seq = (self.seq + skip + 1) % 256
        await self.raw(self.topic(kind), data)

    async def raw(self, topic, data, *, qos=0, retain=False):
        await self._client.publish(topic, data, qos=qos, retain=retain)

    async def show(self, name, value, time=None):
        """A value changes: told by its alias, without its type."""
        _, kind = self.metrics[name]
        self.metrics[name] = value, kind
        kindly = "NDATA" if name.startswith("node:") else "DDATA"
        one = chunk_of(self.aliases[name], time or self.now_ms(), value, kind)
        await self.send(kindly, [one])

    async def stop(self, *, gone=False):
        """Cut off, without a word; `gone`: the broker went first."""
        if self._task is None:
            return
        (client, self._client), (task, self._task) = (self._client, None), (self._task, None)
        if not gone:
            task.cancel()
            client._client.socket().shutdown(socket.SHUT_RDWR)
        await asyncio.wait([task])
        with contextlib.suppress(aiomqtt.MqttError):
            await anext(client.messages)  # until it is known that the connection is over
        with contextlib.suppress(aiomqtt.MqttError):
            await client.__aexit__(None, None, None)

    async def _listen(self):
        with contextlib.suppress(aiomqtt.MqttError):
            async for message in self._client.messages:
                for name, value in orders(message.payload):
                    if name == "Node Control/Rebirth":
                        self.asked += 1
                        self.told_asked.set()
                        if self.answers:
                            await self.birth()
                    else:
                        await self.ordered(name, value)


def chunk_of(alias, time, value, kind):
    """A metric by its alias alone."""
    return whole(2, alias) + whole(3, time) + shown(value, kind)
