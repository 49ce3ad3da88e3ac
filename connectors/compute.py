"""A warm pool of processes for pure functions: the Compute of one machine.

Workers run at nice 19, so that simulation never delays the serving loop; those for long work, on
Linux, by its idle class besides, which gives way at once to whatever else has work. They end with
the process that asked for them, however it ends. What they run must be importable and its arguments
picklable; it must never depend on which worker runs it.
"""

import asyncio
import contextlib
import multiprocessing
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, TypeVar

from connectors.parcels import Parcel, Worked, WorkerLost, spread, work
from connectors.turns import Turns
from twin_core.errors import ComputeDown
from twin_core.reader import READER

_A = TypeVar("_A")
_B = TypeVar("_B")

_KEPT = 1
"""Workers that only do short work."""
_GRACE_S = 0.5
"""So long a worker may go on with what nobody wants: to start another takes some seconds."""


class ProcessPool:
    """Compute by forkserver processes.

    Beside those for long work there is one more, which long work never has. A worker that dies is
    replaced, and what it had is run again, which a pure function allows. A cancelled map takes back
    what no worker has begun; a worker that is not soon done with what it has begun is ended, for
    nobody wants it.

    Args:
        workers: how many may do long work; absent = one less than the cores we may use, at least
            one.
        warm: what each worker imports as it starts, so that the first question does not wait: a
            module (`a.b`), or a function of one, which it also calls (`a.b:f`).
    """

    def __init__(self, workers: int | None = None, warm: Sequence[str] = ()) -> None:
        self.workers = workers or max(1, len(os.sched_getaffinity(0)) - 1)
        self._warm = tuple(warm)
        self._closed = False
        self._lock = threading.Lock()
        self._turns = Turns(self.workers + _KEPT, _KEPT)
        kept = [_Worker(self._warm, idle=False) for _ in range(_KEPT)]
        self._free = [*kept, *(_Worker(self._warm, idle=True) for _ in range(self.workers))]
        self._busy: list[_Worker] = []

    async def map(
        self,
        function: Callable[[_A], _B],
        items: Iterable[_A],
        told: Callable[[int], None] | None = None,
        *,
        long: bool = False,
    ) -> list[_B]:
        """`[function(item) for item in items]` in workers, results in the order of the items.

        Raises:
            ComputeDown: closed, or workers died again and again over the same work.
        """
        return await spread(partial(self._send, long), self.workers, function, items, told)

    async def close(self) -> None:
        """Drop what has not begun, wait for what has, let the workers go."""
        with self._lock:
            self._closed = True
            workers = (*self._busy, *self._free)
        for worker in workers:
            await asyncio.to_thread(worker.close)

    async def _send(self, long: bool, parcel: Parcel) -> Worked | None:
        reader = READER.get()
        async with self._turns.turn("" if reader is None else reader.who, long=long):
            if self._closed:
                raise ComputeDown("closed")
            worker = self._taken(parcel.key, long=long)
            try:
                return await worker.work(parcel)
            finally:
                self._back(worker)

    def _taken(self, key: bytes, *, long: bool) -> "_Worker":
        """A free worker, of which there is one for each turn.

        One for such work if there is, that has the function already, or else that has started.
        """
        with self._lock:
            worker = max(self._free, key=lambda one: (one.idle == long, one.held == key, one.up))
            self._free.remove(worker)
            self._busy.append(worker)
        return worker

    def _back(self, worker: "_Worker") -> None:
        with self._lock:
            self._busy.remove(worker)
            if worker.lost and not self._closed:
                worker.let_go()
                worker = _Worker(self._warm, idle=worker.idle)
            self._free.append(worker)


class _Worker:
    """One process of a pool, and what feeds it.

    Attributes:
        idle: whether it works when a core has nothing else to do.
        held: digest of the last function it was sent.
        lost: whether it died, or was ended.
    """

    def __init__(self, warm: Sequence[str], *, idle: bool) -> None:
        self.idle = idle
        self.held = b""
        self.lost = False
        self._closed = False
        self._executor = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=_settle,
            initargs=(idle,),
        )
        self._pid = self._executor.submit(os.getpid)  # starts it
        self._warm = self._executor.submit(_import, warm)

    @property
    def up(self) -> bool:
        """Whether it has started."""
        return self._warm.done()

    async def work(self, parcel: Parcel) -> Worked | None:
        """Have a parcel worked on.

        Raises:
            WorkerLost: it died over it.
        """
        try:
            # What has not been sent need not be ended: who goes while it starts goes at once.
            pid = await asyncio.shield(asyncio.wrap_future(self._pid))
            # what could not be imported is told by the work that needs it
            warm = asyncio.wrap_future(self._warm)
            warm.add_done_callback(_seen)
            await asyncio.wait({warm})
            if self._closed:
                raise ComputeDown("closed")
            self.held = parcel.key
            answer = asyncio.wrap_future(self._executor.submit(work, parcel))
            try:
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                await self._end(pid, answer)
                raise
        except BrokenProcessPool as problem:
            self.lost = True
            raise WorkerLost from problem
        except asyncio.CancelledError:
            if self._pid.cancelled():
                raise ComputeDown("closed") from None
            raise

    async def _end(self, pid: int, answer: "asyncio.Future[Worked | None]") -> None:
        """Have it done with a parcel that nobody wants, one way or the other."""
        answer.add_done_callback(_seen)
        try:
            await asyncio.wait({answer}, timeout=_GRACE_S)
        finally:
            if not answer.done():
                self.lost = True
                os.kill(pid, signal.SIGKILL)

    def let_go(self) -> None:
        """Keep nothing of one that is lost."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Wait until it is done, and end it; what it only imports is not waited for."""
        self._closed = True
        with contextlib.suppress(CancelledError, BrokenProcessPool):
            pid = self._pid.result()
            if not self._warm.done():
                os.kill(pid, signal.SIGKILL)
        self._executor.shutdown(wait=True, cancel_futures=True)


def _seen(answer: "asyncio.Future[Any]") -> None:
    """That nobody waits for it any more is not an error."""
    if not answer.cancelled():
        answer.exception()


def _settle(idle: bool) -> None:
    os.nice(19)
    if idle and sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _import(warm: Sequence[str]) -> None:
    for name in warm:
        found = pkgutil.resolve_name(name)
        if callable(found):
            found()


def _end_with_parent() -> None:
    """End this worker when the process that asked for it is gone.

    The system's parent is the fork server, and the pipe on which a worker waits for work is held
    open by its siblings, so nothing else would tell it.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
