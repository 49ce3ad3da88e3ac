"""A busy source in a process of its own: its decoding holds up no answer.

asyncua decodes what a server publishes in one block, a tenth of a second for 2,500 changes, and so
many objects that the collector looks through all there are again and again; both would stop every
thread of whoever answers people. The process ends with the one that asked for it, however that
ends, and is begun again when it is lost. It must never change what the source says, and never have
a command sent twice.
"""

import asyncio
import itertools
import multiprocessing
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Protocol, TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray

from connectors.backoff import SPREAD, Backoff
from connectors.gaps import remember
from twin_core.errors import OpsTwinError
from twin_core.governance.action import Command, Outcome
from twin_core.governance.ports import CommandSink
from twin_core.ports import Clock, Health, ReadingSource
from twin_core.reading import Arrival, Batch, SourceEvent

log = structlog.get_logger(__name__)

BUSY = 2_000
"""Changes in a second from which on a source is worth a process."""
NAME = "source"
"""What the process is called."""
_END_S = 5.0  # host seconds that it has to end
_NEXT = "next"  # asked for its next arrival, else by the name of a method


class Wire(ReadingSource, CommandSink, Protocol):
    """A source that can be read and written."""


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
        self._life: _Life | None = None
        self._beginning = asyncio.Lock()
        self._users = 0  # calls and readers that are not done
        self._closed = False

    async def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed; one is fetched when the last was taken."""
        self._users += 1
        try:
            while True:
                try:
                    arrival: Arrival | None = await self._asked(_NEXT)
                except _Lost as problem:
                    if self._closed:
                        return
                    yield self._down(str(problem))
                    await asyncio.sleep(self._backoff.next())
                    continue
                if arrival is None:
                    return
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
        """As the source says."""
        try:
            told: Health = await self._asked("health")
        except _Lost as problem:
            return Health(source=self._source, up=False, detail=str(problem))
        return told

    async def close(self) -> None:
        """Let go; `readings` ends after what was already heard, a command after its answer."""
        if self._life is not None and not self._life.lost:
            with suppress(_Lost):  # then there is nothing to let go of
                await self._asked("close")
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
        except _Lost as problem:
            why = str(problem)
            return Outcome(
                key=command.key, result="unknown", sent=sent, acknowledged=False, detail=why
            )
        return found

    async def _asked(self, what: str, *given: Any) -> Any:
        """What the source answers or raises.

        Raises:
            _Lost: closed, or its process is lost; what was asked may have been done.
        """
        self._users += 1
        try:
            return await (await self._living()).asked(what, given)
        finally:
            self._users -= 1
            await self._end()

    async def _living(self) -> "_Life":
        async with self._beginning:
            if self._life is None or self._life.lost:
                if self._closed:
                    raise _Lost("closed")
                loop = asyncio.get_running_loop()
                if self._newest is None:
                    self._newest = self._known().copy()
                given = self._make, self._newest, self._begin
                self._life = await asyncio.to_thread(_Life, loop, given)
            return self._life

    async def _end(self) -> None:
        """The process goes once it is closed and everybody has his answer."""
        if self._closed and not self._users and self._life is not None:
            life, self._life = self._life, None
            await life.end()


class _Lost(Exception):
    """The process is gone; why."""


class _Life:
    """One life of the process, as it is seen from here.

    Attributes:
        lost: why it is gone; empty while it is there.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, given: tuple[Any, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(theirs, *given), name=NAME, daemon=True)
        self._process.start()
        theirs.close()
        self._loop = loop
        self._numbers = itertools.count()
        self._asking: dict[int, asyncio.Future[Any]] = {}
        self.lost = ""
        self._thread = threading.Thread(target=self._hear, name="source", daemon=True)
        self._thread.start()

    async def asked(self, what: str, given: tuple[Any, ...]) -> Any:
        """What is answered or raised there."""
        if self.lost:
            raise _Lost(self.lost)
        number = next(self._numbers)
        answer = self._asking[number] = self._loop.create_future()
        try:
            self._pipe.send((number, what, given))
            return await answer
        except OSError as problem:
            raise _Lost("its process is gone") from problem
        finally:
            del self._asking[number]

    async def end(self) -> None:
        """Let it go; it is killed if it does not."""
        with suppress(OSError):  # it is gone
            self._pipe.send(None)
        await asyncio.to_thread(self._thread.join, _END_S)
        if self._thread.is_alive():
            log.warning("a source's process does not end", process=self._process.pid)
            self._process.kill()
            await asyncio.to_thread(self._thread.join)
        self._pipe.close()

    def _hear(self) -> None:
        with suppress(RuntimeError):  # our loop is over: nobody waits any more
            try:
                while True:
                    self._loop.call_soon_threadsafe(self._answer, *self._pipe.recv())
            except (EOFError, OSError):
                self._process.join()
                self._loop.call_soon_threadsafe(self._gone)

    def _answer(self, number: int, told: Any, problem: Exception | None) -> None:
        answer = self._asking.get(number)
        if answer is None or answer.done():
            return  # who asked has gone
        if problem is None:
            answer.set_result(told)
        else:
            answer.set_exception(problem)

    def _gone(self) -> None:
        self.lost = f"its process ended with {self._process.exitcode}"
        for answer in self._asking.values():
            if not answer.done():
                answer.set_exception(_Lost(self.lost))


def _live(
    pipe: Connection, make: Callable[..., Wire], known: Known, begin: Callable[[], None] | None
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the other's to answer
    if begin is not None:
        begin()
    asyncio.run(_serve(pipe, make(known=lambda: known)))


async def _serve(pipe: Connection, wire: Wire) -> None:
    """Answer what is asked, until told to end or nobody is there to ask."""
    arrivals = wire.readings()
    answering: set[asyncio.Task[None]] = set()

    async def answer(number: int, what: str, given: tuple[Any, ...]) -> None:
        told: Any = None
        problem: Exception | None = None
        try:
            if what == _NEXT:
                told = await anext(arrivals, None)
            else:
                told = await getattr(wire, what)(*given)
        except OpsTwinError as found:
            problem = found
        except Exception as found:
            log.exception("a source's connector failed")
            problem = RuntimeError(f"{type(found).__name__}: {found}")
        pipe.send((number, told, problem))

    try:
        while (asked := await asyncio.to_thread(_received, pipe)) is not None:
            answering.add(task := asyncio.create_task(answer(*asked)))
            task.add_done_callback(answering.discard)
    finally:
        await wire.close()
        for task in answering:
            task.cancel()


def _received(pipe: Connection) -> Any:
    """What is asked; None when nobody is there any more."""
    try:
        return pipe.recv()
    except (EOFError, OSError):
        return None
