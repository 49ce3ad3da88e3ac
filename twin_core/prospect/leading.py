"""The readings that lead a failure, their limits, and where they are heading.

A reading leads where its class gives an alarm limit, or says from where on it bends what the
machine does. Only what was read while its asset ran counts. It must never name a cause.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.prospect.reaching import Line, line_of
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

BUCKETS = 288
"""Of a day, five minutes each: what is asked of the history."""
BACK_S = 86_400.0
_RUNS = 0.5
"""How far a bucket's mean state may be from Execute."""
_NEW = 3
"""Newest buckets that are held against those before."""
_USUAL = 12
_BENDS = {"speed", "stops", "rejects", "capacity"}

_TOGETHER = 12
"""Rows of the settled last hour that are one bucket, two minutes."""

Side = Literal["above", "below"]


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """A point's past: `hours` before now (ascending, up to 0) and means, NaN where none is."""

    hours: NDArray[np.float64]
    value: NDArray[np.float64]

    @staticmethod
    def of(end_s: NDArray[np.float64], mean: NDArray[np.float64], now: Instant) -> "Trail":
        """Of buckets, by the seconds since 1970 at which they end."""
        return Trail((end_s - now / SECOND) / 3600.0, mean)


def of_recent(snapshot: Snapshot, path: str) -> Trail:
    """The settled last hour of a point as a trail."""
    recent = snapshot.recent
    n = len(recent.time) // _TOGETHER
    rows = slice(len(recent.time) - n * _TOGETHER, None)
    value = recent.mean[rows, snapshot.plant.index[path]].astype(np.float64)
    ends = recent.time[rows].astype(np.float64).reshape(n, _TOGETHER)[:, -1] / SECOND
    return Trail.of(ends, value.reshape(n, _TOGETHER).mean(axis=1), snapshot.watermark)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a reading should not pass, and who says so: an alarm, or an effect that begins."""

    value: float
    side: Side
    by: Literal["alarm", "effect"]


@dataclass(frozen=True, slots=True)
class Leading:
    """A reading and its limits, as it stands.

    Attributes:
        now: mean of the newest while its asset ran; None where it was not heard.
        usual: median of those before, with the scatter about it.
        line: where it is heading; None = nowhere.
    """

    point: Point
    limits: tuple[Limit, ...]
    now: float | None
    usual: float | None
    scatter: float
    line: Line | None

    @property
    def away(self) -> float | None:
        """How far it is from usual, in standard deviations; None where it is not known."""
        if self.now is None or self.usual is None:
            return None
        return (self.now - self.usual) / self.scatter


def leads(plant: Plant, unit: Unit) -> dict[str, tuple[Limit, ...]]:
    """Point path → its limits, of the measurements of a unit that have some."""
    found = {}
    bends = {e.by: e for e in plant.class_of(unit.id).effects if e.on in _BENDS}
    for point in unit.points:
        spec = point.spec
        if spec.type != "float" or spec.role not in {Role.PROCESS, Role.POTENTIAL}:
            continue
        limits = []
        if spec.alarm_high is not None:
            limits.append(Limit(spec.alarm_high, "above", "alarm"))
        if spec.alarm_low is not None:
            limits.append(Limit(spec.alarm_low, "below", "alarm"))
        effect = bends.get(spec.id)
        if not limits and effect is not None:
            side: Side = "above" if effect.none > effect.full else "below"
            limits.append(Limit(effect.full, side, "effect"))
        if limits:
            found[point.id] = tuple(limits)
    return found


def wanted(plant: Plant, units: Iterable[Unit]) -> list[str]:
    """The points whose past tells of some units: what leads, and whether they ran."""
    found = []
    for unit in units:
        led = leads(plant, unit)
        state = unit.with_role(Role.STATE)
        found += [*led, *([state.id] if led and state is not None else [])]
    return found


def leading(plant: Plant, unit: Unit, trails: Mapping[str, Trail]) -> list[Leading]:
    """The leading readings of a unit, in the order of its points."""
    state = unit.with_role(Role.STATE)
    ran = trails.get(state.id) if state is not None else None
    found = []
    for path, limits in leads(plant, unit).items():
        point, trail = plant.point(path), trails.get(path)
        if trail is None:
            found.append(Leading(point, limits, None, None, 1.0, None))
            continue
        value = trail.value
        if ran is not None:
            value = np.where(np.abs(ran.value - EXECUTE) <= _RUNS, value, np.nan)
        known = value[np.isfinite(value)]
        now = float(known[-_NEW:].mean()) if len(known) >= _NEW else None
        before = known[:-_NEW]
        usual, scatter = None, point.spec.noise or 1.0
        if len(before) >= _USUAL:
            usual = float(np.median(before))
            spread = 1.4826 * float(np.median(np.abs(before - usual)))
            scatter = max(spread, point.spec.noise, point.spec.resolution, 1e-9)
        line = line_of(trail.hours, value, point.spec.noise)
        found.append(Leading(point, limits, now, usual, scatter, line))
    return found
