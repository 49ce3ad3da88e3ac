from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.graph import path, reach, supplies

NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"


def mode(unit, name):
    return quay.plant().class_of(unit).failure_mode(name)


def test_what_supplies_a_line_is_found_at_any_remove():
    """A header and the pumps behind it supply the machines; the other line does not."""
    plant = quay.plant()
    found = supplies(plant, plant.line(NORTH))
    assert set(found) == {f"{CELLAR}/main", f"{CELLAR}/pump_1", f"{CELLAR}/pump_2"}


def test_a_path_runs_from_the_producer_over_the_header_to_the_counter():
    """The causal path names every asset between cause and complaint."""
    steps = path(quay.plant(), f"{CELLAR}/pump_1", f"{NORTH}/boxer")
    assert steps == (f"{CELLAR}/pump_1", f"{CELLAR}/main", f"{NORTH}/boxer")


def test_a_path_along_the_line_goes_over_its_belts():
    """A cause at a machine reaches the counter along the flow."""
    steps = path(quay.plant(), f"{NORTH}/washer", f"{NORTH}/sealer")
    assert steps[0] == f"{NORTH}/washer"
    assert steps[-1] == f"{NORTH}/sealer"
    assert f"{NORTH}/doser" in steps


def test_a_weak_pump_explains_the_header_and_the_speed_of_all_it_supplies():
    """Reach follows supplies and the class's effects, on every line."""
    able = reach(quay.plant(), f"{CELLAR}/pump_1", mode(f"{CELLAR}/pump_1", "vanes_worn"))
    assert f"{CELLAR}/main/vacuum" in able.points
    assert f"{NORTH}/boxer/pace" in able.points
    assert f"{NORTH}/doser/pace" not in able.points
    assert able.lines == {NORTH, "quay/hall/south"}


def test_a_process_value_takes_along_what_it_bends():
    """A cold sealer explains its rejects by the class's effect."""
    able = reach(quay.plant(), f"{NORTH}/sealer", mode(f"{NORTH}/sealer", "heater_weak"))
    assert f"{NORTH}/sealer/bad" in able.points


def test_a_sensor_fault_explains_only_itself():
    """An instrument's fault reaches its own point and no line."""
    able = reach(quay.plant(), f"{NORTH}/sealer", mode(f"{NORTH}/sealer", "heat_sensor_stuck"))
    assert able.points == {f"{NORTH}/sealer/heat"}
    assert able.lines == frozenset()
