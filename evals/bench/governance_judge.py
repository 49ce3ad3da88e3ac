"""Who approved what, and whether a write may leave: judged without asking the gate.

It keeps its own book of what was handed in, signed, taken back and sent, from what people did and
how the plant stood. It demands what is necessary for a write, in its own words; it must never read
a Case, a Ruling or any other thing that the gate made, but for the Command itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isclose
from typing import NamedTuple

from evals.bench import governance_scene as scene
from evals.bench.governance_around import Around
from twin_core.governance.action import Command, Outcome, Proposal, WritePlan, WriteStep
from twin_core.governance.standing_rule import StandingRule
from twin_core.value import SECOND, Instant

_ASKING = {"operator", "supervisor", "engineer"}
_WINDOW = 3600 * SECOND
_MOST_MOVED = {scene.SPEED: 180.0, scene.PRESSURE: 1.5, scene.TORQUE: 1.5}
_MOST_WRITES = 2
_MODES = {scene.FILLER: scene.FILLER_MODE, scene.CAPPER: scene.CAPPER_MODE}


class Violation(AssertionError):
    """The gate did what nobody permitted."""


class Sent(NamedTuple):
    """A command that left: ledger time, its number among all, and what it was."""

    at: Instant
    number: int
    command: Command


@dataclass
class Plan:
    """One proposal, and what became of it as the judge knows it.

    Attributes:
        behind: who asked for it, who lent him the right to, and so for what it was edited from.
        rule: what covered it when it was handed in; `by_rule` whether it was sent on that alone.
        settled: key → whether the target was read back; `uncertain` nobody knows, or has looked.
    """

    proposal: Proposal
    needed: int
    behind: frozenset[str]
    rule: StandingRule | None = None
    by_rule: bool = False
    signed: set[str] = field(default_factory=set)
    dead: str = ""
    undo_asked: bool = False
    sent: list[Sent] = field(default_factory=list)
    settled: dict[str, bool] = field(default_factory=dict)
    uncertain: bool = False

    @property
    def steps(self) -> tuple[WriteStep, ...]:
        """What was handed in."""
        action = self.proposal.draft.action
        assert isinstance(action, WritePlan)
        return action.steps

    @property
    def units(self) -> set[str]:
        """The machines it writes to."""
        return {unit(step.point) for step in self.steps}

    def executed(self) -> Iterator[tuple[Sent, WriteStep]]:
        """The writes of the plan itself that were sent."""
        for sent in self.sent:
            if sent.command.purpose == "execute" and isinstance(sent.command.step, WriteStep):
                yield sent, sent.command.step

    @property
    def unanswered(self) -> bool:
        """Whether it is not known what became of a write."""
        return any(sent.command.key not in self.settled for sent in self.sent)


def unit(point: str) -> str:
    """The machine of a point."""
    return point.rpartition("/")[0]


class Judge:
    """The book, and the law."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.plans: dict[str, Plan] = {}
        self.writes = 0

    def handed_in(self, proposal: Proposal, instead_of: str = "") -> None:
        """A proposal came in; as an edit of another, if one is named."""
        forecast = proposal.draft.effect is not None
        asker = self.around.people.get(proposal.requester.user)
        behind = {proposal.requester.user}
        if asker is not None and not _ASKING & {*asker.roles}:
            behind |= {grant.lent_by for grant in asker.grants}
        if instead_of:
            behind |= self.plans[instead_of].behind
        plan = Plan(proposal, self.around.needed(forecast=forecast), frozenset(behind))
        self.plans[proposal.id] = plan
        if forecast and not self.around.frozen:
            plan.rule = next(
                (rule for rule in self.around.rules.values() if self._covers(rule, plan)), None
            )

    def _covers(self, rule: StandingRule, plan: Plan) -> bool:
        """Whether a rule's signer may sign, its bands hold the plan, and it is not used up."""
        around = self.around
        bands = [rule.bands.get(step.point) for step in plan.steps]
        inside = all(
            band is not None and band.holds(step.value)
            for band, step in zip(bands, plan.steps, strict=True)
        )
        since = around.now - round(rule.window_s * SECOND)
        uses = sum(
            other.by_rule and other.rule == rule and other.sent[0].at >= since
            for other in self.plans.values()
            if other is not plan
        )
        trusted = around.step == "act_by_standing_rule"
        return inside and uses < rule.most and trusted and around.may(rule.user, "engineer")

    def signs(self, name: str, user: str, meaning: str) -> None:
        """A person signs; it counts if he may, in time, and nothing was decided."""
        plan, around = self.plans[name], self.around
        decided = len(plan.signed) >= plan.needed and plan.rule is None
        if around.fenced or plan.dead or plan.sent or decided:
            return
        if around.now >= plan.proposal.expires:
            plan.dead = "expired"
        elif around.may(user, "supervisor") and user not in plan.behind:
            if meaning == "rejected":
                plan.dead = "rejected" if plan.rule is None else ""  # too late after a rule
            elif not around.frozen:
                plan.signed.add(user)

    def cancels(self, name: str, user: str) -> None:
        """A person takes it back; it counts if he may and nothing was sent."""
        plan, around = self.plans[name], self.around
        owner = user == plan.proposal.requester.user and user in around.people
        may = owner or around.may(user, "supervisor", "engineer")
        if may and not (around.fenced or plan.sent or plan.dead):
            plan.dead = "taken back"

    def asks_back(self, name: str, user: str) -> None:
        """A person asks that it be undone."""
        plan, around = self.plans[name], self.around
        if around.may(user, "supervisor", "engineer") and not (around.fenced or around.frozen):
            plan.undo_asked = True

    def resolves(self, name: str, user: str) -> None:
        """A person has looked at the machine."""
        plan = self.plans[name]
        if self.around.may(user, "supervisor", "engineer") and not self.around.fenced:
            plan.uncertain = False
            plan.settled.update({sent.command.key: False for sent in plan.sent})

    def proceeds(self, name: str) -> None:
        """It is looked at again before a write: who has lost his right must sign anew."""
        plan, around = self.plans[name], self.around
        if around.fenced or plan.sent or plan.rule or len(plan.signed) < plan.needed:
            return
        valid = {user for user in plan.signed if around.may(user, "supervisor")}
        if len(valid) < plan.needed:
            plan.signed = valid

    def answered(self, name: str, outcome: Outcome) -> None:
        """A connector said what it read back, or that it does not know."""
        if outcome.read_back is not None:
            self.plans[name].settled.setdefault(outcome.key, _there(self.plans[name], outcome))

    def looked(self, name: str, outcome: Outcome) -> None:
        """A write whose answer was lost was read back: the target, the old value, or neither."""
        plan = self.plans[name]
        step = _step(plan, outcome.key)
        if step is None or outcome.key in plan.settled:
            return
        found = outcome.read_back
        if found is not None and (_near(step, found, step.value) or _near(step, found, step.old)):
            plan.settled[outcome.key] = _near(step, found, step.value)
        else:
            plan.uncertain = True

    def sends(self, command: Command, looked: Outcome | None) -> None:
        """A command leaves; `looked` is the reading on which it is sent, if there was one.

        Raises:
            Violation: it must not.
        """
        plan, around = self.plans[command.proposal], self.around
        step = command.step
        self.writes += 1
        must(isinstance(step, WriteStep), "it is no write of the plan")
        assert isinstance(step, WriteStep)
        must(not around.fenced, "a newer actuator owns the plant")
        must(command.epoch == around.epoch, "it is of another epoch")
        must(not around.frozen, "everything is frozen")
        must(all(command.key != sent.command.key for sent in plan.sent), "its key was sent before")
        if command.purpose == "execute":
            self._executes(plan, step)
        else:
            self._undoes(plan, step, looked)
        plan.sent.append(Sent(around.now, self.writes, command))

    def verified(self, name: str, outcome: Outcome | None, step: WriteStep) -> None:
        """The gate calls a step verified on some outcome.

        Raises:
            Violation: its target was not read back.
        """
        found = None if outcome is None else outcome.read_back
        there = found is not None and _near(step, found, step.value)
        must(there, f"{name} is called verified, and {found} was read back")

    def _executes(self, plan: Plan, step: WriteStep) -> None:
        around, done = self.around, [one for _, one in plan.executed()]
        at = len(done)
        must(at < len(plan.steps) and step == plan.steps[at], "it is not what was handed in")
        must(not plan.dead, f"it was {plan.dead}")
        must(around.now < plan.proposal.expires, "it has expired")
        forecast = plan.proposal.draft.effect is not None
        needed = around.needed(forecast=forecast)
        must(needed > 0, "no policy permits it")
        valid = {user for user in plan.signed if around.may(user, "supervisor")}
        valid -= plan.behind
        if forecast and any(self._covers(rule, plan) for rule in around.rules.values()):
            needed = 1  # a routine change now: the rule stands for the people it would need
        asked = 0 if plan.rule is not None else plan.needed  # nobody was asked; now counts
        if len(valid) < max(asked, needed):
            ours = plan.rule is not None and self.around.rules.get(plan.rule.id) == plan.rule
            covered = ours and plan.rule is not None and self._covers(plan.rule, plan)
            must(covered or plan.by_rule, f"approved by {sorted(valid)} alone")
            plan.by_rule = True
        asker = around.people.get(plan.proposal.requester.user)
        works = asker is not None and _ASKING & {*asker.held}
        must(bool(works), "who asked for it has no right to any more")
        must(around.step.startswith("act_"), "the asset is not trusted that far")
        basis = plan.proposal.draft.basis.points
        for point in basis if not done else [p for p in basis if p.point == step.point]:
            must(around.good(point.point), f"{point.point} is not good or too old")
            holds = point.band.holds(around.believed[point.point])
            written = point.point in {one.point for one in done}
            must(holds or written, f"{point.point} has left its band")
        self._machines(plan)
        self._amounts(plan, done)

    def _machines(self, plan: Plan) -> None:
        """Nobody owns a machine, nobody else is at it, nothing at it is uncertain."""
        for asset in sorted(plan.units):
            self._automatic(asset)
        first = next((sent.number for sent, _ in plan.executed()), None)
        for other in self.plans.values():
            if other is plan or not other.units & plan.units:
                continue
            name = other.proposal.id
            must(not other.uncertain, f"what {name} did to the machine is not known")
            must(not other.unanswered, f"{name} is being written there")
            between = first is not None and any(
                sent.number > first and unit(one.point) in plan.units
                for sent, one in other.executed()
            )
            must(not between, f"{name} wrote there between two steps")

    def _amounts(self, plan: Plan, done: list[WriteStep]) -> None:
        """No point is moved too far or written too often within the hour."""
        since = self.around.now - _WINDOW
        for point in {step.point for step in plan.steps}:
            ours = [step for step in plan.steps if step.point == point]
            others = [
                (step, other.settled.get(sent.command.key, True))
                for other in self.plans.values()
                if other is not plan
                for sent, step in other.executed()
                if sent.at >= since and step.point == point
            ]
            moved = sum(abs(step.value - step.old) for step, there in others if there)
            moved += sum(abs(step.value - step.old) for step in ours)
            must(moved <= _MOST_MOVED[point] * 1.000001, f"{point} is moved by {moved:g} in all")
            if not done:
                count = len(others) + len(ours)
                must(count <= _MOST_WRITES, f"{point} is written {count} times")

    def _undoes(self, plan: Plan, step: WriteStep, looked: Outcome | None) -> None:
        ours = next((one for _, one in plan.executed() if one.point == step.point), None)
        must(ours is not None and ours.compensation is not None, "nothing of ours is to be undone")
        assert ours is not None
        assert ours.compensation is not None
        must(isclose(step.value, ours.compensation.value), "it is not the way back approved")
        failed = len(plan.steps) > 1 and not self._whole(plan)
        must(plan.undo_asked or failed, "nobody asked that it be undone")
        found = None if looked is None else looked.read_back
        must(found is not None and _near(ours, found, ours.value), f"{found} is not our value")
        must(
            _near(ours, self.around.device[step.point], ours.value), "another's value stands there"
        )
        self._automatic(unit(step.point))

    def _automatic(self, asset: str) -> None:
        locks = self.around.locks
        must(all(not f"{asset}/".startswith(f"{path}/") for path in locks), f"{asset} is locked")
        mode = _MODES[asset]
        believed = mode not in self.around.uncertain and self.around.believed[mode] == 1.0
        must(believed, f"a person may be at {asset}")

    def _whole(self, plan: Plan) -> bool:
        """Whether every step was sent and its target read back."""
        there = [plan.settled.get(sent.command.key, False) for sent, _ in plan.executed()]
        return len(there) == len(plan.steps) and all(there)


def _step(plan: Plan, key: str) -> WriteStep | None:
    for sent in plan.sent:
        if sent.command.key == key and isinstance(sent.command.step, WriteStep):
            return sent.command.step
    return None


def _there(plan: Plan, outcome: Outcome) -> bool:
    step, found = _step(plan, outcome.key), outcome.read_back
    return step is not None and found is not None and _near(step, found, step.value)


def _near(step: WriteStep, found: float, value: float) -> bool:
    return abs(found - value) <= step.check


def must(holds: bool, problem: str) -> None:
    """Return if it holds; else it is a Violation."""
    if not holds:
        raise Violation(problem)
