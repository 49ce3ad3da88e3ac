"""How much of its commanded speed a machine reaches when nothing holds it up.

Seen while it executes and is neither starved nor blocked. It must never take a machine that
waits for its neighbours for a slow one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.live.seen import Seen
from twin_core.simulation.live.trend import Trend, trend_of
from twin_core.twin import GRID_S

_NOW_ROWS = 18
_LONG_ROWS = 36
_NEWEST_ROWS = 6
_BENT_ROWS = 3
_UNSTEADY = 0.03
_MOST_BENT = 0.2
_FRESH_S = 3 * GRID_S
_FEWEST = 3
_NEAR = 0.94
_SURELY = 0.012
"""What is never known better: relative standard deviation of a measured speed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Speed reached over the speed asked for (`Seen.asked`), a share without unit.

    Attributes:
        now: at the start; `sd` its standard deviation over the horizon.
        best: what it usually reached in the last hour (upper quartile).
        trend: relative change of `now` per second, if there is one.
        known: false if the machine was never seen running free.
    """

    now: float
    sd: float
    best: float
    trend: Trend
    known: bool = True


def reach_of(
    seen: Seen,
    held: NDArray[np.bool_],
    free: NDArray[np.bool_],
    slowed: NDArray[np.float64],
    *,
    usual: bool,
) -> Reach:
    """The reach at the end of the rows.

    Args:
        seen: the machine.
        held: rows in which its neighbours may hold it up, or a stop is planned.
        free: rows in which they surely do not: only there its counter may correct its speed.
        slowed: factor of the nameplate's effects on its speed, by row (see `bending`): a trend
            that they explain is none of its own.
        usual: the median of the last minutes, no trend.

    Returns:
        Not `known` where it never ran free; `now` is then what it reached at least.
    """
    rows = len(seen.rows)
    if rows < 2:
        return Reach(0.0, 0.0, 0.0, Trend.flat(), known=False)
    running = seen.executing & ~seen.waiting & ~seen.standing
    # the bucket after a stop is spent getting up to speed
    running[1:] &= seen.executing[:-1]
    share = np.where(running & (seen.speed > 0), seen.speed / seen.asked, np.nan)
    share *= _counted_over_shown(seen, running & free)
    most = float(np.nanquantile(share, 0.9)) if np.isfinite(share).any() else 0.0
    share[held & ~seen.fed_less] = np.nan
    found = np.flatnonzero(np.isfinite(share))
    if len(found) < _FEWEST:
        return Reach(most, 0.0, most, Trend.flat(), known=False)
    best = float(np.quantile(share[found], 0.75))
    # the last buckets may lie back: what has bent it since is known, what else happened is not
    bends = np.maximum(slowed, _MOST_BENT)
    if _unmoved(share[found], bends[found]):
        bends = np.ones(rows)
    own = share / bends
    ends = float(np.mean(bends[-_BENT_ROWS:]))
    if usual:
        return Reach(float(np.median(own[found[-_LONG_ROWS:]])) * ends, _SURELY, best, Trend.flat())
    age = (rows - 1 - int(found[-1])) * GRID_S
    stale = 0.03 * min(1.0, age / 600.0)
    trend = trend_of(own, 0.01 * best) if age <= _FRESH_S else Trend.flat()
    if trend.heading:
        slope = Trend(0.0, trend.slope * ends, trend.slope_sd * ends)
        return Reach(max(0.0, trend.value) * ends, max(_SURELY, stale), best, slope)
    value, spread = _level(own[found])
    return Reach(
        value * ends, float(np.hypot(_SURELY, np.hypot(spread, stale))), best, Trend.flat()
    )


def _unmoved(share: NDArray[np.float64], bends: NDArray[np.float64]) -> bool:
    """Whether the machine runs on as if what should bend it were not so (an instrument's error)."""
    newest, bent = share[-_LONG_ROWS:], bends[-_LONG_ROWS:]
    if float(np.ptp(bent)) < 0.02:
        return False
    return float(newest.std()) < 0.5 * float((newest / bent).std())


def _level(own: NDArray[np.float64]) -> tuple[float, float]:
    """Where a share without trend stands, and how surely: longer means where it is steady."""
    newest, now, long = own[-_NEWEST_ROWS:], own[-_NOW_ROWS:], own[-_LONG_ROWS:]
    scatter = float(long.std())
    if scatter <= _UNSTEADY * max(float(long.mean()), 1e-9):
        return float(now.mean()), 0.25 * scatter
    # it wanders or has just changed: anywhere from where it is to where it was on average
    short, far = float(newest.mean()), float(long.mean())
    return 0.5 * (short + far), abs(short - far) / 12**0.5 + 0.25 * scatter


def _counted_over_shown(seen: Seen, free: NDArray[np.bool_]) -> float:
    """What the counter says over what the speed says, while running free (1 if not known)."""
    both = free & np.isfinite(seen.made) & np.isfinite(seen.speed) & (seen.speed > 0)
    thrown = np.where(np.isfinite(seen.rejected), seen.rejected, 0.0)
    shown = float((seen.speed[both] * GRID_S).sum())
    counted = float((seen.made[both] + thrown[both]).sum())
    if shown <= 0 or counted < 30:
        return 1.0
    ratio = counted / shown
    # more than this is no error of a speed: something holds it up
    return ratio if _NEAR < ratio < 1.0 / _NEAR else 1.0
