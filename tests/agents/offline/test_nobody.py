"""What nothing is called is told to be unknown; people and what holds a line up are no machines."""

import pytest

from agents.offline.reading import read
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))
PUMPS = Names(plant_of("pumping_station"))


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("when are the lads on 1 due to change product", "Line 1"),
        ("what are the girls on line 3 bottling", "Line 3"),
        ("what machine is the slowcoach on line one at the moment", "Line 1"),
        ("which one is the lazybones on line 2", "Line 2"),
        ("where's the tight spot on 3, what machine", "Line 3"),
        ("where is the pinch point on two", "Line 2"),
        ("bottles line 2, 0600-0700", "Line 2"),
    ],
)
def test_people_and_what_holds_a_line_up_are_no_machines(said, line):
    (reading,) = read(said, NAMES)
    assert (reading.unknown, reading.assets) == ("", (line,))


@pytest.mark.parametrize("said", ["is the sleever on line 2 running", "how is filler 9"])
def test_a_machine_that_is_not_there_is_told(said):
    (reading,) = read(said, NAMES)
    assert reading.unknown


def test_a_number_behind_a_comma_is_none_of_a_name():
    (reading,) = read("which is the better speed for L1 filler, 520 or 480 b/min", NAMES)
    assert (reading.unknown, reading.assets) == ("", ("Filler 1",))


def test_one_behind_a_measurement_is_no_number():
    (reading,) = read("what order follows the current one on ln 3", NAMES)
    assert reading.assets == ("Line 3",)


def test_the_kind_of_a_machine_says_who_somebody_is():
    said = "The compressor man rang me, how did the pressure on header A go in the last hour"
    (reading,) = read(said, NAMES)
    assert reading.assets == ("Air header A",)


def test_a_verb_is_not_the_beginning_of_a_name():
    (reading,) = read("if I switch pump 2 off what happens", PUMPS)
    assert reading.assets == ("Pump 2",)


@pytest.mark.parametrize(
    ("said", "asset"),
    [
        ("why is B low on air", "Air header B"),
        ("has the air on A been dropping this past hour", "Air header A"),
        ("how is the air in main B", "Air header B"),
        ("is A ok", "Air header A"),
    ],
)
def test_what_a_letter_tells_apart_is_known_by_it(said, asset):
    (reading,) = read(said, NAMES)
    assert reading.assets == (asset,)


def test_a_letter_that_stands_as_no_name_is_none():
    (reading,) = read("is there a plan B for line 2", NAMES)
    assert reading.assets == ("Line 2",)


def test_a_noun_before_a_name_says_which_one_it_is():
    (reading,) = read("which proposals wait for the tower fill valve", PUMPS)
    assert reading.assets == ("Tower valve",)


@pytest.mark.parametrize(
    ("said", "asset"),
    [("how full is the FG store", "Pallet store"), ("level of the fg store", "Pallet store")],
)
def test_a_long_name_is_shortened_to_its_first_letters(said, asset):
    (reading,) = read(said, NAMES)
    assert reading.assets == (asset,)


def test_the_end_of_the_name_of_a_site_is_no_machine():
    (reading,) = read("handover of the booster station", PUMPS)
    assert (reading.kind, reading.choices) == ("handover", ())
