"""What the settled recent past shows of one machine: when it ran free, stood, waited; what it made.

Only arithmetic on `Recent`; judgement is in `start.py`. It must never fill a gap: NaN stays NaN.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Unit
from twin_core.plant.classes import Role
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_FED_ROWS = 6
_FED = 0.975
_OUTSIDE = (4, 5, 13, 14, 17)
"""PackML Idle, Suspended, Suspending, Unsuspending, Complete: the cause lies outside."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of `Recent` up to a moment, for any unit of the plant."""

    snapshot: Snapshot
    at: Instant

    @cached_property
    def _rows(self) -> slice:
        return slice(0, int(np.searchsorted(self.snapshot.recent.time, self.at, side="right")))

    @cached_property
    def time(self) -> NDArray[np.int64]:
        """End of each row."""
        return self.snapshot.recent.time[self._rows]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.time)

    def _column(
        self, table: NDArray[np.float64] | NDArray[np.float32], path: str | None
    ) -> NDArray[np.float64]:
        if path is None:
            return np.full(len(self), np.nan)
        return table[self._rows, self.snapshot.plant.index[path]].astype(np.float64)

    def mean(self, path: str | None) -> NDArray[np.float64]:
        """Bucket means (for counters and states the last value); NaN without believed ones."""
        return self._column(self.snapshot.recent.mean, path)

    def low(self, path: str | None) -> NDArray[np.float64]:
        """Bucket minima."""
        return self._column(self.snapshot.recent.low, path)

    def high(self, path: str | None) -> NDArray[np.float64]:
        """Bucket maxima."""
        return self._column(self.snapshot.recent.high, path)

    def doubted(self, path: str) -> bool:
        """Whether the point is in quarantine now, and now is the moment asked for."""
        return self.at >= self.snapshot.watermark and path in self.snapshot.quarantined

    def last(self, path: str | None, rows: int) -> float:
        """Mean over the newest rows; NaN where nothing was believed in them."""
        found = self.mean(path)[-rows:]
        found = found[np.isfinite(found)]
        return float(found.mean()) if len(found) else float("nan")


def path_of(unit: Unit, role: Role) -> str | None:
    """Path of the unit's point of that role, if there is one."""
    point = unit.with_role(role)
    return None if point is None else point.id


def fastest(unit: Unit) -> float:
    """The most a machine can do, in its `unit_out` per second: the end of its speed's instrument.

    Infinite where the plant file gives it neither speed nor commanded speed.
    """
    point = unit.with_role(Role.SPEED) or unit.with_role(Role.SPEED_SETPOINT)
    return inf if point is None else point.spec.limits.high / 60.0


@dataclass(frozen=True, eq=False)
class Seen:
    """One machine over the rows; rates in its own `unit_out` per second.

    Attributes:
        speed, setpoint: per second, NaN where not believed.
        asked: what the speed is judged by, per second.
        executing: in Execute all the bucket long.
        standing: touched by a stop whose cause is inside.
        waiting: touched by starving or blocking.
        made, rejected: counted in the bucket; NaN at the first row, over gaps, at resets and where
            it is more than the machine can have made.
    """

    rows: Rows
    unit: Unit

    @cached_property
    def speed(self) -> NDArray[np.float64]:
        """Current machine speed, per second."""
        return self.rows.mean(path_of(self.unit, Role.SPEED)) / 60.0

    @cached_property
    def setpoint(self) -> NDArray[np.float64]:
        """Commanded speed, per second."""
        return self.rows.mean(path_of(self.unit, Role.SPEED_SETPOINT)) / 60.0

    @cached_property
    def asked(self) -> NDArray[np.float64]:
        """Commanded speed, per second; if never commanded the nameplate's, else the highest seen.

        NaN where it was commanded nothing, or none of these is known.
        """
        commanded = np.where(self.setpoint > 0, self.setpoint, np.nan)
        if np.isfinite(commanded).any():
            return commanded
        instead = self.unit.parameters.get("rated_speed", 0.0) / 60.0
        if instead <= 0:
            instead = float(self.speed[self.speed > 0].max(initial=0.0)) or np.nan
        return np.full(len(self.rows), instead)

    @cached_property
    def _state(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        path = path_of(self.unit, Role.STATE)
        return self.rows.mean(path), self.rows.low(path), self.rows.high(path)

    @cached_property
    def state(self) -> NDArray[np.float64]:
        """State number at the end of the bucket."""
        return self._state[0]

    @cached_property
    def executing(self) -> NDArray[np.bool_]:
        """Execute from end to end; where no state is given, moving."""
        last, low, high = self._state
        if path_of(self.unit, Role.STATE) is None:
            return np.asarray(self.speed > 0)
        return np.asarray((low == EXECUTE) & (high == EXECUTE) & (last == EXECUTE))

    @cached_property
    def standing(self) -> NDArray[np.bool_]:
        """A state whose cause is inside was seen in the bucket."""
        found = np.zeros(len(self.rows), dtype=bool)
        for column in self._state:
            found |= np.isfinite(column) & ~np.isin(column, (EXECUTE, *_OUTSIDE))
        return found

    @cached_property
    def starved(self) -> NDArray[np.bool_]:
        """Starved at some time in the bucket."""
        return np.asarray(self.rows.high(path_of(self.unit, Role.STARVED)) > 0.5)

    @cached_property
    def blocked(self) -> NDArray[np.bool_]:
        """Blocked at some time in the bucket."""
        return np.asarray(self.rows.high(path_of(self.unit, Role.BLOCKED)) > 0.5)

    @cached_property
    def waiting(self) -> NDArray[np.bool_]:
        """Starved, blocked or in a state whose cause is outside."""
        outside = np.zeros(len(self.rows), dtype=bool)
        for column in self._state:
            outside |= np.isin(column, _OUTSIDE)
        return self.starved | self.blocked | outside

    @cached_property
    def made(self) -> NDArray[np.float64]:
        """Counted out in the bucket."""
        return self._counted(path_of(self.unit, Role.PRODUCED))

    @cached_property
    def rejected(self) -> NDArray[np.float64]:
        """Counted as rejected in the bucket."""
        return self._counted(path_of(self.unit, Role.DEFECTIVE))

    def _counted(self, path: str | None) -> NDArray[np.float64]:
        count = self.rows.mean(path)
        if not len(count):
            return count
        step = np.diff(count, prepend=np.nan)
        gap = np.diff(self.rows.time, prepend=self.rows.time[0]) > 1.5 * GRID_S * SECOND
        at_once = self.unit.flow.gives if self.unit.flow is not None else 0.0
        most = 2.0 * GRID_S * fastest(self.unit) + at_once
        # a counter may begin again at 0, or jump; that bucket's count is not known
        return np.where((step < 0) | (step > most) | gap, np.nan, step)

    @cached_property
    def fed_less(self) -> NDArray[np.bool_]:
        """Rows in which less is counted than the speed shows: it turns faster than it is fed."""
        if not len(self.rows):
            return np.zeros(0, dtype=bool)
        running = self.executing & ~self.waiting & ~self.standing & np.isfinite(self.made)
        # the count of the bucket after a stop is that of a machine getting up to speed
        running[1:] &= self.executing[:-1]
        shown = np.where(running & np.isfinite(self.speed), self.speed * GRID_S, 0.0)
        thrown = np.where(np.isfinite(self.rejected), self.rejected, 0.0)
        counted = np.where(running, self.made + thrown, 0.0)
        window = np.ones(_FED_ROWS)
        shown = np.convolve(shown, window)[: len(shown)]
        fed = np.convolve(counted, window)[: len(shown)]
        enough = np.convolve(running.astype(float), window)[: len(shown)] >= _FED_ROWS / 2
        return np.asarray(enough & (shown > 0) & (fed < _FED * shown))

    def moved(self, rows: int) -> float:
        """Counted out per second over the newest rows; NaN if nothing was believed."""
        made = self.made[-rows:]
        seen = np.isfinite(made)
        return float(made[seen].sum() / (seen.sum() * GRID_S)) if seen.any() else float("nan")
