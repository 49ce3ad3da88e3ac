"""The settled recent past, cut for diagnosis: which buckets count for which point.

ISO 13374 block: data manipulation. A machine's process value counts only while the machine
executes the product it makes now; what it shows while it waits is no symptom. It must never fill a
gap.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import EXECUTE, IDLE
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import SETTINGS, Role
from twin_core.recent import courses
from twin_core.simulation.calendar import planned_stops
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_WAITS = (4, 5, 13, 14, 17)
"""PackML numbers whose cause lies outside the machine: Idle, Suspended, Suspending,
Unsuspending, Complete (ISA-TR88.00.02)."""
_DUTY = (IDLE, EXECUTE)
"""Standing by and running: of a producer both are what its controller asks of it."""
_SETTLES = 7
"""Buckets in which a producer that was started or stopped settles."""
_ANY_DUTY = SETTINGS | {Role.STATE}
_ANY_STATE = SETTINGS | {Role.LEVEL, Role.STARVED, Role.BLOCKED}


_BETWEEN = {"store", "conveyor"}
"""Models of what stands between machines, and has no state of its own."""
_ALL = 0.95
"""Share of the most a store has moved from which on it gives all it can."""
FILLS_S = 120
"""Seconds after a planned stop in which the line still fills."""
_ANY_PRODUCT = {
    Role.STATE, Role.MODE, Role.PRODUCT, Role.STOP_REASON, Role.PRODUCED, Role.DEFECTIVE,
    Role.STARVED, Role.BLOCKED, Role.LEVEL,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """T buckets of P points, in the order of `plant.points`.

    Attributes:
        time: end of each bucket, Instant, int64[T].
        mean: of the bucket as `Recent` has it, float64[T, P].
        value: what is compared over time, float64[T, P]: the mean; for speeds the fastest reading
            of the bucket, so that a short stop inside it is not a slow machine.
        low, high: extremes of the bucket, float32[T, P].
        counts: whether `value` was taken in the state in which it is compared, bool[T, P].
        units: paths of the units that were cut; of all others no column means anything.
    """

    snapshot: Snapshot
    time: NDArray[np.int64]
    mean: NDArray[np.float64]
    value: NDArray[np.float64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    counts: NDArray[np.bool_]
    units: frozenset[str]

    @property
    def plant(self) -> Plant:
        """The plant it was cut from."""
        return self.snapshot.plant

    @property
    def end(self) -> Instant:
        """Up to where belief is settled."""
        return int(self.time[-1]) if len(self.time) else self.snapshot.watermark

    def column(self, point: str) -> int:
        """The column of a point.

        Raises:
            UnknownName: no such point.
        """
        self.plant.point(point)
        return self.plant.index[point]

    def of_role(self, unit: Unit, role: Role) -> NDArray[np.float64] | None:
        """The values of the unit's point of that role, float64[T]; None without it, or not cut."""
        point = unit.with_role(role) if unit.id in self.units else None
        return None if point is None else self.value[:, self.plant.index[point.id]]

    def executes(self, unit: Unit) -> NDArray[np.bool_]:
        """Buckets in which the machine executed from end to end, bool[T]; all, without a state.

        None of one that was not cut.
        """
        if unit.id not in self.units:
            return np.zeros(len(self.time), dtype=bool)
        touched, left = _touched(self.plant, unit, self.low, self.high, self.value)
        return touched & ~left

    def stopped(self, unit: Unit) -> NDArray[np.bool_]:
        """Buckets touched by a stop whose cause is inside the machine, bool[T].

        Held, Aborted, Stopped and the states on the way there and back, but not what follows from
        the neighbours (Suspended, Idle). None of one that was not cut.
        """
        point = unit.with_role(Role.STATE)
        if point is None or unit.id not in self.units:
            return np.zeros(len(self.time), dtype=bool)
        at = self.plant.index[point.id]
        found = np.zeros(len(self.time), dtype=bool)
        for column in (self.low, self.high, self.value):
            state = column[:, at]
            inside = np.isfinite(state) & (state != EXECUTE) & ~np.isin(state, _WAITS)
            found |= inside
        return found

    def rows(self, start: Instant, end: Instant) -> NDArray[np.bool_]:
        """Buckets that end inside `start < t ≤ end`, bool[T]."""
        return (self.time > start) & (self.time <= end)


def _touched(
    plant: Plant,
    unit: Unit,
    low: NDArray[np.float32],
    high: NDArray[np.float32],
    last: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    point = unit.with_role(Role.STATE)
    if point is None:
        return np.ones(len(last), dtype=bool), np.zeros(len(last), dtype=bool)
    at = plant.index[point.id]
    columns = [c[:, at] for c in (low, high, last)]
    touched = np.any([c == EXECUTE for c in columns], axis=0)
    left = np.any([c != EXECUTE for c in columns], axis=0)
    return touched, left


def cut(snapshot: Snapshot, units: Collection[str] | None = None) -> Window:
    """The window over all that the snapshot remembers of these units, or of all."""
    plant, recent = snapshot.plant, snapshot.recent
    wanted = frozenset(plant.units if units is None else units)
    columns = np.flatnonzero([point.unit_id in wanted for point in plant.points])
    mean, value = courses(recent.mean, columns), courses(recent.mean, columns)
    low, high = courses(recent.low, columns), courses(recent.high, columns)
    counts = np.zeros(value.shape, dtype=bool, order="F")
    counts[:, columns] = np.isfinite(value[:, columns])
    for unit in plant.units.values():
        if unit.id not in wanted:
            continue
        if plant.class_of(unit.id).model in _BETWEEN:
            idle = _idle(plant, unit, recent.time)
            for point in unit.points:
                counts[idle, plant.index[point.id]] = False
        if plant.class_of(unit.id).model == "store":
            gives_all = _at_its_most(plant, unit, mean)
            for point in unit.points:
                if point.spec.type == "bool":
                    counts[gives_all, plant.index[point.id]] = False
        if plant.class_of(unit.id).model == "producer":
            other = _by_order(plant, unit, mean)
            for point in unit.points:
                if point.spec.role not in _ANY_DUTY:
                    counts[other, plant.index[point.id]] = False
        if unit.with_role(Role.STATE) is None or plant.class_of(unit.id).model != "machine":
            continue
        touched, left = _touched(plant, unit, low, high, mean)
        steady = touched & ~left
        calm = steady & _before(steady) & _after(steady)
        runs = next(
            (rows for rows in (calm, steady) if rows.sum() >= touched.sum() / 4), touched
        )  # a machine that waits for every piece never runs steadily
        other = made_another(plant, unit, mean)
        for point in unit.points:
            at, role = plant.index[point.id], point.spec.role
            if role not in _ANY_PRODUCT:
                value[other, at] = np.nan
                counts[other, at] = False
            if role is Role.SPEED:
                value[:, at] = np.where(touched & ~other, high[:, at], np.nan)
                free = touched & _before(touched) & ~_waits(plant, unit, high)
                counts[:, at] = free & np.isfinite(value[:, at])
            elif role not in _ANY_STATE:
                counts[:, at] &= runs
    return Window(
        snapshot=snapshot, time=recent.time, mean=mean, value=value, low=low, high=high,
        counts=counts, units=wanted,
    )  # fmt: skip


def _at_its_most(plant: Plant, unit: Unit, mean: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Buckets in which a store moves as much as it ever did, bool[T].

    Who waits for it then wants more than usual, as after a stop: that is no trouble of the store.
    """
    flow = unit.with_role(Role.FLOW)
    moved = mean[:, plant.index[flow.id]] if flow is not None else np.full(len(mean), np.nan)
    most = float(np.max(moved, initial=0.0, where=np.isfinite(moved)))
    busy: NDArray[np.bool_] = moved >= _ALL * most
    return busy & (most > 0.0)


def _by_order(plant: Plant, unit: Unit, mean: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Buckets in which a producer stood by where it runs now, or ran where it stands by, bool[T].

    Its controller asked for that; what stands for a reason of its own is compared with all.
    """
    point = unit.with_role(Role.STATE)
    state = mean[:, plant.index[point.id]] if point is not None else np.zeros(0)
    known = np.flatnonzero(np.isfinite(state))
    if not len(known) or state[known[-1]] not in _DUTY:
        return np.zeros(len(mean), dtype=bool)
    other: NDArray[np.bool_] = np.isfinite(state) & (state != state[known[-1]])
    other &= np.isin(state, _DUTY)
    for row in np.flatnonzero(other):
        other[row : row + _SETTLES] = True
    return other


def planned(plant: Plant, line: str, time: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Buckets in which the line stands by plan, or fills again after that, bool[T]."""
    found = np.zeros(len(time), dtype=bool)
    if len(time):
        for stop in planned_stops(plant, line, int(time[0]) - GRID_S * SECOND, int(time[-1])):
            found |= (time > stop.start) & (time <= stop.end + FILLS_S * SECOND)
    return found


def _idle(plant: Plant, unit: Unit, time: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Buckets in which nothing is asked of a store or conveyor: all lines at it stand by plan."""
    links = (*plant.links_from(unit.id, "feeds"), *plant.links_into(unit.id, "feeds"))
    ends = {link.target if link.source == unit.id else link.source for link in links}
    lines = {plant.line(end).id: plant.line(end) for end in (*ends, unit.id)}
    rows = [planned(plant, line.id, time) for line in lines.values() if line.kind == "production"]
    return np.all(rows, axis=0) if rows else np.zeros(len(time), dtype=bool)


def made_another(plant: Plant, unit: Unit, mean: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Buckets in which the machine made another product than it does now, bool[T].

    What it was set to for that says nothing of how it should be now.
    """
    point = unit.with_role(Role.PRODUCT)
    if point is None:
        return np.zeros(len(mean), dtype=bool)
    made = mean[:, plant.index[point.id]]
    known = np.isfinite(made)
    return known & (made != made[known][-1]) if known.any() else known


def _waits(plant: Plant, unit: Unit, high: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Buckets in which the machine was starved or blocked at some time: it may have slowed."""
    found = np.zeros(len(high), dtype=bool)
    for role in (Role.STARVED, Role.BLOCKED):
        point = unit.with_role(role)
        if point is not None:
            found |= high[:, plant.index[point.id]] > 0.5
    return found


def _before(flag: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.concatenate([flag[:1], flag[:-1]])


def _after(flag: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.concatenate([flag[1:], flag[-1:]])


def bucket_of(window: Window, when: Instant) -> int:
    """The row of the bucket that holds `when`, clipped to the window."""
    at = int(np.searchsorted(window.time, when, side="left"))
    return min(max(at, 0), max(0, len(window.time) - 1))


def began(window: Window, row: int) -> Instant:
    """When the bucket of that row began."""
    return int(window.time[row]) - GRID_S * SECOND
