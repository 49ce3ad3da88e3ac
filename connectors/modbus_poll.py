"""One poll of the devices behind a Modbus address: few requests, a value or a reason per point.

Several units may stand behind one gateway; one that is silent is asked more and more rarely and
takes none of the others down. It must never write.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connectors.backoff import Backoff
from connectors.modbus_exception import DIVISIBLE, meaning
from connectors.modbus_link import ModbusLink
from connectors.modbus_map import Place
from connectors.modbus_spans import Span
from twin_core.errors import SourceDown
from twin_core.ports import Clock
from twin_core.reading import BAD_NO_COMMUNICATION, BAD_SENSOR_FAILURE, GOOD, Batch

Row = tuple[int, int, float, int, int]

_NAMED = 3  # points or units spoken of by name


@dataclass
class Unit:
    """One device.

    Attributes:
        spans: what is asked of it; those that it refused in part are taken apart.
        silent: why it gives no value, one clause; empty while it answers.
        until: loop seconds before which a silent one is not asked again.
    """

    number: int
    backoff: Backoff
    spans: list[Span] = field(default_factory=list)
    silent: str = ""
    until: float = 0.0


class Poll:
    """What is asked again and again.

    Args:
        source: its id.
        spans: what is read; as planned anew with every connection.
        link: to the devices.
        clock: plant time.
        jitter: numbers in [0, 1) that spread how silent units are asked.

    Attributes:
        refusals: path of a point → why the device does not show it.
    """

    def __init__(
        self,
        source: str,
        spans: Iterable[Span],
        link: ModbusLink,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._source = source
        self._link = link
        self._clock = clock
        self._units: dict[int, Unit] = {}
        for span in spans:
            unit = self._units.setdefault(span.unit, Unit(span.unit, Backoff(jitter)))
            unit.spans.append(span)
        self.refusals: dict[str, str] = {}

    async def readings(self) -> Batch:
        """A reading of every point.

        Raises:
            SourceDown: the connection is lost, or no unit answers.
        """
        rows: list[Row] = []
        self.refusals = {}
        for unit in self._units.values():
            await self._read(unit, rows)
        silent = [unit.silent for unit in self._units.values() if unit.silent]
        if silent and len(silent) == len(self._units):
            raise SourceDown(self._source, silent[0])
        return Batch.of(rows)

    def told(self) -> str:
        """What is read and what is not, in clauses."""
        requests = sum(len(unit.spans) for unit in self._units.values())
        points = sum(len(span.places) for unit in self._units.values() for span in unit.spans)
        clauses = [f"{points} points in {requests} requests"]
        silent = [u for u in self._units.values() if u.silent]
        clauses += [f"unit {u.number} is silent ({u.silent})" for u in silent[:_NAMED]]
        clauses += [f"{path}: {why}" for path, why in list(self.refusals.items())[:_NAMED]]
        return ", ".join(clauses)

    async def _read(self, unit: Unit, rows: list[Row]) -> None:
        loop = asyncio.get_running_loop()
        if unit.silent and loop.time() < unit.until:
            self._missing(unit.spans, rows)
            return
        at = 0
        while at < len(unit.spans):
            span = unit.spans[at]
            reply = await self._link.read(unit.number, span.table, span.start, span.count)
            if reply.silent:
                unit.silent = reply.silent
                unit.until = loop.time() + unit.backoff.next()
                self._missing(unit.spans[at:], rows)
                return
            if reply.exception in DIVISIBLE and len(parts := span.parts()) > 1:
                unit.spans[at : at + 1] = parts
                continue
            if reply.exception or len(reply.words) < span.count:
                self._refused(span, reply.exception, rows)
            else:
                self._shown(span, reply.words, rows)
            at += 1
        unit.silent = ""
        unit.backoff.reset()

    def _shown(self, span: Span, words: list[int], rows: list[Row]) -> None:
        now = self._clock.plant()
        for place in span.places:
            at = place.register - span.start
            value = place.decode(words[at : at + place.words])
            status = BAD_SENSOR_FAILURE if math.isnan(value) else GOOD
            rows.append((place.index, now, value, status, now))

    def _refused(self, span: Span, exception: int, rows: list[Row]) -> None:
        status, text = meaning(exception)
        said = f"{text} (exception {exception})" if exception else "the answer was too short"
        for place in span.places:
            self.refusals[place.point.id] = said
            rows.append(self._bad(place, status))

    def _missing(self, spans: Iterable[Span], rows: list[Row]) -> None:
        rows += [self._bad(place, BAD_NO_COMMUNICATION) for span in spans for place in span.places]

    def _bad(self, place: Place, status: int) -> Row:
        now = self._clock.plant()
        return place.index, now, math.nan, status, now
