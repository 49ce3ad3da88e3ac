"""A busy source in a thread and an event loop of its own: its decoding holds up no answer.

asyncua decodes what a server publishes in one block, a tenth of a second for 2,500 changes; in the
loop that answers people they would wait for it. It must never change what the source says.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Protocol, TypeVar

from twin_core.governance.action import Command, Outcome
from twin_core.governance.ports import CommandSink
from twin_core.ports import Health, ReadingSource
from twin_core.reading import Arrival

BUSY = 2_000
"""Changes in a second from which on a source is worth a thread."""
_END_S = 5.0  # host seconds that its thread has to end
_T = TypeVar("_T")


class Wire(ReadingSource, CommandSink, Protocol):
    """A source that can be read and written."""


class OwnLoop:
    """A ReadingSource and CommandSink that runs another one apart from its caller's loop.

    Args:
        source: used by nobody else from now on.
    """

    def __init__(self, source: Wire) -> None:
        self._source = source
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)
        self._users = 0  # calls and readers that are not done
        self._closed = self._ended = False

    async def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed; one is fetched when the last was taken."""
        arrivals = self._source.readings()
        self._users += 1
        try:
            while (arrival := await self._apart(_next(arrivals))) is not None:
                yield arrival
        finally:
            self._users -= 1
            await self._end()

    async def execute(self, command: Command) -> Outcome:
        """Write one approved step, once, and read it back."""
        return await self._apart(self._source.execute(command))

    async def look(self, command: Command) -> Outcome:
        """Only read back."""
        return await self._apart(self._source.look(command))

    async def health(self) -> Health:
        """As the source says."""
        return await self._apart(self._source.health())

    async def close(self) -> None:
        """Let go; `readings` ends after what was already heard, a command after its answer."""
        await self._apart(self._source.close())
        self._closed = True
        await self._end()

    async def _apart(self, what: Coroutine[Any, Any, _T]) -> _T:
        """Run it in the loop of its own; where that is over, here."""
        if self._ended:
            return await what
        if self._loop is None:
            self._thread.start()
            self._begun.wait()
        assert self._loop is not None
        self._users += 1
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(what, self._loop))
        finally:
            self._users -= 1
            await self._end()

    def _run(self) -> None:
        asyncio.run(self._stay())

    async def _stay(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        await self._stop.wait()

    async def _end(self) -> None:
        """The loop and its thread go once it is closed and everybody has his answer."""
        if self._closed and not self._users and not self._ended and self._loop is not None:
            self._ended = True
            self._loop.call_soon_threadsafe(self._stop.set)
            await asyncio.to_thread(self._thread.join, _END_S)


async def _next(arrivals: AsyncIterator[Arrival]) -> Arrival | None:
    return await anext(arrivals, None)
