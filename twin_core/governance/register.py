"""What all cases together say: who holds which equipment, what is locked, how far points moved.

Pure functions of the cases as they stand. It must never decide about one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from twin_core.governance.action import Draft, Release, Requester, WritePlan
from twin_core.governance.admission import area_of, claims, touched, user_key
from twin_core.governance.case import Case
from twin_core.governance.standing_rule import StandingRule
from twin_core.governance.trust import Doubt
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.value import SECOND, Instant


def holders(plant: Plant, cases: Iterable[Case]) -> dict[str, str]:
    """Claim → proposal that has it under way, or whose effect is being watched."""
    return {
        claim: case.id
        for case in cases
        if case.holds
        for claim in claims(plant, case.proposal.draft.action)
    }


def locks(plant: Plant, cases: Iterable[Case]) -> dict[str, str]:
    """Unit → why nothing may be written there: a write with an uncertain end nobody has closed."""
    return {
        asset: f"by {case.id}, which is {case.stage}: {case.result}"
        for case in cases
        if case.uncertain and isinstance(case.proposal.draft.action, WritePlan)
        for asset in touched(plant, case.proposal.draft.action)
    }


def spent(cases: Iterable[Case], since: Instant) -> dict[str, float]:
    """Point → how far writes moved it since a ledger time.

    What was looked up and found not applied moved nothing; everything else counts, undone too.
    """
    moved: dict[str, float] = {}
    for case in cases:
        for step, record in case.written():
            if record.at is not None and record.at >= since and record.state != "not_applied":
                moved[step.point] = moved.get(step.point, 0.0) + abs(step.value - step.old)
    return moved


def sent(plant: Plant, cases: Iterable[Case], since: Instant) -> dict[str, int]:
    """Writes since a ledger time, ways back too: by point, by area, by who approved (`user_key`).

    Of a plan that has begun every step counts: what is still to come is not anybody else's. What a
    standing rule approved is counted by that rule alone.
    """
    counts: Counter[str] = Counter()
    for case in cases:
        action = case.proposal.draft.action
        if not isinstance(action, WritePlan):
            continue
        votes = [v for v in case.votes if v.meaning == "approved" and not v.rule and v.at >= since]
        lately = {vote.user for vote in votes}
        counts.update({user_key(user): len(action.steps) for user in lately})
        if not any(record.at >= since for _, record in case.written() if record.at is not None):
            continue
        for step, record in zip(action.steps, case.steps, strict=True):
            times = 2 if record.state in {"undoing", "undone"} else 1
            counts.update({step.point: times, area_of(plant, step.point): times})
    return dict(counts)


def waiting(cases: Iterable[Case], requester: Requester) -> dict[str, Instant]:
    """Proposals of a requester, through the same program, that wait for people → their expiry."""
    return {
        case.id: case.proposal.expires
        for case in cases
        if case.stage == "pending" and case.proposal.requester == requester
    }


def used(cases: Iterable[Case], rules: Mapping[str, StandingRule], now: Instant) -> dict[str, int]:
    """How many proposals each standing rule approved within its window, up to a ledger time."""
    since = {name: now - round(rule.window_s * SECOND) for name, rule in rules.items()}
    found: dict[str, set[str]] = {name: set() for name in rules}
    for case in cases:
        for vote in (*case.votes, *case.late):
            if vote.rule in since and vote.at >= since[vote.rule]:
                found[vote.rule].add(vote.proposal)
    return {name: len(proposals) for name, proposals in found.items()}


def acted(cases: Iterable[Case], rule: str, until: Instant | None = None) -> Instant | None:
    """When a local rule last acted, ledger time up to `until`: it approved what it asked for.

    None = never. What was denied, or stood there already, was no act.
    """
    asked = (case for case in cases if case.proposal.requester.through == rule)
    votes = (vote for case in asked for vote in (*case.votes, *case.late) if vote.rule == rule)
    return max((vote.at for vote in votes if until is None or vote.at <= until), default=None)


def doubts(plant: Plant, cases: Iterable[Case]) -> tuple[Doubt, ...]:
    """Of what was written to and not read back as asked, or did not answer as forecast."""
    return tuple(
        Doubt(asset, case.changed, f"{case.id}: {case.result}")
        for case in cases
        if case.disappointed
        for asset in touched(plant, case.proposal.draft.action)
    )


def concerned(plant: Plant, draft: Draft) -> tuple[str, ...]:
    """The points that must be looked at: basis, handshakes, modes and states of its units.

    One that is to be released too.
    """
    points = [point.point for point in draft.basis.points]
    if isinstance(draft.action, Release):
        points.append(draft.action.point)
    if isinstance(draft.action, WritePlan):
        points += [s.handshake[0] for s in draft.action.steps if s.handshake is not None]
        units = {plant.point(s.point).unit_id for s in draft.action.steps if s.point in plant.index}
        shown = [plant.unit(u).with_role(r) for u in sorted(units) for r in (Role.MODE, Role.STATE)]
        points += [point.id for point in shown if point is not None]
    return tuple(dict.fromkeys(points))
