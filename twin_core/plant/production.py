"""What is made, when, and what it is worth. What is not given stays absent, never assumed."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from twin_core.value import SECOND, Instant, Path, Slug, Value

_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _time_of_day(given: Any) -> str:
    # YAML reads an unquoted 14:00 as the number 840.
    allowed = {"allowed": 'a time from "00:00" to "23:59", in quotes'}
    if not isinstance(given, str):
        raise PydanticCustomError("time", "must be a time of day written in quotes", allowed)
    if _TIME_OF_DAY.fullmatch(given) is None:
        raise PydanticCustomError("time", "is not a time of day", allowed)
    return given


class Product(Value):
    """A thing made.

    Attributes:
        number: what the PRODUCT point shows while it is being made.
        rates: line path → nominal rate in the line's unit of flow per minute.
        recipe: class id → point id → set value; what a setpoint should be for this product.
        tolerances: class id → point id → (low, high) that the product allows.
    """

    id: Slug
    name: str
    number: int
    rates: dict[Path, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    recipe: dict[Slug, dict[Slug, float]] = Field(default_factory=dict)
    tolerances: dict[Slug, dict[Slug, tuple[float, float]]] = Field(default_factory=dict)


class Order(Value):
    """An order for a quantity of one product on one line.

    Attributes:
        due: by when it is wanted; a plant file writes it with its offset from UTC.
        due_daily: local time of day by which a standing order is wanted, every day.
    """

    id: Slug
    product: Slug
    line: Path
    quantity: float = Field(gt=0)
    unit: str
    due: Instant | None = None
    due_daily: str | None = None

    def due_from(self, at: Instant, timezone: str) -> Instant | None:
        """By when it is wanted; of a standing order the first time of day after a moment."""
        if self.due_daily is None:
            return self.due
        zone = ZoneInfo(timezone)
        today = datetime.fromtimestamp(at / SECOND, zone).date()
        of_day = time.fromisoformat(self.due_daily)
        days = (datetime.combine(today + timedelta(days=d), of_day, zone) for d in (0, 1))
        return next(when for day in days if (when := round(day.timestamp()) * SECOND) > at)

    @field_validator("due_daily", mode="before")
    @classmethod
    def _daily(cls, given: Any, others: ValidationInfo) -> Any:
        if given is not None and others.data.get("due") is not None:
            raise PydanticCustomError(
                "due", "is due daily and at a moment", {"allowed": "due or due_daily"}
            )
        return given if given is None else _time_of_day(given)

    @field_validator("due", mode="before")
    @classmethod
    def _a_moment(cls, given: Any) -> Any:
        allowed = {"allowed": "a moment like 2026-03-02T14:00:00+01:00"}
        if isinstance(given, str):
            try:
                given = datetime.fromisoformat(given)
            except ValueError as problem:
                raise PydanticCustomError("moment", "is not a moment", allowed) from problem
        if isinstance(given, datetime):
            if given.tzinfo is None:
                raise PydanticCustomError("moment", "has no offset from UTC", allowed)
            return round(given.timestamp()) * SECOND
        return given


class Lot(Value):
    """What a line made of one product without a change of product.

    Attributes:
        id: line, product and the second in which it began; stable.
        product: None if the plant file has no product of that `number`.
        orders: of the plant file, those that it may have been made for; nothing says which.
        end: None while it is being made.
        begun: whether its beginning was seen; else it is at least as old as `start`.
        unheard_s: plant seconds in which nothing was heard of the product, in gaps over a minute;
            silence of a source that tells only changes is none.
    """

    id: Slug
    line: Path
    product: Slug | None
    number: int
    orders: tuple[Slug, ...] = ()
    start: Instant
    end: Instant | None = None
    begun: bool = True
    unheard_s: float = 0.0


class Stop(Value):
    """A stop planned ahead: minutes after the shift's start, how long, where and why."""

    line: Path
    reason: Literal["break", "changeover", "cleaning", "maintenance", "no_orders"]
    after_min: float = Field(ge=0)
    duration_min: float = Field(gt=0)


class Shift(Value):
    """A shift by local time of day; `stops` are not planned busy time (ISO 22400-2, PBT).

    Attributes:
        people: of the maintenance crew who are there; None = not given.
        skills: what at least one of them knows; None = not given.
    """

    id: Slug
    name: str
    start: str
    duration_min: float = Field(gt=0)
    days: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4, 5, 6)  # Monday = 0
    stops: tuple[Stop, ...] = ()
    people: int | None = Field(default=None, ge=0, le=1000)
    skills: tuple[str, ...] | None = None

    @field_validator("start", mode="before")
    @classmethod
    def _a_time_of_day(cls, given: Any) -> Any:
        return _time_of_day(given)


LONGEST_CHANGEOVER_MIN = 10_080
"""A week; nothing is changed over for longer."""

Changeovers = dict[
    Path, dict[Slug, dict[Slug, Annotated[float, Field(ge=0, le=LONGEST_CHANGEOVER_MIN)]]]
]
"""Line → product → next product → minutes in which the line makes neither."""


class Prices(Value):
    """Money, if the plant gives any: without it no answer speaks of money."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    margin: dict[Slug, float] = Field(default_factory=dict)  # product id → per unit of flow
    crew_hour: float | None = None
    energy_kwh: float | None = None
