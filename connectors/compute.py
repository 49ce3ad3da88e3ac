"""A warm pool of processes for pure functions: the Compute of one machine.

Workers run at nice 19, so that simulation never delays the serving loop, and end with the process
that asked for them, however it ends. What they run must be importable and its arguments picklable;
it must never depend on which worker runs it.
"""

import asyncio
import multiprocessing
import os
import pkgutil
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from connectors.parcels import Parcel, Worked, WorkerLost, spread, work
from twin_core.errors import ComputeDown

_A = TypeVar("_A")
_B = TypeVar("_B")


class ProcessPool:
    """Compute by forkserver processes.

    A worker that dies takes the pool with it; the pool is then made anew and what was under way is
    run again, which a pure function allows. A cancelled map takes back what no worker has
    begun; what one has begun is finished and dropped, for to kill it would take the work of others
    with it.

    Args:
        workers: how many; absent = one less than the cores we may use, at least one.
        warm: what each worker imports as it starts, so that the first question does not wait: a
            module (`a.b`), or a function of one, which it also calls (`a.b:f`).
    """

    def __init__(self, workers: int | None = None, warm: Sequence[str] = ()) -> None:
        self.workers = workers or max(1, len(os.sched_getaffinity(0)) - 1)
        self._warm = tuple(warm)
        self._closed = False
        self._pool = self._made()

    async def map(
        self,
        function: Callable[[_A], _B],
        items: Iterable[_A],
        told: Callable[[int], None] | None = None,
    ) -> list[_B]:
        """`[function(item) for item in items]` in workers, results in the order of the items.

        Raises:
            ComputeDown: closed, or workers died again and again over the same work.
        """
        return await spread(self._send, self.workers, function, items, told)

    async def close(self) -> None:
        """Drop what has not begun, wait for what has, let the workers go."""
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    async def _send(self, parcel: Parcel) -> Worked | None:
        if self._closed:
            raise ComputeDown("closed")
        pool, loop = self._pool, asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(pool, work, parcel)
        except BrokenProcessPool as problem:
            # Another parcel may have made a new one already; a closed pool gets none.
            if self._pool is pool and not self._closed:
                self._pool = self._made()
                pool.shutdown(wait=False, cancel_futures=True)
            raise WorkerLost from problem
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise WorkerLost from None  # not by who asked: its pool was let go

    def _made(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=_settle,
            initargs=(self._warm,),
        )
        for _ in range(self.workers):  # each submission starts a worker while none is idle
            pool.submit(bool)
        return pool


def _settle(warm: Sequence[str]) -> None:
    os.nice(19)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
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
