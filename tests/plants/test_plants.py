"""What holds for every plant file and every equipment class that come with us."""

from collections import Counter
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
PLANTS = sorted(path.name for path in FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module", params=PLANTS)
def plant(request):
    text = (FOLDER / request.param).read_text(encoding="utf-8")
    return load(text, request.param, lambda name: (FOLDER / name).read_text(encoding="utf-8"))


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
            named = [s.point.partition(":") for s in mode.symptoms if ":" in s.point]
            assert {name for side, _, name in named if side == "supply"} <= media, (
                unit.id,
                mode.id,
            )
            supplied = [plant.units[k.target] for k in plant.links_from(unit.id, "supplies")]
            for name in (name for side, _, name in named if side == "supplied"):
                assert any(other.point(name) for other in supplied), (unit.id, mode.id, name)


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
        known = symptom.point.startswith(("supplied", "supply:"))
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
