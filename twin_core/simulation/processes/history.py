"""Readings of a plant over days, as the estimators of its process take them.

Bucket means a fixed time apart. It must never fill a gap: NaN stays NaN.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import PointSpec, Role
from twin_core.value import SECOND, Instant

_MEDIA = {"producer", "header", "tie"}


@dataclass(frozen=True, slots=True, eq=False)
class ProcessHistory:
    """Columns of bucket means.

    Attributes:
        step_s: seconds from bucket to bucket, above 0.
        columns: by point path, float64[T] in the point's unit, all of one length.
        start: plant time at which the first bucket begins.
    """

    step_s: float
    columns: Mapping[str, NDArray[np.float64]]
    start: Instant = 0

    def __len__(self) -> int:
        """How many buckets there are."""
        return max((len(c) for c in self.columns.values()), default=0)

    def at(self, row: int) -> Instant:
        """Plant time at which a bucket begins, and the one before it ends."""
        return self.start + round(row * self.step_s * SECOND)

    def part(self, first: int, last: int) -> "ProcessHistory":
        """The buckets from `first` up to `last`."""
        columns = {path: column[first:last] for path, column in self.columns.items()}
        return replace(self, columns=columns, start=self.at(first))

    @property
    def digest(self) -> str:
        """SHA-256 over everything in it."""
        h = hashlib.sha256(f"\x01{self.start} {self.step_s}".encode())
        for path in sorted(self.columns):
            column = self.columns[path]
            h.update(f"{path} {len(column)}".encode() + column.astype("<f8").tobytes())
        return h.hexdigest()

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


def watched(plant: Plant) -> tuple[Point, ...]:
    """Every point of the media, and of machines their pace, values and setpoints."""
    found = []
    for unit in plant.units.values():
        model = plant.class_of(unit.id).model
        led = {p.spec.measures for p in unit.points}
        for point in unit.points:
            role = point.spec.role
            process = role in {Role.SPEED, Role.SPEED_SETPOINT, Role.SETPOINT} or (
                role is Role.PROCESS and point.spec.id in led
            )
            if model in _MEDIA or (model == "machine" and process):
                found.append(point)
    return tuple(found)


def stood(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """A column of a source that tells only changes: where it is silent the last value stands."""
    row = np.maximum.accumulate(np.where(np.isfinite(column), np.arange(len(column)), 0))
    return column[row]


def over(column: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Means over so many buckets in a row, float64[T // rows]; NaN where one of them is."""
    whole = len(column) // rows * rows
    return np.asarray(column[:whole].reshape(-1, rows).mean(axis=1))
