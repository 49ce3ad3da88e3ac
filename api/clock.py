"""The three clocks of the machine we run on. The only place that reads the host's time.

It must never be asked for a time inside `twin_core`: times are passed in.
"""

import threading
import time

from twin_core.errors import OutOfRange, WrongKind
from twin_core.value import Instant


class SystemClock:
    """Plant time from the host's UTC, ledger time that never goes back, monotonic seconds.

    `plant = origin + factor · (host − origin)`; with factor 1 that is host UTC. A plant that runs
    faster needs an origin: both processes must count from the same moment.

    Args:
        factor: plant seconds in a host second, above 0 and at most 1000.
        origin: microseconds UTC at which plant time and host time are equal.

    Raises:
        OutOfRange: another factor.
        WrongKind: a factor other than 1 without an origin.
    """

    def __init__(self, factor: float = 1.0, origin: Instant = 0) -> None:
        if not 0 < factor <= 1000:
            raise OutOfRange("time factor", factor, 0, 1000, "1")
        if factor != 1 and origin <= 0:
            raise WrongKind("time origin", str(origin), "microseconds UTC, as the factor is not 1")
        self.factor = factor
        self.origin = origin
        self._last = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[object, ...]:
        """How pickle makes another of it, for another process."""
        return SystemClock, (self.factor, self.origin)

    def plant(self) -> Instant:
        """Plant time."""
        return self.plant_at(time.time_ns() // 1000)

    def plant_at(self, ledger: Instant) -> Instant:
        """Plant time at a ledger time."""
        if self.factor == 1:
            return ledger
        return self.origin + round(self.factor * (ledger - self.origin))

    def ledger(self) -> Instant:
        """Host UTC, never backwards in this process; the ledger keeps it so across restarts."""
        with self._lock:
            self._last = max(self._last, time.time_ns() // 1000)
            return self._last

    def monotonic(self) -> float:
        """Seconds, for deadlines and measurements."""
        return time.monotonic()
