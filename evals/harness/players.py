"""Processes that play: each plays all that is asked of one past, and then takes the next.

A past is dear to open, and a house that stands on it is shared by all who only ask. A play comes
as a future; the record depends neither on the order nor on how many processes there are. It must
never leave a play out: one that could not be played has failed.
"""

import asyncio
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import SecretStr

from api.logs import log_to_stderr
from evals.harness.case import History
from evals.harness.history import Lived, lived
from evals.harness.house import Houses
from evals.harness.play import play as played
from evals.harness.scored import Scored
from evals.harness.sittings import Play, Player
from evals.harness.wire import Stages
from twin_core.value import Value

_OPEN = 2
"""Pasts that a process holds in memory: one as it was, and one shuffled."""
_Past: TypeAlias = tuple[str, int]
"""History and epoch."""


class Model(Value):
    """Who answers: `offline`, or a model at an endpoint; what it takes, where that is known."""

    model: str
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    price_read: float | None = None
    price_cached: float | None = None
    price_written: float | None = None
    price_currency: str = "USD"
    most_cost: float | None = None

    def given(self) -> dict[str, Any]:
        """Settings of a system in which it answers."""
        fields = {name: getattr(self, name) for name in Model.model_fields}
        return {name: value for name, value in fields.items() if value is not None}

    def environment(self) -> dict[str, str]:
        """The same as variables of a server's process."""
        given = {name.upper(): str(value) for name, value in self.given().items()}
        if self.openai_api_key is not None:
            given["OPENAI_API_KEY"] = self.openai_api_key.get_secret_value()
        return {n if n.startswith("OPENAI_") else f"OPSTWIN_{n}": v for n, v in given.items()}


@contextmanager
def players(
    histories: Mapping[str, History], kept: Path, model: Model, processes: int
) -> Iterator[Player]:
    """Processes until the end of the block.

    Args:
        histories: by id, those that cases name.
        kept: where pasts are kept from one run to the next.
        model: who answers.
        processes: how many play at the same time.
    """
    spawn = multiprocessing.get_context("spawn")
    opened = partial(ProcessPoolExecutor, 1, spawn, _end_with_parent)
    pools = [opened() for _ in range(processes)]
    wires = opened()
    queue = _Queue(pools, lambda play: (_play, play, histories[play.case.history], kept, model))

    def submit(play: Play) -> Future[Scored]:
        if play.plays == "wire":
            return wires.submit(_play_wired, play, histories[play.case.history], model)
        return queue.submit(play)

    try:
        yield submit
        with suppress(BrokenExecutor):  # one that was lost has left already
            for left in [
                *(pool.submit(_leave, model, kept) for pool in pools),
                wires.submit(_unwire, model),
            ]:
                left.result()
    finally:
        queue.close()
        for pool in (*pools, wires):
            pool.shutdown(cancel_futures=True)


class _Queue:
    """Plays that wait, by their past; a process keeps to one past while any of it waits.

    Args:
        pools: of one process each.
        work: what a pool is handed for a play.
    """

    def __init__(self, pools: Sequence[Executor], work: Callable[[Play], tuple[Any, ...]]) -> None:
        self._work = work
        self._lock = threading.RLock()
        self._idle = list(pools)
        self._past: dict[Executor, _Past | None] = dict.fromkeys(pools)
        self._owner: dict[_Past, Executor] = {}
        self._waiting: dict[_Past, deque[tuple[Play, Future[Scored]]]] = {}

    def submit(self, play: Play) -> Future[Scored]:
        """It is played when a process is free for it."""
        done: Future[Scored] = Future()
        with self._lock:
            past = (play.case.history, play.epoch)
            self._waiting.setdefault(past, deque()).append((play, done))
        self._feed()
        return done

    def close(self) -> None:
        """Nothing that still waits is played."""
        with self._lock:
            left = [done for plays in self._waiting.values() for _, done in plays]
            self._waiting.clear()
        for done in left:
            done.cancel()

    def _feed(self) -> None:
        with self._lock:
            for pool in tuple(self._idle):
                past = self._next(pool)
                if past is not None:
                    self._begin(pool, past)
            if not self._past:  # every process was lost
                self.close()

    def _next(self, pool: Executor) -> _Past | None:
        """The one it is at, else one that it or nobody has opened."""
        mine = self._past[pool]
        if mine in self._waiting:
            return mine
        return next((past for past in self._waiting if self._owner.get(past, pool) is pool), None)

    def _begin(self, pool: Executor, past: _Past) -> None:
        play, done = self._waiting[past].popleft()
        if not self._waiting[past]:
            del self._waiting[past]
        self._idle.remove(pool)
        self._past[pool], self._owner[past] = past, pool
        try:
            playing = pool.submit(*self._work(play))
        except BrokenExecutor as problem:
            del self._past[pool]
            self._owner = {past: one for past, one in self._owner.items() if one is not pool}
            done.set_exception(problem)
        else:
            playing.add_done_callback(partial(self._played, pool, done))

    def _played(self, pool: Executor, done: Future[Scored], playing: Future[Scored]) -> None:
        with self._lock:
            self._idle.append(pool)
        self._feed()
        problem = playing.exception()
        if problem is not None:
            done.set_exception(problem)
        else:
            done.set_result(playing.result())


def _end_with_parent() -> None:
    """Let this process end when the run does, however that ends: it waits for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _play(play: Play, history: History, kept: Path, model: Model) -> Scored:
    """In a process that plays."""
    said = history.model_dump_json()
    past = _past(said, play.epoch, kept, shuffled=play.arm == "shuffled")
    houses = _houses(model, kept)
    return _loop().run(played(play.case, play.epoch, past, houses, play.arm, lent=True))


@lru_cache(maxsize=_OPEN)
def _past(history: str, epoch: int, kept: Path, *, shuffled: bool) -> Lived:
    return lived(History.model_validate_json(history), epoch, kept, shuffled=shuffled)


@cache
def _loop() -> asyncio.Runner:
    """In which a house stands from one play to the next."""
    return asyncio.Runner()


@cache
def _houses(model: Model, kept: Path) -> Houses:
    """Those of this process, made once."""
    log_to_stderr("error")
    return Houses(kept, **model.given())


def _play_wired(play: Play, history: History, model: Model) -> Scored:
    """In the process that plays over the wire; its stage takes what the machine has."""
    return _stages(model).play(play.case, history)


@cache
def _stages(model: Model) -> Stages:
    return Stages(model.environment())


def _unwire(model: Model) -> None:
    _stages(model).close()


def _leave(model: Model, kept: Path) -> None:
    """Throw away what the houses of this process have left."""
    houses = _houses(model, kept)
    _loop().run(houses.leave())
    _loop().close()
    houses.__exit__(None, None, None)
