"""What a connector's answer, or a look, makes of the step under way: done, undone, failed, unknown.

It must never send anything; what is uncertain it asks to be read back. What is settled already no
answer changes, however late: it is recorded, and people are told if it says otherwise.
"""

from typing import Literal

from twin_core.governance.action import Inspection, Outcome, Step, WorkOrder, WriteStep
from twin_core.governance.admission import unit_of
from twin_core.governance.case import Wait
from twin_core.governance.events import Check
from twin_core.governance.hurdles import paced, step_of
from twin_core.governance.ruling import barred
from twin_core.governance.turn import Turn
from twin_core.governance.undoing import barred_from, left, undo_next, undone, unsafe
from twin_core.governance.verification import astray, horizon_s, looked, replied, told
from twin_core.plant.assets import Plant
from twin_core.value import SECOND

_SETTLE_S = 60.0  # where the plant file gives a point no settle time


def take_reply(turn: Turn, outcome: Outcome) -> None:
    """Take the answer to the command under way; any other answer is late."""
    case = turn.case
    command = turn.command(case, turn.world)
    awaited = case.stage == "dispatched" and case.step.state in {"dispatched", "undoing"}
    if not awaited or outcome.key != command.key:
        turn.note("late_reply", outcome=outcome.model_dump(mode="json"), stage=case.stage)
        denied = case.step.state == "not_applied" and outcome.result != "not_applied"
        if denied and outcome.sent and outcome.key == command.key:
            turn.notify("page", f"a late answer says that it was sent after all: {outcome.result}")
        return
    if outcome.acknowledged:
        turn.note("acked", outcome=outcome.model_dump(mode="json"))
    finding, why = replied(command.step, outcome)
    turn.case = case.with_step(read_back=outcome.read_back, detail=why)
    if finding == "settling":
        _settling(turn, command.step, why)
    elif finding == "unknown":
        turn.note("unknown", step=case.at, why=why)
        turn.case = turn.case if case.back else turn.case.with_step(state="unknown")
        turn.to("unknown", f"{why}; it is read back, not sent again")
        turn.look()
    elif case.back:
        ours = step_of(case)
        there = told(outcome)
        moved = not outcome.sent and there is not None
        if finding == "verified":
            undone(turn, why)
        elif not outcome.sent and turn.world.frozen:
            turn.case = turn.case.with_step(state="verified")  # it left nothing, and stands as ours
            turn.note("undo_intent", step=case.at, why=why)
            turn.to("intent", f"it is not undone while everything is frozen: {turn.world.frozen}")
        elif moved and looked(ours, outcome)[0] != "verified":
            left(turn, f"{there} is there, which is not ours")
        elif not outcome.sent and (bar := _bar(turn, ours)):
            barred_from(turn, bar)
        else:
            unsafe(turn, why)
    elif finding == "verified":
        _verified(turn, outcome, why, recovered=False)
    else:
        _failed(turn, finding, why, astray=finding == "failed" and astray(command.step, outcome))


def take_look(turn: Turn, outcome: Outcome) -> None:
    """Take what was read back after a lost answer, or while the far side completes a write."""
    case, world = turn.case, turn.world
    owed = case.step.state in {"dispatched", "acked", "unknown", "undoing"}
    command = turn.command(case, world)
    if not owed or outcome.key != command.key:
        turn.note("late_reply", outcome=outcome.model_dump(mode="json"), stage=case.stage)
        return
    finding, why = looked(command.step, outcome)
    settling = case.stage == "acked"
    if finding == "settling" and not settling:
        _settling(turn, command.step, why)
        return
    if settling and finding != "verified":
        if case.wait is None or case.wait.until is None or world.plant_now < case.wait.until:
            return
        if told(outcome) is not None:
            finding, why = "failed", f"not completed in time: {why}"
    turn.case = case.with_step(read_back=outcome.read_back, detail=why)
    if case.back:
        if finding == "verified":
            undone(turn, why)
        else:
            unsafe(turn, why)
    elif finding == "verified":
        _verified(turn, outcome, why, recovered=not settling)
    elif finding == "unknown":
        turn.note("unknown", step=case.at, why=why, looked=True)
        turn.case = turn.case.with_step(state="lost")
        turn.to("unknown", f"{why}; a person must look")
        turn.notify("page", turn.case.result)
    elif finding == "failed":
        _failed(turn, finding, why, astray=astray(command.step, outcome))
    else:
        _failed(turn, "not_applied", why, astray=False)


def _bar(turn: Turn, step: Step) -> str:
    """Why nothing may be written to the machine of a step now; empty if it may."""
    if not isinstance(step, WriteStep):
        return ""
    found = barred(turn.world, (unit_of(turn.world.plant, step.point),))
    return "" if found is None else found[1]


def _settling(turn: Turn, step: Step, why: str) -> None:
    """The far side completes it by itself: it is looked at until it has, or its time is over."""
    since = turn.world.plant_now
    until = since + round(_settle_s(turn.world.plant, step) * SECOND)
    turn.note("settling", until=until)
    turn.case = turn.case if turn.case.back else turn.case.with_step(state="acked")
    turn.to("acked", why, wait=Wait(what="settle", since=since, until=until))


def _verified(turn: Turn, outcome: Outcome, why: str, *, recovered: bool) -> None:
    case, now = turn.case, turn.world.plant_now
    if recovered:
        why = f"{why} (recovered: seeing it is no proof that we wrote it)"
    turn.note(
        "verified", step=case.at, recovered=recovered, outcome=outcome.model_dump(mode="json")
    )
    turn.case = case.with_step(
        state="verified",
        recovered=recovered,
        reference=outcome.reference or case.step.reference,
        detail=why,
    )
    step = step_of(case)
    wait = None
    if case.at + 1 < len(case.steps):
        if isinstance(step, WriteStep) and step.handshake is not None:
            span = turn.world.plant.point(step.handshake[0]).spec.settle_s or _SETTLE_S
            wait = Wait(what="handshake", since=now, until=now + round(span * SECOND))
        else:
            wait = paced(step_of(case, case.at + 1), now)
        turn.case = turn.case.model_copy(update={"at": case.at + 1})
        turn.note("intent", step=case.at + 1, epoch=turn.world.epoch)
        turn.to("intent", f"step {case.at + 1} verified: {why}", wait=wait)
        turn.wishes.append(Check())
        return
    effect = case.proposal.draft.effect
    if isinstance(step, WorkOrder | Inspection):
        wait = Wait(what="job", since=now)
    elif effect is not None:
        wait = Wait(what="effect", since=now, until=now + round(horizon_s(effect) * SECOND))
    turn.to("verified", why, wait=wait)
    turn.notify("info", f"verified: {why}")


def _failed(turn: Turn, stage: Literal["failed", "not_applied"], why: str, *, astray: bool) -> None:
    if astray:
        why = (
            f"{why}; what stands there is neither the old value nor known to be ours, the "
            "equipment is locked until a person has looked and decided: "
            f"opstwin resolve {turn.case.id} --reason …"
        )
    turn.case = turn.case.with_step(state="astray" if astray else stage, detail=why)
    turn.note(stage, step=turn.case.at, why=why)
    turn.to(stage, why)
    turn.notify("page", f"{stage.replace('_', ' ')}: {why}")
    if turn.case.undoable() is not None:
        undo_next(turn, stage)


def _settle_s(plant: Plant, step: Step) -> float:
    if not isinstance(step, WriteStep):
        return _SETTLE_S
    return plant.point(step.point).spec.settle_s or _SETTLE_S
