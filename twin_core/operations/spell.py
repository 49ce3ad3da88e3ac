"""How long each machine was in which PackML state, spell by spell, over days.

A spell ends with the first believed reading of another state, by its source time; time in which
a machine did not tell its state belongs to no spell. It must never judge a stop by its length.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import STATES, StateClock
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.recent import Rows
from twin_core.value import SECOND, Instant

MOST = 60_000
"""Spells that are remembered, of all machines together."""

DOWN = (8, 9, 10, 11)
"""Aborting, Aborted, Holding, Held: stopped for a reason of its own (ISA-TR88.00.02)."""

_SILENT_S = 30.0
"""A state not told for so long, or for five of its periods, is not known."""

MACHINE, STATE, START, END, OWN = range(5)
"""Columns of a spell; OWN: nothing starved or blocked the machine when it went down."""


class Spells:
    """Writes spells, closed ones once a row of the common grid."""

    def __init__(self, plant: Plant, clock: StateClock) -> None:
        n = len(clock.machines)
        self._slot = clock.slot
        self._state = np.full(n, -1, np.int64)
        self._since = np.zeros(n, np.int64)
        self._last = np.zeros(n, np.int64)
        self._own = np.ones(n, np.int64)  # -1: went down in this row, to be judged at its end
        self._ended: list[tuple[int, int, int, int, int]] = []
        self._rows = Rows((5,), np.int64, MOST)
        periods, excuses = [], []
        for path in clock.machines:
            unit = plant.units[path]
            state = unit.with_role(Role.STATE)
            assert state is not None
            periods.append(5 * state.spec.period_s)
            told = [unit.with_role(role) for role in (Role.STARVED, Role.BLOCKED)]
            excuses.append([len(plant.points) if p is None else plant.index[p.id] for p in told])
        self._lively = np.array([int(max(_SILENT_S, p) * SECOND) for p in periods], np.int64)
        self._excuses = np.array(excuses, np.int64).reshape(n, 2)

    def add(
        self, point: NDArray[np.int64], time: NDArray[np.int64], value: NDArray[np.float64]
    ) -> None:
        """Add believed readings, sorted by point, then time; calls follow the points' times."""
        slot = self._slot[point]
        mine = slot >= 0
        if not mine.any():
            return
        m, t, state = slot[mine], time[mine], value[mine].astype(np.int64)
        again = np.r_[False, m[1:] == m[:-1]]
        last = np.where(again, np.r_[0, t[:-1]], self._last[m])
        gap = t - last > self._lively[m]
        before = np.where(again, np.r_[0, state[:-1]], self._state[m])
        for k in np.flatnonzero(gap | (state != before)).tolist():
            self._last[m[k]] = last[k]
            self._turn(int(m[k]), int(state[k]), int(t[k]), heard=not gap[k])
        self._last[m] = t

    def close(self, mean: NDArray[np.float64]) -> None:
        """Close a row: spells that ended in it are remembered, and new stops are judged.

        Args:
            mean: the row's means by point; of `starved` and `blocked` the last value.
        """
        own = ~(np.r_[mean, np.nan][self._excuses] > 0).any(axis=1)
        for spell in sorted(self._ended, key=lambda s: (s[START], s[MACHINE])):
            judged = own[spell[MACHINE]] if spell[OWN] < 0 else spell[OWN]
            self._rows.append(np.array([*spell[:OWN], judged], np.int64))
        self._ended.clear()
        self._own = np.where(self._own < 0, own, self._own)

    def ended(self) -> NDArray[np.int64]:
        """Spells that ended, int64[N, 5], sharing memory."""
        return self._rows.view()

    def going_on(self) -> NDArray[np.int64]:
        """Of each machine that has told its state the spell that goes on, int64[M, 5]."""
        known = np.flatnonzero(self._last > 0)
        found: NDArray[np.int64] = np.column_stack(
            [known, self._state[known], self._since[known], self._last[known], self._own[known]]
        ).astype(np.int64)
        return found

    @property
    def reach(self) -> Instant:
        """From when on nothing was forgotten; 0: ever."""
        rows = self._rows.view()
        return int(rows[0, END]) if len(rows) == MOST else 0

    def _turn(self, machine: int, state: int, at: Instant, *, heard: bool) -> None:
        was = int(self._state[machine])
        if self._last[machine] > 0 and 0 <= was < STATES:
            end = at if heard else int(self._last[machine])
            spell = (machine, was, int(self._since[machine]), end, int(self._own[machine]))
            self._ended.append(spell)
        if state not in DOWN:
            self._own[machine] = 1
        elif was not in DOWN or not heard:
            self._own[machine] = -1
        self._state[machine], self._since[machine] = state, at
