"""What a value that really moved would bring about by the class's own laws, and did not.

A product at 16 °C slows its filler; a filler that keeps its speed says that the instrument, not
the product, is at 16 °C. The laws are the effects of the equipment classes. It must never be used
against an instrument's fault.
"""

from twin_core.diagnosis.reach import Reach
from twin_core.diagnosis.sign import Sign, Signs
from twin_core.diagnosis.symptoms import matters
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.effects import amount, factor

_SLOWER = 0.95
"""Predicted speed over usual speed below which a fall must be seen."""
_REJECTED = 0.012
"""Predicted added share of rejects above which a rise must be seen."""
_ROLE = {"speed": (Role.SPEED, "low"), "rejects": (Role.DEFECTIVE, "high")}


def denied(plant: Plant, able: Reach, signs: Signs, blind: frozenset[str]) -> list[Sign]:
    """Signs of values that, had they really moved, would show elsewhere, and do not.

    Args:
        plant: for effects and links.
        able: what the suspected mode claims to have moved.
        signs: everything seen.
        blind: points whose silence means nothing.
    """
    found = []
    for sign in signs.values():
        if (
            sign.shows not in able.ways.get(sign.point, frozenset())
            or sign.strength < 0.5
            or sign.shows not in {"low", "high"}
        ):
            continue
        if sign.now is None or sign.usual is None:
            continue
        felt = [_felt(u, e, sign, signs, blind) for u, e in _bent_by(plant, sign.point)]
        known = [f for f in felt if f is not None]
        if (known and sum(known) < 0.5 * len(known)) or (
            not known and _alone(plant, sign, signs, blind)
        ):
            found.append(sign)
    return found


def _bent_by(plant: Plant, point_id: str) -> list[tuple[Unit, Effect]]:
    """Units and effects that follow the point: its own unit's, or those it supplies."""
    point = plant.point(point_id)
    unit = plant.units[point.unit_id]
    found = [(unit, e) for e in plant.class_of(unit.id).effects if e.by == point.spec.id]
    if point.spec.role is Role.POTENTIAL and plant.class_of(unit.id).model == "header":
        for link in plant.links_from(unit.id, "supplies"):
            other = plant.units[link.target]
            by = f"supply:{link.medium}"
            found += [(other, e) for e in plant.class_of(other.id).effects if e.by == by]
    return found


def _felt(
    unit: Unit, effect: Effect, sign: Sign, signs: Signs, blind: frozenset[str]
) -> bool | None:
    """Whether the effect of the sign is seen; None where none is to be expected or seen at all."""
    if sign.now is None or sign.usual is None:
        return None
    if effect.on == "offset" and effect.point is not None:
        return _shifted(unit, effect, sign.usual, sign.now, signs, blind)
    if effect.on not in _ROLE:
        return None
    role, shows = _ROLE[effect.on]
    point = unit.with_role(role)
    if point is None or point.id in blind:
        return None
    if effect.on == "speed":
        before = max(factor(effect, sign.usual), 1e-6)
        if factor(effect, sign.now) / before > _SLOWER:
            return None
    elif amount(effect, sign.now) - amount(effect, sign.usual) < _REJECTED:
        return None
    other = signs.get((point.id, shows))
    return other is not None and other.strength > 0.3


def _shifted(
    unit: Unit,
    effect: Effect,
    usual: float,
    now: float,
    signs: Signs,
    blind: frozenset[str],
) -> bool | None:
    """Whether a value shifted as the effect predicts; None where the shift would not be seen."""
    point = unit.point(effect.point or "")
    if point is None or point.id in blind:
        return None
    shift = amount(effect, now) - amount(effect, usual)
    if abs(shift) < 1.5 * matters(point, usual):
        return None
    ways = ("high", "rising") if shift > 0 else ("low", "falling")
    seen = [signs.get((point.id, shows)) for shows in ways]
    return any(s is not None and s.strength > 0.3 for s in seen)


def _alone(plant: Plant, sign: Sign, signs: Signs, blind: frozenset[str]) -> bool:
    """Whether a header's potential moved and no producer of it noticed."""
    point = plant.point(sign.point)
    unit = point.unit_id
    if point.spec.role is not Role.POTENTIAL or plant.class_of(unit).model != "header":
        return False
    shown = []
    for link in plant.links_into(unit, "supplies"):
        near = plant.units[link.source].with_role(Role.POTENTIAL)
        if near is not None and near.id not in blind:
            other = signs.get((near.id, sign.shows))
            shown.append(other is not None and other.strength > 0.3)
    return bool(shown) and not any(shown)
