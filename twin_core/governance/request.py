"""What policy is asked, and what it answers."""

from typing import Literal

from pydantic import Field

from twin_core.answer import Asker, Role
from twin_core.governance.stakes import Stakes
from twin_core.value import Path, Slug, Value

Verb = Literal[
    "propose",
    "approve",
    "cancel",
    "roll_back",
    "resolve",
    "report",
    "release",
    "configure",
    "lift",
    "unlock",
]
Tier = Literal["routine", "standard", "major"]
"""Inside a band signed in advance; one approves; two do. What is forbidden has no tier."""
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
    "freeze",
    "lock",
    "standing_rule",
]
"""The kinds of action; `trust` where the ladder is configured, `freeze` where all is stopped,
`lock` where a person locked an asset, `standing_rule` where routine changes are approved ahead.
"""

State = Literal[
    "unknown", "clearing", "stopped", "starting", "idle", "suspended", "execute", "stopping",
    "aborting", "aborted", "holding", "held", "unholding", "suspending", "unsuspending",
    "resetting", "completing", "complete",
]  # fmt: skip
"""PackML states (ISA-TR88.00.02), as believed; `unknown` where a unit tells none."""

PEOPLE: frozenset[Role] = frozenset({"operator", "supervisor", "engineer", "admin"})
"""Roles of people who work there: nothing makes others decide, whatever a rule says."""


class Request(Value):
    """May this person do this?

    Attributes:
        assets: units, or whatever stands above them, that the action touches.
        tier: how heavy the action is, as `ruling.py` found.
        stakes: what it can do at worst.
        states: of the assets that tell one.
    """

    who: Asker
    verb: Verb
    kind: Kind
    site: Slug
    assets: tuple[Path, ...] = Field(min_length=1)
    tier: Tier = "standard"
    stakes: Stakes = Stakes()
    states: dict[Path, State] = Field(default_factory=dict)


class Decision(Value):
    """The answer, the rule that gave it, why in words, and the policy's version.

    Attributes:
        behalf: the user whose right, lent to the person, allowed it; empty = the person's own.
    """

    allowed: bool
    rule: str
    why: str
    version: str
    behalf: str = ""
