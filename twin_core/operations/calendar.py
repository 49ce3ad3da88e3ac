"""Planned busy time from the plant file's shifts, in the plant's own time zone.

ISO 22400-2: the planned busy time of a line is the time of its shifts without planned stops.
A shift begins at local time and lasts in real minutes, also over a change of the clocks. It must
never invent a calendar: without shifts there is no planned busy time.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from twin_core.plant.assets import Plant
from twin_core.plant.production import Shift
from twin_core.value import SECOND, Instant

Span = tuple[Instant, Instant]


class Calendar:
    """When lines are planned to be busy."""

    def __init__(self, plant: Plant) -> None:
        self._shifts = plant.shifts
        self._zone = ZoneInfo(plant.timezone)

    @cached_property
    def known(self) -> bool:
        """Whether the plant file gives shifts at all."""
        return bool(self._shifts)

    def busy(self, line: str, start: Instant, end: Instant) -> list[Span] | None:
        """Planned busy spans inside `start`..`end`, ascending and apart; None without shifts."""
        if not self.known:
            return None
        first, last = self._day(start) - timedelta(days=2), self._day(end)
        shifts, stops = [], []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            for at, shift in self._on(day):
                shifts.append((at, at + int(shift.duration_min * 60 * SECOND)))
                for stop in shift.stops:
                    if stop.line == line:
                        begin = at + int(stop.after_min * 60 * SECOND)
                        stops.append((begin, begin + int(stop.duration_min * 60 * SECOND)))
        inside = [(max(a, start), min(b, end)) for a, b in _without(_union(shifts), _union(stops))]
        return [(a, b) for a, b in inside if a < b]

    def busy_s(self, line: str, start: Instant, end: Instant) -> float | None:
        """Planned busy seconds inside `start`..`end`; None without shifts."""
        spans = self.busy(line, start, end)
        return None if spans is None else sum(b - a for a, b in spans) / SECOND

    def idle(self, line: str, start: Instant, end: Instant) -> bool:
        """Whether any part of the span is planned not to be busy."""
        busy = self.busy_s(line, start, end)
        return busy is not None and busy * SECOND < end - start - 1

    def _day(self, at: Instant) -> date:
        return datetime.fromtimestamp(at / SECOND, UTC).astimezone(self._zone).date()

    def _on(self, day: date) -> list[tuple[Instant, Shift]]:
        return _starts(self._shifts, self._zone, day)


@lru_cache(maxsize=32)
def _starts(shifts: tuple[Shift, ...], zone: ZoneInfo, day: date) -> list[tuple[Instant, Shift]]:
    found = []
    for shift in shifts:
        if day.weekday() in shift.days:
            hour, minute = (int(part) for part in shift.start.split(":"))
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            found.append((int(local.timestamp()) * SECOND, shift))
    return found


def _union(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for a, b in sorted(spans):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def _without(spans: list[Span], holes: list[Span]) -> list[Span]:
    left = []
    for a, b in spans:
        start = a
        for c, d in holes:
            if d <= start or c >= b:
                continue
            if c > start:
                left.append((start, c))
            start = max(start, d)
        if start < b:
            left.append((start, b))
    return left
