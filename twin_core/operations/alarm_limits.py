"""Whether limits are passed, all of a plant at once: delays, dead band, suppression by design.

Columns, one entry a limit. Judged on closed rows of the common grid; only the moment at which a
limit was first passed is taken from readings. It must never know whether anybody acknowledged.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.alarming import MODES, STATES
from twin_core.plant.assets import Plant
from twin_core.plant.classes import PointSpec, Role
from twin_core.recent import GRID_US
from twin_core.value import SECOND, Instant

Side: TypeAlias = Literal["low", "high"]
SIDES: tuple[Side, Side] = ("low", "high")

DEAD_BAND = 0.02
"""Share of the limit's distance from the usual range's middle, where there is one."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What a row did, as indices of limits."""

    raised: list[int]
    returned: list[int]
    suppressed: list[int]
    uncovered: list[int]


class Limits:
    """Every alarm limit of the plant, by index.

    Attributes:
        point, side: index into `Plant.points` and into SIDES, by limit.
        limit: in the point's unit.
        active: passed, with its delays.
        suppressed: by design.
    """

    def __init__(self, plant: Plant) -> None:
        found = [
            (i, side, limit)
            for i, p in enumerate(plant.points)
            for side, limit in enumerate((p.spec.alarm_low, p.spec.alarm_high))
            if limit is not None
        ]
        n = len(found)
        specs = [plant.points[i].spec for i, _, _ in found]
        self.point = np.array([i for i, _, _ in found], np.int64)
        self.side = np.array([side for _, side, _ in found], np.int64)
        self.limit = np.array([limit for _, _, limit in found], np.float64)
        self.active = np.zeros(n, bool)
        self.suppressed = np.zeros(n, bool)
        self._sign = np.where(self.side == 0, -1.0, 1.0)
        self._band = np.array(
            [_band(spec, limit) for spec, (_, _, limit) in zip(specs, found, strict=True)]
        )
        self._on_us = np.array([round(s.alarm.on_delay_s * SECOND) for s in specs], np.int64)
        self._off_us = np.array([round(s.alarm.off_delay_s * SECOND) for s in specs], np.int64)
        self._beyond_since = np.zeros(n, np.int64)
        self._back_since = np.zeros(n, np.int64)
        self._onset = np.zeros(n, np.int64)
        self._first = np.zeros(n)
        points = len(plant.points)
        self._low, self._high = np.full(points, -np.inf), np.full(points, np.inf)
        self._low[self.point[self.side == 0]] = self.limit[self.side == 0]
        self._high[self.point[self.side == 1]] = self.limit[self.side == 1]
        self._of = np.full((2, points), -1, np.int64)
        self._of[self.side, self.point] = np.arange(n)
        self._states = _Design(plant, self.point, Role.STATE, STATES)
        self._modes = _Design(plant, self.point, Role.MODE, MODES)

    def __len__(self) -> int:
        """The number of limits."""
        return len(self.point)

    def of(self, point: int) -> list[int]:
        """The limits of a point."""
        return [int(a) for a in self._of[:, point] if a >= 0]

    def first(self, a: int) -> tuple[Instant, float] | None:
        """Source time and value of the first believed reading beyond the limit, if one was seen."""
        at = int(self._onset[a])
        return (at, float(self._first[a])) if at else None

    def heard(
        self, point: NDArray[np.int64], time: NDArray[np.int64], value: NDArray[np.float64]
    ) -> None:
        """Note when a limit is first passed; readings of a point in the order of their time."""
        for side, beyond in ((0, value < self._low[point]), (1, value > self._high[point])):
            if beyond.any():
                a, t = self._of[side, point[beyond]], time[beyond]
                first = self._onset[a] == 0
                # Backwards: of several assignments to one place the last remains.
                a, t, x = a[first][::-1], t[first][::-1], value[beyond][first][::-1]
                self._onset[a], self._first[a] = t, x

    def step(
        self,
        end: Instant,
        mean: NDArray[np.float64],
        steady: NDArray[np.bool_],
        held: NDArray[np.bool_],
    ) -> Passed:
        """Take a row (see `Alarms.step`)."""
        design = self._states.holds(mean) | self._modes.holds(mean)
        suppressed, uncovered = design & ~self.suppressed, self.suppressed & ~design
        self.suppressed = design
        over = self._sign * (mean[self.point] - self.limit)
        known, ours = ~np.isnan(over), held[self.point]
        beyond = known & (over > 0) & (steady[self.point] | self.active) & ~ours & ~design
        self._beyond_since[beyond & (self._beyond_since == 0)] = end - GRID_US
        self._beyond_since[(known & ~beyond) | ours | design] = 0
        back = known & (over < -self._band)
        self._back_since[back & (self._back_since == 0)] = end - GRID_US
        self._back_since[known & ~back] = 0
        raised = beyond & ~self.active & (end - self._beyond_since >= self._on_us)
        ended = ours | design | (back & (end - self._back_since >= self._off_us))
        returned = self.active & ended
        self.active |= raised
        self.active &= ~returned
        self._beyond_since[returned] = 0
        # A limit that is only brushed is forgotten with the next row that keeps inside.
        calm = known & ~(over > 0) & ~self.active & (self._onset < end - GRID_US)
        self._onset[calm | ours | design] = 0
        return Passed(
            np.flatnonzero(raised).tolist(), np.flatnonzero(returned & ~design).tolist(),
            np.flatnonzero(suppressed).tolist(), np.flatnonzero(uncovered).tolist(),
        )  # fmt: skip


class _Design:
    """Suppression by what a machine says of itself, e.g. its state; what it last said holds."""

    def __init__(
        self, plant: Plant, point: NDArray[np.int64], role: Role, numbers: dict[str, int]
    ) -> None:
        told, masks = [], []
        for i in point.tolist():
            found = plant.points[i]
            by = plant.units[found.unit_id].with_role(role)
            words = found.spec.alarm.suppressed_while if by is not None else ()
            told.append(-1 if by is None else plant.index[by.id])
            masks.append(sum(1 << numbers[word] for word in words if word in numbers))
        self._mask = np.array(masks, np.int64)
        self._which = np.flatnonzero(self._mask)
        self._told = np.array(told, np.int64)[self._which]
        self._now = np.zeros(len(self._which), np.int64)

    def holds(self, mean: NDArray[np.float64]) -> NDArray[np.bool_]:
        """By limit, after a row."""
        said = mean[self._told]
        fresh = (said >= 0) & (said < 64)
        self._now[fresh] = said[fresh].astype(np.int64)
        held = np.zeros(len(self._mask), bool)
        held[self._which] = (self._mask[self._which] >> self._now) & 1 == 1
        return held


def _band(spec: PointSpec, limit: float) -> float:
    if spec.alarm.dead_band is not None:
        return spec.alarm.dead_band
    usual = spec.normal or spec.limits
    middle = usual.low / 2 + usual.high / 2
    return max(2 * spec.noise, spec.resolution, DEAD_BAND * abs(limit - middle))
