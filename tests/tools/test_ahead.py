"""How far ahead a text looks, by the plant's own clock and shifts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.tools.scenery import NOW, riverside
from tools.ahead import read_ahead, simulated_ahead
from twin_core.errors import ImpossibleScenario, WrongKind
from twin_core.value import SECOND

HOUR = 3600.0
DUBLIN = ZoneInfo("Europe/Dublin")


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("12 h", 12), ("half an hour", 0.5), ("next 3 hours", 3), ("today", 10), ("tonight", 16),
        ("tomorrow", 34), ("this shift", 8), ("the next shift", 16), ("next week", 34 + 7 * 24),
        ("this week", 34), ("2 days", 48), ("until 18:30", 4.5), ("by 3 pm", 1), ("13:00", 23),
        ("the end of the shift", 8), ("the shift is over", 8),
    ],
)  # fmt: skip
def test_it_ends_where_people_mean(said, hours):
    """From Saturday at 14:00, when the late shift begins; the night ends at six."""
    assert read_ahead(said, NOW, riverside()) == hours * HOUR


def test_in_the_small_hours_tonight_is_this_night():
    """At two in the morning it ends in four hours; without shifts too."""
    two = NOW + 12 * 3600 * SECOND
    assert read_ahead("tonight", two, riverside()) == 4 * HOUR
    assert read_ahead("tonight", two, riverside().model_copy(update={"shifts": ()})) == 4 * HOUR


def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is():
    """On 29 March 2026 Dublin's midnight is 23 hours after the last."""
    at = int(datetime(2026, 3, 29, tzinfo=DUBLIN).timestamp()) * SECOND
    assert read_ahead("today", at, riverside()) == 23 * HOUR


@pytest.mark.parametrize("said", ["soon", "", "-3 h", "0 h", "900 days", "nan", "9" * 400])
def test_what_says_no_time_is_told_what_does(said):
    with pytest.raises(WrongKind, match="tomorrow"):
        read_ahead(said, NOW, riverside())


def test_without_a_shift_there_is_no_end_of_it():
    """A plant that names no shifts."""
    with pytest.raises(WrongKind, match=r"A time ahead.*“12 h”.*calendar"):
        read_ahead("this shift", NOW, riverside().model_copy(update={"shifts": ()}))


def test_what_is_simulated_ends_where_people_mean_too():
    """By the clock or with the shift; no further than can be simulated."""
    assert simulated_ahead("until 16:00", NOW, riverside(), 900.0) == 2 * HOUR
    assert simulated_ahead("end of shift", NOW, riverside(), 900.0) == 8 * HOUR
    assert simulated_ahead("", NOW, riverside(), 900.0) == 900.0
    for said in ("until 13:00", "soon", "25:00"):
        with pytest.raises(ImpossibleScenario, match="cannot be simulated"):
            simulated_ahead(said, NOW, riverside(), 900.0)
