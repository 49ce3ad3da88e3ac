"""A Ray cluster, by address, for pure functions: the Compute past one machine.

Ray is not installed with OpsTwin by itself, and is imported when it is first used. Its workers run
at nice 19 and must have the very same OpsTwin installed: they refuse work of any other, for its
results would be different ones. We come in by the cluster's door for outsiders: a process that is
part of a cluster is ended by Ray when the cluster is lost. It must never start one.
"""

import asyncio
import importlib.util
import logging
import os
import pickle
import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from connectors.parcels import Parcel, Worked, WorkerLost, spread, work
from connectors.same_code import same_code
from connectors.turns import Turns
from twin_core.errors import BadInput, ComputeDown
from twin_core.reader import READER

_A = TypeVar("_A")
_B = TypeVar("_B")

_KNOCK_S = 3.0
_TRIES = 5
_KEPT = 1
"""Workers that only do short work, where there are two."""


class RayCluster:
    """Compute by the workers of a Ray cluster; connected when first asked, and again when lost.

    A map takes as many workers as the cluster has processors, a long one all but one. What Ray has
    not begun when a map is cancelled it drops; what it has is finished, or interrupted where that
    can be.

    Args:
        address: of its door, `ray://HOST:PORT`; Ray's own default for the port is 10001.
        workers: at most so many at once; absent = all.

    Raises:
        BadInput: Ray is not installed here.
    """

    def __init__(self, address: str, workers: int | None = None) -> None:
        if importlib.util.find_spec("ray") is None:
            raise BadInput(
                "compute: Ray is not installed; install opstwin[ray], or set compute = pool."
            )
        self._address, self._most = address, workers
        self._closed = False
        self._joining = threading.Lock()
        self._remote: Any = None
        self._turns = Turns(1, _KEPT)

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
            ComputeDown: closed, no cluster answers, or its workers are not ours or die always.
        """
        if self._closed:
            raise ComputeDown("closed")
        workers = await asyncio.to_thread(self._join)
        self._turns.resize(workers)
        return await spread(partial(self._send, long), workers, function, items, told)

    async def close(self) -> None:
        """Leave the cluster, which drops what we asked of it."""
        self._closed = True
        await asyncio.to_thread(self._leave)

    def _join(self) -> int:
        """Be connected; how many workers there are."""
        import ray

        logging.getLogger("ray").setLevel(logging.ERROR)
        with self._joining:
            try:
                if self._remote is None or not ray.is_initialized():
                    self._drop()
                    _knock(self._address)
                    _enter(self._address)
                    # Another try is ours to make: a parcel that kills its worker does so again.
                    self._remote = ray.remote(num_cpus=1, max_retries=0)(work_there)
                processors = int(ray.cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
            except Exception as problem:  # Ray raises its own, gRPC's and plain ones alike
                self._drop()
                raise ComputeDown(_said(self._address, problem)) from problem
        if processors < 1:
            raise ComputeDown(f"the Ray cluster at {self._address} has no processor")
        return min(processors, self._most or processors)

    def _leave(self) -> None:
        with self._joining:
            self._drop()

    def _drop(self) -> None:
        import ray

        if self._remote is not None:
            self._remote = None
            ray.shutdown()

    async def _send(self, long: bool, parcel: Parcel) -> Worked | None:
        reader = READER.get()
        async with self._turns.turn("" if reader is None else reader.who, long=long):
            return await self._sent(parcel)

    async def _sent(self, parcel: Parcel) -> Worked | None:
        import ray
        from ray.exceptions import OutOfMemoryError, RayError, RayTaskError, WorkerCrashedError

        reference: Any = None
        try:
            reference = await asyncio.to_thread(self._submit, parcel)
            answer = asyncio.wrap_future(reference.future())
            answer.add_done_callback(_seen)
            # Shielded, for Ray does not expect that somebody cancels what it fulfils.
            found = await asyncio.shield(answer)
        except asyncio.CancelledError:
            if reference is not None:
                ray.cancel(reference)
            raise
        except (WorkerCrashedError, OutOfMemoryError) as problem:
            raise WorkerLost from problem
        except (RayError, ConnectionError) as problem:
            # What the function raises comes back as a result: this is Ray's own.
            cause = problem.cause if isinstance(problem, RayTaskError) else problem
            raise ComputeDown(_said(self._address, cause)) from problem
        if isinstance(found, Exception):
            raise found
        worked: Worked | None = found
        return worked

    def _submit(self, parcel: Parcel) -> Any:
        remote = self._remote
        if remote is None:
            raise ComputeDown("closed")
        # By pickle, as to a process of our own, so that both refuse the same functions.
        return remote.remote(same_code(), pickle.dumps(parcel, pickle.HIGHEST_PROTOCOL))


def work_there(code: str, parcel: bytes) -> Worked | Exception | None:
    """Do a parcel's work, in a worker of Ray; an error of the work is given back, not raised.

    Args:
        code: who asks, see `same_code`; work of another OpsTwin is refused by a ComputeDown.
        parcel: pickled.
    """
    os.setpriority(os.PRIO_PROCESS, 0, 19)
    if code != same_code():
        return ComputeDown(
            "a worker of the Ray cluster has another OpsTwin, Python or numerical library than "
            "this server; install the same on both"
        )
    try:
        return work(pickle.loads(parcel))  # noqa: S301 (our own server's)
    except Exception as problem:  # noqa: BLE001 (whatever it is, it is the caller's)
        return problem


def _seen(answer: "asyncio.Future[Any]") -> None:
    """That nobody waits for it any more is not an error."""
    if not answer.cancelled():
        answer.exception()


def _enter(address: str) -> None:
    """Connect; asked again where the door could not start the process that serves a client.

    That happens on a crowded machine, and what failed to start once starts the next time.

    Raises:
        ConnectionError: it failed each time, or the door refuses us.
    """
    import ray

    for left in reversed(range(_TRIES)):
        try:
            ray.init(address, namespace="opstwin", log_to_driver=False, configure_logging=False)
        except ConnectionAbortedError:
            if not left:
                raise
        else:
            return


def _knock(address: str) -> None:
    """Whether anybody listens there: Ray itself would try for half a minute.

    Raises:
        OSError: nobody does.
    """
    door = urlsplit(address)
    socket.create_connection((door.hostname, door.port), _KNOCK_S).close()


def _said(address: str, problem: BaseException) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        return f"the Ray cluster at {address} does not answer: {problem.strerror.lower()}"
    if isinstance(problem, OSError) and not isinstance(problem, ConnectionAbortedError):
        return f"the Ray cluster at {address} was lost"
    # Of what a worker or the door says the last line is the error.
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return f"the Ray cluster at {address}: {lines[-1]}"
