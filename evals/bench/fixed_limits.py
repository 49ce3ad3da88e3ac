"""The peer of the quality bench: the limits that every control system has.

It must never look at anything but limits and whether the machine runs.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.reading import Batch

EXECUTE = 6
"""PackML state number."""


def means(batch: Batch, n: int) -> NDArray[np.float64]:
    """Means of a batch by point, float64[n]; NaN where it has no number of a point."""
    fine = np.isfinite(batch.value)
    p, x = batch.point[fine], batch.value[fine]
    count = np.bincount(p, minlength=n)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = np.bincount(p, weights=x, minlength=n) / count
    return mean


class FixedLimits:
    """Alarm limits of the plant file, else the instrument's, on means of a machine that runs.

    Two rows beyond are an alarm, as for the twin's alarms; it ends with a row inside.
    """

    def __init__(self, plant: Plant) -> None:
        specs = [p.spec for p in plant.read]
        low = [s.limits.low if s.alarm_low is None else s.alarm_low for s in specs]
        high = [s.limits.high if s.alarm_high is None else s.alarm_high for s in specs]
        self._low, self._high = np.array(low), np.array(high)
        state = {u.id: u.with_role(Role.STATE) for u in plant.units.values()}
        own = [state[p.unit_id] for p in plant.read]
        self._state = np.array([-1 if s is None else plant.index[s.id] for s in own])
        self._rows = np.zeros(len(specs), np.int64)

    def step(self, row: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Alarms that begin with this row, by point."""
        runs = (self._state < 0) | (row[self._state] == EXECUTE)
        with np.errstate(invalid="ignore"):
            out = runs & ((row < self._low) | (row > self._high))
        self._rows = np.where(out, self._rows + 1, 0)
        return np.asarray(self._rows == 2)
