"""Planned busy time from shifts, in the plant's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.twin_core.plant_fixture import LINE, bakery
from twin_core.operations.calendar import Calendar
from twin_core.value import SECOND

ZONE = ZoneInfo("Europe/Copenhagen")


def local(year, month, day, hour, minute):
    return int(datetime(year, month, day, hour, minute, tzinfo=ZONE).timestamp()) * SECOND


def minutes(calendar, start, end):
    return calendar.busy_s(LINE, start, end) / 60


def test_planned_stops_are_not_planned_busy_time():
    calendar = Calendar(bakery(shifts=True))
    assert minutes(calendar, local(2025, 6, 3, 0, 0), local(2025, 6, 4, 0, 0)) == 450
    assert minutes(calendar, local(2025, 6, 3, 9, 0), local(2025, 6, 3, 11, 0)) == 90
    assert minutes(calendar, local(2025, 6, 3, 15, 0), local(2025, 6, 3, 16, 0)) == 0


def test_a_stop_is_planned_for_its_own_line_only():
    calendar = Calendar(bakery(shifts=True))
    start, end = local(2025, 6, 3, 10, 0), local(2025, 6, 3, 10, 30)
    assert calendar.idle(LINE, start, end)
    assert not calendar.idle("northmill/house/gas", start, end)


def test_without_shifts_there_is_no_planned_busy_time():
    calendar = Calendar(bakery())
    assert calendar.busy_s(LINE, 0, 10 * SECOND) is None
    assert not calendar.idle(LINE, 0, 10 * SECOND)


def test_a_shift_begins_at_local_time_on_both_sides_of_a_change_of_the_clocks():
    calendar = Calendar(bakery(shifts=True))
    for day in (29, 30, 31):
        begin = local(2025, 3, day, 6, 0)
        assert not calendar.idle(LINE, begin, begin + SECOND)
        assert calendar.idle(LINE, begin - SECOND, begin)


def test_a_night_shift_over_the_change_of_the_clocks_lasts_its_real_minutes():
    plant = bakery({'start: "06:00"': 'start: "22:00"'}, shifts=True)
    calendar = Calendar(plant)
    begin = local(2025, 3, 29, 22, 0)
    end = begin + 22 * 3600 * SECOND
    assert minutes(calendar, begin, end) == 450
    spans = calendar.busy(LINE, begin, end)
    assert spans is not None
    assert spans[-1][1] == begin + 480 * 60 * SECOND
    assert local(2025, 3, 30, 7, 0) == begin + 480 * 60 * SECOND


def test_a_shift_is_worked_on_its_days_only():
    plant = bakery({"duration_min: 480": "duration_min: 480, days: [0, 1]"}, shifts=True)
    calendar = Calendar(plant)
    assert minutes(calendar, local(2025, 6, 2, 0, 0), local(2025, 6, 9, 0, 0)) == 900


def test_overlapping_shifts_and_stops_are_counted_once():
    twice = '  - {id: late, name: Late, start: "12:00", duration_min: 240}\n'
    plant = bakery({"shifts:\n": "shifts:\n" + twice}, shifts=True)
    calendar = Calendar(plant)
    assert minutes(calendar, local(2025, 6, 3, 0, 0), local(2025, 6, 4, 0, 0)) == 570
