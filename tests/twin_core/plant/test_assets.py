"""The plant's walks: machines in the order of flow, units of flow, links, paths."""

import copy
import pickle

import pytest

from tests.twin_core.plant_fixture import BAG, GAS, LINE, OVEN, bakery
from twin_core.errors import UnknownName
from twin_core.plant.classes import Role

PLANT = bakery()


def test_machines_come_in_the_order_of_flow_whatever_the_order_in_the_file():
    shuffled = PLANT.line(LINE).model_copy(update={"units": PLANT.line(LINE).units[::-1]})
    names = [u.id.rsplit("/", 1)[1] for u in PLANT.machines(shuffled)]
    assert names == ["divider", "oven", "slicer", "bagger"]


def test_the_last_machine_counts_the_line_unless_the_file_says_otherwise():
    line = PLANT.line(LINE)
    counter = PLANT.counter(line)
    assert counter is not None
    assert counter.id == BAG
    other = bakery({'unit_of_flow: "{loaf}"': 'unit_of_flow: "{loaf}"\n        counted_at: slicer'})
    found = other.counter(other.line(LINE))
    assert found is not None
    assert found.id == "northmill/bread/toast/slicer"
    assert PLANT.counter(PLANT.line("northmill/house/gas")) is None


def test_what_one_unit_out_is_worth_in_the_lines_unit_of_flow():
    line = PLANT.line(LINE)
    assert PLANT.in_flow(line, PLANT.unit(BAG)) == 2.0
    assert PLANT.in_flow(line, PLANT.unit(OVEN)) == 1.0


def test_paths_lead_to_their_line_and_unknown_ones_are_told():
    assert PLANT.line(f"{BAG}/speed").id == LINE
    for wrong in (PLANT.line, PLANT.unit, PLANT.point):
        with pytest.raises(UnknownName, match="northmill/none"):
            wrong("northmill/none")


def test_a_path_that_is_nearly_one_is_told_the_nearest_and_never_said_again_whole():
    """A misspelt path is answered with what it may have meant; a megabyte of it is cut."""
    with pytest.raises(UnknownName, match=f"Nearest: {BAG}/speed"):
        PLANT.point(f"{BAG}/sped")
    with pytest.raises(UnknownName, match=f"Nearest: {OVEN}"):
        PLANT.unit(f"{OVEN}1")
    with pytest.raises(UnknownName) as told:
        PLANT.point("x" * 1_000_000)
    assert len(str(told.value)) < 300
    assert "Nearest" not in str(told.value)


def test_points_are_found_by_role_and_by_last_step():
    unit = PLANT.unit(OVEN)
    produced, temperature = unit.with_role(Role.PRODUCED), unit.point("temperature")
    assert produced is not None
    assert produced.id == f"{OVEN}/produced"
    assert temperature is not None
    assert temperature.spec.role is Role.PROCESS
    assert unit.with_role(Role.STOP_REASON) is None


def test_links_are_found_from_both_ends():
    assert [k.target for k in PLANT.links_from(GAS)] == [OVEN]
    assert {k.kind for k in PLANT.links_into(OVEN)} == {"feeds", "supplies"}
    assert PLANT.links_into(OVEN, "controls") == ()


def test_only_adjustable_points_that_are_not_safety_critical_are_writable():
    writable = [p.id for p in PLANT.points if p.writable]
    assert writable == ["northmill/bread/toast/divider/speed_setpoint"]


def test_a_changed_copy_keeps_nothing_that_was_worked_out_before():
    plant = bakery()
    assert len(plant.units) == 5
    packed = pickle.dumps(plant)
    moved = plant.model_copy(update={"areas": plant.areas[:1], "links": ()})
    assert len(moved.units) == 4
    assert len(moved.points) < len(plant.points)
    assert pickle.dumps(moved) != packed


def test_a_plant_survives_travel_and_copying():
    arrived = pickle.loads(pickle.dumps(PLANT))  # noqa: S301 (packed right here)
    assert arrived == PLANT
    assert copy.deepcopy(PLANT) == PLANT
    assert arrived.index == PLANT.index
