"""Questions as people ask them, read by grammar, in two plants."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from agents.offline import grammar
from agents.offline.question import Reading
from agents.offline.reading import read, read_conversation
from api.plant_file import read_plant
from tests.tools.scenery import riverside
from tests.twin_core.plant_fixture import bakery
from twin_core.plant.names import Names

EVALS = Path(__file__).parents[3] / "evals"


@cache
def names() -> Names:
    return Names(riverside())


@cache
def northmill() -> Names:
    return Names(bakery())


def one(text: str) -> Reading:
    (found,) = read(text, names())
    return found


QUESTIONS = {
    "cause": [
        "What is the root cause of the throughput drop on line 4?",
        "Why is line 4 slow?",
        "why has line 4 dropped off",
        "What's wrong with line 4?",
        "whats wrong wiht line 4",
        "line 4 is down again, why?",
        "What is causing the loss on line 4",
        "Can you find out why L4 is losing bottles?",
        "diagnose line 4",
        "Please explain the drop in output on line 4",
        "line 4's slow - what's the reason?",
        "what happened to line 4",
        "Line 4 keeps stopping, what's going on?",
        "What went wrong on line 4 in the last 20 minutes?",
        "how come line 4 makes so little",
        "what is the problem with line 4?",
        "investigate line 4",
    ],
    "bottleneck": [
        "Where is the bottleneck on line 4?",
        "What is the bottleneck of line 4?",
        "Where would 5 % more speed help most on line 4?",
        "which machine limits line 4",
        "What is limiting line 4?",
        "if you had to name one machine that costs line 4 output, which is it",
        "bottleneck of line 4 over the next 2 hours?",
        "What is line 4 most sensitive to?",
    ],
    "state": [
        "How is line 4 doing?",
        "hows line 4",
        "status of line 4",
        "Is line 4 running?",
        "What is line 4 doing right now?",
        "line 4 status please",
        "tell me about line 4",
        "check line 4",
        "What state is line 4 in?",
        "is line 4 ok?",
        "line 4?",
        "How are things on line 4?",
    ],
    "value": [
        "What is line 4 making?",
        "whats line 4 making",
        "What is the current rate of line 4?",
        "How fast is line 4 running?",
        "how many bottles is line 4 making now",
        "throughput of line 4?",
        "What's the output of line 4 at the moment",
        "production rate line 4",
    ],
    "details": [
        "metadata of line 4",
        "Get the details for line 4",
        "asset details line 4 please",
        "What do we know about line 4?",
        "describe line 4",
    ],
    "data": [
        "Download all sensor data of line 4 from June 2024",
        "Get the raw data of line 4 for the last 24 h",
        "export the telemetry of line 4, last 8 hours",
        "Retrieve historical data for line 4 from the first week of May 2024",
    ],
    "trend": [
        "Show me the throughput of line 4 over the last hour",
        "How has the rate of line 4 changed in the last 45 min?",
        "trend of line 4 output last 2 hours",
        "plot line 4 rate since 13:00",
        "graph the output of line 4 for the last 30 minutes",
        "How did the throughput on line 4 develop today?",
        "history of line 4's rate, last 3h",
        "rate of line 4 between 13:00 and 13:30",
    ],
    "indicators": [
        "What is the OEE of line 4?",
        "oee line 4",
        "How is line 4's availability?",
        "KPIs for line 4",
        "What's the performance of line 4 this shift?",
        "Give me the indicators of line 4",
        "how much downtime does line 4 have",
        "How efficient is line 4?",
    ],
    "alarms": [
        "Any alarms on line 4?",
        "Which alarms are active on line 4",
        "list the incidents on line 4",
        "are there any open incidents on line 4?",
        "show alarms line 4",
        "Is anything wrong on line 4? any alerts?",
        "what warnings do we have on line 4",
    ],
    "what_if": [
        "What will line 4 make in the next 30 min?",
        "forecast line 4 for the next hour",
        "What output can we expect from line 4 over the next 20 minutes?",
        "predict the rate of line 4",
        "simulate line 4 for the next 15 min",
    ],
    "schedule": [
        "Can you find a better order of the jobs on line 4?",
        "what is the best schedule for line 4 tonight?",
        "In what order should line 4 make its orders?",
        "reschedule line 4",
        "is there a better sequence of the orders on line 4",
        "can we get by with fewer changeovers on line 4",
    ],
    "orders": [
        "Which orders of line 4 will be late?",
        "show the production plan of line 4",
        "when is line 4 done with its present order",
    ],
    "remedies": [
        "What should we do about line 4?",
        "what can we do to fix line 4",
        "How do we fix line 4?",
        "What are our options on line 4?",
        "what do you recommend for line 4",
        "suggest a remedy for line 4",
        "How can we get line 4 back to speed?",
        "what could be done about line 4",
    ],
    "propose": [
        "Propose the best remedy for line 4",
        "propose a fix for line 4",
        "please hand in the best remedy for line 4",
        "make a proposal for line 4",
        "Raise a work order for line 4",
        "submit a proposal to fix line 4",
    ],
    "quality": [
        "what quality will this lot on line 4 have?",
        "Will the lot on line 4 be good?",
        "quality of the lot on line 4 in the next hour",
    ],
    "model_error": [
        "How far is the model off on line 4, and how is it corrected?",
        "how good are the forecasts of line 4",
        "how accurate are forecasts for line 4?",
        "forecast error line 4",
    ],
    "recurring": [
        "What keeps coming back on line 4?",
        "Has this happened before on line 4?",
        "how many times did line 4 have this",
    ],
    "work_orders": [
        "Any work orders on line 4?",
        "What is maintenance doing on line 4?",
        "which jobs does the crew have on line 4",
        "list open work orders for line 4",
        "Did the crew find anything on line 4?",
    ],
}


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, q) for kind, all_of in QUESTIONS.items() for q in all_of]
)
def test_a_question_of_each_kind_is_understood_however_it_is_worded(kind, question):
    """The kind, and line 4."""
    found = one(question)
    assert found.kind == kind
    assert found.paths == ("riverside/packaging/line4",)


WITHOUT_ASSET = {
    "assets": [
        "What sites are there?",
        "which sites are available",
        "list all the assets",
        "What assets do we have?",
        "which machines are there?",
    ],
    "state": ["How is the plant doing?", "overview please", "How are things?", "status"],
    "alarms": ["any alarms?", "What incidents are open?", "show me all alerts", "anything wrong?"],
    "documents": [
        "What does the manual say about low bowl pressure?",
        "How do I clean the labeller?",
        "procedure for changing the bowl seal",
        "search the documents for foaming",
        "is there an instruction for CIP?",
        "look up torque adjustment in the handbook",
    ],
    "proposals": [
        "What is waiting for approval?",
        "Which proposals are pending?",
        "status of p-7k3m9q2x",
        "Has p-7k3m9q2x been approved?",
        "list my proposals",
        "what became of proposal p-7k3m9q2x",
    ],
    "work_orders": [
        "What is the crew doing?",
        "open work orders",
        "any maintenance jobs?",
        "what is on the maintenance schedule",
    ],
    "picking": [
        "which picking strategy is best for today's orders?",
        "batch picking or zone picking?",
        "how should we pick the orders today",
        "is wave picking better",
    ],
    "slotting": [
        "where should the goods lie?",
        "how should we slot the warehouse",
        "is a better slotting possible?",
    ],
    "replenishing": [
        "when should we replenish?",
        "are the replenishment rules any good",
        "when should goods be fetched from reserve",
    ],
    "rebalancing": [
        "how should stock be rebalanced?",
        "is anything in the wrong warehouse",
        "what should move between the warehouses",
    ],
    "schedule": [
        "what is the best schedule for tonight?",
        "find a better order of the jobs",
    ],
    "orders": ["will all orders be in time?"],
    "help": ["What can you do?", "help", "who are you?", "What can I ask you?"],
    "greeting": ["hello", "Good morning!", "thanks"],
    "decide": [
        "approve p-7k3m9q2x",
        "please reject the proposal",
        "start the filler on line 2",
        "Stop line 4",
        "acknowledge all alarms on line 4",
    ],
    "unclear": ["What is the capital of France?", "tell me a joke", "asdf qwer", "🙂", "!!!"],
}


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, q) for kind, all_of in WITHOUT_ASSET.items() for q in all_of]
)
def test_a_question_without_an_asset_is_understood_too(kind, question):
    """Or plainly not understood."""
    assert one(question).kind == kind


@pytest.mark.parametrize(
    ("question", "measurement", "path"),
    [
        ("What is the bowl pressure on line 3?", "bowl pressure", "packaging/line3"),
        ("how high is the product temperature at filler 2", "product temperature",
         "packaging/line2/filler"),
        ("current torque of the capper on line 1", "torque", "packaging/line1/capper"),
        ("pressure of header A now?", "pressure", "utilities/air/header_a"),
        ("what's the vibration of the filler on 4", "vibration", "packaging/line4/filler"),
    ],
)  # fmt: skip
def test_a_value_is_asked_by_what_is_measured(question, measurement, path):
    """Measurement and asset."""
    found = one(question)
    assert found.kind == "value"
    assert found.measurement == measurement
    assert found.paths == (f"riverside/{path}",)


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("trend of the bowl pressure of filler 4 over the last 20 min", "over the last 20 min"),
        ("how has the product temperature on line 4 changed since 13:00?", "since 13:00"),
        ("motor current of capper 3, last 2 hours", "last 2 hours"),
    ],
)
def test_a_trend_has_a_span(question, span):
    """As it was said."""
    found = one(question)
    assert found.kind == "trend"
    assert found.span == span


@pytest.mark.parametrize(
    ("question", "changes"),
    [
        (
            "What if compressor 1 stops for 20 min?",
            [{"asset": "Compressor 1", "kind": "stop", "duration": "20 min"}],
        ),
        (
            "what happens if the filler on line 4 fails?",
            [{"asset": "Filler 4", "kind": "stop", "duration": ""}],
        ),
        (
            "what if filler 4 ran 10% slower",
            [{"asset": "Filler 4", "kind": "speed", "value": 90.0}],
        ),
        (
            "What would happen if we run the packer on line 2 at 80 %?",
            [{"asset": "Packer 2", "kind": "speed", "value": 80.0}],
        ),
        (
            "suppose we raise the bowl pressure setpoint of filler 4 to 2.4 bar",
            [{"asset": "Filler 4", "kind": "set", "measurement": "bowl pressure", "value": 2.4}],
        ),
        (
            "what happens with the bowl pressure setting of filler 4 at 2.4 bar",
            [{"asset": "Filler 4", "kind": "set", "measurement": "bowl pressure", "value": 2.4}],
        ),
        (
            "suppose they lower the torque of capper 2 to 2.1 Nm",
            [{"asset": "Capper 2", "kind": "set", "measurement": "torque", "value": 2.1}],
        ),
        (
            "the planner wants more, what would we get with filler 1 at a speed of 500",
            [{"asset": "Filler 1", "kind": "set", "measurement": "speed", "value": 500.0}],
        ),
        (
            "simulate the chiller at 70 percent",
            [{"asset": "Chiller", "kind": "capacity", "value": 70.0}],
        ),
        (
            "what if the labeller on line 1 rejects 5 % more",
            [{"asset": "Labeller 1", "kind": "rejects_share", "value": 105.0}],
        ),
    ],
)
def test_a_change_is_read_with_its_number(question, changes):
    """Asset, kind and value; nothing is filled in that was not said."""
    found = one(question)
    assert found.kind == "what_if"
    made = [
        {**c, "measurement": c["measurement"].removesuffix(" setpoint")}
        if "measurement" in c
        else c
        for c in found.changes
    ]
    assert made == changes


def test_options_are_compared():
    """Each with its own change, on the line named."""
    found = one("Which is better on line 4: the filler at 90 % or the capper at 80 %?")
    assert found.kind == "compare"
    assert [o["asset"] for o in found.options] == ["Filler 4", "Capper 4"]
    assert found.paths[0].startswith("riverside/packaging/line4")


@pytest.mark.parametrize("question", ["compare line 1 and line 3", "line 1 vs line 3",
                                      "difference between line 1 and 3?"])  # fmt: skip
def test_lines_are_compared(question):
    """Both are named."""
    found = one(question)
    assert found.kind == "compare"
    assert found.assets == ("Line 1", "Line 3")


@pytest.mark.parametrize(
    ("question", "assets"),
    [
        ("oee of line 2 vs line 4 since 07:00", ("Line 2", "Line 4")),
        ("fillers one and three: how do they compare", ("Filler 1", "Filler 3")),
        ("speed capper 2 vs 4", ("Capper 2", "Capper 4")),
        ("downtime of packer 1 next to packer two in the past shift", ("Packer 1", "Packer 2")),
        ("scrap of filler 1 against filler 4 over the last 2 h", ("Filler 1", "Filler 4")),
    ],
)
def test_what_is_set_against_each_other_is_compared(question, assets):
    """By whatever it is compared, and over any time; no change is sought in it."""
    found = one(question)
    assert (found.kind, found.assets) == ("compare", assets)
    assert (found.unread, found.changes, found.options) == ("", (), ())


def test_a_set_point_is_meant_by_what_it_sets():
    """Of several measurements of that name the one that people set."""
    plants = Path(__file__).parents[3] / "plants"
    station = Names(read_plant(plants / "pumping_station.yaml"))
    (found,) = read("what if the pressure of pump 2 is set to 5.2 bar", station)
    assert [c["measurement"] for c in found.changes] == ["main pressure setpoint"]
    (found,) = read("what if the suction pressure of pump 2 is set to 5.2 bar", station)
    assert found.unread


@pytest.mark.parametrize(
    ("talk", "kind", "assets"),
    [
        (["why is line 4 slow?", "and line 2?"], "cause", ("Line 2",)),
        (["why is line 4 slow?", "what about line 2"], "cause", ("Line 2",)),
        (["why is line 4 slow?", "propose it"], "propose", ("Line 4",)),
        (["why is line 4 slow?", "ok, do it"], "propose", ("Line 4",)),
        (["why is line 4 slow?", "what should we do?"], "remedies", ("Line 4",)),
        (["why is line 4 slow?", "what can be done about it", "go ahead"], "propose", ("Line 4",)),
        (["how is line 4?", "why?"], "cause", ("Line 4",)),
        (["how is line 4?", "why is it so slow?"], "cause", ("Line 4",)),
        (["how is line 4?", "and its OEE?"], "indicators", ("Line 4",)),
        (["what is the OEE of line 1", "line 3?"], "indicators", ("Line 3",)),
        (["how is line 4?", "and the filler?"], "state", ("Filler 4",)),
        (["how is the filler?", "line 2"], "state", ("Filler 2",)),
        (["how is the filler?", "the one on line 3"], "state", ("Filler 3",)),
        (["why is it slow?", "line 4"], "cause", ("Line 4",)),
        (["propose the best remedy for line 4", "and line 2?"], "cause", ("Line 2",)),
        (["what if filler 4 stops for 10 min?", "and for line 2?"], "what_if", ("Line 2",)),
        (["rate of line 4 over the last hour", "and line 1?"], "trend", ("Line 1",)),
        (["hello", "how is line 4?"], "state", ("Line 4",)),
        (["what is the root cause on line 4?", "and line 2?"], "cause", ("Line 2",)),
    ],
)
def test_a_follow_up_is_read_in_the_light_of_what_went_before(talk, kind, assets):
    """The same question of another asset, or another question of the same."""
    (found,) = read_conversation(talk, names())
    assert found.kind == kind
    assert found.assets == assets


def test_a_follow_up_keeps_the_span_of_a_trend():
    """“And line 1?” over the same hour."""
    (found,) = read_conversation(["rate of line 4 over the last hour", "and line 1?"], names())
    assert found.span == "over the last hour"
    (found,) = read_conversation(
        ["bowl pressure of filler 4 over the last hour", "and the last 2 hours?"], names()
    )
    assert found.kind == "trend"
    assert found.measurement == "bowl pressure"
    assert found.span == "the last 2 hours"


def test_a_what_if_moves_to_the_like_machine_of_another_line():
    """The filler of line 2, for as long."""
    (found,) = read_conversation(["what if filler 4 stops for 10 min?", "and on line 2?"], names())
    assert found.changes == ({"asset": "Filler 2", "kind": "stop", "duration": "10 min"},)


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        ("how is the filler?", ("Filler 1", "Filler 2", "Filler 3", "Filler 4")),
        ("why is the compressor slow?", ("Compressor 1", "Compressor 2")),
        ("why is it slow?", ("Line 1", "Line 2", "Line 3", "Line 4")),
        ("what's the OEE?", ("Line 1", "Line 2", "Line 3", "Line 4")),
        ("propose the best remedy", ("Line 1", "Line 2", "Line 3", "Line 4")),
    ],
)
def test_two_readings_are_asked_back(question, choices):
    """Nothing is guessed."""
    assert one(question).choices == choices


@pytest.mark.parametrize("question", ["why is line 9 slow?", "OEE of line 7", "how is filler 12?"])
def test_a_false_premise_is_noticed(question):
    """With names that exist."""
    found = one(question)
    assert found.unknown
    assert found.nearest


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How is line 2? Any alarms there?", ["state", "alarms"]),
        ("What is the OEE on line 1 and are there alarms?", ["indicators", "alarms"]),
        ("Why is line 4 slow and what should we do about it?", ["cause"]),
        ("What is the root cause on line 4? Propose the best remedy.", ["cause"]),
    ],
)
def test_two_questions_in_one_message_are_two(question, kinds):
    """Unless the answer to one holds the other."""
    assert [r.kind for r in read(question, names())] == kinds


def test_a_root_cause_asks_for_the_proposal_too_a_why_does_not():
    """Handing in is asked for."""
    assert one("What is the root cause of the drop on line 4?").root
    assert not one("Why is line 4 slow?").root
    talk = ["What is the root cause of the drop on line 4?", "and line 2?"]
    assert not read_conversation(talk, names())[0].root
    assert read("Why is line 4 slow? Propose the best remedy.", names())[0].root


@pytest.mark.parametrize(
    ("question", "kind", "asset"),
    [
        ("Why is the toast line slow?", "cause", "Toast line"),
        ("what is the root cause of the loss on T1", "cause", "Toast line"),
        ("how hot is the oven?", "value", "Oven 1"),
        ("what's the baking heat of the oven", "value", "Oven 1"),
        ("how many loaves is the toast line making", "value", "Toast line"),
        ("what if the slicer stops for 5 minutes", "what_if", "Slicer"),
        ("propose the best remedy for the toast line", "propose", "Toast line"),
    ],
)
def test_another_plants_questions_are_read_by_the_same_grammar(question, kind, asset):
    """The vocabulary is the plant file's."""
    (found,) = read(question, northmill())
    assert found.kind == kind
    assert asset in {*found.assets, *(c["asset"] for c in found.changes)}


def test_more_speed_is_read_with_the_number_that_was_said():
    """Of a line, or of that of a machine."""
    assert one("Where would 5 % more speed help most on line 4?").faster == "5"
    assert one("What is the bottleneck of line 4?").faster == ""
    assert one("Where would speed help most?").choices


def test_every_complaint_of_the_catalogue_is_read_as_one_about_its_line():
    """A cause is asked for, of the line or of a machine on it, and perhaps its bottleneck."""
    cases = yaml.safe_load((EVALS / "faults.yaml").read_text())["cases"]
    assert len(cases) >= 24
    for case in cases:
        *others, found = read(case["complaint"], names())
        assert {r.kind for r in others} <= {"bottleneck"}, case["complaint"]
        assert found.kind == "cause", case["complaint"]
        assert len(found.paths) == 1, case["complaint"]
        assert found.paths[0].startswith(f"riverside/{case['line']}"), case["complaint"]


@pytest.mark.parametrize("question", ["", " ", "?", "line", "and", "it", "p-", "a" * 4000, "1 2 3"])
def test_anything_is_read_without_an_error(question):
    """Some reading, always."""
    assert read(question, names())


@pytest.mark.parametrize(
    ("question", "at", "span"),
    [
        ("Why was line 3 slow at 10:00?", "10:00", ""),
        ("What was wrong with line 3 yesterday at 14:20?", "yesterday at 14:20", ""),
        ("Why did line 3 stop 2 h ago?", "2 h ago", ""),
        ("Why is line 3 slow since 13:00?", "", "since 13:00"),
        ("Why was line 3 slow between 10:00 and 10:30?", "", "between 10:00 and 10:30"),
        ("Why is line 3 slow?", "", ""),
    ],
)
def test_a_cause_may_be_asked_of_a_moment_of_the_past(question, at, span):
    """A span stays a span."""
    found = one(question)
    assert (found.kind, found.assets, found.at, found.span) == ("cause", ("Line 3",), at, span)


def test_another_line_is_asked_about_at_the_same_moment():
    """Until another time is said."""
    (found,) = read_conversation(["Why was line 3 slow at 10:00?", "and line 2?"], names())
    assert (found.assets, found.at) == (("Line 2",), "10:00")
    (found,) = read_conversation(["Why was line 3 slow at 10:00?", "and at 11:00?"], names())
    assert (found.assets, found.at) == (("Line 3",), "11:00")


def test_the_cause_of_an_incident_needs_no_asset():
    """Its id is enough; to be shown it is another question."""
    found = one("What was the cause of in-1a2b3c4d?")
    assert (found.kind, found.incident, found.choices) == ("cause", "in-1a2b3c4d", ())
    assert one("show in-1a2b3c4d").kind == "alarms"


@pytest.mark.parametrize(
    "text", ["that was us, reel change", "I cleared the jam", "no, it was the glue again"]
)
def test_what_somebody_reports_is_no_question(text):
    """It is told where reports go."""
    assert one(text).kind == "report"


@pytest.mark.parametrize(
    ("slip", "question"),
    [
        ("how mcuh did lien 2 make sinse 07:00", "how much did line 2 make since 07:00"),
        ("wich machine is the botleneck of line 3", "which machine is the bottleneck of line 3"),
        ("pressure on haeder A over the lsat 20 mintues",
         "pressure on header A over the last 20 minutes"),
        ("alarms on line 1 this shfit", "alarms on line 1 this shift"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_changes_nothing(slip, question):
    """Neither what is asked, nor of what, nor of which time."""
    told = [(r.kind, r.paths, r.span, r.unknown) for r in read(slip, names())]
    assert told == [(r.kind, r.paths, r.span, r.unknown) for r in read(question, names())]


@pytest.mark.parametrize("word", ["haven't", "undecided", "shouting", "shaft", "truck"])
def test_another_word_is_no_slip(word):
    """One is only put right where nothing else can be meant."""
    assert grammar.respelled(word, lambda _: "") == word


def test_who_let_a_job_through_is_told_by_the_proposals():
    """In whatever words; nothing is handed in."""
    for question in (
        "who waved the gasket change of filler 2 through",
        "whose okay is behind the order for packer 3's chain",
        "was the job on capper 4 released by somebody, and by whom",
    ):
        (reading,) = read(question, names())
        assert reading.kind == "proposals", question


def test_a_line_may_be_only_a_number():
    """Where it stands alone behind “on”; a number that goes on is an amount."""
    assert one("when is the break on 2?").assets == ("Line 2",)
    assert one("what limits us on 4 today").assets == ("Line 4",)
    assert "Line 2" not in one("how many people are on 2 pumps").assets


def test_a_value_is_not_told_where_something_else_is_likelier_asked():
    """Nothing sure beside a measurement: it is asked back."""
    (reading,) = read("we must somehow bring the pressure of header B up to scratch", names())
    assert reading.kind != "value"
