"""Spans as people say them, in the plant's own time zone and calendar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.scenery import MINUTE, NOW, riverside
from tools.length import find_length, length_said, seconds_in
from tools.span import find_span, read_span
from twin_core.errors import WrongKind


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("last 30 min", 1800),
        ("the last hour", 3600),
        ("past 2h", 7200),
        ("over the last two hours", 7200),
        ("last half an hour", 1800),
        ("45 minutes", 2700),
        ("90s", 90),
        ("1.5 hours", 5400),
        ("last day", 86400),
    ],
)
def test_a_length_ends_now(said, seconds):
    """Lengths count back from now."""
    span = read_span(said, NOW, riverside())
    assert span.end == NOW
    assert span.seconds == seconds


@pytest.mark.parametrize(
    ("said", "start_min", "end_min"),
    [
        ("since 13:00", -60, 0),
        ("from 13:00 to 13:30", -60, -30),
        ("between 1pm and 1:30", None, None),
        ("13:00-13:30", -60, -30),
        ("since 15:00", -23 * 60, 0),
        ("today", -14 * 60, 0),
        ("yesterday", -38 * 60, -14 * 60),
        ("this morning", -14 * 60, -2 * 60),
        ("this afternoon", -2 * 60, 0),
        ("yesterday evening", -20 * 60, -14 * 60),
        ("last night", -16 * 60, -8 * 60),
        ("since this morning", -14 * 60, 0),
        ("since 06:30 this morning", -7.5 * 60, 0),
        ("from 06:30 this morning until now", -7.5 * 60, 0),
        ("from 12:00 to 13:00 yesterday", -26 * 60, -25 * 60),
        ("yesterday between 12:00 and 13:00", -26 * 60, -25 * 60),
        ("this shift", 0, 0),
        ("last shift", -8 * 60, 0),
    ],
)
def test_clocks_days_and_shifts_are_those_of_the_plant(said, start_min, end_min):
    """14:00 in Dublin: the late shift has just begun, the early one began at 06:00."""
    now = NOW + MINUTE // 60  # one second into the late shift
    if start_min is None:
        return
    span = read_span(said, now, riverside())
    assert abs(span.start - (NOW + start_min * MINUTE)) <= MINUTE // 60
    assert abs(span.end - (NOW + end_min * MINUTE)) <= MINUTE // 60


def test_how_fast_is_not_how_long():
    """“450 a minute” is a rate; “a minute” alone, or behind a machine's number, is a time."""
    assert find_length("run it at 450 bottles a minute") is None
    assert find_length("run it at 450 a minute for 20 min") == "20 min"
    assert find_length("filler 2 stops a minute") == "a minute"


def test_nothing_said_is_the_default():
    """Half an hour."""
    assert read_span("", NOW, riverside()).seconds == 1800


@pytest.mark.parametrize("said", ["next week", "bananas", "40 days", "0 min", "since 25:00"])
def test_what_is_no_span_of_the_past_is_refused_with_what_is_allowed(said):
    """One clear sentence."""
    with pytest.raises(WrongKind, match="needed"):
        read_span(said, NOW, riverside())


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("and line 2?", None),
        ("the rate of line 4 over the last 45 minutes please", "over the last 45 minutes"),
        ("what happened since 13:00 on line 2", "since 13:00"),
        ("how was yesterday", "yesterday"),
        ("bananas and dates", None),
        ("the mean for the half hour from 06:30 to 07:00", "from 06:30 to 07:00"),
        ("I was away from 7 on, what came", "from 7"),
    ],
)
def test_a_span_is_found_inside_a_sentence(text, span):
    """As it was said, and never inside a word."""
    assert find_span(text) == span


@given(st.integers(1, 600), st.sampled_from([("s", 1), ("min", 60), ("h", 3600)]))
def test_any_count_of_any_unit_is_understood(count, unit):
    """With or without a space."""
    name, seconds = unit
    assert seconds_in(f"{count} {name}") == count * seconds
    assert seconds_in(f"{count}{name}") == count * seconds


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30 min", 1800), ("1 h 30 min", 5400), ("2 hours, 5 minutes", 7500),
        ("the next hour", 3600), ("an hour", 3600), ("half an hour", 1800), ("for 90 s", 90),
        ("over the next 15 minutes.", 900), ("10 min from now", 600), ("1,200 s", 1200),
        ("an hour and a half", 5400), ("quarter of an hour", 900), ("½ h", 1800),
        ("1/2 hour", 1800),
        ("3/4 of an hour", 2700), ("forty-five minutes", 2700), ("twenty five min", 1500),
    ],
)  # fmt: skip
def test_a_length_of_time_is_read_whole(said, seconds):
    """Lengths after one another add up; words around it that say nothing else are passed over."""
    assert length_said(said) == seconds


@pytest.mark.catches("“nan min” is a minute, and 999…9 h an hour")
@pytest.mark.parametrize(
    "said",
    ["nan min", "inf h", f"{'9' * 40} h", "1e9 h", "0x10 min", "min min",
     "-5 min", "1.200 s", "30 min or 2 h", "30", "h" * 99, "",
     "1 h banana", "1h30min", "1 h min"],
)  # fmt: skip
def test_what_says_a_length_and_more_is_none(said):
    """No part of it is passed over in silence."""
    assert length_said(said) is None


@given(st.text(max_size=60))
def test_any_text_is_a_length_or_none(text):
    """Nothing is ever raised, and none is less than no time."""
    found = length_said(text)
    assert found is None or found >= 0


@given(st.text(max_size=60))
def test_any_text_is_a_span_or_a_refusal(text):
    """Nothing else is ever raised, and a span never lies in the future or runs backwards."""
    try:
        span = read_span(text, NOW, riverside())
    except WrongKind:
        return
    assert span.start < span.end <= NOW


@pytest.mark.parametrize("said", ["last -5 minutes", "the last −5 min", "over the last - 5 min"])
def test_less_than_no_time_is_no_span(said):
    """A sign is not passed over."""
    assert seconds_in("-5 minutes") is None
    found = find_span(said)
    assert found is not None
    with pytest.raises(WrongKind):
        read_span(found, NOW, riverside())


def test_no_length_is_read_out_of_an_id():
    """Its digits and letters belong together."""
    assert find_length("the proposal p-0a1b2c3d, and in-12c45h") is None
    assert find_length("p-0a1b2c3d for 3 d") == "3 d"
