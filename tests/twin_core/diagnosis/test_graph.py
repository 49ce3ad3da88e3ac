from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.graph import around, path, supplies

NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"


def test_what_supplies_a_line_is_found_at_any_remove():
    """A header and the pumps behind it supply the machines; the other line does not."""
    plant = quay.plant()
    found = supplies(plant, plant.line(NORTH))
    assert set(found) == {f"{CELLAR}/main", f"{CELLAR}/pump_1", f"{CELLAR}/pump_2"}


def test_around_a_line_lies_all_that_hangs_at_its_headers_and_nothing_else():
    """Whoever draws from a line's header bears on it; what only stands beside those does not."""
    plant = quay.plant()
    found = around(plant, plant.line(NORTH))
    assert {u.id for u in plant.line(NORTH).units} <= found
    assert {f"{CELLAR}/main", f"{CELLAR}/pump_1", f"{CELLAR}/pump_2"} <= found
    south = {u for u in found if u.startswith("quay/hall/south/")}
    drawing = {"quay/hall/south/washer", "quay/hall/south/boxer"}
    assert drawing <= south
    assert "quay/hall/south/doser" not in south


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
