"""Scenarios → Ranking: what makes one better than another, and what came of comparing them.

It must never run anything, or say that two differ where chance could be it.
"""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from twin_core.reading import UNCERTAIN_SIMULATED_VALUE
from twin_core.simulation.scenario import Estimate, Forecast
from twin_core.value import Slug, Value


class Term(Value):
    """One thing that counts.

    Attributes:
        indicator: `rate` (speed), `cost`, `risk` or any other of a forecast.
        weight: of a per cent better (see `Objective`).
        better: more of it or less; None = what people usually want of it.
    """

    indicator: Slug
    weight: float = Field(default=1.0, gt=0, le=1e6)
    better: Literal["more", "less"] | None = None


class Objective(Value):
    """What makes a scenario better than another.

    Attributes:
        kind: `weighted`: the sum of weight times per cent better than the first scenario (of a
            probability, percentage points; of a lateness, per cent of the horizon);
            `lexicographic`: the first term decides, the second among those that the first cannot
            tell apart, and so on.
    """

    kind: Literal["weighted", "lexicographic"] = "weighted"
    terms: tuple[Term, ...] = Field(default=(Term(indicator="rate"),), min_length=1, max_length=20)

    @model_validator(mode="after")
    def _each_once(self) -> "Objective":
        names = [term.indicator for term in self.terms]
        if len(names) > len(set(names)):
            raise PydanticCustomError("terms", "names an indicator twice")
        return self


class Ranked(Value):
    """Where a scenario stands.

    Attributes:
        place: of its forecast in `Ranking.forecasts`.
        rank: 1 = best.
        score: of a weighted objective, in % better than the first scenario; None of another.
        gains: by term, the paired difference from the first scenario, in the indicator's unit.
        behind: how much better the best is, in % of the first scenario: by score, or by the term
            that decided; low and high are a simultaneous confidence interval. None of the best,
            and where no term decides.
        decided_by: the term that set it behind the best, of a lexicographic objective.
        like: places of those that it cannot be told apart from.
    """

    place: int
    rank: int
    score: Estimate | None = None
    gains: dict[Slug, Estimate] = Field(default_factory=dict)
    behind: Estimate | None = None
    decided_by: Slug | None = None
    like: tuple[int, ...] = ()


class Ranking(Value):
    """Scenarios under the same luck, ranked.

    Attributes:
        forecasts: in the order of the scenarios; the first is what others are compared with.
        ranked: the best first.
        level: with this probability all statements about what differs hold together.
    """

    objective: Objective
    forecasts: tuple[Forecast, ...]
    ranked: tuple[Ranked, ...]
    level: float
    replications: int
    seed: int
    status: int = UNCERTAIN_SIMULATED_VALUE

    @property
    def best(self) -> tuple[Forecast, ...]:
        """The best, and those that cannot be told apart from it."""
        first = self.ranked[0]
        return tuple(self.forecasts[i] for i in (first.place, *first.like))
