"""What kind of question it is, as five very different people would ask it."""

from functools import cache
from pathlib import Path

import pytest

from agents.offline.openings import with_openings
from agents.offline.plan import calls
from agents.offline.question import Reading
from agents.offline.reading import read
from agents.offline.remark import asking
from agents.specialists import DIAGNOSTICIAN
from api.plant_file import read_plant
from tests.agents.offline.test_reading import northmill, one
from tools.result import ToolResult
from twin_core.evidence import Evidence
from twin_core.plant.names import Names

PACKAGING = "riverside/packaging"
TOOLS = frozenset(DIAGNOSTICIAN.tools)


@cache
def station() -> Names:
    return Names(read_plant(Path(__file__).parents[3] / "plants" / "pumping_station.yaml"))


def pumped(text: str) -> Reading:
    (found,) = read(text, station())
    return found


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("which machine holds line 3 back?", "bottleneck"),
        ("what's holding line 2 up just now", "cause"),
        ("whats slowing line 1", "cause"),
        ("who's throttling line 4 at the moment", "bottleneck"),
        ("if you had to put your money on one machine that keeps line 1 down, which", "bottleneck"),
        ("line 2 ought to give more, on which of its machines does it hang", "bottleneck"),
        ("why is line 3 slow?", "cause"),
        ("what holds line 1 back?", "cause"),
        ("line 1's creeping along, what's the reason", "cause"),
        ("from what comes it that line 2 runs so slow", "cause"),
        ("what is slowing filler 2 down", "cause"),
    ],
)
def test_what_holds_a_line_back_is_a_machine_and_why_it_is_slow_a_cause(question, kind):
    """Whoever asks which machine it is, or what is holding it at this moment, asks the first."""
    assert one(question).kind == kind


@pytest.mark.parametrize(
    "question",
    [
        "What would make line 2 faster?",
        "how do we squeeze another few bottles a minute out of line 1",
        "line 4 quicker, how?",
        "which levers have we got for the output of line 3",
        "what has to be changed that line 2 makes more",
        "sales are shouting for stock, so what could we change to get line 3 going faster",
    ],
)
def test_more_of_a_line_is_asked_of_what_could_go_better(question):
    """Nothing need be wrong with it."""
    assert (one(question).kind, len(one(question).paths)) == ("improve", 1)


@pytest.mark.parametrize(
    ("question", "kind", "asset"),
    [
        ("any way of keeping filler 2 fed, it runs dry", "remedies", "Filler 2"),
        ("labeller 3 glue cold, fix?", "remedies", "Labeller 3"),
        ("I've bottles coming apart because the torque of capper 2 is low, what would put it right",
         "remedies", "Capper 2"),
        ("what percentage of the bottles was good on line 1 since six", "indicators", "Line 1"),
        ("how much of what line 1 made since 6 was good, in percent", "indicators", "Line 1"),
        ("how many bad ones has line 4 kicked out this shift", "indicators", "Line 4"),
        ("number of defectives at filler 2 from 6 till now", "indicators", "Filler 2"),
        ("what is still to be okayed on packer 3", "proposals", "Packer 3"),
        ("how much time have we left with filler 4", "life", "Filler 4"),
        ("labeller 2 - running, idle, held?", "state", "Labeller 2"),
        ("what sort of state is packer 4 in", "state", "Packer 4"),
    ],
)  # fmt: skip
def test_a_kind_is_known_by_how_people_speak(question, kind, asset):
    """In the words of the shop floor as in those of the manual."""
    found = one(question)
    assert (found.kind, found.assets) == (kind, (asset,))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how is packer 2, I want to go over there with the grease gun", "state"),
        ("is line 3 up, the boss is asking me every five minutes", "state"),
        ("why is line 1 slow, I have to tell them something at ten", "cause"),
        ("hi, I'm in the stores without a screen, which machine is choking line 4", "bottleneck"),
        ("which work orders are open on packer 3, because the fitter has an hour", "work_orders"),
    ],
)  # fmt: skip
def test_a_remark_behind_a_question_or_before_it_does_not_drown_it(question, kind):
    """It says nothing of what is asked."""
    assert one(question).kind == kind


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("how is line 2, I want to go there", ("how is line 2",)),
        ("stop filler 2, I mean for 5 min", ("stop filler 2, I mean for 5 min",)),
        ("line 2 is slow, I want help", ("line 2 is slow, I want help",)),
        ("is it 5 bar, or is it 6", ("is it 5 bar, or is it 6",)),
    ],
)
def test_only_a_clause_that_asks_nothing_is_a_remark(text, asked):
    """And only behind one that asks."""
    assert asking(text) == asked


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("what's on line 3", (3,)),
        ("which drink is going down line 2", (2,)),
        ("the driver wants to know what's coming off line 3, is it cola or water", (3,)),
        ("I can't see the board from here, which product is line 2 running", (2,)),
        ("who's on lemonade", (1, 2, 3, 4)),
        ("where are we filling the cola just now", (1, 2, 3, 4)),
    ],
)
def test_the_product_is_told_with_the_rate_of_the_line(question, lines):
    """Of every line, where it is asked which of them has it on."""
    found = one(question)
    assert (found.kind, found.measurement) == ("value", "rate")
    assert found.paths == tuple(f"{PACKAGING}/line{n}" for n in lines)


def test_the_product_that_comes_next_is_one_of_the_orders():
    """Not the one that is on now."""
    assert one("line 4, which drink are they filling after the one that's on now").kind == "orders"


def test_where_nothing_is_made_that_has_a_name_the_state_is_told():
    """And what is no product is not taken for one."""
    assert pumped("what is the high zone on").kind == "state"
    assert one("who is on holiday").kind == "unclear"


@pytest.mark.parametrize(
    "question",
    [
        "what are we in for should pump 2 drop out on us",
        "what happens when pump 2 packs up",
        "suppose pump 2 conked out, what would that mean",
        "explain me what comes when pump 2 is not running any more",
        "if pump 2 no longer runs, what happens",
        "isolate pump 2 - consequences?",
        "losing p2, effect?",
        "if I switch pump 2 off right now what does it do to us",
        "let's imagine pump 2 dies on us now, how bad would it be",
        "if pump 2 has a breakdown, what is then",
        "the electrician would like to isolate pump 2, what will happen to the rest if it goes off",
    ],
)
def test_however_a_machine_gives_up_it_stops(question):
    """Once, though it is said twice."""
    found = pumped(question)
    (change,) = found.changes
    assert (found.kind, change["asset"], change["kind"]) == ("what_if", "Pump 2", "stop")


@pytest.mark.parametrize(
    "question",
    [
        "knock 5 percent off the current speed of filler 4 - what does that do",
        "say we turn filler 4 down to 95% of what it's doing now, what do we get",
        "the operator asked whether he may take filler 4 back to 95 % of its speed, what then",
        "outcome with filler 4 at .95 of present speed?",
    ],
)
def test_a_share_of_the_present_speed_is_one_however_it_is_said(question):
    """By so much less, to so much, or as a factor."""
    found = one(question)
    (change,) = found.changes
    assert (found.kind, change["kind"], change["value"]) == ("what_if", "speed", 95.0)


def test_what_is_imagined_and_not_understood_is_asked_back():
    """Things as they are would be told else."""
    assert pumped("imagine pump 2 explodes, what then").unread


def test_small_words_name_no_measurement():
    """Though “at the” stands in its name too."""
    found = one("filler 4 goes down to 95 % of its speed, what comes out at the end")
    assert found.asked == ("", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("open the cross-tie all the way", "open the cross-tie at 100 %"),
        ("we open it fully or leave it", "we open it at 100 % or leave it"),
        ("cross-tie wide open", "cross-tie at 100 %"),
        ("closing the fill valve completely", "closing the fill valve at 0 %"),
        ("open the cross-tie a bit", "open the cross-tie a bit"),
        ("open the work orders and fully explain", "open the work orders and fully explain"),
    ],
)
def test_fully_open_is_a_hundred_per_cent(text, said):
    """What is opened a bit is no number."""
    assert " ".join(with_openings(text).split()) == said


@pytest.mark.parametrize(
    "question",
    [
        "for header B, do we put compressor 2 up to 7.2 bar or open the cross-tie right up",
        "cross-tie wide open or 7.2 bar on compressor 2, what's best for header B",
        "either compressor 2 goes to 7.2 bar or we open the cross-tie all the way, which is better",
    ],
)
def test_a_valve_fully_open_is_an_option(question):
    """Beside a set-point of another machine."""
    found = one(question)
    told = {change["asset"]: change["value"] for change in found.options}
    assert (found.kind, told) == ("compare", {"Compressor 2": 7.2, "Air cross-tie valve": 100.0})


@pytest.mark.parametrize("unit", ["150c", "150C", "150 °C"])
def test_a_unit_is_read_that_is_written_onto_its_number(unit):
    """In an option as elsewhere."""
    found = one(f"should the glue of labeller 2 be at 155 or at {unit}, which is better")
    assert [change["value"] for change in found.options] == [155.0, 150.0]


def test_a_bare_number_is_carried_to_no_machine_of_another_class():
    """A pressure is no share of a valve; two compressors take the same."""
    assert one("which is better for header B, compressor 2 at 7.2 or the cross-tie").unread
    found = one("what if compressor 1 and compressor 2 go to 7 bar")
    assert [change["value"] for change in found.changes] == [7.0, 7.0]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("what's holding the toast line up", "cause"),
        ("why is the toast line slow", "cause"),
        ("what would make the toast line faster", "improve"),
    ],
)
def test_another_plant_is_asked_in_the_same_words(question, kind):
    """Nothing is of one plant only."""
    (found,) = read(question, northmill())
    assert found.kind == kind


def test_what_holds_a_line_back_is_its_cause_and_else_its_bottleneck():
    """Where nothing is wrong it is told what limits it; of a machine alone nothing more."""
    found = one("what is holding line 4 back?")
    (looking, *others) = calls(found, {}, TOOLS)
    assert (looking.tool, others) == ("find_cause", [])
    normal = Evidence(
        kind="record",
        subject="l",
        statement="Nothing abnormal.",
        data={"verdict": "normal"},
        time=0,
    )
    healthy = ToolResult(status="ok", text="", evidence=(normal,))
    assert [c.tool for c in calls(found, {looking.key: healthy}, TOOLS)] == [
        "find_cause",
        "bottleneck",
    ]
    found = one("what is slowing filler 4 down")
    assert [c.tool for c in calls(found, {looking.key: healthy}, TOOLS)] == ["find_cause"]


def test_a_case_that_is_packed_is_looked_up_and_in_case_of_is_not():
    """What is a word of papers alone says nothing of what is looked up."""
    assert "case" in one("what does the manual say about a case jammed in the packer").query.split()
    assert "case" not in one("what does the book say in the case that the seal leaks").query.split()
