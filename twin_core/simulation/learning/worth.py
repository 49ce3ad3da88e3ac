"""Whether a model is worth having: better on blocks left out than what it is held against.

It must never count a gain that chance alone would bring one time in twenty.
"""

import numpy as np
from numpy.typing import NDArray

_SURE = 1.833
"""One-sided 95 % of Student's law with 9 degrees of freedom: the fewest blocks are ten."""


def worth(
    missed: NDArray[np.float64], against: NDArray[np.float64], block: NDArray[np.int64]
) -> bool:
    """Whether squared misses fell by more than chance: Diebold and Mariano's test, over blocks.

    Journal of Business and Economic Statistics 13, 1995; blocks stand for the correlation of rows.

    Args:
        missed: of the model, float64[N].
        against: of what it is held against, float64[N].
        block: int64[N].
    """
    # In units of what it is held against, so that no square overflows.
    unit = max(float(np.abs(against).max()), np.finfo(np.float64).tiny)
    gain = (against / unit) ** 2 - (missed / unit) ** 2
    _, mine, rows = np.unique(block, return_inverse=True, return_counts=True)
    gains = np.bincount(mine, gain) / rows
    return bool(gains.mean() > _SURE * gains.std(ddof=1) / len(rows) ** 0.5)
