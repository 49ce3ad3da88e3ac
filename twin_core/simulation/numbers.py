"""Random numbers of what is not known: a column at a time, one a replication.

Each is a function of seed, replication, purpose and how often the purpose was asked before, never
of what else happens: a replication is the same in whatever share it is run, and two scenarios meet
the same luck. All laws are drawn by inversion, one number each, so that luck that is good under
one law is as good under another (synchronised and monotone, what common random numbers need: Law,
*Simulation Modeling and Analysis*, 5th ed., 2015, section 11.2.3). It must never see a clock.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
"""One number a replication, float64[R]."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BY_30, _BY_27, _BY_31 = np.uint64(30), np.uint64(27), np.uint64(31)
_LEAST = float(np.finfo(np.float64).tiny)
_APART = 1 << 32
"""Purposes begin here, so that no machine of the line engine draws the same numbers."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Replications `first` and those after it, of one seed."""

    seed: int
    replications: int
    first: int = 0

    def of(self, purpose: int) -> "Numbers":
        """A purpose's numbers from the first on. Purposes are 0 or more."""
        return Numbers(self, purpose)


class Numbers:
    """One purpose's numbers; each call uses up one a replication, whatever it is asked for."""

    def __init__(self, draws: Draws, purpose: int) -> None:
        self._n = draws.replications
        key = mixed(np.full(self._n, draws.seed % (1 << 64), np.uint64) + GOLDEN)
        key = mixed(key + np.arange(draws.first, draws.first + self._n).astype(np.uint64) + GOLDEN)
        self._key = mixed(key + np.uint64(_APART + purpose) + GOLDEN)
        self._asked = 0

    def __len__(self) -> int:
        """How many replications."""
        return self._n

    def uniform(self) -> Column:
        """Inside (0, 1)."""
        self._asked += 1
        z = mixed(self._key + np.full(self._n, self._asked, np.uint64) * GOLDEN)
        return np.asarray(((z >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)

    def normal(self) -> Column:
        """Mean 0, deviation 1."""
        from scipy.special import ndtri

        return np.asarray(ndtri(self.uniform()))

    def exponential(self) -> Column:
        """Mean 1."""
        return np.asarray(-np.log1p(-self.uniform()))

    def gamma(self, shape: float | Column) -> Column:
        """Of this shape (> 0) and scale 1; never 0, which would have no inverse."""
        from scipy.special import gammaincinv

        return np.asarray(np.maximum(gammaincinv(shape, self.uniform()), _LEAST))


def mixed(z: Any) -> Any:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), of columns or compiled."""
    z = (z ^ (z >> _BY_30)) * _MIX_1
    z = (z ^ (z >> _BY_27)) * _MIX_2
    return z ^ (z >> _BY_31)
