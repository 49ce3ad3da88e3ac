"""What of the plan is asked for: stops by their reason, shifts, orders and their lines."""

import pytest

from agents.offline.plan import calls
from agents.offline.reading import read
from agents.specialists import PLANNER
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))
TOOLS = frozenset(PLANNER.tools)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("When is the next planned cleaning of line 2?", "cleaning"),
        ("I'd need to know when the next clean on L2 is in the plan.", "cleaning"),
        ("wen is next planned change over at line 3 please", "changeover"),
        ("when is L3 due for its next change of product", "changeover"),
        ("what time do earlies finish?", "shift"),
        ("until when goes the early shift?", "shift"),
        ("I need the end time of the early shift.", "shift"),
        ("when do they get their break on line 2 this morning", "break"),
        ("what standstills are on the plan for line four for the rest of the shift", "stops"),
        ("When is the next planned stop on line 1?", "stops"),
        ("what time do we swap formats on line 2 next", "changeover"),
        ("next c/o on line 1, when?", "changeover"),
        ("what is scheduled on line 3 after lunch", "stops"),
    ],
)
def test_the_part_of_the_plan_that_is_meant_is_asked_for(text, what):
    (found,) = read(text, NAMES)
    assert (found.kind, found.query or "stops") == ("planned", what)


@pytest.mark.parametrize(
    ("text", "line", "order"),
    [
        ("po-4101 done by 22:00?", "line1", "po-4101"),
        ("is order 4105 late?", "line2", "po-4105"),
        ("will po 4101 on line 1 make it for 22:00", "line1", "po-4101"),
        ("any chance we miss 2 pm with order 4103", "line1", "po-4103"),
    ],
)
def test_an_order_tells_the_line_that_it_is_on(text, line, order):
    (found,) = read(text, NAMES)
    assert (found.kind, found.query) == ("orders", order)
    assert found.paths == (f"riverside/packaging/{line}",)


@pytest.mark.parametrize(
    "text",
    [
        "which prod orders won't be finished on time?",
        "I want to see which order comes after which on line 3.",
        "are any of the orders going to miss their deadline",
        "which order follows the present one on line 2",
        "what's the next order on line 2",
        "what will line 2 make next",
        "Which product comes next on line 2?",
        "which orders are due on line 3",
        "when is line 2 through with the order it is on",
        "production programme for line 2 please",
        "what have they put down for line 4 for tomorrow",
    ],
)
def test_what_is_made_when_and_what_is_late_are_the_orders(text):
    assert [found.kind for found in read(text, NAMES)] == ["orders"]


@pytest.mark.parametrize(
    "text",
    [
        "is there a smarter sequence for the jobs of line 2",
        "what is the best schedule for tonight?",
        "can line 3 get by with fewer changeovers",
    ],
)
def test_a_better_order_of_the_jobs_is_the_schedule_s(text):
    assert [found.kind for found in read(text, NAMES)] == ["schedule"]


def test_of_a_stretch_of_time_orders_and_stops_are_told():
    """Whether one asks for the orders or for what is planned; of an hour the orders alone."""
    for text in ("what is planned on line 2 this afternoon", "line 2 production plan tomorrow"):
        (found,) = read(text, NAMES)
        assert [call.tool for call in calls(found, {}, TOOLS)] == [
            "production_orders",
            "planned_times",
        ]
    (found,) = read("is the order on line 2 done by 22:00", NAMES)
    assert [call.tool for call in calls(found, {}, TOOLS)] == ["production_orders"]
