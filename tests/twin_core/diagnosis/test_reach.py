from pathlib import Path

from api.plant_file import read_plant
from tests.twin_core.diagnosis import quay, riverside
from tests.twin_core.diagnosis.riverside import AIR, COOLING, POWER
from twin_core.diagnosis.reach import DOWN, UP, reach

PLANTS = Path(__file__).parents[3] / "plants"
NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"
TRIP = (f"{POWER}/incomer", "breaker_tripped")


def mode(unit, name):
    return quay.plant().class_of(unit).failure_mode(name)


def test_a_weak_pump_explains_the_header_and_the_speed_of_all_it_supplies():
    """Reach follows supplies and the class's effects, on every line."""
    able = reach(quay.plant(), f"{CELLAR}/pump_1", mode(f"{CELLAR}/pump_1", "vanes_worn"))
    assert f"{CELLAR}/main/vacuum" in able.ways
    assert f"{NORTH}/boxer/pace" in able.ways
    assert f"{NORTH}/doser/pace" not in able.ways
    assert able.lines == {NORTH, "quay/hall/south"}


def test_a_process_value_takes_along_what_it_bends():
    """A cold sealer explains its rejects by the class's effect."""
    able = reach(quay.plant(), f"{NORTH}/sealer", mode(f"{NORTH}/sealer", "heater_weak"))
    assert f"{NORTH}/sealer/bad" in able.ways


def test_a_sensor_fault_explains_only_itself():
    """An instrument's fault reaches its own point and no line."""
    able = reach(quay.plant(), f"{NORTH}/sealer", mode(f"{NORTH}/sealer", "heat_sensor_stuck"))
    assert set(able.ways) == {f"{NORTH}/sealer/heat"}
    assert able.lines == frozenset()


def test_a_leak_raises_flows_and_a_weak_pump_lowers_them():
    """What is drawn and what is given move a header's flow in opposite ways, its vacuum alike."""
    plant = quay.plant()
    leak = reach(plant, f"{CELLAR}/main", mode(f"{CELLAR}/main", "leak"))
    weak = reach(plant, f"{CELLAR}/pump_1", mode(f"{CELLAR}/pump_1", "vanes_worn"))
    assert leak.ways[f"{CELLAR}/main/drawn"] == UP
    assert weak.ways[f"{CELLAR}/main/drawn"] == DOWN
    assert leak.ways[f"{CELLAR}/main/vacuum"] == weak.ways[f"{CELLAR}/main/vacuum"] == DOWN


def test_a_lost_supply_goes_on_through_what_gives_less_for_want_of_it():
    """Compressors without power give no air: their headers fall, and what runs on air slows."""
    able = reach(riverside.plant(), f"{POWER}/incomer", riverside.mode(*TRIP))
    for header in ("header_a", "header_b"):
        assert able.ways[f"{AIR}/{header}/pressure"] >= DOWN
    assert f"{AIR}/header_a" in able.units


def test_a_header_that_passes_less_relieves_what_supplies_it():
    """Behind a plugged strainer the chiller's water gets colder, and less of it goes."""
    header = f"{COOLING}/chilled_water"
    able = reach(riverside.plant(), header, riverside.mode(header, "strainer_plugged"))
    assert able.ways[f"{COOLING}/chiller/supply_temperature"] == DOWN
    assert able.ways[f"{COOLING}/chiller/flow"] == DOWN
    assert able.ways[f"{header}/temperature"] >= UP


def test_what_a_producer_shows_of_itself_moves_no_header():
    """A bearing that runs warm and shakes speaks of that alone."""
    asset = "highfield/station/pumps/pump_1"
    plant = read_plant(PLANTS / "pumping_station.yaml")
    bearing = plant.class_of(asset).failure_mode("bearing_failing")
    assert bearing is not None
    able = reach(plant, asset, bearing)
    assert {point.rpartition("/")[0] for point in able.ways} == {asset}
    assert able.via == frozenset()
