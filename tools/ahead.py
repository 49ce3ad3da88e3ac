"""How far ahead people look: “12 h”, “today”, “tonight”, “tomorrow”, “this shift”, “next week”.

Given now and the plant's calendar it becomes seconds. It must never read a clock.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from tools.clock import CLOCK, clock_to_come
from tools.length import length_said
from tools.shifts import shift_at
from tools.wording import local
from twin_core.errors import ImpossibleScenario, WrongKind
from twin_core.plant.assets import Plant
from twin_core.value import Instant

ALLOWED = (
    "“12 h”, “until 14:00”, “today”, “tonight”, “tomorrow”, “this shift”, “next shift” or "
    "“this week”"
)
LONGEST_S = 8 * 3600.0
"""Of a simulated time ahead, where nothing else is said."""
_DAYS_H = 48.0  # from so many hours on people count days
_SAID = 80  # characters of what was said that are said again
_LONGEST_S = 31 * 86_400.0
_MORNING, _NOON, _EVENING = 6, 12, 18
_CLOCK = re.compile(rf"(?:(?:until|till?|by|before|at|up to) )?(?P<clock>{CLOCK})")


def read_ahead(text: str, now: Instant, plant: Plant) -> float:
    """Seconds from now to the end of what a text says.

    Raises:
        WrongKind: nothing of the kind, or further off than 31 days.
    """
    words = " ".join(re.findall(r"[\w.,:-]+", text.lower()))
    here = local(now, plant)
    clock = _CLOCK.fullmatch(words)
    if clock is not None:
        at = clock_to_come(clock.group("clock"), here + timedelta(seconds=1))
        return at.timestamp() - here.timestamp()
    try:
        end = next((find(here, plant) for form, find in _ENDS if form.search(words)), None)
    except WrongKind:  # no shift is on
        lengths = "“12 h” or “today”: the plant's calendar has no such shift"
        raise WrongKind("A time ahead", f"“{text}”", lengths) from None
    # by the clock of the world: a day may have 23 hours
    seconds = length_said(text) if end is None else end.timestamp() - here.timestamp()
    if seconds is None or not 0 < seconds <= _LONGEST_S:
        raise WrongKind("A time ahead", f"“{text}”", ALLOWED + ", at most 31 days")
    return seconds


def simulated_ahead(
    text: str, now: Instant, plant: Plant, usual_s: float, longest_s: float = LONGEST_S
) -> float:
    """Seconds that are to be simulated; an empty text is what is usual.

    Raises:
        ImpossibleScenario: it says no time ahead and nothing else, or one too long.
    """
    try:
        seconds = read_ahead(text, now, plant) if text.strip() else usual_s
    except WrongKind:
        seconds = None
    if seconds is None or not 0 < seconds <= longest_s:
        hours = longest_s / 3600.0
        most = f"{hours:g} hours" if hours < _DAYS_H else f"{hours / 24.0:g} days"
        raise ImpossibleScenario(
            f"“{text[:_SAID]}” ahead cannot be simulated",
            f"a time up to {most}, such as “30 min” or “1 h 30 min”",
        )
    return seconds


def _midnight(here: datetime, days: int) -> datetime:
    """The beginning of the day so many days later."""
    return here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def _today_at(here: datetime, hour: int) -> datetime:
    """That hour of today, and of tomorrow where it is past."""
    return _midnight(here, 0 if here.hour < hour else 1).replace(hour=hour)


def _tonight(here: datetime, plant: Plant) -> datetime:
    """The end of the shift that holds the coming midnight; without shifts six in the morning."""
    small_hours = here.hour < _MORNING
    midnight = _midnight(here, 0 if small_hours else 1)
    try:
        end = shift_at(midnight, plant)[1]
    except WrongKind:
        return midnight + timedelta(hours=_MORNING)
    return end if end > here else midnight + timedelta(hours=_MORNING)


def _next_shift(here: datetime, plant: Plant) -> datetime:
    return shift_at(shift_at(here, plant)[1], plant)[1]


_ENDS: tuple[tuple["re.Pattern[str]", Callable[[datetime, Plant], datetime]], ...] = tuple(
    (re.compile(rf"\b(?:{form})\b"), find)
    for form, find in (
        (r"next shift|coming shift", _next_shift),
        (r"(?:this|the|current) shift|shift", lambda here, plant: shift_at(here, plant)[1]),
        (r"next week", lambda here, _: _midnight(here, 14 - here.weekday())),
        (r"(?:this|the) week", lambda here, _: _midnight(here, 7 - here.weekday())),
        (r"tonight|the night|this night", _tonight),
        (r"tomorrow", lambda here, _: _midnight(here, 2)),
        (r"this morning", lambda here, _: _today_at(here, _NOON)),
        (r"this afternoon", lambda here, _: _today_at(here, _EVENING)),
        (r"this evening", lambda here, _: _midnight(here, 1)),
        (r"today|the day", lambda here, _: _midnight(here, 1)),
    )
)
