"""Who may do what, on which asset, up to which size of change. Absence of permission is refusal.

A Policy is a value with a version, the digest of its content: rules in Cedar's language, and the
numbers for the gate's own rules. `evaluate` is the one door. It must never count people, spent
change or locks: those are `ruling.py` and `gate.py`.
"""

import difflib
import tomllib
from functools import cached_property
from typing import Annotated, Any, Literal, Protocol, get_args

from pydantic import Field, ValidationError, field_validator

from twin_core.answer import Asker, Role
from twin_core.canonical import digest
from twin_core.errors import NotCanonical, PolicyError
from twin_core.governance.admission import assets
from twin_core.governance.cedar import Rules, compiled
from twin_core.governance.request import PEOPLE, Decision, Request, Tier
from twin_core.governance.stakes import Bounds, Stakes
from twin_core.plant.assets import Plant
from twin_core.value import Value

_MONTH_S = 2_592_000.0
_People = Annotated[int, Field(strict=True, ge=1, le=20)]
_Approved = Literal["standard", "major"]
_LONGEST = 500
"""Characters of a message about a policy."""


class Writes(Value):
    """How many writes may be sent within the policy's window."""

    point: int = Field(default=8, ge=1, le=1_000_000)
    area: int = Field(default=120, ge=1, le=1_000_000)
    approver: int = Field(default=60, ge=1, le=1_000_000)


class Limits(Value):
    """The numbers policy sets for the gate's own rules.

    Attributes:
        major: what passes one of these bounds is a major change, and so is a write of unknown
            effect.
        forbidden: what passes one of these nobody can approve.
        window_s, window_steps: within so many seconds (ledger time) a point may be moved by at
            most so many times its largest single step, however the change is cut up.
        writes: within the same time so many writes may be sent to one point, into one area, on one
            person's approval.
        waiting: so many proposals of one requester, handed in through one program, may wait for
            people at once; more would bury what they must decide.
        approvals: distinct people who must approve, by tier; for a routine change the standing
            rule stands.
        expires_s: seconds (ledger time) for which a proposal can be approved and written.
        deadline_s: monotonic seconds a connector has for one command, and the lease within
            which a command must leave after it was decided.
    """

    major: Bounds = Bounds(share=0.95, lines=1)
    forbidden: Bounds = Bounds()
    window_s: float = Field(default=3600.0, gt=0, le=_MONTH_S)
    window_steps: float = Field(default=3.0, gt=0, le=1_000_000)
    writes: Writes = Writes()
    waiting: int = Field(default=8, ge=1, le=1_000_000)
    approvals: dict[_Approved, _People] = {"standard": 1, "major": 2}  # noqa: RUF012 (copied)
    expires_s: float = Field(default=900.0, gt=0, le=_MONTH_S)
    deadline_s: float = Field(default=5.0, ge=0.01, le=60)

    def tier(self, stakes: Stakes) -> Tier:
        """How heavy a change with these stakes is, where no standing rule covers it."""
        return "major" if self.major.passed(stakes) else "standard"

    def needed(self, tier: Tier) -> int:
        """How many people must approve a change of that tier; 0 where it is not said."""
        return 1 if tier == "routine" else self.approvals.get(tier, 0)

    @field_validator("approvals")
    @classmethod
    def _rising(cls, approvals: dict[_Approved, int]) -> dict[_Approved, int]:
        if approvals.get("major", 20) < approvals.get("standard", 1):
            problem = "a major change needs fewer people than a standard one"
            raise ValueError(problem)
        return approvals


class Evaluator(Protocol):
    """What stands behind the door: this module's Policy, or another engine."""

    @property
    def version(self) -> str:
        """Digest of the content that decides."""
        ...

    @property
    def limits(self) -> Limits:
        """The numbers for the gate's own rules."""
        ...

    def evaluate(self, request: Request) -> Decision:
        """Allowed only if something permits it and nothing forbids it."""
        ...

    def approvers(self, request: Request) -> tuple[Role, ...]:
        """Roles whose holders could be allowed the request, for people to read."""
        ...


SHIPPED: str = """
schema = 2
name = "shipped"
rules = '''
@id("operators-propose")
permit (principal, action == Action::"propose", resource) when {
    principal in [Role::"operator", Role::"supervisor", Role::"engineer"] && [
        Kind::"write_plan", Kind::"work_order", Kind::"inspection", Kind::"schedule_change",
        Kind::"stock_move", Kind::"release", Kind::"confirm_cause"
    ].contains(context.kind)
};

@id("supervisors-approve")
permit (principal in Role::"supervisor", action == Action::"approve", resource) when {
    [
        Kind::"write_plan", Kind::"work_order", Kind::"inspection", Kind::"schedule_change",
        Kind::"stock_move", Kind::"release", Kind::"confirm_cause"
    ].contains(context.kind)
};

@id("engineers-promote-models")
permit (principal, action in [Action::"propose", Action::"approve"], resource) when {
    principal in [Role::"supervisor", Role::"engineer"] && context.kind == Kind::"model_promotion"
};

@id("engineers-approve-what-is-believed")
permit (principal in Role::"engineer", action == Action::"approve", resource) when {
    [Kind::"release", Kind::"confirm_cause"].contains(context.kind)
};

@id("supervisors-release")
permit (principal, action == Action::"release", resource) when {
    principal in [Role::"supervisor", Role::"engineer"] && context.kind == Kind::"release"
};

@id("operators-report")
permit (principal, action == Action::"report", resource) when {
    principal in [Role::"operator", Role::"supervisor", Role::"engineer"] && [
        Kind::"work_order", Kind::"inspection", Kind::"schedule_change", Kind::"stock_move"
    ].contains(context.kind)
};

@id("supervisors-stop-and-undo")
permit (
    principal, action in [Action::"cancel", Action::"roll_back", Action::"resolve"], resource
) when { principal in [Role::"supervisor", Role::"engineer"] };

@id("supervisors-lift-a-freeze")
permit (principal, action == Action::"lift", resource) when {
    principal in [Role::"supervisor", Role::"engineer"] && context.kind == Kind::"freeze"
};

@id("supervisors-unlock")
permit (principal in Role::"supervisor", action == Action::"unlock", resource)
when { context.kind == Kind::"lock" };

@id("engineers-configure-trust")
permit (principal in Role::"engineer", action == Action::"configure", resource)
when { context.kind == Kind::"trust" };

@id("engineers-sign-standing-rules")
permit (principal in Role::"engineer", action == Action::"configure", resource)
when { context.kind == Kind::"standing_rule" };
'''
"""
"""What holds where a site has written no policy of its own; a policy file has the same form."""


class Policy(Value):
    """A policy file's content. Without a rule that permits it, everything is refused.

    Attributes:
        rules: policies in Cedar's language over `cedar.SCHEMA`, each with its `@id("…")`.
    """

    name: str = Field(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,100}$")
    rules: str = ""
    limits: Limits = Limits()

    @field_validator("rules")
    @classmethod
    def _can_be(cls, rules: str) -> str:
        compiled(rules)
        return rules

    @cached_property
    def version(self) -> str:
        """SHA-256 over the canonical bytes of the whole policy."""
        return digest(self)

    @property
    def ids(self) -> tuple[str, ...]:
        """Its rules' ids, in order."""
        return self._compiled.ids

    @classmethod
    def parse(cls, text: str, file: str) -> "Policy":
        """The policy that a TOML text says; `file` is its name, for messages.

        Raises:
            PolicyError: not TOML, an unknown key, a value that cannot be, a rule that Cedar or the
                schema does not know.
        """
        try:
            tree: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))
        except (ValueError, RecursionError) as problem:
            raise PolicyError(file, f"not TOML: {problem}") from problem
        if tree.pop("schema", None) != 2:
            raise PolicyError(file, "schema is not given or not known; allowed: schema = 2")
        try:
            policy = cls.model_validate(tree)
            policy.version  # noqa: B018 what has no digest is no policy
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            said = str(first.get("ctx", {}).get("error", first["msg"].lower()))
            raise PolicyError(file, f"{where}: {said}"[:_LONGEST]) from problem
        except (NotCanonical, RecursionError) as problem:
            raise PolicyError(file, f"{problem}"[:_LONGEST]) from problem
        return policy

    @classmethod
    def shipped(cls) -> "Policy":
        """The policy of a site that has written none: operators propose, supervisors approve."""
        return cls.parse(SHIPPED, "shipped policy")

    def fitting(self, plant: Plant, file: str) -> "Policy":
        """The policy itself, once the plant was found to have every asset that a rule names.

        A prohibition on what is not there would forbid nothing, and nobody would hear of it.

        Raises:
            PolicyError: a rule names what is no asset of the plant.
        """
        there = assets(plant)
        for rule, path, alone in self._compiled.assets():
            if path in plant.index:
                unit = plant.point(path).unit_id
                problem = f"“{path}” is a point, rules name assets; allowed: {unit} as a whole"
                raise PolicyError(file, f"rule {rule}: {problem}")
            if path not in there:
                near = ", ".join(difflib.get_close_matches(path, there, 3, 0.0))
                problem = f"the plant has no asset “{path}”; allowed: its site, areas, lines "
                raise PolicyError(file, f"rule {rule}: {problem}and units, nearest: {near}")
            if alone and path not in plant.units and path != plant.site:
                problem = f"“{path}” by == or contains is itself alone and nothing in it"
                raise PolicyError(file, f"rule {rule}: {problem}; allowed: in Asset::…")
        return self

    def evaluate(self, request: Request) -> Decision:
        """Allowed only if on each asset a rule permits it and none forbids it, at his own site."""
        who = request.who
        if request.site not in who.sites:
            return self._refuse("site", f"{who.name} has no rights at {request.site}")
        permits: tuple[str, ...] = ()
        for asset in request.assets:
            found = self._compiled.ask(request, asset)
            if found.errors:
                return self._refuse("policy-error", f"on {asset}: {found.errors[0]}")
            if found.allowed:
                permits = permits or found.by
            elif found.by:
                return self._refuse(found.by[0], f"{found.by[0]} forbids it on {asset}")
            else:
                words = _words(request.model_copy(update={"assets": (asset,)}))
                return self._refuse("no-permission", f"nothing permits {who.name} to {words}")
        why = f"{permits[0]} lets {who.name} {_words(request)}"
        return Decision(allowed=True, rule=permits[0], why=why, version=self.version)

    def approvers(self, request: Request) -> tuple[Role, ...]:
        """Roles whose holders would be allowed this, on all of its assets."""
        return tuple(
            role
            for role in get_args(Role)
            if role in PEOPLE and self._allows(_holder(role, request), request)
        )

    def explain(self, request: Request) -> str:
        """One sentence: allowed or refused, by which rule of which version, and why."""
        decision = with_needed(self, request, self.evaluate(request))
        verdict = "Allowed" if decision.allowed else "Refused"
        return (
            f"{verdict} by {decision.rule} of policy “{self.name}” ({self.version[:12]}): "
            f"{decision.why}."
        )

    @property
    def _compiled(self) -> Rules:
        return compiled(self.rules)

    def _allows(self, who: Asker, request: Request) -> bool:
        asked = request.model_copy(update={"who": who})
        return all(self._compiled.ask(asked, asset).allowed for asset in request.assets)

    def _refuse(self, rule: str, why: str) -> Decision:
        return Decision(allowed=False, rule=rule, why=why, version=self.version)


def with_needed(policy: Evaluator, request: Request, decision: Decision) -> Decision:
    """The decision, with who would be permitted what nothing permits this person."""
    if decision.rule != "no-permission":
        return decision
    roles = policy.approvers(request)
    needed = f"needed: {' or '.join(roles)}" if roles else "no role is permitted it"
    return decision.model_copy(update={"why": f"{decision.why}; {needed}"})


def _holder(role: Role, request: Request) -> Asker:
    """Somebody who holds that role and no other."""
    return Asker(user=f"any {role}", name=f"any {role}", roles=(role,), sites=(request.site,))


def _words(request: Request) -> str:
    share = request.stakes.share
    size = f", {share:.0%} of the range" if share else ""
    verb = request.verb.replace("_", " ")
    kind = request.kind.replace("_", " ")
    return f"{verb} a {request.tier} {kind} on {', '.join(request.assets)}{size}"
