"""A virtual controller's OPC UA side: the points of one source under the addresses they have.

It takes writes as its `Taking` says and shows what it is given. It must never know what a value
means, and shares nothing with our client.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncua.ua
from asyncua.server.binary_server_asyncio import BinaryServer
from asyncua.server.server import Server

from evals.virtual.taking import Taking
from twin_core.plant.assets import Plant, Point
from twin_core.plant.source import Source
from twin_core.value import Instant

ua: Any = asyncua.ua  # its wire types are plain int and datetime at run time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OpcuaServer:
    """One controller.

    Args:
        plant: its points of `source` are served.
        source: whose options name the namespace.
        port: of 127.0.0.1.
        taking: decides about writes.
    """

    def __init__(self, plant: Plant, source: Source, port: int, taking: Taking) -> None:
        self.source = source
        self._points = {i: p for i, p in enumerate(plant.read) if p.source == source.id}
        self._port = port
        self._taking = taking
        self._server: Any = Server()
        self._nodes: dict[int, Any] = {}
        self._attributes: dict[Any, Any] = {}
        self._types: dict[int, Any] = {}
        self._index: dict[Any, int] = {}
        self._now: Instant = 0

    async def start(self, values: Mapping[int, float], now: Instant) -> None:
        """Build the address space and listen."""
        for noisy in ("asyncua.server", "asyncua.common", "asyncua.uaprotocol"):
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        server, self._now = self._server, now
        server.iserver.disabled_clock = True
        await server.init()
        server.set_server_name(self.source.name)
        server.set_endpoint(f"opc.tcp://127.0.0.1:{self._port}/")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        folders: dict[str, Any] = {}
        for index, point in self._points.items():
            if point.unit_id not in folders:
                name = ua.QualifiedName(point.unit_id, 0)
                folders[point.unit_id] = await server.nodes.objects.add_folder(
                    ua.NodeId(f"unit:{point.unit_id}", await self._space("urn:opstwin:virtual")),
                    name,
                )
            await self._add(folders[point.unit_id], index, point, values[index])
        service = server.iserver.attribute_service
        self._plain_write, service.write = service.write, self._written
        await self.show(values, now)
        await server.start()

    async def stop(self) -> None:
        """Stop for good."""
        await self._server.stop()

    async def fall_silent(self) -> None:
        """Off the network: no listener, no connections."""
        if self._server.bserver is not None:
            self._policies = self._server.bserver._policies  # noqa: SLF001 needed to listen again
            for transport in list(self._server.iserver.asyncio_transports):
                transport.abort()
            await self._server.bserver.stop()
            self._server.bserver = None

    async def come_back(self) -> None:
        """Listen again on the same port."""
        if self._server.bserver is None:
            again = BinaryServer(self._server.iserver, "127.0.0.1", self._port, self._server.limits)
            again.set_policies(self._policies)
            await again.start()
            self._server.bserver = again

    async def show(self, values: Mapping[int, float], now: Instant) -> None:
        """New values of some points, as of plant time `now`."""
        self._now = now
        stamp = _EPOCH + timedelta(microseconds=now)
        for index, value in values.items():
            kind = self._types[index]
            shown = ua.DataValue(
                ua.Variant(_typed(value, kind), kind),
                StatusCode=ua.StatusCode(0),
                SourceTimestamp=stamp,
                ServerTimestamp=stamp,
            )
            await self._set(self._nodes[index], shown)
        told = ua.DataValue(ua.Variant(stamp, ua.VariantType.DateTime), SourceTimestamp=stamp)
        await self._set(ua.NodeId(ua.ObjectIds.Server_ServerStatus_CurrentTime), told)

    async def _set(self, node: Any, shown: Any) -> None:
        """As asyncua's own writing does, without its checks: thousands a second are shown."""
        attribute = self._attributes.get(node)
        if attribute is None:
            found = self._server.iserver.aspace[node].attributes[ua.AttributeIds.Value]
            attribute = self._attributes[node] = found
            attribute.value_callback = None
        attribute.value = shown
        for handle, hear in list(attribute.datachange_callbacks.items()):
            await hear(handle, shown)

    async def _space(self, uri: str) -> int:
        return int(await self._server.register_namespace(uri))

    async def _add(self, folder: Any, index: int, point: Point, value: float) -> None:
        text, space = str(point.address), 0
        named = self.source.options.get("namespace")
        if text.startswith("ns="):
            space = int(text.removeprefix("ns=").partition(";")[0])
            while len(await self._server.get_namespace_array()) <= space:
                await self._space(f"urn:opstwin:virtual:{space}:{len(self._nodes)}")
            text = text.partition(";")[2]
        elif text.startswith("nsu="):
            uri, _, text = text.removeprefix("nsu=").partition(";")
            space = await self._space(uri)
        elif named is not None:
            space = await self._space(str(named))
        node_id = ua.NodeId.from_string(f"ns={space};{text}")
        kind = _kind(point)
        self._types[index], self._nodes[index] = kind, node_id
        self._index[node_id] = index
        variable = await folder.add_variable(
            node_id, ua.QualifiedName(text.partition("=")[2], space), _typed(value, kind), kind
        )
        if point.writable:
            await variable.set_writable()

    async def _written(self, params: Any, user: Any) -> list[Any]:
        """The Write service (OPC 10000-4, 5.11.4)."""
        results = []
        for item in params.NodesToWrite:
            index = self._index.get(item.NodeId)
            if index is None:
                results += await self._plain_write(params, user)
                break
            results.append(ua.StatusCode(await self._take(index, item)))
        return results

    async def _take(self, index: int, item: Any) -> int:
        told = item.Value.Value
        if item.AttributeId != ua.AttributeIds.Value or told is None or told.Value is None:
            return int(ua.StatusCodes.BadNotWritable)
        if told.VariantType != self._types[index]:
            return int(ua.StatusCodes.BadTypeMismatch)
        taken = await self._taking.asked(index, float(told.Value))
        if taken.stands is not None:
            await self.show({index: taken.stands}, self._now)
        return {
            "taken": 0,
            "read_only": int(ua.StatusCodes.BadNotWritable),
            "beyond": int(ua.StatusCodes.BadOutOfRange),
            "refused": int(ua.StatusCodes.BadUserAccessDenied),
        }[taken.answer]


def _kind(point: Point) -> Any:
    if point.spec.type == "bool":
        return ua.VariantType.Boolean
    if point.spec.type == "int":
        wide = point.spec.limits.high > 2**31 - 1
        return ua.VariantType.Int64 if wide else ua.VariantType.Int32
    return ua.VariantType.Double


def _typed(value: float, kind: Any) -> bool | int | float:
    if kind is ua.VariantType.Boolean:
        return value >= 0.5
    return float(value) if kind is ua.VariantType.Double else round(value)
