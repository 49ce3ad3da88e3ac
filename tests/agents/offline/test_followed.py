"""Questions that go back to the one before, and those of the plan: read as a person means them."""

from functools import cache

import pytest

from agents.offline import calendar
from agents.offline.grammar import normal
from agents.offline.plan import calls
from agents.offline.reading import read_conversation
from agents.offline.shared_unit import with_units
from tests.tools.scenery import riverside
from twin_core.plant.names import Names


@cache
def names() -> Names:
    return Names(riverside())


def asked(*talk):
    (reading,) = read_conversation(talk, names())
    return [(call.tool, call.arguments) for call in calls(reading, {}, frozenset())]


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("When is the break on line 2?", "break"),
        ("what time does line 1 have its next changeover", "changeover"),
        ("How long is the cleaning on line 4?", "cleaning"),
        ("Are there any planned stops on line 3 tonight?", "stops"),
        ("Which breaks are there tomorrow?", "break"),
        ("when does the shift end", "shift"),
        ("what shift is on?", "shift"),
        ("Which orders are planned on line 1?", "orders"),
        ("when is order po-4104 due", "orders"),
        ("what if line 1 has its break an hour later", ""),
        ("why did line 2 stop after the break", ""),
        ("is anything about to break on line 3?", ""),
        ("when will the capper break down", ""),
        ("can we get by with fewer changeovers", ""),
        ("how do i start the cleaning", ""),
        ("any work orders on line 2", ""),
        ("any trouble during the changeover?", ""),
    ],
)
def test_what_of_the_plan_is_asked(question, what):
    """A stop, a shift, an order; never what is supposed, done or to be bettered."""
    assert calendar.asked(normal(question)) == what


def test_the_same_of_another_line_is_asked_of_the_plan_again():
    """With the kind of stop that was asked about."""
    before = "When is the cleaning on line 1 today?"
    told = {"line": "Line 2", "what": "cleaning", "span": "today"}
    assert asked(before, "and on line 2?") == [("planned_times", told)]


def test_there_means_the_like_machine():
    """Of a machine the one of its kind; of a line the line."""
    value = "What is the vibration of filler 2?"
    ((tool, said),) = asked(value, "And on line 3?")
    assert (tool, said["asset"]) == ("latest_values", "Filler 3")
    assert asked("How is line 2?", "and line 3?") == [("asset_state", {"asset": "Line 3"})]


@pytest.mark.parametrize(
    ("before", "question", "measurement"),
    [
        (
            "What is the bowl pressure of filler 2?",
            "and what is it set to?",
            "bowl pressure setpoint",
        ),
        ("How fast is capper 3?", "What is it set to?", "speed setpoint"),
    ],
)
def test_what_it_is_set_to_is_the_setpoint_of_what_was_measured(before, question, measurement):
    """In one question or two."""
    ((tool, said),) = asked(before, question)
    assert (tool, said["measurement"]) == ("latest_values", measurement)


@pytest.mark.parametrize(
    "question",
    [
        "Why not compressor 1?",
        "what speaks against compressor 1",
        "why did you exclude compressor 1?",
    ],
)
def test_why_something_is_not_the_cause_is_asked_of_what_was_told(question):
    """Without a cause that was told it is no such question."""
    told = {"asset": "Line 3", "suspect": "Compressor 1"}
    assert asked("Why is line 3 slow?", question) == [("ruled_out", told)]
    assert all(tool != "ruled_out" for tool, _ in asked("How is line 3?", question))


def test_since_when_is_of_what_was_told():
    """A cause its onset, a value its course."""
    assert asked("Why is line 3 slow?", "Since when?")[0][0] == "find_cause"
    ((tool, said),) = asked("What is the vibration of filler 2?", "how long has it been like that")
    assert (tool, said["asset"], said["measurement"]) == ("trend", "Filler 2", "vibration")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("capper 3 at 480 or 520 bottles/min", "capper 3 at 480 bottles/min or 520 bottles/min"),
        ("stop it for 10 or 30 min", "stop it for 10 min or 30 min"),
        ("fillers 1 and 3 at 90 %", "fillers 1 and 3 at 90 %"),
        ("filler 1 at 90 % or 400 bottles/min", "filler 1 at 90 % or 400 bottles/min"),
        ("lines 1 and 2", "lines 1 and 2"),
    ],
)
def test_a_unit_said_once_is_of_each_number(said, written):
    """Never of the number of a name, nor of one that has its own."""
    assert with_units(said, names()) == written


@pytest.mark.parametrize(
    "question",
    [
        "Compare filler 2 at 450 and at 520 bottles per minute",
        "Which is better for line 2: filler 2 at 450 or 520 bottles/min?",
        "compare filler 2 at 450 bottles/min with 520 bottles/min",
    ],
)
def test_two_speeds_of_one_machine_are_two_options(question):
    """In the machine's own unit."""
    ((tool, said),) = asked(question)
    assert tool == "compare_options"
    assert [option["value"] for option in said["options"]] == [450.0, 520.0]
    assert {option["asset"] for option in said["options"]} == {"Filler 2"}


@pytest.mark.parametrize(
    ("question", "asset"),
    [
        ("Is there anything amiss with capper 3?", "Capper 3"),
        ("any trouble on line 2?", "Line 2"),
        ("does labeller 4 need a fitter", "Labeller 4"),
    ],
)
def test_whether_anything_is_wrong_is_answered_by_cause_and_alarms(question, asset):
    """Of a line or machine; who asks for alarms or a time that is past is told alarms alone."""
    assert [tool for tool, _ in asked(question)] == ["find_cause", "alarms"]
    assert all(said["asset"] == asset for _, said in asked(question))
    assert asked("any trouble on line 2 yesterday?")[0][0] == "alarms"
    assert asked("is anything wrong on line 3, any warnings?")[0][0] == "alarms"


def test_which_of_a_kind_is_asked_of_all_of_them():
    """What follows says which, where it does; nothing is asked back."""
    told = [said["asset"] for _, said in asked("which rinser is broken?")]
    assert told == ["Rinser 1", "Rinser 2", "Rinser 3", "Rinser 4"]


@pytest.mark.parametrize(
    "question",
    [
        "Which has produced more in the last hour, line 1 or line 2?",
        "line 1 vs line 2, bottles last hour",
    ],
)
def test_which_made_more_is_told_by_what_each_made(question):
    """Not by how fast they were."""
    assert [(t, s["asset"]) for t, s in asked(question)] == [("made", "Line 1"), ("made", "Line 2")]


def test_how_long_a_changeover_takes_is_asked_with_both_products():
    """As they were said."""
    ((tool, said),) = asked("How long is the changeover from lemonade to water on line 3?")
    assert (tool, said["before"], said["after"]) == ("planned_times", "lemonade", "water")


def test_what_a_manual_says_is_looked_up_with_the_trouble_told_before():
    """A statement beside the question says what it is about."""
    ((tool, said),) = asked("Capper 3 drops caps. What does the handbook say?")
    assert tool == "search_documents"
    assert "drops caps" in said["query"]


def test_a_doubted_instrument_is_named_to_the_diagnosis():
    """So that its own fault comes before what else is wrong there."""
    calls_ = dict(asked("Can the vibration of filler 2 be trusted?"))
    assert calls_["find_cause"]["measurement"] == "vibration"
