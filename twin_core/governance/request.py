"""What policy is asked, and what it answers."""

from math import ceil
from typing import Literal

from pydantic import Field

from twin_core.answer import Asker, Role
from twin_core.value import Path, Slug, Value

Verb = Literal["propose", "approve", "cancel", "roll_back", "resolve", "configure", "lift"]
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
    "freeze",
]
"""The kinds of action; `trust` where the ladder is configured, `freeze` where all is stopped."""


PEOPLE: frozenset[Role] = frozenset({"operator", "supervisor", "engineer", "admin"})
"""Roles of people who work there: nothing makes others decide, whatever a rule says."""


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
    share: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    @property
    def permille(self) -> int:
        """The share in thousandths, never less than it is."""
        return ceil(self.share * 1000 - 1e-9)


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
