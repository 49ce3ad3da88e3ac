"""Riverside is whole, and agrees with itself."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from twin_core.plant.classes import Role
from twin_core.plant.document import load

FOLDER = Path(__file__).parents[2] / "plants"
MACHINES = [
    "depalletizer",
    "rinser",
    "filler",
    "capper",
    "labeller",
    "packer",
    "palletizer",
]


@pytest.fixture(scope="module")
def plant():
    text = (FOLDER / "riverside.yaml").read_text(encoding="utf-8")
    return load(text, "riverside.yaml", lambda name: (FOLDER / name).read_text(encoding="utf-8"))


def test_it_has_at_least_250_points_and_four_lines_of_seven_machines(plant):
    lines = [line for line in plant.lines if line.kind == "production"]

    assert len(plant.points) >= 250
    assert len(lines) == 4
    for line in lines:
        steps = [unit.id.rsplit("/", 1)[1] for unit in plant.machines(line)]
        assert steps == MACHINES


def test_a_conveyor_of_its_own_lies_between_any_two_machines_of_a_line(plant):
    for line in plant.lines:
        for before, after in pairwise(plant.machines(line)):
            (link,) = [k for k in plant.links_from(before.id, "feeds") if k.target == after.id]
            conveyor = plant.unit(link.buffer.conveyor)
            rate = before.parameters["rated_speed"]

            assert plant.class_of(conveyor.id).model == "conveyor"
            assert conveyor.with_role(Role.LEVEL).spec.limits.high >= link.buffer.capacity
            assert 15 <= link.buffer.capacity / rate * 60 <= 125


def test_the_filler_is_the_slowest_machine_and_the_others_have_5_to_25_percent_more(plant):
    for line in plant.lines:
        if line.kind != "production":
            continue
        bottles = {}
        per = 1.0
        for unit in plant.machines(line):
            if unit.flow.unit_in == "{pallet}":
                per = 1.0
            else:
                per *= unit.flow.takes / unit.flow.gives
            bottles[unit.id] = unit.parameters["rated_speed"] * per
        filler = bottles.pop(f"{line.id}/filler")
        assert all(1.05 <= speed / filler <= 1.26 for speed in bottles.values())


def test_lines_are_read_by_opcua_utilities_and_warehouse_by_modbus_and_work_is_a_cmms(plant):
    kinds = {source.id: source.kind for source in plant.sources}
    by_line = {
        line.id: {kinds[point.source] for unit in line.units for point in unit.points}
        for line in plant.lines
    }

    assert "cmms" in kinds.values()
    for line in plant.lines:
        assert by_line[line.id] == ({"opcua"} if line.kind == "production" else {"modbus"})
    assert {"big", "little"} <= {
        point.address.get("word_order", "big")
        for point in plant.read
        if kinds[point.source] == "modbus"
    }


def test_a_healthy_machine_at_its_recipe_loses_nothing_by_its_own_effects(plant):
    for product in plant.products:
        for class_id, recipe in product.recipe.items():
            kind = plant.classes[class_id]
            for name, value in recipe.items():
                spec = kind.point(name)
                assert spec.adjustable.holds(value)
                assert kind.point(spec.measures).normal.holds(value), (product.id, name)
            for effect in kind.effects:
                spec = None if ":" in effect.by else kind.point(effect.by)
                if spec is None or spec.normal is None:
                    continue
                rising = effect.none > effect.full
                worst = spec.normal.high if rising else spec.normal.low
                assert worst <= effect.full if rising else worst >= effect.full, (kind.id, effect)


def test_products_have_a_number_a_rate_on_every_line_and_the_same_recipe_points(plant):
    lines = {line.id for line in plant.lines if line.kind == "production"}

    assert len(plant.products) >= 3
    assert len({product.number for product in plant.products}) == len(plant.products)
    assert all(set(product.rates) == lines for product in plant.products)
    asked = {
        tuple((kind, *sorted(values)) for kind, values in sorted(product.recipe.items()))
        for product in plant.products
    }
    assert len(asked) == 1


def test_planned_stops_are_short_and_never_in_the_first_hour_of_a_shift(plant):
    stops = [stop for shift in plant.shifts for stop in shift.stops]

    assert {"break", "changeover"} <= {stop.reason for stop in stops}
    assert all(stop.after_min >= 60 and stop.duration_min <= 15 for stop in stops)


def test_supplies_can_carry_their_consumers_with_a_reserve(plant):
    drawn: defaultdict[tuple[str, str], float] = defaultdict(float)
    given: defaultdict[tuple[str, str], float] = defaultdict(float)
    for link in plant.links:
        if link.kind != "supplies":
            continue
        drawn[link.medium, link.source] += link.share or 0.0
        if plant.class_of(link.source).model == "producer":
            given[link.medium, link.target] += plant.unit(link.source).parameters["capacity"]
    headers = [key for key in given if drawn[key]]

    assert len(headers) == len(given) == 5
    assert all(0.45 <= drawn[key] / given[key] <= 0.85 for key in headers)
