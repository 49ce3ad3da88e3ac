"""Many cases, in a few processes: each loads a history once and plays all that is asked about it.

The result does not depend on how many processes there are, nor on who came first. It must never
leave out a case that could not be played: that one has failed.
"""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from api.logs import log_to_stderr
from evals.harness.case import EPOCHS, Case, History
from evals.harness.history import Lived, lived
from evals.harness.house import Houses
from evals.harness.load import Exam
from evals.harness.play import play
from evals.harness.scored import Arm, Scored
from twin_core.errors import BadInput, OpsTwinError

CACHE = Path(".cache/eval")
"""Where histories are kept, below the current directory."""
_DIED = "the process that was to play it has ended"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Group:
    """Everything that is asked about one history in one epoch by one arm."""

    history: History
    epoch: int
    arm: Arm
    cases: tuple[Case, ...]

    @property
    def weight(self) -> float:
        """About how long it takes, in questions: a plant that lives on costs more."""
        return sum(
            len(case.turns) + sum(turn.wait_min for turn in case.turns) / 5 for case in self.cases
        )


@dataclass
class _Player:
    """A process that plays groups, one after the other."""

    process: BaseProcess
    pipe: Connection
    group: Group | None = None
    played: list[Scored] = field(default_factory=list)


def run(
    exam: Exam,
    *,
    cache: Path = CACHE,
    arms: Sequence[Arm] = ("product",),
    epochs: Sequence[int] = range(EPOCHS),
    settings: Mapping[str, Any] | None = None,
    processes: int = 2,
    say: Say = lambda line: None,  # noqa: ARG005 (nobody listens)
) -> tuple[Scored, ...]:
    """Play every case in every epoch and arm.

    Args:
        exam: the cases.
        cache: where histories are kept.
        arms: who answers.
        epochs: of 0 to 3.
        settings: of every system, over those of a house: the language model.
        processes: how many play at the same time.
        say: takes a line for whoever waits.

    Returns:
        By arm, then case as in the exam, then epoch.

    Raises:
        BadInput: nothing could be scored.
    """
    waiting = sorted(_groups(exam, arms, epochs), key=lambda group: -group.weight)
    whole = sum(len(group.cases) for group in waiting)
    found: list[Scored] = []
    players = [_player(cache, dict(settings or {})) for _ in range(min(processes, len(waiting)))]
    try:
        for player in players:
            _give(player, waiting)
        while busy := {player.pipe: player for player in players if player.group is not None}:
            for pipe in wait(list(busy)):
                player = busy[pipe]  # type: ignore[index]
                for scored in _heard(player, waiting):
                    found.append(scored)
                    say(_line(len(found), whole, scored))
        for group in waiting:  # every player has died
            found += [_broken(case, group, _DIED) for case in group.cases]
    finally:
        for player in players:
            player.pipe.close()
        for player in players:
            player.process.join()
    if not any(scored.checks for scored in found):
        reason = next((scored.broke for scored in found if scored.broke), "there was no case")
        raise BadInput(f"Nothing was scored: {reason}.")
    place = {case.id: at for at, case in enumerate(exam.cases)}
    return tuple(sorted(found, key=lambda s: (arms.index(s.arm), place[s.case], s.epoch)))


def _groups(exam: Exam, arms: Sequence[Arm], epochs: Sequence[int]) -> Iterator[Group]:
    for arm in arms:
        for history in exam.histories.values():
            cases = tuple(case for case in exam.cases if case.history == history.id)
            for epoch in epochs if cases else ():
                yield Group(history, epoch, arm, cases)


def _player(cache: Path, settings: dict[str, Any]) -> _Player:
    start = multiprocessing.get_context("spawn")
    here, there = start.Pipe()
    process = start.Process(target=_plays, args=(there, cache, settings), daemon=True)
    process.start()
    there.close()
    return _Player(process, here)


def _give(player: _Player, waiting: list[Group]) -> None:
    """The next group, the largest of all that wait."""
    player.group, player.played = waiting.pop(0) if waiting else None, []
    if player.group is not None:
        player.pipe.send(player.group)


def _heard(player: _Player, waiting: list[Group]) -> Iterator[Scored]:
    """What a player says: a case that was played, or that its group is over."""
    assert player.group is not None
    try:
        said = player.pipe.recv()
    except EOFError:  # it died: what it had not played has failed
        done = {scored.case for scored in player.played}
        for case in (case for case in player.group.cases if case.id not in done):
            yield _broken(case, player.group, _DIED)
        player.group = None
        return
    if isinstance(said, Scored):
        player.played.append(said)
        yield said
    else:
        _give(player, waiting)


def _broken(case: Case, group: Group, why: str) -> Scored:
    return Scored(
        case=case.id, family=case.family, epoch=group.epoch, arm=group.arm, model="", broke=why
    )


def _line(done: int, whole: int, scored: Scored) -> str:
    failed = next((one for one in scored.checks if not one.held), None)
    why = scored.broke or (f"{failed.name}: {failed.why}" if failed is not None else "")
    told = "passed" if scored.passed else f"FAILED {why}"
    return f"{done}/{whole} {scored.case} epoch {scored.epoch} {scored.arm}: {told}"


def _plays(pipe: Connection, cache: Path, settings: dict[str, Any]) -> None:
    """The life of a player: groups come in, scored cases go out, until nobody is there."""
    log_to_stderr("error")
    with Houses(**settings) as houses:
        while True:
            try:
                group: Group = pipe.recv()
            except EOFError:
                return
            try:
                past = lived(group.history, group.epoch, cache, shuffled=group.arm == "shuffled")
            except OpsTwinError as problem:
                for case in group.cases:
                    pipe.send(_broken(case, group, f"its history cannot be made: {problem}"))
            else:
                asyncio.run(_play(pipe, group, past, houses))
            pipe.send(None)


async def _play(pipe: Connection, group: Group, past: Lived, houses: Houses) -> None:
    for case in group.cases:
        pipe.send(await play(case, group.epoch, past, houses, group.arm))
