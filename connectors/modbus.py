"""Modbus over TCP or TLS: controllers that are polled in few requests, written by commands.

The wire carries neither time nor quality: source time is plant time at the poll, and a device
that answers with an exception (its points are Bad) is told apart from one that is silent (it is
down, or its unit is). It must never write but for a Command.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable

from connectors.backoff import SPREAD
from connectors.device_record import DeviceRecord
from connectors.feed import Feed
from connectors.field_write import FieldWrite, Form, Seen, shortest
from connectors.modbus_exception import SILENT, SLOW, meaning
from connectors.modbus_identity import ModbusIdentity
from connectors.modbus_link import ModbusLink
from connectors.modbus_map import Place, places
from connectors.modbus_poll import Poll
from connectors.modbus_reads import Ask
from connectors.modbus_security import Peer
from connectors.modbus_spans import spans
from connectors.opcua_keys import OpcuaKeys
from connectors.vendor_error import silence
from twin_core.errors import SourceDown
from twin_core.governance.action import Command, Outcome
from twin_core.plant.assets import Plant, Point
from twin_core.plant.source import Source
from twin_core.ports import Clock, Health
from twin_core.reading import (
    BAD,
    BAD_SENSOR_FAILURE,
    GOOD,
    GOOD_COMPLETES_ASYNCHRONOUSLY,
    Arrival,
)


class ModbusSource:
    """A ReadingSource and CommandSink.

    Args:
        plant: its points of that source are read.
        source: where; its options are those of `ModbusOptions`.
        clock: plant time.
        factor: plant seconds in a host second.
        jitter: numbers in [0, 1) that spread reconnects.
        keys: our certificate and the devices that people accepted, for TLS.

    Raises:
        WrongKind: an address or option that is none, or a device that could be anybody.
    """

    def __init__(
        self,
        plant: Plant,
        source: Source,
        clock: Clock,
        factor: float = 1.0,
        jitter: Callable[[], float] = SPREAD,
        keys: OpcuaKeys | None = None,
    ) -> None:
        peer = Peer.of(source, keys)
        told = peer.options
        silence("pymodbus")
        points = {i: p for i, p in enumerate(plant.points) if p.source == source.id}
        found = places(points, told.word_order, told.unit_id)
        self._source = source.id
        self._clock = clock
        self._jitter = jitter
        self._spans = spans(found.values(), told.most_registers, told.gap_registers)
        self._period_s = told.poll_s / factor
        self._link = ModbusLink(
            source.id, peer, told.answer_s, clock.plant, several=told.write_several
        )
        self._identity = ModbusIdentity(
            source.id,
            self._link,
            DeviceRecord(source.id, keys.devices if keys is not None else None),
            {place.unit for place in found.values() if place.point.writable},
            [
                Ask(told.unit_id if t.unit_id is None else t.unit_id, t.table, t.first, t.words)
                for t in told.identity
            ],
        )
        self._poll = self._planned()
        self._feed = Feed(source.id, clock, self._connected, jitter)
        self._writes = FieldWrite(
            _Wire(source.id, self._link, {p.point.id: p for p in found.values()}, self._identity),
            {p.id: p for p in points.values()},
        )

    def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed."""
        return self._feed.arrivals()

    async def execute(self, command: Command) -> Outcome:
        """Write one approved step, once, and read it back."""
        return await self._writes.execute(command)

    async def look(self, command: Command) -> Outcome:
        """Only read back."""
        return await self._writes.look(command)

    async def health(self) -> Health:
        """Whether it answers, which units are silent, what is refused and why."""
        return self._feed.health(self._poll.told(), len(self._poll.refusals))

    async def close(self) -> None:
        """Let go; `readings` ends."""
        await self._feed.close()
        self._link.close()

    def _planned(self) -> Poll:
        return Poll(
            self._source, self._spans, self._link, self._clock, self._jitter, self._identity
        )

    async def _connected(self) -> str:
        """Poll after poll, until no device answers; why not."""
        loop = asyncio.get_running_loop()
        self._poll = self._planned()  # a device that was down may be another now
        while True:
            due = loop.time() + self._period_s
            try:
                batch = await self._poll.readings()
            except SourceDown as problem:
                return problem.reason
            self._feed.heard()
            self._feed.put(batch)
            await asyncio.sleep(max(0.0, due - loop.time()))


class _Wire:
    """What `field_write.py` needs, on the link."""

    def __init__(
        self, source: str, link: ModbusLink, found: dict[str, Place], identity: ModbusIdentity
    ) -> None:
        self._source = source
        self._identity = identity
        self._link = link
        self._places = found

    async def stranger(self, point: Point) -> str:
        return await self._identity.stranger(self._places[point.id].unit)

    async def read(self, point: Point) -> Seen:
        place = self._places[point.id]
        ask = Ask(place.unit, place.table, place.register, place.words)
        (reply,) = await self._link.read([ask])
        if reply.silent:
            raise SourceDown(self._source, f"unit {place.unit}: {reply.silent}")
        if reply.exception or len(reply.words) < place.words:
            return Seen(math.nan, meaning(reply.exception).status)
        value = _held(place, reply.words.tolist())
        return Seen(value, BAD_SENSOR_FAILURE if math.isnan(value) else GOOD)

    def encode(self, point: Point, value: float) -> Form:
        place = self._places[point.id]
        words = place.encode(value)
        return Form(words, _held(place, words))

    async def write(self, point: Point, encoded: list[int]) -> int | None:
        place = self._places[point.id]
        refused = await self._link.write(place.unit, place.table, place.register, encoded)
        if refused is None or refused in SILENT:
            return None
        if refused in SLOW:
            return GOOD_COMPLETES_ASYNCHRONOUSLY
        return meaning(refused).status | BAD if refused else GOOD

    def quantum(self, point: Point, value: float) -> float:
        return self._places[point.id].quantum(value)


def _held(place: Place, words: list[int]) -> float:
    """The value of some words; of 32 bits as people write it."""
    value = place.decode(words)
    return shortest(value) if place.form == "float32" and math.isfinite(value) else value
