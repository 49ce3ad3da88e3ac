"""Instruments of one pressure that moved alike: none of them drifts, what they measure moved.

A header and the machines that supply it measure the same potential. It must never be used for a
fault of the process.
"""

from twin_core.diagnosis.sign import Sign, Signs
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import FailureMode, Role

_WELL = 0.5
"""Strength from which on a sign tells that a value moved."""
_ALIKE = 0.5
"""Share of the larger shift that the smaller must be."""


def agreed(plant: Plant, signs: Signs, unit: Unit, mode: FailureMode) -> list[Sign]:
    """Signs of other instruments that show what a drifting one shows, as much and as it does.

    Args:
        plant: for what measures the same.
        signs: everything seen.
        unit: where the instrument is.
        mode: what is said to be wrong with it.
    """
    points = {f"{unit.id}/{s.point}" for s in mode.symptoms} if mode.sensor else set()
    own = [s for s in signs.values() if s.point in points and s.strength > _WELL]
    potential = unit.with_role(Role.POTENTIAL)
    if potential is None or potential.id not in points:
        return []
    found = []
    for other in _near(plant, unit):
        point = plant.units[other].with_role(Role.POTENTIAL)
        if point is None or point.spec.unit != potential.spec.unit:
            continue
        for one in own:
            sign = signs.get((point.id, one.shows))
            if sign is not None and sign.strength > _WELL and _alike(one, sign):
                found.append(sign)
    return found


def _near(plant: Plant, unit: Unit) -> list[str]:
    """What measures the same potential: the header that a producer supplies, those that supply it.

    What a header supplies may raise it, as a pump does.
    """
    if plant.class_of(unit.id).model == "header":
        found = [k.source for k in plant.links_into(unit.id, "supplies")]
    else:
        found = [k.target for k in plant.links_from(unit.id, "supplies")]
    return list(dict.fromkeys(found))


def _alike(a: Sign, b: Sign) -> bool:
    if a.now is None or a.usual is None or b.now is None or b.usual is None:
        return False
    small, large = sorted((abs(a.now - a.usual), abs(b.now - b.usual)))
    return small >= _ALIKE * large > 0.0
