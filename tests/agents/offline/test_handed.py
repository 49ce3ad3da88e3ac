"""What is asked of a shift that is handed over, in whatever words: the same handover."""

import pytest

from agents.offline.plan import calls
from agents.offline.reading import read_conversation
from tests.agents.offline.test_reading import names, northmill, one


def handed(question):
    (reading,) = read_conversation([question], names())
    (call,) = calls(reading, {}, frozenset({"shift_handover"}))
    return call.tool, call.arguments


@pytest.mark.parametrize(
    ("question", "asset"),
    [
        ("what must the next crew know about line 4?", "Line 4"),
        ("what should the lads who relieve us be told about line 2", "Line 2"),
        ("what do I tell the ones taking over", ""),
        ("what do we tell nights", ""),
        ("give me everything worth passing on about line 3", "Line 3"),
        ("list what matters for the crew after us", ""),
        ("what is there to hand over for line 4", "Line 4"),
        ("I'm off in ten minutes, what do I leave for lates", ""),
        ("anything on 4 the late shift should be aware of", "Line 4"),
        ("key points for the incoming team", ""),
        ("points to pass on to the relief about line 3", "Line 3"),
        ("anything we ought to be passing on to the people coming in after us", ""),
        ("is there anything the early shift has to look out for on line 1", "Line 1"),
        ("when the next crew starts, which things must I say to them about line 2", "Line 2"),
        ("my mate waits at the gate, what do they need to know about line 4", "Line 4"),
        ("what would you want the oncoming shift to hear", ""),
        ("please put together the report we pass on to the next shift", ""),
        ("draft the notes that are handed over at the end of the shift", ""),
    ],
)
def test_what_those_who_take_over_are_to_be_told_is_the_handover(question, asset):
    """Whoever they are called, and whoever tells them."""
    assert handed(question) == ("shift_handover", {"asset": asset})


@pytest.mark.parametrize(
    ("question", "asset", "span"),
    [
        ("What happened on line 3 this shift?", "Line 3", "this shift"),
        ("what has been happening at line 2 since we started up at six", "Line 2", "since six"),
        ("anything happen on line 1 today?", "Line 1", "today"),
        ("what sort of a morning has three had since six", "Line 3", "since six"),
        ("what happened overnight on line 2", "Line 2", "last night"),
        ("what all went on since 6 o'clock", "", "since 06:00"),
        ("line 4 recap, shift to date", "Line 4", "shift to date"),
        ("what went on at line 2 in the current shift", "Line 2", "the current shift"),
    ],
)
def test_what_happened_over_a_shift_is_the_handover(question, asset, span):
    """No cause is asked for where nothing was said to be wrong."""
    tool, arguments = handed(question)
    assert (tool, arguments["asset"]) == ("shift_handover", asset)
    assert arguments["span"].removeprefix("in ") == span


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("what happened on line 4 at 06:40", "cause"),
        ("what happened on line 4 this shift, it was slow", "cause"),
        ("why did line 4 stop this shift", "cause"),
        ("what went wrong on line 3 this shift", "cause"),
        ("the next crew needs to know why line 2 is slow", "cause"),
        ("my relief has to know how fast filler 3 is running", "value"),
        ("when does the next shift start", "planned"),
        ("does the late shift have a changeover coming", "planned"),
        ("what is likely to break down next shift", "prognosis"),
    ],
)
def test_one_thing_that_is_asked_of_a_shift_is_no_handover(question, kind):
    """Why, how fast, when, or what was wrong."""
    assert one(question).kind == kind


@pytest.mark.parametrize(
    "question",
    ["what must the next crew know?", "what happened this shift?", "tell us what went on today"],
)
def test_another_plant_hands_over_alike(question):
    """The words are of the trade, not of a plant."""
    (reading,) = read_conversation([question], northmill())
    assert reading.kind == "handover"


@pytest.mark.parametrize(
    "question", ["handover of the bakery", "what must the next crew know about Northmill Bakery?"]
)
def test_the_word_that_ends_the_name_of_a_site_means_all_of_it(question):
    """Whoever hands it over calls it by that."""
    (reading,) = read_conversation([question], northmill())
    assert (reading.kind, reading.paths, reading.choices) == ("handover", (), ())
