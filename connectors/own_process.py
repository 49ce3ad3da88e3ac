"""A busy source in a process of its own: its decoding holds up no answer.

asyncua decodes what a server publishes in one block, a tenth of a second for 2,500 changes, and so
many objects that the collector looks through all there are again and again; both would stop every
thread of whoever answers people. The process ends with the one that asked for it, however that
ends, and is begun again when it is lost. It must never change what the source says, and never have
a command sent twice.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray

from connectors.backoff import SPREAD, Backoff
from connectors.gaps import remember
from connectors.source_life import NEXT, Life, Lost, Wire
from twin_core.governance.action import Command, Outcome
from twin_core.ports import Clock, Health
from twin_core.reading import Arrival, Batch, SourceEvent

log = structlog.get_logger(__name__)

BUSY = 2_000
"""Changes in a second from which on a source is worth a process."""
_GOODBYE_S = 12.0  # host seconds that its source has to close: more than `feed.py` takes
_HEALTH_S = 2.0  # host seconds in which it must say how it is

Known: TypeAlias = NDArray[np.int64]
"""By index into `Plant.points`, the source time of the newest value known; 0 = none."""


class OwnProcess:
    """A ReadingSource and CommandSink that runs another one apart from its caller.

    Args:
        source: its id.
        make: makes it, here once and there, given `known`; pickled.
        known: what of it is known before it is first read.
        clock: plant time.
        begin: what the process does first, such as to set up its logs; pickled.
        jitter: numbers in [0, 1) that spread when it is begun again.

    Raises:
        OpsTwinError: it cannot be made.
    """

    def __init__(
        self,
        source: str,
        make: Callable[..., Wire],
        known: Callable[[], Known],
        clock: Clock,
        begin: Callable[[], None] | None = None,
        jitter: Callable[[], float] = SPREAD,
    ) -> None:
        make()  # what is wrong with it is told at once, and here
        self._source = source
        self._make = make
        self._known = known
        self._clock = clock
        self._begin = begin
        self._backoff = Backoff(jitter)
        self._newest: Known | None = None
        self._offset_us = 0
        self._life: Life | None = None
        self._users = 0  # calls and readers that are not done
        self._closed = False

    async def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed; one is fetched when the last was taken."""
        self._users += 1
        told = False
        try:
            while True:
                try:
                    arrival: Arrival | None = await self._asked(NEXT)
                except Lost as problem:
                    if self._closed:
                        return
                    if not told:
                        told = True
                        yield self._down(str(problem))
                    await asyncio.sleep(self._backoff.next())
                    continue
                if arrival is None:
                    return
                down = isinstance(arrival, SourceEvent) and arrival.kind == "down"
                if down and told:
                    continue
                told = down
                if not down:
                    self._note(arrival)
                yield arrival
        finally:
            self._users -= 1
            await self._end()

    async def execute(self, command: Command) -> Outcome:
        """Write one approved step, once, and read it back."""
        return await self._answered("execute", command)

    async def look(self, command: Command) -> Outcome:
        """Only read back."""
        return await self._answered("look", command)

    async def health(self) -> Health:
        """As the source says; no process is begun to ask it."""
        if self._life is None or self._life.lost:
            why = "not connected yet" if self._life is None else self._life.lost
            return Health(source=self._source, up=False, detail="closed" if self._closed else why)
        try:
            async with asyncio.timeout(_HEALTH_S):
                told: Health = await self._asked("health")
        except Lost as problem:
            return Health(source=self._source, up=False, detail=str(problem))
        except TimeoutError:
            return Health(source=self._source, up=False, detail="its process does not answer")
        return told

    async def close(self) -> None:
        """Let go; `readings` ends after what was already heard, a command after its answer."""
        life = self._life
        if life is not None and not life.lost:
            try:
                async with asyncio.timeout(_GOODBYE_S):
                    await self._asked("close")
            except Lost:
                pass  # then there is nothing to let go of
            except TimeoutError:
                life.kill("its source does not close")
        self._closed = True
        await self._end()

    def _note(self, arrival: Arrival) -> None:
        """What another process will have to know."""
        self._backoff.reset()
        if isinstance(arrival, Batch):
            assert self._newest is not None
            remember(self._newest, arrival, self._offset_us)
        elif isinstance(arrival, SourceEvent) and arrival.kind == "up":
            self._offset_us = arrival.offset_us

    def _down(self, why: str) -> SourceEvent:
        log.warning("a source's process is lost", source=self._source, why=why)
        now = self._clock.plant()
        return SourceEvent(source=self._source, kind="down", time=now, reason=why)

    async def _answered(self, what: str, command: Command) -> Outcome:
        sent = what == "execute" and not self._closed
        try:
            found: Outcome = await self._asked(what, command)
        except Lost as problem:
            why = str(problem)
            return Outcome(
                key=command.key, result="unknown", sent=sent, acknowledged=False, detail=why
            )
        return found

    async def _asked(self, what: str, *given: Any) -> Any:
        """What the source answers or raises.

        Raises:
            Lost: closed, or its process is lost; what was asked may have been done.
        """
        self._users += 1
        try:
            return await (await self._living()).asked(what, given)
        finally:
            self._users -= 1
            await self._end()

    async def _living(self) -> Life:
        if self._life is None or self._life.lost:
            if self._closed:
                raise Lost("closed")
            if self._newest is None:
                self._newest = self._known().copy()
            self._life = Life((self._make, self._newest.copy(), self._begin))
        life = self._life
        await life.begun.wait()
        return life

    async def _end(self) -> None:
        """The process goes once it is closed and everybody has his answer."""
        if self._closed and not self._users and self._life is not None:
            life, self._life = self._life, None
            await life.end()
