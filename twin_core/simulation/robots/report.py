"""What a validation found: cycle time, what every joint had to give, and every trouble by number.

It must never call a motion fine that was not also run with its masses.
"""

from typing import Literal

from pydantic import Field, computed_field

from twin_core.value import Slug, Value

Kind = Literal[
    "reach", "clearance", "speed", "acceleration", "effort", "grip", "contact", "tracking", "stack"
]
_SAID: dict[Kind, str] = {
    "reach": "cannot get to {other}: {value:.3g} {unit} are missing",
    "clearance": "comes to {value:.3g} {unit} of {other}; {limit:.3g} {unit} must be kept",
    "speed": "needs {value:.4g} {unit}; it is allowed {limit:.4g} {unit}",
    "acceleration": "needs {value:.4g} {unit}; it is allowed {limit:.4g} {unit}",
    "effort": "needs {value:.4g} {unit}; its drive gives {limit:.4g} {unit}",
    "grip": "must hold {value:.4g} {unit}; it holds {limit:.4g} {unit}",
    "contact": "touches {other} when run with masses",
    "tracking": "strays {value:.3g} {unit} from its path when run with masses; {limit:.3g} {unit} "
    "are allowed",
    "stack": "ends {value:.3g} {unit} from where it was set when run with masses; "
    "{limit:.3g} {unit} are allowed",
}


class Trouble(Value):
    """Something that speaks against a sequence.

    Attributes:
        robot, part, other: who, with what, against what.
        step: what it was doing.
        at_s: when it was worst; None for what never begins. `since_s` and `until_s` for what lasts.
        value, limit: how bad, and what is allowed, in `unit`.
    """

    kind: Kind
    robot: Slug
    part: str
    other: str = ""
    step: str = ""
    at_s: float | None = None
    since_s: float | None = None
    until_s: float | None = None
    value: float
    limit: float
    unit: str

    def __str__(self) -> str:
        """One sentence."""
        said = _SAID[self.kind].format(
            other=self.other, value=self.value, limit=self.limit, unit=self.unit
        )
        when = f" at {self.at_s:.2f} s" if self.at_s is not None else ""
        step = f" ({self.step})" if self.step else ""
        return f"{self.part} {said}{when}{step}."


class Joint(Value):
    """The most that was asked of one joint, beside what it is allowed.

    Attributes:
        speed, acceleration: in `unit` per s and per s².
        effort: by inverse dynamics; `ran_effort` what its drive gave when run with masses.
    """

    robot: Slug
    joint: Slug
    unit: str
    effort_unit: str
    speed: float
    speed_limit: float
    acceleration: float
    acceleration_limit: float
    effort: float
    effort_limit: float
    ran_effort: float | None = None


class Wait(Value):
    """A robot that waited for the shared space, and for whom."""

    robot: Slug
    waits_for: Slug
    at_s: float
    for_s: float


class Closest(Value):
    """The nearest that two things came which keep the clearance."""

    part: str
    other: str
    at_s: float
    gap_m: float


class Report(Value):
    """The judgement on a sequence in a cell.

    Attributes:
        cycle_s: from the first motion to the last; None when a place is out of reach.
        busy_s: robot → when it is done.
        cases: how many are put down.
        joints: empty when a place is out of reach.
        closest: None: nothing came within what is looked at.
        off_m: robot → the farthest its gripper strayed when run with masses.
        ran: whether it was run with masses; without it nothing is fine.
        troubles: by kind of law, then by time.
    """

    cell: Slug
    cycle_s: float | None
    busy_s: dict[Slug, float] = Field(default_factory=dict)
    cases: int
    clearance_m: float
    joints: tuple[Joint, ...] = ()
    waits: tuple[Wait, ...] = ()
    closest: Closest | None = None
    off_m: dict[Slug, float] = Field(default_factory=dict)
    ran: bool = False
    troubles: tuple[Trouble, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fine(self) -> bool:
        """Whether the sequence may be proposed."""
        return self.ran and not self.troubles

    @computed_field  # type: ignore[prop-decorator]
    @property
    def cases_per_h(self) -> float | None:
        """Were it repeated without a pause."""
        return self.cases * 3600 / self.cycle_s if self.cycle_s else None
