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
    pools = [ProcessPoolExecutor(1, mp_context=spawn) for _ in range(processes)]
    wires = ProcessPoolExecutor(1, mp_context=spawn)
    owner: dict[tuple[str, int], int] = {}
    load: dict[int, float] = defaultdict(float)

    def submit(play: Play) -> Future[Scored]:
        if play.plays == "wire":
            return wires.submit(_play_wired, play, histories[play.case.history], model)
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
        for left in [*(pool.submit(_leave, model) for pool in pools), wires.submit(_unwire, model)]:
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
    return Houses(**model.given())


def _play_wired(play: Play, history: History, model: Model) -> Scored:
    """In the process that plays over the wire; its stage takes what the machine has."""
    return _stages(model).play(play.case, history)


@cache
def _stages(model: Model) -> Stages:
    return Stages(model.environment())


def _unwire(model: Model) -> None:
    _stages(model).close()


def _leave(model: Model) -> None:
    """Throw away what the houses of this process have left."""
    _houses(model).__exit__(None, None, None)
