"""The three clocks of the machine we run on. The only place that reads the host's time.

It must never be asked for a time inside `twin_core`: times are passed in.
"""

import threading
import time
from collections.abc import Callable

from twin_core.errors import OutOfRange, WrongKind
from twin_core.onward import Onward
from twin_core.value import Instant


class SystemClock:
    """Plant time and ledger time from the host's UTC, and monotonic seconds.

    Neither goes back in this process: while the host's clock is behind, they go on at nine tenths
    of monotonic time, so that what waits expires and what is not heard any more grows old.

    `plant = origin + factor · (host − origin)`; with factor 1 that is host UTC. A plant that runs
    faster needs an origin: both processes must count from the same moment.

    Args:
        factor: plant seconds in a host second, above 0 and at most 1000.
        origin: microseconds UTC at which plant time and host time are equal.
        host: nanoseconds UTC.
        steady: seconds that nobody sets.

    Raises:
        OutOfRange: another factor.
        WrongKind: a factor other than 1 without an origin.
    """

    def __init__(
        self,
        factor: float = 1.0,
        origin: Instant = 0,
        host: Callable[[], int] = time.time_ns,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 < factor <= 1000:
            raise OutOfRange("time factor", factor, 0, 1000, "1")
        if factor != 1 and origin <= 0:
            raise WrongKind("time origin", str(origin), "microseconds UTC, as the factor is not 1")
        self.factor = factor
        self.origin = origin
        self._host, self._steady = host, steady
        self._onward = Onward()
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[object, ...]:
        """How pickle makes another of it, for another process."""
        return SystemClock, (self.factor, self.origin)

    def plant(self) -> Instant:
        """Plant time."""
        return self.plant_at(self.ledger())

    def plant_at(self, ledger: Instant) -> Instant:
        """Plant time at a ledger time."""
        if self.factor == 1:
            return ledger
        return self.origin + round(self.factor * (ledger - self.origin))

    def ledger(self) -> Instant:
        """Host UTC, never backwards in this process; the ledger keeps it so across restarts."""
        with self._lock:
            return self._onward.at(self.host(), self.monotonic())

    def host(self) -> Instant:
        """What the host's clock says, which anybody may have set."""
        return self._host() // 1000

    def monotonic(self) -> float:
        """Seconds, for deadlines and measurements."""
        return self._steady()
