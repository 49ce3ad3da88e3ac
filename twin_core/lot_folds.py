"""What the readings of a lot come to: settings and their changes, tolerances, counts.

Each fold takes believed readings of one point in order of plant time and keeps none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import gained
from twin_core.plant.assets import Point
from twin_core.value import SECOND, Instant, Path, Value

_MOST = 100
"""Changes and spans that are listed of one point; all are counted."""
_NEAR_US = 180 * SECOND
"""How far our write and the first reading of its value may lie apart."""


class Written(Value):
    """A write of ours that was approved and sent: what, when (plant time), under whose names."""

    point: Path
    value: float
    at: Instant
    proposal: str
    approved_by: tuple[str, ...]


class SettingChange(Value):
    """A setting was read as another than before; `by` is empty if no write of ours explains it."""

    at: Instant
    before: float
    after: float
    by: str = ""


class Setting(Value):
    """A setting while the lot was made; `recipe` is what the product asks for, if it does."""

    point: Path
    unit: str
    recipe: float | None
    first: float | None
    last: float | None
    changes: tuple[SettingChange, ...]
    changed: int


class Outside(Value):
    """A span in which every reading lay outside the tolerance; `worst` the farthest of them."""

    start: Instant
    end: Instant
    worst: float


class Toleranced(Value):
    """Readings of a point against the product's tolerance, in `unit`.

    Attributes:
        count: believed readings; None for mean and extremes without any.
        outside_s: plant seconds outside, from the first reading outside to the first inside.
        spans: the first hundred of them.
        not_believed_s: plant seconds in quarantine meanwhile.
    """

    point: Path
    unit: str
    low: float
    high: float
    count: int
    least: float | None
    mean: float | None
    most: float | None
    outside_s: float
    spans: tuple[Outside, ...]
    not_believed_s: float


@dataclass(slots=True)
class Steps:
    """Folds readings of a setting into its changes."""

    first: float | None = None
    last: float | None = None
    changed: int = 0
    changes: list[tuple[Instant, float, float]] = field(default_factory=list)

    def add(self, time: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        """Take more readings."""
        if not len(value):
            return
        before = np.r_[value[0] if self.last is None else self.last, value[:-1]]
        if self.first is None:
            self.first = float(value[0])
        for i in np.flatnonzero(value != before).tolist():
            self.changed += 1
            if len(self.changes) < _MOST:
                self.changes.append((int(time[i]), float(before[i]), float(value[i])))
        self.last = float(value[-1])

    def told(self, point: Point, recipe: float | None, written: Sequence[Written]) -> Setting:
        """The setting, with the write that explains each change."""
        mine = [w for w in written if w.point == point.id]
        slack = max(point.spec.resolution, 1e-6 * abs(point.spec.limits.high))
        changes = []
        for at, before, after in self.changes:
            near = [
                w
                for w in mine
                if -_NEAR_US <= w.at - at <= _NEAR_US and abs(w.value - after) <= slack
            ]
            by = ""
            if near:
                one = min(near, key=lambda w: abs(w.at - at))
                by = f"{one.proposal}, approved by {', '.join(one.approved_by) or 'nobody known'}"
            changes.append(SettingChange(at=at, before=before, after=after, by=by))
        return Setting(
            point=point.id, unit=point.spec.unit, recipe=recipe, first=self.first, last=self.last,
            changes=tuple(changes), changed=self.changed,
        )  # fmt: skip


@dataclass(slots=True)
class Check:
    """Folds readings into mean, extremes and spans outside `low ≤ x ≤ high`."""

    low: float
    high: float
    count: int = 0
    total: float = 0.0
    least: float = np.inf
    most: float = -np.inf
    outside_us: int = 0
    since: Instant | None = None
    worst: float = 0.0
    spans: list[Outside] = field(default_factory=list)

    def add(self, time: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        """Take more readings."""
        if not len(value):
            return
        self.count += len(value)
        self.total += float(value.sum())
        self.least = min(self.least, float(value.min()))
        self.most = max(self.most, float(value.max()))
        beyond = np.maximum(self.low - value, value - self.high)
        out = beyond > 0
        cuts = np.flatnonzero(np.r_[True, out[1:] != out[:-1]])
        for start, end in zip(cuts.tolist(), [*cuts[1:].tolist(), len(value)], strict=True):
            if not out[start]:
                self._end(int(time[start]))
                continue
            farthest = float(value[start + int(np.argmax(beyond[start:end]))])
            if self.since is None:
                self.since, self.worst = int(time[start]), farthest
            elif self._beyond(farthest) > self._beyond(self.worst):
                self.worst = farthest

    def _beyond(self, value: float) -> float:
        return max(self.low - value, value - self.high)

    def _end(self, at: Instant) -> None:
        if self.since is not None:
            self.outside_us += at - self.since
            if len(self.spans) < _MOST:
                self.spans.append(Outside(start=self.since, end=at, worst=self.worst))
            self.since = None

    def told(self, point: Point, not_believed_s: float, end: Instant) -> Toleranced:
        """What was read, until the end of the lot."""
        self._end(end)
        seen = self.count > 0
        return Toleranced(
            point=point.id, unit=point.spec.unit, low=self.low, high=self.high, count=self.count,
            least=self.least if seen else None, mean=self.total / self.count if seen else None,
            most=self.most if seen else None, outside_s=self.outside_us / SECOND,
            spans=tuple(self.spans), not_believed_s=not_believed_s,
        )  # fmt: skip


@dataclass(slots=True)
class Count:
    """Folds a counter into what it counted (see `gained`, which has `end` and `cap`)."""

    end: float = np.inf
    cap: float = np.inf
    made: float = 0.0
    last: tuple[Instant, float] | None = None

    def add(self, time: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        """Take more readings."""
        if not len(value):
            return
        since, last = self.last or (int(time[0]), float(value[0]))
        before, at = np.r_[last, value[:-1]], np.r_[since, time[:-1]]
        self.made += float(gained(before, at, value, time, self.end, self.cap).sum())
        self.last = int(time[-1]), float(value[-1])
