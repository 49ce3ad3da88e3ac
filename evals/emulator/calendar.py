"""When a line stands by plan: breaks, change-overs, cleaning, from the shifts of the plant file.

It only tells times; what a machine does then is its own affair.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from twin_core.plant.assets import Plant
from twin_core.value import SECOND

_SETTLED_S = 900
"""Plant seconds after a planned stop until the buffers lie as usual."""


@dataclass(frozen=True, slots=True)
class Window:
    """A planned stop: plant seconds since the epoch, end excluded."""

    start: int
    end: int
    reason: str


def windows(plant: Plant, line: str, start: int, end: int) -> list[Window]:
    """The planned stops of `line` that touch the span, seconds since the epoch, in order."""
    zone = ZoneInfo(plant.timezone)
    day = datetime.fromtimestamp(start, UTC).astimezone(zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(end, UTC).astimezone(zone).date()
    found = []
    while day <= last:
        for shift in plant.shifts:
            if day.weekday() not in shift.days:
                continue
            hour, minute = (int(part) for part in shift.start.split(":"))
            begin = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            base = int(begin.timestamp())
            for stop in shift.stops:
                first = base + int(stop.after_min * 60)
                until = first + int(stop.duration_min * 60)
                if stop.line == line and until > start and first < end:
                    found.append(Window(first, until, stop.reason))
        day += timedelta(days=1)
    return sorted(found, key=lambda w: w.start)


def running_s(plant: Plant, line: str, start: int, end: int) -> int:
    """Of the seconds from `start` to `end` (since the epoch) those in which no stop is planned."""
    stops = windows(plant, line, start, end)
    return end - start - sum(min(w.end, end) - max(w.start, start) for w in stops)


def calm_start(plant: Plant, line: str, earliest: int, span_s: int) -> int:
    """The first minute from `earliest` (µs) on from which `line` runs settled for `span_s`.

    It has run for a quarter of an hour since its last planned stop, and has none for so long.

    Returns microseconds. Looks two days ahead; if no such minute exists, the end of these.
    """
    at = -(-earliest // (60 * SECOND)) * 60
    for stop in windows(plant, line, at - _SETTLED_S, at + 2 * 86400):
        if at + span_s <= stop.start:
            break
        at = max(at, -(-stop.end // 60) * 60 + _SETTLED_S)
    return at * SECOND


def origin_for(at: int, host: int, factor: float) -> int:
    """The time origin (µs) with which plant time is `at` when the host's clock shows `host`.

    Plant time is `origin + factor · (host - origin)`; at factor 1 the two clocks are one.
    """
    return host if factor == 1.0 else round((factor * host - at) / (factor - 1.0))
