"""A map cut into parcels: what every Compute that sends its work away shares.

A parcel is about a tenth of a second of work, and one more is out than there are workers: what is
asked during a sweep of thousands waits for a parcel or two, not for the sweep, and a cancelled map
holds nobody longer. A map ends when its reader goes. What a function is bound to, a whole plant's
state perhaps, goes to a worker once and not with every parcel. It must never let a result depend on
where or with what else it was made.
"""

import asyncio
import contextlib
import hashlib
import pickle
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from twin_core.errors import ComputeDown
from twin_core.reader import READER

_A = TypeVar("_A")
_B = TypeVar("_B")

_PARCEL_S = 0.1
_TRIES = 3
_SMALL = 32_768
"""Bytes of a function that may go with every parcel."""
_held: dict[bytes, Callable[[Any], Any]] = {}
"""Of a worker: the last large function it was sent."""


class WorkerLost(Exception):
    """The worker died over a parcel, or over another while this one waited."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Some items of a map, and what to do with each.

    Attributes:
        key: digest of the function.
        function: pickled; None = the worker may hold it.
    """

    key: bytes
    function: bytes | None
    items: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Worked:
    """Results in the order of the items, and the seconds they took."""

    results: list[Any]
    took_s: float


def work(parcel: Parcel) -> Worked | None:
    """Do a parcel's work, here, in a worker; None: the function is not here, send it along."""
    if parcel.key in _held:
        function = _held[parcel.key]
    elif parcel.function is None:
        return None
    else:
        function = pickle.loads(parcel.function)  # noqa: S301 (our own server's)
        if len(parcel.function) > _SMALL:
            _held.clear()
            _held[parcel.key] = function
    began = time.perf_counter()
    results = [function(item) for item in parcel.items]
    return Worked(results, time.perf_counter() - began)


async def spread(
    send: Callable[[Parcel], Awaitable[Worked | None]],
    workers: int,
    function: Callable[[_A], _B],
    items: Iterable[_A],
    told: Callable[[int], None] | None,
) -> list[_B]:
    """`[function(item) for item in items]` by workers.

    Args:
        send: has a parcel worked on (`work`) by any of them; raises WorkerLost.
        workers: how many there are.
        function: what to do with each, see `Compute.map`.
        items: one argument each.
        told: hears how many are done.

    Raises:
        ComputeDown: workers died again and again over the same parcel.
        asyncio.CancelledError: the reader has gone.
    """
    asked = list(items)
    if not asked:
        return []
    made = asyncio.ensure_future(_spread(send, workers, function, asked, told))
    loop, reader = asyncio.get_running_loop(), READER.get()

    def end() -> None:
        loop.call_soon_threadsafe(made.cancel)

    if reader is not None:
        reader.tell(end)
    try:
        return await made
    finally:
        if reader is not None:
            reader.forget(end)


async def _spread(
    send: Callable[[Parcel], Awaitable[Worked | None]],
    workers: int,
    function: Callable[[_A], _B],
    asked: Sequence[_A],
    told: Callable[[int], None] | None,
) -> list[_B]:
    # Not on the loop: what the function is bound to may be large.
    packed = await asyncio.to_thread(pickle.dumps, function, pickle.HIGHEST_PROTOCOL)
    whole = Parcel(hashlib.sha256(packed).digest(), packed, ())
    plain = whole if len(packed) <= _SMALL else replace(whole, function=None)

    async def done(part: Sequence[_A]) -> Worked:
        worked = await _again(send, replace(plain, items=part))
        if worked is None:
            worked = await _again(send, replace(whole, items=part))
        assert worked is not None
        return worked

    results: list[Any] = [None] * len(asked)
    out: dict[asyncio.Task[Worked], int] = {}
    begun, finished, size = 0, 0, 1
    try:
        while finished < len(asked):
            while begun < len(asked) and len(out) <= workers:
                part = asked[begun : begun + size]
                out[asyncio.ensure_future(done(part))] = begun
                begun += len(part)
            back, _ = await asyncio.wait(out, return_when=asyncio.FIRST_COMPLETED)
            for task in back:
                start, worked = out.pop(task), task.result()
                results[start : start + len(worked.results)] = worked.results
                finished += len(worked.results)
                pace = worked.took_s / len(worked.results)
                # The last ones are shared out, so that none waits for one that has many.
                most = -(-(len(asked) - begun) // (workers + 1))
                size = max(1, min(most, int(_PARCEL_S / max(pace, 1e-9))))
            if told is not None:
                told(finished)
    finally:
        for task in out:
            task.cancel()
        await asyncio.gather(*out, return_exceptions=True)
    return results


async def _again(
    send: Callable[[Parcel], Awaitable[Worked | None]], parcel: Parcel
) -> Worked | None:
    """Send it, and again when its worker is lost, which a pure function does not mind."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(WorkerLost):
            return await send(parcel)
    try:
        return await send(parcel)
    except WorkerLost as problem:
        raise ComputeDown(f"its workers died {_TRIES} times over the same work") from problem
