"""What follows a verified act: the crew's report, then the process's answer to what was done.

It must never send anything; a missing answer raises an alarm and offers the way back. What could
not be seen is no missing answer: it ends as verified, and says so.
"""

from twin_core.governance.case import Wait
from twin_core.governance.events import EffectSeen, JobSeen
from twin_core.governance.turn import Turn
from twin_core.governance.verification import answered, horizon_s
from twin_core.value import SECOND


def effect_seen(turn: Turn, event: EffectSeen) -> None:
    """Judge what was observed of the awaited effect."""
    case = turn.case
    effect = case.proposal.draft.effect
    if case.wait is None or case.wait.what != "effect" or effect is None:
        return
    wait, at = case.wait, event.observation.at
    verdict, why = answered(effect, wait, event.observation)
    if verdict == "given_up":
        turn.note("effect_unseen", why=why)
        turn.to("verified", f"{case.result}; whether the process answered could not be seen: {why}")
        turn.notify("info", turn.case.result)
        return
    if verdict == "hidden":
        if wait.blind is None:
            turn.note("effect_hidden", why=why)
            turn.to(case.stage, wait=wait.model_copy(update={"blind": at}))
        return
    if wait.blind is not None and verdict != "seen":
        turn.note("effect_in_sight", hidden_since=wait.blind)
        turn.to(case.stage, wait=wait.model_copy(update={"since": at, "blind": None}))
        return
    if verdict == "waiting":
        return
    if verdict == "seen":
        turn.note("effect_seen", why=why)
        turn.to("effect_seen", why)
        turn.notify("info", f"the process answered: {why}")
    else:
        turn.note("no_effect", why=why)
        turn.to("no_effect", f"no process effect: {why}{case.way_back}")
        turn.notify("alarm", turn.case.result)


def watch_anew(turn: Turn) -> None:
    """Give an awaited effect its whole time again: nobody saw the process until now."""
    case, now = turn.case, turn.world.plant_now
    effect = case.proposal.draft.effect
    if case.wait is not None and case.wait.what == "effect" and effect is not None:
        until = now + round(horizon_s(effect) * SECOND)
        turn.to(case.stage, wait=Wait(what="effect", since=now, until=until))


def job_seen(turn: Turn, event: JobSeen) -> None:
    """Take note of a job that is done, and begin to watch the process."""
    case, record, now = turn.case, event.record, turn.world.plant_now
    if case.wait is None or case.wait.what != "job" or record.status != "done":
        return
    turn.note("job_done", record=record.model_dump(mode="json"))
    effect = case.proposal.draft.effect
    done = f"{record.reference} is done: {record.finding or 'nothing reported'}"
    if record.found_fault is False:
        turn.note("no_effect", why=done)
        turn.to("no_effect", done)
        turn.notify("alarm", done)
    elif effect is None:  # nothing was promised of the process: the report is the effect
        turn.note("effect_seen", why=done)
        turn.to("effect_seen", done)
        turn.notify("info", done)
    else:
        until = now + round(horizon_s(effect) * SECOND)
        turn.to("verified", done, wait=Wait(what="effect", since=now, until=until))
        turn.notify("info", done)
