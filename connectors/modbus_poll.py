"""One poll of the devices behind a Modbus address: few requests, a value or a reason per point.

Several units may stand behind one gateway; one that is silent is asked more and more rarely and
takes none of the others down. It must never write.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.backoff import Backoff
from connectors.modbus_columns import Columns
from connectors.modbus_exception import DIVISIBLE, meaning
from connectors.modbus_identity import ModbusIdentity
from connectors.modbus_link import ModbusLink
from connectors.modbus_reads import NOTHING, Ask
from connectors.modbus_spans import Span
from twin_core.errors import SourceDown
from twin_core.ports import Clock
from twin_core.reading import (
    BAD_CONFIGURATION_ERROR,
    BAD_NO_COMMUNICATION,
    BAD_SENSOR_FAILURE,
    GOOD,
    Batch,
)
from twin_core.value import Instant

_NAMED = 3  # points or units spoken of by name


class _Part(NamedTuple):
    """What one request gave: words, or none; the status of what is no value; when (plant time)."""

    span: Span
    words: NDArray[np.uint16]
    status: int
    time: Instant


@dataclass
class Unit:
    """One device.

    Attributes:
        spans: what is asked of it; those that it refused in part are taken apart.
        silent: why it gives no value, one clause; empty while it answers.
        strange: why it is not the one that was accepted; its values are nobody's then.
        known: connections made when it was last asked who it is.
        until: loop seconds before which a silent one is not asked again.
    """

    number: int
    backoff: Backoff
    spans: list[Span] = field(default_factory=list)
    silent: str = ""
    strange: str = ""
    known: int = -1
    until: float = 0.0


class Poll:
    """What is asked again and again.

    Args:
        source: its id.
        spans: what is read; as planned anew with every connection.
        link: to the devices.
        clock: plant time.
        jitter: numbers in [0, 1) that spread how silent units are asked.
        identity: whether a unit is the one that was accepted.

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
        identity: ModbusIdentity,
    ) -> None:
        self._source = source
        self._link = link
        self._clock = clock
        self._identity = identity
        self._units: dict[int, Unit] = {}
        for span in spans:
            unit = self._units.setdefault(span.unit, Unit(span.unit, Backoff(jitter)))
            unit.spans.append(span)
        self._read_whole: tuple[Span, ...] = ()
        self._columns = Columns(())
        self.refusals: dict[str, str] = {}

    async def readings(self) -> Batch:
        """A reading of every point.

        Raises:
            SourceDown: the connection is lost, or no unit answers.
        """
        parts: list[_Part] = []
        self.refusals = {}
        for unit in self._units.values():
            await self._read(unit, parts)
        silent = [unit.silent for unit in self._units.values() if unit.silent]
        if silent and len(silent) == len(self._units):
            raise SourceDown(self._source, silent[0])
        return self._joined(parts) if parts else Batch.of([])

    def told(self) -> str:
        """What is read and what is not, in clauses."""
        requests = sum(len(unit.spans) for unit in self._units.values())
        points = sum(len(span.places) for unit in self._units.values() for span in unit.spans)
        clauses = [f"{points} points in {requests} requests"]
        silent = [u for u in self._units.values() if u.silent]
        clauses += [f"unit {u.number} is silent ({u.silent})" for u in silent[:_NAMED]]
        clauses += [unit.strange for unit in self._units.values() if unit.strange]
        clauses += [f"{path}: {why}" for path, why in list(self.refusals.items())[:_NAMED]]
        return ", ".join(clauses)

    async def _read(self, unit: Unit, parts: list[_Part]) -> None:
        loop = asyncio.get_running_loop()
        if unit.silent and loop.time() < unit.until:
            parts += [self._bad(span, BAD_NO_COMMUNICATION) for span in unit.spans]
            return
        if unit.strange or unit.known != self._link.opened:
            try:
                unit.strange = await self._identity.stranger(unit.number)
            except SourceDown as problem:
                self._silence(unit, problem.reason)
                parts += [self._bad(span, BAD_NO_COMMUNICATION) for span in unit.spans]
                return
        if unit.strange:
            parts += [self._bad(span, BAD_CONFIGURATION_ERROR) for span in unit.spans]
        elif not await self._read_spans(unit, parts):
            return
        unit.known = self._link.opened
        unit.silent = ""
        unit.backoff.reset()

    async def _read_spans(self, unit: Unit, parts: list[_Part]) -> bool:
        """Ask for all that is asked of a unit; whether it answered to the end."""
        at = 0
        while at < len(unit.spans):
            asks = [Ask(unit.number, s.table, s.start, s.count) for s in unit.spans[at:]]
            for reply in await self._link.read(asks):
                span = unit.spans[at]
                if reply.silent:
                    self._silence(unit, reply.silent)
                    parts += [self._bad(span, BAD_NO_COMMUNICATION) for span in unit.spans[at:]]
                    return False
                if reply.exception in DIVISIBLE and len(smaller := span.parts()) > 1:
                    unit.spans[at : at + 1] = smaller  # it was the last of these replies
                    continue
                if reply.exception or len(reply.words) != span.count:
                    parts.append(self._refused(span, reply.exception))
                else:
                    parts.append(_Part(span, reply.words, BAD_SENSOR_FAILURE, reply.time))
                at += 1
        return True

    def _silence(self, unit: Unit, why: str) -> None:
        """It is asked again later, and then who it is."""
        unit.silent, unit.known = why, -1
        unit.until = asyncio.get_running_loop().time() + unit.backoff.next()
        self._identity.forget(unit.number)

    def _refused(self, span: Span, exception: int) -> _Part:
        status, text = meaning(exception)
        said = f"{text} (exception {exception})" if exception else "the answer was too short"
        self.refusals |= {place.point.id: said for place in span.places}
        return self._bad(span, status)

    def _bad(self, span: Span, status: int) -> _Part:
        return _Part(span, NOTHING, status, self._clock.plant())

    def _joined(self, parts: Sequence[_Part]) -> Batch:
        """One batch: first what has words, all of it decoded at once, then what has none."""
        whole = [part for part in parts if len(part.words)]
        spans = tuple(part.span for part in whole)
        if spans != self._read_whole:
            self._read_whole, self._columns = spans, Columns(spans)
        bad = [part for part in parts if not len(part.words)]
        parts = [*whole, *bad]
        value = self._columns.values(np.concatenate([NOTHING, *(part.words for part in whole)]))
        lost = [place.index for part in bad for place in part.span.places]
        value = np.concatenate([value, np.full(len(lost), math.nan)])
        sizes = [len(part.span.places) for part in parts]
        time = np.repeat(np.asarray([part.time for part in parts], dtype=np.int64), sizes)
        status = np.repeat(np.asarray([part.status for part in parts], dtype=np.uint32), sizes)
        status[~np.isnan(value)] = GOOD
        return Batch(
            point=np.concatenate([self._columns.index, np.asarray(lost, dtype=np.int32)]),
            time=time,
            value=value,
            status=status,
            received=time,
        )
