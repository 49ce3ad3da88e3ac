"""From a machine's own past to examples of failing, and the row of what it shows now.

Ten-minute means of the last hour of what is measured on it, before failures that were its own. It
must never let a row see the time that it is asked about, nor two blocks share a failure.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Point, Unit
from twin_core.plant.classes import Role
from twin_core.recent import GRID_US, Recent
from twin_core.simulation.learning.examples import Examples, Feature, Target
from twin_core.simulation.learning.failure_risk import fails_within
from twin_core.simulation.learning.windows import Statistic, window_features
from twin_core.value import SECOND, Instant

STEP_S = 600.0
_ROWS = 6
_STATISTICS: tuple[Statistic, ...] = ("mean", "slope", "spread")
_HORIZONS = 3.0
"""Of a block: the last of them is lost, for it looks into the next."""
_LEAST_BLOCK_S = 6 * 3600.0
Named: TypeAlias = Mapping[str, str]
NO_NAMES: Named = MappingProxyType({})
_MEASURED = (Role.PROCESS, Role.SPEED, Role.LEVEL, Role.FLOW, Role.POTENTIAL, Role.OUTPUT)


def measured(unit: Unit) -> tuple[Point, ...]:
    """What is measured on a machine and may tell of it."""
    return tuple(p for p in unit.points if p.spec.role in _MEASURED and p.spec.type == "float")


def risk_examples(
    unit: Unit,
    horizon_s: float,
    start: Instant,
    value: Mapping[str, NDArray[np.float64]],
    failures: NDArray[np.int64],
) -> Examples:
    """Rows of ten minutes, each with whether a failure begins within the horizon after it.

    Args:
        unit: whose.
        horizon_s: plant seconds.
        start: plant time at which the first row begins.
        value: mean of each row by point id, NaN where it was not heard, float64[T].
        failures: when one began, Instant.

    Raises:
        WrongKind: a horizon that is none.
    """
    features, x = features_of([p for p in measured(unit) if p.id in value], value)
    rows = len(x)
    at = row_ends(start, rows)
    end = int(at[-1]) if rows else start
    y = fails_within(at, failures, end, horizon_s)
    block, into_next = ahead_blocks(at, start, horizon_s)
    target = Target(
        name=f"failure of {unit.name} within {horizon_s / 3600:g} h", unit="1", low=0.0, high=1.0
    )
    whole = Examples(target, features, x, np.where(into_next, np.nan, y), block, at)
    return whole.complete()


def row_ends(start: Instant, rows: int) -> NDArray[np.int64]:
    """When each row of ten minutes ends."""
    return start + (np.arange(rows, dtype=np.int64) + 1) * int(STEP_S * SECOND)


def ahead_blocks(
    at: NDArray[np.int64], start: Instant, horizon_s: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The block of each row, int64[T], and whether what it is asked lies in the next one too."""
    length = int(max(_HORIZONS * horizon_s, _LEAST_BLOCK_S) * SECOND)
    block = ((at - start - 1) // length).astype(np.int64)
    return block, at + int(horizon_s * SECOND) > start + (block + 1) * length


def features_of(
    points: Sequence[Point], value: Mapping[str, NDArray[np.float64]], named: Named = NO_NAMES
) -> tuple[tuple[Feature, ...], NDArray[np.float64]]:
    """Features of the hour that ends with each row, float64[T, D]; NaN where it was not heard.

    Args:
        points: whose.
        value: the mean of each row by point id, float64[T], of all of them at least.
        named: by point id what people call it where its own name says too little.
    """
    rows = len(next(iter(value.values()))) if value else 0
    columns = np.column_stack([value[p.id] for p in points]) if points else np.empty((rows, 0))
    signals = [Feature(name=named.get(p.id, p.spec.name), unit=p.spec.unit) for p in points]
    one = np.zeros(rows, np.int64)
    return window_features(signals, columns, one, _ROWS, (STEP_S / 60, "min"), _STATISTICS)


def row_now(unit: Unit, recent: Recent, index: Mapping[str, int]) -> dict[str, float]:
    """The features as the settled last hour shows them; NaN where it was not heard."""
    return row_of(measured(unit), recent, index)


def row_of(
    points: Sequence[Point], recent: Recent, index: Mapping[str, int], named: Named = NO_NAMES
) -> dict[str, float]:
    """The same of some points."""
    per = int(STEP_S * SECOND) // GRID_US
    n = _ROWS * per
    mean = recent.mean[-n:, [index[p.id] for p in points]].astype(np.float64)
    if len(mean) < n:
        mean = np.concatenate([np.full((n - len(mean), len(points)), np.nan), mean])
    parts = mean.reshape(_ROWS, per, len(points))
    known = np.isfinite(parts)
    count = known.sum(axis=1)
    total = np.where(known, parts, 0.0).sum(axis=1)
    columns = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    value = {p.id: columns[:, i] for i, p in enumerate(points)}
    features, x = features_of(points, value, named)
    return {f.name: float(v) for f, v in zip(features, x[-1], strict=True)}
