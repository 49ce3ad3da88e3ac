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
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from typing import Any, Protocol, TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray

from connectors.backoff import SPREAD, Backoff
from connectors.gaps import remember
from connectors.vendor_error import clause
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
_GOODBYE_S = 12.0  # host seconds that its source has to close: more than `feed.py` takes
_PATIENCE_S = 15  # host seconds from SIGTERM on in which the other must have ended it
_HEALTH_S = 2.0  # host seconds in which it must say how it is
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
        self._users = 0  # calls and readers that are not done
        self._closed = False

    async def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed; one is fetched when the last was taken."""
        self._users += 1
        told = False
        try:
            while True:
                try:
                    arrival: Arrival | None = await self._asked(_NEXT)
                except _Lost as problem:
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
        except _Lost as problem:
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
            except _Lost:
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
        if self._life is None or self._life.lost:
            if self._closed:
                raise _Lost("closed")
            if self._newest is None:
                self._newest = self._known().copy()
            self._life = _Life((self._make, self._newest.copy(), self._begin))
        life = self._life
        await life.begun.wait()
        return life

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
        begun: set once it can be asked, or is lost.
        lost: why it is gone; empty while it is there.
    """

    def __init__(self, given: tuple[Any, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(self._theirs,), name=NAME, daemon=True)
        self._given = given
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count()
        self._asking: dict[int, asyncio.Future[Any]] = {}
        self.begun = asyncio.Event()
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
            self.kill("it does not end")
            await asyncio.to_thread(self._thread.join)
        self._pipe.close()

    def kill(self, why: str) -> None:
        """End it without a goodbye."""
        log.warning("a source's process is killed", why=why, process=self._process.pid)
        if self._process.pid is not None:
            self._process.kill()

    def _hear(self) -> None:
        try:
            why = self._heard()
            self._loop.call_soon_threadsafe(self._gone, why)
        except RuntimeError:  # our loop is over: nobody waits any more
            self._pipe.close()  # by which it ends

    def _heard(self) -> str:
        """Begin it, and pass on what it answers until it is gone; why it is."""
        try:
            self._start()
        except Exception as problem:  # noqa: BLE001 (no memory, or nothing that can be pickled)
            if self._process.pid is not None:
                self._process.kill()
            return f"its process cannot be begun: {clause(problem)}"
        self._loop.call_soon_threadsafe(self.begun.set)
        why = ""
        while not why:
            try:
                answer = self._pipe.recv()
            except (EOFError, OSError):
                self._process.join(_END_S)
                self._process.kill()  # if it has let go of us alone
                self._process.join()
                why = f"its process ended with {self._process.exitcode}"
            except Exception as problem:  # noqa: BLE001 (whatever it is, nobody may wait for it)
                self._process.kill()
                why = f"its process says what cannot be read: {clause(problem)}"
            else:
                self._loop.call_soon_threadsafe(self._answer, *answer)
        return why

    def _start(self) -> None:
        # Ctrl-C is ours to answer, also while it is not yet there to ignore it.
        resource_tracker.ensure_running()  # which would let it through again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self._process.start()
        Finalize(self, self._process.kill, exitpriority=0)  # whoever ends without closing it
        self._theirs.close()
        # Not by `start`: it holds the far end too, and waits for ever if that process dies.
        with suppress(OSError):  # it is gone, as will be heard
            self._pipe.send(self._given)

    def _answer(self, number: int, told: Any, problem: Exception | None) -> None:
        answer = self._asking.get(number)
        if answer is None or answer.done():
            return  # who asked has gone
        if problem is None:
            answer.set_result(told)
        else:
            answer.set_exception(problem)

    def _gone(self, why: str) -> None:
        self.lost = why
        self.begun.set()
        for answer in self._asking.values():
            if not answer.done():
                answer.set_exception(_Lost(self.lost))


def _live(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the other's to answer
    # A service is told to end all at once: the other needs us to end well, and may be gone.
    signal.signal(signal.SIGTERM, lambda *_: signal.alarm(_PATIENCE_S))
    if (given := _received(pipe)) is None:
        return
    make, known, begin = given
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
        except asyncio.CancelledError:
            problem = RuntimeError("it was cancelled")
        except Exception as found:
            log.exception("a source's connector failed")
            problem = RuntimeError(f"{type(found).__name__}: {found}")
        try:
            pipe.send((number, told, problem))
        except OSError:
            return  # nobody is there any more
        except Exception as found:
            log.exception("a source's answer cannot be sent")
            pipe.send((number, None, RuntimeError(f"{type(found).__name__}: {found}")))

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
