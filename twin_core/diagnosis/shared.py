"""Symptoms that all that an asset supplies show at once: air in a suction shakes every pump.

What one of them shows alone is its own. It must never know what is shown.
"""

from twin_core.diagnosis.weighing import RESTLESS, Case, chance
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Symptom

PREFIX = "supplied:"
"""Of a symptom's point that means a point of all that the asset supplies."""
_SHARE, _LEAST = 0.5, 2
"""Share of them, and number, from which on it is not their own."""


def points(plant: Plant, unit: Unit, name: str) -> list[str]:
    """The points that the name of a symptom means."""
    others = (plant.units[k.target] for k in plant.links_from(unit.id, "supplies"))
    found = (u.point(name.removeprefix(PREFIX)) for u in others)
    return [p.id for p in found if p is not None]


def shown(case: Case, points: list[str], group: list[Symptom]) -> list[str]:
    """Those of the points that show it, without what their load explains; none if it is not shared.

    Args:
        case: for the signs.
        points: of all that the asset supplies.
        group: symptoms of one axis.
    """
    keys = [(p, s.shows) for p in points for s in group]
    signs = [case.signs[k] for k in keys if k in case.signs and case.signs[k].strength > 0.5]
    if len({s.point for s in signs}) < max(_LEAST, _SHARE * len(points)):
        return []
    return list(dict.fromkeys(s.point for s in signs if chance(case, s) < RESTLESS))
