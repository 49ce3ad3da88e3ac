"""Changes as said, made into the simulation's own, and said back in words."""

import pytest

from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4, NOW, OPERATOR, Window, riverside, snapshot
from tools.change_said import ChangeSaid
from tools.change_words import change_words, scenario_words
from tools.changes import understand_change
from tools.scene import Scene
from twin_core.errors import BadInput
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.scenario import (
    BufferSize,
    Failures,
    Offset,
    Outage,
    PlannedStop,
    ProductChange,
    Rejects,
    Restored,
    Rework,
    Scenario,
    SetPoint,
    Speed,
    Staffing,
    StopMoved,
    Stops,
)
from twin_core.value import SECOND

CAPPER4 = f"{LINE4}/capper"


def understood(**said):
    return understand_change(Scene(Window(), OPERATOR), ChangeSaid(**said))


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ({"kind": "more_buffer", "value": 20, "to": "capper 4"},
         BufferSize(source=FILLER4, target=CAPPER4, capacity=220)),
        ({"kind": "buffer_share", "value": 50, "to": "capper 4"},
         BufferSize(source=FILLER4, target=CAPPER4, capacity=100)),
        ({"kind": "buffer", "value": 0},
         BufferSize(source=FILLER4, target=CAPPER4, capacity=0)),
        ({"kind": "life", "value": 50}, Failures(asset=FILLER4, life=0.5)),
        ({"kind": "repair", "value": 200}, Failures(asset=FILLER4, repair=2)),
        ({"kind": "repair_time", "duration": "5 min"}, Failures(asset=FILLER4, repair_s=300)),
        ({"kind": "minor_stops", "value": -3}, Stops(asset=FILLER4, per_hour=-3, mean_s=30)),
        ({"kind": "people", "value": 2}, Staffing(people=2, machines=(FILLER4,))),
        ({"kind": "people", "value": 1, "also": ["capper 4", "filler 4"]},
         Staffing(people=1, machines=(FILLER4, CAPPER4))),
        ({"kind": "rework", "value": 60}, Rework(asset=FILLER4, target=FILLER4, share=0.6)),
        ({"asset": "line 4", "kind": "people", "value": 1}, Staffing(people=1)),
        ({"asset": "line 4", "kind": "people", "value": 1, "to": "filler 4"},
         Staffing(people=1, first=(FILLER4,))),
        ({"asset": "line 4", "kind": "planned_stop", "duration": "20 min", "after": "10 min"},
         PlannedStop(line=LINE4, duration_s=1200, after_s=600)),
        ({"asset": "line 4", "kind": "product", "product": "Cola 500 ml"},
         ProductChange(line=LINE4, product="cola_500")),
        ({"kind": "stop", "duration": "2 min", "after": "1 min"},
         Outage(asset=FILLER4, duration_s=120, after_s=60)),
        ({"kind": "more_rejects", "value": -2}, Rejects(asset=FILLER4, share=-0.02)),
        ({"kind": "rejects", "value": 2}, Rejects(asset=FILLER4, share=0.02, factor=0)),
        ({"kind": "rejects_share", "value": 150}, Rejects(asset=FILLER4, factor=1.5)),
        ({"kind": "shift", "measurement": "vibration", "value": 0.2},
         Offset(point=f"{FILLER4}/vibration", amount=0.2)),
        ({"kind": "shift", "measurement": "bowl pressure", "value": 0.1},
         SetPoint(point=f"{FILLER4}/bowl_pressure_setpoint", value=2.1)),
    ],
)  # fmt: skip
def test_each_kind_becomes_a_change_of_the_simulation(said, change):
    """A buffer grows from what the plant file gives, a setpoint from what is believed."""
    assert understood(**{"asset": "filler 4", **said}).change == change


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"kind": "more_buffer", "value": -400, "to": "capper 4"},
         "buffer of -200 bottles between filler 4 and capper 4; allowed: -200 or more bottles"),
        ({"kind": "buffer", "value": -1, "to": "capper 4"}, "allowed: 0 or more bottles"),
        ({"kind": "buffer", "value": 9, "to": "labeller 4"},
         "no buffer between filler 4 and labeller 4; allowed: between filler 4 and capper 4"),
        ({"kind": "life", "value": 0}, "outside 1 to 10000 %"),
        ({"kind": "life"}, "no value was given"),
        ({"kind": "people", "value": 1.5}, "outside 1 to 100 people"),
        ({"kind": "repair_time", "duration": "a while"}, "a time such as “20 min”"),
        ({"asset": "line 4", "kind": "planned_stop"}, "a time such as “20 min”"),
        ({"asset": "line 4", "kind": "product", "product": "mead"}, "no product “mead”"),
        ({"kind": "shift", "measurement": "bowl pressure", "value": 9}, "is outside"),
        ({"kind": "rejects", "value": 101}, "outside 0 to 100"),
        ({"kind": "more_rejects", "value": -101}, "outside -100 to 100"),
        ({"kind": "rejects_share", "value": -1}, "outside 0 to 10000"),
        ({"kind": "people", "value": 1, "also": ["capper 3"]},
         "One crew for filler 4 and capper 3; allowed: one line, or machines of one line"),
        ({"kind": "people", "value": 1, "also": ["line 4"]}, "a crew each for several"),
        ({"asset": "line 3", "kind": "people", "value": 1, "also": ["line 4"]},
         "One crew for line 3 and line 4; allowed: one line"),
        ({"kind": "people", "value": 0}, "outside 1 to 100 people"),
    ],
)  # fmt: skip
def test_an_impossible_change_is_refused_with_what_is_allowed(said, says):
    """In one sentence."""
    with pytest.raises(BadInput, match=says):
        understood(**{"asset": "filler 4", **said})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Speed(asset=FILLER4, factor=0.904), "filler 4 at 90.4 % of its speed"),
        (BufferSize(source=FILLER4, target=CAPPER4, capacity=220),
         "room for 220 bottles instead of 200 between filler 4 and capper 4"),
        (Failures(asset=FILLER4, life=0.5, repair_s=90),
         "filler 4 running 50 % of the time between its stops and stops of filler 4 lasting 90 s"),
        (Failures(asset=FILLER4), "stops of filler 4 as they are"),
        (Staffing(people=1), "one person to mend what stops on the line"),
        (Rework(asset=FILLER4, target=FILLER4, share=0.6),
         "60 % of what filler 4 rejects fed to it again"),
        (Staffing(people=2, machines=(FILLER4,)), "2 people to mend what stops on filler 4"),
        (Staffing(people=2, first=(FILLER4,)),
         "2 people to mend what stops on the line, filler 4 first"),
        (Rejects(asset=FILLER4, share=-0.02),
         "filler 4 rejecting 2 percentage points less of what it makes"),
        (Rejects(asset=FILLER4, factor=1.5), "filler 4 rejecting 150 % of what it rejects now"),
        (Rejects(asset=FILLER4, share=0.03, factor=0), "filler 4 rejecting 3 % of what it makes"),
        (Stops(asset=FILLER4, per_hour=-2.5), "2.5 fewer stops of 30 s an hour at filler 4"),
        (Outage(asset=FILLER4, duration_s=90, after_s=600),
         "filler 4 stopped for 90 s after 10 min"),
        (StopMoved(line=LINE4, start=NOW, by_s=-300),
         "the stop of line 4 planned for 14:00:00 GMT 5 min sooner"),
        (StopMoved(line=LINE4, start=NOW), "the stop of line 4 planned for 14:00:00 GMT left out"),
        (Restored(asset=FILLER4, before=NOW), "filler 4 as it was before 14:00:00 GMT"),
        (Offset(point=f"{FILLER4}/vibration", amount=-0.2), "0.2 mm/s lower"),
    ],
)  # fmt: skip
def test_a_change_is_said_in_words_whoever_made_it(change, words):
    """Exactly: nothing that was set is rounded."""
    assert words in change_words(change, riverside())


def test_many_changes_are_said_short():
    """The first four, and how many more."""
    changes = tuple(Speed(asset=FILLER4, factor=i / 10) for i in range(1, 8))
    words = scenario_words(Scenario(name="", line=LINE4, changes=changes, after_s=600), riverside())
    assert words.endswith("at 40 % of its speed and 3 more changes, all after 10 min")
    assert scenario_words(Scenario(name="", line=LINE4), riverside()) == "as it is"


async def test_a_setpoint_that_cannot_be_heard_is_not_moved():
    """By an amount, from what nobody knows."""
    found = await Box(Window(snapshot(down={"line4_plc": NOW - 10**9})))(
        "what_if",
        changes=[{"asset": "filler 4", "kind": "shift", "measurement": "bowl pressure",
                  "value": 0.1}],
    )  # fmt: skip
    assert found.status == "no_data"


def coming(kind):
    """Seconds from now to the next stop of a kind that the plant file plans on line 4."""
    stops = planned_stops(riverside(), LINE4, NOW, NOW + 12 * 3600 * SECOND)
    return next((s.start - NOW) / SECOND for s in stops if s.start >= NOW and s.reason == kind)


@pytest.mark.parametrize(
    ("said", "by"),
    [
        ({"value": 30}, lambda _: 1800),
        ({"value": -10}, lambda _: -600),
        ({"after": "17:00"}, lambda at: 3 * 3600 - at),
        ({}, lambda _: None),
    ],
)
def test_a_planned_stop_comes_at_another_time_or_never(said, by):
    """The next of its kind, by so much or to a time of day."""
    at = coming("break")
    found = understood(asset="line 4", kind="move_stop", product="break", **said)
    start = NOW + round(at * SECOND)
    assert found.change == StopMoved(line=LINE4, start=start, by_s=by(at))
    assert "planned for" in found.words


def test_a_stop_that_is_not_planned_is_not_moved():
    """It is said which are."""
    with pytest.raises(BadInput, match=r"No maintenance is planned on line 4 .* allowed: "):
        understood(asset="line 4", kind="move_stop", product="maintenance", value=30)
    with pytest.raises(BadInput, match="time of day"):
        understood(asset="line 4", kind="move_stop", product="break", after="soon")


def test_what_begins_at_a_time_of_day_begins_that_much_later():
    """At 14:00, 14:30 is in half an hour; from a start of the past it is counted from there."""
    assert understood(
        asset="filler 4", kind="stop", after="14:30", duration="10 min"
    ).change == Outage(asset=FILLER4, duration_s=600, after_s=1800)
    scene, said = (
        Scene(Window(), OPERATOR),
        ChangeSaid(asset="filler 4", kind="stop", after="13:30"),
    )
    found = understand_change(scene, said, NOW - 3600 * SECOND)
    assert found.change == Outage(asset=FILLER4, duration_s=900, after_s=1800)
    assert understood(asset="filler 4", kind="stop", after="14:00").change.after_s == 0


async def test_what_begins_later_is_looked_at_to_its_end():
    """Where no horizon is said, and not where one is."""
    late = {"asset": "filler 4", "kind": "stop", "duration": "10 min", "after": "15:00"}
    found = await Box()("what_if", changes=[late])
    assert "over the next 85 min" in found.evidence[0].statement
    found = await Box()("what_if", changes=[late], horizon="30 min")
    assert "over the next 30 min" in found.evidence[0].statement
