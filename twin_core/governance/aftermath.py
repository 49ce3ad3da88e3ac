"""What follows an act: a report of those who did it, then the process's answer to what was done.

It must never send anything; a missing answer raises an alarm and offers the way back. What could
not be seen is no missing answer: it ends as verified, and says so. What a person reports is his
statement, with his name; it is never a measurement.
"""

from twin_core.evidence import Evidence
from twin_core.governance.admission import touched
from twin_core.governance.case import STANDS, Wait
from twin_core.governance.events import EffectSeen, JobSeen, Reported
from twin_core.governance.ruling import may
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


def hand_over(turn: Turn) -> None:
    """Tell people of a job that no system takes; a report of one of them closes it."""
    turn.note("handed_over", step=turn.case.at)
    turn.case = turn.case.with_step(state="told", at=turn.now)
    turn.to(
        "acked",
        f"people are told; a report closes it: opstwin job {turn.case.id} done|failed --reason …",
        wait=Wait(what="job", since=turn.world.plant_now),
    )
    turn.notify("info", f"a job to be done: {turn.case.proposal.draft.reason}; {turn.case.result}")


def remind(turn: Turn) -> None:
    """Tell people again of a job that waits for a report: who died after storing told nobody."""
    if turn.case.step.state == "told":
        turn.notify("info", f"a job is still to be done; {turn.case.result}")


def reported(turn: Turn, event: Reported) -> None:
    """Take a person's report of the job that people were told of, if he may give it."""
    case, world = turn.case, turn.world
    who = world.people.get(event.user)
    right = may(case.proposal, world, "report", event.user, case.tier)
    if who is None or not right.allowed:
        turn.note(
            "report_refused", event.user, why=right.why, became=event.became, reason=event.reason
        )
        turn.tell(right.why, "not_allowed")
        return
    if case.step.state != "told" or not event.reason:
        turn.tell(f"no report is awaited, or it says nothing; {STANDS[case.stage]}", "conflict")
        return
    word = "done" if event.became == "done" else "not done"
    said = Evidence(
        kind="testimony",
        subject=touched(world.plant, case.proposal.draft.action)[0],
        statement=f"{who.name} reports that it is {word}: {event.reason}",
        data={"proposal": case.id, "became": event.became},
        time=world.plant_now,
        origin=who.name,
    )
    turn.note("reported", event.user, became=event.became, found=said.model_dump(mode="json"))
    turn.tell(said.statement)
    if event.became == "done":
        turn.case = case.with_step(state="verified", detail=said.statement)
        _done(turn, said.statement)
    else:
        turn.case = case.with_step(state="failed", detail=said.statement)
        turn.to("failed", said.statement)
        turn.notify("alarm", said.statement)


def job_seen(turn: Turn, event: JobSeen) -> None:
    """Take note of a job that is done, and begin to watch the process."""
    case, record = turn.case, event.record
    ours = case.step.reference == record.reference
    if case.wait is None or case.wait.what != "job" or not ours or record.status != "done":
        return
    turn.note("job_done", record=record.model_dump(mode="json"))
    done = f"{record.reference} is done: {record.finding or 'nothing reported'}"
    if record.found_fault is False:
        turn.note("no_effect", why=done)
        turn.to("no_effect", done)
        turn.notify("alarm", done)
    else:
        _done(turn, done)


def _done(turn: Turn, done: str) -> None:
    """A job is done: watch the process, if anything was promised of it."""
    effect, now = turn.case.proposal.draft.effect, turn.world.plant_now
    if effect is None:  # nothing was promised of the process: the report is the effect
        turn.note("effect_seen", why=done)
        turn.to("effect_seen", done)
        turn.notify("info", done)
    else:
        until = now + round(horizon_s(effect) * SECOND)
        turn.to("verified", done, wait=Wait(what="effect", since=now, until=until))
        turn.notify("info", done)
