"""What of the plan is asked for: stops by their reason, shifts, orders and their lines."""

import pytest

from agents.offline.reading import read
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))


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
        ("which orders are due on line 3", "orders"),
    ],
)
def test_the_part_of_the_plan_that_is_meant_is_asked_for(text, what):
    (found,) = read(text, NAMES)
    assert (found.kind, found.query or "stops") == ("planned", what)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("po-4101 done by 22:00?", "line1"),
        ("is order 4105 late?", "line2"),
        ("will po 4101 on line 1 make it for 22:00", "line1"),
    ],
)
def test_an_order_tells_the_line_that_it_is_on(text, line):
    (found,) = read(text, NAMES)
    assert (found.kind, found.paths) == ("schedule", (f"riverside/packaging/{line}",))


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
    ],
)
def test_the_sequence_and_who_is_late_are_the_schedule_s(text):
    assert [found.kind for found in read(text, NAMES)] == ["schedule"]
