"""A step of balances that move faster than the step is long: implicit, so it cannot swing.

What a small header takes from a wide valve settles in a thirtieth of a second: Euler's explicit
rule needs thousands of steps a minute, and with fewer goes from one end of the instrument to the
other. The implicit rule, moved = g(state + moved), has no such bound (Hairer and Wanner, *Solving
Ordinary Differential Equations II*, 2nd ed., IV.3); Newton's method solves it, with steps halved
until they lead nearer (Nocedal and Wright, *Numerical Optimization*, 2nd ed., 11.2), for a
controller at its limit has no slope that would tell where it comes off it. It must never know what
moves.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
_SMALL = 1e-6
"""By how much a potential is moved to see what that changes, of its size and a unit."""
_STRAIGHT = 5e-3
"""Up to what move, of the same, one step of Newton's is enough: no bend in it throws it further."""
_CLOSE = 1e-4
"""By how much a step may end beside where it should, of the same."""
_MOST, _HALVINGS = 12, 20


def implicit(moved: Callable[[Rows], Rows], state: Rows, low: Rows, high: Rows) -> Rows:
    """Where H headers are after a step, float64[H, R].

    Args:
        moved: how far the explicit rule would move them, at states float64[H, C]; C is R, or R
            times one more than H, the R states themselves first.
        state: where they are, float64[H, R].
        low: what they stay within, float64[H, 1].
        high: the same.
    """
    at, size = state, 1.0 + np.abs(state)
    gone, onward = _newton(moved, state, at, low, high)
    straight = (np.abs(onward) <= _STRAIGHT * size).all(axis=0)
    if straight.all():
        return at + onward
    at = np.where(straight, at + onward, at)
    going = ~straight  # by itself each, or one would be another in other company
    left = (_left(state, at, gone, low, high) / size).max(axis=0)
    for _ in range(_MOST):
        share = np.where(going, 1.0, 0.0)
        for _ in range(_HALVINGS):
            there = at + share * onward
            now = (_left(state, there, moved(there), low, high) / size).max(axis=0)
            further = going & (now >= left)
            if not further.any():
                break
            share = np.where(further, share / 2.0, share)
        going &= now < left
        at = np.where(going, there, at)
        going &= now > _CLOSE
        if not going.any():
            break
        gone, onward = _newton(moved, state, at, low, high)
        left = (_left(state, at, gone, low, high) / size).max(axis=0)
    return at


def _newton(
    moved: Callable[[Rows], Rows], state: Rows, at: Rows, low: Rows, high: Rows
) -> tuple[Rows, Rows]:
    """How far the explicit rule would go from where a step may end, and which way it ends."""
    h, n = at.shape
    by = _SMALL * (1.0 + np.abs(at))
    asked = np.repeat(at[:, None], h + 1, axis=1)
    for j in range(h):
        asked[j, j + 1] += by[j]
    found = moved(asked.reshape(h, -1)).reshape(h, h + 1, n)
    slopes = (found[:, 1:] - found[:, :1]) / by
    gone = found[:, 0]
    left = np.eye(h) - slopes.transpose(2, 0, 1)
    onward = np.linalg.solve(left, (state + gone - at).T[:, :, None])[:, :, 0].T
    return gone, np.asarray(np.minimum(np.maximum(at + onward, low), high) - at)


def _left(state: Rows, at: Rows, gone: Rows, low: Rows, high: Rows) -> Rows:
    """By how much an end of the step is none; at a bound it may want to go on."""
    short = state + gone - at
    held = ((at <= low) & (short < 0)) | ((at >= high) & (short > 0))
    return np.asarray(np.where(held, 0.0, np.abs(short)))
