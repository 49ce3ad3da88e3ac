"""The nameplate laws of a class: how a known value bends speed, rejects, stops or another value.

Pure functions of an `Effect` and one number. It must never know where the number came from.
"""

from collections.abc import Iterable

from twin_core.plant.classes import Effect

SUPPLY = "supply:"
"""Prefix of `Effect.by` for the potential of the header that supplies a medium."""


def bend(effect: Effect, x: float) -> float:
    """How far `x` has gone from `full` (0) to `none` (1), linear between, clipped outside.

    `full` may lie above or below `none`. Where both are equal the law is a step: 1 past `full`.
    """
    span = effect.none - effect.full
    if span == 0:
        return 0.0 if x <= effect.full else 1.0
    return min(1.0, max(0.0, (x - effect.full) / span))


def factor(effect: Effect, x: float) -> float:
    """The factor of an effect on `speed`, `capacity` or `demand`: 1 at `full`, `floor` at `none`."""
    return 1.0 + (effect.floor - 1.0) * bend(effect, x)


def amount(effect: Effect, x: float) -> float:
    """What an effect on `rejects` (share), `stops` (per hour) or `offset` (unit of its point) adds.

    0 at `full`, `ceiling` at `none`.
    """
    return effect.ceiling * bend(effect, x)


def medium_of(effect: Effect) -> str | None:
    """The medium whose header's potential the effect follows; None if it follows a point."""
    return effect.by.removeprefix(SUPPLY) if effect.by.startswith(SUPPLY) else None


def product(factors: Iterable[float]) -> float:
    """Independent effects on the same thing multiply; no effect is 1."""
    result = 1.0
    for one in factors:
        result *= one
    return result
