"""Planned stops in the plant's local time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.twin_core.simulation.sawmill import LINE, sawmill
from twin_core.simulation.calendar import planned_stops
from twin_core.value import SECOND

OSLO = ZoneInfo("Europe/Oslo")


def at(year, month, day, hour, minute=0):
    return int(datetime(year, month, day, hour, minute, tzinfo=OSLO).timestamp()) * SECOND


def test_a_break_follows_local_time_through_the_year():
    """Ten o'clock is ten o'clock in summer and in winter."""
    plant = sawmill(shifts=True)
    for month in (1, 7):
        found = planned_stops(plant, LINE, at(2026, month, 5, 9), at(2026, month, 5, 12))
        assert [(p.start, p.end, p.reason) for p in found] == [
            (at(2026, month, 5, 10), at(2026, month, 5, 10, 30), "break")
        ]


def test_only_stops_that_overlap_are_told():
    """A span before or after the break holds none; two days hold two."""
    plant = sawmill(shifts=True)
    assert planned_stops(plant, LINE, at(2026, 7, 5, 8), at(2026, 7, 5, 10)) == ()
    assert len(planned_stops(plant, LINE, at(2026, 7, 5, 8), at(2026, 7, 6, 23))) == 2
    assert planned_stops(sawmill(), LINE, at(2026, 7, 5, 8), at(2026, 7, 6, 23)) == ()
