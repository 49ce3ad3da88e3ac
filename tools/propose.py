"""Hands a remedy, or a set-point that was asked for, in at the desk, simulated.

It is the only tool that leaves a trace, and only there.

People decide; nothing here approves or acts. The requester is the asker of the run: he comes by
closure, and no argument can name him.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from pydantic import Field
from rapidfuzz import fuzz, process

from tools.arguments import Arguments
from tools.basis import basis_for
from tools.change_said import ChangeSaid
from tools.diagnosis import cause_evidence, check_evidence, mode_name
from tools.numeral import values_in
from tools.remedies import ALIKE, Counsel, counsel_for, remedy_evidence
from tools.result import ToolResult, failed
from tools.scene import Scene
from tools.study import Study
from tools.view import Forecaster
from tools.window import Windows, window_draft, window_evidence
from tools.wish import simulated, wish_draft, wish_evidence, wished
from tools.wording import called, gain, sentence
from twin_core.advice.plan import written
from twin_core.advice.remedy import Remedy
from twin_core.answer import Asker
from twin_core.errors import TooLarge, UnknownName
from twin_core.evidence import Evidence
from twin_core.governance.action import (
    Action,
    Basis,
    Draft,
    Inspection,
    WorkOrder,
    WritePlan,
)
from twin_core.governance.desk import ProposalDesk, Receipt
from twin_core.plant.assets import Plant

MOST = 3
"""Proposals that one question may hand in."""
_WAITING = {"pending", "proposed", "policy", "approved"}
_BEST = {"", "best", "the best", "best remedy", "the best remedy"}


class OneQuestion:
    """A desk that takes no more of one question than a person will read at once.

    What one question proposes is drawn up one after the other, so that nothing is simulated for a
    draft that is not taken any more.
    """

    def __init__(self, desk: ProposalDesk) -> None:
        self._desk = desk
        self._taken = 0
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A draft may be drawn up and handed in within the block.

        Raises:
            TooLarge: this question has handed in as many as it may.
        """
        async with self._turn:
            if self._taken == MOST:
                raise TooLarge("One proposal more for one question", f"{MOST}")
            yield

    async def submit(self, draft: Draft, asker: Asker) -> Receipt:
        """Hand in a draft, in one's turn."""
        self._taken += 1
        return await self._desk.submit(draft, asker)


class Propose(Arguments):
    """Hand in a remedy as a proposal for people to approve. Nothing is done until they do.

    Use it only when asked to propose, or when asked for the root cause of a trouble. It diagnoses
    and simulates first, and takes the best remedy unless another of those found is named.
    """

    doing: ClassVar[tuple[str, str]] = ("Drawing up a proposal", "for")

    asset: str = Field(description="the line or machine in trouble, as complained about")
    remedy: str = Field(default="", description="title of a remedy found; empty = the best")
    cause: str = Field(default="", description="one of the causes found; empty = the likeliest")
    window: str = Field(
        default="",
        description="instead of a remedy a maintenance window: how long the job takes, “20 min”, "
        "or “usual”",
    )
    horizon: str = Field(default="", description="of a window: begin within; empty = 8 h")
    change: ChangeSaid | None = Field(
        default=None,
        description="instead of a remedy a set-point whose value the person named himself: kind "
        "set, shift or speed; it is simulated, and refused beyond its limits",
    )


async def propose(
    scene: Scene,
    study: Study,
    desk: OneQuestion,
    asker: Asker,
    windows: Windows,
    forecaster: Forecaster,
    asset: str,
    remedy: str = "",
    cause: str = "",
    window: str = "",
    horizon: str = "",
    change: ChangeSaid | None = None,
) -> ToolResult:
    """Draw up the draft of a remedy and hand it in; or say why there is nothing to hand in."""
    async with desk.turn():
        if window.strip():
            return await _window(scene, desk, asker, windows, asset, window, horizon)
        return await _remedy(scene, study, desk, asker, forecaster, asset, remedy, cause, change)


async def _remedy(
    scene: Scene,
    study: Study,
    desk: OneQuestion,
    asker: Asker,
    forecaster: Forecaster,
    asset: str,
    remedy: str,
    cause: str,
    change: ChangeSaid | None,
) -> ToolResult:
    """Hand in a remedy that was found, or the set-point that the person named himself."""
    own = wished(scene, change) if change is not None else None
    if isinstance(own, Evidence):
        return failed("Nothing was proposed.").model_copy(update={"evidence": (own,)})
    await study.recall(scene.asset(asset))
    counsel = await counsel_for(scene, study, asset, cause)
    alike: Remedy | None = None
    if own is not None:
        found = counsel.remedies if isinstance(counsel, Counsel) else ()
        alike = next((r for r in found if r.action and _aim(r.action) == _aim(written(own))), None)
        if alike is None:
            asked = await simulated(scene, forecaster, own)
            told = wish_evidence(scene, own, asked)
            draft = wish_draft(scene, own, asked, told)
            return await _hand_in(scene, desk, asker, asked, told, draft)
    if isinstance(counsel, ToolResult):
        return counsel
    plant = scene.look().plant
    chosen = alike or choose_remedy(counsel, remedy)
    told = remedy_evidence(chosen, counsel.remedies.index(chosen), counsel, plant)
    if chosen.action is None:
        return ToolResult(
            status="ok",
            text="Nothing was proposed: by the simulation nothing that could be done helps more.",
            evidence=(told,),
        )
    basis = basis_for(chosen, counsel, scene.look())
    draft = _draft(chosen, counsel, told, basis, plant)
    return await _hand_in(scene, desk, asker, chosen, told, draft)


async def _hand_in(
    scene: Scene, desk: OneQuestion, asker: Asker, chosen: Remedy, told: Evidence, draft: Draft
) -> ToolResult:
    """Hand a draft in, unless the same waits already."""
    if (same := await _waits(scene, draft.action)) is not None:
        seen = _record(same[0], chosen, same[1], scene.look().now)
        return ToolResult(status="ok", text=same[1], evidence=(seen, told), proposals=(same[0],))
    receipt = await desk.submit(draft, asker)
    text = _outcome(receipt, chosen, scene.look().plant)
    seen = _record(receipt.proposal, chosen, text, scene.look().now)
    if receipt.state == "denied":
        return failed(text).model_copy(update={"evidence": (seen, told)})
    return ToolResult(status="ok", text=text, evidence=(seen, told), proposals=(receipt.proposal,))


async def _window(
    scene: Scene,
    desk: OneQuestion,
    asker: Asker,
    windows: Windows,
    asset: str,
    window: str,
    horizon: str,
) -> ToolResult:
    """Hand the window that costs least in as a job for the crew; or say that none suits."""
    length = "" if window.strip().lower() == "usual" else window
    found = await windows(scene, asset, length, horizon)
    snapshot = scene.look()
    evidence = window_evidence(found, snapshot)
    if found.window is None:
        return ToolResult(status="ok", text="Nothing was proposed.", evidence=evidence)
    draft = window_draft(found, snapshot)
    if (same := await _waits(scene, draft.action)) is not None:
        name, text = same
    else:
        receipt = await desk.submit(draft, asker)
        if receipt.state == "denied":
            text = f"Policy denies “{draft.title}” ({receipt.proposal}): {receipt.reason}"
            return failed(text).model_copy(update={"evidence": evidence})
        name = receipt.proposal
        text = f"Handed in as {name}: {draft.title}. {receipt.next}"
    handed = Evidence(
        kind="proposal",
        subject=name,
        statement=text,
        data={"proposal": name, "title": draft.title},
        time=snapshot.now,
        origin="desk",
    )
    return ToolResult(status="ok", text=text, evidence=(handed, *evidence), proposals=(name,))


async def _waits(scene: Scene, action: Action) -> tuple[str, str] | None:
    """The proposal that comes to the same and is not decided yet, and what to say of it."""
    for waiting in await scene.proposals():
        if waiting.state in _WAITING and _aim(waiting.action) == _aim(action):
            needs = f"; it waits for approval by {waiting.needs}" if waiting.needs else ""
            told = f"The same is already proposed: {waiting.proposal}, {waiting.state}{needs}."
            return waiting.proposal, told
    return None


def choose_remedy(counsel: Counsel, said: str) -> Remedy:
    """The remedy that was said by its title or kind, or the best.

    Raises:
        UnknownName: none of the remedies found is meant; none is that has not the number said.
    """
    if said.strip().lower() in _BEST:
        return counsel.advice.best
    titles = {
        f"{r.title} {r.action.kind.replace('_', ' ') if r.action else 'do nothing'}": r
        for r in counsel.remedies
        if values_in(said) <= values_in(r.title)
    }
    found = process.extractOne(
        said.lower(), {t: t.lower() for t in titles}, scorer=fuzz.token_set_ratio
    )
    if found is None or found[1] < ALIKE:
        raise UnknownName("remedy", said, tuple(r.title for r in counsel.remedies))
    return titles[found[2]]


def _aim(action: Action) -> object:
    """What an action comes to: points and their last values, or a job on an asset."""
    if isinstance(action, WritePlan):
        return {step.point: step.value for step in action.steps}
    if isinstance(action, WorkOrder | Inspection):
        return action.kind, action.asset, action.task
    return action


def _draft(chosen: Remedy, counsel: Counsel, told: Evidence, basis: Basis, plant: Plant) -> Draft:
    cause, diagnosis = counsel.cause, counsel.diagnosis
    grounds = [cause_evidence(cause, diagnosis.causes.index(cause), diagnosis, plant)]
    if cause.check is not None:
        grounds.append(check_evidence(cause.check, diagnosis, plant))
    signs = [e for e in diagnosis.evidence if e.id in set(cause.supports)]
    against = f"{mode_name(cause, plant)} at {called(cause.asset, plant)}"
    assert chosen.action is not None
    return Draft(
        action=chosen.action,
        title=chosen.title,
        reason=f"Against {against}. {told.statement}",
        evidence=(*grounds, *signs, told),
        effect=chosen.effect,
        basis=basis,
    )


def _outcome(receipt: Receipt, chosen: Remedy, plant: Plant) -> str:
    if receipt.state == "denied":
        return f"Policy denies “{chosen.title}” ({receipt.proposal}): {receipt.reason}"
    effect = ""
    if chosen.effect is not None:
        line = called(chosen.effect.line, plant)
        effect = f" Forecast effect on {line}: {gain(chosen.effect.gain)}."
    return (
        f"Handed in as {receipt.proposal}: {sentence(chosen.title).rstrip('.')}. "
        f"{receipt.next}{effect}"
    )


def _record(proposal: str, chosen: Remedy, text: str, now: int) -> Evidence:
    return Evidence(
        kind="proposal",
        subject=proposal,
        statement=text,
        data={
            "proposal": proposal,
            "title": chosen.title,
            "gain": chosen.effect.gain.model_dump() if chosen.effect else None,
        },
        time=now,
        origin="desk",
    )
