"""Readings of a plant over days, as the estimators of its process take them.

Bucket means a fixed time apart. It must never fill a gap: NaN stays NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Unit
from twin_core.plant.classes import PointSpec, Role


@dataclass(frozen=True, slots=True, eq=False)
class ProcessHistory:
    """Columns of bucket means.

    Attributes:
        step_s: seconds from bucket to bucket, above 0.
        columns: by point path, float64[T] in the point's unit, all of one length.
    """

    step_s: float
    columns: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        """How many buckets there are."""
        return max((len(c) for c in self.columns.values()), default=0)

    def of(self, path: str | None) -> NDArray[np.float64]:
        """The column of a point; NaN where there is none."""
        found = self.columns.get(path) if path is not None else None
        return np.full(len(self), np.nan) if found is None else found

    def role(self, unit: Unit, role: Role) -> NDArray[np.float64]:
        """The column of the unit's point of that role."""
        point = unit.with_role(role)
        return self.of(point.id if point is not None else None)

    def noise(self, spec: PointSpec) -> float:
        """Standard deviation of what the instrument adds to a bucket's mean."""
        samples = max(1.0, self.step_s / spec.period_s)
        return float(np.sqrt((spec.noise**2 + spec.resolution**2 / 12.0) / samples))


def over(column: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Means over so many buckets in a row, float64[T // rows]; NaN where one of them is."""
    whole = len(column) // rows * rows
    return np.asarray(column[:whole].reshape(-1, rows).mean(axis=1))
