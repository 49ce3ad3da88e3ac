"""Signs of set-points away from what they should be, whenever they were moved.

What a set-point should be: the recipe of the product being made; else the middle of the class's
normal range; else what it was before. A recipe is binding; a class's range yields to what the same
set-point is on the peers. It must never judge a set-point nobody gave a value for.
"""

from dataclasses import dataclass

import numpy as np

from twin_core.diagnosis.changepoint import shift
from twin_core.diagnosis.sign import Against, Sign, logistic
from twin_core.diagnosis.window import Window, began
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import SETTINGS, Role
from twin_core.plant.production import Product
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND


@dataclass(frozen=True, slots=True)
class Due:
    """What a set-point should be, how far it may be from that, and who says so."""

    value: float
    tolerance: float
    by: Against


def product_of(snapshot: Snapshot, unit: Unit) -> Product | None:
    """The product the unit is making, by its own PRODUCT point or another's on its line."""
    members = [unit, *snapshot.plant.line(unit.id).units]
    for member in members:
        point = member.with_role(Role.PRODUCT)
        if point is None:
            continue
        number = snapshot.settled_value[snapshot.plant.index[point.id]]
        found = [p for p in snapshot.plant.products if p.number == number]
        if found:
            return found[0]
    return None


def due(snapshot: Snapshot, unit: Unit, point: Point) -> Due | None:
    """What the set-point should be by recipe, peers and class; None if nobody says."""
    spec = point.spec
    if spec.role not in SETTINGS:
        return None
    product = product_of(snapshot, unit)
    half = (spec.normal.high - spec.normal.low) / 2.0 if spec.normal is not None else 0.0
    if product is not None:
        called = product.recipe.get(unit.class_id, {}).get(spec.id)
        if called is not None:
            allowed = product.tolerances.get(unit.class_id, {}).get(spec.id)
            inside = max(abs(called - e) for e in allowed) if allowed is not None else 0.0
            loose = max(2.0 * spec.resolution, half, 0.01 * abs(called))
            return Due(called, max(inside, loose), "recipe")
    if spec.normal is None:
        return None
    middle = (spec.normal.low + spec.normal.high) / 2.0
    tolerance = max(half, 2.0 * spec.resolution)
    usual = snapshot.plant.class_of(unit.id).point(spec.id)
    own = usual is not None and usual.normal != spec.normal
    peers = [] if own else _peers(snapshot, unit, point)  # told for this one: it is no other's
    if len(peers) >= 2 and abs(float(np.median(peers)) - middle) > tolerance:
        return Due(float(np.median(peers)), tolerance, "peers")
    return Due(middle, tolerance, "normal")


def observe(window: Window) -> list[Sign]:
    """A `low` or `high` sign for every set-point that is not where it should be."""
    found = []
    for unit in window.plant.units.values():
        if unit.id not in window.units:
            continue
        for point in unit.points:
            if point.spec.role in SETTINGS:
                sign = _judge(window, unit, point)
                if sign is not None:
                    found.append(sign)
    return found


def _judge(window: Window, unit: Unit, point: Point) -> Sign | None:
    at = window.plant.index[point.id]
    counts = np.isfinite(window.value[:, at])
    seen = window.value[counts, at]
    if not len(seen) or point.id in window.snapshot.quarantined:
        return None
    now, spec = float(np.median(seen[-3:])), point.spec
    should = due(window.snapshot, unit, point)
    least = max(spec.resolution / 3.0, abs(now) * 1e-3, 1e-9)
    moved = shift(window.value[:, at], counts, least)
    if should is None:
        if moved is None:
            return None
        usual = moved.before
        tolerance = max(2.0 * spec.resolution, 0.015 * abs(usual))
        should = Due(usual, tolerance, "before")
    away = now - should.value
    strength = logistic((abs(away) / should.tolerance - 1.5) / 0.15)
    if moved is None and should.by == "normal":
        # a plant may have its own practice: without a change it is a question, not a finding
        strength *= 0.7
    if strength <= 0.05:
        return None
    row = int(moved.onset) if moved is not None and moved.size * away > 0 else 0
    known = row > 0
    span = (window.end - began(window, 0)) / SECOND
    return Sign(
        point=point.id,
        shows="low" if away < 0 else "high",
        strength=strength,
        usual=should.value,
        now=now,
        unit=spec.unit,
        onset=began(window, row),
        onset_s=1.5 * GRID_S if known else span,
        against=should.by,
        sure=known or should.by == "recipe",
    )


def _peers(snapshot: Snapshot, unit: Unit, point: Point) -> list[float]:
    plant: Plant = snapshot.plant
    found = []
    for other in plant.units.values():
        if other.class_id != unit.class_id or other.id == unit.id:
            continue
        twin = other.point(point.spec.id)
        if twin is None:
            continue
        value = snapshot.settled_value[plant.index[twin.id]]
        if np.isfinite(value):
            found.append(float(value))
    return found
