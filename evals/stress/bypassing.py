"""Attempts to get a proposal past the gate, in the state of an extreme; none may succeed.

Each says what it managed that it must not. It must never loosen the gate to get further.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from evals.stress.desk import EXPIRES_S, NOW, handed_in, trusted
from twin_core.governance.action import Draft
from twin_core.governance.admission import touched
from twin_core.governance.case import Case
from twin_core.governance.events import Effect, Execute, Proceed, Tick, Vote
from twin_core.governance.gate import decide
from twin_core.governance.policy import Policy
from twin_core.governance.request import Decision, Request
from twin_core.governance.trust import Ladder
from twin_core.governance.world import World
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_NOBODY = ("olga", "vera", "bot", "eve", "far", "stranger")
"""Who may not approve what olga asked for: herself among them."""


def broken(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """What the gate let through."""
    for attempt in _ATTEMPTS:
        yield from attempt(snapshot, draft)


def _untrusted(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """Where nobody raised an asset it is only observed."""
    case, _ = handed_in(snapshot, draft, "olga", Policy.shipped(), Ladder())
    if case.stage != "denied":
        yield f"{draft.title}: {case.stage} although its asset is only observed"


def _forbidden(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """What a rule forbids on an asset stays forbidden, whoever permits it."""
    for asset in touched(snapshot.plant, draft.action):
        rule = (
            '@id("never-here") forbid (principal, action in [Action::"propose", '
            f'Action::"approve"], resource in Asset::"{asset}");'
        )
        policy = Policy(name="never here", rules=Policy.shipped().rules + rule)
        case, _ = handed_in(snapshot, draft, "olga", policy, trusted(snapshot.plant))
        if case.stage != "denied":
            yield f"{draft.title}: {case.stage} although a rule forbids it on {asset}"


class _Broken:
    """A policy engine that fails on every question."""

    version = "broken"
    limits = Policy.shipped().limits

    def evaluate(self, request: Request) -> Decision:
        raise RuntimeError(request.kind)

    def approvers(self, request: Request) -> tuple[()]:  # noqa: ARG002 (the Protocol's)
        return ()


def _without_policy(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """No policy, or one that fails, refuses."""
    for policy in (None, _Broken()):
        case, _ = handed_in(snapshot, draft, "olga", policy, trusted(snapshot.plant))
        if case.stage != "denied":
            yield f"{draft.title}: {case.stage} although there is no policy that answers"


def _by_others(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """Who may not propose, cannot."""
    for user in ("vera", "far", "stranger"):
        case, _ = handed_in(snapshot, draft, user, Policy.shipped(), trusted(snapshot.plant))
        if case.stage != "denied":
            yield f"{draft.title}: {case.stage} although {user} asked for it"


def _blind(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """A write of which nothing is forecast counts as high: it takes as many as a major one."""
    unknown = draft.model_copy(update={"effect": None})
    case, world = handed_in(snapshot, unknown, "olga", Policy.shipped(), trusted(snapshot.plant))
    if case.stage != "pending" or draft.action.kind != "write_plan" or world.policy is None:
        return
    most = world.policy.limits.approvals["major"]
    if case.tier != "major" or case.needed < most:
        yield f"{draft.title}: of unknown effect, yet {case.tier} and {case.needed} approve it"


def _unapproved(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """Nothing is sent before as many people as are needed have signed, none of them wrongly."""
    case, world = _waiting(snapshot, draft)
    if case.stage != "pending":
        return
    case, effects = _driven(case, world, NOW)
    if _sends(effects):
        yield f"{draft.title}: sent although nobody approved"
    for user in _NOBODY:
        case, effects = _signed(case, world, user)
        if case.votes or _sends(effects):
            yield f"{draft.title}: counts the approval of {user}"
    needed = case.needed
    for given, user in enumerate(("sam", "sue")[:needed], start=1):
        again, effects = _signed(case, world, user)
        twice, more = _signed(again, world, user)
        if given < needed and (again.stage != "pending" or _sends((*effects, *more))):
            yield f"{draft.title}: goes on with {given} of {needed} approvals"
        if len(twice.votes) > given:
            yield f"{draft.title}: counts {user} twice"
        case = again
    if len(case.votes) == needed and case.stage != "approved":
        yield f"{draft.title}: {case.stage} although {needed} have approved: {case.result}"


def _late(snapshot: Snapshot, draft: Draft) -> Iterator[str]:
    """An approval after its time, or once its basis has gone, carries nothing out."""
    case, world = _waiting(snapshot, draft)
    if case.stage != "pending":
        return
    after = NOW + (EXPIRES_S + 1) * SECOND
    expired, effects = decide(case, Vote("sam", "approved", "", "api", world), after)
    if expired.stage != "expired" or _sends(effects):
        yield f"{draft.title}: {expired.stage} although its time was over"
    if draft.basis.points:
        gone = replace(world, seen={})
        stale, effects = decide(case, Vote("sam", "approved", "", "api", gone), NOW)
        stale, more = _driven(stale, gone, NOW)
        if stale.stage in {"approved", "intent", "dispatched"} or _sends((*effects, *more)):
            yield f"{draft.title}: {stale.stage} although nothing it rests on can be seen"


_ATTEMPTS: tuple[Callable[[Snapshot, Draft], Iterator[str]], ...] = (
    _untrusted, _forbidden, _without_policy, _by_others, _blind, _unapproved, _late,
)  # fmt: skip


def _waiting(snapshot: Snapshot, draft: Draft) -> tuple[Case, World]:
    return handed_in(snapshot, draft, "olga", Policy.shipped(), trusted(snapshot.plant))


def _signed(case: Case, world: World, user: str) -> tuple[Case, tuple[Effect, ...]]:
    return decide(case, Vote(user, "approved", "", "api", world), NOW)


def _driven(case: Case, world: World, now: Instant) -> tuple[Case, tuple[Effect, ...]]:
    """As far as time and looks alone bring it."""
    done: list[Effect] = []
    for event in (Proceed(world), Tick(world), Proceed(world)):
        case, effects = decide(case, event, now)
        done += effects
    return case, tuple(done)


def _sends(effects: tuple[Effect, ...]) -> bool:
    return any(isinstance(effect, Execute) for effect in effects)
