"""The plant files that come with us are whole, and agree with each other."""

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from twin_core.plant.class_file import load_classes
from twin_core.plant.classes import Role
from twin_core.plant.document import load

FOLDER = Path(__file__).parents[2] / "plants"
FILES = sorted((FOLDER / "classes").glob("*.yaml"))
CLASSES = [
    kind for path in FILES for kind in load_classes(path.read_text(encoding="utf-8"), path.name)
]
MODES = [(kind, mode) for kind in CLASSES for mode in kind.failure_modes]
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


def named(pair):
    return pair.id if hasattr(pair, "id") else None


def upstream(plant, unit, medium):
    """Units that reach `unit` by links of a medium, and those of the same medium behind them."""
    found, queue = set(), [unit]
    while queue:
        for link in plant.links_into(queue.pop(), "supplies"):
            if link.medium == medium and link.source not in found:
                found.add(link.source)
                queue.append(link.source)
    return found


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


def test_no_two_points_of_a_source_share_an_address(plant):
    taken: Counter[tuple[str, str, int]] = Counter()
    for point in plant.read:
        if isinstance(point.address, str):
            taken[point.source, point.address, 0] += 1
            continue
        wide = 2 if point.address["type"] in {"float32", "int32", "uint32"} else 1
        for register in range(wide):
            place = point.address["register"] + register
            taken[point.source, point.address["table"], place] += 1

    assert [place for place, count in taken.items() if count > 1] == []


def test_an_integer_register_can_carry_what_its_point_can_show(plant):
    reach = {"int16": (-32768, 32767), "uint16": (0, 65535), "int32": (-(2**31), 2**31 - 1)}
    for point in plant.read:
        if isinstance(point.address, dict) and point.address["type"] in reach:
            low, high = reach[point.address["type"]]
            scale = point.address.get("scale", 1)
            assert scale <= (point.spec.resolution or 1)
            assert low * scale <= point.spec.limits.low, point.id
            assert point.spec.limits.high <= high * scale, point.id


def test_every_effect_of_a_supply_has_a_header_linked_to_the_unit(plant):
    for unit in plant.units.values():
        for effect in plant.class_of(unit.id).effects:
            if effect.by.startswith("supply:"):
                medium = effect.by.removeprefix("supply:")
                sources = [
                    link.source
                    for link in plant.links_into(unit.id, "supplies")
                    if link.medium == medium
                ]
                models = [plant.class_of(source).model for source in sources]
                assert models == ["header"], (unit.id, effect.by)
                assert plant.unit(sources[0]).with_role(Role.POTENTIAL) is not None


def test_every_supply_that_a_failure_mode_speaks_of_is_linked_to_the_unit(plant):
    for unit in plant.units.values():
        media = {link.medium for link in plant.links_into(unit.id, "supplies")}
        for mode in plant.class_of(unit.id).failure_modes:
            spoken = {s.point.removeprefix("supply:") for s in mode.symptoms if ":" in s.point}
            assert spoken <= media, (unit.id, mode.id)


def test_every_set_point_remedy_is_writable_on_the_unit_its_supplier_or_a_neighbour(plant):
    for unit in plant.units.values():
        media = {link.medium for link in plant.links_into(unit.id, "supplies")}
        media |= {link.medium for link in plant.links_from(unit.id, "supplies")}
        reachable = set().union(*(upstream(plant, unit.id, medium) for medium in media))
        for link in plant.links_from(unit.id, "supplies"):
            reachable |= upstream(plant, link.target, link.medium)
        reachable |= {link.source for link in plant.links_into(unit.id, "feeds")}
        for mode in plant.class_of(unit.id).failure_modes:
            for remedy in mode.remedies:
                if remedy.kind != "set_point":
                    continue
                where, _, name = remedy.point.rpartition(":")
                units = [plant.unit(u) for u in reachable - {unit.id}] if where else [unit]
                points = [u.point(name) for u in units if u.point(name) is not None]
                assert points, (unit.id, mode.id, remedy.point)
                assert all(point.writable for point in points), (unit.id, mode.id, remedy.point)


@pytest.mark.parametrize("kind", CLASSES, ids=named)
def test_a_class_has_at_least_eight_failure_modes_of_different_kinds(kind):
    sensors = [mode for mode in kind.failure_modes if mode.sensor]
    settings = [mode for mode in kind.failure_modes if mode.mode == "PDE"]

    assert len({mode.id for mode in kind.failure_modes}) == len(kind.failure_modes) >= 8
    assert len(sensors) >= 2
    assert settings or kind.model == "header"
    assert len(kind.failure_modes) - len(sensors) >= 4


@pytest.mark.parametrize(("kind", "mode"), MODES, ids=named)
def test_a_failure_mode_refers_to_points_that_exist_and_can_be_remedied(kind, mode):
    for symptom in mode.symptoms:
        known = symptom.point == "supplied" or symptom.point.startswith("supply:")
        assert known or kind.point(symptom.point) is not None
    for act in mode.acts:
        assert act.size.low <= act.size.high
        assert (act.on == "offset") == (act.point is not None)
        assert act.point is None or kind.point(act.point) is not None
    for remedy in mode.remedies:
        assert remedy.task.endswith(".")
        assert (remedy.kind == "set_point") == (remedy.point is not None)
        if remedy.point is not None and ":" not in remedy.point:
            assert kind.point(remedy.point).adjustable is not None
    if mode.sensor:
        assert kind.point(mode.instrument) is not None
        assert [act.on for act in mode.acts] == ["none"]
        assert {symptom.point for symptom in mode.symptoms} == {mode.instrument}
    else:
        assert mode.instrument is None


@pytest.mark.parametrize("kind", CLASSES, ids=named)
def test_a_setpoint_lies_inside_its_limits_and_follows_what_it_measures(kind):
    for spec in kind.points:
        if spec.normal is not None:
            assert spec.limits.holds(spec.normal.low)
            assert spec.limits.holds(spec.normal.high)
        if spec.role not in {Role.SETPOINT, Role.SPEED_SETPOINT}:
            assert spec.adjustable is None
            continue
        assert spec.settle_s is not None
        assert (spec.adjustable is None) == spec.safety_critical
        if spec.adjustable is not None:
            assert spec.step is not None
            assert spec.limits.holds(spec.adjustable.low)
            assert spec.limits.holds(spec.adjustable.high)
            assert spec.normal is None or (
                spec.adjustable.holds(spec.normal.low) and spec.adjustable.holds(spec.normal.high)
            )


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
