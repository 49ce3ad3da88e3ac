"""What may be drawn, as data: a closed union of small values, one a kind of chart.

Names, numbers, units and times only; who draws decides how it looks. It must never hold markup or
pixels, but for the one picture that is nothing else: what a camera of a cell sees.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from twin_core.value import Instant, Value

_PNG = b"\x89PNG\r\n\x1a\n"


class Series(Value):
    """One curve: times (plant, microseconds) and values, with an optional band around them.

    A value of None is a gap: it is never bridged.
    """

    name: str
    unit: str
    time: tuple[Instant, ...]
    value: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()

    @model_validator(mode="after")
    def _paired(self) -> Self:
        _alike("a curve", [self.time, self.value], [self.low, self.high])
        return self


class Curves(Value):
    """Values over plant time.

    Attributes:
        unit: of the axis.
        since: from here on it is simulated; None = all is of one kind.
    """

    kind: Literal["series"] = "series"
    title: str
    series: tuple[Series, ...]
    unit: str = ""
    since: Instant | None = None


class Bars(Value):
    """One value a label, with an optional interval around each.

    Attributes:
        reference: what the values are held against; None = nothing.
    """

    kind: Literal["bars"] = "bars"
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    reference: float | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _paired(self) -> Self:
        _alike("bars", [self.labels, self.values], [self.low, self.high])
        if any(low > high for low, high in zip(self.low, self.high, strict=False)):
            raise ValueError("a bar's interval ends before it begins")
        return self


class Spread(Value):
    """How an indicator comes out over replications.

    Attributes:
        quantiles: at equal steps of probability from 0 to 1, ascending (21 of them: every 5 %).
        mean, low, high: with the 90 % interval of a single realisation.
        n: replications.
    """

    name: str
    quantiles: tuple[float, ...] = Field(min_length=2)
    mean: float
    low: float
    high: float
    n: int = Field(gt=0)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.quantiles) != sorted(self.quantiles) or not self.low <= self.high:
            msg = "quantiles and ends of an interval ascend"
            raise ValueError(msg)
        return self


class Distribution(Value):
    """One indicator over replications; before and after, or one option under the other."""

    kind: Literal["distribution"] = "distribution"
    title: str
    spreads: tuple[Spread, ...]
    unit: str = ""


class Span(Value):
    """What a row of a Gantt chart does for a time, in seconds after the chart's start."""

    row: str
    label: str = ""
    doing: Literal["work", "changeover", "closed"] = "work"
    start: float
    end: float

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end < self.start:
            msg = "a span ends after it starts"
            raise ValueError(msg)
        return self


class Due(Value):
    """When a job is due, in seconds after the chart's start."""

    label: str
    at: float


class Gantt(Value):
    """What machines and vehicles do when; rows from the top in the order given.

    Attributes:
        start: plant time of second 0; None = the plan stands in no calendar.
        spans: jobs of one label have one colour.
    """

    kind: Literal["gantt"] = "gantt"
    title: str
    rows: tuple[str, ...]
    spans: tuple[Span, ...]
    due: tuple[Due, ...] = ()
    start: Instant | None = None

    @model_validator(mode="after")
    def _placed(self) -> Self:
        lost = {span.row for span in self.spans} - set(self.rows)
        if lost or len(set(self.rows)) < len(self.rows):
            msg = "every span stands in a row, and every row is there once"
            raise ValueError(msg)
        return self


class Step(Value):
    """What one thing adds, or takes away."""

    label: str
    value: float


class Waterfall(Value):
    """From one value to another, step by step; the last is the sum of all.

    Attributes:
        first, last: what the two values are called.
    """

    kind: Literal["waterfall"] = "waterfall"
    title: str
    first: str
    value: float
    steps: tuple[Step, ...]
    last: str
    unit: str = ""


class Cloud(Value):
    """Points of one name: predicted across, observed up; `low`, `high` of what was predicted."""

    name: str
    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _paired(self) -> Self:
        _alike("points", [self.predicted, self.observed], [self.low, self.high])
        return self


class Scatter(Value):
    """What was predicted against what was observed: right where the two are equal.

    Attributes:
        level: share of the observed that the intervals should hold (0.9).
    """

    kind: Literal["scatter"] = "scatter"
    title: str
    clouds: tuple[Cloud, ...]
    unit: str = ""
    level: float = Field(default=0.9, gt=0, lt=1)


def _png(given: object) -> bytes:
    """A PNG as it is, or in base64 as JSON holds it."""
    if isinstance(given, str):
        try:
            given = base64.b64decode(given, validate=True)
        except binascii.Error as problem:
            msg = "a picture in JSON is a PNG in base64"
            raise ValueError(msg) from problem
    if not isinstance(given, bytes) or not given.startswith(_PNG):
        msg = "a picture is a PNG"
        raise ValueError(msg)
    return given


Png = Annotated[
    bytes,
    BeforeValidator(_png),
    PlainSerializer(lambda png: base64.b64encode(png).decode(), return_type=str, when_used="json"),
]


class Picture(Value):
    """What a camera of a robot cell sees: the only chart that is made of pixels."""

    kind: Literal["picture"] = "picture"
    title: str
    png: Png


ChartData: TypeAlias = Annotated[
    Curves | Bars | Distribution | Gantt | Waterfall | Scatter | Picture,
    Field(discriminator="kind"),
]
"""What an answer may carry and a channel may draw."""


def _alike(what: str, needed: Iterable[tuple[object, ...]], band: list[tuple[object, ...]]) -> None:
    """Refuse columns of different lengths; a band is there on both sides or not at all."""
    columns = [*needed, *(band if any(band) else ())]
    if len({len(column) for column in columns}) > 1:
        msg = f"{what}: every column has one length"
        raise ValueError(msg)
