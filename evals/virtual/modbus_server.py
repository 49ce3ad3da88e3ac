"""A virtual controller's Modbus TCP side: the registers of one source, of all its units.

It takes writes as its `Taking` says and shows what it is given. It must never know what a value
means, and shares nothing with our client.
"""

import logging
from collections.abc import Mapping

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from evals.virtual.registers import BITS, Place
from evals.virtual.taking import Taking
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source
from twin_core.value import Instant

_READ = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_WRITTEN = {5: "coil", 6: "holding", 15: "coil", 16: "holding"}
_ANSWERS = {
    "read_only": ExcCodes.ILLEGAL_ADDRESS,
    "beyond": ExcCodes.ILLEGAL_VALUE,
    "refused": ExcCodes.DEVICE_FAILURE,
}
_SIZE = 0x10000


class ModbusServer:
    """One controller, or one gateway with several.

    Args:
        plant: its points of `source` are served.
        source: whose options say unit and word order.
        port: of 127.0.0.1.
        taking: decides about writes.
    """

    def __init__(self, plant: Plant, source: Source, port: int, taking: Taking) -> None:
        self.source = source
        points = ((i, p) for i, p in enumerate(plant.read) if p.source == source.id)
        self._places = {i: Place.of(p, source.options) for i, p in points}
        self._tables: dict[tuple[int, str], list[int]] = {}
        self._port = port
        self._taking = taking
        self._server: ModbusTcpServer | None = None

    async def start(self, values: Mapping[int, float], now: Instant) -> None:
        """Fill the registers and listen."""
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
        await self.show(values, now)
        await self.come_back()

    async def stop(self) -> None:
        """Stop for good."""
        await self.fall_silent()

    async def fall_silent(self) -> None:
        """Off the network: no listener, no connections."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.shutdown()  # type: ignore[no-untyped-call]

    async def come_back(self) -> None:
        """Listen (again) on the same port."""
        if self._server is None:
            blank = SimDevice(0, simdata=[SimData(0, values=0, datatype=DataType.REGISTERS)])
            server = ModbusTcpServer(blank, address=("127.0.0.1", self._port))
            server.context = self  # type: ignore[assignment]
            await server.serve_forever(background=True)
            self._server = server

    async def show(self, values: Mapping[int, float], now: Instant) -> None:
        """New values of some points; Modbus carries no time."""
        del now
        for index, value in values.items():
            place = self._places[index]
            table = self._table(place.unit, place.table)
            words = place.words(value, table[place.first])
            table[place.first : place.first + len(words)] = words

    def device_ids(self) -> list[int]:
        """The units that answer."""
        return sorted({place.unit for place in self._places.values()})

    async def async_getValues(  # noqa: N802 pymodbus's name
        self, device_id: int, func_code: int, address: int, count: int = 1
    ) -> list[int] | list[bool] | ExcCodes:
        """Read a table; there is nothing beyond the last register that the plant file names."""
        table = _READ.get(func_code) or _WRITTEN.get(func_code, "")
        last = max(
            (p.first + p.count for p in self._places.values()
             if (p.unit, p.table) == (device_id, table)),
            default=0,
        )  # fmt: skip
        if address + count > last:
            return ExcCodes.ILLEGAL_ADDRESS
        words = self._table(device_id, table)[address : address + count]
        return [bool(word) for word in words] if table in BITS else words

    async def async_setValues(  # noqa: N802 pymodbus's name
        self, device_id: int, func_code: int, address: int, values: list[int] | list[bool]
    ) -> ExcCodes | None:
        """Write whole points; what covers half of one, or none, is no address."""
        table, count = _WRITTEN.get(func_code, ""), len(values)
        meant = {
            index: place
            for index, place in self._places.items()
            if (place.unit, place.table) == (device_id, table)
            and address <= place.first
            and place.first + place.count <= address + count
        }
        if sum(place.count for place in meant.values()) != count:
            return ExcCodes.ILLEGAL_ADDRESS
        for index, place in meant.items():
            at = place.first - address
            value = place.value([int(word) for word in values[at : at + place.count]])
            taken = await self._taking.asked(index, value)
            if taken.stands is not None:
                await self.show({index: taken.stands}, 0)
            if taken.answer != "taken":
                return _ANSWERS[taken.answer]
        return None

    def _table(self, unit: int, table: str) -> list[int]:
        return self._tables.setdefault((unit, table), [0] * _SIZE)
