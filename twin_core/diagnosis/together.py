"""Which signs one fault can have brought about: those that began together.

A step is felt within minutes wherever links carry it, and what began long before and has not grown
since has done what it does. What still grows may be felt at any later time. It must never ask what
a sign means.
"""

from collections.abc import Sequence

from twin_core.diagnosis.sign import Sign
from twin_core.value import SECOND, Instant

Worth = tuple[Sign, float]
"""A sign with what it adds for a mode, natural logarithm."""
_LATER_S = 900.0
"""Seconds within which what does not grow is felt: buffers run full or empty, stores drain."""
_CLOCK_S = 30.0
"""Seconds by which an effect may seem to precede its cause: buckets, clocks, smoothing."""
_GROWS = 1.25
"""Times its mean shift that a sign's newest shift is while it still grows."""
_SURE = 0.5
"""Strength below which the onset of a sign tells nothing."""


def together(seen: Sequence[Worth], loss: tuple[Instant, float, float] | None) -> list[Worth] | None:
    ...


def grows(sign: Sign) -> bool:
    """Whether the shift of a sign is larger now than on average since it began."""
    if sign.average is None or sign.now is None or sign.usual is None:
        return False
    mean, now = sign.average - sign.usual, sign.now - sign.usual
    return mean * now > 0 and abs(now) >= _GROWS * abs(mean)
