"""How much reason for doubt each point has lately given, and since when it behaves.

Doubt grows with what is refused and fades. It must never say what is refused: `quality.py` does.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.value import SECOND, Instant

DOUBT_S = 300.0
"""Time constant with which doubt about a point is forgotten."""
DOUBT_HOLDS = 2.8
"""Three refused readings within half a minute, or some more over DOUBT_S, are too many."""
DOUBT_ENDS = 1.5
GOOD_FOR_US = 60 * SECOND
"""How long a quarantined point must behave before it is believed again."""


class Doubt:
    """About n points, one entry a point in every array.

    Attributes:
        good_since: source time since which nothing was refused, 0 = it does not behave.
    """

    def __init__(self, n: int) -> None:
        self.good_since = np.zeros(n, np.int64)
        self._amount = np.zeros(n)
        self._time = np.zeros(n, np.int64)

    def add(self, p: NDArray[np.int64], t: NDArray[np.int64], amount: NDArray[np.float64]) -> None:
        """So many readings were refused, one entry a point."""
        self._amount[p] = self._faded(p, t) + amount
        self._time[p] = t
        self.good_since[p] = 0

    def behave(self, p: NDArray[np.int64], t: NDArray[np.int64]) -> None:
        """A reading was plausible, one entry a point."""
        fresh = self.good_since[p] == 0
        self.good_since[p[fresh]] = t[fresh]

    def too_much(self, p: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Points to be quarantined, as it stood when something was last refused."""
        return self._amount[p] >= DOUBT_HOLDS

    def ended(self, p: NDArray[np.int64], now: Instant) -> NDArray[np.bool_]:
        """Points that behaved for long enough to be believed again."""
        good = self.good_since[p]
        long = (good > 0) & (now - good >= GOOD_FOR_US)
        return long & (self._faded(p, np.full(len(p), now)) < DOUBT_ENDS)

    def forget(self, p: int) -> None:
        """What was refused counts no more against a point."""
        self._amount[p] = 0

    def _faded(self, p: NDArray[np.int64], now: NDArray[np.int64]) -> NDArray[np.float64]:
        fading = np.exp(-np.maximum(now - self._time[p], 0) / (DOUBT_S * SECOND))
        return np.asarray(self._amount[p] * fading, np.float64)
