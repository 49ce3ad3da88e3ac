"""A number learnt from history, with how sure it is. It must never be without its interval."""

from typing import Self

from pydantic import Field, model_validator

from twin_core.value import Value

LEVEL = 0.90
"""Of every interval here."""
Z90 = 1.6448536269514722
"""Standard deviations from the middle of a normal to the end of its 90 % interval."""


class Estimated(Value):
    """A value with its 90 % interval.

    Attributes:
        low, high: None = the data set no limit on that side.
        n: of how many events, counts or blocks it is made.
        by: how the interval was found.
    """

    value: float
    low: float | None
    high: float | None
    unit: str
    n: int = Field(ge=0)
    by: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            msg = f"{self.value:g} does not lie between {low:g} and {high:g}"
            raise ValueError(msg)
        return self

    def holds(self, x: float) -> bool:
        """Whether `x` lies inside the interval."""
        return (self.low is None or x >= self.low) and (self.high is None or x <= self.high)

    def __str__(self) -> str:
        """As people read it."""
        low = "…" if self.low is None else f"{self.low:.4g}"
        high = "…" if self.high is None else f"{self.high:.4g}"
        return f"{self.value:.4g} {self.unit} [{low}, {high}]"
