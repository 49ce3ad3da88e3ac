"""Where a value comes from: raw readings, expressions, quarantine, people."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.plant_fixture import OVEN
from tests.twin_core.thread_scene import (
    AHEAD_US,
    DIVIDER,
    PLANT,
    PRESSURE,
    RATIO,
    TEMPERATURE,
    at,
    history,
    on_change,
    rare_history,
    twin,
)
from twin_core.amendment import Amendment, take
from twin_core.errors import BadInput, UnknownName
from twin_core.lineage import lineage, newest
from twin_core.value import SECOND


@pytest.fixture(scope="module")
def snapshot():
    return twin().snapshot(at(620))


async def told(snapshot, path, when=None):
    return lineage(snapshot, await newest(snapshot, await history(), path, when), path, when)


def below(thread):
    """Every thread of a tree by point."""
    found = {thread.point: thread}
    for each in thread.inputs:
        found.update(below(each))
    return found


async def test_a_derived_value_can_be_worked_out_again_from_the_readings_shown(snapshot):
    """Down to raw readings: source, source time, receive time, status, clock offset."""
    found = await told(snapshot, RATIO, at(300))
    every = below(found.thread)
    assert set(every) == {RATIO, f"{OVEN}/heat", TEMPERATURE, PRESSURE}
    gas, hot = every[PRESSURE].reading, every[TEMPERATURE].reading
    assert found.thread.value == pytest.approx(gas.value / (hot.value - 20))
    assert (found.thread.state, found.plant_version) == ("good", PLANT.version)
    assert hot.ahead_us == AHEAD_US
    assert hot.source_time == hot.time + AHEAD_US
    assert at(296) <= hot.time <= at(300)
    assert (hot.received, hot.status, hot.late) == (hot.time + 200_000, 0, False)
    assert gas.ahead_us == 0
    assert every[f"{OVEN}/heat"].expression == 'temperature - 20["Cel"]'
    formula = PLANT.derived[0].formula
    assert formula is not None
    assert every[f"{OVEN}/heat"].version == formula.version
    assert every[TEMPERATURE].source == "line_plc"


async def test_what_was_not_believed_is_told_with_its_rule_and_value(snapshot):
    """The raw value is shown and not believed; nor is what rests on it."""
    found = await told(snapshot, RATIO, at(80))
    assert (found.thread.state, found.thread.value) == ("quarantined", None)
    assert found.thread.why.startswith(f"it rests on {PRESSURE}: 700 mbar is outside")
    gas = below(found.thread)[PRESSURE]
    assert (gas.value, gas.reading.value, gas.reading.refused) == (None, 700.0, "range")
    (doubt,) = gas.doubts
    assert (doubt.rule, doubt.value) == ("range", 700.0)
    assert at(59) < doubt.since < at(70)
    assert (doubt.until, doubt.released_by) == (at(180), "eve")
    assert [(t.user, t.kind, t.reason) for t in gas.touches] == [("eve", "release", "looked")]


async def test_now_is_meant_where_no_moment_is_given(snapshot):
    """And what is too old by then is told to be."""
    found = await told(snapshot, PRESSURE)
    assert found.at == snapshot.now
    assert (found.thread.state, found.thread.inputs) == ("stale", ())
    assert found.thread.value == found.thread.reading.value
    early = await told(snapshot, RATIO, at(-60))
    assert (early.thread.state, early.thread.value) == ("no_data", None)


@pytest.mark.catches("“no data” said of a setting that stands, for it was not told lately")
async def test_where_a_source_tells_only_changes_its_last_word_stands():
    """Now for as long as it is heard; of a past moment nobody knows whether it was."""
    speed = f"{DIVIDER}/speed_setpoint"
    found, heard = await rare_history(), twin().snapshot(at(620))
    later = at(620 + 2 * 86_400)
    time = np.full_like(heard.time, later - SECOND)
    now = replace(heard, plant=on_change(), now=later, time=time)
    told = lineage(now, await newest(now, found, speed), speed).thread
    assert (told.value, told.state, told.why) == (110, "good", "")
    lost = replace(now, time=np.zeros_like(time))
    assert lineage(lost, await newest(lost, found, speed), speed).thread.state == "stale"
    past = lineage(now, await newest(now, found, speed, at(4000)), speed, at(4000)).thread
    assert (past.value, past.state) == (110, "uncertain")
    assert past.why.endswith("whether its source was heard then is not remembered")


@pytest.mark.catches("a raw reading shown as what was believed, where a person said otherwise")
@pytest.mark.parametrize("value", [180.0, None])
async def test_what_a_person_said_of_the_past_is_what_is_told_of_it(value):
    """The amended value, or none, with who said it and why; the reading stays as it came."""
    made = twin()
    span = {"start": at(250), "end": at(350)}
    change = Amendment(point=TEMPERATURE, value=value, user="ada", reason="probe out", **span)
    take(made, change, at(620))
    found = below((await told(made.snapshot(at(620)), RATIO, at(300))).thread)[TEMPERATURE]
    assert found.value == value
    assert found.why == f"{'disowned' if value is None else 'amended'} by ada: probe out"
    assert found.state == ("quarantined" if value is None else "good")
    assert found.reading.value not in {None, 180.0}
    outside = below((await told(made.snapshot(at(620)), RATIO, at(400))).thread)[TEMPERATURE]
    assert "ada" not in outside.why


async def test_what_is_not_and_what_has_not_been_is_refused(snapshot):
    with pytest.raises(UnknownName):
        await told(snapshot, "northmill/bread/toast/oven/nothing")
    with pytest.raises(BadInput, match="has not been yet"):
        await told(snapshot, RATIO, snapshot.now + SECOND)
