"""The nameplate laws of a class: how a known value bends speed, rejects, stops or another value.

Pure functions of an `Effect`, which states the law, and one number in the unit of the point it
follows. It must never know where the number came from.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.classes import Effect

SUPPLY = "supply:"
"""Prefix of `Effect.by` for the potential of the header that supplies a medium."""

_STEP = 1e-280
"""A span so small is none: what is divided by it would overflow."""


def bend(effect: Effect, x: float) -> float:
    """How far `x` has gone from `full` (0) to `none` (1), linear between, clipped outside.

    `full` may lie above or below `none`. Where both are equal the law is a step: 1 past `full`.
    """
    span = effect.none - effect.full
    if span == 0:
        return 0.0 if x <= effect.full else 1.0
    return min(1.0, max(0.0, (x - effect.full) / span))


def factor(effect: Effect, x: float) -> float:
    """The factor on `speed`, `capacity` or `demand`: 1 at `full`, `floor` at `none`."""
    return 1.0 + (effect.floor - 1.0) * bend(effect, x)


def amount(effect: Effect, x: float) -> float:
    """What an effect on `rejects` (share), `stops` (per hour) or `offset` (unit of its point) adds.

    0 at `full`, `ceiling` at `none`.
    """
    return effect.ceiling * bend(effect, x)


def factors(effect: Effect, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """`factor` along an array."""
    return 1.0 + (effect.floor - 1.0) * _bends(effect, x)


def amounts(effect: Effect, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """`amount` along an array."""
    return effect.ceiling * _bends(effect, x)


def product(factors_: Iterable[float]) -> float:
    """Independent effects on the same thing multiply; no effect is 1."""
    result = 1.0
    for one in factors_:
        result *= one
    return result


def _bends(effect: Effect, x: NDArray[np.float64]) -> NDArray[np.float64]:
    span = effect.none - effect.full
    if abs(span) < _STEP:
        away = x - effect.full if span >= 0 else effect.full - x
        return np.asarray(away > 0, dtype=np.float64)
    return np.minimum(np.maximum((x - effect.full) / span, 0.0), 1.0)
