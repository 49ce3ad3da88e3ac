"""Modbus TCP: a controller that is polled in few requests and written by approved commands.

The wire carries neither time nor quality: source time is plant time at the poll, and a device
that answers with an exception (its points are Bad) is told apart from one that is silent (it is
down). It must never write but for a Command.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlparse

from pydantic import Field

from connectors.backoff import SPREAD
from connectors.feed import Feed
from connectors.field_write import FieldWrite, Form, Seen, shortest
from connectors.modbus_link import GATEWAY, ModbusLink
from connectors.modbus_map import Place, Span, WordOrder, places, spans
from connectors.options import options
from connectors.vendor_error import silence
from twin_core.errors import NotWritable, SourceDown, WrongKind
from twin_core.governance.action import Command, Outcome
from twin_core.plant.assets import Plant, Point, Source
from twin_core.ports import Clock, Health
from twin_core.reading import (
    BAD,
    BAD_NO_COMMUNICATION,
    BAD_OUT_OF_RANGE,
    BAD_SENSOR_FAILURE,
    GOOD,
    GOOD_COMPLETES_ASYNCHRONOUSLY,
    Arrival,
    Batch,
)
from twin_core.value import Value

_STATUS = {
    1: 0x803D0000,  # illegal function: BadNotSupported
    2: 0x80340000,  # illegal address: BadNodeIdUnknown
    3: BAD_OUT_OF_RANGE,  # illegal value
    4: 0x808B0000,  # device failure: BadDeviceFailure
    5: 0x80040000,  # acknowledged, busy with it: BadResourceUnavailable
    6: 0x80040000,  # busy: BadResourceUnavailable
}
"""Exception codes (7) as the OPC UA status of what was read."""
_SLOW = {5, 6}  # on a write: wait and read back, never send again
_WRONG_PLACE = {2, 3}  # a request over a gap that the device does not have is asked in parts


class ModbusOptions(Value):
    """Options of a Modbus source.

    Attributes:
        poll_s: plant seconds between two polls.
        unit_id: the device behind the address.
        word_order: which word of 32 bits comes first, where an address does not say.
    """

    poll_s: float = Field(default=2.0, gt=0)
    unit_id: int = Field(default=1, ge=0, le=255)
    word_order: WordOrder = "big"


class ModbusSource:
    """A ReadingSource and CommandSink.

    Args:
        plant: its points of that source are read.
        source: where; its options are those of `ModbusOptions`.
        clock: plant time.
        factor: plant seconds in a host second.
        jitter: numbers in [0, 1) that spread reconnects.
        answer_s: host seconds the device has for an answer.

    Raises:
        WrongKind: an address or option that is none.
    """

    def __init__(
        self,
        plant: Plant,
        source: Source,
        clock: Clock,
        factor: float = 1.0,
        jitter: Callable[[], float] = SPREAD,
        answer_s: float = 1.0,
    ) -> None:
        told = options(ModbusOptions, source)
        url = urlparse(source.url)
        if url.hostname is None:
            raise WrongKind(f"source {source.id}", source.url, "modbus://HOST:PORT")
        silence("pymodbus")
        points = {i: p for i, p in enumerate(plant.points) if p.source == source.id}
        self._clock = clock
        self._places = places(points, told.word_order)
        self._spans = spans(self._places.values())
        self._period_s = told.poll_s / factor
        self._link = ModbusLink(source.id, url.hostname, url.port or 502, told.unit_id, answer_s)
        self._feed = Feed(source.id, clock, self._connected, jitter)
        self._refused = 0
        self._writes = FieldWrite(
            _Wire(self._link, {p.point.id: p for p in self._places.values()}),
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
        """Whether it answers, how many points it refuses, what was dropped."""
        told = f"{len(self._places)} points in {len(self._spans)} requests"
        return self._feed.health(told, self._refused)

    async def close(self) -> None:
        """Let go; `readings` ends."""
        await self._feed.close()
        self._link.close()

    async def _connected(self) -> str:
        """Poll after poll, until the device does not answer; why not."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._period_s
            try:
                batch = await self._poll()
            except SourceDown as problem:
                return problem.reason
            self._feed.heard()
            self._feed.put(batch)
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _poll(self) -> Batch:
        rows: list[tuple[int, int, float, int, int]] = []
        self._refused, at = 0, 0
        while at < len(self._spans):
            span = self._spans[at]
            reply = await self._link.read(span.table, span.start, span.count)
            if reply.exception in _WRONG_PLACE and len(span.places) > 1:
                # From now on each of its places is asked for by itself.
                alone = [Span(p.table, p.register, p.words, (p,)) for p in span.places]
                self._spans[at : at + 1] = alone
                continue
            rows += self._rows(span, reply.words, reply.exception)
            at += 1
        return Batch.of(rows)

    def _rows(
        self, span: Span, words: list[int], exception: int
    ) -> list[tuple[int, int, float, int, int]]:
        now = self._clock.plant()
        rows = []
        for place in span.places:
            at = place.register - span.start
            part = words[at : at + place.words]
            if exception or len(part) < place.words:
                self._refused += 1
                status = _STATUS.get(exception, BAD_NO_COMMUNICATION)
                rows.append((place.index, now, math.nan, status, now))
                continue
            value = place.decode(part)
            status = BAD_SENSOR_FAILURE if math.isnan(value) else GOOD
            rows.append((place.index, now, value, status, now))
        return rows


class _Wire:
    """What `field_write.py` needs, on the link."""

    def __init__(self, link: ModbusLink, found: dict[str, Place]) -> None:
        self._link = link
        self._places = found

    async def read(self, point: Point) -> Seen:
        place = self._places[point.id]
        reply = await self._link.read(place.table, place.register, place.words)
        if reply.exception or len(reply.words) < place.words:
            return Seen(math.nan, _STATUS.get(reply.exception, BAD))
        value = place.decode(reply.words)
        if place.form == "float32":
            value = shortest(value)
        return Seen(value, BAD_SENSOR_FAILURE if math.isnan(value) else GOOD)

    def encode(self, point: Point, value: float) -> Form:
        place = self._places[point.id]
        if place.table not in {"holding", "coil"}:
            raise NotWritable(point.id, f"the {place.table} table is read-only")
        words = place.encode(value)
        held = place.decode(words)
        return Form(words, shortest(held) if place.form == "float32" else held)

    async def write(self, point: Point, encoded: list[int]) -> int | None:
        place = self._places[point.id]
        reply = await self._link.write(place.table, place.register, encoded)
        if reply is None or reply.exception in GATEWAY:
            return None
        if reply.exception in _SLOW:
            return GOOD_COMPLETES_ASYNCHRONOUSLY
        return _STATUS.get(reply.exception, BAD) if reply.exception else GOOD

    def quantum(self, point: Point, value: float) -> float:
        return self._places[point.id].quantum(value)
