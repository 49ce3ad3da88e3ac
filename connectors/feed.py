"""What lies between a controller's wire and its reader: one task that keeps the wire open.

The wire is never held up by a slow reader: beyond a bound the oldest batch is dropped and counted,
and beyond another the oldest report of alarms. That the controller is lost is said once, and once
that it is back; that is never dropped.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal

from connectors.backoff import SPREAD, Backoff
from twin_core.condition import ConditionReport
from twin_core.ports import Clock, Health
from twin_core.reading import Arrival, Batch, SourceEvent

_AGAIN_S = 10.0  # host seconds, more than any goodbye takes, after which a closing is repeated
_REPORTS = 40
"""Reports of alarms kept for a slow reader."""


class Feed:
    """Arrivals of one source.

    Attributes:
        up: whether the controller answers.
        dropped: readings that a slow reader lost; `dropped_events` events of its alarms.

    Args:
        source: its id.
        clock: plant time, for events.
        connected: one connection from its opening to its loss: calls `heard` when the controller
            answers, then `put`; returns why it was lost, one clause. It is called again and again.
        jitter: numbers in [0, 1) that spread the calls.
        limit: arrivals kept for a slow reader.
    """

    def __init__(
        self,
        source: str,
        clock: Clock,
        connected: Callable[[], Awaitable[str]],
        jitter: Callable[[], float] = SPREAD,
        limit: int = 500,
    ) -> None:
        self._source = source
        self._clock = clock
        self._connected = connected
        self._backoff = Backoff(jitter)
        self._limit = limit
        self._queue: deque[Arrival] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Future[None] | None = None
        self._closed = False
        self._why_down = "not connected yet"
        self.up = False
        self._calm = asyncio.Event()
        self._reports = 0
        self.dropped = 0
        self.dropped_events = 0

    def heard(self, offset_us: int = 0) -> None:
        """The controller answers; told to the reader once, until it is lost.

        Args:
            offset_us: its clock minus plant time.
        """
        if not self.up:
            self.up = True
            self._backoff.reset()
            self._tell("up", offset_us=offset_us)

    def put(self, arrival: Arrival) -> None:
        """Hand over an arrival."""
        self._queue.append(arrival)
        if isinstance(arrival, ConditionReport):
            self._reports += 1
            if self._reports > _REPORTS:
                self._drop_report()
        if len(self._queue) > self._limit:
            oldest = next((a for a in self._queue if isinstance(a, Batch)), None)
            if oldest is not None:
                self._queue.remove(oldest)
                self.dropped += len(oldest)
        self._wake.set()

    async def quiet(self) -> None:
        """Return when little waits for the reader: what is not urgent is put then."""
        while len(self._queue) > self._limit // 8:
            self._calm.clear()
            await self._calm.wait()

    async def arrivals(self) -> AsyncIterator[Arrival]:
        """What is put, in order, until closed; what `connected` raises is raised here."""
        if self._closed:
            return
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
            self._task.add_done_callback(lambda _: self._wake.set())
        while True:
            while self._queue:
                arrival = self._queue.popleft()
                self._reports -= isinstance(arrival, ConditionReport)
                if len(self._queue) <= self._limit // 8:
                    self._calm.set()
                yield arrival
            if self._task.done():
                break
            self._wake.clear()
            await self._wake.wait()
        if not self._task.cancelled():
            self._task.result()

    def health(self, told: str, refused: int) -> Health:
        """Whether the controller answers, how many points it refuses, what was dropped.

        Args:
            told: what is read of it, one clause.
            refused: points it will not show.
        """
        if not self.up:
            return Health(source=self._source, up=False, detail=self._why_down)
        clauses = [told]
        if refused:
            clauses.append(f"{refused} refused by it")
        if self.dropped:
            clauses.append(f"{self.dropped} readings dropped")
        if self.dropped_events:
            clauses.append(f"{self.dropped_events} alarm events dropped")
        return Health(source=self._source, up=True, detail=", ".join(clauses))

    async def close(self) -> None:
        """End the task; readers end after what was already put."""
        self._closed = True
        while self._task is not None and not self._task.done():
            self._task.cancel()  # once may be lost: wait_for of Python 3.11 can swallow it
            await asyncio.wait([self._task], timeout=_AGAIN_S)
        self.up, self._why_down = False, "closed"
        self._wake.set()

    def _drop_report(self) -> None:
        """Drop the oldest report; the one after it says how many events are missing before it."""
        waiting = ((i, a) for i, a in enumerate(self._queue) if isinstance(a, ConditionReport))
        (first, oldest), (second, following) = next(waiting), next(waiting)
        lost = following.lost + oldest.lost + len(oldest)
        self._queue[second] = following.model_copy(update={"lost": lost})
        del self._queue[first]
        self._reports -= 1
        self.dropped_events += len(oldest)

    async def _run(self) -> None:
        lost = False
        while True:
            try:
                self._why_down = await self._connected()
            finally:
                was_up, self.up = self.up, False
            if was_up or not lost:
                self._tell("down", reason=self._why_down)
            lost = True
            await asyncio.sleep(self._backoff.next())

    def _tell(self, kind: Literal["up", "down"], offset_us: int = 0, reason: str = "") -> None:
        self.put(
            SourceEvent(
                source=self._source,
                kind=kind,
                time=self._clock.plant(),
                offset_us=offset_us,
                reason=reason,
            )
        )
