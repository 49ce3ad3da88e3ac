"""Who is on call when: people in turn, handing over at a time of the plant's clock, and stand-ins.

Pure. It must never read a clock, nor ask whether somebody still works there.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, field_validator

from twin_core.value import SECOND, Instant, Value

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

User = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]
"""A user's id."""

_D = TypeVar("_D", bound=date)


def _near(day: _D) -> _D:
    if not 1970 < day.year < 2200:  # far off, an offset could take it out of the calendar
        problem = "years from 1971 to 2199 are allowed"
        raise ValueError(problem)
    return day


Day = Annotated[date, AfterValidator(_near)]
Moment = Annotated[datetime, AfterValidator(_near)]


class Override(Value):
    """Others stand in for a time.

    Attributes:
        start, end: from when (`from`) until when (`to`): with an offset, or by the plant's clock.
        people: who is called then, in this order, before everybody else.
    """

    model_config = ConfigDict(strict=True)

    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    people: Annotated[tuple[User, ...], Field(strict=False, min_length=1, max_length=20)]


class Rota(Value):
    """People who take turns.

    Attributes:
        people: in the order of their turns.
        starts: a day on which the first of them takes over.
        handover: at which time of the plant's clock. Where that comes twice (the clocks are set
            back) it is the first; where it never comes, the moment as far after the gap.
        days: days of a turn.
        overrides: who stands in; of several at one moment all are called, in this order.
    """

    model_config = ConfigDict(strict=True)

    people: Annotated[tuple[User, ...], Field(strict=False, min_length=1, max_length=100)]
    starts: Day
    handover: time = time(8)
    days: int = Field(default=7, ge=1, le=366)
    overrides: Annotated[tuple[Override, ...], Field(strict=False, max_length=1000)] = ()

    @field_validator("people")
    @classmethod
    def _once_each(cls, people: tuple[str, ...]) -> tuple[str, ...]:
        if twice := {user for user in people if people.count(user) > 1}:
            problem = f"{', '.join(sorted(twice))} stands there twice; allowed: each person once"
            raise ValueError(problem)
        return people

    @field_validator("handover")
    @classmethod
    def _by_the_plants_clock(cls, at: time) -> time:
        if at.second or at.microsecond:
            problem = "whole minutes are allowed"
            raise ValueError(problem)
        return at


def on_call(rota: Rota, zone: ZoneInfo, at: Instant) -> tuple[str, ...]:
    """People in the order in which they are called at a moment, each once.

    Who stands in comes first, then who is on call, then those whose turns follow.
    """
    first = _turn(rota, zone, at) % len(rota.people)
    instead = [
        user
        for one in rota.overrides
        if instant(one.start, zone) <= at < instant(one.end, zone)
        for user in one.people
    ]
    return tuple(dict.fromkeys((*instead, *rota.people[first:], *rota.people[:first])))


def changes(rota: Rota, zone: ZoneInfo, at: Instant) -> Instant:
    """The first moment after `at` at which others may be on call."""
    turn = _turn(rota, zone, at) + 1
    handover = _handover(rota, zone, rota.starts + timedelta(days=turn * rota.days))
    ends = [instant(when, zone) for one in rota.overrides for when in (one.start, one.end)]
    return min([handover, *(end for end in ends if end > at)])


def instant(when: datetime, zone: ZoneInfo) -> Instant:
    """A time of a file: without an offset it is one of the plant's clock, there the first."""
    given = when if when.tzinfo is not None else when.replace(tzinfo=zone)
    since = given.astimezone(UTC) - _BEGINNING
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def ambiguous(when: datetime, zone: ZoneInfo) -> bool:
    """Whether the plant's clock shows that time twice or never."""
    given = when.replace(tzinfo=zone)
    return when.tzinfo is None and given.utcoffset() != given.replace(fold=1).utcoffset()


def _turn(rota: Rota, zone: ZoneInfo, at: Instant) -> int:
    """How many turns have begun since the first one's, below 0 before it."""
    today = datetime.fromtimestamp(at // SECOND, zone).date()
    days = (today - timedelta(days=ago) for ago in (0, 1, 2))  # two: a zone may leave a date out
    day = next(day for day in days if _handover(rota, zone, day) <= at)
    return (day - rota.starts).days // rota.days


def _handover(rota: Rota, zone: ZoneInfo, day: date) -> Instant:
    return instant(datetime.combine(day, rota.handover), zone)
