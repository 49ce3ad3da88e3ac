"""A controller as a Modbus TCP server (Modbus Application Protocol V1.1b3).

It serves the register map of the plant file and takes set-points inside its own limits. It must
never know why a value is what it is.
"""

import logging
from collections.abc import Callable, Iterable, Sequence

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from evals.emulator.registers import Tables, places
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source

Taken = Callable[[int, float], None]

_READS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_WRITES = {5: "coil", 6: "holding", 15: "coil", 16: "holding", 22: "holding", 23: "holding"}


class _Context:
    """What pymodbus asks for values: our tables."""

    def __init__(self, plant: Plant, tables: Tables, unit: int, taken: Taken) -> None:
        self._plant, self._tables, self._unit, self._taken = plant, tables, unit, taken

    def device_ids(self) -> list[int]:
        """The one unit that answers."""
        return [self._unit]

    async def async_getValues(  # noqa: N802 pymodbus's name
        self, device_id: int, func_code: int, address: int, count: int = 1
    ) -> list[int] | list[bool] | ExcCodes:
        """Read a table."""
        if device_id != self._unit:
            return ExcCodes.GATEWAY_NO_RESPONSE
        table = _READS.get(func_code) or _WRITES[func_code]
        words = self._tables.read(table, address, count)
        if words is None:
            return ExcCodes.ILLEGAL_ADDRESS
        return [bool(w) for w in words] if table in {"coil", "discrete"} else words

    async def async_setValues(  # noqa: N802 pymodbus's name
        self, device_id: int, func_code: int, address: int, values: list[int] | list[bool]
    ) -> ExcCodes | None:
        """Write set-points: all of the request, or nothing."""
        if device_id != self._unit:
            return ExcCodes.GATEWAY_NO_RESPONSE
        meant = self._tables.meant(_WRITES[func_code], address, [int(v) for v in values])
        if not meant:
            return ExcCodes.ILLEGAL_ADDRESS
        for index, value in meant.items():
            point = self._plant.points[index]
            if not point.writable or point.spec.adjustable is None:
                return ExcCodes.ILLEGAL_ADDRESS
            if not point.spec.adjustable.holds(value):
                return ExcCodes.ILLEGAL_VALUE
        for index, value in meant.items():
            self._taken(index, value)
            self._tables.show(index, value)
        return None


class ControllerServer:
    """One controller.

    Args:
        plant: for the points of `source`.
        source: whose options name `unit_id` and `word_order`.
        taken: told of every set-point a client writes.
    """

    def __init__(self, plant: Plant, source: Source, port: int, taken: Taken) -> None:
        self.source = source
        self.port = port
        self.tables = Tables(places(plant, source))
        unit = int(source.options.get("unit_id", 1))
        self._context = _Context(plant, self.tables, unit, taken)
        self._server: ModbusTcpServer | None = None

    async def start(self, values: Sequence[float]) -> None:
        """Fill the tables from `values` and listen."""
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
        for place in self.tables.places:
            self.tables.show(place.index, values[place.index])
        await self.revive()

    async def stop(self) -> None:
        """Stop for good."""
        await self.kill()

    async def kill(self) -> None:
        """Fall off the network: no listener, no connections."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]
            self._server = None

    async def revive(self) -> None:
        """Listen (again) on the same port."""
        if self._server is not None:
            return
        blank = SimDevice(0, simdata=[SimData(0, values=0, datatype=DataType.REGISTERS)])
        server = ModbusTcpServer(blank, address=("127.0.0.1", self.port))
        server.context = self._context  # type: ignore[assignment]
        await server.serve_forever(background=True)
        self._server = server
        listening = server.transport
        sockets = getattr(listening, "sockets", None)
        if sockets:
            self.port = sockets[0].getsockname()[1]

    async def publish(
        self, points: Iterable[int], values: Sequence[float], status: Sequence[int], time: int
    ) -> None:
        """New values of some points; Modbus carries neither status nor time."""
        del status, time
        for index in points:
            self.tables.show(index, values[index])
