"""Instruments that leave their neighbours: what redundancy and soft sensors say, put into belief.

A point found drifting is held until it agrees again; of two that differ both are doubted. It must
never hold a point on the word of one other, nor judge a value by what it means.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.drift import Drift
from twin_core.plant.assets import Plant
from twin_core.quality import Judge
from twin_core.recent import GRID_US
from twin_core.redundancy import ROWS, Redundancy
from twin_core.soft_sensor import SoftSensor, SoftSensors
from twin_core.twin import Quarantine
from twin_core.units import quantity
from twin_core.value import Instant
from twin_core.verdict import Turn


class Suspicion:
    """Of all points of one plant.

    Attributes:
        doubted: by path, points that differ from their only fellow.
    """

    def __init__(self, plant: Plant, columns: Columns, judge: Judge) -> None:
        self._plant, self._judge = plant, judge
        self._drift = Drift(plant.index, columns)
        self._votes = Redundancy(plant)
        self._told: dict[int, bool] = {}
        self.doubted: dict[str, Quarantine] = {}

    @property
    def sensors(self) -> Mapping[str, tuple[SoftSensor, str]]:
        """By path: the soft sensor in use and the version of its set."""
        return self._drift.sensors

    @property
    def estimates(self) -> Mapping[str, float]:
        """By path, of points held for drift: what their soft sensors say now."""
        return {self._plant.points[p].id: x for p, x in self._drift.estimates.items()}

    def learn(self, found: SoftSensors, at: Instant) -> None:
        """Use these soft sensors from now on."""
        self._drift.learn(found, at)

    def forget(self, point: str, at: Instant) -> None:
        """A person says that the point is right."""
        self._told.pop(self._plant.index[point], None)
        self._drift.forget(self._plant.point(point).id, at)

    def row(self, end: Instant, mean: NDArray[np.float64], steady: NDArray[np.bool_]) -> list[Turn]:
        """Take a row of believed means; returns the points that agree again."""
        row = self._judge.aside(mean)
        held = self._judge.drifting
        votes = self._votes.step(row, held)
        accused, calm = self._drift.step(end, row, steady, held)
        for odd in votes.odd:
            since = end - ROWS * GRID_US
            said = f"{self._said(odd.point, odd.value)} where those beside it read"
            note = f"{said} {self._told_as(odd.point, odd.middle)}"
            self._judge.hold_drifting(odd.point, since, odd.value, note)
            self._told[odd.point] = True
        for found in accused:
            said = f"{self._said(found.point, found.value)} where its neighbours (soft sensor"
            estimate = self._told_as(found.point, found.estimate)
            note = f"{said} {found.version}) say {estimate}"
            self._judge.hold_drifting(found.point, found.since, found.value, note)
        self._doubt(end, row, votes.doubted)
        # Who was held by the others' vote is let go by it, who was held by a model by that.
        agreed = [p for p in votes.agree if self._told.get(p)]
        agreed += [p for p in calm if not self._told.get(p)]
        agreed += [p for p in np.flatnonzero(held).tolist() if self._orphaned(p)]
        turns = [self._judge.agrees(p) for p in agreed]
        for p in agreed:
            self._told.pop(p, None)
        return [turn for turn in turns if turn is not None]

    def _orphaned(self, p: int) -> bool:
        """Whether nobody is left who could say that the point agrees again."""
        return not self._told.get(p) and self._plant.points[p].id not in self._drift.sensors

    def _doubt(self, end: Instant, row: NDArray[np.float64], doubted: Mapping[int, int]) -> None:
        old, self.doubted = self.doubted, {}
        for p, fellow in doubted.items():
            point, other = self._plant.points[p], self._plant.points[fellow]
            known = old.get(point.id)
            self.doubted[point.id] = known or Quarantine(
                point=point.id,
                rule="drift",
                since=end - ROWS * GRID_US,
                value=float(row[p]),
                reason=(
                    f"{self._said(p, float(row[p]))} and {other.id}, which measures the same, "
                    f"{self._told_as(fellow, float(row[fellow]))}: one of them is wrong"
                ),
            )

    def _said(self, p: int, value: float) -> str:
        return f"it reads {self._told_as(p, value)}"

    def _told_as(self, p: int, value: float) -> str:
        return quantity(value, self._plant.points[p].spec.unit)
