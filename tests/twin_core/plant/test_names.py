"""What people call assets and points, in two plants that have nothing in common."""

from functools import cache
from pathlib import Path

import pytest

from tests.twin_core.plant_fixture import bakery
from twin_core.errors import AmbiguousName, UnknownName
from twin_core.plant.document import load
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

PLANTS = Path(__file__).parents[3] / "plants"


@cache
def riverside() -> Names:
    text = (PLANTS / "riverside.yaml").read_text()
    return Names(load(text, "riverside.yaml", lambda name: (PLANTS / name).read_text()))


@cache
def northmill() -> Names:
    return Names(bakery())


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("line 4", "packaging/line4"),
        ("Line4", "packaging/line4"),
        ("L2", "packaging/line2"),
        ("depal on line 2", "packaging/line2/depalletizer"),
        ("the packer on 2", "packaging/line2/packer"),
        ("line 4's filler", "packaging/line4/filler"),
        ("filler 3", "packaging/line3/filler"),
        ("the fillr on line 1", "packaging/line1/filler"),
        ("labeler 2", "packaging/line2/labeller"),
        ("palletiser 4", "packaging/line4/palletizer"),
        ("filler infeed conveyor on line 2", "packaging/line2/conveyor_2"),
        ("compressor 1", "utilities/air/compressor_1"),
        ("the boiler", "utilities/steam/boiler"),
        ("header A", "utilities/air/header_a"),
        ("packaging", "packaging"),
        ("riverside/packaging/line3/capper", "packaging/line3/capper"),
        ("the depal's down again on 2", "packaging/line2/depalletizer"),
    ],
)
def test_an_asset_is_found_by_what_people_call_it(said, path):
    """Names, other names, nicknames, ids, possessives and small misspellings all lead to it."""
    assert riverside().asset(said) == f"riverside/{path}"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("compressor no. 2", "utilities/air/compressor_2"),
        ("compressor nr 1", "utilities/air/compressor_1"),
        ("number two compressor", "utilities/air/compressor_2"),
        ("the 1st compressor", "utilities/air/compressor_1"),
        ("capper number three", "packaging/line3/capper"),
        ("compresser 1", "utilities/air/compressor_1"),
        ("lnie 3", "packaging/line3"),
        ("lien no 4", "packaging/line4"),
        ("caper 2", "packaging/line2/capper"),
        ("labeler four", "packaging/line4/labeller"),
        ("a pressure of 2,6 bar on filler no 4", "packaging/line4/filler"),
    ],
)
def test_what_a_number_stands_behind_is_numbered_also_with_a_slip(said, path):
    """The word “number” says nothing more; of the few things that have one a short slip is sure."""
    assert riverside().asset(said) == f"riverside/{path}"


@pytest.mark.parametrize("said", ["line 4 and I", "there is no 2 bar", "the land 3", "pine 2"])
def test_a_word_that_is_no_slip_names_nothing_more(said):
    """Nor does a person, nor a number of something else."""
    assert all(m.text == "line 4" for m in riverside().mentions(said))


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("the toast line", "bread/toast"),
        ("line 1", "bread/toast"),
        ("T1", "bread/toast"),
        ("oven", "bread/toast/oven"),
        ("the big bagger", "bread/toast/bagger"),
        ("slicer of the toast line", "bread/toast/slicer"),
        ("gas main", "house/gas/main"),
    ],
)
def test_another_plant_needs_no_other_code(said, path):
    """The bakery's names come from the bakery's file."""
    assert northmill().asset(said) == f"northmill/{path}"


@pytest.mark.parametrize("said", ["line 9", "filler on line 9", "filler 9", "compressor 7"])
def test_a_number_nobody_bears_is_unknown_never_the_nearest(said):
    """A name of a known form with another number is told to be unknown, with names that exist."""
    with pytest.raises(UnknownName) as caught:
        riverside().asset(said)
    assert caught.value.nearest


@pytest.mark.parametrize("said", ["", "bananas", "42", "🙂", "the", "%$#"])
def test_what_is_no_name_is_unknown(said):
    """Anything else is unknown, too."""
    with pytest.raises(UnknownName):
        riverside().asset(said)


@pytest.mark.parametrize(
    ("said", "choices"),
    [
        ("filler", ("Filler 1", "Filler 2", "Filler 3", "Filler 4")),
        ("compressor", ("Compressor 1", "Compressor 2")),
        ("air header", ("Air header A", "Air header B")),
    ],
)
def test_a_name_that_several_bear_is_ambiguous_and_names_them(said, choices):
    """Nothing is guessed, and each choice means one asset alone."""
    with pytest.raises(AmbiguousName) as caught:
        riverside().asset(said)
    assert caught.value.choices == choices
    assert len({riverside().asset(choice) for choice in choices}) == len(choices)


def test_every_full_name_means_its_own_asset():
    """What we call an asset is understood as that asset."""
    for names in (riverside(), northmill()):
        for path in [*names.plant.units, *(line.id for line in names.plant.lines)]:
            assert names.asset(names.full_name(path)) == path


@pytest.mark.parametrize(
    ("said", "asset", "point"),
    [
        ("bowl pressure", "packaging/line3", "packaging/line3/filler/bowl_pressure"),
        ("bowl level setpoint", "packaging/line3", "packaging/line3/filler/bowl_level_setpoint"),
        ("speed", "packaging/line3/filler", "packaging/line3/filler/speed"),
        ("commanded speed", "packaging/line3/filler", "packaging/line3/filler/speed_setpoint"),
        ("filler speed", "packaging/line3", "packaging/line3/filler/speed"),
        ("water temp", "packaging/line3/rinser", "packaging/line3/rinser/water_temperature"),
        ("pressure", "utilities/air/header_a", "utilities/air/header_a/pressure"),
        ("torque", "packaging/line1", "packaging/line1/capper/torque"),
        ("level", "packaging/line2/filler", "packaging/line2/filler/bowl_level"),
    ],
)  # fmt: skip
def test_a_point_is_found_by_what_is_measured(said, asset, point):
    """At or below the asset; a measured value is meant unless a setpoint is said."""
    assert riverside().point(said, f"riverside/{asset}").id == f"riverside/{point}"


def test_a_point_has_the_names_its_plant_gives_it():
    """“Baking heat” is what the bakers say."""
    found = northmill().point("baking heat", "northmill/bread/toast/oven")
    assert found.id == "northmill/bread/toast/oven/temperature"


def test_a_measurement_that_several_machines_have_is_ambiguous():
    """“Speed” of a line is not one value."""
    with pytest.raises(AmbiguousName):
        riverside().point("speed", "riverside/packaging/line3")


def test_a_measurement_nothing_has_is_unknown():
    """With what there is to measure."""
    with pytest.raises(UnknownName) as caught:
        riverside().point("bananas", "riverside/packaging/line3/filler")
    assert caught.value.nearest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("why is the depal on line 2 slow?", [("unit", "depal"), ("line", "line 2")]),
        ("compare line 1 and line 3", [("line", "line 1"), ("line", "line 3")]),
        ("lines 1 and 3", [("line", "lines 1"), ("line", "3")]),
        ("rate of line 2 over 3 hours", [("line", "line 2")]),
        ("line 9 is down", [("unknown", "line 9")]),
        ("trend of the packer for 2 hours", [("unit", "packer")]),
        (
            "bowl pressure of the filler on line 3",
            [("measurement", "bowl pressure"), ("unit", "filler"), ("line", "line 3")],
        ),
        ("nothing here", []),
    ],
)
def test_names_are_found_inside_sentences(text, found):
    """The longest reading of each place; a number that is a duration is no line."""
    assert [(m.kind, m.text) for m in riverside().mentions(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("speed of filler 4 to 1,200", ["speed", "filler 4"]),
        ("bowl pressure on line 4 to 2", ["bowl pressure", "line 4"]),
        ("bowl pressure on line 4 at 2 bar", ["bowl pressure", "line 4"]),
        ("the packer at 3 %", ["packer"]),
        ("filler 4 at 3 pm", ["filler 4"]),
        ("line 4 at 2:30", ["line 4"]),
        ("compare line 1 to 3", ["line 1", "3"]),
        ("lines 1, 2 and 3", ["lines 1", "2", "3"]),
        ("compressors 1 and 2", ["compressors 1", "2"]),
        ("fillers 1 and 3", ["fillers 1", "3"]),
        ("lines 1 and 9", ["lines 1", "lines 1 and 9"]),
        ("fillers 1 and 9", ["fillers 1", "fillers 1 and 9"]),
    ],
)
def test_a_number_alone_is_a_name_only_where_it_is_no_amount(text, found):
    """Shares, times, values with a unit and targets of a setting are none; lists are."""
    assert [m.text for m in riverside().mentions(text)] == found


def test_the_second_of_a_list_means_what_it_would_mean_alone():
    """“Fillers 1 and 3” are two fillers."""
    for text, wanted in (("compressors 1 and 2", 2), ("fillers 1 and 3", 2), ("lines 1 and 9", 0)):
        assert len(riverside().meant(riverside().mentions(text))) == wanted


def test_words_of_a_name_are_split_from_its_number():
    """Case, underscores, possessives and missing spaces do not matter."""
    assert tokens("Line4's  filler_2") == ("line", "4", "filler", "2")


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("the first of our two compressors", "utilities/air/compressor_1"),
        ("the second of the air compressors", "utilities/air/compressor_2"),
        ("the compressed air main A", "utilities/air/header_a"),
        ("lane 3", "warehouse/stores/empties_3"),
        ("the chilled water in its header", "utilities/cooling/chilled_water"),
        ("the header of the chilled water", "utilities/cooling/chilled_water"),
    ],
)
def test_a_name_is_known_in_the_ways_it_may_be_put(said, path):
    """By an ordinal, after its system, by its last word, and with its words the other way round."""
    assert riverside().asset(said) == f"riverside/{path}"


def test_the_main_of_the_gas_is_the_gas_main():
    """In any plant."""
    assert northmill().asset("the main of the gas") == "northmill/house/gas/main"


def test_an_area_is_not_taken_for_a_kind_of_machine():
    """“The network” is the area that bears the name, not every unit of a class called so."""
    text = (PLANTS / "pumping_station.yaml").read_text()
    plant = load(text, "station.yaml", lambda name: (PLANTS / name).read_text())
    assert Names(plant).asset("the network") == "highfield/network"


def test_a_measurement_is_found_by_how_its_name_begins():
    """Where nothing else there begins like it."""
    text = (PLANTS / "pumping_station.yaml").read_text()
    names = Names(load(text, "station.yaml", lambda name: (PLANTS / name).read_text()))
    found = names.point("power", "highfield/station/power/incomer")
    assert found.id == "highfield/station/power/incomer/flow"
