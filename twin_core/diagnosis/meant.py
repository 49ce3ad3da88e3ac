"""What the symptoms of a mode mean at a unit: of which points they speak, and whether they show.

A symptom names a point of its own unit, of what supplies it or of all that it supplies. It must
never look at what is seen beyond whether it could be.
"""

from twin_core.diagnosis import shared
from twin_core.diagnosis.weighing import SCATTER, Case
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import SETTINGS, FailureMode, Role, Symptom

_AXIS = {"low": "level", "high": "level", "rising": "trend", "falling": "trend"}


def groups(mode: FailureMode) -> dict[tuple[str, str], list[Symptom]]:
    """The symptoms of each point and axis."""
    found: dict[tuple[str, str], list[Symptom]] = {}
    for s in mode.symptoms:
        found.setdefault((s.point, _AXIS.get(s.shows, s.shows)), []).append(s)
    return found


def points_of(plant: Plant, unit: Unit, name: str) -> list[str]:
    """The points that a symptom's `point` means, empty if the plant does not measure them."""
    if name == "supplied":
        found = []
        for link in plant.links_from(unit.id, "supplies"):
            other = plant.units[link.target]
            speed = other.with_role(Role.SPEED)
            if speed is not None:
                found.append(speed.id)
            elif plant.class_of(other.id).model == "header":
                found += points_of(plant, other, name)
        return found
    if name.startswith(shared.PREFIX):
        return shared.points(plant, unit, name)
    if name.startswith("supply:"):
        header = plant.supplier(unit.id, name.removeprefix("supply:"))
        point = plant.units[header].with_role(Role.POTENTIAL) if header is not None else None
        return [point.id] if point is not None else []
    point = unit.point(name)
    return [point.id] if point is not None else []


def possible(plant: Plant, unit: Unit, mode: FailureMode) -> bool:
    """Whether the unit has what the mode needs: the supply that fails, the set-point it names."""
    kind = plant.class_of(unit.id)
    for symptom in mode.symptoms:
        medium = symptom.point.partition("supply:")[2]
        if medium and plant.supplier(unit.id, medium) is None:
            return False
        spec = kind.point(symptom.point)
        setting = spec is not None and spec.role in SETTINGS
        if setting and symptom.weight > 0.9 and unit.point(symptom.point) is None:
            return False
    return not mode.sensor or mode.instrument is None or unit.point(mode.instrument) is not None


def visible(case: Case, unit: Unit, axis: str, points: list[str], group: list[Symptom]) -> bool:
    """Whether the symptoms would be seen at all, were they there."""
    if axis == "losing" and unit.id not in case.balanced:
        return False
    shown = {s.shows for s in group} | {SCATTER.get(s.shows, s.shows) for s in group}
    known = any((p, shows) in case.signs for p in points for shows in shown)
    return bool(points) and (known or not all(p in case.blind for p in points))
