from itertools import pairwise

from tests.twin_core.diagnosis import quay, riverside
from twin_core.diagnosis.graph import around, onward, path, spoken_of, supplies
from twin_core.plant.assets import Area, Line, Link, Plant, Unit
from twin_core.plant.classes import EquipmentClass

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


def test_a_machine_acts_on_its_neighbours_and_on_the_belts_beside_it():
    """It starves and fills what follows, blocks and empties what is before."""
    found = set(onward(quay.plant(), f"{NORTH}/doser"))
    beside = {f"{NORTH}/washer", f"{NORTH}/sealer", f"{NORTH}/belt_1", f"{NORTH}/belt_2"}
    assert beside <= found


def test_a_tie_carries_both_ways_whatever_way_its_links_are_written():
    """A header acts on the tie after it and on the one before it, and over it on the other."""
    ids = [f"pier/all/water/{name}" for name in ("upper", "valve", "lower")]
    classes = {m: EquipmentClass(id=m, name=m, model=m) for m in ("header", "tie")}
    units = tuple(Unit(id=at, name=at, class_id="tie" if at == ids[1] else "header") for at in ids)
    line = Line(id="pier/all/water", name="water", kind="utility", units=units)
    plant = Plant(
        site="pier", name="Pier", timezone="UTC", classes=classes,
        areas=(Area(id="pier/all", name="all", lines=(line,)),),
        links=tuple(
            Link(kind="supplies", source=a, target=b)
            for a, b in pairwise(ids)
        ),
    )  # fmt: skip
    found = {at: set(onward(plant, at)) for at in ids}
    assert found == {ids[0]: {ids[1]}, ids[1]: {ids[0], ids[2]}, ids[2]: {ids[1]}}


def test_a_plant_without_links_is_supplied_by_whatever_supplies():
    """Discovery finds no links: a leaking main may trouble any line, a machine elsewhere none."""
    draft = quay.plant().model_copy(update={"links": ()})
    found = supplies(draft, draft.line(NORTH))
    assert set(found) == {f"{CELLAR}/main", f"{CELLAR}/pump_1", f"{CELLAR}/pump_2"}
    assert not set(found) & {u.id for u in draft.line(NORTH).units}


def test_a_word_about_another_lines_machine_is_none_about_this_line():
    """Who delivers to the same store is another line's matter; the store and the media are not."""
    plant = riverside.plant()
    line = plant.line(riverside.LINE)
    found = spoken_of(plant, line)
    assert {u.id for u in line.units} <= found
    assert {f"{riverside.AIR}/header_a", "riverside/warehouse/stores/pallet_store"} <= found
    assert not {u for u in found if u.startswith("riverside/packaging/")} - {
        u.id for u in line.units
    }
