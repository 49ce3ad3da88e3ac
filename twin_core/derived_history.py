"""What a derived point was: worked out from the history of its inputs whenever it is asked for.

There is nothing stored that could differ from them: late readings, an expression that was changed
or a renamed input need no second table. Like every chart it shows what came, believed or not.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.derived import Derived
from twin_core.plant.assets import Plant
from twin_core.ports import Historian
from twin_core.recent import GRID_US
from twin_core.value import SECOND, Instant

_MOST = 6000
"""Moments at which a derived point is worked out for one chart."""


async def buckets(
    plant: Plant, historian: Historian, path: str, start: Instant, end: Instant, n: int
) -> dict[str, NDArray[np.float64]]:
    """`n` equal buckets of any point: time (s), mean, low, high, count; empty ones NaN, 0.

    A derived point is worked out every ten seconds of plant time (for long spans as often as
    makes 6,000 times) from the means of its inputs; an input that is read less often counts on for
    as long as it is not missed (five of its periods, at least 15 s). Extremes and count are those
    of the values worked out.

    Raises:
        UnknownName: no such point.
        StoreDown: the history cannot be read.
    """
    index = plant.index[plant.point(path).id]
    if index < len(plant.read):
        return await historian.buckets(index, start, end, n)
    steps = max(1, min((end - start) // (GRID_US * n), _MOST // n))
    step_s = (end - start) / SECOND / (n * steps)
    columns = []
    for point in plant.rests_on(path):
        found = await historian.buckets(plant.index[point.id], start, end, n * steps)
        columns.append(_held(found["mean"], int(max(5 * point.spec.period_s, 15) / step_s)))
    made = Derived.one(plant, path).values(np.column_stack(columns))[:, -1].reshape(n, steps)
    count = np.isfinite(made).sum(axis=1)
    seen = count > 0
    kept = made[seen]
    out = {name: np.full(n, np.nan) for name in ("mean", "low", "high")}
    if len(kept):
        out["mean"][seen] = np.nanmean(kept, axis=1)
        out["low"][seen], out["high"][seen] = np.nanmin(kept, axis=1), np.nanmax(kept, axis=1)
    out["time"] = (start + (end - start) / n * (np.arange(n) + 0.5)) / SECOND
    out["count"] = count.astype(np.float64)
    return out


def _held(column: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """With gaps of at most so many steps filled by what stood before."""
    at = np.arange(len(column))
    last = np.maximum.accumulate(np.where(np.isfinite(column), at, -1))
    near = (last >= 0) & (at - last <= steps)
    return np.where(near, column[np.maximum(last, 0)], np.nan)
