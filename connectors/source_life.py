"""One life of the process in which `own_process.py` has a source: both ends of a pipe.

Here a question is numbered and its answer waited for; there the source is made and asked. The
process ends when it is told to, when nobody holds the other end any more, or by force. It must
never answer for the source, nor let anybody wait for a process that is gone.
"""

import asyncio
import itertools
import multiprocessing
import signal
import threading
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from typing import Any, Protocol

import structlog

from connectors.vendor_error import clause
from twin_core.errors import OpsTwinError
from twin_core.governance.ports import CommandSink
from twin_core.ports import ReadingSource

log = structlog.get_logger(__name__)

NAME = "source"
"""What the process is called."""
NEXT = "next"
"""Asked for its next arrival; else it is asked by the name of a method."""
_END_S = 5.0  # host seconds that it has to end
_PATIENCE_S = 15  # host seconds from SIGTERM on in which the other must have ended it


class Wire(ReadingSource, CommandSink, Protocol):
    """A source that can be read and written."""


class Lost(Exception):
    """The process is gone; why."""


class Life:
    """One life of the process, as it is seen from here.

    Args:
        given: what makes the source, what is known of it, and what the process does first or
            None; pickled.

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
            raise Lost(self.lost)
        number = next(self._numbers)
        answer = self._asking[number] = self._loop.create_future()
        try:
            with suppress(OSError):  # it is gone: whoever hears that knows why, and tells
                self._pipe.send((number, what, given))
            return await answer
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
                answer.set_exception(Lost(self.lost))


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
            if what == NEXT:
                told = await anext(arrivals, None)
            else:
                told = await getattr(wire, what)(*given)
        except OpsTwinError as found:
            problem = found
        except asyncio.CancelledError:
            problem = RuntimeError("it was cancelled")
        except Exception as found:  # a connector's bug: who asked must have an answer
            log.exception("a source's connector failed")
            problem = RuntimeError(f"{type(found).__name__}: {found}")
        try:
            pipe.send((number, told, problem))
        except OSError:
            return  # nobody is there any more
        except Exception as found:  # what does not pickle raises anything: told instead
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
