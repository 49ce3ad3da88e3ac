"""Planned busy time from the plant file's shifts, in the plant's own time zone.

ISO 22400-2: the planned busy time of a line is the time of its shifts without planned stops.
A shift begins at local time and lasts in real minutes, also over a change of the clocks. It must
never invent a calendar: without shifts there is no planned busy time.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

Span = tuple[Instant, Instant]


class Calendar:
    """When lines are planned to be busy."""

    def __init__(self, plant: Plant) -> None:
        self._shifts = plant.shifts
        self._zone = ZoneInfo(plant.timezone)
        self._worked_out: dict[str, tuple[Instant, Instant, list[Span]]] = {}

    @cached_property
    def known(self) -> bool:
        """Whether the plant file gives shifts at all."""
        return bool(self._shifts)

    def busy(self, line: str, start: Instant, end: Instant) -> list[Span] | None:
        """Planned busy spans inside `start`..`end`, ascending and apart; None without shifts."""
        if not self.known:
            return None
        begin, until, spans = self._worked_out.get(line, (0, 0, []))
        if start < begin or end > until:
            begin, until, spans = self._work_out(line, start, end)
            self._worked_out[line] = (begin, until, spans)
        return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]

    def busy_s(self, line: str, start: Instant, end: Instant) -> float | None:
        """Planned busy seconds inside `start`..`end`; None without shifts."""
        spans = self.busy(line, start, end)
        return None if spans is None else sum(b - a for a, b in spans) / SECOND

    def idle(self, line: str, start: Instant, end: Instant) -> bool:
        """Whether any part of the span is planned not to be busy."""
        busy = self.busy_s(line, start, end)
        return busy is not None and busy * SECOND < end - start - 1

    def _work_out(
        self, line: str, start: Instant, end: Instant
    ) -> tuple[Instant, Instant, list[Span]]:
        """Busy spans of whole local days around the span, and between which times they hold."""
        first, last = self._day(start), self._day(end) + timedelta(days=2)
        shifts, stops = [], []
        for offset in range(-2, (last - first).days + 1):
            day = first + timedelta(days=offset)
            for shift in self._shifts:
                if day.weekday() not in shift.days:
                    continue
                at = self._local(day, shift.start)
                shifts.append((at, at + _minutes(shift.duration_min)))
                for stop in shift.stops:
                    if stop.line == line:
                        begin = at + _minutes(stop.after_min)
                        stops.append((begin, begin + _minutes(stop.duration_min)))
        spans = without(union(shifts), union(stops))
        return self._local(first, "00:00"), self._local(last, "00:00"), spans

    def _day(self, at: Instant) -> date:
        return datetime.fromtimestamp(at / SECOND, UTC).astimezone(self._zone).date()

    def _local(self, day: date, clock: str) -> Instant:
        hour, minute = (int(part) for part in clock.split(":"))
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self._zone)
        return int(local.timestamp()) * SECOND


def _minutes(minutes: float) -> int:
    return int(minutes * 60 * SECOND)


def union(spans: list[Span]) -> list[Span]:
    """The same spans, ascending and apart."""
    joined: list[Span] = []
    for a, b in sorted(spans):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def without(spans: list[Span], holes: list[Span]) -> list[Span]:
    """What is left of spans outside the holes; both ascending and apart."""
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
