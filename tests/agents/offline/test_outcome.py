"""Whose value a what-if asks for, parted from what it changes."""

from functools import cache

import pytest

from agents.offline.outcome import outcome
from tests.agents.offline.test_followed import asked
from tests.tools.scenery import riverside
from twin_core.plant.names import Names


@cache
def names() -> Names:
    return Names(riverside())


@pytest.mark.parametrize(
    ("question", "asset", "measurement", "horizon"),
    [
        ("How high would the pressure of air header B be if we closed the cross-tie to 10 %?",
         "Air header B", "header pressure", ""),
        ("If compressor 2 had a load limit of 80 %, what would header B pressure be in 20 min?",
         "Air header B", "header pressure", "20 min"),
        ("cross-tie at 40 %, header B pressure", "Air header B", "header pressure", ""),
        ("Suppose compressor 2 has a load limit of 80 %. How high would header B pressure then be?",
         "Air header B", "header pressure", ""),
        ("filler 4 bowl pressure setpoint at 2.4 bar, what does the bowl pressure come to",
         "Filler 4", "filler bowl counter-pressure", ""),
        ("If the link between header A and header B went to 40 %, where would header B go?",
         "Air header B", "header pressure", ""),
        ("if we open the cross-tie to 40 % where is header B in 20 min", "Air header B",
         "header pressure", "20 min"),
    ],
)  # fmt: skip
def test_the_value_asked_is_parted_from_the_change(question, asset, measurement, horizon):
    """Whichever is said first."""
    found = outcome(question, names())
    assert found is not None
    assert (found.asset, found.measurement, found.horizon) == (asset, measurement, horizon)
    ((tool, said),) = asked(question)
    assert (tool, said["asset"], said["measurement"]) == ("what_if", asset, measurement)
    assert len(said["changes"]) == 1


def test_its_setpoint_is_that_of_what_is_asked():
    """Of the machine and the measurement named before."""
    found = outcome(
        "What would the bowl pressure of filler 2 be if its setpoint were 2.4 bar?", names()
    )
    assert found is not None
    assert "setpoint of Filler 2" in found.rest


@pytest.mark.parametrize(
    "question",
    ["What is the bowl pressure of filler 4?", "what if filler 2 runs at 450 bottles/min",
     "What would line 2 make if filler 2 ran at 450 bottles/min?",
     "bowl pressure of filler 4, line 4 at 10:00", "Why is the pressure of air header A 4.8 bar?"],
)  # fmt: skip
def test_a_value_as_of_now_or_a_rate_is_none(question):
    """They are asked as they always were."""
    assert outcome(question, names()) is None


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("rinser 2 to 430 b/min, effect on line 2?", 430),
        ("what if capper 3 at 460, line 3 output", 460),
    ],
)
def test_what_only_asks_what_comes_of_it_is_no_part_of_the_change(question, value):
    """Behind a change that stands alone."""
    ((tool, said),) = asked(question)
    (change,) = said["changes"]
    assert (tool, change["value"]) == ("what_if", value)


@pytest.mark.parametrize(
    ("question", "tool", "measurement"),
    [
        ("air header A and B, how far apart are they?", "latest_values", "header pressure"),
        ("Compare filler 1 and filler 2", "indicators", None),
        ("What are the pressures of header A and header B?", "latest_values", "pressure"),
    ],
)
def test_two_of_a_utility_are_compared_by_what_they_are_for(question, tool, measurement):
    """Where nothing is said to be measured; machines of lines by their indicators."""
    found = asked(question)
    assert [(name, given.get("measurement")) for name, given in found] == [(tool, measurement)] * 2
