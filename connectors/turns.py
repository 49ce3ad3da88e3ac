"""Whose work a worker does next: short before long, people in turn.

Some workers are kept for short work: a question that takes a second never waits for the end of one
that takes a minute. Where both wait each has a worker, if there are two. It must never know what
the work is.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class _Turn:
    who: str
    long: bool
    granted: "Future[None]" = field(default_factory=Future)


class Turns:
    """So many turns at a time.

    Those of one lane go to whoever has fewest at work, then to whoever was served longest ago; of
    one person in the order of asking. It may be used from several loops.

    Args:
        most: how many at a time, at least 1.
        kept: of them, how many long work never takes; one is always left to it.
    """

    def __init__(self, most: int, kept: int) -> None:
        self._most, self._kept = most, kept
        self._lock = threading.Lock()
        self._waiting: list[_Turn] = []
        self._running: list[_Turn] = []
        self._served: dict[str, int] = {}
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def resize(self, most: int) -> None:
        """From now on so many at a time."""
        with self._lock:
            self._most = most
            self._grant()

    @asynccontextmanager
    async def turn(self, who: str, *, long: bool) -> AsyncIterator[None]:
        """A turn for the length of the block; cancelled, it is given up wherever it stands."""
        mine = _Turn(who, long)
        with self._lock:
            self._waiting.append(mine)
            self._grant()
        try:
            await asyncio.wrap_future(mine.granted)
            yield
        finally:
            with self._lock:
                (self._waiting if mine in self._waiting else self._running).remove(mine)
                self._grant()

    def _grant(self) -> None:
        while len(self._running) < self._most and (found := self._next()) is not None:
            self._waiting.remove(found)
            self._running.append(found)
            self._count += 1
            self._served[found.who] = self._count
            if found.granted.set_running_or_notify_cancel():
                found.granted.set_result(None)

    def _next(self) -> _Turn | None:
        long = sum(turn.long for turn in self._running)
        room = long < max(1, self._most - self._kept)
        due = not long and bool(self._running)  # short work is at work: long work is to begin
        fit = [turn for turn in self._waiting if room or not turn.long]
        of = Counter(turn.who for turn in self._running)
        return min(
            fit,
            key=lambda turn: (turn.long != due, of[turn.who], self._served.get(turn.who, 0)),
            default=None,
        )
