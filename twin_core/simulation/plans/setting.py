"""Where something changed enough over the horizon to begin a new setting, by replication.

It must never tell apart what `_NOTICED` and its like do not.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.lines.columns import packed

Change = tuple[float, float]
"""The share of the larger of two values, or of a least value, beyond which they differ."""

RATES: Change = (0.004, 0.0)
SHARES: Change = (5e-4, 1.0)
HAZARDS: Change = (0.02, 2e-4)
SIZES: Change = (0.0, 0.0)


def settled(
    t: NDArray[np.float64],
    columns: Sequence[NDArray[np.float64]],
    noticed: Sequence[Change],
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Begin a setting at the first moment, and wherever one differs from the last such moment.

    Args:
        t: moments, float64[T].
        columns: finite, each float64[R, T].
        noticed: how far each must change.

    Returns:
        When they begin, float64[R, S], endless where a row has fewer; the columns then.
    """
    begins = np.zeros(columns[0].shape, dtype=bool)
    _begins()(np.array(columns), np.array(noticed), begins)
    return (
        packed(begins, np.broadcast_to(t, begins.shape), np.inf),
        [packed(begins, column, 0.0) for column in columns],
    )


def _begins_(columns: Any, noticed: Any, begins: Any) -> None:
    for r in range(begins.shape[0]):
        last = 0
        begins[r, 0] = True
        for k in range(1, begins.shape[1]):
            for c in range(columns.shape[0]):
                now, then = columns[c, r, k], columns[c, r, last]
                least = max(abs(now), abs(then), noticed[c, 1])
                if abs(now - then) > noticed[c, 0] * least:
                    begins[r, k] = True
                    last = k
                    break


@lru_cache(1)
def _begins() -> Callable[..., None]:
    # after the engine: what is compiled is named by what was compiled before it
    from twin_core.simulation.lines import kernel  # noqa: F401
    from twin_core.simulation.lines.work import compiled

    return compiled(_begins_)
