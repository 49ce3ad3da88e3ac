"""Scenario → Forecast: the one language of every engine. It must never run anything.

A forecast's numbers are simulated and say so; the same start, seed and model version give the
same Forecast on any number of workers. Bounds of changes are in `possible.py`, which says what is
allowed in a sentence.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from twin_core.reading import UNCERTAIN_SIMULATED_VALUE
from twin_core.value import Instant, Path, Slug, Value


class SetPoint(Value):
    """A setpoint is at `value`, in its point's unit, once the scenario's changes take effect."""

    kind: Literal["set_point"] = "set_point"
    point: Path
    value: float


class Speed(Value):
    """What a machine can reach is multiplied by `factor` (0..2), within its range of speed."""

    kind: Literal["speed"] = "speed"
    asset: Path
    factor: float


class Stops(Value):
    """A machine's minor stops: `per_hour` more of them, each `mean_s` (> 0) long on average.

    A negative `per_hour` takes stops away, never below none.
    """

    kind: Literal["stops"] = "stops"
    asset: Path
    per_hour: float
    mean_s: float = 30.0


class Failures(Value):
    """How a machine fails and is mended, whatever it stops for: factors on what is seen of it.

    What stops for now, and `Stops` of the same scenario, stay as they are.

    Attributes:
        life: factor (0.01..100) on the mean running time between its stops: 2 = half as often.
        repair: factor (0.01..100) on the mean length of its stops.
        repair_s: their mean length in seconds instead, whatever it was (1..86400).
    """

    kind: Literal["failures"] = "failures"
    asset: Path
    life: float = 1.0
    repair: float = 1.0
    repair_s: float | None = None


class Staffing(Value):
    """So many people mend the stops of these machines, one a stop, first come first served.

    Without it everyone who is needed is there at once. From the scenario's start, whatever its
    `after_s`.

    Attributes:
        people: 1..100.
        machines: of the scenario's line; none = all of it.
        first: of these, mended before the others, in this order; nobody leaves what is begun.
    """

    kind: Literal["staffing"] = "staffing"
    people: int
    machines: tuple[Path, ...] = ()
    first: tuple[Path, ...] = ()


class Rejects(Value):
    """A machine rejects `factor` times what it rejects, and `share` more of what it makes.

    Attributes:
        share: -1..1; negative: fewer, never below 0.
        factor: 0..100; with 0 `share` is all that is rejected.
    """

    kind: Literal["rejects"] = "rejects"
    asset: Path
    share: float = 0.0
    factor: float = 1.0


class Rework(Value):
    """Of what a machine rejects, `share` is put right and fed to `target` again.

    From the scenario's start, whatever its `after_s`. What waits to be fed again lies beside the
    line, and goes first.

    Attributes:
        target: a machine of the same line, at or before `asset`.
        share: 0..1.
    """

    kind: Literal["rework"] = "rework"
    asset: Path
    target: Path
    share: float


class Outage(Value):
    """A machine, conveyor, producer, tie or store does not run for `duration_s` (> 0).

    It begins `after_s` (≥ 0) after the scenario's changes take effect.
    """

    kind: Literal["outage"] = "outage"
    asset: Path
    after_s: float = 0.0
    duration_s: float


class PlannedStop(Value):
    """A whole line stands as planned for `duration_s` (> 0): no planned busy time (ISO 22400-2).

    It begins `after_s` (≥ 0) after the scenario's changes take effect.
    """

    kind: Literal["planned_stop"] = "planned_stop"
    line: Path
    after_s: float = 0.0
    duration_s: float


class StopMoved(Value):
    """A stop that the plant file plans on a line comes `by_s` later (negative: sooner), or never.

    Attributes:
        start: when it is planned to begin.
        by_s: seconds; None = it is left out.
    """

    kind: Literal["stop_moved"] = "stop_moved"
    line: Path
    start: Instant
    by_s: float | None = None


class ProductChange(Value):
    """A line is changed over to a product; several of them, in time, are a mix of orders.

    It stands for the changeover; then what its machines are asked for is in proportion to the
    product's rate on the line. Setpoints are taken to suit it.

    Attributes:
        after_s: when the changeover begins (≥ 0), after the scenario's changes take effect.
        changeover_s: how long it takes (≥ 0); None = what the plant file gives.
    """

    kind: Literal["product"] = "product"
    line: Path
    product: Slug
    after_s: float = 0.0
    changeover_s: float | None = None


class BufferSize(Value):
    """The buffer between two machines holds `capacity` (≥ 0) of what the first one puts out."""

    kind: Literal["buffer_size"] = "buffer_size"
    source: Path
    target: Path
    capacity: float


class Capacity(Value):
    """What an asset can give, carry or pass on is multiplied by `factor` (0..3)."""

    kind: Literal["capacity"] = "capacity"
    asset: Path
    factor: float


class Demand(Value):
    """What is drawn from a header is multiplied by `factor` (0..10; a leak is demand)."""

    kind: Literal["demand"] = "demand"
    asset: Path
    factor: float


class Offset(Value):
    """A process point's true value is shifted by `amount`, in its unit."""

    kind: Literal["offset"] = "offset"
    point: Path
    amount: float


class Restored(Value):
    """An asset is again as it was before `before`: what a repair does.

    Speed, stops, rejects, capacity, draw and process values are those of the time before; a
    stop that lasts now ends. Settings keep what they are. A header's potential comes back as its
    balance lets it: what is drawn, and how its producers stood to it, are those of before. A
    producer restored without its header meets the draw that is inferred now.
    """

    kind: Literal["restored"] = "restored"
    asset: Path
    before: Instant


Change: TypeAlias = Annotated[
    SetPoint
    | Speed
    | Stops
    | Failures
    | Staffing
    | Rejects
    | Rework
    | Outage
    | PlannedStop
    | StopMoved
    | ProductChange
    | BufferSize
    | Capacity
    | Demand
    | Offset
    | Restored,
    Field(discriminator="kind"),
]


class Live(Value):
    """From what is believed now; `began`: since when machines are known to stop otherwise."""

    kind: Literal["live"] = "live"
    began: tuple[tuple[Path, Instant], ...] = ()


class AsOf(Value):
    """From what was believed of a moment of the settled last hour, and nothing later."""

    kind: Literal["as_of"] = "as_of"
    at: Instant


class Healthy(Value):
    """From the line as it usually is, now: nothing stands, wears or is under way.

    What is usual is that of the minutes before the first incident that is open on it.
    """

    kind: Literal["healthy"] = "healthy"


Start: TypeAlias = Annotated[Live | AsOf | Healthy, Field(discriminator="kind")]


class Running(Value):
    """The order that a line works on, and how much of it is made, in the order's unit."""

    order: Slug
    made: float = 0.0


LONGEST_NAME = 2000
"""Characters of a scenario's name; what it changes may be said in it."""


class Scenario(Value):
    """What if: from a start state, with these changes, for so long, on this line.

    Attributes:
        line: whose rate is asked for.
        horizon_s: plant seconds, one at least, a day at most.
        after_s: plant seconds after the start at which the changes take effect (a crew's travel).
        start: from where.
        running: for its lateness; None = nobody said, and nothing else tells.
    """

    name: str = Field(max_length=LONGEST_NAME)
    line: Path
    horizon_s: float = 900.0
    after_s: float = 0.0
    changes: tuple[Change, ...] = ()
    start: Start = Live()
    running: Running | None = None


class Precision(Value):
    """When there are replications enough: the mean rate is known to `relative` of itself.

    Attributes:
        relative: half-width of the mean's 90 % interval over the mean.
        floor, ceiling: replications at least and at most.
    """

    relative: float = Field(default=0.01, gt=0, le=1)
    floor: int = Field(default=80, ge=2, le=100_000)
    ceiling: int = Field(default=1000, ge=2, le=100_000)


class Estimate(Value):
    """What one realisation will show: mean and 90 % interval, low <= mean <= high, in `unit`.

    Attributes:
        half: half-width of the 90 % confidence interval of the mean itself, which more
            replications make smaller; None where it is not told.
    """

    mean: float
    low: float
    high: float
    unit: str
    half: float | None = None


class Risk(Value):
    """The probability that something leaves its limits within the horizon.

    Attributes:
        subject: path of a point, or of the machine before a buffer whose level no point shows.
        side: below or above its `limit`, in `unit`; or of a buffer that is neither at the start,
            `empty`, so that nothing lies on it, or `full`, so that as much does as fits.
        probability: 0..1, its low and high a 90 % confidence interval.
    """

    subject: Path
    side: Literal["below", "above", "empty", "full"]
    limit: float
    unit: str
    probability: Estimate


class Course(Value):
    """How something goes over the horizon: its mean, and where 90 % of runs are.

    Attributes:
        kind: `rate` of a line over the step around each moment, `level` of a buffer, or `value` of
            a process point.
        subject: path of the line; of a point; or of the machine before a buffer whose level no
            point shows.
        at_s: plant seconds after the start, ascending, 49 at most; the first and the last of them
            where nothing moves between.
        mean, low, high: at each, in `unit`.
    """

    kind: Literal["rate", "level", "value"]
    subject: Path
    unit: str
    at_s: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class Forecast(Value):
    """What the twin's model says will happen; every value has the OPC UA status `status`.

    Attributes:
        rate: the line's mean rate over the horizon, in its unit of flow per minute.
        others: other indicators by name (see `indicators.py`); what is not given is absent.
        risks: by point and side, where the plant file gives limits; with courses also that a
            buffer of the line runs empty or full.
        courses: how rate, buffers, media and what has limits go; where they were asked for.
        quantiles: of the rate, at 0, 5 … 100 %; for pictures.
        unsaid: what the plant file or the twin does not give, a sentence each.
        precise: whether the mean rate is known as well as was asked for.
        state_digest: of the settled state it started from; `start` its plant time.
    """

    scenario: Scenario
    rate: Estimate
    others: dict[Slug, Estimate] = Field(default_factory=dict)
    risks: tuple[Risk, ...] = ()
    courses: tuple[Course, ...] = ()
    quantiles: tuple[float, ...] = ()
    unsaid: tuple[str, ...] = ()
    replications: int = Field(gt=0)
    precise: bool = True
    seed: int
    model_version: str
    state_digest: str
    start: Instant
    status: int = UNCERTAIN_SIMULATED_VALUE

    def indicator(self, name: str) -> Estimate | None:
        """`rate` or one of the others; None where it is not given."""
        return self.rate if name == "rate" else self.others.get(name)


class Comparison(Value):
    """Two scenarios with common random numbers: `gain` is the paired difference of rates."""

    baseline: Forecast
    candidate: Forecast
    gain: Estimate
    distinguishable: bool
