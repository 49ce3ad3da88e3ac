"""When a reading that moves will reach its limit, if it goes on as it does: a line, and how surely.

Least squares over the newest stretch that shows it best, the scatter of neighbours counted as
alike; prediction of the mean as in Draper and Smith, *Applied Regression Analysis*, 3rd ed., 1998,
section 1.4. A jump is no trend, nor is what the instrument's scatter explains. It must never say
that something fails: a limit is a limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.live.trend import jumped

_SPANS = (1.0, 1 / 3, 1 / 8)
"""Shares of what is remembered over which a line is tried: wear may have begun lately."""
_FEWEST = 12
_SIGNIFICANT = 5.0
"""Standard errors of a slope; many readings and several spans are looked at."""
_ALIKE = 0.95
FURTHEST_H = 30 * 24.0
"""Nothing is told of later."""
_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Line:
    """A line through the newest values.

    Attributes:
        now: of the line at the last moment; `slope` per hour, with its standard error.
        over_h: hours that it goes back.
        middle_h, n: of the moments it was fitted to, hours before the last (negative), and how
            many count as independent.
        scatter: standard deviation about it.
    """

    now: float
    slope: float
    slope_sd: float
    over_h: float
    middle_h: float
    n: float
    scatter: float

    def at(self, hours: float) -> tuple[float, float]:
        """The mean so many hours on, and its standard error."""
        level = self.scatter / sqrt(self.n)
        return (
            self.now + self.slope * hours,
            sqrt(level**2 + (self.slope_sd * (hours - self.middle_h)) ** 2),
        )

    def passed_by(self, hours: float, limit: float, *, above: bool) -> float:
        """The probability that the mean lies beyond a limit so many hours on."""
        from scipy.special import ndtr

        mean, sd = self.at(hours)
        away = (mean - limit) if above else (limit - mean)
        return float(ndtr(away / sd)) if sd > 0 else float(away > 0)

    def hours_to(self, limit: float, *, above: bool) -> tuple[float, float, float]:
        """Hours until it is passed with 5, 50 and 95 % probability; inf beyond thirty days."""
        grid = np.geomspace(0.01, FURTHEST_H, 400)
        chance = np.array([self.passed_by(float(h), limit, above=above) for h in grid])
        chance = np.maximum.accumulate(chance)
        found = [
            float(grid[int(np.argmax(chance >= q))]) if chance[-1] >= q else inf for q in _QUANTILES
        ]
        return found[0], found[1], found[2]


def line_of(hours: NDArray[np.float64], value: NDArray[np.float64], scatter: float) -> Line | None:
    """The line that shows best where values are heading; None where they head nowhere.

    Args:
        hours: ascending up to 0, float64[N].
        value: NaN where none counts, float64[N].
        scatter: the instrument's noise; a mean of a moment is not believed to be surer than a
            third of it.
    """
    known = np.isfinite(value)
    t, y = hours[known], value[known]
    lines = [line for line in _lines(t, y, scatter) if _heading(line)]
    return max(lines, key=lambda one: abs(one.slope) / one.slope_sd, default=None)


def _heading(line: Line) -> bool:
    return abs(line.slope) >= _SIGNIFICANT * line.slope_sd


def _lines(t: NDArray[np.float64], y: NDArray[np.float64], scatter: float) -> Iterator[Line]:
    if not len(t):
        return
    for share in _SPANS:
        new = t >= share * t[0]
        if new.sum() < _FEWEST:
            return
        line = _fitted(t[new], y[new], scatter)
        if line is not None:
            yield line


def _fitted(t: NDArray[np.float64], y: NDArray[np.float64], scatter: float) -> Line | None:
    """Least squares; None where a step explains the values as well."""
    centred = t - t.mean()
    square = float((centred**2).sum())
    slope = float((centred * y).sum()) / square
    residual = y - y.mean() - slope * centred
    about = float((residual**2).sum())
    if jumped(y, about):
        return None
    r = float(residual[:-1] @ residual[1:]) / about if about > 0 else 0.0
    # of few values it comes out too small (Marriott and Pope, *Biometrika* 41, 1954)
    r = min(max(r + (1 + 4 * r) / len(y), 0.0), _ALIKE)
    variance = max(about / (len(y) - 2), (scatter / 3) ** 2, 1e-24)
    n = len(y) * (1 - r) / (1 + r)
    return Line(
        now=float(y.mean() - slope * t.mean()),
        slope=slope,
        slope_sd=sqrt(variance / square * (1 + r) / (1 - r)),
        over_h=float(-t[0]),
        middle_h=float(t.mean()),
        n=max(n, 1.0),
        scatter=sqrt(variance),
    )


def finite(hours: float) -> float | None:
    """Hours, or None where it is never."""
    return hours if isfinite(hours) else None
