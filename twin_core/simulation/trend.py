"""Where a value stands and whether it is heading somewhere, from its newest buckets.

A slope is that of least squares, with its standard error: the residuals' standard deviation over
the square root of the spread of times (Draper and Smith, *Applied Regression Analysis*, ch. 1).
A trend is believed only if it stands out of the scatter, and it is not believed to last: its
forecast levels off after a time that nobody knows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.twin import GRID_S

_NOW_ROWS = 3
_TREND_ROWS = 24
_STEADY_ROWS = 30
_SIGNIFICANT = 5.0
_LASTS_S = 600.0
"""Median of the time constant with which a trend levels off; a factor of two either way."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A value and its slope per second, with the slope's standard deviation; NaN = not known."""

    value: float
    slope: float
    slope_sd: float

    @staticmethod
    def flat(value: float = 0.0) -> "Trend":
        """No trend."""
        return Trend(value, 0.0, 0.0)

    @property
    def heading(self) -> bool:
        """Whether there is any slope."""
        return self.slope != 0.0

    def future(self, random: np.random.Generator) -> "Future":
        """One way in which it may go on."""
        slope = self.slope + self.slope_sd * float(random.standard_normal())
        return Future(slope, _LASTS_S * float(np.exp(np.log(2.0) * random.standard_normal())))


@dataclass(frozen=True, slots=True)
class Future:
    """A slope per second that levels off exponentially with the time constant `lasts_s`."""

    slope: float
    lasts_s: float

    def gained(self, after_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """What it adds to the value after so many seconds."""
        return self.slope * self.lasts_s * (1.0 - np.exp(-after_s / self.lasts_s))


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
    centred = t - t.mean()
    spread = float((centred**2).sum())
    slope = slope_of(t, y)
    residual = y - y.mean() - slope * centred
    noise = max(float(np.sqrt((residual**2).sum() / max(1, len(y) - 2))), 0.3 * scatter, 1e-12)
    deviation = noise / np.sqrt(spread)
    if abs(slope) < _SIGNIFICANT * deviation or abs(slope) * _TREND_ROWS * GRID_S < 2.0 * scatter:
        return Trend.flat(value)
    return Trend(float(y.mean() - slope * t.mean()), slope, float(deviation))
