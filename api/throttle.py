"""How often something may be tried: wrong passwords, by user and by address.

Kept in memory: a restart forgets it, which whoever guesses cannot bring about. A name that nobody
bears is counted like any other, so that a refusal tells nothing. It must never grow without end.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil

from twin_core.errors import Busy

_KEYS = 10_000
"""Of which tries are remembered; beyond, those of the longest untried go."""


class Throttle:
    """Lets a key be tried a number of times within any span of a length.

    Args:
        what: is tried, in words.
        most: tries within the span.
        within_s: monotonic seconds.
        monotonic: the clock.
    """

    def __init__(
        self, what: str, most: int, within_s: float, monotonic: Callable[[], float]
    ) -> None:
        self._what, self._most, self._within_s = what, most, within_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def enter(self, key: str) -> float:
        """Count a try before it is made, and return its time, which `forgive` takes.

        Raises:
            Busy: there were too many; this one was not counted.
        """
        now = self._monotonic()
        with self._lock:
            tries = self._tries.setdefault(key, deque())
            self._tries.move_to_end(key)
            while tries and tries[0] <= now - self._within_s:
                tries.popleft()
            if len(tries) >= self._most:
                raise Busy(
                    f"{self._what} were tried {self._most} times within {self._within_s:g} s",
                    ceil(tries[0] + self._within_s - now),
                )
            tries.append(now)
            if len(self._tries) > _KEYS:
                self._tries.popitem(last=False)
        return now

    def forgive(self, key: str, tried: float | None = None) -> None:
        """Forget the try of that time, which was right; all of the key's where none is given."""
        with self._lock:
            if tried is None:
                self._tries.pop(key, None)
            elif tried in self._tries.get(key, ()):
                self._tries[key].remove(tried)
