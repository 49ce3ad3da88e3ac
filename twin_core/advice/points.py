"""Which set-points could help, and how far each may be moved: links, class effects, limits.

`supplier:POINT` and `neighbour:POINT` of a remedy are resolved along the plant's links; what the
class's effects bend is turned into the set-points that lead it. It must never propose a value
outside the plant file's range, the product's tolerance or the controller's step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from twin_core.diagnosis.setpoints import due, product_of
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import RemedySpec, Role
from twin_core.simulation.live.effects import bend
from twin_core.twin import Snapshot
from twin_core.units import number
from twin_core.value import Range

_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Parts of the way to the limit that are tried."""


@dataclass(frozen=True, slots=True)
class Lever:
    """A set-point that may be moved, and the values worth trying.

    Attributes:
        cures: whether the right value removes the cause.
        task: what it is for, one sentence.
    """

    point: Point
    now: float
    values: tuple[float, ...]
    cures: bool
    task: str


def resolve(plant: Plant, unit: Unit, name: str) -> tuple[Point, ...]:
    """The points that a remedy's `point` names, nearest first; empty if the plant has none."""
    kind, _, point_id = name.rpartition(":")
    if not kind:
        own = unit.point(point_id)
        return (own,) if own is not None else ()
    order = _suppliers(plant, unit.id) if kind == "supplier" else _neighbours(plant, unit.id)
    found = (plant.units[u].point(point_id) for u in order)
    return tuple({p.id: p for p in found if p is not None}.values())


def _suppliers(plant: Plant, unit_id: str) -> Iterator[str]:
    """Whatever supplies or feeds the unit from outside, nearest first."""
    queue, seen = [unit_id], {unit_id}
    while queue:
        here = queue.pop(0)
        for link in (*plant.links_into(here, "supplies"), *plant.links_into(here, "feeds")):
            inside = link.kind == "feeds" and plant.line(link.source) == plant.line(here)
            if link.source not in seen and not inside:
                seen.add(link.source)
                queue.append(link.source)
                yield link.source


def _neighbours(plant: Plant, unit_id: str) -> Iterator[str]:
    """Units of the same medium around the unit: peers, ties, headers beyond them, nearest first."""
    media = {
        k.medium
        for k in (*plant.links_into(unit_id, "supplies"), *plant.links_from(unit_id, "supplies"))
        if k.medium is not None
    }
    own = plant.class_of(unit_id).medium
    media = {own} if own is not None else media
    queue, seen = [unit_id], {unit_id}
    while queue:
        here = queue.pop(0)
        for link in (*plant.links_from(here, "supplies"), *plant.links_into(here, "supplies")):
            other = link.target if link.source == here else link.source
            shared = plant.class_of(other).model in {"producer", "header", "tie"}
            if link.medium in media and shared and other not in seen:
                seen.add(other)
                queue.append(other)
                yield other


def allowed(snapshot: Snapshot, point: Point) -> Range | None:
    """Where the set-point may be put: its own range, cut by what the product tolerates."""
    if not point.writable or point.spec.adjustable is None:
        return None
    low, high = point.spec.adjustable.low, point.spec.adjustable.high
    unit = snapshot.plant.units[point.unit_id]
    product = product_of(snapshot, unit)
    if product is not None and point.spec.measures is not None:
        span = product.tolerances.get(unit.class_id, {}).get(point.spec.measures)
        if span is not None:
            low, high = max(low, span[0]), min(high, span[1])
    return Range(low=low, high=high) if low <= high else None


def standing(snapshot: Snapshot, point: Point) -> float | None:
    """Where a set-point stands; None if that is not believed well: a basis holds nothing less."""
    believed = snapshot.latest(point.id)
    return believed.value if believed.state == "good" else None


def lever(snapshot: Snapshot, point: Point, spec: RemedySpec, usual: float | None) -> Lever | None:
    """The set-point with the values worth trying for that remedy; None if it cannot be moved.

    Args:
        snapshot: belief; a set-point that is not believed is no lever.
        point: the set-point.
        spec: its move and whether it cures.
        usual: what the set-point was before, if it was moved.
    """
    unit = snapshot.plant.units[point.unit_id]
    now, span = standing(snapshot, point), allowed(snapshot, point)
    if span is None or now is None:
        return None  # nobody moves what he cannot see
    should = due(snapshot, unit, point)
    wanted: list[float] = []
    if usual is not None:
        wanted.append(usual)
    if spec.move == "recipe" or spec.cures:
        wanted += [should.value] if should is not None else []
    if spec.move in {"up", "down"} and not (spec.cures and wanted):
        wanted += _along(snapshot, point, now, span, spec.move)
    tidy = sorted({rounded(point, float(np.clip(v, span.low, span.high))) for v in wanted})
    values = tuple(v for v in tidy if abs(v - now) > max(point.spec.resolution, 1e-9) / 2.0)
    return Lever(point, now, values, spec.cures, spec.task) if values else None


def _along(snapshot: Snapshot, point: Point, now: float, span: Range, move: str) -> list[float]:
    """Values towards the limit, and the one that makes up for what the process has lost."""
    limit = span.high if move == "up" else span.low
    found = [now + share * (limit - now) for share in _SHARES]
    if point.spec.measures is not None:
        measured = snapshot.latest(f"{point.unit_id}/{point.spec.measures}")
        if measured.value is not None:
            gap = now - measured.value
            if (gap > 0) == (move == "up"):
                found.append(now + gap)
    return found


def rounded(point: Point, value: float) -> float:
    """The value in the steps that the point resolves."""
    step = point.spec.resolution
    return round(round(value / step) * step, 10) if step > 0 else number(value)


def bent(snapshot: Snapshot, unit: Unit) -> Iterator[tuple[Point, Literal["up", "down"]]]:
    """Set-points, own or of suppliers, that lead what bends the unit now, and which way to move."""
    plant = snapshot.plant
    for effect in plant.class_of(unit.id).effects:
        medium = effect.by.partition("supply:")[2]
        if medium:
            yield from _of_supply(snapshot, unit, medium, up=effect.full > effect.none)
            continue
        point = unit.point(effect.by)
        if point is None or point.spec.role is Role.SPEED:
            continue
        value = snapshot.latest(point.id).value
        if value is None or bend(effect, value) < 0.02:
            continue
        for leader in unit.points:
            if leader.spec.measures == effect.by:
                yield leader, "up" if effect.full > effect.none else "down"


def _of_supply(
    snapshot: Snapshot, unit: Unit, medium: str, *, up: bool
) -> Iterator[tuple[Point, Literal["up", "down"]]]:
    plant = snapshot.plant
    header = plant.supplier(unit.id, medium)
    if header is None:
        return
    potential = plant.units[header].with_role(Role.POTENTIAL)
    value = snapshot.latest(potential.id).value if potential is not None else None
    effects = [e for e in plant.class_of(unit.id).effects if e.by == f"supply:{medium}"]
    if value is None or not any(bend(e, value) > 0.02 for e in effects):
        return
    for other in dict.fromkeys((*_suppliers(plant, header), *_neighbours(plant, header))):
        kind = plant.class_of(other)
        if kind.medium != medium:
            continue
        for leader in plant.units[other].points:
            measured = leader.spec.measures and plant.units[other].point(leader.spec.measures)
            if not measured:
                continue
            if measured.spec.role is Role.POTENTIAL:
                yield leader, "up" if up else "down"
            elif measured.spec.role is Role.OUTPUT or kind.model == "tie":
                yield leader, "up"


def steps(now: float, value: float, most: float | None) -> tuple[float, ...]:
    """The values written one after the other, none further from the last than `most`."""
    count = 1 if most is None else max(1, ceil(abs(value - now) / most - 1e-9))
    return tuple(
        value if k == count else now + (value - now) * k / count for k in range(1, count + 1)
    )
