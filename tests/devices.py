"""A small plant and real devices for it on loopback: what the contract suites run against.

One tank, read and written over OPC UA or Modbus. A device is started and stopped at will and
counts the writes that reach it.
"""

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncua.ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server
from pymodbus.constants import ExcCodes
from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from evals.virtual.loopback import free_port
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.value import Instant

ua: Any = asyncua.ua  # its wire types (UInt32, DateTime) are plain int and datetime at run time

CLASSES = """
schema: 1
classes:
  - id: tank
    name: Tank
    model: other
    points:
      - {id: temperature, name: Temperature, unit: Cel, limits: {low: -50, high: 500}}
      - {id: count, name: Count, role: produced, unit: "1", type: int, limits: {low: 0, high: 1e9}}
      - {id: running, name: Running, unit: "1", type: bool, limits: {low: 0, high: 1}}
      - {id: setpoint, name: Set point, role: setpoint, unit: Cel, limits: {low: 0, high: 100},
         adjustable: {low: 0, high: 100}}
      - {id: speed, name: Speed, role: setpoint, unit: "1/min", type: int,
         limits: {low: 0, high: 9999}, adjustable: {low: 0, high: 1000}}
"""
PLANT = """
schema: 1
site: s
name: Site
timezone: UTC
classes: [classes.yaml]
sources:
  - {id: plc, name: PLC, kind: %(kind)s, url: "%(url)s", options: %(options)s}
areas:
  - id: a
    name: Area
    lines:
      - id: l
        name: Line
        kind: utility
        units:
          - id: t
            name: Tank
            class: tank
            source: plc
            points:
              temperature: {address: %(temperature)s}
              count: {address: %(count)s}
              running: {address: %(running)s}
              setpoint: {address: %(setpoint)s}
              speed: {address: %(speed)s}
"""
NAMES = ("temperature", "count", "running", "setpoint", "speed")
START = {"temperature": 20.5, "count": 7, "running": True, "setpoint": 40.0, "speed": 300}
PATH = {name: f"s/a/l/t/{name}" for name in NAMES}


def plant(kind: str, url: str, options: str, addresses: dict[str, str]) -> Plant:
    """The tank behind a source of that kind."""
    text = PLANT % {"kind": kind, "url": url, "options": options, **addresses}
    return load(text, "plant.yaml", lambda _name: CLASSES)


def stamp(at: Instant) -> datetime:
    """Microseconds UTC as asyncua wants them."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


_STANDARD: dict[Any, NodeData] = {}


class _Internals(InternalServer):
    """Builds asyncua's standard address space (seconds) once, and copies it for every server."""

    async def load_standard_address_space(self, shelf_file: Any = None) -> None:
        if not _STANDARD:
            await super().load_standard_address_space(shelf_file)
            _STANDARD.update(_copied(self.aspace._nodes))
        self.aspace._nodes = _copied(_STANDARD)


def _copied(nodes: Any) -> dict[Any, NodeData]:
    copies = {}
    for node_id, data in nodes.items():
        copies[node_id] = copy = NodeData(node_id)
        copy.attributes = {k: AttributeValue(v.value) for k, v in data.attributes.items()}
        copy.references = list(data.references)
        copy.call = data.call
    return copies


class OpcUaTank:
    """The tank behind an OPC UA server.

    `answer` decides what a write does: it is given (name, value) and returns the status code of
    the answer and the value that then stands; by default the write is taken.
    """

    URI = "urn:test:tank"
    APPLICATION = "urn:test:controller"

    def __init__(self, publishing_s: float = 0.05, keepalive_s: float = 1.0) -> None:
        self.port = free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}/"
        options = (
            f'{{namespace: "{self.URI}", publishing_s: {publishing_s}, keepalive_s: {keepalive_s}}}'
        )
        self.plant = plant("opcua", self.url, options, {name: f'"s=Tank.{name}"' for name in NAMES})
        self.writes: list[tuple[str, float]] = []
        self.answer: Callable[[str, Any], Awaitable[tuple[int, Any]]] | None = None
        self.clock_offset_us = 0
        self.now: Instant = 0
        self.absent: set[str] = set()
        self.uri = self.URI
        self.folder = "Tank"  # what its nodes hang below
        self.unit = ""  # what the set point says it is in
        self.identity: Path | None = None  # key and certificate: this path with .pem and .der
        self.application_uri = self.APPLICATION
        self.policy = ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt  # with an identity
        self.tokens: list[type] = []  # kinds of users it takes; none = its own default
        self.asked: list[tuple[str | None, str | None]] = []  # users and passwords that came
        self.password = ""  # given: the only one it takes
        self.history = False  # whether it remembers what it showed
        self.refreshes = False  # whether it tells again what stands, when asked to
        self._server: Server | None = None
        self._nodes: dict[str, Any] = {}
        self._space = 0
        self._tank: Any = None

    @property
    def server(self) -> Server:
        """The running server."""
        assert self._server is not None
        return self._server

    async def start(self, now: Instant) -> None:
        """Serve; namespaces are registered in another order each time."""
        internals = _Internals()
        internals.bind_condition_methods = 1 if self.refreshes else 0
        server = Server(iserver=internals)
        server.disable_clock()
        await server.init()
        server.iserver.set_user_manager(self)  # type: ignore[arg-type]
        if self.tokens:
            server.set_identity_tokens(self.tokens)
        await server.set_application_uri(self.application_uri)
        server.set_endpoint(self.url)
        if self.identity is None:
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        else:
            server.set_security_policy([self.policy])
            await server.load_certificate(str(self.identity.with_suffix(".der")))
            await server.load_private_key(self.identity.with_suffix(".pem"))
        for extra in range(len(self._nodes) and 2):
            await server.register_namespace(f"urn:test:other{extra}")
        self._space = await server.register_namespace(self.uri)
        self._tank = await server.nodes.objects.add_object(self._space, self.folder)
        self.now = now
        self._server = server
        self._nodes = {}
        for name in NAMES:
            if name not in self.absent:
                await self.add(name)
        clock = server.get_node(ua.NodeId(ua.ObjectIds.Server_ServerStatus_CurrentTime))
        await clock.write_value(stamp(now + self.clock_offset_us))
        await server.start()
        self._watch(server)

    def get_user(self, iserver, username=None, password=None, certificate=None):
        """Who may come (asyncua's UserManager)."""
        self.asked.append((username, password))
        if self.password and password != self.password:
            return None
        return User(role=UserRole.User)

    async def add(self, name: str) -> None:
        """The server has that point from now on."""
        kind = {
            "temperature": ua.VariantType.Double,
            "count": ua.VariantType.UInt32,
            "running": ua.VariantType.Boolean,
            "setpoint": ua.VariantType.Float,
            "speed": ua.VariantType.Int16,
        }[name]
        node_id = ua.NodeId(f"Tank.{name}", self._space)
        self._nodes[name] = node = await self._tank.add_variable(node_id, name, START[name], kind)
        await node.set_writable()
        if self.unit and name == "setpoint":
            await self.say_unit(self.unit)
        if self.history:
            for bits in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
                await node.set_attr_bit(bits, ua.AccessLevel.HistoryRead)
            storage = self.server.iserver.history_manager.storage
            await storage.new_historized_node(node.nodeid, None)
        await self.show(name, START[name], self.now)

    async def say_unit(self, unit: str) -> None:
        """The set point says from now on what it is in."""
        said = ua.EUInformation(DisplayName=ua.LocalizedText(unit))
        await self._nodes["setpoint"].add_property(0, "EngineeringUnits", said)

    async def show(self, name: str, value: Any, at: Instant, status: int = 0) -> None:
        """The device's value changes by itself."""
        assert self._server is not None
        node = self._nodes[name]
        kind = (await node.read_data_type_as_variant_type()) if value is not None else None
        shown = ua.DataValue(
            ua.Variant(value, kind) if value is not None else ua.Variant(),
            StatusCode=ua.StatusCode(status),
            SourceTimestamp=stamp(at),
            ServerTimestamp=stamp(at),
        )
        if self.history:
            # Kept here: asyncua's own history hears values as a client does, and not every one.
            storage = self._server.iserver.history_manager.storage
            await storage.save_node_value(node.nodeid, shown)
        await self._server.write_attribute_value(node.nodeid, shown)

    async def stop(self) -> None:
        """Gone, as if the plug was pulled."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop()

    def cut(self) -> None:
        """Whoever is connected is not any more; the server goes on."""
        for transport in list(self.server.iserver.asyncio_transports):
            transport.abort()

    def _watch(self, server: Server) -> None:
        """Count writes from outside, and answer them as told."""
        service: Any = server.iserver.attribute_service
        plain = service.write

        async def write(params, user):
            if user.role is UserRole.Admin:  # the server's own
                return await plain(params, user)
            item = params.NodesToWrite[0]
            name = str(item.NodeId.Identifier).split(".")[-1]
            value = item.Value.Value.Value
            self.writes.append((name, float(value)))
            status, stands = (0, value) if self.answer is None else await self.answer(name, value)
            if stands is not None:
                await self.show(name, stands, self.now)
            return [ua.StatusCode(status)]

        service.write = write


def blank() -> SimDevice:
    """What pymodbus wants a server to hold, until its context is put in place of it."""
    return SimDevice(0, simdata=[SimData(0, values=0, datatype=DataType.REGISTERS)])


MODBUS_ADDRESSES = {
    "temperature": "{table: input, register: 0, type: float32}",
    "count": "{table: input, register: 4, type: uint32}",
    "running": "{table: discrete, register: 3}",
    "setpoint": "{table: holding, register: 20, type: float32, word_order: big}",
    "speed": "{table: holding, register: 25, type: int16, scale: 0.5}",
}


def told(name: str, value: Any) -> tuple[str, int, list[int]]:
    """Table, register and words by which a Modbus tank shows a value."""
    if name == "running":
        return "discrete", 3, [int(value)]
    if name == "temperature":
        return "input", 0, list(struct.unpack(">HH", struct.pack(">f", value))[::-1])
    if name == "count":
        return "input", 4, list(struct.unpack(">HH", struct.pack(">I", int(value)))[::-1])
    if name == "valve":
        return "coil", 7, [int(value)]
    if name == "setpoint":
        return "holding", 20, list(struct.unpack(">HH", struct.pack(">f", value)))
    return "holding", 25, [round(value / 0.5) & 0xFFFF]


class ModbusTank:
    """The tank behind a Modbus TCP server; `answer` as for OpcUaTank, with an exception code.

    The word order is little, but for the set point's.

    Attributes:
        absent: (table, register) that it refuses with exception 2.
        busy: the exception with which it answers every read; 0 for none.
        units: that it has. silent: unit → the gateway's exception, 0 for no answer at all.
        asked: units that were asked, in order. functions: with which it was written to.
        revision: that it says of itself.
    """

    scheme = "modbus"

    def __init__(self, **options: Any) -> None:
        self.port = free_port()
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        given = json.dumps({"poll_s": 0.05, "unit_id": 3, "word_order": "little", **options})
        self.plant = plant("modbus", self.url, given, MODBUS_ADDRESSES)
        self.writes: list[tuple[str, float]] = []
        self.requests: list[tuple[int, int, int]] = []
        self.answer: Callable[[str, Any], Awaitable[tuple[int, Any]]] | None = None
        self.tables: dict[str, list[int]] = {}
        self.absent: set[tuple[str, int]] = set()
        self.busy = 0
        self.units = [3]
        self.asked: list[int] = []
        self.functions: list[int] = []
        self.silent: dict[int, int] = {}
        self.revision = "1.0"
        self.talks = asyncio.Event()
        self.talks.set()
        self._server: ModbusTcpServer | None = None

    async def start(self, now: Instant) -> None:
        """Serve."""
        self.tables = {
            "input": [0] * 200,
            "holding": [0] * 200,
            "coil": [0] * 9,
            "discrete": [0] * 9,
        }
        for name in NAMES:
            await self.show(name, START[name], now)
        server = self.server()
        server.context = self  # type: ignore[assignment]
        await server.serve_forever(background=True)
        self._server = server

    async def show(self, name: str, value: Any, at: Instant) -> None:
        """The device's value changes by itself."""
        table, register, words = told(name, value)
        self.tables[table][register : register + len(words)] = words

    async def stop(self) -> None:
        """Gone, as if the plug was pulled."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.shutdown()

    def server(self) -> ModbusTcpServer:
        """A server that does not serve yet."""
        says = ModbusDeviceIdentification({0: "Acme", 1: "T1", 2: self.revision})
        return ModbusTcpServer(blank(), identity=says, address=("127.0.0.1", self.port))

    def device_ids(self) -> list[int]:
        """The units that answer."""
        return self.units

    async def async_getValues(self, device_id, func_code, address, count=1):  # noqa: N802
        """Read a table."""
        self.requests.append((func_code, address, count))
        self.asked.append(device_id)
        await self.talks.wait()
        if device_id in self.silent:
            if self.silent[device_id]:
                return ExcCodes(self.silent[device_id])
            await asyncio.Event().wait()
        if self.busy:
            return ExcCodes(self.busy)
        table = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}.get(func_code, "holding")
        if any((table, address + i) in self.absent for i in range(count)):
            return ExcCodes.ILLEGAL_ADDRESS
        words = self.tables[table][address : address + count]
        return [bool(w) for w in words] if func_code in {1, 2} else words

    async def async_setValues(self, device_id, func_code, address, values):  # noqa: N802
        """Write set points."""
        words = [int(v) for v in values]
        self.functions.append(func_code)
        if (func_code, address, len(words)) == (16, 20, 2):
            name, value = "setpoint", struct.unpack(">f", struct.pack(">HH", *words))[0]
        elif (address, len(words)) == (25, 1) and func_code in {6, 16}:
            name, value = "speed", words[0] * 0.5
        elif (address, len(words)) == (7, 1) and func_code in {5, 15}:
            name, value = "valve", words[0]
        else:
            return ExcCodes.ILLEGAL_ADDRESS
        self.writes.append((name, float(value)))
        status, stands = (0, value) if self.answer is None else await self.answer(name, value)
        if stands is not None:
            await self.show(name, stands, 0)
        return ExcCodes(status) if status else None
