"""How points go together from one row to the next: what is left over when that is foretold.

A vector autoregression of order one, held towards nothing (ridge), and the Mahalanobis distance of
its one-step residual (Hotelling's T² of the innovations; Lütkepohl, New Introduction to Multiple
Time Series Analysis, 2005, ch. 3). It must never see a row that it is judged on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RIDGE = 1.0
"""Penalty on the coefficients of standardised rows, in rows."""
_SHRINK = 0.02
"""Share by which the residuals' correlation is drawn to the identity, so that it has an inverse
(Ledoit and Wolf, 2004, give the idea; the share is fixed)."""


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """Fitted numbers, for P points.

    Attributes:
        spread: standard deviation of each point about its reference, > 0, float64[P].
        step: what a standardised row says of the next, float64[P, P].
        left: standard deviation of the residual, float64[P]; `inverse` of its correlation.
    """

    spread: NDArray[np.float64]
    step: NDArray[np.float64]
    left: NDArray[np.float64]
    inverse: NDArray[np.float64]

    def residual(
        self, before: NDArray[np.float64], now: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What is left over of rows given those before them, in its own spreads, float64[T, P].

        Args:
            before: rows as departures from their reference, float64[T, P]; `now` those after.
            now: as many.
        """
        foretold = (before / self.spread) @ self.step
        found: NDArray[np.float64] = (now / self.spread - foretold) / self.left
        return found

    def distance(
        self, before: NDArray[np.float64], now: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Squared Mahalanobis distance of what is left over, float64[T], ≥ 0."""
        left = self.residual(before, now)
        found: NDArray[np.float64] = np.einsum("ij,jk,ik->i", left, self.inverse, left)
        return found


def relate(stretches: Sequence[NDArray[np.float64]]) -> Relation:
    """The relation that stretches of departures from a reference have shown, each float64[T, P]."""
    before = np.vstack([x[:-1] for x in stretches])
    now = np.vstack([x[1:] for x in stretches])
    spread = _positive(np.sqrt(np.mean(now**2, axis=0)))
    x, y = before / spread, now / spread
    points = x.shape[1]
    step = np.linalg.solve(x.T @ x + _RIDGE * len(x) * np.eye(points), x.T @ y)
    left = y - x @ step
    scale = _positive(left.std(axis=0))
    z = left / scale
    mixed = (1.0 - _SHRINK) * (z.T @ z) / max(1, len(z)) + _SHRINK * np.eye(points)
    inverse: NDArray[np.float64] = np.linalg.inv(mixed).astype(np.float64)
    return Relation(spread, step.astype(np.float64), scale, inverse)


def _positive(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where nothing moved, one: what does not move weighs nothing until it does."""
    return np.where(x > 0.0, x, 1.0)
