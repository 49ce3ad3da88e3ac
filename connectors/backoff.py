"""How long to wait before the next try. It must never be zero, nor the same for everybody."""

from collections.abc import Callable
from random import SystemRandom

SPREAD = SystemRandom().random
"""Numbers in [0, 1) by which everybody waits for another time."""


class Backoff:
    """Doubling delays with jitter.

    Args:
        jitter: gives a number in [0, 1) each time; randomness is passed in.
        first_s: the first delay's upper end, host seconds.
        most_s: no delay is longer.
    """

    def __init__(
        self, jitter: Callable[[], float], first_s: float = 0.5, most_s: float = 10.0
    ) -> None:
        self._jitter = jitter
        self._first_s = first_s
        self._most_s = most_s
        self.tries = 0

    def next(self) -> float:
        """The next delay: between half and the whole of `first_s · 2^tries`, at most `most_s`."""
        delay = min(self._most_s, self._first_s * 2.0 ** min(self.tries, 30))
        self.tries += 1
        return delay * (0.5 + self._jitter() / 2)

    def reset(self) -> None:
        """It worked: begin anew."""
        self.tries = 0
