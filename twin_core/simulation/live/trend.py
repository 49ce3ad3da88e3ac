"""Where a value stands and whether it is heading somewhere, from its newest buckets.

A slope is that of least squares, with its standard error: the residuals' standard deviation over
the square root of the spread of times (Draper and Smith, *Applied Regression Analysis*, ch. 1).
A trend is believed only if it stands out of the scatter and no step explains the values as well:
what has jumped and stands is heading nowhere. It is not believed to last either: its forecast
levels off as it has begun to, or after a time that nobody knows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.numbers import Column, Numbers
from twin_core.twin import GRID_S

_NOW_ROWS = 3
_TREND_ROWS = 24
_STEADY_ROWS = 30
_SIGNIFICANT = 5.0
_LASTS_S = 600.0
"""Median of the time constant with which a trend levels off; a factor of two either way."""
_SHORTEST_S = 30.0
_BENT = 2.0
"""Standard deviations by which the slope must have fallen to be called levelling off."""
_LEAST = 2
"""Buckets on each side of a step."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A value and its slope per second, with the slope's standard deviation; NaN = not known.

    Attributes:
        lasts_s: median of the time constant with which it levels off, seconds.
    """

    value: float
    slope: float
    slope_sd: float
    lasts_s: float = _LASTS_S

    @staticmethod
    def flat(value: float = 0.0) -> "Trend":
        """No trend."""
        return Trend(value, 0.0, 0.0)

    @property
    def heading(self) -> bool:
        """Whether there is any slope."""
        return self.slope != 0.0

    def future(self, random: Numbers) -> "Future":
        """Ways in which it may go on."""
        slope = self.slope + self.slope_sd * random.normal()
        return Future(slope, self.lasts_s * np.exp2(random.normal()))


@dataclass(frozen=True, slots=True, eq=False)
class Future:
    """Slopes per second that level off exponentially with the time constants `lasts_s`."""

    slope: Column
    lasts_s: Column

    def gained(self, after_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """What they add to the value after so many seconds, float64[R, T]."""
        lasts_s = self.lasts_s[:, None]
        return self.slope[:, None] * lasts_s * -np.expm1(-after_s / lasts_s)


def slope_of(t: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Least-squares slope of `y` over at least two different times `t`."""
    centred = t - t.mean()
    return float((centred * y).sum() / (centred**2).sum())


def trend_of(column: NDArray[np.float64], scatter: float, *, steady: bool = False) -> Trend:
    """The trend at the end of a column of buckets GRID_S apart.

    Args:
        column: float64[T], NaN where nothing was believed.
        scatter: the instrument's noise; smaller slopes than it explains are none.
        steady: the usual value over the last minutes, no slope.
    """
    if steady:
        usual = column[-_STEADY_ROWS:]
        usual = usual[np.isfinite(usual)]
        return Trend.flat(float(np.median(usual)) if len(usual) else float("nan"))
    now = column[-_NOW_ROWS:]
    now = now[np.isfinite(now)]
    if not len(now):
        return Trend.flat(float("nan"))
    value = float(now.mean())
    recent = column[-_TREND_ROWS:]
    known = np.isfinite(recent)
    if known.sum() < _TREND_ROWS // 2:
        return Trend.flat(value)
    t = (np.arange(len(recent), dtype=float)[known] - (len(recent) - 1)) * GRID_S
    y = recent[known]
    slope, variance = _fitted(t, y, scatter)
    deviation = float(np.sqrt(variance))
    if abs(slope) < _SIGNIFICANT * deviation or abs(slope) * _TREND_ROWS * GRID_S < 2.0 * scatter:
        return Trend.flat(value)
    about_line = y - y.mean() - slope * (t - t.mean())
    if jumped(y, float((about_line**2).sum())):
        return Trend.flat(value)
    whole = Trend(float(y.mean() - slope * t.mean()), slope, deviation)
    return _levelling(t, y, scatter, whole)


def jumped(y: NDArray[np.float64], about_line: float) -> bool:
    """Whether a step explains the values as well as a line with that sum of squares about it."""
    left = np.arange(_LEAST, len(y) - _LEAST + 1)
    total = np.cumsum(y)
    sums = total[left - 1]
    rest = total[-1] - sums
    about_step = float((y**2).sum() - (sums**2 / left + rest**2 / (len(y) - left)).max())
    return about_step <= about_line


def _fitted(t: NDArray[np.float64], y: NDArray[np.float64], scatter: float) -> tuple[float, float]:
    """The least-squares slope and its variance, from no less than the instrument's scatter."""
    slope, centred = slope_of(t, y), t - t.mean()
    residual = y - y.mean() - slope * centred
    noise = max(float((residual**2).sum()) / max(1, len(y) - 2), (0.3 * scatter) ** 2, 1e-24)
    return slope, noise / float((centred**2).sum())


def _levelling(
    t: NDArray[np.float64], y: NDArray[np.float64], scatter: float, trend: Trend
) -> Trend:
    """The trend with the slope and the time constant that its two halves tell.

    An exponential's slope falls by exp(-T / tau) over a time T; where it does not fall by more
    than the two slopes' deviation explains, the line holds.
    """
    late = t > t[0] / 2.0
    (first, first_var), (last, last_var) = (_fitted(t[h], y[h], scatter) for h in (~late, late))
    apart = float(t[late].mean() - t[~late].mean())
    if last * first <= 0 or abs(first) - abs(last) < _BENT * np.sqrt(first_var + last_var):
        return trend
    lasts = max(apart / float(np.log(first / last)), _SHORTEST_S)
    if lasts >= trend.lasts_s:
        return trend
    ahead = float(-t[late].mean())
    slope = last * float(np.exp(-ahead / lasts))
    return Trend(float(y[late].mean() + last * ahead), slope, trend.slope_sd, lasts)
