"""The way back: a plan's written steps are undone in reverse, each compared before it is touched.

Only our own value is undone. What somebody else has changed is left; what cannot be undone, or
stands on a machine that a person owns, is unsafe, locks the equipment and wakes everybody. It must
never make a command.
"""

from twin_core.governance.action import WritePlan
from twin_core.governance.admission import touched
from twin_core.governance.case import STANDS, Case, Stage, StepState
from twin_core.governance.events import RollBack
from twin_core.governance.hurdles import paced, step_of
from twin_core.governance.ruling import barred, busy, may
from twin_core.governance.turn import Turn


def roll_back(turn: Turn, event: RollBack) -> None:
    """Begin the way back that was approved with the plan, if the person may ask for it."""
    case = turn.case
    action = case.proposal.draft.action
    right = may(case.proposal, turn.world, "roll_back", event.user, case.tier)
    units = touched(turn.world.plant, action) if isinstance(action, WritePlan) else ()
    ended = case.stage in {"verified", "effect_seen", "no_effect"}
    if not right.allowed:
        turn.note("roll_back_refused", event.user, why=right.why)
        turn.tell(right.why, "not_allowed")
    elif turn.world.frozen:
        turn.note("roll_back_refused", event.user, why=turn.world.frozen)
        turn.tell(f"everything is frozen: {turn.world.frozen}", "conflict")
    elif case.back or not ended or case.undoable() is None:
        turn.tell(f"nothing of ours can be undone; {STANDS[case.stage]}", "conflict")
    elif busy(case.proposal, turn.world):
        turn.tell(f"its equipment is held by {busy(case.proposal, turn.world)}", "conflict")
    elif (bar := barred(turn.world, units)) is not None:
        turn.note("roll_back_refused", event.user, why=bar[1])
        turn.tell(bar[1], "conflict")
    else:
        turn.note("roll_back", event.user, reason=event.reason)
        turn.tell("it is being undone")
        undo_next(turn, case.stage)


def undo_next(turn: Turn, origin: Stage) -> None:
    """Compare the last written step before undoing it, or end when none is left."""
    case = turn.case
    at = case.undoable()
    if at is not None:
        turn.case = case.model_copy(update={"back": True, "origin": origin, "at": at})
        turn.note("undo_intent", step=at)
        # the step after it was undone just now, at most as fast as it was done
        later = step_of(turn.case, case.at) if case.back else None
        wait = None if later is None else paced(later, turn.world.plant_now)
        turn.to("intent", f"step {at + 1} is compared before it is undone", wait=wait)
        if wait is None:
            turn.look()
        return
    if not case.back:
        return
    kept = _steps(case, "left", "astray")
    text = f"not undone over another's value: step {', '.join(kept)}"
    turn.case = case.model_copy(update={"back": False})
    if _steps(case, "barred"):
        whys = _details(case, "barred")
        _lock(turn, "; ".join((*whys, text) if kept else whys))
    elif kept:
        turn.note("conflict", steps=kept)
        whys = _details(case, "left", "astray")
        turn.to(case.origin or origin, f"{text}: {'; '.join(whys)}")
        turn.notify("page", text)
    else:
        turn.note("rolled_back", origin=case.origin)
        turn.to("rolled_back", "undone, and read back")
        turn.notify("info", "undone, and read back")


def undone(turn: Turn, why: str) -> None:
    """The step under way was read back undone; go on with the one before."""
    turn.note("undone", step=turn.case.at, why=why)
    turn.case = turn.case.with_step(state="undone", detail=why)
    undo_next(turn, turn.case.origin or "failed")


def left(turn: Turn, why: str) -> None:
    """The step under way is no longer ours; leave it and go on with the one before."""
    turn.note("left", step=turn.case.at, why=why)
    turn.case = turn.case.with_step(state="left", detail=why)
    undo_next(turn, turn.case.origin or "failed")


def barred_from(turn: Turn, why: str) -> None:
    """A person owns the machine of the step under way: our value stays; go on with the one before.

    What stands on other machines is undone all the same.
    """
    turn.note("undo_barred", step=turn.case.at, why=why)
    turn.case = turn.case.with_step(state="barred", detail=why)
    undo_next(turn, turn.case.origin or "failed")


def unsafe(turn: Turn, why: str) -> None:
    """Undoing failed: lock the equipment and wake everybody."""
    turn.case = turn.case.with_step(state="lost", detail=why)
    _lock(turn, why)


def _lock(turn: Turn, why: str) -> None:
    standing = _steps(turn.case, "verified", "barred", "lost")
    turn.note("unsafe", step=turn.case.at, why=why, standing=standing)
    turn.to(
        "unsafe",
        f"undoing failed: {why}; still standing as far as is known: step {', '.join(standing)}; "
        "the equipment is locked until a person has looked and decided: "
        f"opstwin resolve {turn.case.id} --reason …",
    )
    turn.notify("highest", turn.case.result)


def _steps(case: Case, *states: StepState) -> list[str]:
    """Numbers of the steps in one of the states, as people count."""
    return [str(i + 1) for i, step in enumerate(case.steps) if step.state in states]


def _details(case: Case, *states: StepState) -> tuple[str, ...]:
    """What was found of the steps in one of the states, each text once."""
    return tuple(dict.fromkeys(step.detail for step in case.steps if step.state in states))
