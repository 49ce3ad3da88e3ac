from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.reach import DOWN, UP, reach

NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"


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
