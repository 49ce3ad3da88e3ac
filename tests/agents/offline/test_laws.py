"""What may change beside speeds and settings, as people say it: read whole, or said not to be."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.offline.reading import read
from tests.tools.scenery import riverside
from tools.change_said import ChangeSaid
from twin_core.plant.names import Names


@cache
def names() -> Names:
    return Names(riverside())


def changes(text):
    """The changes that one what-if says; None if it is not understood."""
    (found,) = read(f"What if {text}?", names())
    assert found.kind == "what_if"
    if found.unread or found.choices or found.unknown:
        return None
    return [dict(change) for change in found.changes]


FILLER, CAPPER, LABELLER = "Filler 4", "Capper 4", "Labeller 4"
ROOM = {"asset": FILLER, "to": CAPPER}


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("we add 20 bottles of buffer between the filler and the capper on line 4",
         {**ROOM, "kind": "more_buffer", "value": 20.0}),
        ("we take 50 bottles of buffer away between filler 4 and capper 4",
         {**ROOM, "kind": "more_buffer", "value": -50.0}),
        ("there were 1,200 more bottles of buffer between filler 4 and capper 4",
         {**ROOM, "kind": "more_buffer", "value": 1200.0}),
        ("the buffer between filler 4 and capper 4 holds 300 bottles",
         {**ROOM, "kind": "buffer", "value": 300.0}),
        ("we double the buffer between the filler and the capper on line 4",
         {**ROOM, "kind": "buffer_share", "value": 200.0}),
        ("the buffer between filler 4 and capper 4 is 20 % smaller",
         {**ROOM, "kind": "buffer_share", "value": 80.0}),
        ("there was no buffer between filler 4 and capper 4",
         {**ROOM, "kind": "buffer", "value": 0.0}),
        ("we add 20 bottles of buffer behind the filler on line 4",
         {"asset": FILLER, "kind": "more_buffer", "value": 20.0}),
        ("repairs take half as long on the capper on line 4",
         {"asset": CAPPER, "kind": "repair", "value": 50.0}),
        ("the capper on line 4 is repaired twice as fast",
         {"asset": CAPPER, "kind": "repair", "value": 50.0}),
        ("stops of capper 4 last 30 % longer", {"asset": CAPPER, "kind": "repair", "value": 130.0}),
        ("the MTTR of capper 4 doubles", {"asset": CAPPER, "kind": "repair", "value": 200.0}),
        ("repairs of capper 4 take 5 min",
         {"asset": CAPPER, "kind": "repair_time", "duration": "5 min"}),
        ("capper 4 fails twice as often", {"asset": CAPPER, "kind": "life", "value": 50.0}),
        ("labeller 4 breaks down half as often",
         {"asset": LABELLER, "kind": "life", "value": 200.0}),
        ("capper 4 fails 3 times as often", {"asset": CAPPER, "kind": "life", "value": 33.333333}),
        ("capper 4 runs twice as long between stops",
         {"asset": CAPPER, "kind": "life", "value": 200.0}),
        ("the mtbf of filler 4 halves", {"asset": FILLER, "kind": "life", "value": 50.0}),
        ("labeller 4 has 3 more stops an hour",
         {"asset": LABELLER, "kind": "minor_stops", "value": 3.0}),
        ("labeller 4 has six fewer minor stops per hour of 20 s",
         {"asset": LABELLER, "kind": "minor_stops", "value": -6.0, "duration": "20 s"}),
        ("only one mechanic is on line 4", {"asset": "Line 4", "kind": "people", "value": 1.0}),
        ("two people mend stops on line 4", {"asset": "Line 4", "kind": "people", "value": 2.0}),
        ("there is a planned stop of 20 min on line 4 in 30 min",
         {"asset": "Line 4", "kind": "planned_stop", "duration": "20 min", "after": "30 min"}),
        ("line 4 takes a break of 10 min",
         {"asset": "Line 4", "kind": "planned_stop", "duration": "10 min"}),
        ("line 4 changes to Cola 500 ml in 20 min",
         {"asset": "Line 4", "kind": "product", "product": "cola_500", "after": "20 min"}),
        ("compressor 1 stops for 20 min in 10 min",
         {"asset": "Compressor 1", "kind": "stop", "duration": "20 min", "after": "10 min"}),
        ("we raise the bowl pressure of filler 4 by 0.2 bar",
         {"asset": FILLER, "measurement": "bowl pressure", "kind": "shift", "value": 0.2}),
        ("the product temperature on filler 4 is 3 °C lower",
         {"asset": FILLER, "measurement": "product temperature", "kind": "shift", "value": -3.0}),
        ("filler 4 rejects 50 % more",
         {"asset": FILLER, "kind": "rejects_share", "value": 150.0}),
        ("filler 4 rejects 20 % less", {"asset": FILLER, "kind": "rejects_share", "value": 80.0}),
        ("the rejects of filler 4 double",
         {"asset": FILLER, "kind": "rejects_share", "value": 200.0}),
        ("filler 4 rejects half as much",
         {"asset": FILLER, "kind": "rejects_share", "value": 50.0}),
        ("filler 4 rejects twice as often",
         {"asset": FILLER, "kind": "rejects_share", "value": 200.0}),
        ("filler 4 rejects 2 percentage points less",
         {"asset": FILLER, "kind": "more_rejects", "value": -2.0}),
        ("filler 4 rejects 2 % more of its output",
         {"asset": FILLER, "kind": "more_rejects", "value": 2.0}),
        ("filler 4 rejects 3 % of its output",
         {"asset": FILLER, "kind": "rejects", "value": 3.0}),
        ("the rejects of filler 4 fall to 1 %", {"asset": FILLER, "kind": "rejects", "value": 1.0}),
        ("we slow the filler on line 4 by 5 %", {"asset": FILLER, "kind": "speed", "value": 95.0}),
    ],
)  # fmt: skip
def test_a_change_is_read_as_it_was_said(text, change):
    """Who, what, how much, from when: with the arguments of the what-if tool."""
    assert changes(text) == [change]
    ChangeSaid(**change)


@pytest.mark.parametrize(
    "text",
    [
        "capper 4 fails more often",
        "repairs on capper 4 take longer",
        "capper 4 fails 1.200 times as often",
        "we add 20 m of buffer between filler 4 and capper 4",
        "we add some buffer between filler 4 and capper 4",
        "the buffer between filler 4 and capper 4 stops for 5 min",
        "the buffer behind filler 4 stops for 5 min",
        "labeller 4 has 1.200 more stops an hour",
        "line 4 takes a break",
        "two mechanics are on line 4 for 20 min",
        "the bowl pressure of filler 4 is 0.2 bar higher and lower",
        "repairs on line 4 take half as long or filler 4 runs at 90 %",
        "the filler on line 4 repairs 5",
    ],
)
def test_a_change_without_its_number_is_said_not_to_be_understood(text):
    """It never passes as none, nor as another one."""
    assert changes(text) is None


def test_what_is_said_of_a_lines_repairs_is_said_of_each_machine():
    """And of nothing that is no machine."""
    found = changes("the repairs on line 4 take half as long")
    assert {change["asset"] for change in found} == {
        f"{name} 4" for name in ("Depalletizer", "Rinser", "Filler", "Capper", "Labeller",
                                 "Packer", "Palletizer")
    }  # fmt: skip
    assert {(change["kind"], change["value"]) for change in found} == {("repair", 50.0)}


def test_changes_are_said_together():
    """The “and” of a pair of machines parts no changes; the line is said once."""
    found = changes(
        "we slow the filler on line 4 by 5 % and add 20 bottles of buffer between the filler and "
        "the capper"
    )
    assert [change["kind"] for change in found] == ["speed", "more_buffer"]
    assert {change["asset"] for change in found} == {FILLER}


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("60 % of the rejects of labeller 4 are reworked", {"asset": LABELLER, "value": 60}),
        ("half of the rejects of labeller 4 go back to filler 4",
         {"asset": LABELLER, "to": FILLER, "value": 50}),
        ("all that labeller 4 rejects is fed again", {"asset": LABELLER, "value": 100}),
    ],
)  # fmt: skip
def test_what_is_rejected_may_come_back(said, change):
    """A share of it, to the machine itself or to one before it."""
    assert changes(said) == [{**change, "kind": "rework"}]


@pytest.mark.parametrize(
    "said",
    ["two people mend line 4 with filler 4 first", "only two mechanics and filler 4 goes first"],
)
def test_whom_people_mend_first(said):
    """The machine is not all that they mend."""
    assert changes(said) == [{"asset": "Line 4", "to": FILLER, "kind": "people", "value": 2}]


@pytest.mark.parametrize(
    "said",
    [
        "one mechanic mends capper 4, filler 4 and labeller 4",
        "one mechanic mends the capper, filler and labeller of line 4",
        "on line 4 one mechanic mends the capper and the filler and the labeller",
        "one mechanic for capper 4, filler 4 and labeller 4",
        "capper 4, filler 4 and labeller 4 are mended by one mechanic",
    ],
)
def test_a_list_of_machines_is_one_crews(said):
    """Before or after the people, with or without the line's number on each."""
    crew = {"asset": CAPPER, "also": [FILLER, LABELLER], "kind": "people", "value": 1}
    assert changes(said) == [crew]


@given(st.permutations([CAPPER, FILLER, LABELLER, "Packer 4"]), st.integers(2, 4))
def test_no_machine_of_a_list_is_let_go(machines, n):
    """However many there are, in whatever order."""
    *before, last = machines[:n]
    (crew,) = changes(f"two people mend {', '.join(before)} and {last}")
    assert [crew["asset"], *crew["also"]] == machines[:n]


@pytest.mark.parametrize(
    ("said", "crews"),
    [
        ("one mechanic for line 3 and two for line 4", [("Line 3", 1), ("Line 4", 2)]),
        ("one mechanic for line 3 and two mechanics for line 4", [("Line 3", 1), ("Line 4", 2)]),
        ("one mechanic mends capper 4 and another mends filler 4", [(CAPPER, 1), (FILLER, 1)]),
    ],
)
def test_two_crews_of_one_sentence_are_two(said, crews):
    """The second needs no noun."""
    assert [(change["asset"], change["value"]) for change in changes(said)] == crews
    assert all("also" not in change for change in changes(said))


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("we slow capper 4 and filler 4 by 5 %", {"kind": "speed", "value": 95.0}),
        ("we slow the capper and filler of line 4 by 5 %", {"kind": "speed", "value": 95.0}),
        ("repairs of capper 4 and filler 4 take twice as long", {"kind": "repair", "value": 200.0}),
        ("capper 4 and filler 4 stop for 5 min", {"kind": "stop", "duration": "5 min"}),
    ],
)
def test_what_is_said_of_a_list_is_said_of_each(said, change):
    """Before or behind the words that say it."""
    assert changes(said) == [{"asset": CAPPER, **change}, {"asset": FILLER, **change}]


@pytest.mark.parametrize("said", ["line 4 and line 3 take", "lines 4 and 3 take"])
def test_what_is_said_of_lines_is_said_of_each(said):
    """None of them is let go."""
    found = changes(f"{said} a break of 10 min")
    assert [(one["asset"], one["kind"], one["duration"]) for one in found] == [
        ("Line 4", "planned_stop", "10 min"), ("Line 3", "planned_stop", "10 min")
    ]  # fmt: skip


def test_a_line_that_is_asked_about_takes_no_part_in_what_is_supposed():
    """It is no list of lines; what is supposed of one line is not supposed of it."""
    (found,) = read("How is line 3 if line 4 takes a break of 10 min?", names())
    assert "Line 3" not in [one["asset"] for one in found.changes]
    (found,) = read("How does line 3 do, if line 4 takes a break of 10 min?", names())
    assert "Line 3" not in [one["asset"] for one in found.changes]


def test_people_who_stop_a_machine_are_no_crew():
    """Two operators stopping a filler change no staffing."""
    assert changes("two operators stop filler 4 for 20 min") == [
        {"asset": FILLER, "kind": "stop", "duration": "20 min"}
    ]


@given(st.integers(1, 9999), st.sampled_from(["add", "remove"]))
def test_an_amount_of_room_is_taken_as_it_was_written(amount, way):
    """To the last digit, with the sign of the verb."""
    found = changes(f"we {way} {amount} bottles of buffer between filler 4 and capper 4")
    assert found == [{**ROOM, "kind": "more_buffer", "value": amount if way == "add" else -amount}]


@pytest.mark.parametrize(
    "said",
    [
        "capper 4 does not stop",
        "we do not slow capper 4 by 50 %",
        "capper 4 is not at 50 % speed",
        "one mechanic on line 4 mends capper 4 and filler 4 first",
        "all rejects of line 4 are reworked at packer 4",
        "half the rejects on line 4 are fed again at capper 4",
        "one mechanic mends capper 4 or filler 4",
        "one mechanic mends everything on line 4 but the capper",
        "one mechanic mends capper 4, filler 4 and labeller 4 stop for 5 min",
        "two more mechanics are on line 4",
        "we add 20 bottles of buffer behind filler 4 and capper 4",
        "we slow filler 4 and capper 4 by 5 % and one mechanic mends them",
        "one mechanic on line 4 with two mechanics on line 4",
        "60 % of the rejects of capper 4 are reworked, labeller 4",
    ],
)
def test_what_is_not_read_whole_is_not_read(said):
    """What is denied, whom first of several, and what is fed where without whose it is."""
    assert changes(said) is None
