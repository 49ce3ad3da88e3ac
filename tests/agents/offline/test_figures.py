"""Numbers, shares and times of day in words become figures; what may be no number stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.offline.figures import figures


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("fifteen per cent quicker", "15 per cent quicker"),
        ("five hundred and twenty", "520"),
        ("drop to four per cent", "drop to 4 per cent"),
        ("a ten-minute halt", "a 10-minute halt"),
        ("two and a half hours", "2.5 hours"),
        ("line two", "line 2"),
        ("at 30 000 bph", "at 30000 bph"),
        ("goes to half speed", "goes to 50 % of its speed"),
        ("at three quarters of its rate", "at 75 % of its speed"),
        ("a third less", "33.3333 % less"),
        ("a quarter slower", "25 % slower"),
        ("by a fifth", "by 20 %"),
        ("0.9 of its present speed", "90 % of its present speed"),
        ("since quarter past five", "since 05:15"),
        ("from five past eight up to now", "since 08:05 until now"),
        ("from ten to nine onwards", "from 08:50 onwards"),
        ("since 5.30, in per cent", "since 05:30, in per cent"),
        ("from 7.15 till now", "from 07:15 till now"),
        ("starting ten past six", "starting 06:10"),
        ("at ten to four", "at 03:50"),
        ("since half six", "since 06:30"),
        ("between 6 and 7", "between 06:00 and 07:00"),
        ("from ten to eleven", "from 10:00 to 11:00"),
        ("from 6 to 7 pm", "from 18:00 to 19:00"),
        ("5 to 5.30 this morning", "05:00 to 05:30 this morning"),
        ("today 8 until 8:45", "today 08:00 until 08:45"),
        ("20 past 2 this afternoon", "14:20 this afternoon"),
        ("from 0610 on", "from 06:10 on"),
        ("til 12", "until 12:00"),
        ("since 5 o'clock", "since 05:00"),
        ("about 10ish", "about 10:00"),
        ("until noon", "until 12:00"),
        ("since 0715 as a chart", "since 07:15 as a chart"),
        ("since 7.15 and why", "since 07:15 and why"),
        ("7.15 till 8.00 pls", "07:15 till 08:00 pls"),
        ("mean speed 0715-0800", "mean speed 07:15 - 08:00"),
        ("mean speed 1315-1400", "mean speed 13:15 - 14:00"),
        ("between seven this morning and now", "since 07:00 until now"),
        ("from 7:15 until now", "since 07:15 until now"),
        ("the last thirty mintues", "the last 30 minutes"),
        ("the past horu", "the past hour"),
        ("an hour and a half", "1.5 hours"),
        ("2 hours and a quarter", "2.25 hours"),
        ("the valve opened half", "the valve opened to 50 %"),
        ("a half-open valve", "a open to 50 % valve"),
    ],
)
def test_what_is_said_in_words_is_written_in_figures(said, written):
    """As a person would write it down."""
    assert figures(said) == written


@pytest.mark.parametrize(
    "said",
    [
        "one of the lines",
        "two people mend line 4",
        "one mechanic for line 3 and two for line 4",
        "capper 2 quarter of an hour ago",
        "half an hour",
        "twice as often",
        "from 540 to 480",
        "between 6 and 7 bar",
        "at 1400 bottles/min",
        "half of the rejects",
        "filler 3 480 b/min",
        "the last house",
        "open half an hour",
        "from 5.30 to 5.45 bar",
    ],
)
def test_what_may_be_no_number_stays(said):
    """A word that only looks like one, or a number that is one already."""
    assert figures(said) == said


@given(
    st.from_regex(r"[a-z]{1,8} [1-9][0-9]{0,2}([.,][0-9]{1,2})? (bar|%|min|rpm)", fullmatch=True)
)
def test_a_number_in_figures_is_never_changed(said):
    """Whatever stands before and behind it."""
    assert figures(said).split()[-2:] == said.split()[-2:]


@pytest.mark.parametrize("said", ["+5%", "+ 5 %", "+5 per cent"])
def test_plus_some_per_cent_is_more_by_so_much(said):
    """Never to so much: the machine would stand nearly still."""
    assert figures(f"what if it runs at {said}") == "what if it runs at 5 % more"
