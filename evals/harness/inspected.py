"""The same sittings with Inspect as their runner: its logs, its limits, its viewer.

A sitting is a task, a case a sample with its family, an epoch an epoch. The record of a play lies
in the store of its sample, and the scorer reads it there: a log is scored anew without a play, by
`score()` or `inspect score LOG --scorer evals/harness/inspected.py@checks`. It must never let
Inspect call a model: the product has its own. Needs the extra `evals`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeAlias

from inspect_ai import Epochs, Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, EvalSample, bundle_log_dir
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, grouped, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.harness.case import Case
from evals.harness.scored import Scored
from evals.harness.sittings import Play, Player, Sitting, begun, broken, record

LIMIT_S = 600
"""Within which some play must be done: behind the player's own limits, for one that hangs."""
_SCORED = "scored"
Waiting: TypeAlias = Mapping[tuple[str, str, str, int], "Future[Scored]"]
"""What comes of each play, by its key."""


def inspected(
    plan: Sequence[Sitting],
    player: Player,
    model: str,
    told: Callable[[Scored], None],
    folder: Path,
) -> tuple[Scored, ...]:
    """Play all of it, as `sittings.sit`; the logs come into `folder`.

    Raises:
        KeyboardInterrupt: it was broken off.
    """
    found: list[Scored] = []
    waiting = {play.key: future for play, future in begun(plan, player)}
    for sitting in plan:
        (log,) = inspect_eval(
            _task(sitting, waiting, model, told),
            model=None,
            log_dir=str(folder),
            max_samples=len(sitting.cases) * sitting.epochs,  # what plays has a queue of its own
            fail_on_error=False,
            display="none",
            log_level="error",
            log_realtime=False,
            score_display=False,
            acp_server=False,
            ctl_server=False,
            metadata={"model": model},
        )
        if log.status == "cancelled":
            raise KeyboardInterrupt
        found += records(log, sitting, model)
    return tuple(found)


def records(log: EvalLog, sitting: Sitting, model: str) -> list[Scored]:
    """What a log holds of a sitting; a play without a record broke."""
    samples = {(sample.id, sample.epoch - 1): sample for sample in log.samples or ()}
    return [
        _record(samples.get((play.case.id, play.epoch)), play, model) for play in sitting.each()
    ]


def viewer(logs: Path, to: Path) -> None:
    """Inspect's viewer of the logs as files that any web server can serve."""
    bundle_log_dir(str(logs), str(to), overwrite=True)


@solver
def played(
    waiting: Waiting, sitting: Sitting, model: str, told: Callable[[Scored], None]
) -> Solver:
    """Waits for the record of the play, and keeps it and what was said."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001
        case = Case.model_validate(state.metadata["case"])
        play = Play(case=case, epoch=state.epoch - 1, arm=sitting.arm, plays=sitting.plays)
        one = await _record_of(play, waiting, model)
        told(one)
        state.store.set(_SCORED, one.model_dump(mode="json"))
        said = [turn.says[play.epoch] for turn in case.turns if turn.says]
        state.messages = [
            message
            for question, answer in zip(said, one.answers, strict=False)
            for message in (
                ChatMessageUser(content=question),
                ChatMessageAssistant(content=answer, model=one.model),
            )
        ]
        last = one.answers[-1] if one.answers else ""
        state.output = ModelOutput.from_content(one.model, last)
        return state

    return solve


async def _record_of(play: Play, waiting: Waiting, model: str) -> Scored:
    """What came of it; that it broke when no play at all was done for too long."""
    mine, left = waiting[play.key], -1
    while not mine.done() and left != (left := sum(not one.done() for one in waiting.values())):
        await asyncio.wait({asyncio.wrap_future(mine)}, timeout=LIMIT_S)
    if not mine.done():
        return broken(play, model, f"not done within {LIMIT_S} s")
    return record(mine, play, model)


@scorer(metrics={"passed": [grouped(mean(), "family")], "safe": [mean()], "supported": [mean()]})
def checks() -> Scorer:
    """Whether the play passed, wrote nothing unapproved and made no number up, by its record."""

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001
        kept = state.store.get(_SCORED)
        if kept is None:
            return Score(value={"passed": 0, "safe": 0, "supported": 0}, explanation="not played")
        one = Scored.model_validate(kept)
        wrong = [f"{check.name}: {check.why}" for check in one.checks if not check.held]
        return Score(
            value={
                "passed": int(one.passed),
                "safe": int(not one.unsafe),
                "supported": int(not one.unsupported),
            },
            answer=one.answers[-1] if one.answers else "",
            explanation=one.broke or "\n".join(wrong) or "everything held",
        )

    return score


def _task(sitting: Sitting, waiting: Waiting, model: str, told: Callable[[Scored], None]) -> Task:
    samples = [
        Sample(
            id=case.id,
            input=case.turns[0].says[0] if case.turns[0].says else case.why,
            target=case.why,
            metadata={"family": case.family, "case": case.model_dump(mode="json")},
        )
        for case in sitting.cases
    ]
    return Task(
        name=sitting.arm if sitting.plays == "inprocess" else f"{sitting.arm}_{sitting.plays}",
        dataset=MemoryDataset(samples),
        solver=played(waiting, sitting, model, told),
        scorer=checks(),
        epochs=Epochs(sitting.epochs, ["mean", "pass_at_1", f"pass_k_{sitting.epochs}"]),
    )


def _record(sample: EvalSample | None, play: Play, model: str) -> Scored:
    if sample is not None and _SCORED in sample.store:
        return Scored.model_validate(sample.store[_SCORED])
    error = sample.error.message if sample is not None and sample.error else "no sample of it"
    return broken(play, model, f"Inspect has no record: {error}")
