"""Clocks of sources that go wrong while they are connected: which readings' times cannot be.

The offset of a clock is measured when its source comes up; here what happens to it later is seen
by receive times. A reading from the future, or from long ago where nothing else comes, is taken as
heard when it came and is not believed. It must never put a time right: an offset is measured anew
when the source connects again.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.value import SECOND, Instant

AHEAD_LIMIT_US: int = 60 * SECOND
"""A reading further ahead of its receive time than this is not believed: its clock is wrong."""
BEHIND_LIMIT_US: int = 60 * SECOND
"""So far behind, and behind the watermark, while its source says nothing current: the same."""
ANCIENT_US: int = 365 * 86_400 * SECOND
"""So far behind no controller keeps a reading: its clock has started again."""
DOUBT_US: int = 10 * SECOND
"""A clock that is ahead by more than this all through a window makes its readings uncertain."""
_WINDOW_US: int = 60 * SECOND
_NEVER = np.iinfo(np.int64).min // 2


class ClockSkew:
    """How far each source's corrected times lie ahead of their receipt.

    Args:
        quiet: by source: so long without a current reading is silence, microseconds.
    """

    def __init__(self, quiet: NDArray[np.int64]) -> None:
        self._quiet = quiet
        n = len(quiet)
        self._current = np.full(n, _NEVER, np.int64)
        self._window = np.full(n, _NEVER, np.int64)
        self._least = np.full(n, np.iinfo(np.int64).max)
        self._ahead = np.zeros(n, np.int64)

    def up(self, source: int, at: Instant) -> None:
        """The source came up at `at`, its offset measured."""
        self._current[source] = at
        self._window[source], self._ahead[source] = _NEVER, 0

    @staticmethod
    def ahead(time: NDArray[np.int64], received: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which readings come from the future, bool[n]."""
        found: NDArray[np.bool_] = time > received + AHEAD_LIMIT_US
        return found

    def behind(
        self,
        source: NDArray[np.int32],
        time: NDArray[np.int64],
        received: NDArray[np.int64],
        late: NDArray[np.bool_],
        ahead: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Which readings of a batch come from a past that is no longer, bool[n].

        Args:
            source: index of each reading's source.
            time: corrected source times.
            received: receive times.
            late: those that are to be settled behind the watermark.
            ahead: those from the future.
        """
        lag = received - time
        wrong = late
        if late.any():
            silent = received - self._current[source] > self._quiet[source]
            wrong = late & ((lag > BEHIND_LIMIT_US) & silent | (lag > ANCIENT_US))
        self._look(source, lag, received, late | ahead)
        return wrong

    def ahead_s(self) -> NDArray[np.float64]:
        """By source: seconds its clock is ahead, 0 where that is within DOUBT_US, float64[S]."""
        return np.where(self._ahead > DOUBT_US, self._ahead / SECOND, 0.0)

    def _look(
        self,
        source: NDArray[np.int32],
        lag: NDArray[np.int64],
        received: NDArray[np.int64],
        out: NDArray[np.bool_],
    ) -> None:
        of_one = len(source) > 0 and bool((source == source[0]).all())
        for s in [int(source[0])] if of_one else np.unique(source).tolist():
            mine = ~out if of_one else ~out & (source == s)
            if not mine.any():
                continue
            last = int(received[mine].max())
            self._current[s] = max(int(self._current[s]), last)
            if last - self._window[s] >= _WINDOW_US:
                # The reading that was least ahead in the window that ends here.
                self._ahead[s] = self._least[s] if self._window[s] > _NEVER else 0
                self._window[s], self._least[s] = last, np.iinfo(np.int64).max
            self._least[s] = min(int(self._least[s]), int((-lag[mine]).max()))
