"""A time that never goes back, and never stands still: behind itself it goes on, a little slower.

Whoever sets a clock back does not stop what is to expire. It must never read a clock: a time and
the monotonic seconds at which it was read come in.
"""

from twin_core.value import SECOND, Instant

PACE = 0.9
"""Of time as it passes, while a clock that was set back is waited for."""


class Onward:
    """One such time; who uses it from several threads lets one in after the other."""

    def __init__(self) -> None:
        self._mark: tuple[Instant, float] | None = None

    def at(self, given: Instant, monotonic: float) -> Instant:
        """`given`, or where nine tenths of the seconds since have come if that is later."""
        if self._mark is not None:
            time, since = self._mark
            reached = time + int(PACE * max(0.0, monotonic - since) * SECOND)
            if reached > given:
                return reached
        self._mark = (given, monotonic)
        return given
