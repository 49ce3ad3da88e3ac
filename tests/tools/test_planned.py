"""The plan as it is told: of stops, shifts and orders, in the plant's time, and what it lacks."""

import pytest

from tests.tools.box import Box
from tests.tools.scenery import LINE4, NOW, Window, riverside, snapshot
from twin_core.value import SECOND

HOUR = 3600 * SECOND
DAY = 24 * HOUR


async def test_the_next_stop_of_a_kind_is_told_with_times_and_zone():
    """The late shift began at 14:00; line 4 has its break 290 minutes later."""
    found = await Box()("planned_times", line="line 4", what="break")
    (stop,) = found.evidence
    assert stop.subject == LINE4
    assert "break of 12 min from 18:50:00 to 19:02:00 GMT" in stop.statement
    assert stop.data["lasts_s"] == 720


async def test_a_machine_means_its_line_and_nothing_every_line():
    """As people ask."""
    assert (await Box()("planned_times", line="filler 4", what="cleaning")).evidence[
        0
    ].subject == LINE4
    assert len((await Box()("planned_times", what="cleaning")).evidence) == 4


@pytest.mark.parametrize(
    ("span", "stops"), [("", 3), ("this shift", 3), ("next shift", 3), ("tomorrow", 9), ("4 h", 1)]
)
async def test_a_span_is_told_whole(span, stops):
    """Three stops a shift; without a span the next of each kind."""
    assert len((await Box()("planned_times", line="line 4", span=span)).evidence) == stops


async def test_a_part_of_the_day_is_told_from_its_beginning():
    """What is planned for the morning is nothing of the afternoon's."""
    found = await Box()("planned_times", line="line 4", what="stops", span="this evening")
    hours = [one.data["start"] for one in found.evidence]
    assert hours
    assert all(at >= NOW - NOW % DAY + 18 * HOUR for at in hours)


async def test_what_is_over_today_is_said_to_be():
    """A day is told from its beginning."""
    found = await Box()("planned_times", line="line 4", what="break", span="today")
    assert ["it is over" in e.statement for e in found.evidence] == [True, True, False]


async def test_the_shift_that_is_on_and_the_next():
    """With their ends."""
    on, after = (await Box()("planned_times", what="shift")).evidence
    assert "from 14:00:00 to 22:00:00 GMT: it ends in 8 h" in on.statement
    assert after.statement.startswith("Night shift is the next")


async def test_what_the_file_does_not_plan_is_not_made_up():
    """Neither a stop nor a shift."""
    plant = riverside().model_copy(update={"shifts": ()})
    bare = Box(Window(snapshot(plant)))
    for what, told in (
        ("break", "plans no break of line 4"),
        ("shift", "gives no shifts"),
    ):
        found = await bare("planned_times", line="line 4", what=what)
        assert found.status == "no_data"
        assert told in found.text
    assert (await Box()("planned_times", line="chilled water")).status == "no_data"


async def test_how_long_a_changeover_takes_is_what_the_plant_file_gives():
    """By any words that mean one product; in the direction that was asked."""
    line, table = next(iter(riverside().changeovers.items()))
    before, after = next((b, a) for b in table for a in table[b] if table[b][a])
    found = await Box()("planned_times", line=line, what="changeover", before=before, after=after)
    (told,) = found.evidence
    assert told.data["lasts_s"] == 60 * table[before][after]
    assert told.subject == line


async def test_a_product_nobody_knows_is_answered_with_those_there_are():
    """And no time is made up."""
    found = await Box()("planned_times", what="changeover", before="gravel", after="cola")
    assert found.status == "failed"
    assert "Cola" in found.text
