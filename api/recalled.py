"""What was believed at a moment of the past, put together again out of the history.

Only the hour up to that moment is read, of all that bears on a line; a worker makes belief of it
(`recalling.py`). It must never write anything, nor touch the twin that lives.
"""

import asyncio

import numpy as np
import structlog

from tools.wording import moment
from twin_core.diagnosis.graph import around
from twin_core.diagnosis.longer import remembering, to_recall
from twin_core.errors import ImpossibleScenario, StoreDown
from twin_core.plant.assets import Line, Plant
from twin_core.ports import Compute, Historian
from twin_core.recalling import HOUR_US, Heard, bearing, recall
from twin_core.simulation.scenario import AsOf
from twin_core.simulation.starting import settled
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

log = structlog.get_logger()

_ENOUGH_US = HOUR_US // 2
"""A start that has so much of memory before it needs no history."""
_NEWEST_ROWS = 30
_YEARS_US, _BUCKETS = 10 * 366 * 86_400 * SECOND, 2000


class Recalled:
    """Snapshots of moments beyond what the twin has in memory."""

    def __init__(self, plant: Plant, historian: Historian, compute: Compute) -> None:
        self._plant, self._historian, self._compute = plant, historian, compute
        self._last: tuple[tuple[Instant, str], Snapshot] | None = None

    async def start_of(self, snapshot: Snapshot, start: AsOf, line: str) -> Snapshot:
        """The snapshot that a start needs: the one given where it remembers the time before it.

        Raises:
            ImpossibleScenario: neither it nor the history has that time, with what is held.
            StoreDown: the history cannot be read.
        """
        time = snapshot.recent.time
        first = int(time[0]) if len(time) else settled(snapshot)
        if start.at >= min(first + _ENOUGH_US, settled(snapshot)):
            return snapshot
        found = await self._believed(start.at, line)
        if self._knows(found, line):
            return found
        if start.at >= first:
            return snapshot
        raise ImpossibleScenario(
            f"A start at {moment(start.at, self._plant, snapshot.now)}",
            await self._held(line, snapshot, start.at),
        )

    async def as_of(self, snapshot: Snapshot, at: Instant, line: str) -> Snapshot:
        """What was believed of a line at a moment, with the hour before it, out of the history.

        Raises:
            ImpossibleScenario: the history does not have that time, with what is held.
            StoreDown: the history cannot be read.
        """
        found = await self._kept(at, line)
        if not self._knows(found, line):
            raise ImpossibleScenario(
                f"A question about {moment(at, self._plant, snapshot.now)}",
                await self._held(line, snapshot, at),
            )
        return found

    async def longer(self, snapshot: Snapshot, line: Line) -> Snapshot:
        """The snapshot with the hour in which the line's loss began, if memory has lost that.

        Itself where nothing is lost, or neither memory nor the history tells when it began. A
        history that cannot be read is logged.
        """
        end = await asyncio.to_thread(to_recall, snapshot, line)
        if end is None:
            return snapshot
        try:
            then = await self._kept(end, line.id)
        except StoreDown as problem:
            log.warning("a diagnosis does without the history", reason=str(problem))
            return snapshot
        if not self._knows(then, line.id):
            return snapshot
        return await asyncio.to_thread(remembering, snapshot, then.recent)

    async def _kept(self, at: Instant, line: str) -> Snapshot:
        """As `_believed`; the last is kept, for advice follows a diagnosis. One, as it is large."""
        last = self._last  # another thread's question may put its own there meanwhile
        if last is None or last[0] != (at, line):
            last = self._last = ((at, line), await self._believed(at, line))
        return last[1]

    async def _believed(self, at: Instant, line: str) -> Snapshot:
        plant = self._plant
        near = around(plant, plant.line(line))
        points = tuple(i for i, p in enumerate(plant.read) if p.unit_id in near)
        said = [batch async for batch in self._historian.heard(points, *bearing(at))]
        return (await self._compute.map(recall, [Heard(plant, points, at, said)]))[0]

    def _knows(self, snapshot: Snapshot, line: str) -> bool:
        """Whether anything of the line was believed shortly before the end."""
        columns = [i for unit in self._told_by(line) for i in unit]
        return bool(np.isfinite(snapshot.recent.mean[-_NEWEST_ROWS:, columns]).any())

    def _told_by(self, line: str) -> list[list[int]]:
        """Columns of the points that tell of a line, unit by unit.

        Those of its own units, machines or not; of a line that has no instrument those of what
        it hangs together with.
        """
        plant = self._plant
        own = {unit.id for unit in plant.line(line).units}
        for units in (own, around(plant, plant.line(line)) - own):
            told = [[plant.index[p.id] for p in plant.unit(u).points] for u in sorted(units)]
            if any(told):
                return [columns for columns in told if columns]
        return []

    async def _held(self, line: str, snapshot: Snapshot, at: Instant) -> str:
        """From when on the history has readings that tell of the line."""
        name = self._plant.line(line).name
        told = self._told_by(line)
        begin = await self._first_of([columns[0] for columns in told], snapshot.now)
        if begin is None:
            begin = await self._first_of([i for unit in told for i in unit[1:]], snapshot.now)
        if begin is None:
            return f"none: the history holds nothing of {name}"
        first = moment(begin, self._plant, snapshot.now)
        if begin <= at:
            return f"times at which {name} was heard; it was not then, and first at {first}"
        return f"{first} and later: there the history of {name} begins"

    async def _first_of(self, points: list[int], now: Instant) -> Instant | None:
        """When the first of some points was heard first; None: none ever was."""
        begins = [await self._first(point, now) for point in points]
        return min((begin for begin in begins if begin is not None), default=None)

    async def _first(self, point: int, now: Instant) -> Instant | None:
        """Exactly; where readings were let go of, some minutes early."""
        begin, start, end = None, max(0, now - _YEARS_US), now
        while True:
            found = await self._historian.buckets(point, start, end, _BUCKETS)
            some = np.flatnonzero(found["count"] > 0)
            if not len(some):
                return begin
            span = end - start  # a bucket, and where one begins, are rounded up
            wide, begin = -(-span // _BUCKETS), start - (-int(some[0]) * span // _BUCKETS)
            if wide <= 1:
                return begin
            # a reading may stand in the bucket beside its own
            start, end = max(0, begin - wide), begin + 2 * wide
