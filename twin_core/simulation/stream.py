"""Random numbers for stops: the same for every scenario of a seed, whatever else changes."""

import numpy as np
from numpy.typing import NDArray

_DRAWN_AT_ONCE = 16


class Stream:
    """Unit exponentials for one stop law of one machine, the same for every scenario.

    Two sequences, so that a longer life in one scenario does not shift the next repair.
    """

    def __init__(self, key: tuple[int, ...], seed: int) -> None:
        sequence = np.random.SeedSequence(seed, spawn_key=key)
        self._generator = np.random.Generator(np.random.PCG64(sequence))
        self._drawn: NDArray[np.float64] = np.empty((0, 2))
        self._next = 0

    def draw(self) -> tuple[float, float]:
        """The next (life, repair) pair, each with mean 1."""
        if self._next == len(self._drawn):
            self._drawn = self._generator.standard_exponential((_DRAWN_AT_ONCE, 2))
            self._next = 0
        life, repair = self._drawn[self._next]
        self._next += 1
        return float(life), float(repair)
