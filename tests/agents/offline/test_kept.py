"""What a machine keeps is what is meant where it is said to be low, high or falling."""

import pytest

from agents.offline.plan import calls
from agents.offline.reading import read
from agents.specialists import PLANNER
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))
STATION = Names(plant_of("pumping_station"))


@pytest.mark.parametrize(
    ("text", "names", "measurement"),
    [
        ("why is header A so low", NAMES, "header pressure"),
        ("tower dropping, why?", STATION, "level"),
        ("why is filler 4 slow", NAMES, ""),
    ],
)
def test_the_cause_of_a_low_thing_is_that_of_what_it_keeps(text, names, measurement):
    (found,) = read(text, names)
    assert (found.kind, found.measurement) == ("cause", measurement)


def test_a_name_is_no_word_of_the_plan():
    """The break tank has no break, and a machine that breaks takes none."""
    (found,) = read("has the break tank been rising over the past 30 min", STATION)
    assert found.kind == "trend"
    (found,) = read("when is the capper on line 3 going to break", NAMES)
    assert found.kind == "life"


def test_of_a_day_that_no_simulation_reaches_the_plan_is_told():
    (found,) = read("whats on line 3 this afternoon", NAMES)
    assert found.kind == "orders"
    (found,) = read("what will line 3 make tomorrow", NAMES)
    assert [call.tool for call in calls(found, {}, frozenset(PLANNER.tools))] == [
        "production_orders",
        "planned_times",
    ]
