"""What time it is in the workspace: the host's, turned forward by a test.

It must never go backwards: message timestamps are names.
"""

import time
from collections.abc import Callable


class Clock:
    """Seconds since 1970, with a hand to turn.

    Args:
        base: what runs underneath; the host's time, so that signed requests are fresh.
    """

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._turned_s = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return self._base() + self._turned_s

    def turn(self, seconds: float) -> None:
        """Let time pass at once.

        Raises:
            ValueError: backwards.
        """
        if seconds < 0:
            raise ValueError(f"{seconds} s: time goes forward.")
        self._turned_s += seconds
