"""Words of measurements are known by how people shorten them, where the plant has the long ones."""

import pytest

from agents.offline.reading import read
from agents.offline.shortened import in_full
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))
PUMPS = Names(plant_of("pumping_station"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("filler 1 vibs since 6", "filler 1 vibration since 6"),
        ("vib of capper 2", "vibration of capper 2"),
        ("brg temp filler 3", "bearing temp filler 3"),
        ("dewpoint on header B", "dew point on header B"),
        ("dewpt header B", "dew point header B"),
        ("P on header B", "pressure on header B"),
        ("the bowl P of filler 3", "the bowl pressure of filler 3"),
        ("bearing T on filler 2", "bearing temperature on filler 2"),
        ("PV of the glue temperature", "value of the glue temperature"),
        ("is the shaking on filler 1 worse", "is the vibration on filler 1 worse"),
        ("hotmelt on labeller 2", "hot melt on labeller 2"),
        ("set it to 5.5bar or 150c", "set it to 5.5 bar or 150 c"),
        ("from 6h to 7am, 30min", "from 6h to 7am, 30min"),
        ("P1 is off", "P1 is off"),
        ("T+60 min", "T+60 min"),
        ("what is p-4120", "what is p-4120"),
        ("he was standing there for hours", "he was standing there for hours"),
        ("WHAT IS P", "WHAT IS P"),
    ],
)
def test_a_short_word_of_a_measurement_is_written_in_full(said, meant):
    assert in_full(said, NAMES) == meant


def test_no_word_is_written_out_that_the_plant_does_not_have():
    assert in_full("dewpoint of the main", PUMPS) == "dewpoint of the main"


@pytest.mark.parametrize(
    ("said", "asset", "measurement"),
    [
        ("what is the dewpoint on hdr B", "Air header B", "dew point"),
        ("how dry is the air in main B", "Air header B", "dew"),
        ("current PV of bowl P, L3 filler", "Filler 3", "bowl pressure"),
        ("what is the air pressure on header A", "Air header A", "air pressure"),
        ("what is P on A doing", "Air header A", "pressure"),
    ],
)
def test_what_is_measured_is_found_by_its_short_name(said, asset, measurement):
    (reading,) = read(said, NAMES)
    assert (reading.assets, reading.measurement) == ((asset,), measurement)


@pytest.mark.parametrize(
    "said",
    [
        "which draws more power right now, pump 1 or pump 2",
        "which pump, 1 or 2, is using more power right now",
        "is pump 1 taking more power than pump 2 at present",
        "who's eating more electricity right now, the lead or the lag pump",
    ],
)
def test_the_name_of_a_supply_is_what_a_machine_draws_of_it(said):
    (reading,) = read(said, PUMPS)
    assert set(reading.assets) == {"Pump 1", "Pump 2"}
    assert "power" in reading.measurement


def test_a_supply_that_fails_is_no_measurement():
    (reading,) = read("what happens to pump 1 if the power supply fails", PUMPS)
    assert reading.measurement != "power"


def test_machines_are_not_compared_by_what_was_not_asked():
    (reading,) = read("which pump is lazier, 1 or 2", PUMPS)
    assert (reading.kind, reading.measurement) == ("unclear", "")
    (reading,) = read("compare pump 1 and pump 2", PUMPS)
    assert (reading.kind, bool(reading.measurement)) == ("compare", True)


@pytest.mark.parametrize(
    ("said", "measurement"),
    [
        ("how full will the pallet store be at the end of the shift", "level"),
        ("how hot will the bearing of filler 1 be in 20 minutes", "bearing temperature"),
    ],
)
def test_an_adjective_asks_of_what_will_be_too(said, measurement):
    (reading,) = read(said, NAMES)
    assert (reading.kind, reading.measurement) == ("what_if", measurement)


@pytest.mark.parametrize(
    "said",
    [
        "whats on the board for line 4",
        "give me the lie of the land on line 4, is she running alright",
        "which levers do we have on line 2",
    ],
)
def test_what_is_no_measurement_is_not_taken_for_one(said):
    (reading,) = read(said, NAMES)
    assert reading.measurement == ""


def test_how_a_thing_was_is_no_count():
    said = "I'd like to see what the filler on one has done for vibration from six till now"
    (reading,) = read(said, NAMES)
    assert (reading.kind, reading.assets) == ("trend", ("Filler 1",))
    (reading,) = read("how many bottles has line 3 done since 6", NAMES)
    assert reading.kind == "made"


def test_what_sort_of_state_asks_for_no_product():
    (reading,) = read("what sort of state is packer 4 in just now", NAMES)
    assert (reading.kind, reading.assets) == ("state", ("Packer 4",))
