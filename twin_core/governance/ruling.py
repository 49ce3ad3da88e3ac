"""All that must hold for a proposal now, in one answer: bounds, trust, locks, window, policy.

The counting rules stand here, in our own code, whatever engine answers behind policy's door.
Anything missing or failing is a refusal. It must never remember: the World is passed in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from twin_core.answer import Asker
from twin_core.errors import BadInput
from twin_core.governance.action import (
    ConfirmCause,
    ModelPromotion,
    Proposal,
    Release,
    WritePlan,
)
from twin_core.governance.admission import above, admit, area_of, claims, pace_s, touched, user_key
from twin_core.governance.authors import behind
from twin_core.governance.policy import Evaluator, Limits, with_needed
from twin_core.governance.request import PEOPLE, Decision, Kind, Request, State, Tier, Verb
from twin_core.governance.stakes import stakes_of
from twin_core.governance.standing_rule import StandingRule, local
from twin_core.governance.trust import ACTING
from twin_core.governance.world import World
from twin_core.plant.alarming import MODES, STATES
from twin_core.plant.classes import Role as PointRole
from twin_core.units import unit_text
from twin_core.value import SECOND, Instant

_OWNED: dict[int, str] = {MODES[name]: name for name in ("maintenance", "manual")}
"""PackML unit modes (Status.UnitModeCurrent) in which a person owns the machine."""
_STATES: dict[int, str] = {number: name for name, number in STATES.items()}


@dataclass(frozen=True)
class Ruling:
    """Whether a proposal may go on, by which rule, why, and what it needs.

    Attributes:
        needed: distinct people who must approve; `needs` the same in words.
        shadow: refused by the trust step alone: worth remembering, not doing.
        standing: the rule that approved it in advance; only of a routine change.
    """

    allowed: bool
    rule: str
    why: str
    tier: Tier = "major"
    needed: int = 1
    needs: str = "nobody can approve this"
    version: str = "none"
    shadow: bool = False
    standing: StandingRule | None = None


def proposes(proposal: Proposal, world: World) -> Decision:
    """Whether the requester may propose such a thing at all, as light as it could be."""
    tiers: tuple[Tier, ...] = get_args(Tier)
    user = proposal.requester.user
    found = [_asked(proposal, world, "propose", user, tier) for tier in tiers]
    return max(found, key=lambda decision: decision.allowed)


def rule(proposal: Proposal, world: World, *, begun: bool = False) -> Ruling:
    """The ruling on a proposal, from the requester's rights and the state of the world.

    What was asked for in a lent right stands as long as that right, or the requester's own, does.
    A plan that has `begun` is not stopped half-way by how much else is written.
    """
    action = proposal.draft.action
    version = world.policy.version if world.policy is not None else "none"
    try:
        admit(world.plant, world.sinks, proposal.draft, world.plant_now)
    except BadInput as problem:
        return Ruling(allowed=False, rule="bounds", why=str(problem), version=version)
    if world.policy is None:
        return Ruling(allowed=False, rule="no-policy", why="there is no policy")
    assets = touched(world.plant, action)
    barrier = _barrier(proposal, world, assets, begun=begun)
    if barrier is not None:
        return Ruling(allowed=False, rule=barrier[0], why=barrier[1], version=version)
    limits, at_stake = world.policy.limits, stakes_of(world.plant, proposal.draft)
    if beyond := limits.forbidden.passed(at_stake):
        return Ruling(allowed=False, rule="forbidden", why=beyond, version=version)
    slow = sum(map(pace_s, action.steps)) if isinstance(action, WritePlan) else 0.0
    if slow > limits.expires_s / 2:
        why = f"its ramps take {slow:g} s; half of what a proposal is good for, "
        why += f"{limits.expires_s / 2:g} s, is allowed"
        return Ruling(allowed=False, rule="ramp", why=why, version=version)
    step, asset = world.ladder.lowest(assets)
    standing = covered(proposal, world) if step == "act_by_standing_rule" else None
    weighed = proposal.draft.effect is not None or (standing is not None and standing.weighed)
    blind = isinstance(action, WritePlan) and not weighed
    heavy = "its effect is not known" if blind else limits.major.passed(at_stake)
    standing = None if heavy else standing
    tier: Tier = "major" if heavy else "routine" if standing is not None else "standard"
    needed = limits.needed(tier)
    if needed < 1:
        why = f"policy does not say how many approve a {tier} change"
        return Ruling(allowed=False, rule="no-approvers", why=why, version=version)
    asker, lenders = proposal.requester.user, (proposal.requester.behalf,)
    decision = _asked(proposal, world, "propose", asker, tier, lenders=lenders)
    # what is believed and known moves nothing, and good advice is what the lower steps are for
    knowing = isinstance(action, ModelPromotion | Release | ConfirmCause)
    if decision.allowed and step not in ACTING and not knowing:
        why = f"{asset} stands at {step}: an engineer must raise it before anything is done there"
        return Ruling(allowed=False, rule="trust", why=why, version=version, shadow=True)
    if standing is None and local(proposal):
        why = f"{asset} stands at {step}; a local rule acts at act_by_standing_rule"
        if step == "act_by_standing_rule":
            why = uncovered(proposal, world) or f"it is major: {heavy}"
        return Ruling(allowed=False, rule="local-rule", why=why, version=version)
    return Ruling(
        allowed=decision.allowed,
        rule=decision.rule,
        why=f"{decision.why}; it is major: {heavy}" if heavy else decision.why,
        tier=tier,
        needed=needed,
        needs=_needs(proposal, world, tier, needed) if standing is None else str(standing),
        version=version,
        standing=standing,
    )


def covered(proposal: Proposal, world: World) -> StandingRule | None:
    """The standing rule that approves the proposal in advance; None if none does.

    Its signer must still be permitted to sign such a rule for what the action touches.
    """
    for one in world.rules.values():
        if one.leaves(proposal, world.used.get(one.id, 0), world.rested):
            continue
        if _signs(proposal, world, one.user).allowed:
            return one
    return None


def _signs(proposal: Proposal, world: World, user: str) -> Decision:
    """Whether somebody may sign a rule for what a proposal touches."""
    return _asked(proposal, world, "configure", user, "routine", "standing_rule")


def uncovered(proposal: Proposal, world: World) -> str:
    """Why the local rule that asks for a proposal does not cover it; empty if it does."""
    mine = world.rules.get(proposal.requester.through)
    if mine is None:
        return f"{proposal.requester.through} is not signed, has ended or was revoked"
    signs = _signs(proposal, world, mine.user)
    no_more = "" if signs.allowed else f"{mine} stands no more: {signs.why}"
    return mine.leaves(proposal, world.used.get(mine.id, 0), world.rested) or no_more


def may(
    proposal: Proposal,
    world: World,
    verb: Verb,
    user: str,
    tier: Tier,
    used: Collection[str] = (),
    lenders: Collection[str] | None = None,
) -> Decision:
    """Whether a person may do `verb` about this proposal; four eyes included for approval.

    He acts in his own right, or in that which one other person lent him: rights of two people do
    not add up, and the right of nobody behind the proposal opens an approval to whom it was lent.
    `used` are users in whose right others approved, each counts once; `lenders` whose lent rights
    he may use, None = everybody's.
    """
    who = world.people.get(user)
    if who is not None and not decides(who):
        doing = verb.replace("_", " ")
        return _refused("human-only", f"{who.name} is not a person who may {doing}", world)
    authors = behind(proposal)
    if verb == "approve" and user == proposal.requester.user:
        return _refused("four-eyes", "the requester never approves his own proposal", world)
    if verb == "approve" and user in authors:
        return _refused("four-eyes", f"who {authors[user]} never approves it", world)
    spent = {*authors, *used} if verb == "approve" else set()
    return _asked(proposal, world, verb, user, tier, used=spent, lenders=lenders)


def decides(who: Asker) -> bool:
    """Whether he is a person who works there: no service, nor one who only looks or pushes."""
    return "service" not in who.held and bool(PEOPLE & set(who.held))


def stormed(proposal: Proposal, world: World, user: str) -> str:
    """How many writes a person approved lately, if one plan more would pass his limit."""
    action = proposal.draft.action
    if world.policy is None or not isinstance(action, WritePlan):
        return ""
    limits = world.policy.limits
    count, most = world.sent.get(user_key(user), 0), limits.writes.approver
    if count + len(action.steps) <= most:
        return ""
    within = f"{_writes(count)} within {limits.window_s:g} s"
    return f"{within}; {len(action.steps)} more would pass {most}"


def crowded(proposal: Proposal, world: World, now: Instant) -> str:
    """Why one proposal more of its requester would bury people, and until when; empty if not."""
    most = world.policy.limits.waiting if world.policy is not None else 0
    standing = world.waiting
    if len(standing) < most:
        return ""
    who, first = proposal.requester, min(standing.values(), default=now)
    named = ", ".join(sorted(standing)[:3]) + (", …" if len(standing) > 3 else "")
    return (
        f"{len(standing)} proposals of {who.user} through {who.through} wait for people and {most} "
        f"may: {named}; one must be decided, taken back, or expire first: the next expires in "
        f"{max(0, first - now) / SECOND:.0f} s"
    )


def busy(proposal: Proposal, world: World) -> str:
    """The proposal that holds what this one needs; empty if it is free."""
    for claim in claims(world.plant, proposal.draft.action):
        holder = world.busy.get(claim, "")
        if holder and holder != proposal.id:
            return holder
    return ""


def locked(locks: Mapping[str, str], asset: str) -> str:
    """The lock that an asset lies under, in words; empty if there is none.

    `locks`: asset → by whom, since when and why.
    """
    found = (path for path in (asset, *above(asset)) if path in locks)
    return next((f"{path} is locked {locks[path]}" for path in found), "")


def barred(world: World, assets: Iterable[str]) -> tuple[str, str] | None:
    """Rule and reason that keep writes away from one of the units now: its lock, or its mode."""
    for asset in assets:
        lock = locked(world.locked, asset)
        if lock:
            return "locked", lock
        unit = world.plant.units.get(asset)
        if unit is None:
            return "interlock", f"{asset} is not in the plant file, so its mode cannot be seen"
        mode = unit.with_role(PointRole.MODE)
        if mode is not None:
            here = world.seen.get(mode.id)
            if here is None or here.value is None or here.state != "good":
                return "interlock", f"the mode of {asset} cannot be seen"
            if round(here.value) in _OWNED:
                return "interlock", f"{asset} is in {_OWNED[round(here.value)]} mode"
    return None


def _barrier(
    proposal: Proposal, world: World, assets: tuple[str, ...], *, begun: bool
) -> tuple[str, str] | None:
    """The first of our own rules that bars a write, or a release of nothing; all else passes."""
    action = proposal.draft.action
    if isinstance(action, Release):
        here = world.seen.get(action.point)
        if here is None or here.state != "quarantined":
            return "quarantine", f"{action.point} is not in quarantine: there is nothing to release"
    if not isinstance(action, WritePlan) or world.policy is None:
        return None
    bar = barred(world, assets)
    if bar is not None:
        return bar
    limits = world.policy.limits
    moved: dict[str, float] = {}
    for step in action.steps:
        moved[step.point] = moved.get(step.point, 0.0) + abs(step.value - step.old)
    storm = "" if begun else _storm(world, limits, [step.point for step in action.steps])
    if storm:
        return "rate", storm
    for path, distance in moved.items():
        spec = world.plant.point(path).spec
        span = spec.adjustable
        single = spec.step or (span.high - span.low if span is not None else 0.0)
        allowed = limits.window_steps * single
        spent = world.spent.get(path, 0.0)
        if spent + distance > allowed * (1 + 1e-9):
            return "window", (
                f"{path} was moved by {spent:g} {unit_text(spec.unit)} within "
                f"{limits.window_s:g} s; {distance:g} more would pass {allowed:g}"
            )
    return None


def _storm(world: World, limits: Limits, points: Sequence[str]) -> str:
    """Which point or area was written to so often that these writes would pass its limit."""
    areas = [area_of(world.plant, path) for path in points]
    for paths, most in ((points, limits.writes.point), (areas, limits.writes.area)):
        for path in dict.fromkeys(paths):
            sent, more = world.sent.get(path, 0), paths.count(path)
            if sent + more > most:
                went = f"{_writes(sent)} went to {path} within {limits.window_s:g} s"
                return f"{went}; {more} more would pass {most}"
    return ""


def _writes(count: int) -> str:
    return f"{count} write{'' if count == 1 else 's'}"


def _asked(
    proposal: Proposal,
    world: World,
    verb: Verb,
    user: str,
    tier: Tier,
    kind: Kind | None = None,
    used: Collection[str] = (),
    lenders: Collection[str] | None = None,
) -> Decision:
    who = world.people.get(user)
    if who is None:
        return _refused("unknown-person", f"nobody known as {user} has any right here", world)
    request, refusal, spent = _request(proposal, world, verb, who, tier, kind), None, ""
    for lender, person in who.rights():
        if lender and lenders is not None and lender not in lenders:
            continue
        decision = evaluated(world.policy, request.model_copy(update={"who": person}))
        if decision.allowed and (lender or user) not in used:
            return decision.model_copy(update={"behalf": lender})
        spent = spent or (lender or user if decision.allowed else "")
        refusal = refusal or decision
    if spent:
        part = behind(proposal).get(spent)
        how = f"{spent} {part}" if part else f"it was approved in {spent}'s right already"
        return _refused("right-used", f"{how}; a right counts once", world)
    assert refusal is not None  # his own right was asked about
    return refusal if world.policy is None else with_needed(world.policy, request, refusal)


def evaluated(policy: Evaluator | None, request: Request) -> Decision:
    """The policy's decision; no policy, an error inside it, or no plain answer is a refusal."""
    if policy is None:
        return Decision(allowed=False, rule="no-policy", why="there is no policy", version="none")
    try:
        decision = policy.evaluate(request)
    except Exception as problem:  # noqa: BLE001 an engine that fails must refuse, never pass
        why = f"the policy failed on the question: {type(problem).__name__}"
        return Decision(allowed=False, rule="policy-error", why=why, version="none")
    if not isinstance(decision, Decision) or decision.allowed is not True:
        refusal = decision if isinstance(decision, Decision) else None
        return refusal or Decision(
            allowed=False, rule="policy-error", why="the policy gave no decision", version="none"
        )
    return decision


def _request(
    proposal: Proposal, world: World, verb: Verb, who: Asker, tier: Tier, kind: Kind | None = None
) -> Request:
    action = proposal.draft.action
    assets = touched(world.plant, action)
    return Request(
        who=who,
        verb=verb,
        kind=kind or action.kind,
        site=proposal.site,
        assets=assets,
        tier=tier,
        stakes=stakes_of(world.plant, proposal.draft),
        states={asset: state for asset in assets if (state := _state(world, asset)) != "unknown"},
    )


def _state(world: World, asset: str) -> State:
    """What an asset does, as far as it is believed just now."""
    unit = world.plant.units.get(asset)
    point = unit.with_role(PointRole.STATE) if unit is not None else None
    here = world.seen.get(point.id) if point is not None else None
    if here is None or here.value is None or here.state != "good":
        return "unknown"
    return cast("State", _STATES.get(round(here.value), "unknown"))


def _needs(proposal: Proposal, world: World, tier: Tier, needed: int) -> str:
    who = world.people.get(proposal.requester.user)
    if who is None or world.policy is None:
        return "nobody can approve this"
    roles = world.policy.approvers(_request(proposal, world, "approve", who, tier))
    if not roles:
        return "nobody can approve this"
    plural = "s" if needed > 1 else ""
    _, *others = behind(proposal)
    kept_out = " nor ".join(("the requester", *others))
    return f"{needed} {' or '.join(f'{r}{plural}' for r in roles)}, not {kept_out}"


def _refused(name: str, why: str, world: World) -> Decision:
    version = world.policy.version if world.policy is not None else "none"
    return Decision(allowed=False, rule=name, why=why, version=version)
