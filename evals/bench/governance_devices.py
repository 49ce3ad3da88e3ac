"""Two controllers in a process of their own that count every write which arrives.

An OPC UA server and a Modbus TCP server (written out here, byte by byte) over one table of values.
On demand a write is answered late, is not applied, is refused, or leaves its point unreadable. It
must never share code with the connectors, nor forget a write whose answer was never sent.
"""

import asyncio
import logging
import struct
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Literal, NamedTuple

import asyncua.ua
from asyncua.server.server import Server

ua: Any = asyncua.ua  # its wire types are plain int and datetime at run time


class Manner(NamedTuple):
    """How the next writes to a point are taken.

    Attributes:
        applies: whether the value is taken over.
        hold_s: seconds until the answer.
        deaf: from then on the point cannot be read.
        refuses: the answer is a refusal.
    """

    applies: bool = True
    hold_s: float = 0.0
    deaf: bool = False
    refuses: bool = False


class Setting(NamedTuple):
    """What the controllers are told: where every point stands, and manners; counts begin anew."""

    values: dict[str, float]
    manners: dict[str, Manner]


class Report(NamedTuple):
    """What has arrived since they were last told: values written by point, in order, and when.

    Attributes:
        at: monotonic seconds of each arrival, by point.
        values: what each point holds now, read or unreadable.
    """

    writes: dict[str, list[float]]
    at: dict[str, list[float]]
    values: dict[str, float]


@dataclass
class _Table:
    values: dict[str, float] = field(default_factory=dict)
    manners: dict[str, Manner] = field(default_factory=dict)
    writes: dict[str, list[float]] = field(default_factory=dict)
    at: dict[str, list[float]] = field(default_factory=dict)
    deaf: set[str] = field(default_factory=set)

    def put(self, setting: Setting) -> None:
        self.values, self.manners = dict(setting.values), dict(setting.manners)
        self.writes, self.at, self.deaf = {}, {}, set()

    def take(self, point: str, value: float) -> Manner:
        """Count a write, and apply it as the point's manner is."""
        manner = self.manners.get(point, Manner())
        self.writes.setdefault(point, []).append(value)
        self.at.setdefault(point, []).append(monotonic())
        if manner.applies:
            self.values[point] = value
        if manner.deaf:
            self.deaf.add(point)
        return manner


def serve(
    pipe: Connection, ports: tuple[int, int], namespace: str, names: tuple[list[str], list[str]]
) -> None:
    """Serve until the other end of the pipe is closed.

    Args:
        pipe: takes Settings; each is answered with the Report of the time before it.
        ports: of OPC UA and Modbus.
        namespace: URI of the OPC UA nodes.
        names: the points on OPC UA, by the last step of their path, and those on Modbus, a
            32-bit float each from register 0 on.
    """
    asyncio.run(_served(pipe, ports, namespace, names))


async def _served(
    pipe: Connection, ports: tuple[int, int], namespace: str, names: tuple[list[str], list[str]]
) -> None:
    table = _Table()
    opcua, modbus = _Opcua(table, names[0], namespace, ports[0]), _Modbus(table, names[1])
    await opcua.start()
    listener = await asyncio.start_server(modbus.talk, "127.0.0.1", ports[1])
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def hear() -> None:
        try:
            setting = pipe.recv()
        except (EOFError, OSError):
            loop.remove_reader(pipe.fileno())
            over.set()
            return
        report = Report(table.writes, table.at, dict(table.values))
        if isinstance(setting, Setting):
            table.put(setting)
        opcua.show_all()
        pipe.send(report)

    loop.add_reader(pipe.fileno(), hear)
    pipe.send("ready")
    await over.wait()
    listener.close()


class _Opcua:
    def __init__(self, table: _Table, points: list[str], namespace: str, port: int) -> None:
        self._table, self._namespace, self._port = table, namespace, port
        self._points = points
        self._nodes: dict[Any, str] = {}
        self._server: Any = Server()

    async def start(self) -> None:
        for noisy in ("asyncua.server", "asyncua.common", "asyncua.uaprotocol"):
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        server = self._server
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{self._port}/")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace(self._namespace)
        for point in self._points:
            name = point.rpartition("/")[2]
            node = await server.nodes.objects.add_variable(
                ua.NodeId(name, space), ua.QualifiedName(name, space), 0.0, ua.VariantType.Double
            )
            await node.set_writable()
            self._nodes[node.nodeid] = point
        service = server.iserver.attribute_service
        self._plain, service.write = service.write, self._written
        await server.start()

    def show_all(self) -> None:
        for node, point in self._nodes.items():
            self._show(node, point)

    def _show(self, node: Any, point: str) -> None:
        deaf = point in self._table.deaf
        shown = ua.DataValue(
            ua.Variant(float(self._table.values.get(point, 0.0)), ua.VariantType.Double),
            StatusCode=ua.StatusCode(ua.StatusCodes.BadDeviceFailure if deaf else 0),
        )
        attribute = self._server.iserver.aspace[node].attributes[ua.AttributeIds.Value]
        attribute.value, attribute.value_callback = shown, None
        for handle, hear in list(attribute.datachange_callbacks.items()):
            task = asyncio.ensure_future(hear(handle, shown))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _written(self, params: Any, user: Any) -> list[Any]:
        """The Write service (OPC 10000-4, 5.11.4)."""
        answers = []
        for item in params.NodesToWrite:
            point = self._nodes.get(item.NodeId)
            if point is None:
                return list(await self._plain(params, user))
            manner = self._table.take(point, float(item.Value.Value.Value))
            self._show(item.NodeId, point)
            await asyncio.sleep(manner.hold_s)
            refused = ua.StatusCodes.BadOutOfRange if manner.refuses else 0
            answers.append(ua.StatusCode(refused))
        return answers


class _Modbus:
    """Modbus Application Protocol V1.1b3: functions 3 (6.3) and 16 (6.12), exceptions (7)."""

    def __init__(self, table: _Table, points: list[str]) -> None:
        self._table, self._points = table, points

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                number, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                body = await self._answer(await reader.readexactly(length - 1))
                writer.write(struct.pack(">HHHB", number, 0, len(body) + 1, unit) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):  # who asked is gone
            writer.close()

    async def _answer(self, asked: bytes) -> bytes:
        if asked[0] not in {3, 16}:
            return _exception(asked[0], 1)
        function, register, count = struct.unpack(">BHH", asked[:5])
        points = self._points[register // 2 : (register + count) // 2]
        if not points or register % 2 or count % 2 or len(points) != count // 2:
            return _exception(function, 2)
        if function == 3:
            if any(point in self._table.deaf for point in points):
                return _exception(function, 4)
            held = [self._table.values.get(point, 0.0) for point in points]
            return struct.pack(f">BB{len(held)}f", function, 4 * len(held), *held)
        values = struct.unpack(f">{len(points)}f", asked[6:])
        manners = [self._table.take(p, v) for p, v in zip(points, values, strict=True)]
        await asyncio.sleep(max(manner.hold_s for manner in manners))
        if any(manner.refuses for manner in manners):
            return _exception(function, 3)
        return asked[:5]


def _exception(function: int, code: Literal[1, 2, 3, 4]) -> bytes:
    return bytes([function | 0x80, code])
