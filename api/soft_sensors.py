"""When soft sensors are fitted, and on what: the settled day behind, unit by unit, elsewhere.

A model that may accuse an instrument stays as it is until a person says that the point is right:
one that learned on while a sensor drifts would learn the drift. It must never decide what is
believed, nor fit in this process.
"""

import numpy as np
import structlog
from numpy.typing import NDArray

from api.service import Pump
from twin_core.fitting import LEAST_ROWS, Lesson, fit, lesson_of, neighbourhood, steadily
from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Role
from twin_core.ports import Clock, Compute, Historian
from twin_core.recent import GRID_S, GRID_US
from twin_core.soft_sensor import SoftSensors
from twin_core.twin import Snapshot
from twin_core.value import Instant

log = structlog.get_logger(__name__)

SPAN_US = 24 * 3600 * 1_000_000
"""Plant time that is learned from."""
_SOON_US = 3600 * 1_000_000
_Column = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


class Learner:
    """Fits what is missing: after an hour, two, four … of history, then every day."""

    def __init__(
        self, plant: Plant, historian: Historian, compute: Compute, pump: Pump, clock: Clock
    ) -> None:
        self._plant, self._historian, self._compute = plant, historian, compute
        self._pump, self._clock = pump, clock
        self._standing = {source.id for source in plant.sources if source.on_change}
        self._due: Instant = 0

    async def learn(self) -> SoftSensors | None:
        """Fit and log soft sensors if it is time; what was logged, None if nothing was."""
        if self._clock.plant() < self._due:
            return None
        snapshot = self._pump.snapshot()
        end = snapshot.watermark // GRID_US * GRID_US
        if end <= SPAN_US:
            return None
        lessons, rows = await self._lessons(snapshot, end)
        self._due = self._clock.plant() + min(max(rows * GRID_US, _SOON_US), SPAN_US)
        if not lessons:
            return None
        fitted = await self._compute.map(fit, lessons, long=True)
        known = {path for path, (sensor, _) in snapshot.sensors.items() if sensor.accuses}
        new = tuple(s for found in fitted for s in found if s.point not in known)
        if not new:
            return None
        sensors = SoftSensors(start=end - rows * GRID_US, end=end, sensors=new)
        await self._pump.learn(sensors)
        accusing = sum(sensor.accuses for sensor in new)
        log.info(
            "soft sensors fitted", version=sensors.version, accusing=accusing,
            witnesses=len(new) - accusing, hours=round(rows * GRID_S / 3600, 1),
        )  # fmt: skip
        return sensors

    async def _lessons(self, snapshot: Snapshot, end: Instant) -> tuple[list[Lesson], int]:
        """What there is to be learned, and over how many rows."""
        columns: dict[str, _Column] = {}
        lessons, longest = [], 0
        for unit in self._plant.units.values():
            targets, beside = neighbourhood(self._plant, unit)
            if not targets or not self._healthy(unit, snapshot):
                continue
            names = (*targets, *beside)
            for path in names:
                for needed in (path, self._state_of(path)):
                    if needed and needed not in columns:
                        columns[needed] = await self._column(needed, end)
            mean = {path: columns[path][0] for path in names}
            seen = np.flatnonzero(np.isfinite([mean[path] for path in targets]).any(axis=0))
            if len(seen) < LEAST_ROWS:
                continue
            longest = max(longest, len(mean[targets[0]]) - int(seen[0]))
            steady = {path: self._steady(path, columns) for path in names}
            lessons.append(lesson_of(self._plant, unit, mean, steady))
        return lessons, longest

    def _healthy(self, unit: Unit, snapshot: Snapshot) -> bool:
        """Whether nothing of the unit is in doubt now: what is would be learned."""
        paths = {point.id for point in unit.points}
        return not paths & {*snapshot.quarantined, *snapshot.doubted}

    async def _column(self, path: str, end: Instant) -> _Column:
        """Ten-second mean, low and high of a point; what it cannot show is left out."""
        rows = SPAN_US // GRID_US
        start = end - rows * GRID_US
        found = await self._historian.buckets(self._plant.index[path], start, end, rows)
        point = self._plant.point(path)
        limits = point.spec.limits
        fine = (found["count"] > 0) & (found["low"] >= limits.low) & (found["high"] <= limits.high)
        mean, low, high = (np.where(fine, found[of], np.nan) for of in ("mean", "low", "high"))
        if point.source in self._standing:
            # What it told last stands; before its first word nothing is known.
            last = np.maximum.accumulate(np.where(fine, np.arange(rows), 0))
            mean, low, high = mean[last], low[last], high[last]
        return mean, low, high

    def _state_of(self, path: str) -> str | None:
        state = self._plant.units[self._plant.point(path).unit_id].with_role(Role.STATE)
        return None if state is None else state.id

    def _steady(self, path: str, columns: dict[str, _Column]) -> NDArray[np.bool_]:
        state = self._state_of(path)
        if state is None:
            return np.ones(len(columns[path][0]), bool)
        _, low, high = columns[state]
        return steadily((low == EXECUTE) & (high == EXECUTE))
