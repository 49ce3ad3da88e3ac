"""People's part in a proposal's life: signatures, rehearsals, taking back, closing doubt.

Every attempt is recorded, refused and late ones too. It must never send anything.
"""

from twin_core.canonical import digest
from twin_core.governance.action import Approval
from twin_core.governance.asking import unruled
from twin_core.governance.case import BEFORE_DISPATCH, STANDS, Case, clock_text
from twin_core.governance.events import Cancel, Check, Rehearsed, Resolve, Vote
from twin_core.governance.grounds import broken
from twin_core.governance.rehearsal import MOST
from twin_core.governance.request import Tier
from twin_core.governance.ruling import Ruling, covered, may, rule, stormed
from twin_core.governance.standing_rule import StandingRule
from twin_core.governance.turn import Turn
from twin_core.governance.world import World


def counted(case: Case, world: World, tier: Tier) -> tuple[tuple[Approval, ...], str]:
    """The approvals that hold now, one a person, and why another does not (empty if all do).

    What was signed in a lent right holds as long as that right, or the signer's own, does.
    """
    found: dict[str, Approval] = {}
    void = ""
    for vote in case.votes:
        if vote.meaning != "approved" or vote.digest != case.digest or vote.user in found:
            continue
        if vote.rule:
            if tier == "routine" and _still(vote, covered(case.proposal, world)):
                found[vote.user] = vote
            else:
                void = f"standing rule {vote.rule} no longer covers it"
            continue
        used = {one.right_of for one in found.values()}
        lenders = (vote.behalf,)
        decision = may(case.proposal, world, "approve", vote.user, tier, used, lenders)
        if decision.allowed:
            found[vote.user] = vote
        else:
            void = f"the approval of {vote.name} no longer counts: {decision.why}"
    return tuple(found.values()), void


def weight(case: Case, ruling: Ruling) -> Tier:
    """How heavy it is now; what people were asked about stays theirs."""
    return case.tier if ruling.tier == "routine" else ruling.tier


def _still(vote: Approval, now: StandingRule | None) -> bool:
    """Whether the rule that covers it now is the one that signed, not one signed anew since."""
    return now is not None and digest(now) == vote.terms


def signed_in_advance(turn: Turn, ruling: Ruling) -> None:
    """Approve a routine change by the standing rule that covers it."""
    rule_, case = ruling.standing, turn.case
    if rule_ is None:
        return
    who = turn.world.people[rule_.user]
    approval = Approval(
        proposal=case.id, digest=case.digest, user=rule_.user, name=rule_.name, roles=who.held,
        meaning="approved", reason=rule_.reason, channel="standing rule", at=turn.now,
        policy_version=ruling.version, rule=rule_.id, terms=digest(rule_),
    )  # fmt: skip
    turn.notify("info", f"goes on by {rule_}")
    _count(turn, approval)


def for_people(turn: Turn) -> None:
    """Ask people, as if no rule had ever covered it, what a standing rule approved and lost."""
    ruling = unruled(turn.case.proposal, turn.world)
    weight = {"tier": ruling.tier, "needed": ruling.needed, "needs": ruling.needs}
    turn.case = turn.case.model_copy(update=weight)
    turn.to("pending", votes=())
    if not ruling.allowed:
        turn.note("denied", rule=ruling.rule, why=ruling.why, version=ruling.version)
        turn.to("denied", f"denied by {ruling.rule}: {ruling.why}")


def vote(turn: Turn, event: Vote) -> None:
    """Count a signature, refuse it, or keep it as late."""
    case, world = turn.case, turn.world
    who = world.people.get(event.user)
    if case.stage != "pending":
        _late(turn, event)
        return
    if turn.now >= case.proposal.expires:
        expire(turn)
        turn.tell(turn.case.result, "conflict")
        return
    signed = {"meaning": event.meaning, "reason": event.reason, "channel": event.channel}
    ruling = rule(case.proposal, world)
    tier = weight(case, ruling) if ruling.allowed else case.tier
    others = [v for v in counted(case, world, tier)[0] if v.user != event.user]
    used = {v.right_of for v in others} if event.meaning == "approved" else ()
    right = may(case.proposal, world, "approve", event.user, tier, used)
    if who is None or not right.allowed:
        turn.note("vote_refused", event.user, rule=right.rule, why=right.why, **signed)
        if right.rule == "human-only":
            turn.notify("alarm", f"{right.why}, and tried to")
        turn.tell(right.why, "not_allowed")
        return
    approval = Approval(
        proposal=case.id,
        digest=case.digest,
        user=who.user,
        name=who.name,
        roles=who.held,
        at=turn.now,
        policy_version=right.version,
        behalf=right.behalf,
        **signed,
    )
    signature = approval.model_dump(mode="json")
    if event.meaning == "rejected":
        turn.note("rejected", who.user, signature=signature)
        turn.to("rejected", _by(approval, "rejected"), votes=(*case.votes, approval))
        turn.tell(turn.case.result)
        return
    if world.frozen:
        turn.note("vote_refused", event.user, rule="frozen", why=world.frozen, **signed)
        turn.tell(f"everything is frozen: {world.frozen}", "conflict")
        return
    storm = stormed(case.proposal, world, event.user)
    if storm:
        why = f"{who.name} approved {storm}"
        turn.note("vote_refused", event.user, rule="rate", why=why, **signed)
        turn.tell(why, "not_allowed")
        return
    if any(v.user == who.user for v in case.votes):
        turn.note("vote_repeated", who.user, **signed)
        turn.tell(f"{who.name} has approved already; a person counts once", "conflict")
        return
    grounds = broken(case.proposal.draft.basis, world.seen)
    if grounds:
        turn.note("stale", why=grounds)
        turn.to("stale", f"{grounds}; propose again", votes=())
        turn.tell(turn.case.result, "conflict")
        return
    if not ruling.allowed:
        turn.note("denied", rule=ruling.rule, why=ruling.why, version=ruling.version)
        turn.to("denied", f"denied by {ruling.rule}: {ruling.why}")
        turn.tell(turn.case.result, "conflict")
        return
    _count(turn, approval)


def _count(turn: Turn, approval: Approval) -> None:
    case = turn.case
    turn.note("approved", approval.user, signature=approval.model_dump(mode="json"))
    votes = (*case.votes, approval)
    if len({v.user for v in votes}) < case.needed:
        turn.to("pending", votes=votes)
        turn.tell(f"{len(votes)} of {case.needed} have approved")
        return
    turn.to("approved", "approved; it is checked again before anything is sent", votes=votes)
    turn.tell(turn.case.result)
    turn.wishes.append(Check())


def cancel(turn: Turn, event: Cancel) -> None:
    """Take the proposal back while nothing was sent; later, say so and offer the way back."""
    case = turn.case
    right = may(case.proposal, turn.world, "cancel", event.user, case.tier)
    owner = event.user == case.proposal.requester.user and event.user in turn.world.people
    if not (owner or right.allowed):
        turn.note("cancel_refused", event.user, why=right.why)
        turn.tell(right.why, "not_allowed")
    elif case.stage in BEFORE_DISPATCH and not case.started:
        turn.note("cancelled", event.user, reason=event.reason)
        turn.to("cancelled", f"taken back by {event.user}: {event.reason or 'no reason given'}")
        turn.tell(turn.case.result)
    else:
        turn.note("cancel_late", event.user, reason=event.reason, stage=case.stage)
        turn.tell(f"too late, {STANDS[case.stage]}{case.way_back}", "conflict")


def resolve(turn: Turn, event: Resolve) -> None:
    """Close an uncertain end after a person has looked; its lock is lifted."""
    case = turn.case
    right = may(case.proposal, turn.world, "resolve", event.user, case.tier)
    if not right.allowed:
        turn.note("resolve_refused", event.user, why=right.why)
        turn.tell(right.why, "not_allowed")
    elif not case.uncertain or not event.reason:
        turn.tell("there is nothing uncertain to close, or no reason was given", "conflict")
    else:
        turn.note("resolved", event.user, reason=event.reason)
        by = f"{event.user}: {event.reason}"
        turn.case = case.model_copy(
            update={"resolved": by, "result": f"{case.result}; closed by {by}"}
        )
        turn.tell("closed; the equipment is free again")


def rehearsed(turn: Turn, event: Rehearsed) -> None:
    """Keep what a rehearsal found, for those who decide; it decides nothing."""
    case, found = turn.case, event.found
    who = turn.world.people.get(event.user)
    if who is None or not set(who.held) - {"viewer", "pusher"}:
        turn.note("rehearsal_refused", event.user, evidence=found.id)
        turn.tell("who only looks on hands in no rehearsal", "not_allowed")
    elif event.digest != case.digest:
        turn.tell("another content was rehearsed than stands here", "conflict")
    elif case.stage != "pending":
        turn.tell(f"a rehearsal helps nobody any more, {STANDS[case.stage]}", "conflict")
    elif any(one.id == found.id for one in case.rehearsals):
        turn.tell("this rehearsal is here already")
    elif len(case.rehearsals) >= MOST:
        turn.tell(f"it was rehearsed {MOST} times; no more are kept", "conflict")
    else:
        turn.note("rehearsed", event.user, evidence=found.id, found=found.model_dump(mode="json"))
        turn.case = case.model_copy(update={"rehearsals": (*case.rehearsals, found)})
        turn.tell(found.statement)


def expire(turn: Turn) -> None:
    """End a proposal whose time is over."""
    turn.note("expired", expires=turn.case.proposal.expires)
    turn.to("expired", f"expired at {clock_text(turn.case.proposal.expires)}; propose again")


def _late(turn: Turn, event: Vote) -> None:
    case = turn.case
    who = turn.world.people.get(event.user)
    turn.note("vote_late", event.user, meaning=event.meaning, stage=case.stage)
    if who is not None:
        late = Approval(
            proposal=case.id,
            digest=case.digest,
            user=who.user,
            name=who.name,
            roles=who.held,
            meaning=event.meaning,
            reason=event.reason,
            channel=event.channel,
            at=turn.now,
            policy_version="none",
        )
        turn.case = case.model_copy(update={"late": (*case.late, late)})
    decided = case.votes[-1] if case.votes else None
    by = _by(decided, decided.meaning) if decided is not None else case.result
    turn.tell(f"your vote came too late, {STANDS[case.stage]} ({by})", "conflict")


def _by(approval: Approval, verb: str) -> str:
    why = f": {approval.reason}" if approval.reason else ""
    whose = f" on behalf of {approval.behalf}" if approval.behalf else ""
    return f"{verb} by {approval.name}{whose} at {clock_text(approval.at)}{why}"
