"""Indicators over a span, against another, ranked; alarms of a span; an incident's timeline."""

from functools import cache

import pytest

from tests.tools.box import Box
from tests.tools.scenery import Window
from tests.twin_core.lived import START, live
from tests.twin_core.plant_fixture import LINE, OVEN, bakery
from twin_core.answer import Asker
from twin_core.ingest import Twin
from twin_core.value import SECOND

BAKER = Asker(user="bo", name="Bo", roles=("operator",), sites=("northmill",))
SLICER = f"{LINE}/slicer"


@cache
def morning():
    """Twelve minutes: a slicer that failed twice, an oven that was hot for a while."""
    return live([(SLICER, 60, 90, 11), (SLICER, 200, 240, 11)], hot=[(300, 520)])


def box(snapshot=None):
    return Box(Window(snapshot or morning()), asker=BAKER)


async def test_a_span_has_its_indicators_its_failures_and_its_state_times():
    """Counted over that span, with what is not to be had said."""
    found = await box()("indicators", asset="slicer", span="last 12 min")
    told = [e.statement for e in found.evidence]
    assert "OEE and quality not to be had; availability 90 %" in told[0]
    assert "without shifts there is no planned time" in told[0]
    assert "2 failures in" in told[1]
    assert "MTTR 35 s over the 2 restored" in told[1]
    assert "Held 70 s" in told[2]


async def test_without_a_failure_there_is_no_mtbf_and_the_time_observed_is_told():
    """Zero failures say nothing of how long it will last."""
    found = await box()("indicators", asset="bagger", span="last 12 min")
    assert "no failure of its own in 12 min of running, so there is no MTBF" in (
        found.evidence[1].statement
    )


async def test_what_is_older_than_memory_is_said_and_not_made_up():
    """A day is cut to what is remembered; a span before it has no data."""
    found = await box()("indicators", asset="toast line", span="last 24 h")
    assert "nothing is remembered" in found.text
    gone = await box()("indicators", asset="toast line", span="yesterday")
    assert gone.status == "no_data"
    assert "There is no data from Toast line for that span" in gone.text


@pytest.mark.catches("a second span to compare with that was left out without a word")
@pytest.mark.parametrize("asked", [{}, {"asset": "bread hall"}, {"asset": "toast line"}])
async def test_a_second_span_is_compared_with_whatever_else_was_said(asked):
    """Without an asset of the whole site, without a first span with the last hour."""
    found = await box()("indicators", against="last 5 min", **asked)
    name = {"bread hall": "Bread hall", "toast line": "Toast line"}.get(
        asked.get("asset", ""), "Northmill Bakery"
    )
    assert found.text.startswith(name)
    assert "against" in found.text
    assert "Execute" in found.evidence[3].statement


async def test_two_spans_are_held_against_each_other():
    """Only what is known of both."""
    found = await box()("indicators", asset="slicer", span="last 5 min", against="last 12 min")
    assert "against" in found.text
    assert "availability 100 % against 90 %" in found.text
    assert "OEE" not in found.text


async def test_lines_are_ranked_by_what_all_of_them_have():
    """Without shifts by availability, and that is said."""
    found = await box()("indicators", span="last 12 min")
    assert "By availability the worst of 1 lines is toast line with" in found.text


async def test_the_alarms_of_a_span_are_counted_beside_what_stands_now():
    """With the standard's figures beside."""
    found = await box()("alarms", span="last 12 min")
    assert "1 alarm" in found.evidence[0].statement
    assert "(6 are acceptable, 12 the most)" in found.evidence[0].statement
    assert found.evidence[1].subject == f"{OVEN}/temperature"
    nothing = await box(Twin(bakery()).snapshot(START))("alarms", span="last 12 min")
    assert "is not remembered" in nothing.text


async def test_an_alarm_tells_its_state_and_priority():
    """And what became of it."""
    found = await box()("alarms")
    told = " ".join(e.statement for e in found.evidence)
    assert "against a limit of 260 °C, returned, low priority" in told


async def test_an_incident_has_its_timeline_and_an_unknown_one_is_said():
    """From the first reading to the end."""
    snapshot = morning()
    name = next(i.id for i in snapshot.incidents if i.kind == "alarm")
    found = await box()("alarms", incident=name)
    told = " ".join(e.statement for e in found.evidence)
    assert found.text.startswith(f"Incident {name}")
    for piece in ("opened the incident", "raised, now unacknowledged", "The incident closed"):
        assert piece in told
    assert all(e.time <= START + 900 * SECOND for e in found.evidence)
    unknown = await box()("alarms", incident="in-00000000")
    assert unknown.status == "failed"
    assert name in unknown.choices
