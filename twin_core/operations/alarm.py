"""Alarms in the states of ISA-18.2 (names of OPC UA A&C), with dead band and delays.

An alarm is judged on settled rows of the common grid, in plant time. Limits are for a machine
that runs: none is raised while it does not. It must never acknowledge anything by itself.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant
from twin_core.recent import GRID_US
from twin_core.value import SECOND, Instant, Path, Value

Side: TypeAlias = Literal["low", "high"]
State: TypeAlias = Literal["unacknowledged", "acknowledged", "returned", "normal"]

ON_DELAY_US = 20 * SECOND
OFF_DELAY_US = 30 * SECOND
DEAD_BAND = 0.02
"""Share of the limit's distance from the usual range's middle, where there is one."""


class Alarm(Value):
    """One alarm of one point.

    Attributes:
        limit: the limit that was passed, in the point's unit; `side` which.
        state: ISA-18.2 state.
        since: settled plant time of the state; `raised` of the activation.
    """

    point: Path
    side: Side
    limit: float
    value: float
    state: State
    raised: Instant
    since: Instant


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm became active or returned."""

    alarm: Alarm
    active: bool


class Alarms:
    """Every alarm limit of the plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        rows: list[tuple[int, Side, float, float]] = []
        for i, point in enumerate(plant.points):
            spec = point.spec
            for side, limit in (("low", spec.alarm_low), ("high", spec.alarm_high)):
                if limit is not None:
                    middle = (spec.normal or spec.limits).low / 2 + (
                        spec.normal or spec.limits
                    ).high / 2
                    band = max(2 * spec.noise, spec.resolution, DEAD_BAND * abs(limit - middle))
                    rows.append((i, "low" if side == "low" else "high", limit, band))
        self._sides: list[Side] = [side for _, side, _, _ in rows]
        self._point = np.array([r[0] for r in rows], np.int64)
        self._sign = np.array([-1.0 if s == "low" else 1.0 for s in self._sides])
        self._limit = np.array([r[2] for r in rows], np.float64)
        self._band = np.array([r[3] for r in rows], np.float64)
        self._beyond_since = np.zeros(len(rows), np.int64)
        self._back_since = np.zeros(len(rows), np.int64)
        self._active = np.zeros(len(rows), bool)
        self._shown: dict[int, Alarm] = {}

    def step(
        self,
        end: Instant,
        mean: NDArray[np.float64],
        steady: NDArray[np.bool_],
        held: NDArray[np.bool_],
    ) -> list[AlarmChange]:
        """Take a row; returns the alarms that became active or returned.

        Args:
            end: of the row.
            mean: the row's means by point, NaN where nothing was believed: nothing changes then.
            steady: by point: its machine runs (or it has none); else nothing is raised.
            held: by point: quarantined; what is not believed cannot alarm, and returns.
        """
        if not len(self._point):
            return []
        x = mean[self._point]
        over = self._sign * (x - self._limit)
        known, ours = ~np.isnan(x), held[self._point]
        beyond = known & (over > 0) & (steady[self._point] | self._active) & ~ours
        self._beyond_since[beyond & (self._beyond_since == 0)] = end - GRID_US
        self._beyond_since[known & ~beyond | ours] = 0
        back = known & (over < -self._band)
        self._back_since[back & (self._back_since == 0)] = end - GRID_US
        self._back_since[known & ~back] = 0
        raised = beyond & ~self._active & (end - self._beyond_since >= ON_DELAY_US)
        returned = self._active & (ours | (back & (end - self._back_since >= OFF_DELAY_US)))
        self._active |= raised
        self._active &= ~returned
        self._beyond_since[returned] = 0
        found = [self._raise(a, end, float(x[a])) for a in np.flatnonzero(raised).tolist()]
        return found + [self._return(a, end) for a in np.flatnonzero(returned).tolist()]

    def acknowledge(self, point: str, now: Instant) -> bool:
        """A person has seen the alarms of a point; whether there was one to be seen."""
        mine = [a for a, alarm in self._shown.items() if alarm.point == point]
        for a in mine:
            alarm = self._shown[a]
            if alarm.state == "returned":
                del self._shown[a]
            elif alarm.state == "unacknowledged":
                self._shown[a] = alarm.model_copy(update={"state": "acknowledged", "since": now})
        return bool(mine)

    def view(self) -> tuple[Alarm, ...]:
        """Every alarm that is not normal, oldest first."""
        return tuple(sorted(self._shown.values(), key=lambda a: (a.raised, a.point, a.side)))

    def _raise(self, a: int, end: Instant, value: float) -> AlarmChange:
        alarm = Alarm(
            point=self._plant.points[int(self._point[a])].id, side=self._sides[a],
            limit=float(self._limit[a]), value=value, state="unacknowledged",
            raised=end, since=end,
        )  # fmt: skip
        self._shown[a] = alarm
        return AlarmChange(alarm, active=True)

    def _return(self, a: int, end: Instant) -> AlarmChange:
        alarm = self._shown.pop(a)
        done = alarm.state == "acknowledged"
        alarm = alarm.model_copy(update={"state": "normal" if done else "returned", "since": end})
        if not done:
            self._shown[a] = alarm
        return AlarmChange(alarm, active=False)
