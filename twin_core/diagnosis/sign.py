"""A sign: one point does not do what it usually does. A value; no reasoning here."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from twin_core.plant.classes import Shows
from twin_core.value import Instant

Against = Literal["before", "normal", "recipe", "peers", "law", "rule"]
"""What the point was compared with: its own past, the class's normal range, the product's recipe,
the same point of its peers, the machine's own law of stops, a rule of quality."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One observed deviation of one point.

    Attributes:
        point: path; `unit` its unit of measure (of `usual` and `now`).
        shows: how it deviates, in the words of the failure modes.
        strength: 0..1, how sure it is that this is no chance.
        usual, now: what it should be and what it is; None where a value says nothing.
        sure: chance hardly does that: a rule of quality, a recipe, a setting that was moved.
        size: how many times what matters at that point.
        asked: what is taken behind it changed as much: it speaks for nothing where it is.
        average: its mean since the onset, where that differs from `now`.
        onset: plant time at which it began, `onset_s` half-width in seconds.
    """

    point: str
    shows: Shows
    strength: float
    usual: float | None
    now: float | None
    unit: str
    onset: Instant
    onset_s: float
    against: Against = "before"
    note: str = ""
    average: float | None = None
    sure: bool = False
    size: float = 1.0
    asked: bool = False

    @property
    def asset(self) -> str:
        """The unit the point belongs to."""
        return self.point.rsplit("/", 1)[0]


Signs = Mapping[tuple[str, str], Sign]
"""Signs by point and way of showing, the strongest of each."""


def logistic(x: float) -> float:
    """1 / (1 + e^-x): how a measure of surprise becomes a strength."""
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, x))))
