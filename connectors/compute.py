"""A warm pool of processes for pure functions: the Compute of one machine.

Workers run at nice 19, so that simulation never delays the serving loop, and end with the process
that asked for them, however it ends. What they run must be importable and its arguments picklable;
it must never depend on which worker runs it.
"""

import asyncio
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from twin_core.errors import ComputeDown

_A = TypeVar("_A")
_B = TypeVar("_B")

_SHARES = 4  # parcels a worker gets of one map, so that a slow one does not hold up the rest


class ProcessPool:
    """Compute by forkserver processes.

    A worker that dies takes the pool with it; the pool is then made anew and what was asked is
    run once more, which a pure function allows.

    Args:
        workers: how many; absent = one less than the cores we may use, at least one.
        modules: imported by each worker as it starts, so that the first question does not wait.
    """

    def __init__(self, workers: int | None = None, modules: Sequence[str] = ()) -> None:
        self.workers = workers or max(1, len(os.sched_getaffinity(0)) - 1)
        self._modules = tuple(modules)
        self._closed = False
        self._pool = self._made()

    async def map(self, function: Callable[[_A], _B], items: Iterable[_A]) -> list[_B]:
        """`[function(item) for item in items]` in workers, results in the order of the items.

        Raises:
            ComputeDown: closed, or the workers died twice.
        """
        asked, pool = list(items), self._pool
        try:
            return await self._mapped(pool, function, asked)
        except BrokenProcessPool:
            # Another map may have made a new one already; a closed pool gets none.
            if self._pool is pool and not self._closed:
                self._pool = self._made()
                pool.shutdown(wait=False, cancel_futures=True)
        try:
            return await self._mapped(self._pool, function, asked)
        except BrokenProcessPool as problem:
            raise ComputeDown("its workers died twice over the same work") from problem

    async def close(self) -> None:
        """Drop what has not begun, wait for what has, let the workers go."""
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    async def _mapped(
        self, pool: ProcessPoolExecutor, function: Callable[[_A], _B], items: list[_A]
    ) -> list[_B]:
        if self._closed:
            raise ComputeDown("closed")
        loop = asyncio.get_running_loop()
        size = max(1, -(-len(items) // (self.workers * _SHARES)))
        parcels = [items[at : at + size] for at in range(0, len(items), size)]
        running = [loop.run_in_executor(pool, _run, function, part) for part in parcels]
        try:
            return [result for part in await asyncio.gather(*running) for result in part]
        finally:
            for future in running:
                future.cancel()

    def _made(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=_settle,
            initargs=(self._modules,),
        )
        for _ in range(self.workers):  # each submission starts a worker while none is idle
            pool.submit(_run, bool, [])
        return pool


def _settle(modules: Sequence[str]) -> None:
    os.nice(19)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    for module in modules:
        importlib.import_module(module)


def _end_with_parent() -> None:
    """End this worker when the process that asked for it is gone.

    The system's parent is the fork server, and the pipe on which a worker waits for work is held
    open by its siblings, so nothing else would tell it.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run(function: Callable[[_A], _B], items: Sequence[_A]) -> list[_B]:
    return [function(item) for item in items]
