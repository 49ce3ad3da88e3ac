"""Whether an instrument drifts: each row of the grid against what its neighbours say it should be.

One that leaves its model while at least two others stay in theirs drifts; the others are asked
with the accused's reading replaced by its estimate (reconstruction: Dunia, Qin et al., AIChE J.
42, 1996). If they move too, it is the process, and nothing is said until the point agrees again.
It must never fit anything, and never put an estimate in the place of a reading.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.cusum import LIMIT, Shifts
from twin_core.soft_sensor import SoftSensor, SoftSensors
from twin_core.value import Instant

MATTERS = 0.005
"""A drift of less than this share of the instrument's span is not told: within its accuracy."""
MOVES = 0.9
"""A mean residual of so many scales is a neighbour that moves: four deviations of its EWMA."""
JURORS = 2
"""So many others must be heard, all in their models, before one is accused."""
CONFIRMED = 12
"""Rows through which the accusation must stand: a process is slower in some places than others."""
CALM = 60
"""Rows through which a point must agree with its neighbours before it is believed again."""
_CALM_SCALES = 0.5


@dataclass(frozen=True, slots=True)
class Accused:
    """An instrument that drifts: point, onset, what it read and what its neighbours say."""

    point: int
    since: Instant
    value: float
    estimate: float
    version: str


class Drift:
    """Soft sensors at work, one entry a sensor in every array.

    Attributes:
        sensors: the models in use, by point, with the version of their set.
        estimates: what the models say now of the points held for drift.
    """

    def __init__(self, index: Mapping[str, int], columns: Columns) -> None:
        self._index, self._columns = index, columns
        self.sensors: dict[str, tuple[SoftSensor, str]] = {}
        self.estimates: dict[int, float] = {}
        self._build()

    def learn(self, found: SoftSensors, end: Instant) -> None:
        """Use these from now on, each in place of the one that its point had."""
        for sensor in found.sensors:
            if all(path in self._index for path in self._names(sensor)):
                self.sensors[sensor.point] = (sensor, found.version)
        self._build(end)

    def forget(self, point: str, end: Instant) -> bool:
        """A person says that the point is right: no model that knows it otherwise is kept."""
        stale = [p for p, (s, _) in self.sensors.items() if point in self._names(s)]
        for path in stale:
            del self.sensors[path]
        if stale:
            self._build(end)
        return bool(stale)

    def step(
        self,
        end: Instant,
        row: NDArray[np.float64],
        steady: NDArray[np.bool_],
        held: NDArray[np.bool_],
    ) -> tuple[list[Accused], list[int]]:
        """Take a row.

        Args:
            end: of the row.
            row: means, of the points held for drift too; NaN where there is none.
            steady: per point: its machine runs without a change of state.
            held: per point: held for drift.

        Returns those that drift now, and the points that agree again.
        """
        if not len(self._point):
            return [], []
        estimate, outside = self._estimate(row, held)
        residual = row[self._point] - estimate
        heard = np.isfinite(residual) & self._together(steady)
        at = np.flatnonzero(heard)
        inside: NDArray[np.bool_] = np.asarray(~outside.any(axis=1))
        self._beyond = outside
        self._heard = heard
        self._shifts.take(at, end, residual[at], self._scale[at], inside[at])
        mean, height = np.abs(self._shifts.mean), self._shifts.height
        held_here = held[self._point]
        rests = (mean < self._scale * _CALM_SCALES) & (height < LIMIT / 2)
        self._process &= ~rests
        matters = mean > np.maximum(self._scale, self._matters)
        tripped: NDArray[np.bool_] = (
            self._accuses & heard & inside & (height > LIMIT) & matters & ~held_here
        )
        self._stood[~tripped] = 0
        found = self._accuse(np.flatnonzero(tripped), row, estimate)
        calm = heard & held_here & (mean < _CALM_SCALES * np.maximum(self._scale, self._matters))
        self._calm[heard & ~calm] = 0
        self._calm[calm] += 1
        agreed = np.flatnonzero(held_here & (self._calm >= CALM))
        self._calm[agreed] = 0
        self._shifts.forget(agreed, end)
        known = np.flatnonzero(held_here & np.isfinite(estimate))
        self.estimates = dict(
            zip(self._point[known].tolist(), estimate[known].tolist(), strict=True)
        )
        return found, self._point[agreed].tolist()

    def _estimate(
        self, row: NDArray[np.float64], held: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """What each model says, and which of its inputs lie outside what it knows.

        A drifting input counts as what its own model says of it.
        """
        known = row
        if held.any():
            known = np.where(held, np.nan, row)
            here = np.flatnonzero(held[self._point])
            known[self._point[here]] = self._said(known, here)
        x = np.where(self._pad, 0.0, known[self._input])
        every = self._intercept + (self._weight * x).sum(axis=1)
        outside = ~self._pad & ((x < self._low) | (x > self._high))
        return every, outside

    def _said(self, row: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
        x = np.where(self._pad[at], 0.0, row[self._input[at]])
        said: NDArray[np.float64] = self._intercept[at] + (self._weight[at] * x).sum(axis=1)
        return said

    def _together(self, steady: NDArray[np.bool_]) -> NDArray[np.bool_]:
        inputs = (steady[self._input] | self._pad).all(axis=1)
        return np.asarray(steady[self._point] & inputs)

    def _accuse(
        self, tripped: NDArray[np.int64], row: NDArray[np.float64], estimate: NDArray[np.float64]
    ) -> list[Accused]:
        alone = [i for i in tripped.tolist() if not self._process[i] and self._odd_one_out(i)]
        self._stood[alone] += 1
        ripe = [i for i in alone if self._stood[i] >= CONFIRMED]
        several = {i for i in alone if any(k != i and k in self._jury[i] for k in alone)}
        self._process[list(several)] = True
        return [
            Accused(
                point=int(self._point[i]),
                since=self._shifts.since(i),
                value=float(row[self._point[i]]),
                estimate=float(estimate[i]),
                version=self._version[i],
            )
            for i in ripe
            if i not in several
        ]

    def _odd_one_out(self, i: int) -> bool:
        """Whether all others stay in their models once this one's reading is left out of them."""
        jury = self._jury[i]
        beyond = self._beyond[jury] & (self._input[jury] != self._point[i])
        jury = jury[self._heard[jury] & ~beyond.any(axis=1)]
        own = (self._weight[jury] * (self._input[jury] == self._point[i])).sum(axis=1)
        mean = self._shifts.mean[jury] + own * self._shifts.mean[i]
        moves = np.abs(mean) > MOVES * self._scale[jury]
        if moves.any():
            self._process[i] = True
        return len(jury) >= JURORS and not moves.any()

    @staticmethod
    def _names(sensor: SoftSensor) -> Iterable[str]:
        return (sensor.point, *(i.point for i in sensor.inputs))

    def _build(self, end: Instant = 0) -> None:
        """Columns of the models; what was summed up starts again."""
        order = sorted(self.sensors)
        models = [self.sensors[path][0] for path in order]
        self._version = [self.sensors[path][1] for path in order]
        n = len(models)
        wide = max([1, *(len(m.inputs) for m in models)])
        self._point = np.array([self._index[m.point] for m in models], np.int64)
        self._input = np.zeros((n, wide), np.int64)
        self._pad = np.ones((n, wide), bool)
        self._weight = np.zeros((n, wide))
        self._low, self._high = np.full((n, wide), -np.inf), np.full((n, wide), np.inf)
        for i, model in enumerate(models):
            for j, told in enumerate(model.inputs):
                self._input[i, j], self._pad[i, j] = self._index[told.point], False
                self._weight[i, j], self._low[i, j], self._high[i, j] = (
                    told.weight, told.low, told.high,
                )  # fmt: skip
        self._intercept = np.array([m.intercept for m in models], np.float64)
        self._scale = np.array([m.scale for m in models], np.float64)
        self._accuses = np.array([m.accuses for m in models], bool)
        span = self._columns.high[self._point] - self._columns.low[self._point]
        self._matters = MATTERS * span
        place = {path: i for i, path in enumerate(order)}
        units: dict[str, list[int]] = {}
        for i, path in enumerate(order):
            units.setdefault(path.rsplit("/", 1)[0], []).append(i)
        self._jury = []
        for i, model in enumerate(models):
            jury = {*units[model.point.rsplit("/", 1)[0]]}
            jury |= {place[told.point] for told in model.inputs if told.point in place}
            self._jury.append(np.array(sorted(jury - {i}), np.int64))
        self._shifts = Shifts(n, end)
        self._process = np.zeros(n, bool)
        self._stood = np.zeros(n, np.int64)
        self._calm = np.zeros(n, np.int64)
        self._beyond = np.zeros((n, wide), bool)
        self._heard = np.zeros(n, bool)
