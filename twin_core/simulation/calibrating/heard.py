"""A line's history from the readings of any span, folded as the historian gives them.

Of a state every change is kept, of a counter the ends of each ten seconds, of a speed its start:
a week of a line in a few megabytes. It must never keep what a source called bad, or what lies
outside the instrument.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import count_cap
from twin_core.errors import NoData
from twin_core.plant.assets import Line, Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.reading import BAD, Batch
from twin_core.recent import GRID_US
from twin_core.simulation.calibrating.line_history import (
    LineHistory,
    MachineHistory,
    counts_of,
    planned_of,
    spans_of,
    spells_of,
)
from twin_core.simulation.calibrating.spans import NONE, union
from twin_core.value import SECOND, Instant

_MINUTE = 60 * SECOND
_SILENT_S = 30.0
"""What is not told for so long, or for five of its periods, is not known."""
_EXACT = (Role.STATE, Role.STARVED, Role.BLOCKED, Role.PRODUCT)
_TOLD = (*_EXACT, Role.PRODUCED, Role.DEFECTIVE, Role.SPEED)


_Column: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Times and values of readings, ascending."""
_NOTHING: _Column = (np.empty(0, np.int64), np.empty(0))


class Heard:
    """Takes readings of one line's machines and tells their history.

    Attributes:
        points: that are needed, numbers in the plant.

    Raises:
        NoData: no machine of the line tells its state.
    """

    def __init__(self, plant: Plant, line: Line) -> None:
        self._plant, self._line = plant, line
        self._machines = [m for m in plant.machines(line) if m.with_role(Role.STATE) is not None]
        if not self._machines:
            raise NoData(line.name, "the beginning: no machine of it tells its state")
        told = [m.with_role(role) for m in self._machines for role in _TOLD]
        there = [p for p in told if p is not None and p.formula is None]
        self.points = tuple(plant.index[p.id] for p in there)
        n = len(plant.points)
        self._mine, self._exact = np.zeros(n, bool), np.zeros(n, bool)
        self._low, self._high = np.full(n, -np.inf), np.full(n, np.inf)
        for i, point in zip(self.points, there, strict=True):
            self._mine[i], self._exact[i] = True, point.spec.role in _EXACT
            self._low[i], self._high[i] = point.spec.limits.low, point.spec.limits.high
        self._kept: dict[int, list[_Column]] = {i: [] for i in self.points}
        self._sources = {s.id: s.on_change for s in plant.sources}

    def add(self, batch: Batch) -> None:
        """Take readings in plant time; batches follow each other in time."""
        p, t, x = batch.point, batch.time, batch.value
        fine = self._mine[p] & (batch.status < BAD) & (x >= self._low[p]) & (x <= self._high[p])
        order = np.lexsort((t[fine], p[fine]))
        p, t, x = p[fine][order], t[fine][order], x[fine][order]
        if not len(p):
            return
        begins = np.r_[True, (p[1:] != p[:-1]) | (t[1:] // GRID_US != t[:-1] // GRID_US)
                       | (self._exact[p[1:]] & (x[1:] != x[:-1]))]  # fmt: skip
        kept = begins | np.r_[begins[1:], True]
        p, t, x = p[kept], t[kept], x[kept]
        edges = np.flatnonzero(np.r_[True, p[1:] != p[:-1], True])
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            self._kept[int(p[a])].append((t[a:b], x[a:b]))

    def history(self, start: Instant, end: Instant) -> LineHistory:
        """What the line did, counted by the minute.

        Raises:
            NoData: no machine told its state in that span.
        """
        at = np.arange(-(-start // _MINUTE) * _MINUTE, end + 1, _MINUTE, dtype=np.int64)
        machines = tuple(self._machine(unit, at) for unit in self._machines)
        told = [m.spells for m in machines if len(m.spells)]
        if not told:
            raise NoData(self._line.name, "the beginning of that time: no machine told its state")
        start = max(start, min(int(spells[0, 0]) for spells in told))
        planned = planned_of(self._plant, self._line.id, start, end)
        return LineHistory(self._line.id, start, end, machines, planned)

    def _machine(self, unit: Unit, at: NDArray[np.int64]) -> MachineHistory:
        state = unit.with_role(Role.STATE)
        assert state is not None
        starved, blocked = (
            None if point is None else spans_of(*self._readings(point), self._silent_s(point))
            for point in (unit.with_role(Role.STARVED), unit.with_role(Role.BLOCKED))
        )
        excused = union(np.concatenate([NONE, *(s for s in (starved, blocked) if s is not None)]))
        told = self._readings(state)
        return MachineHistory(
            unit=unit,
            spells=spells_of(*told, self._silent_s(state), excused),
            going_on=True,
            starved=starved,
            blocked=blocked,
            time=at,
            made=self._counted(unit, Role.PRODUCED, at),
            rejected=self._counted(unit, Role.DEFECTIVE, at),
            product=self._product(at),
            speed=self._speed(unit, at),
            resolution_s=state.spec.period_s,
        )

    def _readings(self, point: Point | None) -> _Column:
        parts = [] if point is None else self._kept.get(self._plant.index[point.id], [])
        time, value = (np.concatenate(of) for of in zip(_NOTHING, *parts, strict=True))
        # two readings of one time are one
        last = np.r_[time[1:] != time[:-1], np.ones(min(1, len(time)), bool)]
        return time[last], value[last]

    def _silent_s(self, point: Point) -> float:
        if self._sources.get(point.source):
            return float(np.iinfo(np.int64).max) / SECOND / 4  # what it told last stands
        return max(_SILENT_S, 5 * point.spec.period_s)

    def _counted(self, unit: Unit, role: Role, at: NDArray[np.int64]) -> NDArray[np.float64]:
        point = unit.with_role(role)
        time, value = self._readings(point)
        if point is None or not len(time):
            return np.full(len(at), np.nan)
        return counts_of(time, value, at, end=point.spec.limits.high, most=count_cap(unit),
                         silent_s=self._silent_s(point))  # fmt: skip

    def _product(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the product by the machine nearest to the counted one that tells it."""
        counter = self._plant.counter(self._line)
        machines = [*([] if counter is None else [counter]), *reversed(self._machines)]
        shown = (m.with_role(Role.PRODUCT) for m in machines)
        time, value = self._readings(next((p for p in shown if p is not None), None))
        if not len(time):
            return np.full(len(at), -1, np.int64)
        last = np.searchsorted(time, at, side="right") - 1
        number = np.nan_to_num(value[np.maximum(last, 0)], nan=-1.0).astype(np.int64)
        return np.where(last >= 0, number, -1)

    def _speed(self, unit: Unit, at: NDArray[np.int64]) -> NDArray[np.float64]:
        time, value = self._readings(unit.with_role(Role.SPEED))
        minute = np.searchsorted(at, time, side="left")
        inside = minute < len(at)
        n = np.bincount(minute[inside], minlength=len(at))
        total = np.bincount(minute[inside], value[inside], minlength=len(at))
        return np.where(n > 0, total / np.maximum(n, 1), np.nan)
