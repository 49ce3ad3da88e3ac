"""Modes that only pass on what comes from elsewhere in the plant: too little air, warm water.

Nothing at the asset itself cures them. It must never look for what is wrong elsewhere.
"""

from twin_core.diagnosis.graph import is_tie
from twin_core.diagnosis.meant import groups, points_of, visible
from twin_core.diagnosis.weighing import Case
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import FailureMode, Role

_SHOWN = 0.2
"""Strength from which on a supply shows trouble at all."""


def relays(plant: Plant, unit: Unit, mode: FailureMode) -> bool:
    """Whether the mode only passes on what comes from elsewhere in the plant."""
    if mode.sensor or any(r.cures for r in mode.remedies):
        return False
    outside = [k for k in plant.links_into(unit.id) if plant.line(k.source) != plant.line(unit.id)]
    return bool(plant.links_into(unit.id, "supplies") or outside)


def giving_less(case: Case, unit: Unit) -> bool:
    """Whether one that supplies the unit shows by itself that it gives less."""
    plant = case.plant
    for link in plant.links_into(unit.id, "supplies"):
        if is_tie(plant, link.source):
            continue
        for point in plant.units[link.source].points:
            if point.spec.role not in {Role.FLOW, Role.OUTPUT, Role.STATE}:
                continue
            shown = [case.signs.get((point.id, shows)) for shows in ("low", "falling", "stopping")]
            if any(s is not None and s.strength > 0.5 for s in shown):
                return True
    return False


def nothing_to_relay(case: Case, unit: Unit, mode: FailureMode) -> bool:
    """Whether the supply whose trouble the mode passes on is seen, and shows none."""
    for (name, axis), group in groups(mode).items():
        points = points_of(case.plant, unit, name)
        if not name.startswith("supply:") or not visible(case, unit, axis, points, group):
            continue
        shown = [case.signs.get((p, s.shows)) for p in points for s in group]
        if not any(s is not None and s.strength > _SHOWN for s in shown):
            return True
    return False
