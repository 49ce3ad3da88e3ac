"""What the old rules say limits a line, from who waited when: shown beside, never in place of.

Each looks at one past and is wrong where waiting is not the whole story (rejects, lots of which
one is many, machines that are nearly alike). It must never look at a model.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def busiest(waits: NDArray[np.bool_], down: NDArray[np.bool_]) -> int | None:
    """The machine that works for the largest share of the time (utilisation).

    Args:
        waits: who is starved or blocked when, bool[T, M].
        down: who stands by itself when, bool[T, M].

    Returns:
        Its place; None where none works.
    """
    if not waits.size:
        return None
    share = (~waits & ~down).mean(axis=0)
    return int(share.argmax()) if share.max() > 0 else None


def longest_active(waits: NDArray[np.bool_]) -> int | None:
    """The machine that, for the largest share of the time, has waited for nobody the longest.

    The shifting bottleneck of Roser, Nakano and Tanaka (*Winter Simulation Conference* 2002): at
    each moment the machine in the longest uninterrupted active period, from its first to its last
    moment; work and repair are active, starving and blocking are not.

    Args:
        waits: who is starved or blocked when, bool[T, M].
    """
    if not waits.size or waits.all():
        return None
    lengths = np.stack([_lengths(~column) for column in waits.T], axis=1)
    longest = lengths.max(axis=1)
    # machines that have been active equally long share the moment
    held = (lengths == longest[:, None]) & (longest[:, None] > 0)
    share = (held / np.maximum(held.sum(axis=1, keepdims=True), 1)).sum(axis=0)
    return int(share.argmax())


def pointed_at(starved: Sequence[float], blocked: Sequence[float]) -> int | None:
    """The machine that no arrow leaves (Kuo, Lim and Meerkov, *Math. Problems in Eng.* 2, 1996).

    From a machine an arrow goes to the next one where it is blocked more than that is starved,
    else back. Of several that no arrow leaves, the one of the greatest severity.

    Args:
        starved: share of the time, by machine in the line's order.
        blocked: the same.
    """
    last = len(starved) - 1
    if last < 0:
        return None
    onward = [blocked[i] - starved[i + 1] for i in range(last)]
    ends = [
        i
        for i in range(last + 1)
        if (i == last or onward[i] <= 0) and (i == 0 or onward[i - 1] >= 0)
    ]
    if not any(onward):
        return None

    def severity(i: int) -> float:
        return sum(abs(onward[j]) for j in (i - 1, i) if 0 <= j < last)

    return max(ends, key=severity)


def _lengths(active: NDArray[np.bool_]) -> NDArray[np.int64]:
    """By moment, how long the active period lasts to which it belongs; 0 outside of any."""
    edges = np.diff(active.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    found = np.zeros(len(active), np.int64)
    for start, end in zip(starts, ends, strict=True):
        found[start:end] = end - start
    return found
