"""From where a what-if starts, and when in it something begins, as people say it."""

import pytest

from tests.tools.box import Box
from tests.tools.scenery import MINUTE, NOW, riverside
from tools.starts import (
    find_moment,
    find_start,
    moment_said,
    seconds_until,
    speaks_of_start,
    start_said,
)
from twin_core.errors import ImpossibleScenario, WrongKind
from twin_core.simulation.scenario import AsOf, Healthy, Live

HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("said", "ago"),
    [
        ("13:00", HOUR),
        ("22:00", 16 * HOUR),
        ("9 pm", 17 * HOUR),
        ("yesterday 13:00", 25 * HOUR),
        ("13:00 yesterday", 25 * HOUR),
        ("as of 2025-11-20 08:30", 53.5 * HOUR),
        ("2025-11-20T08:30:30", 53.5 * HOUR - MINUTE / 2),
        ("2 h ago", 2 * HOUR),
        ("half an hour ago", HOUR / 2),
    ],
)
def test_a_past_moment_is_the_most_recent_one_of_its_name(said, ago):
    """It is 14:00 in Dublin."""
    assert start_said(said, NOW, riverside()) == AsOf(at=NOW - int(ago))


def test_nothing_is_now_and_healthy_is_healthy():
    """Nothing else needs no saying."""
    assert start_said(" ", NOW, riverside()) == start_said("now", NOW, riverside()) == Live()
    assert start_said("Healthy", NOW, riverside()) == Healthy()


@pytest.mark.parametrize(
    "said",
    ["25:00", "2025-13-40 10:00", "2030-01-01 10:00", "today 22:00", "soon", "1970-01-01 00:00",
     "999999 d ago", "22", "\N{ARABIC-INDIC DIGIT TWO}2:00", "22:00; drop"],
)  # fmt: skip
def test_what_is_no_past_moment_is_refused_with_what_is(said):
    """Also one that is yet to come."""
    with pytest.raises(ImpossibleScenario, match="allowed: "):
        start_said(said, NOW, riverside())


def test_what_begins_at_a_time_of_day_begins_when_it_is_next_that_time():
    """None where no time of day is said."""
    assert seconds_until("14:30", NOW, riverside()) == 1800
    assert seconds_until("13:00", NOW, riverside()) == 23 * 3600
    assert seconds_until("14:00", NOW, riverside()) == 0
    assert seconds_until("10 min", NOW, riverside()) is None
    with pytest.raises(ImpossibleScenario, match="00:00 to 23:59"):
        seconds_until("24:00", NOW, riverside())


def test_a_start_is_found_in_a_text_and_taken_out_of_it():
    """What is left is the change alone; a start we do not know is seen to be one."""
    assert find_start("As of 22:00, slow filler 4 by 5 %") == ("22:00", "  slow filler 4 by 5 %")
    start, rest = find_start("what if everything were healthy on line 4")
    assert (start, "healthy" in rest) == ("healthy", False)
    assert find_start("slow filler 4 by 5 %") == ("", "slow filler 4 by 5 %")
    assert speaks_of_start("slow filler 4 by 5 % as of lunch")
    assert not speaks_of_start("how is line 4 as of now")


async def test_the_answer_says_from_where_it_starts():
    """With its date; and a comparison too."""
    found = await Box()("what_if", line="line 4", start="as of yesterday 22:00")
    assert "from what was believed at 2025-11-21 22:00 GMT" in found.evidence[0].statement
    found = await Box()("what_if", line="line 4", start="healthy")
    assert "from a healthy line" in found.evidence[0].statement
    change = {"asset": "filler 4", "kind": "speed", "value": 90}
    found = await Box()("compare_options", options=[change], start="yesterday 22:00")
    assert any("at 2025-11-21 22:00 GMT" in item.statement for item in found.evidence)


@pytest.mark.parametrize(
    ("text", "said", "ago"),
    [
        ("why was line 3 slow at 13:00?", "13:00", HOUR),
        ("what was wrong yesterday at 13:00", "yesterday at 13:00", 25 * HOUR),
        ("it stood at 2025-11-20 08:30", "2025-11-20 08:30", 53.5 * HOUR),
        ("cleaned it 10 min ago", "10 min ago", HOUR / 6),
    ],
)
def test_a_moment_is_found_in_what_is_said(text, said, ago):
    """And is the most recent one of its name."""
    assert find_moment(text) == said
    assert moment_said(said, NOW, riverside()) == NOW - int(ago)


@pytest.mark.parametrize("text", ["slow since 13:00", "from 13:00 to 14:00", "the last 10 min", ""])
def test_a_span_is_no_moment(text):
    """It stays a span."""
    assert find_moment(text) == ""


@pytest.mark.parametrize("said", ["", "soon", "tomorrow 10:00", "today 22:00", "2030-01-01 10:00"])
def test_a_moment_that_is_none_or_to_come_is_refused(said):
    """With what is taken."""
    with pytest.raises(WrongKind, match="yesterday 14:20"):
        moment_said(said, NOW, riverside())
