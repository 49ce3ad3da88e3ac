"""Processes that play: each keeps to the pasts it was given first, for those are dear to open.

A play comes as a future, whoever asks and in whatever order. The record does not depend on how
many processes there are. It must never leave a play out: one that could not be played has failed.
"""

import asyncio
import multiprocessing
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from api.logs import log_to_stderr
from evals.harness.case import Case, History
from evals.harness.history import Lived, lived
from evals.harness.house import Houses
from evals.harness.play import play as played
from evals.harness.scored import Scored
from evals.harness.sittings import Play, Player
from evals.harness.wire import Stages
from twin_core.value import Value

_OPEN = 4
"""Pasts that a process holds in memory."""


class Model(Value):
    """Who answers in the houses: `offline`, or a model at an endpoint."""

    model: str
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None


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
    pools = [ProcessPoolExecutor(1, mp_context=spawn) for _ in range(processes)]
    wires = ProcessPoolExecutor(1, mp_context=spawn)
    owner: dict[tuple[str, int], int] = {}
    load: dict[int, float] = defaultdict(float)

    def submit(play: Play) -> Future[Scored]:
        if play.plays == "wire":
            return wires.submit(_play_wired, play, histories[play.case.history])
        lightest = min(range(processes), key=lambda number: load[number])
        number = owner.setdefault((play.case.history, play.epoch), lightest)
        weight = _weight(play.case)
        load[number] += weight
        done = pools[number].submit(_play, play, histories[play.case.history], kept, model)

        def lighter(_: Future[Scored]) -> None:
            load[number] -= weight

        done.add_done_callback(lighter)
        return done

    try:
        yield submit
        for left in [*(pool.submit(_leave, model) for pool in pools), wires.submit(_unwire)]:
            left.result()
    finally:
        for pool in (*pools, wires):
            pool.shutdown(cancel_futures=True)


def _weight(case: Case) -> float:
    """About how long it takes, in questions: a plant that lives on costs more."""
    return len(case.turns) + sum(turn.wait_min for turn in case.turns) / 5


def _play(play: Play, history: History, kept: Path, model: Model) -> Scored:
    """In a process that plays."""
    said = history.model_dump_json()
    past = _past(said, play.epoch, kept, shuffled=play.arm == "shuffled")
    return asyncio.run(played(play.case, play.epoch, past, _houses(model), play.arm))


@lru_cache(maxsize=_OPEN)
def _past(history: str, epoch: int, kept: Path, *, shuffled: bool) -> Lived:
    return lived(History.model_validate_json(history), epoch, kept, shuffled=shuffled)


@cache
def _houses(model: Model) -> Houses:
    """Those of this process, made once."""
    log_to_stderr("error")
    given: dict[str, Any] = {name: getattr(model, name) for name in Model.model_fields}
    return Houses(**{name: value for name, value in given.items() if value is not None})


def _play_wired(play: Play, history: History) -> Scored:
    """In the process that plays over the wire; its stage takes what the machine has."""
    return _stages().play(play.case, history)


@cache
def _stages() -> Stages:
    return Stages()


def _unwire() -> None:
    _stages().close()


def _leave(model: Model) -> None:
    """Throw away what the houses of this process have left."""
    _houses(model).__exit__(None, None, None)
