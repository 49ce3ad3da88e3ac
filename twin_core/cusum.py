"""A lasting shift of a mean, told from noise: two-sided CUSUM, and the EWMA that says how large.

The CUSUM decides (Page, Biometrika 41, 1954); the EWMA (Roberts, Technometrics 1, 1959) estimates
the shift at present. Both work on columns, one entry a statistic. It must never know what the
numbers are.
"""

import math

import numpy as np
from numpy.typing import NDArray

SLACK = 0.5
"""Reference value k, in scales: shifts below it never add up; best against shifts of 2 k."""
ARL0_ROWS = 100 * 365.25 * 86_400 / 10
"""Rows (of ten seconds) between two false alarms of one healthy statistic: a hundred years."""
LAMBDA = 0.1
"""Weight of the newest row in the EWMA: it forgets in about ten rows."""
_ENOUGH = 2.0
"""A sum stops growing at so many intervals, so that a mended sensor is soon believed again."""


def run_length(k: float, h: float) -> float:
    """Mean rows to a false alarm of a two-sided CUSUM on independent N(0, 1) rows.

    One side: (exp(2 k b) − 2 k b − 1) / (2 k²) with b = h + 1.166 (Siegmund, Sequential Analysis,
    1985, section X.2; Montgomery, Statistical Quality Control, 7th ed., eq. 9.6). Two sides: half.

    Args:
        k: reference value, in standard deviations, > 0.
        h: decision interval, in standard deviations, ≥ 0.
    """
    b = 2.0 * k * (h + 1.166)
    return (math.exp(b) - b - 1.0) / (4.0 * k * k)


def interval(k: float, rows: float) -> float:
    """The decision interval h at which `run_length(k, h)` is `rows` (at least those of h = 0)."""
    low, high = 0.0, 1.0
    while run_length(k, high) < rows:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if run_length(k, middle) < rows else (low, middle)
    return high


LIMIT = interval(SLACK, ARL0_ROWS)
"""Decision interval h, in scales."""


class Shifts:
    """One two-sided CUSUM and one EWMA for each of `n` residuals.

    Attributes:
        mean: EWMA of the residuals, in their own units, float64[n].

    Args:
        begin: time from which on they are watched.
    """

    def __init__(self, n: int, begin: int) -> None:
        self.mean = np.zeros(n)
        self._up, self._down = np.zeros(n), np.zeros(n)
        self._up_since, self._down_since = np.full((2, n), begin, np.int64)

    def take(
        self,
        at: NDArray[np.int64],
        end: int,
        residual: NDArray[np.float64],
        scale: NDArray[np.float64],
        sums: NDArray[np.bool_],
    ) -> None:
        """A row.

        Args:
            at: which residuals have a value in this row.
            end: time of the row.
            residual: of those.
            scale: of those, the standard deviation of a healthy residual.
            sums: of those, which may decide: the others only move their mean.
        """
        self.mean[at] += LAMBDA * (residual - self.mean[at])
        z = residual[sums] / scale[sums]
        at = at[sums]
        most = _ENOUGH * LIMIT
        self._up[at] = np.clip(self._up[at] + z - SLACK, 0.0, most)
        self._down[at] = np.clip(self._down[at] - z - SLACK, 0.0, most)
        self._up_since[at[self._up[at] == 0]] = end
        self._down_since[at[self._down[at] == 0]] = end

    def since(self, i: int) -> int:
        """When the larger sum of one of them was last zero: the likeliest onset (Page, 1954)."""
        side = self._up_since if self._up[i] >= self._down[i] else self._down_since
        return int(side[i])

    @property
    def height(self) -> NDArray[np.float64]:
        """The larger of both sums, in scales; past LIMIT it is an alarm."""
        return np.maximum(self._up, self._down)

    def forget(self, at: NDArray[np.int64], end: int) -> None:
        """Begin these again."""
        self.mean[at], self._up[at], self._down[at] = 0.0, 0.0, 0.0
        self._up_since[at] = self._down_since[at] = end
