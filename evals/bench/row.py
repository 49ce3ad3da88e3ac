"""One figure beside its bar and its peer, or why it was not run. It must never hold a guess."""

from typing import Annotated, Self

from pydantic import Field, computed_field, model_validator

from twin_core.value import JSON, Value

Figure = Annotated[float, Field(allow_inf_nan=False)]


class Bar(Value):
    """What a figure must reach: `low ≤ value ≤ high`; an absent side is open."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the figure is inside."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        """As people write it."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"≥ {self.low:g}" if self.low is not None else f"≤ {self.high:g}"


class Row(Value):
    """A line of a bench table.

    Attributes:
        name: `bench.figure`.
        value: the figure, in `unit`; None = not run.
        load: what was done to measure it, one clause.
        n: of how many it is made.
        spread: half-width of its own 90 % interval, in `unit`; None where it has none.
        peer: what it is compared with in the same run, and its figure.
        bar: what it must reach; None = told, not judged.
        why: it was not run; None for a figure that was.
    """

    name: str
    value: Figure | None
    unit: str
    load: str
    n: int
    spread: Figure | None = None
    peer: str | None = None
    peer_value: Figure | None = None
    bar: Bar | None = None
    why: str | None = None

    @model_validator(mode="after")
    def _run_or_why(self) -> Self:
        if (self.value is None) != bool(self.why):
            msg = f"{self.name}: give a value, or why there is none"
            raise ValueError(msg)
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None without one, and for what was not run."""
        if self.bar is None or self.value is None:
            return None
        return self.bar.holds(self.value)

    def tree(self) -> JSON:
        """The row as JSON; `why` only where it was not run."""
        return self.model_dump(mode="json", exclude=None if self.why else {"why"})


def missed(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows whose bar is not reached."""
    return tuple(row for row in rows if row.met is False)
