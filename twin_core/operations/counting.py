"""Counters that restart, and how long machines were in which state, in rows of the common grid.

Only believed readings come in here. It must never count what a restart or a corrupt reading
would make it count.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.recent import SPAN_ROWS, Rows
from twin_core.value import Instant

STATES = 18
"""PackML state numbers 0 (undefined) to 17 (ISA-TR88.00.02)."""

IDLE, EXECUTE = 4, 6
FREE = (6, 5, 13, 14, 4, 16, 17)
"""States in which a machine is not itself the reason why it makes nothing: Execute, Suspended
(starved or blocked), its transitions, Idle, Complete."""


def gained(
    before: NDArray[np.float64],
    since: NDArray[np.int64],
    value: NDArray[np.float64],
    time: NDArray[np.int64],
    end: NDArray[np.float64] | float,
    cap: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """What readings of counters add to those before them.

    A counter that falls has been restarted (or has wrapped, if it stood near its `end`). A step
    beyond what the machine could make, `cap` a second, is not counted.
    """
    step = value - before
    wrapped = (step < 0) & (before > 0.9 * end)
    step = np.where(step < 0, np.where(wrapped, end - before + value + 1, value), step)
    with np.errstate(invalid="ignore"):
        most = cap * (time - since) / 1e6 + 2
    return np.where(~np.isnan(step) & (step <= most), step, 0.0)


class Counting:
    """Counters as totals that only grow, with the time of the reading they stand on."""

    def __init__(self, plant: Plant, columns: Columns) -> None:
        self._cap = columns.count_cap
        self._end = columns.high
        points = np.flatnonzero(columns.counter)
        self.slot = np.full(len(plant.points), -1, np.int64)
        self.slot[points] = np.arange(len(points))
        n = len(points)
        self._raw = np.full(n, np.nan)
        self._time = np.zeros(n, np.int64)
        self._total = np.zeros(n)
        self._totals = Rows((n,), np.float64, SPAN_ROWS + 1)
        self._times = Rows((n,), np.int64, SPAN_ROWS + 1)
        self._shown = Rows((n,), np.float64, SPAN_ROWS + 1)

    def add(
        self, point: NDArray[np.int64], time: NDArray[np.int64], value: NDArray[np.float64]
    ) -> None:
        """Add believed readings, sorted by point, then time."""
        mine = self.slot[point] >= 0
        if not mine.any():
            return
        p, t, x = point[mine], time[mine], value[mine]
        c = self.slot[p]
        before, since = self._raw[c], self._time[c]
        again = np.flatnonzero(p[1:] == p[:-1]) + 1
        before[again], since[again] = x[again - 1], t[again - 1]
        np.add.at(self._total, c, gained(before, since, x, t, self._end[p], self._cap[p]))
        self._raw[c], self._time[c] = x, t

    def close(self) -> None:
        """Close the row."""
        self._totals.append(self._total)
        self._times.append(self._time)
        self._shown.append(self._raw)

    def now(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Total and time of the newest reading of every counter, copied."""
        return self._total.copy(), self._time.copy()

    def restart(self) -> None:
        """Forget the rows, not the counters."""
        for rows in (self._totals, self._times, self._shown):
            rows.clear()

    def readings(self, point: int, newest: int) -> list[tuple[Instant, float]]:
        """(time, value) a counter showed at both ends of the `newest` rows; one if they are one."""
        c = self.slot[point]
        times = self._times.view()[-newest:, c]
        known = np.flatnonzero(times)
        ends = sorted({int(known[0]), len(times) - 1}) if len(known) else []
        shown = self._shown.view()[-newest:, c]
        return [(int(times[i]), float(shown[i])) for i in ends]

    def rows(self, point: int, newest: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Total and reading time of a counter at the ends of the `newest` rows, oldest first."""
        c = self.slot[point]
        return self._totals.view()[-newest:, c], self._times.view()[-newest:, c]

    def made(self, point: int, rows: int) -> tuple[float, float] | None:
        """What was counted over the newest `rows` rows, and in how many seconds of readings.

        None when the counter was not read in the newest row and the one before it.
        """
        total, time = self.rows(point, rows + 1)
        seen = np.flatnonzero(time > 0)
        if not len(seen) or time[-1] == time[max(0, len(time) - 3)]:
            return None
        first = seen[0]
        seconds = float(time[-1] - time[first]) / 1e6
        return None if seconds <= 0 else (float(total[-1] - total[first]), seconds)


class StateClock:
    """How often each machine was seen in each state, per row."""

    def __init__(self, plant: Plant) -> None:
        self.machines = {
            unit.id: m
            for m, unit in enumerate(u for u in plant.units.values() if u.with_role(Role.STATE))
        }
        self.slot = np.full(len(plant.points), -1, np.int64)
        for path, m in self.machines.items():
            state = plant.units[path].with_role(Role.STATE)
            assert state is not None
            self.slot[plant.index[state.id]] = m
        self._open = np.zeros((len(self.machines), STATES), np.uint16)
        self._rows = Rows(self._open.shape, np.uint16)

    def add(self, point: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        """Add believed readings."""
        mine = self.slot[point] >= 0
        state = value[mine].astype(np.int64)
        machine = self.slot[point[mine]]
        known = (state >= 0) & (state < STATES)
        np.add.at(self._open, (machine[known], state[known]), np.uint16(1))

    def close(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Close the row; per machine: ran in Execute all through it, and was free all through it.

        Free means: was seen, and never in a state whose reason lies in the machine itself.
        """
        seen = self._open.sum(axis=1)
        running = (seen > 0) & (self._open[:, EXECUTE] == seen)
        free = (seen > 0) & (self._open[:, FREE].sum(axis=1) == seen)
        self._rows.append(self._open)
        self._open = np.zeros_like(self._open)
        return running, free

    def restart(self) -> None:
        """Forget the rows."""
        self._rows.clear()

    def shares(self, machine: int, rows: int) -> NDArray[np.float64]:
        """Share of each state in each of the newest rows, [rows, STATES]; 0 where not seen."""
        counts = np.asarray(self._rows.view()[-rows:, machine], np.float64)
        seen = counts.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = np.divide(
            counts, seen, out=np.zeros_like(counts), where=seen > 0
        )
        return shares
