"""Numbers in a what-if are read whole or not at all, and never slowly."""

import time

import pytest

from agents.offline.changes import Changes, changes_in
from agents.offline.reading import read
from tests.agents.house import House
from tests.tools.scenery import riverside
from tools.length import seconds_in
from tools.numeral import value_of
from twin_core.plant.names import Names

NAMES = Names(riverside())


@pytest.mark.parametrize(
    ("said", "value"),
    [("5e2", 500.0), ("-500", -500.0), ("480.5", 480.5), ("512", 512.0), ("1,200", 1200.0),
     ("1,200.", 1200.0), ("1,234,567.5", 1234567.5), ("2,4", 2.4), ("0,250", 0.25),
     ("0.250", 0.25), ("1'200", 1200.0), ("1.200,5", 1200.5), ("1.234.567", 1234567.0)],
)  # fmt: skip
def test_a_number_is_read_whole(said, value):
    """Sign, decimals, exponent and separators of thousands belong to it."""
    assert value_of(said) == value
    found = changes_in(f"set the filler speed of line 4 to {said}", NAMES)
    assert [change["value"] for change in found.said] == [value]
    assert [change["asset"] for change in found.said] == ["Filler 4"]


@pytest.mark.parametrize("said", ["4OO", "1e999", "5.0.1", "1.200", "12,34,5"])
def test_what_only_begins_like_a_number_or_could_be_two_is_none(said):
    """Nothing is filled in that was not said."""
    found = changes_in(f"set filler 4 speed to {said}", NAMES)
    assert not any("value" in change for change in found.said)


async def test_a_number_that_could_be_two_is_asked_back():
    """“1.200” is 1.2 to one writer and 1,200 to the next."""
    house = House()
    answer = await house.ask("set the bowl pressure of filler 4 to 1.200 bar")
    assert answer.text.startswith("I cannot tell which number “1.200” is")
    assert house.forecaster.asked == []


async def test_a_number_with_separators_is_held_against_the_limits_as_what_it_is():
    """The refusal names the number that was meant, and what is allowed."""
    answer = await House().ask("set the filler speed of line 4 to 1,200")
    assert "1200 bottles/min is outside 300 to 660 bottles/min" in answer.text


@pytest.mark.parametrize(
    ("said", "paths"),
    [
        ("set the bowl pressure on line 4 to 2 bar", ("line4",)),
        ("set the bowl pressure on line 4 to 2", ("line4",)),
        ("set the filler speed on line 4 to 1,200", ("line4/filler",)),
        ("what if filler 4 had a bowl pressure of 2 bar", ("line4/filler",)),
        ("compare line 1 to 3", ("line1", "line3")),
    ],
)
def test_a_number_with_a_unit_or_behind_a_measurement_is_no_line(said, paths):
    """“Line 4 to 2 bar” is not lines 4 and 2."""
    (found,) = read(said, NAMES)
    assert found.paths == tuple(f"riverside/packaging/{path}" for path in paths)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("1,200 s", 1200.0), ("1,5 h", 5400.0), ("1.5 h", 5400.0), ("1.200 s", None)],
)
def test_a_length_of_time_has_the_same_numbers(said, seconds):
    """1,200 s are twenty minutes, not a second."""
    assert seconds_in(said) == seconds


def test_a_number_without_end_is_no_length_and_no_change():
    """Digits are bounded, so that one question cannot hold the others up."""
    assert seconds_in("9" * 4000) is None
    begun = time.monotonic()
    assert changes_in("what if filler 4 runs at " + "9" * 4000 + " %", NAMES) == Changes(
        unread="what if filler 4 runs at " + "9" * 4000 + " %", numeral="9" * 4000
    )
    assert time.monotonic() - begun < 1.0
