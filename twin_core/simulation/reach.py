"""How much of its commanded speed a machine reaches when nothing holds it up.

Seen while it executes and is neither starved nor blocked. It must never take a machine that
waits for its neighbours for a slow one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.seen import Seen
from twin_core.simulation.trend import Trend, trend_of
from twin_core.twin import GRID_S

_NOW_ROWS = 18
_LONG_ROWS = 36
_FEWEST = 3
_FED_ROWS = 6
_FED = 0.975
_SURELY = 0.005
"""What is never known better: relative standard deviation of a measured speed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Speed reached over commanded speed.

    Attributes:
        now: at the start; `sd` its standard deviation over the horizon.
        best: what it usually reached in the last hour.
        trend: relative change of `now` per second, if there is one.
        known: false if the machine was never seen running free.
    """

    now: float
    sd: float
    best: float
    trend: Trend
    known: bool = True


def reach_of(seen: Seen, held: NDArray[np.bool_], free: NDArray[np.bool_], *, usual: bool) -> Reach:
    """The reach at the end of the rows.

    Args:
        seen: the machine.
        held: rows in which its neighbours may hold it up, or a stop is planned.
        free: rows in which they surely do not: only there its counter may correct its speed.
        usual: the median of the last minutes, no trend.

    Returns:
        Not `known` where it never ran free; `now` is then what it reached at least.
    """
    rows = len(seen.rows)
    if rows < 2:
        return Reach(0.0, 0.0, 0.0, Trend.flat(), known=False)
    commanded = np.where(np.isfinite(seen.setpoint) & (seen.setpoint > 0), seen.setpoint, np.nan)
    if not np.isfinite(commanded).any():
        commanded = np.ones(rows)
    running = seen.executing & ~seen.waiting & ~seen.standing
    # the bucket after a stop is spent getting up to speed
    running[1:] &= seen.executing[:-1]
    with np.errstate(invalid="ignore"):
        share = np.where(running & (seen.speed > 0), seen.speed / commanded, np.nan)
    share *= _counted_over_shown(seen, running & free)
    most = float(np.nanquantile(share, 0.9)) if np.isfinite(share).any() else 0.0
    share[held & ~_idles(seen, running)] = np.nan
    found = np.flatnonzero(np.isfinite(share))
    if len(found) < _FEWEST:
        return Reach(most, 0.0, most, Trend.flat(), known=False)
    best = float(np.quantile(share[found], 0.75))
    if usual:
        newest = share[found[-_LONG_ROWS:]]
        return Reach(float(np.median(newest)), _SURELY, best, Trend.flat())
    long = share[found[-_LONG_ROWS:]]
    now = share[found[-_NOW_ROWS:]]
    # how long ago it was seen free: what has happened since is not known
    age = (rows - 1 - int(found[-1])) * GRID_S
    stale = 0.03 * min(1.0, age / 600.0)
    column = np.where(np.isfinite(share), share, np.nan)
    trend = trend_of(column, 0.01 * best) if age <= 3 * GRID_S else Trend.flat()
    if trend.heading:
        value = max(0.0, trend.value)
        return Reach(value, max(_SURELY, stale), best, Trend(0.0, trend.slope, trend.slope_sd))
    value = float(now.mean())
    unsteady = float(long.std()) if len(long) > _FEWEST else 0.0
    # a speed that wanders from bucket to bucket keeps wandering; its mean is less sure
    wander = unsteady * 0.5 if unsteady > 0.03 * best else unsteady * 0.25
    if unsteady > 0.03 * best:
        value = 0.5 * (value + float(long.mean()))
    return Reach(value, float(np.hypot(_SURELY, np.hypot(wander, stale))), best, Trend.flat())


def _idles(seen: Seen, running: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows in which less is counted than the speed shows: it turns faster than it is fed."""
    shown = np.where(running & np.isfinite(seen.made), seen.speed * GRID_S, 0.0)
    counted = np.where(running & np.isfinite(seen.made), seen.made, 0.0)
    thrown = np.where(running & np.isfinite(seen.rejected), seen.rejected, 0.0)
    window = np.ones(_FED_ROWS)
    shown = np.convolve(np.nan_to_num(shown), window)[: len(shown)]
    fed = np.convolve(counted + thrown, window)[: len(shown)]
    return np.asarray((shown > 0) & (fed < _FED * shown))


def _counted_over_shown(seen: Seen, free: NDArray[np.bool_]) -> float:
    """What the counter says over what the speed says, while running free (1 if not known)."""
    both = free & np.isfinite(seen.made) & np.isfinite(seen.speed) & (seen.speed > 0)
    thrown = np.where(np.isfinite(seen.rejected), seen.rejected, 0.0)
    shown = float((seen.speed[both] * GRID_S).sum())
    counted = float((seen.made[both] + thrown[both]).sum())
    if shown <= 0 or counted < 30:
        return 1.0
    ratio = counted / shown
    return ratio if 0.8 < ratio < 1.25 else 1.0
