"""One measured figure beside its bar and its peer. It must never be made without a measurement."""

from pydantic import computed_field

from twin_core.value import Value


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
        value: the figure, in `unit`.
        load: what was done to measure it, one clause.
        n: of how many it is made.
        spread: half-width of its own 90 % interval, in `unit`; None where it has none.
        peer: what it is compared with in the same run, and its figure.
        bar: what it must reach; None = told, not judged.
    """

    name: str
    value: float
    unit: str
    load: str
    n: int
    spread: float | None = None
    peer: str | None = None
    peer_value: float | None = None
    bar: Bar | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None without one."""
        return None if self.bar is None else self.bar.holds(self.value)


def missed(rows: "tuple[Row, ...]") -> tuple[Row, ...]:
    """The rows whose bar is not reached."""
    return tuple(row for row in rows if row.met is False)
