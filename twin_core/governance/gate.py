"""The gate: `decide(state, event, now) → (state, effects)`. Pure, and the only maker of Commands.

    PROPOSED → POLICY → PENDING → APPROVED → INTENT → DISPATCHED → ACKED → VERIFIED
                                                                 → FAILED | UNKNOWN
    a job that no system takes: INTENT → ACKED (people are told) → VERIFIED | FAILED (one reports)
    then EFFECT_SEEN | NO_EFFECT, or VERIFIED stays where it could not be seen
    then ROLLED_BACK where asked for
    ends: REJECTED DENIED EXPIRED STALE CANCELLED; after an uncertain write NOT_APPLIED UNSAFE

Every state that leads towards a write is saved before the next is entered, DISPATCHED before the
socket is touched. A command is wished for once in a case's life: what is uncertain is read back,
never sent again. It must never read a clock, keep a state or trust what a connector concluded.
"""

from typing import assert_never

from twin_core.canonical import digest
from twin_core.governance.action import Command, ModelPromotion, Outcome, Step, WriteStep
from twin_core.governance.admission import PEOPLE, endpoint, unit_of
from twin_core.governance.aftermath import (
    effect_seen,
    hand_over,
    job_seen,
    remind,
    reported,
    watch_anew,
)
from twin_core.governance.asking import asked, unruled
from twin_core.governance.case import UNDER_WAY, Case, Stage, StepRecord
from twin_core.governance.events import (
    Cancel,
    Check,
    Effect,
    EffectSeen,
    Event,
    Execute,
    ExecuteResult,
    JobSeen,
    LookResult,
    Proceed,
    Recover,
    Rehearsed,
    Reported,
    Resolve,
    RollBack,
    Submit,
    Tick,
    Vote,
)
from twin_core.governance.grounds import broken
from twin_core.governance.hurdles import handshake, obstacle, ramping, step_of
from twin_core.governance.policy import Limits
from twin_core.governance.replies import take_look, take_reply
from twin_core.governance.restoring import forgotten
from twin_core.governance.ruling import barred, busy, crowded
from twin_core.governance.turn import Turn
from twin_core.governance.undoing import (
    barred_from,
    left,
    roll_back,
    undo_next,
    undone,
    unsafe,
)
from twin_core.governance.verification import looked, told
from twin_core.governance.voting import (
    cancel,
    counted,
    expire,
    for_people,
    rehearsed,
    resolve,
    signed_in_advance,
    vote,
)
from twin_core.governance.world import World
from twin_core.value import JSON, SECOND, Instant


def decide(case: Case | None, event: Event, now: Instant) -> tuple[Case, tuple[Effect, ...]]:
    """What an event makes of a proposal's case, and what is to be done about it, in order.

    Args:
        case: None for Submit alone.
        event: what happened, with the world it happened in.
        now: ledger time.

    Raises:
        ValueError: an event about no case, or a second Submit of one.
    """
    if isinstance(event, Submit):
        if case is not None:
            raise ValueError(f"{case.id} was handed in already")
        return _submit(event, now)
    if case is None:
        raise ValueError("an event about no proposal")
    turn = Turn(case, event.world, now, _command)
    match event:
        case Vote() | Cancel() | Resolve() | Reported() | RollBack() if event.world.fenced:
            turn.tell("a newer actuator owns the plant; decide there", "conflict")
        case Vote():
            vote(turn, event)
        case Cancel():
            cancel(turn, event)
        case Resolve():
            resolve(turn, event)
        case Reported():
            reported(turn, event)
        case Rehearsed():
            rehearsed(turn, event)
        case RollBack():
            roll_back(turn, event)
        case Proceed():
            _proceed(turn)
        case ExecuteResult():
            take_reply(turn, event.outcome)
        case LookResult() if case.back and case.stage == "intent":
            _compared(turn, event.outcome)
        case LookResult():
            take_look(turn, event.outcome)
        case EffectSeen():
            effect_seen(turn, event)
        case JobSeen():
            job_seen(turn, event)
        case Tick():
            _again(turn)
        case Recover():
            turn.note("recovered", stage=case.stage, step=case.at, back=case.back)
            if event.restored:
                forgotten(turn)
            watch_anew(turn)
            remind(turn)
            _again(turn)
        case _:
            assert_never(event)
    return turn.ended(case)


def _submit(event: Submit, now: Instant) -> tuple[Case, tuple[Effect, ...]]:
    world = event.world
    proposal, ruling = asked(event.proposal, world)
    action = proposal.draft.action
    allowed, name, why = ruling.allowed, ruling.rule, ruling.why
    if ruling.standing is not None and world.frozen:  # no rule approves then: people may, after it
        ruling = unruled(proposal, world)
        allowed = ruling.allowed
        name, why = (ruling.rule, ruling.why) if allowed else ("frozen", world.frozen)
    if allowed and (grounds := broken(proposal.draft.basis, world.seen)):
        allowed, name, why = False, "basis", grounds
    if allowed and ruling.standing is None and (crowd := crowded(proposal, world, now)):
        allowed, name, why = False, "quota", crowd
    if world.fenced:
        allowed, name, why = False, "fenced", "a newer actuator owns the plant; propose there"
    case = Case(
        proposal=proposal,
        digest=digest(proposal),
        stage="pending" if allowed else "denied",
        tier=ruling.tier,
        needed=ruling.needed,
        needs=ruling.needs,
        rule=name,
        why=why,
        shadow=ruling.shadow,
        steps=tuple(StepRecord() for _ in getattr(action, "steps", (action,))),
        changed=now,
        result="" if allowed else f"denied by {name}: {why}",
    )
    turn = Turn(case, world, now, _command)
    turn.note(
        "submitted",
        proposal.requester.user,
        digest=case.digest,
        proposal=proposal.model_dump(mode="json"),
    )
    turn.note(
        "policy",
        allowed=allowed,
        rule=name,
        why=why,
        version=ruling.version,
        tier=ruling.tier,
        needs=ruling.needs,
        shadow=ruling.shadow,
    )
    if allowed and ruling.standing is not None:
        signed_in_advance(turn, ruling)
    elif allowed:
        turn.notify("info", f"waits for {ruling.needs}")
    return turn.ended(case)


def _proceed(turn: Turn) -> None:
    """Take the next transition towards the write, if everything still holds."""
    case, world = turn.case, turn.world
    if case.back or case.stage not in {"approved", "intent"}:
        return
    if _fenced(turn):
        return
    hurdle = obstacle(case, world, turn.now)
    if hurdle is not None:
        _stop(turn, *hurdle)
        return
    if world.frozen:
        _wait(turn, f"waits, everything is frozen: {world.frozen}", frozen=world.frozen)
        return
    holder = busy(case.proposal, world)
    if holder:
        _wait(turn, f"waits for {holder}", holder=holder)
        return
    shaken = handshake(case, world)
    if shaken == "missed":
        _stop(turn, "failed", "the handshake after the last step was not read back")
    if shaken != "done" or ramping(case, world):
        return
    if case.stage == "approved":
        turn.note("intent", step=case.at, epoch=world.epoch)
        turn.to("intent", "about to be sent")
        turn.wishes.append(Check())
        return
    if endpoint(world.plant, step_of(turn.case)) == PEOPLE:
        hand_over(turn)
        return
    _dispatch(turn, _command(turn.case, world), back=False)


def _wait(turn: Turn, result: str, **body: JSON) -> None:
    """Stay, and say why; once."""
    if turn.case.result != result:
        turn.note("waiting", **body)
        turn.to(turn.case.stage, result, wait=turn.case.wait)


def _fenced(turn: Turn) -> bool:
    if turn.world.fenced:
        turn.notify("alarm", "a newer actuator owns the plant; nothing is sent from here")
    return turn.world.fenced


def _stop(turn: Turn, stage: Stage, why: str) -> None:
    case = turn.case
    if case.started:
        turn.note("stopped", step=case.at, why=why)
        turn.notify("page", f"stopped before step {case.at + 1}: {why}")
        turn.to("failed", why)
        undo_next(turn, "failed")
    elif stage == "expired":
        expire(turn)
    elif stage == "pending":
        votes, _ = counted(case, turn.world, case.tier)
        turn.note("vote_void", why=why)
        turn.to("pending", why, votes=votes)
        if case.tier == "routine":
            for_people(turn)
        waits = f"; waits for {turn.case.needs}" if turn.case.stage == "pending" else ""
        turn.notify("info", f"{turn.case.result}{waits}")
    else:
        turn.note(stage, why=why)
        turn.to(stage, why, votes=() if stage == "stale" else None)
        turn.notify("info", why)


def _dispatch(turn: Turn, command: Command, *, back: bool) -> None:
    if _fenced(turn):
        return
    turn.note("dispatched", command=command.model_dump(mode="json"))
    if back:
        turn.case = turn.case.with_step(state="undoing")
    else:
        turn.case = turn.case.with_step(state="dispatched", at=turn.now)
    turn.to("dispatched", "being undone" if back else "sent; the answer is awaited")
    turn.wishes.append(Execute(command, endpoint(turn.world.plant, command.step)))


def _compared(turn: Turn, outcome: Outcome) -> None:
    """Undo a step only while its value is still ours and nobody owns its machine."""
    case = turn.case
    ours = step_of(case)
    undo = _command(case, turn.world, undo=True)
    if outcome.key != _command(case, turn.world).key or undo.step == ours:
        turn.note("late_reply", outcome=outcome.model_dump(mode="json"), stage=case.stage)
        return
    stands = looked(ours, outcome)[0] == "verified"
    there = told(outcome)
    bar = None
    if isinstance(undo.step, WriteStep):
        bar = barred(turn.world, (unit_of(turn.world.plant, undo.step.point),))
    if bar is not None and (stands or there is None):
        barred_from(turn, bar[1])
    elif stands and turn.world.frozen:
        why = turn.world.frozen
        _wait(turn, f"it is not undone while everything is frozen: {why}", frozen=why)
    elif stands:
        _dispatch(turn, undo, back=True)
    elif looked(undo.step, outcome)[0] == "verified":
        undone(turn, f"{there} stands there already")
    elif there is None:
        unsafe(turn, outcome.detail or "it cannot be read before it is undone")
    else:
        left(turn, f"{there} is there, which is not ours")


def _again(turn: Turn) -> None:
    """Go on from wherever the case stands, with nothing under way for it."""
    case, world = turn.case, turn.world
    if case.stage == "pending" and turn.now >= case.proposal.expires:
        expire(turn)
    elif case.stage in {"approved", "intent"} and not case.back:
        turn.wishes.append(Check())
    elif case.stage == "dispatched" and not _lease_over(case, world, turn.now):
        return
    elif case.step.state == "told":
        return  # nothing was sent that could be read back; a person reports
    elif world.frozen and case.back and case.stage == "intent":
        return  # it is compared when it may be undone
    elif ramping(case, world):
        return
    elif case.stage in UNDER_WAY or case.step.state in {"unknown", "undoing"}:
        turn.look()


def _lease_over(case: Case, world: World, now: Instant) -> bool:
    """Whether a command dispatched by anyone must have left and been answered by now."""
    limits = world.policy.limits if world.policy is not None else Limits()
    return now >= case.changed + round(2 * limits.deadline_s * SECOND)


def _command(case: Case, world: World, *, undo: bool = False) -> Command:
    """The command of the step under way; of its compensation once that is being sent."""
    step = step_of(case)
    undo = undo or (case.back and case.stage != "intent")
    if undo:
        step = _way_back(step)
    limits = world.policy.limits if world.policy is not None else Limits()
    return Command(
        key=f"{case.id}/{case.at}/1-{'compensate' if undo else 'execute'}",
        proposal=case.id,
        epoch=world.epoch,
        purpose="compensate" if undo else "execute",
        step=step,
        deadline_s=limits.deadline_s,
    )


def _way_back(step: Step) -> Step:
    """The step that undoes one; what has none stays as it is."""
    match step:
        case WriteStep() if step.compensation is not None:
            return WriteStep(
                point=step.point,
                unit=step.unit,
                old=step.value,
                value=step.compensation.value,
                check=step.check,
            )
        case ModelPromotion():
            return step.model_copy(update={"version": step.replaces, "replaces": step.version})
        case _:
            return step
