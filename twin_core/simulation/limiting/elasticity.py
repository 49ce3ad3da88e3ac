"""How much a rate answers to what stands behind it: finite differences, common random numbers.

The elasticity of a rate to a factor is the share by which the rate grows for a share by which the
factor grows (1: in proportion; 0: not at all). Both sides of a difference meet the same fate, so
that most of the noise is gone (Glasserman and Yao, *Management Science* 38, 1992). What limits a
rate is the factor of the largest elasticity (Chang, Ni, Bandyopadhyay, Biller and Xiao, *IEEE
Trans. Automation Science and Engineering* 4, 2007, rank machines so); those that cannot be told
from it are kept beside it. It must never know what it turns.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import log
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.measured import LEVEL, Measured, half_width

_K = TypeVar("_K", bound=Hashable)
Rates = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Turn(Generic[_K]):
    """Something that can be turned, and the factors it is turned to, low < high.

    One of them is 1 where it can, or shall, be turned one way only.
    """

    what: _K
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """Rates by replication, as they are and with one thing turned, all of one fate.

    Attributes:
        base, low, high: float64[R].
        span: logarithm of the high factor over the low one.
    """

    base: Rates
    low: Rates
    high: Rates
    span: float

    @property
    def influence(self) -> Rates:
        """One number a replication; their mean is the elasticity, their scatter its uncertainty.

        All 0 where nothing is made.
        """
        return Measured((self.high - self.low) / self.span, "1", self.base).values

    @property
    def gain(self) -> Rates:
        """What turning it up to its high factor adds, float64[R]."""
        return self.high - self.base

    def and_then(self, more: "Turned") -> "Turned":
        """The replications of both."""
        return Turned(
            np.concatenate([self.base, more.base]),
            np.concatenate([self.low, more.low]),
            np.concatenate([self.high, more.high]),
            self.span,
        )


def measure(
    turns: Sequence[Turn[_K]],
    run: Callable[[_K | None, float, int], Rates],
    *,
    tight: float,
    looks: int,
) -> dict[_K, Turned]:
    """Turn each, until what limits is known, or until it was looked at `looks` times.

    What is known well enough, and surely does not limit, is not looked at again.

    Args:
        turns: each thing once.
        run: (what, factor, look) → rates, float64[R ≥ 2]; the same fate for the same look. None:
            as it is.
        tight: half-width of an elasticity's interval that is well enough.
        looks: 1 or more.
    """
    found: dict[_K, Turned] = {}
    open_ = list(turns)
    for look in range(looks):
        base = run(None, 1.0, look)
        for turn in open_:
            low, high = (
                base if factor == 1.0 else run(turn.what, factor, look)
                for factor in (turn.low, turn.high)
            )
            one = Turned(base, low, high, log(turn.high / turn.low))
            found[turn.what] = found[turn.what].and_then(one) if look else one
        latest = {turn.what: found[turn.what].influence for turn in open_}
        limiting = largest(latest)
        loose = {what for what, column in latest.items() if half_width(column) > tight}
        if not loose and len(limiting) <= 1:
            break
        rival = limiting if len(limiting) > 1 else ()
        open_ = [t for t in open_ if t.what in loose or t.what in rival]
    return found


def largest(influences: dict[_K, Rates], level: float = LEVEL) -> tuple[_K, ...]:
    """Those that may have the largest mean, the largest first; none if none is surely above 0.

    The screen of Nelson, Swann, Goldsman and Song (*Operations Research* 49, 2001) with paired
    differences: whoever is surely less than another is out. Replications that not all have had
    are left out of a comparison.
    """
    if not influences:
        return ()
    each = 1.0 - (1.0 - level) / max(1, len(influences) - 1)
    kept = []
    for what, column in influences.items():
        if interval(column, level)[1] <= 0 and float(column.mean()) <= 0:
            continue
        rivals = (other for name, other in influences.items() if name != what)
        if not any(_surely_less(column, other, each) for other in rivals):
            kept.append(what)
    kept.sort(key=lambda what: -float(influences[what].mean()))
    if not kept or interval(influences[kept[0]], level)[0] <= 0:
        return ()
    return tuple(kept)


def interval(column: Rates, level: float = LEVEL) -> tuple[float, float]:
    """Confidence interval of the mean, by Student's t."""
    mean, half = float(column.mean()), half_width(column, level)
    return mean - half, mean + half


def _surely_less(column: Rates, other: Rates, level: float) -> bool:
    n = min(len(column), len(other))
    return interval(other[:n] - column[:n], 2 * level - 1)[0] > 0
