"""Who sits which cases how often, and the plays of it by whoever plays: our own runner.

It must never score anything itself: what comes of a play is the player's word, or that it broke.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from typing import Literal, TypeAlias

from pydantic import Field

from evals.harness.case import EPOCHS, Case
from evals.harness.figures import ARMS, CONTROLS, FAMILIES
from evals.harness.scored import Arm, Scored
from twin_core.value import Value

Plays: TypeAlias = Literal["inprocess", "wire"]
FEW = 4
"""Cases that each control arm sits in the smoke."""


class Play(Value):
    """One case in one epoch by one arm."""

    case: Case
    epoch: int = Field(ge=0)
    arm: Arm = "product"
    plays: Plays = "inprocess"

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells it from every other."""
        return self.arm, self.plays, self.case.id, self.epoch


Player: TypeAlias = Callable[[Play], "Future[Scored]"]
"""What plays, in processes of its own: the record comes when it comes."""


class Sitting(Value):
    """Cases that one arm sits, each in so many epochs."""

    arm: Arm
    plays: Plays = "inprocess"
    cases: tuple[Case, ...]
    epochs: int = Field(ge=1, le=EPOCHS)

    def each(self) -> Iterator[Play]:
        """Its plays, those of one case beside each other."""
        for case in self.cases:
            for epoch in range(self.epochs):
                yield Play(case=case, epoch=epoch, arm=self.arm, plays=self.plays)


def sittings(
    cases: Sequence[Case],
    epochs: int,
    arms: Sequence[Arm],
    controls: int | None = None,
    *,
    wire: bool = False,
) -> tuple[Sitting, ...]:
    """Every arm over the cases.

    Intervals are over cases, so that a control is as sure of one epoch of each as of four.

    Args:
        cases: that are asked.
        epochs: of each, of the product; a control sits one.
        arms: that sit them.
        controls: how many of the cases the control arms sit; None = all.
        wire: whether the product sits those that are wired over the wire too, once.
    """
    found = [
        Sitting(arm=arm, cases=tuple(cases), epochs=epochs)
        if arm == "product"
        else Sitting(arm=arm, cases=tuple(cases[:controls]), epochs=1)
        for arm in arms
    ]
    # those of one history beside each other: they are played on one stage
    asked = sorted(cases, key=lambda case: case.history)
    wired = tuple(case for case in asked if wire and case.wired)
    if wired and "product" in arms:
        found.append(Sitting(arm="product", plays="wire", cases=wired, epochs=1))
    return tuple(found)


def smoke(cases: Sequence[Case]) -> tuple[Sitting, ...]:
    """One case a family in one epoch, and a few of them for each control arm; no wire.

    Of a family that case is taken whose history most families share, so that few are lived
    through; of those the one in which the least time passes, and the first by id.
    """
    among = {
        history: len({case.family for case in cases if case.history == history})
        for history in {case.history for case in cases}
    }
    taken = []
    for family in FAMILIES:
        of_family = [case for case in cases if case.family == family]
        if of_family:
            taken.append(
                min(of_family, key=lambda case: (-among[case.history], case.wait_min, case.id))
            )
    return sittings(taken, 1, ("product", *CONTROLS), FEW)


def begun(plan: Sequence[Sitting], player: Player) -> list[tuple[Play, "Future[Scored]"]]:
    """Every play of a plan, handed to the player past by past, and of one past house by house."""
    plays = [play for sitting in plan for play in sitting.each()]
    plays.sort(key=_place)
    return [(play, player(play)) for play in plays]


def sit(
    plan: Sequence[Sitting], player: Player, model: str, told: Callable[[Scored], None]
) -> tuple[Scored, ...]:
    """Play all of it; each record is told as it comes, and they come in no order."""
    waiting = {future: play for play, future in begun(plan, player)}
    found = []
    for future in as_completed(waiting):
        one = record(future, waiting[future], model)
        told(one)
        found.append(one)
    return tuple(found)


def _place(play: Play) -> tuple[str, int, int, bool, bool]:
    case = play.case
    return case.history, play.epoch, ARMS.index(play.arm), not case.only_asks, case.proposes


def record(done: "Future[Scored] | asyncio.Future[Scored]", play: Play, model: str) -> Scored:
    """What came of a play that is done; one whose player failed broke."""
    problem = done.exception()
    if problem is None:
        return done.result()
    return broken(play, model, f"{type(problem).__name__}: {problem}")


def broken(play: Play, model: str, why: str) -> Scored:
    """The record of a play of which none came."""
    return Scored(
        case=play.case.id,
        family=play.case.family,
        epoch=play.epoch,
        arm=play.arm,
        model=model,
        plays=play.plays,
        should_abstain=play.case.should_abstain,
        broke=why,
    )
