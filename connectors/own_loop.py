"""A busy source in a thread and an event loop of its own: its decoding holds up no answer.

asyncua decodes what a server publishes in one block, a tenth of a second for 2,500 changes; in the
loop that answers people they would wait for it. It must never change what the source says.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Protocol, TypeVar

from twin_core.governance.action import Command, Outcome
from twin_core.ports import Health
from twin_core.reading import Arrival

BUSY = 2_000
"""Changes in a second from which on a source is worth a thread."""
_T = TypeVar("_T")


class Wire(Protocol):
    """A ReadingSource and CommandSink."""

    def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed."""
        ...

    async def execute(self, command: Command) -> Outcome:
        """Write one approved step."""
        ...

    async def look(self, command: Command) -> Outcome:
        """Only read back."""
        ...

    async def health(self) -> Health:
        """How it is."""
        ...

    async def close(self) -> None:
        """Let go; `readings` ends."""
        ...


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
        self._reading = self._closed = self._ended = False

    async def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed; one is fetched when the last was taken."""
        arrivals = self._source.readings()
        self._reading = True
        try:
            while (arrival := await self._apart(_next(arrivals))) is not None:
                yield arrival
        finally:
            self._reading = False
            self._end()

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
        """Let go; `readings` ends after what was already heard."""
        await self._apart(self._source.close())
        self._closed = True
        self._end()

    async def _apart(self, what: Coroutine[Any, Any, _T]) -> _T:
        """Run it in the loop of its own; where that is over, here."""
        if self._ended:
            return await what
        if self._loop is None:
            threading.Thread(target=self._run, name="source", daemon=True).start()
            self._begun.wait()
        assert self._loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(what, self._loop))

    def _run(self) -> None:
        asyncio.run(self._stay())

    async def _stay(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        await self._stop.wait()

    def _end(self) -> None:
        """The loop goes once it is closed and its last reader has all."""
        if self._closed and not self._reading and not self._ended and self._loop is not None:
            self._ended = True
            self._loop.call_soon_threadsafe(self._stop.set)


async def _next(arrivals: AsyncIterator[Arrival]) -> Arrival | None:
    return await anext(arrivals, None)
