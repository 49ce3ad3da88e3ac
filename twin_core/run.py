"""A run of readings of one point: how many of them no rule needs to look at.

It must never let a reading pass that `quality.py` would doubt when it came alone.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.value import SECOND, Instant


def undoubted(
    columns: Columns,
    p: int,
    tolerance: float,
    last: tuple[Instant, float],
    t: NDArray[np.int64],
    x: NDArray[np.float64],
    refused: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Steps of the first readings that are neither refused, too fast nor counted too far.

    `p` is the point, `tolerance` by how much it may step in no time, `last` time and value before
    the first; `t`, `x`, `refused` are the readings in order.
    """
    before = np.r_[last[1], x[:-1]]
    passed = np.diff(t, prepend=last[0]) / SECOND
    with np.errstate(invalid="ignore"):
        grown = x - before
        jump: NDArray[np.float64] = np.abs(grown)
        counts = np.where(grown < 0, grown + before, grown)
        minded = refused | (jump > columns.rate_limit[p] * passed + tolerance)
        minded |= columns.counter[p] & (counts > columns.count_cap[p] * passed + 2)
    return jump[: int(np.argmax(minded))] if minded.any() else jump
