"""A job, the windows it could be done in, and how three parties came to one. Values alone.

The planner speaks for the orders, the crew for itself, the line for what it loses. Times are plant
time; amounts are in the unit of flow of the asset's line. It must never weigh anything.
"""

from itertools import pairwise
from math import exp, log1p
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from twin_core.simulation.scenario import Estimate
from twin_core.value import Instant, Path, Slug, Value

LONGEST_S = 72_000.0
"""Latest start of a job: what comes after it must fit into the day that can be simulated."""
UNFORESEEN_S = 840.0
"""By how much an unplanned stop is longer than the job: 4 min of travel and 10 min of looking."""
_NEARLY = 1.0 - 1e-9

Chance = Annotated[float, Field(ge=0, le=1)]


class Life(Value):
    """How long an asset lasts: the probability that it has failed by so many seconds from now.

    Attributes:
        points: (seconds, probability), both ascending; the first second is above 0.
        why: what it rests on, one clause.
    """

    points: tuple[tuple[float, Chance], ...] = Field(min_length=1)
    why: str = ""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        whole = ((0.0, 0.0), *self.points)
        if any(t >= u or p > q for (t, p), (u, q) in pairwise(whole)):
            raise ValueError("seconds must ascend from 0 and probabilities must not fall")
        return self

    def failed_by(self, seconds: float) -> float:
        """The probability that it has failed by then, 0..1.

        The cumulative hazard, -ln(1 - p), is linear between the points and goes on as it ended
        (piecewise exponential life: Lawless, *Statistical Models and Methods for Lifetime Data*,
        2nd ed., 2003, section 1.3.5).
        """
        known = [(0.0, 0.0), *((t, -log1p(-min(p, _NEARLY))) for t, p in self.points)]
        spans = list(pairwise(known))
        (t, low), (u, high) = next(((a, b) for a, b in spans if seconds <= b[0]), spans[-1])
        hazard = low + (high - low) * (max(seconds, 0.0) - t) / (u - t)
        return 1.0 - exp(-hazard)


class Busy(Value):
    """People of the crew who are taken from `start` to `end`."""

    start: Instant
    end: Instant
    people: int = Field(ge=1)


class Job(Value):
    """What is to be done, and what is known of it.

    Attributes:
        asset: a machine or conveyor of a production line; it stands while people are at it.
        duration_s: of the stop.
        people: who are needed for all of it; `skill` what one of them must know, "" = nothing.
        earliest_s, horizon_s: between which it may begin, seconds from now.
        life: how long it lasts without the job; None = nothing tells.
        unplanned_s: how long it stands if it fails before; None = the job and `UNFORESEEN_S`.
        busy: when people of the crew are taken by other jobs.
        made: order → how much of it is made, in its unit: only so is known when orders change.
    """

    asset: Path
    task: str = Field(default="", max_length=500)
    duration_s: float = Field(gt=0, le=36_000)
    people: int = Field(default=1, ge=1, le=100)
    skill: str = Field(default="", max_length=100)
    earliest_s: float = Field(default=0.0, ge=0)
    horizon_s: float = Field(default=28_800.0, gt=0, le=LONGEST_S)
    life: Life | None = None
    unplanned_s: float | None = Field(default=None, gt=0, le=86_400)
    busy: tuple[Busy, ...] = ()
    made: dict[Slug, float] | None = None

    @model_validator(mode="after")
    def _a_span(self) -> Self:
        if self.earliest_s > self.horizon_s:
            raise ValueError("the latest start lies before the earliest")
        return self

    @property
    def failed_s(self) -> float:
        """How long it stands if it fails before."""
        return self.unplanned_s or self.duration_s + UNFORESEEN_S


class Window(Value):
    """A time for the job, and what it costs.

    Attributes:
        lost: what the line does not make by it, mean and 90 % interval of one realisation.
        fails_before: probability that the asset has failed by its start.
        cost: what is lost on average, an unplanned stop counted by its probability; its interval is
            the 90 % confidence interval of that mean.
        money: the same in the plant's currency, at the margin of what is made now; None without.
        late_s: by how much orders that would be in time miss it on average, all together.
    """

    start: Instant
    end: Instant
    lost: Estimate
    fails_before: float
    cost: Estimate
    money: Estimate | None = None
    late_s: float = 0.0


Speaker = Literal["line", "crew", "planner"]
Saying = Literal["proposes", "objects", "agrees", "concedes", "gives up"]


class Turn(Value):
    """What a party says.

    Attributes:
        start: the window's that it is about; None = it is about none.
        since, until: of an objection: no start looked at between them will do, for the same reason.
    """

    by: Speaker
    says: Saying
    start: Instant | None
    reason: str
    since: Instant | None = None
    until: Instant | None = None


class Agreement(Value):
    """How the parties came to a window; people decide whether it is taken.

    Attributes:
        line: of the asset.
        window: None where no start suits the crew.
        turns: in the order in which they were spoken.
        tried: every window whose cost was worked out, by start.
        unplanned: what an unplanned stop loses on average.
        unsaid: what is not given, a clause each.
    """

    job: Job
    line: Path
    at: Instant
    window: Window | None
    turns: tuple[Turn, ...]
    tried: tuple[Window, ...]
    unplanned: Estimate
    unsaid: tuple[str, ...]
    replications: int
    seed: int
    model_version: str
    state_digest: str
