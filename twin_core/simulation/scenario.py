"""Scenario → Forecast: the one language of every engine. It must never run anything.

A forecast's numbers are simulated and say so; the same start, seed and model version give the
same Forecast on any number of workers.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from twin_core.value import Instant, Path, Slug, Value


class SetPoint(Value):
    """A setpoint is at `value`, in its point's unit, once the scenario's changes take effect."""

    kind: Literal["set_point"] = "set_point"
    point: Path
    value: float


class Speed(Value):
    """What a machine can reach is multiplied by `factor` (0..2)."""

    kind: Literal["speed"] = "speed"
    asset: Path
    factor: float = Field(ge=0, le=2)


class Stops(Value):
    """A machine's minor stops: `per_hour` more of them, each `mean_s` long on average.

    A negative `per_hour` takes stops away, never below none.
    """

    kind: Literal["stops"] = "stops"
    asset: Path
    per_hour: float
    mean_s: float = Field(default=30, gt=0)


class Rejects(Value):
    """A machine rejects `share` more of what it makes (-1..1; negative: fewer, never below 0)."""

    kind: Literal["rejects"] = "rejects"
    asset: Path
    share: float = Field(ge=-1, le=1)


class Outage(Value):
    """A machine, conveyor, producer, tie or store does not run for `duration_s`.

    It begins `after_s` after the scenario's changes take effect.
    """

    kind: Literal["outage"] = "outage"
    asset: Path
    after_s: float = Field(default=0, ge=0)
    duration_s: float = Field(gt=0)


class BufferSize(Value):
    """The buffer between two machines holds `capacity` of what the first one puts out."""

    kind: Literal["buffer_size"] = "buffer_size"
    source: Path
    target: Path
    capacity: float = Field(ge=0)


class Capacity(Value):
    """What an asset can give, carry or pass on is multiplied by `factor`."""

    kind: Literal["capacity"] = "capacity"
    asset: Path
    factor: float = Field(ge=0, le=3)


class Demand(Value):
    """What is drawn from a header is multiplied by `factor` (a leak is demand)."""

    kind: Literal["demand"] = "demand"
    asset: Path
    factor: float = Field(ge=0, le=10)


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
    | Rejects
    | Outage
    | BufferSize
    | Capacity
    | Demand
    | Offset
    | Restored,
    Field(discriminator="kind"),
]


class Scenario(Value):
    """What if: from a start state, with these changes, for so long, on this line.

    Attributes:
        after_s: plant seconds after the start at which the changes take effect (a crew's travel).
        line: whose rate is asked for.
    """

    name: str
    line: Path
    horizon_s: float = Field(default=900, gt=0, le=86400)
    after_s: float = Field(default=0, ge=0)
    changes: tuple[Change, ...] = ()


class Estimate(Value):
    """A mean with its 90 % interval, low <= mean <= high, in `unit`."""

    mean: float
    low: float
    high: float
    unit: str


class Forecast(Value):
    """What the twin's model says will happen (every value is an OPC UA UncertainSimulatedValue).

    Attributes:
        rate: the line's mean rate over the horizon, in its unit of flow per minute.
        others: other indicators by name: `wip` in the unit of flow and header potentials at the
            end of the horizon, `rejected` in % of what was made and thrown out in it.
        state_digest: of the settled state it started from; `start` its plant time.
    """

    scenario: Scenario
    rate: Estimate
    others: dict[Slug, Estimate] = Field(default_factory=dict)
    replications: int = Field(gt=0)
    seed: int
    model_version: str
    state_digest: str
    start: Instant


class Comparison(Value):
    """Two scenarios with common random numbers: `gain` is the paired difference of rates."""

    baseline: Forecast
    candidate: Forecast
    gain: Estimate
    distinguishable: bool
