"""How steep a straight line is that readings lie about, and how surely.

Readings are noisy on both axes and not independent in time: the noise of x, which is known, is
taken out of its moment (Fuller, *Measurement Error Models*, ch. 1), and the interval is that of a
jackknife that leaves out contiguous blocks (Kuensch, *Annals of Statistics* 17, 1989). It must
never know what the axes are.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.calibrating.estimated import Estimated

_BLOCKS = 20
_FEWEST = 40
"""Rows from which a slope is told at all."""


def slope_estimate(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    unit: str,
    *,
    noise_x: float = 0.0,
    intercept: bool = True,
) -> Estimated | None:
    """The slope of y over x with its 90 % interval.

    Args:
        x: float64[N] in order of time.
        y: float64[N].
        unit: of the slope.
        noise_x: standard deviation of what is wrong with each x.
        intercept: whether the line may miss the origin.

    Returns:
        None for too few rows, or an x that does not stand out of its noise.
    """
    coefficients = np.stack([x, np.ones(len(x))], axis=1) if intercept else x[:, None]
    noise = np.array([noise_x, 0.0]) if intercept else np.array([noise_x])
    found = coefficients_of(coefficients, y, [unit] * len(noise), noise=noise)
    return found[0] if found else None


def coefficients_of(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    units: list[str],
    *,
    noise: NDArray[np.float64] | None = None,
) -> list[Estimated]:
    """Coefficients of y over several columns, each with its 90 % interval.

    Args:
        x: float64[N, K] in order of time, a column of ones for an intercept.
        y: float64[N].
        units: of the coefficients, K.
        noise: standard deviation of what is wrong with each column, float64[K].

    Returns:
        K of them; none for too few rows, or columns that do not stand out of noise or each other.
    """
    from scipy.stats import t as student

    known = np.isfinite(x).all(axis=1) & np.isfinite(y)
    x, y = x[known], y[known]
    n, k = x.shape
    blocks = min(_BLOCKS, n // max(2 * k, 2))
    if n < max(_FEWEST, 4 * k) or blocks < 4:
        return []
    wrong = np.zeros(k) if noise is None else noise**2
    at = np.linspace(0, n, blocks + 1).astype(int)
    sums = [(x[a:b].T @ x[a:b], x[a:b].T @ y[a:b], b - a) for a, b in pairwise(at)]
    xx, xy = x.T @ x, x.T @ y
    try:
        whole = _solved(xx, xy, n, wrong)
        without = np.stack([_solved(xx - a, xy - b, n - m, wrong) for a, b, m in sums])
    except np.linalg.LinAlgError:
        return []
    spread = np.sqrt((blocks - 1) / blocks * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    reach = float(student.ppf(0.95, blocks - 1)) * spread
    return [
        Estimated(value=v, low=v - r, high=v + r, unit=u, n=n, by="jackknife over blocks of time")
        for v, r, u in zip(map(float, whole), map(float, reach), units, strict=True)
    ]


def _solved(
    xx: NDArray[np.float64], xy: NDArray[np.float64], n: int, wrong: NDArray[np.float64]
) -> NDArray[np.float64]:
    moment = xx - n * np.diag(wrong)
    scale = np.sqrt(np.maximum(np.diag(moment), 0.0))
    if not (scale > 0).all():
        msg = "a column does not stand out of its noise"
        raise np.linalg.LinAlgError(msg)
    scaled = moment / np.outer(scale, scale)
    if np.linalg.cond(scaled) > 1e8:
        msg = "columns that cannot be told apart"
        raise np.linalg.LinAlgError(msg)
    return np.asarray(np.linalg.solve(scaled, xy / scale) / scale)
