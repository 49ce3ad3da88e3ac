"""Who may do what, on which asset, up to which size of change. Absence of permission is refusal.

A Policy is a value with a version, the digest of its content; `evaluate` is the one door, kept
small so that another engine can stand behind it. It must never count people, spent change or
locks: those are `ruling.py` and `gate.py`, whatever engine answers here.
"""

import difflib
import tomllib
from functools import cached_property
from typing import Any, Literal, Protocol

from pydantic import Field, ValidationError

from twin_core.answer import Asker, Role
from twin_core.canonical import digest
from twin_core.errors import PolicyError
from twin_core.governance.admission import assets
from twin_core.plant.assets import Plant
from twin_core.value import Path, Slug, Value

Verb = Literal["propose", "approve", "cancel", "roll_back", "resolve", "configure"]
Tier = Literal["standard", "major"]
Kind = Literal[
    "write_plan",
    "work_order",
    "inspection",
    "schedule_change",
    "stock_move",
    "model_promotion",
    "release",
    "confirm_cause",
    "trust",
]
"""The kinds of action, and `trust` where the ladder is configured."""


class Request(Value):
    """May this person do this?

    Attributes:
        assets: units, or whatever stands above them, that the action touches.
        tier: how heavy the action is, as `ruling.py` found.
        share: how far it moves a point at most, as a share of its adjustable range (0..1).
    """

    who: Asker
    verb: Verb
    kind: Kind
    site: Slug
    assets: tuple[Path, ...] = Field(min_length=1)
    tier: Tier = "standard"
    share: float = Field(default=0.0, ge=0)


class Decision(Value):
    """The answer, the rule that gave it, why in words, and the policy's version."""

    allowed: bool
    rule: str
    why: str
    version: str


class Rule(Value):
    """A permission or prohibition; an empty list of kinds, assets or tiers means every one.

    Attributes:
        assets: paths; each holds for everything below it.
        up_to: as a share of the point's adjustable range: the largest change that is permitted,
            or above which it is forbidden.
    """

    id: Slug
    verbs: tuple[Verb, ...] = Field(min_length=1)
    roles: tuple[Role, ...] = ()
    kinds: tuple[Kind, ...] = ()
    assets: tuple[Path, ...] = ()
    tiers: tuple[Tier, ...] = ()
    up_to: float | None = Field(default=None, ge=0)

    def about(self, request: Request) -> bool:
        """Whether verb, kind and tier are this rule's."""
        return (
            request.verb in self.verbs
            and (not self.kinds or request.kind in self.kinds)
            and (not self.tiers or request.tier in self.tiers)
        )

    def holds(self, asset: str) -> bool:
        """Whether the asset lies on or below one of this rule's."""
        return not self.assets or any(f"{asset}/".startswith(f"{a}/") for a in self.assets)


class Permit(Rule):
    """Allows people of its roles; with no role, nobody."""

    roles: tuple[Role, ...] = Field(min_length=1)


class Forbid(Rule):
    """Forbids what it is about, on any of its assets, to its roles (none named: to everybody)."""


class Limits(Value):
    """The numbers policy sets for the gate's own rules.

    Attributes:
        major_share: a plan that moves a point by more than this share of its adjustable range is
            major.
        window_s, window_steps: within so many seconds (ledger time) a point may be moved by at
            most so many times its largest single step, however the change is cut up.
        approvals: distinct people who must approve, by tier.
        expires_s: seconds (ledger time) for which a proposal can be approved and written.
        deadline_s: monotonic seconds a connector has for one command, and the lease within
            which a command must leave after it was decided.
    """

    major_share: float = Field(default=0.95, gt=0, le=1)
    window_s: float = Field(default=3600.0, gt=0)
    window_steps: float = Field(default=3.0, gt=0)
    approvals: dict[Tier, int] = {"standard": 1, "major": 2}  # noqa: RUF012 pydantic copies it
    expires_s: float = Field(default=900.0, gt=0)
    deadline_s: float = Field(default=5.0, gt=0)


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
schema = 1
name = "shipped"

[[permit]]
id = "operators-propose"
verbs = ["propose"]
roles = ["operator", "supervisor", "engineer"]
kinds = ["write_plan", "work_order", "inspection"]

[[permit]]
id = "supervisors-approve"
verbs = ["approve"]
roles = ["supervisor"]
kinds = ["write_plan", "work_order", "inspection"]

[[permit]]
id = "engineers-promote-models"
verbs = ["propose", "approve"]
roles = ["supervisor", "engineer"]
kinds = ["model_promotion"]

[[permit]]
id = "supervisors-stop-and-undo"
verbs = ["cancel", "roll_back", "resolve"]
roles = ["supervisor", "engineer"]

[[permit]]
id = "engineers-configure-trust"
verbs = ["configure"]
roles = ["engineer"]
kinds = ["trust"]
"""
"""What holds where a site has written no policy of its own; a policy file has the same form."""


class Policy(Value):
    """A policy file's content. Without a permission that fits, everything is refused."""

    name: str
    permit: tuple[Permit, ...] = ()
    forbid: tuple[Forbid, ...] = ()
    limits: Limits = Limits()

    @cached_property
    def version(self) -> str:
        """SHA-256 over the canonical bytes of the whole policy."""
        return digest(self)

    @classmethod
    def parse(cls, text: str, file: str) -> "Policy":
        """The policy that a TOML text says; `file` is its name, for messages.

        Raises:
            PolicyError: not TOML, an unknown key, a value that cannot be.
        """
        try:
            tree: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            raise PolicyError(file, f"not TOML: {problem}") from problem
        if tree.pop("schema", None) != 1:
            raise PolicyError(file, "schema is not given or not known; allowed: schema = 1")
        try:
            return cls.model_validate(tree)
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            raise PolicyError(file, f"{where}: {first['msg'].lower()}") from problem

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
        for rule in (*self.permit, *self.forbid):
            for path in rule.assets:
                if path in plant.index:
                    unit = plant.point(path).unit_id
                    problem = f"“{path}” is a point, rules name assets; allowed: {unit} as a whole"
                    raise PolicyError(file, f"rule {rule.id}: {problem}")
                if path not in there:
                    near = ", ".join(difflib.get_close_matches(path, there, 3, 0.0))
                    problem = f"the plant has no asset “{path}”; allowed: its site, areas, lines "
                    raise PolicyError(file, f"rule {rule.id}: {problem}and units, nearest: {near}")
        return self

    def evaluate(self, request: Request) -> Decision:
        """Allowed only if a rule permits it, no rule forbids it, and the site is the person's."""
        who = request.who
        if request.site not in who.sites:
            return self._refuse("site", f"{who.name} has no rights at {request.site}")
        for rule in self.forbid:
            if rule.about(request) and (not rule.roles or set(rule.roles) & set(who.roles)):
                hit = next((a for a in request.assets if rule.holds(a)), None)
                if hit is not None and (rule.up_to is None or request.share > rule.up_to):
                    return self._refuse(rule.id, f"{rule.id} forbids it on {hit}")
        for permit in self.permit:
            if self._permits(permit, request):
                role = next(r for r in who.roles if r in permit.roles)
                why = f"{permit.id} lets the {role} {_words(request)}"
                return Decision(allowed=True, rule=permit.id, why=why, version=self.version)
        roles = self.approvers(request)
        needed = f"needed: {' or '.join(roles)}" if roles else "no role is permitted it"
        return self._refuse(
            "no-permission", f"nothing permits {who.name} to {_words(request)}; {needed}"
        )

    def approvers(self, request: Request) -> tuple[Role, ...]:
        """Roles that some permission names for this verb, kind, tier, size and these assets."""
        found = [r for p in self.permit if self._covers(p, request) for r in p.roles]
        return tuple(dict.fromkeys(found))

    def explain(self, request: Request) -> str:
        """One sentence: allowed or refused, by which rule of which version, and why."""
        decision = self.evaluate(request)
        verdict = "Allowed" if decision.allowed else "Refused"
        return (
            f"{verdict} by {decision.rule} of policy “{self.name}” ({self.version[:12]}): "
            f"{decision.why}."
        )

    def _permits(self, permit: Permit, request: Request) -> bool:
        return bool(set(permit.roles) & set(request.who.roles)) and self._covers(permit, request)

    def _covers(self, permit: Permit, request: Request) -> bool:
        return (
            permit.about(request)
            and all(permit.holds(asset) for asset in request.assets)
            and (permit.up_to is None or request.share <= permit.up_to)
        )

    def _refuse(self, rule: str, why: str) -> Decision:
        return Decision(allowed=False, rule=rule, why=why, version=self.version)


def _words(request: Request) -> str:
    size = f", {request.share:.0%} of the range" if request.share else ""
    verb = request.verb.replace("_", " ")
    kind = request.kind.replace("_", " ")
    return f"{verb} a {request.tier} {kind} on {', '.join(request.assets)}{size}"
