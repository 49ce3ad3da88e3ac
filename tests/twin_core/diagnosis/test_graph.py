from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.graph import path, supplies

NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"


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
