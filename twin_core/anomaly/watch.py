"""Rows held against a baseline as they come: how anomalous, in which point, and since when.

The reference follows what is well and stands still while something is not, so that a slow change
of the surroundings is no anomaly and a lasting one stays one. It must never look ahead.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.anomaly.baseline import Baseline

_BACK = 0.9
"""Times the limit at which an anomaly ends: the deadband of ISA-18.2."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One row, judged.

    Attributes:
        score: 1 = at the limit of the promised share of false alarms; the larger of `level` and
            `relation`, both in limits.
        anomalous: beyond it, or not yet back below the deadband.
        point: index of the point that departs most.
        departure: of it, in its spreads, with sign.
    """

    score: float
    level: float
    relation: float
    anomalous: bool
    point: int
    departure: float


class Watch:
    """An asset that is watched.

    Args:
        baseline: what it is like when it is well.
        reference: where its points are now, float64[P] (`Baseline.reference` of healthy rows).
    """

    def __init__(self, baseline: Baseline, reference: NDArray[np.float64]) -> None:
        self._baseline = baseline
        self._reference = reference.copy()
        self._last: list[NDArray[np.float64]] = []
        self._before: NDArray[np.float64] | None = None
        self._anomalous = False

    def see(self, row: NDArray[np.float64]) -> Seen:
        """The next row, float64[P]; NaN = not measured, which stands for the reference."""
        base = self._baseline
        full = np.where(np.isfinite(row), row, self._reference)
        self._last = [*self._last[-base.window + 1 :], full] if base.window > 1 else [full]
        away = (np.mean(self._last, axis=0) - self._reference) / base.spread
        stray = full - self._reference
        level = float(np.abs(away).max()) / base.limits[0]
        relation, left = 0.0, None
        if self._before is not None:
            pair = self._before[None], stray[None]
            relation = float(base.relation.distance(*pair)[0]) / base.limits[1]
            left = base.relation.residual(*pair)[0]
        self._before = stray
        score = max(level, relation)
        self._anomalous = score > (_BACK if self._anomalous else 1.0)
        if not self._anomalous:
            self._reference = self._reference + stray / base.memory
        shown = left if left is not None and relation > level else away
        point = int(np.argmax(np.abs(shown)))
        return Seen(score, level, relation, self._anomalous, point, float(shown[point]))


def watched(
    baseline: Baseline, reference: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[Seen, ...]:
    """Rows in the order of time, float64[T, P], each judged as it came."""
    watch = Watch(baseline, reference)
    return tuple(watch.see(row) for row in rows)
