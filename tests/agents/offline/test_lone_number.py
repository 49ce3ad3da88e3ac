"""A line or a machine is known by its number alone, where a name can stand and no count does."""

import pytest

from agents.offline.lone_number import with_names
from agents.offline.reading import read
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))
PUMPS = Names(plant_of("pumping_station"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("whats holding four up", "whats holding line 4 up"),
        ("who's holding up one", "who's holding up line 1"),
        ("which machine is choking three", "which machine is choking line 3"),
        ("the packer on four", "the packer on line 4"),
        ("hows the rinser on two doing", "hows the rinser on line 2 doing"),
        ("how much has three put out today", "how much has line 3 put out today"),
        ("did one turn out more than 4000", "did line 1 turn out more than 4000"),
        ("4, where is the bottle neck", "line 4, where is the bottle neck"),
        ("2 - whats up with it", "line 2 - whats up with it"),
        ("when do we change over on one", "when do we change over on line 1"),
        ("the filler on two at ninety percent", "the filler on line 2 at ninety percent"),
        ("between one and four, who is better", "between line 1 and line 4, who is better"),
        ("out of 2 and 3, which lost more", "out of line 2 and line 3, which lost more"),
        ("compare 2 and 4 for OEE", "compare line 2 and line 4 for OEE"),
        ("is two better than three", "is line 2 better than line 3"),
        ("who lost more since six, 1 or 2", "who lost more since six, line 1 or line 2"),
        ("the third line is slow", "line 3 is slow"),
        ("how is the 2nd line", "how is line 2"),
        ("what was two's output", "what was line 2's output"),
        ("if we stop 2 for 15 minutes", "if we stop line 2 for 15 minutes"),
        ("2 vs 4 for rejects", "line 2 vs line 4 for rejects"),
        ("which is worst, 1, 2 or 3", "which is worst, line 1, line 2 or line 3"),
        ("what happened on 1 overnight", "what happened on line 1 overnight"),
        ("and two?", "and 2?"),
        ("what follows on ln 3", "what follows on line 3"),
        ("the compressor with number 1 is off", "the compressor 1 is off"),
        ("how is the 2 labeller", "how is the labeller 2"),
        ("three's packer keeps jamming", "line 3's packer keeps jamming"),
        ("three isn't making its numbers", "line 3 isn't making its numbers"),
        ("if two stops now what do we lose", "if line 2 stops now what do we lose"),
        ("I think four is running short", "I think line 4 is running short"),
        ("what is the matter with one, she crawls", "what is the matter with line 1, she crawls"),
        ("how many came off two", "how many came off line 2"),
        ("get more out of three", "get more out of line 3"),
        ("the availability of 4", "the availability of line 4"),
        ("the handover for 1, this shift", "the handover for line 1, this shift"),
        ("hows 2?", "hows line 2?"),
        ("load of compressor 1 or of number 2", "load of compressor 1 or of compressor 2"),
        ("which filler ran faster, 3 or 4?", "which filler ran faster, filler 3 or filler 4?"),
        ("filler 3 or number 4?", "filler 3 or filler 4?"),
        ("capper vibs, 1/2, which is worse", "capper vibs, capper 1 and capper 2, which is worse"),
    ],
)
def test_a_number_that_stands_as_a_name_is_one(said, meant):
    assert with_names(said, NAMES) == meant


@pytest.mark.parametrize(
    "said",
    [
        "when is the meeting at two",
        "how many bottles did line 2 make between two and three",
        "which filler ran faster between 1 and 4 o'clock",
        "how fast will it be in one hour",
        "one of the lines is down",
        "two of them stopped, why",
        "set it to 4 bar",
        "set header B to 4",
        "what if header B had a value of 4",
        "run filler 1 at a speed of 4",
        "3 bottles broke",
        "stop filler 2 for two minutes",
        "which one is slower",
        "the one on the left",
        "how does one set the torque",
        "could one say that line 2 is slow",
        "is there one running",
        "do we have one",
        "will two compressors be enough",
        "would 4 be enough",
        "why are two fillers stopped",
        "has two of the packers failed",
        "what happens if two stop",
        "maintenance is booked for 4",
        "two out of three lines are down",
        "how many alarms were there, three or four",
        "on 4 June what did line 2 make",
        "on two occasions line 3 stopped",
        "the chance of 3 stops",
        "mean time between failures of 3 days",
        "from 2 to 4 how many bottles",
        "the first line of the report",
        "the first of the two compressors",
        "what does section 4 say",
        "what does the manual say on page 4",
        "how is 7 doing",
        "number 7 is late",
        "pump number 2",
        "what was made between 1 and 4, and which filler made most",
        "between 2 and 3, which line made more",
        "2: how is line 3",
        "is it on two now",
        "two's enough",
        "torque of capper 1, 3 or 4 Nm, which is better",
        "and 2?",
        "4",
    ],
)
def test_a_count_a_time_or_an_amount_is_no_name(said):
    assert with_names(said, NAMES) == said


def test_where_no_line_is_numbered_only_machines_of_the_kind_named_are():
    assert with_names("whats holding four up", PUMPS) == "whats holding four up"
    said = "which pump takes more, 1 or 2"
    assert with_names(said, PUMPS) == "which pump takes more, pump 1 or pump 2"
    said = "which of the pumps vibrates more, 1, 2 or 3"
    meant = "which of the pumps vibrates more, pump 1, pump 2 or pump 3"
    assert with_names(said, PUMPS) == meant
    for said in ("number two pump", "p2", "pump number two"):
        (reading,) = read(f"how is {said}", PUMPS)
        assert reading.assets == ("Pump 2",)


def test_what_stands_on_a_numbered_line_and_is_none_of_ours_is_told():
    (reading,) = read("how fast is the shrink wrapper on 2", NAMES)
    assert reading.unknown


def test_a_number_before_a_question_is_what_it_is_about():
    (reading,) = read("3, where's the bottleneck?", NAMES)
    assert (reading.kind, reading.assets) == ("bottleneck", ("Line 3",))
