"""Whom to tell when nobody answers, step by step. A pure law; what was told is a durable value.

A proposal that waits for people asks for a decision; a write whose end nobody knows asks for
somebody who looks after it. Each asks until it is answered, and the last step of each is the safe
no: the proposal expires by itself, what is uncertain stays as it is. Steps that fell due while
nobody could tell them are told once, as one. It must never answer in anybody's place.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from twin_core.answer import Asker, Role
from twin_core.governance.admission import touched
from twin_core.governance.authors import behind
from twin_core.governance.case import STANDS, Case, clock_text
from twin_core.governance.events import Entry, Notify
from twin_core.governance.oncall import EscalationStep, Level, OnCall
from twin_core.governance.ports import Page
from twin_core.governance.rota import on_call
from twin_core.governance.ruling import decides
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant, Value

Kind = Literal["approval", "page", "highest"]
_LONGEST = 1000
"""Characters of a page's text."""
_LOUDER: tuple[Level, ...] = ("info", "alarm", "page", "highest")


class Escalation(Value):
    """What was told of what one proposal asks for; it is stored before anybody is told.

    Attributes:
        kind: a decision, or somebody who looks after an uncertain end.
        since: ledger time from which on it was asked for.
        reached_s: steps up to so many seconds after that were told; None = none.
        rounds: how often people were told; each round has ids of its own.
        told: everybody who was told, in order.
        acknowledged: who looks after it, and since when.
        over: whether those who were told have been told that it needs no answer any more.
        outbox: pages decided on, and not known to have been taken by their channel.
    """

    proposal: str
    kind: Kind
    since: Instant
    reached_s: float | None = None
    rounds: int = 0
    told: tuple[str, ...] = ()
    acknowledged: str = ""
    over: bool = False
    outbox: tuple[Page, ...] = ()

    @property
    def key(self) -> str:
        """By which it is stored."""
        return f"escalation/{self.proposal}/{self.kind}"

    def without(self, page: Page) -> "Escalation":
        """As it is once a page has left the outbox."""
        left = tuple(one for one in self.outbox if one != page)
        return self.model_copy(update={"outbox": left})


@dataclass(frozen=True)
class Round:
    """What is told now: the state to be stored first, and its audit record.

    Attributes:
        notice: what everybody on watch is told of it; None if there is nothing to say.
    """

    state: Escalation
    entry: Entry
    notice: Notify | None = None


def asked(case: Case) -> Escalation | None:
    """What a case asks people for, nobody told yet; None if for nothing."""
    if case.stage == "pending":
        return Escalation(proposal=case.id, kind="approval", since=case.proposal.created)
    if case.uncertain:
        kind: Kind = "highest" if case.stage == "unsafe" else "page"
        return Escalation(proposal=case.id, kind=kind, since=case.changed)
    return None


def steps(oncall: OnCall, case: Case, kind: Kind) -> tuple[EscalationStep, ...]:
    """The steps that hold for it; none where the file gives none."""
    if kind == "approval":
        return oncall.approvals.get(case.tier, ())
    return oncall.pages.get(kind, ())


def due(
    ladder: Sequence[EscalationStep], state: Escalation, now: Instant
) -> tuple[EscalationStep, ...]:
    """Steps whose time has come, and which nobody was told, in order."""
    if state.acknowledged:
        return ()
    return tuple(
        step
        for step in ladder
        if (state.reached_s is None or step.after_s > state.reached_s)
        and state.since + round(step.after_s * SECOND) <= now
    )


def next_due(ladder: Sequence[EscalationStep], state: Escalation, now: Instant) -> Instant | None:
    """When the next step falls due; None if none does any more."""
    if state.acknowledged:
        return None
    ahead = (state.since + round(step.after_s * SECOND) for step in ladder)
    return next((at for at in ahead if at > now), None)


def escalated(
    plant: Plant,
    case: Case,
    state: Escalation,
    oncall: OnCall,
    people: Mapping[str, Asker],
    channels: Collection[str],
    now: Instant,
) -> Round | None:
    """What is told of a case at a moment, and to whom; None if no step is due.

    Args:
        plant: in which roles are held at places: a role's holders are those at all that it acts on.
        case: what asks for an answer.
        state: what was told of it so far.
        oncall: the steps, and who is on call.
        people: everybody who is known, by user id, as he stands now.
        channels: by each of which each is told.
        now: ledger time.
    """
    if state.kind == "approval" and now >= case.proposal.expires:
        return None
    ladder = steps(oncall, case, state.kind)
    found = due(ladder, state, now)
    if not found:
        return None
    reached: list[str] = []
    passed: list[str] = []
    for target in dict.fromkeys(target for step in found for target in step.tell):
        callable_, over = _called(target, plant, case, state.kind, oncall, people, now)
        reached += callable_
        passed += over
    level = max((step.level for step in found), key=_LOUDER.index)
    numbers = [ladder.index(step) + 1 for step in found]
    text = _asking(case, state, len(ladder), numbers, last=found[-1] is ladder[-1])
    reached, passed = list(dict.fromkeys(reached)), list(dict.fromkeys(passed))
    after = _told(state, reached, level, text, channels, now)
    after = after.model_copy(update={"reached_s": found[-1].after_s, "over": False})
    body = {
        "kind": state.kind,
        "steps": numbers,
        "of": len(ladder),
        "after_s": found[-1].after_s,
        "level": level,
        "people": reached,
        "passed_over": passed,
        "text": text,
    }
    notice = None
    if passed:
        told = ", ".join(reached) or "nobody"
        said = f"{case.id}: {told} was told; {'; '.join(passed)}"
        notice = Notify("alarm" if reached else "page", said)
    return Round(after, ("escalated", "opstwin", case.id, body), notice)


def ended(
    case: Case | None, state: Escalation, channels: Collection[str], now: Instant
) -> Round | None:
    """What those who were told are told once it needs no answer any more; None if it does.

    What nobody has taken of earlier pages is not told any more.
    """
    why = "" if state.over or not state.told else _answered(case, state)
    if not why:
        return None
    text = f"{state.proposal}: {why}"
    after = _told(state.model_copy(update={"outbox": ()}), state.told, "info", text, channels, now)
    body = {"kind": state.kind, "people": list(state.told), "why": why}
    return Round(
        after.model_copy(update={"over": True}),
        ("escalation_over", "opstwin", state.proposal, body),
    )


def acknowledged(state: Escalation, who: Asker, now: Instant) -> Round:
    """Somebody looks after it: no further step is told."""
    by = f"{who.name} ({who.user}) at {clock_text(now)}"
    after = state.model_copy(update={"acknowledged": by})
    body = {"kind": state.kind, "rounds": state.rounds}
    return Round(after, ("acknowledged", who.user, state.proposal, body))


def _told(
    state: Escalation,
    people: Collection[str],
    level: Level,
    text: str,
    channels: Collection[str],
    now: Instant,
) -> Escalation:
    """The state with a round of pages more in its outbox."""
    rounds = state.rounds + 1
    pages = tuple(
        Page(
            id=f"{state.proposal}/{state.kind}/{rounds}-{number}",
            proposal=state.proposal,
            channel=channel,
            person=person,
            level=level,
            text=text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…",
            at=now,
        )
        for number, person in enumerate(people, 1)
        for channel in channels
    )
    told = tuple(dict.fromkeys((*state.told, *people)))
    return state.model_copy(
        update={"rounds": rounds, "told": told, "outbox": (*state.outbox, *pages)}
    )


def _called(
    target: str,
    plant: Plant,
    case: Case,
    kind: Kind,
    oncall: OnCall,
    people: Mapping[str, Asker],
    now: Instant,
) -> tuple[list[str], list[str]]:
    """Who is reached by a target, and who is passed over and why, in words."""
    what, _, name = target.partition(":")
    if what == "role":
        site = case.proposal.site
        works = (who for who in people.values() if site in who.sites and decides(who))
        there = touched(plant, case.proposal.draft.action)
        role = cast("Role", name)
        called = [who.user for who in works if all(who.may(role, asset) for asset in there)]
    else:
        called = list(on_call(oncall.rotas[name], oncall.zone, now)) if what == "rota" else [name]
    reached: list[str] = []
    passed: list[str] = []
    for user in called:
        why = _absent(user, case, kind, people)
        if not why:
            reached.append(user)
            if what == "rota":
                break
        else:
            passed.append(f"{user} ({target}) {why}")
    if not reached:
        passed.append(f"{target} reaches nobody")
    return reached, passed


def _absent(user: str, case: Case, kind: Kind, people: Mapping[str, Asker]) -> str:
    """Why somebody is of no use here, in words; empty if he is."""
    who = people.get(user)
    if who is None or case.proposal.site not in who.sites:
        return "is no user of this site any more"
    if not decides(who):
        return "is not a person who works there"
    if kind == "approval" and (part := behind(case.proposal).get(user)):
        return part
    if kind == "approval" and any(vote.user == user for vote in case.votes):
        return "has approved it already"
    return ""


def _asking(case: Case, state: Escalation, of: int, numbers: Sequence[int], *, last: bool) -> str:
    """What a person is told who shall answer."""
    which = f"step {numbers[0]}" if len(numbers) == 1 else f"steps {numbers[0]} to {numbers[-1]}"
    head = f"{case.id} “{case.proposal.draft.title}”"
    if state.kind == "approval":
        end = clock_text(case.proposal.expires)
        text = f"{head} waits for {case.needs} since {clock_text(state.since)}"
        no = f"without a decision it expires at {end}, and nothing is done"
    else:
        text = f"{head} is {case.stage}: {case.result}; answer with opstwin oncall ack {case.id}"
        no = f"nothing is done by itself; it stays so until opstwin resolve {case.id}"
    final = "the last step: " if last else ""
    return f"{text} ({which} of {of}); {final}{no}"


def _answered(case: Case | None, state: Escalation) -> str:
    """Why no answer is needed any more, in words; empty if one is."""
    if state.acknowledged:
        return f"looked after by {state.acknowledged}"
    if case is None:
        return "it is not there any more"
    now = asked(case)
    if now is not None and now.kind == state.kind:
        return ""
    if case.stage == "expired":
        return f"nobody decided and nothing was done; {case.result}"
    return f"{STANDS[case.stage]} ({case.result})" if case.result else STANDS[case.stage]
