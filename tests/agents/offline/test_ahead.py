"""Questions about what lies ahead: what fails, when a job costs least, what could run better."""

import pytest

from agents.offline.plan import calls
from agents.offline.reading import read_conversation
from agents.offline.wording import asked_back, word
from tests.tools.scenery import FILLER4, NOW, riverside
from tools.result import ToolResult
from twin_core.evidence import Evidence
from twin_core.plant.names import Names

TOOLS = frozenset({
    "likely_to_fail", "maintenance_window", "could_run_better", "failure_risk", "remaining_life",
    "work_orders", "propose", "find_cause", "search_documents", "find_remedies", "latest_values",
})  # fmt: skip
NAMES = Names(riverside())


def asked(*questions):
    (reading,) = read_conversation(questions, NAMES)
    (call,) = calls(reading, {}, TOOLS)
    return call.tool, call.arguments


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        ("What is likely to fail in the next shift?", "likely_to_fail",
         {"asset": "", "horizon": "next shift"}),
        ("What is likely to fail on line 4 in the next 8 h?", "likely_to_fail",
         {"asset": "Line 4", "horizon": "8 h"}),
        ("Is anything on line 3 about to fail?", "likely_to_fail", {"asset": "Line 3"}),
        ("How healthy is filler 4?", "likely_to_fail", {"asset": "Filler 4"}),
        ("How likely does filler 4 fail in the next 8 hours?", "failure_risk",
         {"asset": "Filler 4", "horizon": "8 hours"}),
        ("When should we service filler 4?", "maintenance_window", {"asset": "Filler 4"}),
        ("When is the best time to fix capper 4 for 20 min in the next 12 h?",
         "maintenance_window", {"asset": "Capper 4", "duration": "20 min", "horizon": "12 h"}),
        ("Which maintenance window costs least for packer 3 tonight?", "maintenance_window",
         {"asset": "Packer 3", "horizon": "tonight"}),
        ("Propose a maintenance window for packer 3", "propose",
         {"asset": "Packer 3", "window": "usual"}),
        ("What could run better on line 2?", "could_run_better", {"asset": "Line 2"}),
        ("What could run better?", "could_run_better", {"asset": ""}),
        ("When was filler 4 last serviced?", "work_orders", {"asset": "Filler 4"}),
        ("Why did the rate improve on line 4?", "find_cause", {"asset": "Line 4", "span": ""}),
    ],
)  # fmt: skip
def test_what_is_asked_is_asked_of_its_tool(question, tool, arguments):
    """With what was said and nothing else."""
    assert asked(question) == (tool, arguments)


def test_a_window_that_was_told_may_be_handed_in():
    """The same window: asset, length and time ahead are those of the question before."""
    tool, arguments = asked("When can we repair filler 4 for 30 minutes?", "Propose it.")
    assert tool == "propose"
    assert arguments == {"asset": "Filler 4", "window": "30 minutes"}


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("why did line 3 lose output yesterday", "yesterday"),
        ("why did line 3 stop this morning?", "this morning"),
        ("why was line 3 slow last night", "last night"),
        ("why did line 3 stop on Monday", "on Monday"),
    ],
)
def test_the_time_of_a_cause_is_handed_on_as_it_was_said(question, span):
    """None is dropped in silence."""
    assert asked(question) == ("find_cause", {"asset": "Line 3", "span": span})


@pytest.mark.parametrize(
    ("question", "when"),
    [
        ("why will line 3 stop tomorrow", "tomorrow"),
        ("why is line 4 going to be slow tonight?", "tonight"),
        ("how come line 4 will be slow next week", "next week"),
    ],
)
def test_what_has_not_happened_has_no_cause(question, when):
    """That is said in a sentence, and no tool is asked about now in its place."""
    (reading,) = read_conversation([question], NAMES)
    assert (reading.kind, calls(reading, {}, TOOLS)) == ("future", [])
    assert f"“{when}” is yet to come" in asked_back(reading)


def test_why_now_beside_what_comes_is_asked_of_now():
    """Only a cause that itself lies ahead has not happened."""
    assert asked("why is line 3 so slow tonight and will it stay so?")[0] == "find_cause"


def test_of_what_is_over_no_remedy_is_looked_for():
    """Nothing is to be done about it any more; its documents are read all the same."""
    (reading,) = read_conversation(["why did line 3 lose output yesterday"], NAMES)
    (looking,) = calls(reading, {}, TOOLS)
    cause = Evidence(
        kind="cause", subject=FILLER4, statement="It was fouled.", time=NOW,
        data={"failure_mode": "fouled", "name": "fouled", "class": "filler", "where": "filler 4"},
    )  # fmt: skip
    for over in (True, False):
        seen = Evidence(
            kind="indicator", subject=FILLER4, statement="s", time=NOW,
            data={"verdict": "cause", "over": over},
        )  # fmt: skip
        found = ToolResult(status="ok", text="t", evidence=(cause, seen))
        tools = [call.tool for call in calls(reading, {looking.key: found}, TOOLS)]
        assert ("find_remedies" in tools) is not over
        assert "search_documents" in tools


@pytest.mark.parametrize(
    "question",
    ["When can I fix filler 4?", "When can I fix the filler on line 4?",
     "when could somebody repair filler 4", "When does a job on filler 4 cost least?"],
)  # fmt: skip
def test_who_asks_when_a_job_may_be_done_asks_for_a_window(question):
    """Whoever is to do it, and however the machine is named."""
    assert asked(question) == ("maintenance_window", {"asset": "Filler 4"})


@pytest.mark.parametrize("name", ["tower", "flux capacitor"])
@pytest.mark.parametrize("asks", ["why is {} pressure low", "what is the {} pressure?"])
def test_a_value_of_what_there_is_not_is_said_to_be_of_nothing_here(asks, name):
    """Which line of ours is meant is not asked of what we do not have."""
    (reading,) = read_conversation([asks.format(name)], NAMES)
    assert f"nothing here called “{name}”" in asked_back(reading)


def test_an_instrument_that_is_not_believed_is_at_fault():
    """Whatever a diagnosis of the process says; and why it is not believed is told."""
    (reading,) = read_conversation(["Is the bowl pressure sensor on filler 4 broken?"], NAMES)
    value, _ = calls(reading, {}, TOOLS)
    held = Evidence(
        kind="reading", subject=FILLER4, statement="No value, quarantined: stuck.", time=NOW,
        data={"belief": "quarantined"},
    )  # fmt: skip
    answers = {value.key: ToolResult(status="no_data", text="t", evidence=(held,))}
    told = word([reading], answers, TOOLS)
    assert told.startswith("Yes, what it shows is not believed")
    assert "quarantined: stuck" in told


def test_what_to_do_after_a_diagnosis_is_what_can_be_done_there():
    """About what was diagnosed, with no name said again."""
    assert asked("why is line 4 slow?", "what should I do") == (
        "find_remedies",
        {"asset": "Line 4"},
    )


def test_a_value_whose_cause_is_asked_for_is_told_first():
    """As it is now, beside what it was; of a loss of output there is no such value."""
    (reading,) = read_conversation(["why is the bowl pressure on filler 4 low?"], NAMES)
    value, cause = calls(reading, {}, TOOLS)
    assert value.arguments == {"asset": "Filler 4", "measurement": "bowl pressure"}
    assert (value.tool, cause.tool) == ("latest_values", "find_cause")
    assert asked("why is the output of line 4 low?")[0] == "find_cause"


@pytest.mark.parametrize(
    ("sensor", "probability", "verdict", "first"),
    [
        (True, 0.8, "cause", "Yes, most likely an instrument"),
        (False, 0.8, "cause", "No, most likely it is not an instrument"),
        (True, 0.3, "cause", "Whether it is an instrument cannot be told"),
        (None, 0.0, "normal", "No: there is no sign of it"),
        (None, 0.0, "unclear", "Whether it is an instrument cannot be told"),
    ],
)
@pytest.mark.parametrize(
    "questions",
    [("why is line 4 slow?", "is it the sensor?"),
     ("why is line 4 slow?", "what should I do?", "could it be an instrument?"),
     ("Is the product temperature sensor on filler 4 broken?",)],
)  # fmt: skip
def test_whether_an_instrument_is_at_fault_is_answered_first(
    questions, sensor, probability, verdict, first
):
    """Yes, no, or that it cannot be told; then the diagnosis."""
    readings = read_conversation(questions, NAMES)
    looking = next(c for c in calls(readings[0], {}, TOOLS) if c.tool == "find_cause")
    seen = Evidence(
        kind="indicator", subject=FILLER4, statement="s", time=NOW, data={"verdict": verdict}
    )
    told = {"failure_mode": "x", "name": "x", "class": "filler", "where": "filler 4"}
    cause = Evidence(
        kind="cause", subject=FILLER4, statement="It drifts.", time=NOW,
        data={**told, "sensor": sensor, "probability": probability},
    )  # fmt: skip
    found = (cause, seen) if sensor is not None else (seen,)
    answers = {looking.key: ToolResult(status="ok", text="t", evidence=found)}
    assert word(readings, answers, TOOLS).startswith(first)


@pytest.mark.parametrize(
    ("question", "horizon"),
    [
        ("What is the bowl pressure of filler 2 going to be in 40 min?", "40 min"),
        ("bowl pressure filler 2 in 2 h", "2 h"),
        ("pressure header B in 25 min", "25 min"),
        ("where will the pressure of header A stand at 15:00", "at 15:00"),
        ("where will the torque of capper 1 be three minutes from now", "3 minutes"),
        ("torque of capper 3 in 45 minutes' time?", "45 minutes"),
        ("header B pressure, forecast 3 hours ahead", "3 hours"),
        ("How many bottles will line 2 make until 6 pm?", "until 6 pm"),
        ("how many cases can packer 4 do by the end of the shift", "the end of the shift"),
        ("bottles off line 3 from now until 17:00, what do you expect", "17:00"),
        ("How many pallets will line 1 make during the rest of this shift?", "this shift"),
        ("How many bottles will line 3 make today?", "today"),
        ("what will line 4 make in the hour ahead if all goes on like this?", "hour"),
    ],
)  # fmt: skip
def test_of_what_is_to_come_a_forecast_is_asked(question, horizon):
    """Whatever is measured or counted; it is never told of the past."""
    (reading,) = read_conversation([question], NAMES)
    assert (reading.kind, reading.horizon, reading.span) == ("what_if", horizon, "")
    assert not reading.unread


@pytest.mark.parametrize(
    ("question", "kind", "span"),
    [
        ("How many bottles did line 2 make in 40 min?", "made", "40 min"),
        ("How many bottles has line 1 made today?", "made", "today"),
        ("torque of capper 1 over the last 2 h", "trend", "over the last 2 h"),
        ("mean bowl pressure of filler 2 this shift", "trend", "this shift"),
    ],
)
def test_what_is_past_stays_past(question, kind, span):
    (reading,) = read_conversation([question], NAMES)
    assert (reading.kind, reading.span, reading.horizon) == (kind, span, "")


@pytest.mark.parametrize(
    "question",
    ["what if filler 3 stops in 30 minutes?", "if capper 2 stops 20 min from now, what then?"],
)
def test_when_a_change_begins_is_not_how_far_it_is_looked_ahead(question):
    (reading,) = read_conversation([question], NAMES)
    assert reading.horizon == "" or reading.changes[0].get("after")


def not_yet(ahead):
    told = Evidence(
        kind="source", subject=FILLER4, statement=f"“{ahead}” is yet to come.",
        data={"ahead": ahead}, time=NOW, quality="bad",
    )  # fmt: skip
    return ToolResult(status="no_data", text=told.statement, evidence=(told,))


@pytest.mark.parametrize(
    ("question", "then"),
    [
        ("product temperature of filler 4 at 4pm",
         ("what_if", {"measurement": "product temperature", "horizon": "at 16:00",
                      "line": "Filler 4", "asset": "Filler 4"})),
        ("where do you see the product temperature of filler 4 at four this afternoon",
         ("what_if", {"measurement": "product temperature", "horizon": "at 16:00",
                      "line": "Filler 4", "asset": "Filler 4"})),
        ("what was the product temperature of filler 4 at 4pm",
         ("trend", {"measurement": "product temperature", "asset": "Filler 4",
                    "span": "yesterday at 16:00"})),
    ],
)  # fmt: skip
def test_what_the_course_says_is_yet_to_come_is_forecast(question, then):
    """What was is looked for a day before; the first look is no part of the answer."""
    (reading,) = read_conversation([question], NAMES)
    (looking,) = calls(reading, {}, TOOLS)
    assert looking.tool == "trend"
    (call,) = calls(reading, {looking.key: not_yet("at 16:00")}, TOOLS)
    assert (call.tool, call.arguments) == then
