"""When the plant file says that a line is not meant to run: breaks, change-overs, cleaning.

Shifts are given in the plant's local time of day. It must never know what time it is.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned stop of a line."""

    start: Instant
    end: Instant
    reason: str


def planned_stops(plant: Plant, line: str, start: Instant, end: Instant) -> tuple[Planned, ...]:
    """Planned stops of the line that overlap `start`..`end`, in order of time."""
    zone = ZoneInfo(plant.timezone)
    first = datetime.fromtimestamp(start / SECOND, zone).date() - timedelta(days=1)
    days = (end - start) // (86_400 * SECOND) + 3
    found = []
    for shift in plant.shifts:
        hour, minute = (int(part) for part in shift.start.split(":"))
        for day in (first + timedelta(days=i) for i in range(days)):
            if day.weekday() not in shift.days:
                continue
            begins = _instant(day, time(hour, minute), zone)
            for stop in shift.stops:
                if stop.line != line:
                    continue
                at = begins + int(stop.after_min * 60 * SECOND)
                until = at + int(stop.duration_min * 60 * SECOND)
                if at < end and until > start:
                    found.append(Planned(at, until, stop.reason))
    return tuple(sorted(found, key=lambda p: (p.start, p.end, p.reason)))


def has_plan(plant: Plant, line: str) -> bool:
    """Whether the plant file tells of any planned stop of the line."""
    return any(stop.line == line for shift in plant.shifts for stop in shift.stops)


def _instant(day: date, at: time, zone: ZoneInfo) -> Instant:
    local = datetime.combine(day, at, zone)
    return int(local.astimezone(UTC).timestamp()) * SECOND
