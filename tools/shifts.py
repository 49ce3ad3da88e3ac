"""Which shift is on at a moment: by the plant's calendar; where it gives none, by custom.

It must never let custom pass for a calendar: who tells of a shift by custom says so.
"""

from datetime import datetime, timedelta

from twin_core.errors import WrongKind
from twin_core.plant.assets import Plant

ALLOWED = "“last 8 h”, “since 13:00” or “today”"
_BEGIN = (6, 14, 22)
"""Hours at which shifts change where nobody says otherwise."""
_LONG = timedelta(hours=8)


def shift_at(when: datetime, plant: Plant) -> tuple[datetime, datetime]:
    """Start and end of the shift that holds a moment, by the plant's calendar.

    Raises:
        WrongKind: none is on.
    """
    for shift in plant.shifts:
        hour, minute = (int(part) for part in shift.start.split(":"))
        for days in (0, 1):
            day = when - timedelta(days=days)
            start = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
            end = start + timedelta(minutes=shift.duration_min)
            if start.weekday() in shift.days and start <= when < end:
                return start, end
    raise WrongKind("Span of time", "a shift the plant's calendar does not have now", ALLOWED)


def shift_meant(when: datetime, plant: Plant) -> tuple[datetime, datetime]:
    """Start and end of what people call the shift at a moment: also of a plant that names none.

    Raises:
        WrongKind: the plant names shifts, and none of them is on.
    """
    if plant.shifts:
        return shift_at(when, plant)
    begun = [hour for hour in _BEGIN if hour <= when.hour]
    day = when if begun else when - timedelta(days=1)
    start = day.replace(hour=begun[-1] if begun else _BEGIN[-1], minute=0, second=0, microsecond=0)
    return start, start + _LONG


def by_custom(plant: Plant) -> str:
    """What a shift is taken for at a plant that names none, as a sentence; else empty."""
    if plant.shifts:
        return ""
    hours = [f"{hour:02d}:00" for hour in _BEGIN]
    return (
        f"The plant names no shifts: they are taken to begin at {', '.join(hours[:-1])} and "
        f"{hours[-1]}."
    )
