"""Spans of the calendar: a year is always said, and what is no day is refused."""

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.scenery import NOW, riverside
from tools.span import find_span, read_span
from tools.wording import local
from twin_core.errors import WrongKind


def days(said):
    plant = riverside()
    span = read_span(said, NOW, plant)
    return tuple(local(t, plant).strftime("%Y-%m-%d %H:%M") for t in (span.start, span.end))


@pytest.mark.parametrize(
    ("text", "said", "first", "last"),
    [
        ("data from June 2020 at MAIN", "from June 2020", "2020-06-01", "2020-07-01"),
        ("in Dec. 2024", "in Dec. 2024", "2024-12-01", "2025-01-01"),
        ("the last week of 2020", "the last week of 2020", "2020-12-25", "2021-01-01"),
        ("last week of April '20.", "last week of April '20", "2020-04-24", "2020-05-01"),
        ("first week of June 2020", "first week of June 2020", "2020-06-01", "2020-06-08"),
        ("second week in March 2024", "second week in March 2024", "2024-03-08", "2024-03-15"),
        ("on 2020-06-05", "on 2020-06-05", "2020-06-05", "2020-06-06"),
        ("June 5, 2020", "June 5, 2020", "2020-06-05", "2020-06-06"),
        ("on 5 June 2020", "on 5 June 2020", "2020-06-05", "2020-06-06"),
    ],
)
def test_months_weeks_and_days_of_a_year(text, said, first, last):
    """From midnight to midnight in the plant's zone."""
    assert find_span(text) == said
    assert days(said) == (f"{first} 00:00", f"{last} 00:00")


@pytest.mark.parametrize("text", ["it may fail", "may we", "march on", "what happened in june"])
def test_a_month_without_a_year_is_a_word(text):
    """Nothing is guessed from it."""
    assert find_span(text) is None


@pytest.mark.parametrize("said", ["31 June 2020", "2020-02-30", "June 31, 2020"])
def test_a_day_that_is_not_is_refused(said):
    """With what was said and what is allowed."""
    with pytest.raises(WrongKind, match="June 2020"):
        read_span(said, NOW, riverside())


@given(year=st.integers(1990, 2024), month=st.integers(1, 12))
def test_every_month_is_whole_and_its_weeks_lie_inside(year, month):
    """Thirty-one days and a change of the clocks too."""
    plant = riverside()
    name = f"{calendar.month_name[month]} {year}"
    whole = read_span(name, NOW, plant)
    length = calendar.monthrange(year, month)[1] * 86400
    assert abs(whole.seconds - length) <= 3600
    for week in ("first", "last"):
        part = read_span(f"{week} week of {name}", NOW, plant)
        assert whole.start <= part.start < part.end <= whole.end
        assert abs(part.seconds - 7 * 86400) <= 3600


def test_a_month_that_is_not_over_ends_now_and_one_that_lies_ahead_is_refused():
    """Nothing was measured in what has not been."""
    assert read_span("November 2025", NOW, riverside()).end == NOW
    with pytest.raises(WrongKind, match="in the past"):
        read_span("December 2025", NOW, riverside())
