"""A standing rule: an approval that somebody signed in advance, for routine changes inside a band.

Pure. It says what it covers and what not; whether its signer may still sign is for `ruling.py`. It
must never cover what its words do not name.
"""

from typing import Literal

from pydantic import Field

from twin_core.errors import NotWritable, OutOfRange
from twin_core.governance.action import Action, Proposal, StockMove, WritePlan
from twin_core.governance.admission import known
from twin_core.governance.case import clock_text
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant, Path, Range, Slug, Value

_MONTH_S = 2_592_000.0
LOCAL = "local/"
"""What the id of a local rule begins with, and names the program through which it asks."""


def local(proposal: Proposal) -> bool:
    """Whether a local rule asks for it."""
    return proposal.requester.through.startswith(LOCAL)


class Terms(Value):
    """What a standing rule lets happen.

    Attributes:
        kind: of the action.
        bands: what each point may be set to, in its unit; or how much of a thing may be moved to
            each place, in the thing's unit.
        most: times within `window_s` seconds (ledger time).
        days: of ledger time after its signature when it ends.
        reason: why, for people to read.
    """

    id: Slug = Field(max_length=64)
    kind: Literal["write_plan", "stock_move"] = "write_plan"
    bands: dict[Path, Range] = Field(min_length=1, max_length=100)
    most: int = Field(ge=1, le=1000)
    window_s: float = Field(gt=0, le=_MONTH_S)
    days: float = Field(gt=0, le=366)
    reason: str = Field(min_length=1, max_length=2000)


class StandingRule(Terms):
    """Terms with the signature under them.

    Attributes:
        user, name: who signed; `at` ledger time.
    """

    user: str
    name: str
    at: Instant

    @property
    def until(self) -> Instant:
        """Ledger time at which it ends."""
        return self.at + round(self.days * 86_400 * SECOND)

    def __str__(self) -> str:
        """As people are told it."""
        return f"standing rule {self.id} of {self.name}, signed {clock_text(self.at)}"

    @property
    def weighed(self) -> bool:
        """Whether it names each write, so that what it does was weighed when it was signed."""
        return False

    def leaves(self, proposal: Proposal, used: int, rested: float) -> str:  # noqa: ARG002
        """Why the rule does not cover a proposal, one clause; empty if it does.

        `used` is how often it was used within its window; `rested` for how many plant seconds it
        had not acted, if it is a local rule.
        """
        action = proposal.draft.action
        if local(proposal):
            return "what a local rule does is covered by that rule alone"
        if action.kind != self.kind:
            return f"it covers a {self.kind.replace('_', ' ')}"
        for where, value in _placed(action):
            band = self.bands.get(where)
            if band is None:
                return f"it says nothing of {where}"
            if not band.holds(value):
                return f"{where} at {value:g} is outside {band.low:g} to {band.high:g}"
        if used >= self.most:
            return f"it was used {used} times within {self.window_s:g} s, as often as it may"
        return ""


def fitting(plant: Plant, terms: Terms) -> None:
    """Return if everything the terms let happen could be carried out at the plant.

    Raises:
        UnknownName: no such point, or no such place.
        NotWritable: a point nobody may write.
        OutOfRange: a band that leaves what the plant file lets be written.
    """
    for where, band in terms.bands.items():
        if terms.kind != "write_plan":
            known(plant, where)
            continue
        spec = plant.point(where).spec
        if spec.adjustable is None or spec.safety_critical:
            raise NotWritable(where, "the plant file does not offer it")
        for end in (band.low, band.high):
            if not spec.adjustable.holds(end):
                raise OutOfRange(
                    f"band of {where}", end, spec.adjustable.low, spec.adjustable.high, spec.unit
                )


def _placed(action: Action) -> tuple[tuple[str, float], ...]:
    """What an action sets or moves, and where."""
    match action:
        case WritePlan():
            return tuple((step.point, step.value) for step in action.steps)
        case StockMove():
            return ((action.target, action.quantity),)
        case _:
            return ()
