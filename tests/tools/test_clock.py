"""Times of day as people say them, and which of two an hour is that was said without its half."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.clock import clock_of, clock_on, clock_to_come
from twin_core.errors import WrongKind

HERE = datetime(2026, 1, 5, 7, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "clock"),
    [
        ("6:05", "06:05"), ("14:00", "14:00"), ("9 am", "09:00"), ("12 am", "00:00"),
        ("12pm", "12:00"), ("2:15 pm", "14:15"), ("14 Uhr", "14:00"), ("6 uhr", "06:00"),
        ("9 o'clock", "09:00"), ("12 oclock", "12:00"), ("14:00 o’clock", "14:00"),
        ("ten to seven", "06:50"), ("20 to 7", "06:40"), ("twenty-five past six", "06:25"),
        ("quarter past 6", "06:15"), ("a quarter to seven", "06:45"), ("half past one", "01:30"),
        ("five minutes to one", "00:55"), ("ten past twelve", "12:10"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_one_however_it_is_said(said, clock):
    """In figures, in words, with the half of the day or without."""
    assert f"{clock_on(said, HERE):%H:%M}" == clock


@pytest.mark.parametrize("said", ["25:00", "24:00", "6:60", "31 Uhr"])
def test_what_is_no_time_of_day_is_refused(said):
    """With what is allowed."""
    with pytest.raises(WrongKind, match="00:00 to 23:59"):
        clock_on(said, HERE)
    with pytest.raises(WrongKind, match="00:00 to 23:59"):
        clock_to_come(said, HERE)


@pytest.mark.parametrize(
    ("said", "day", "clock"),
    [
        ("9:00", 5, "09:00"), ("02:00", 5, "14:00"), ("2 o'clock", 5, "14:00"),
        ("half past two", 5, "14:30"), ("12:00", 5, "12:00"), ("14:00", 5, "14:00"),
        ("7:10", 5, "19:10"), ("2 am", 6, "02:00"), ("00:00", 6, "00:00"), ("7:20", 5, "07:20"),
    ],
)  # fmt: skip
def test_the_next_of_that_name_is_meant_as_on_a_dial(said, day, clock):
    """At 07:20 “until two” is 14:00; “2 am” is tomorrow's."""
    then = clock_to_come(said, HERE)
    assert (then.day, f"{then:%H:%M}") == (day, clock)


def test_in_the_late_evening_an_early_hour_is_tomorrows():
    """At 22:30 “until six” is 06:00."""
    then = clock_to_come("06:00", HERE.replace(hour=22, minute=30))
    assert (then.day, then.hour) == (6, 6)


@pytest.mark.parametrize(
    ("said", "part", "clock"),
    [
        ("two", "afternoon", "14:00"), ("9", "morning", "09:00"), ("six", "evening", "18:00"),
        ("10", "tonight", "22:00"), ("12", "afternoon", "12:00"), ("14", "afternoon", "14:00"),
        ("half past two", "", "02:30"), ("2 pm", "afternoon", "14:00"),
    ],
)  # fmt: skip
def test_the_part_of_the_day_tells_the_half(said, part, clock):
    """And changes nothing where the half was told."""
    assert clock_of(said, part) == clock


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 23))
def test_the_next_is_never_past_nor_more_than_a_day_off(hour, minute, now):
    """Whatever the time is."""
    here = HERE.replace(hour=now)
    then = clock_to_come(f"{hour:02d}:{minute:02d}", here)
    assert 0 <= (then - here).total_seconds() <= 86400
