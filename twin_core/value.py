"""The manner of every value: frozen, typed, no unknown keys. It must never hold behaviour.

All times in values are whole microseconds since 1970-01-01 UTC (`Instant`); durations carry
their unit in the name (`horizon_s`). Identifiers are paths `site/area/line/unit/point`.
"""

from typing import Annotated, Any, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

Instant: TypeAlias = int
"""Microseconds since 1970-01-01T00:00:00 UTC."""

JSON: TypeAlias = Any
"""A tree of dict, list, str, int, float, bool and None, as JSON holds it."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=100)]
"""One step of a path."""

Path = Annotated[str, Field(pattern=r"^[a-z0-9_-]+(/[a-z0-9_-]+){0,4}$", max_length=500)]
"""An asset (`site/area/line/unit` or shorter) or, at full depth, a point."""

SECOND: int = 1_000_000
"""Microseconds in a second."""


class Value(BaseModel):
    """A frozen value: equal by content, hashable where its fields are, closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="strings"
    )

    def __copy__(self) -> Self:
        """A copy without what was worked out of the content: `model_copy` may change that."""
        return _bare(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """As `__copy__`."""
        return _bare(super().__deepcopy__(memo))


_V = TypeVar("_V", bound=Value)


def _bare(copied: _V) -> _V:
    for name in copied.__dict__.keys() - type(copied).model_fields.keys():
        del copied.__dict__[name]  # a cached property
    return copied


class Range(Value):
    """A closed interval `low ≤ x ≤ high` in the unit of whatever carries it."""

    low: float
    high: float

    @field_validator("high")
    @classmethod
    def _not_below_low(cls, high: float, others: ValidationInfo) -> float:
        low = others.data.get("low")
        if low is not None and low > high:
            raise PydanticCustomError(
                "range", "{high} lies below low, {low}", {"high": high, "low": low}
            )
        return high

    def holds(self, x: float) -> bool:
        """Whether `x` lies inside, ends included."""
        return self.low <= x <= self.high
