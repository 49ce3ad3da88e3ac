"""A line's PLC as an OPC UA server: the points of one source under their string node ids.

Source timestamps are plant time as this controller's clock has it. It serves readings and takes
set-points inside its own limits; it must never know why a value is what it is.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncua.ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AddressSpace, AttributeService, AttributeValue, NodeData
from asyncua.server.binary_server_asyncio import BinaryServer
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server

from twin_core.plant.assets import Plant, Point
from twin_core.plant.source import Source
from twin_core.reading import GOOD
from twin_core.value import Instant

ua: Any = asyncua.ua  # its wire types (UInt32, DateTime) are plain int and datetime at run time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STANDARD: dict[Any, NodeData] = {}
"""The standard address space as asyncua first built it (1.4 s); every server copies it."""

Taken = Callable[[int, float], None]
"""Called with point index and value when a client has written a set-point."""


def moment(time: Instant) -> datetime:
    """Microseconds as OPC UA's DateTime."""
    return _EPOCH + timedelta(microseconds=time)


class _Still(ua.DataValue):  # type: ignore[misc]
    """A DataValue that nobody changes: asyncua's copy for every subscriber is spared."""

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Still":
        return self


class _Internals(InternalServer):
    """Builds the standard address space once for all servers of the process."""

    async def load_standard_address_space(self, shelf_file: Any = None) -> None:
        if not _STANDARD:
            await super().load_standard_address_space(shelf_file)
            _STANDARD.update(self.aspace._nodes)  # noqa: SLF001 the one door
        self.aspace._nodes = _Nodes()  # type: ignore[assignment]  # noqa: SLF001 the one door


class _Nodes(MutableMapping[Any, NodeData]):
    """A server's own nodes; a standard one is copied when it is first touched."""

    def __init__(self) -> None:
        self._own: dict[Any, NodeData] = {}

    def __getitem__(self, node: Any) -> NodeData:
        found = self._own.get(node)
        if found is None:
            found = self._own[node] = _copy(_STANDARD[node])
        return found

    def __setitem__(self, node: Any, data: NodeData) -> None:
        self._own[node] = data

    def __delitem__(self, node: Any) -> None:
        del self._own[node]

    def __contains__(self, node: object) -> bool:
        return node in self._own or node in _STANDARD

    def __iter__(self) -> Iterator[Any]:
        return iter({**_STANDARD, **self._own})

    def __len__(self) -> int:
        return len({**_STANDARD, **self._own})


def _copy(data: NodeData) -> NodeData:
    own = NodeData(data.nodeid)
    own.attributes = {k: AttributeValue(v.value) for k, v in data.attributes.items() if v.value}
    own.references = list(data.references)
    own.call = data.call
    return own


class _Panel(AttributeService):
    """Lets clients write set-points inside the controller's limits, and nothing else."""

    def __init__(self, space: AddressSpace, line: "LineServer") -> None:
        super().__init__(space)
        self._line = line

    async def write(self, params: Any, user: User | None = None) -> list[Any]:
        """The Write service (OPC 10000-4, 5.11.4)."""
        own = [self._line.by_node.get(item.NodeId) for item in params.NodesToWrite]
        if all(index is None for index in own):
            return await super().write(params, user or User(role=UserRole.Anonymous))
        results = []
        for index, item in zip(own, params.NodesToWrite, strict=True):
            if index is None or item.AttributeId != ua.AttributeIds.Value:
                results.append(ua.StatusCode(ua.StatusCodes.BadUserAccessDenied))
            else:
                results.append(await self._line.take(index, item.Value))
        return results


class LineServer:
    """One controller.

    Args:
        plant: for the points of `source`.
        source: whose options name the namespace URI.
        clock: plant time now, microseconds.
        offset_us: this controller's clock minus plant time.
        taken: told of every set-point a client writes.
    """

    def __init__(
        self,
        plant: Plant,
        source: Source,
        port: int,
        clock: Callable[[], Instant],
        offset_us: int,
        taken: Taken,
    ) -> None:
        self.source = source
        self.port = port
        self.by_node: dict[Any, int] = {}
        self._plant = plant
        self._clock = clock
        self._offset_us = offset_us
        self._taken = taken
        self._server = Server(iserver=_Internals())
        self._attributes: dict[int, AttributeValue] = {}
        self._types: dict[int, Any] = {}
        self._policies: list[Any] = []

    async def start(self, values: Sequence[float]) -> None:
        """Build the address space from `values` and listen."""
        for noisy in ("asyncua.server", "asyncua.common", "asyncua.uaprotocol"):
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        server = self._server
        server.iserver.disabled_clock = True
        await server.init()
        uri = str(self.source.options["namespace"])
        await server.set_application_uri(uri)
        server.set_server_name(self.source.name)
        server.set_endpoint(f"opc.tcp://127.0.0.1:{self.port}/")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace(uri)
        folders: dict[str, Any] = {}
        for index, point in enumerate(self._plant.points):
            if point.source == self.source.id:
                unit = self._plant.unit(point.unit_id)
                if unit.id not in folders:
                    folders[unit.id] = await server.nodes.objects.add_folder(space, unit.name)
                await self._add(folders[unit.id], space, index, point, values[index])
        server.iserver.attribute_service = _Panel(server.iserver.aspace, self)
        await server.start()
        for node in (
            ua.ObjectIds.Server_ServerStatus_CurrentTime,
            ua.ObjectIds.Server_ServerStatus,
        ):
            self._tell_time(ua.NodeId(node))
        assert server.bserver is not None
        self.port = server.bserver.port
        self._policies = server.bserver._policies  # noqa: SLF001 needed to listen again

    async def stop(self) -> None:
        """Stop for good."""
        await self._server.stop()

    async def kill(self) -> None:
        """Fall off the network: no listener, no connections."""
        if self._server.bserver is not None:
            await self._server.bserver.stop()
            self._server.bserver = None

    async def revive(self) -> None:
        """Listen again on the same port."""
        if self._server.bserver is None:
            listener = BinaryServer(
                self._server.iserver, "127.0.0.1", self.port, self._server.limits
            )
            listener.set_policies(self._policies)
            await listener.start()
            self._server.bserver = listener

    async def publish(
        self, points: Iterable[int], values: Sequence[float], status: Sequence[int], time: Instant
    ) -> None:
        """New values of some points, as of plant time `time`."""
        stamp = moment(time + self._offset_us)
        for index in points:
            await self._set(index, values[index], int(status[index]), stamp)

    async def take(self, index: int, value: Any) -> Any:
        """A client writes a point."""
        point = self._plant.points[index]
        allowed = point.spec.adjustable
        if not point.writable or allowed is None:
            return ua.StatusCode(ua.StatusCodes.BadNotWritable)
        if value is None or value.Value is None or value.Value.VariantType != self._types[index]:
            return ua.StatusCode(ua.StatusCodes.BadTypeMismatch)
        number = float(value.Value.Value)
        if not allowed.holds(number):
            return ua.StatusCode(ua.StatusCodes.BadOutOfRange)
        self._taken(index, number)
        await self._set(index, number, GOOD, moment(self._clock() + self._offset_us))
        return ua.StatusCode(ua.StatusCodes.Good)

    async def _add(self, folder: Any, space: int, index: int, point: Point, value: float) -> None:
        kind = _variant_type(point)
        name = str(point.address).removeprefix("s=")
        node_id = ua.NodeId(name, space)
        variable = await folder.add_variable(
            node_id, ua.QualifiedName(name, space), _python(value, kind), varianttype=kind
        )
        if point.writable:
            await variable.set_writable()
        self._attributes[index] = self._server.iserver.aspace[variable.nodeid].attributes[
            ua.AttributeIds.Value
        ]
        self._types[index] = kind
        self.by_node[variable.nodeid] = index

    async def _set(self, index: int, value: float, status: int, stamp: datetime) -> None:
        kind = self._types[index]
        if status == GOOD:
            variant = ua.Variant(_python(value, kind), kind)
        else:
            variant = ua.Variant(None, ua.VariantType.Null)
        shown = _Still(
            Value=variant,
            StatusCode=ua.StatusCode(status),
            SourceTimestamp=stamp,
            ServerTimestamp=stamp,
        )
        attribute = self._attributes[index]
        attribute.value = shown
        for handle, told in list(attribute.datachange_callbacks.items()):
            await told(handle, shown)

    def _tell_time(self, node: Any) -> None:
        space = self._server.iserver.aspace
        usual = space.read_attribute_value(node, ua.AttributeIds.Value)

        def now(_node: Any, _attribute: ua.AttributeIds) -> Any:
            time = moment(self._clock() + self._offset_us)
            assert usual.Value is not None
            value = usual.Value.Value
            if isinstance(value, ua.ServerStatusDataType):
                value.CurrentTime = time
                return ua.DataValue(ua.Variant(value, ua.VariantType.ExtensionObject))
            return ua.DataValue(ua.Variant(time, ua.VariantType.DateTime))

        space.set_attribute_value_callback(node, ua.AttributeIds.Value, now)


def _variant_type(point: Point) -> Any:
    if point.spec.type == "bool":
        return ua.VariantType.Boolean
    if point.spec.type == "int":
        wide = point.spec.limits.high > 2**31 - 1
        return ua.VariantType.UInt32 if wide else ua.VariantType.Int32
    return ua.VariantType.Double


def _python(value: float, kind: Any) -> bool | int | float:
    if kind is ua.VariantType.Boolean:
        return bool(value)
    return float(value) if kind is ua.VariantType.Double else int(value)
