"""What lies between a wire and its reader: a bounded queue filled by one task.

The wire is never held up by a slow reader: beyond the bound the oldest batch is dropped and
counted. Source events are never dropped.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from twin_core.reading import Arrival, Batch


class Feed:
    """Arrivals of one source.

    Args:
        run: fills the feed by `put`, for ever; it is started by the first reader and cancelled
            by `close`.
        limit: batches kept for a slow reader.
    """

    def __init__(self, run: Callable[[], Awaitable[None]], limit: int = 500) -> None:
        self._run = run
        self._limit = limit
        self._queue: deque[Arrival] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Future[None] | None = None
        self._closed = False
        self.dropped = 0

    def put(self, arrival: Arrival) -> None:
        """Hand over an arrival."""
        self._queue.append(arrival)
        if len(self._queue) > self._limit:
            oldest = next((a for a in self._queue if isinstance(a, Batch)), None)
            if oldest is not None:
                self._queue.remove(oldest)
                self.dropped += len(oldest)
        self._wake.set()

    async def arrivals(self) -> AsyncIterator[Arrival]:
        """What is put, in order, until closed; what `run` raises is raised here."""
        if self._closed:
            return
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
            self._task.add_done_callback(lambda _: self._wake.set())
        while True:
            while self._queue:
                yield self._queue.popleft()
            if self._task.done():
                break
            self._wake.clear()
            await self._wake.wait()
        if not self._task.cancelled():
            self._task.result()

    async def close(self) -> None:
        """End the task; readers end after what was already put."""
        self._closed = True
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
        self._wake.set()
