"""Since when a line makes less than the twin holds to be usual of it: a question of minutes.

Not a change in what is remembered but a distance from what is usual, so it also finds what changed
long ago or little by little. It must never ask why.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.recent import GRID_S
from twin_core.value import SECOND, Instant

MINUTE_US = 60 * SECOND
LOSS = 0.97
"""Share of the usual rate below which a line loses."""
_BLOCK, _HALF = 10, 5
"""Minutes that are judged together by their median, which minor stops do not move; the fewest."""
_ROWS = 60 // GRID_S


def by_minute(
    time: NDArray[np.int64], rate: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Beginnings and means of whole minutes out of rows of the common grid, up to the newest.

    Args:
        time: end of each row, int64[T].
        rate: float64[T]; a minute of which less than half is known is unknown, NaN.
    """
    rows = len(rate) // _ROWS * _ROWS
    seen = rate[len(rate) - rows :].reshape(-1, _ROWS)
    known = np.isfinite(seen)
    count = known.sum(axis=1)
    mean = np.where(known, seen, 0.0).sum(axis=1) / np.maximum(count, 1)
    begins = time[len(rate) - rows :][_ROWS - 1 :: _ROWS] - MINUTE_US
    return begins, np.where(2 * count >= _ROWS, mean, np.nan)


def losing_since(
    time: NDArray[np.int64], rate: NDArray[np.float64], usual: float
) -> Instant | None:
    """Since when, unbroken up to the end, a line makes less than usual; None if it does not.

    Args:
        time: when each minute begins, int64[N].
        rate: of each minute, float64[N]; NaN where unknown or planned to stand: they do not count.
        usual: in the unit of `rate`.
    """
    known = np.flatnonzero(np.isfinite(rate))
    t, x = time[known], rate[known]
    end = len(x)
    while end >= _HALF and float(np.median(x[max(0, end - _BLOCK) : end])) < LOSS * usual:
        end = max(0, end - _BLOCK)
    if end == len(x):
        return None
    # the maximum-likelihood change point between the two levels, around the block's edge
    middle = (usual + float(np.median(x[end:]))) / 2.0
    gain = np.cumsum((middle - x)[::-1])[::-1]
    first = max(0, end - _BLOCK)
    return int(t[first + int(np.argmax(gain[first : end + _BLOCK]))])
