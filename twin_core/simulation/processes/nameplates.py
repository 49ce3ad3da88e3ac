"""The plant with what its history told in place of what its nameplates say.

A number is replaced where the history tells it, or surely excludes the nameplate's; everything else
stays. It must never change what the plant is: links, points and ids are the same.
"""

from collections.abc import Iterable, Mapping
from statistics import median

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, EquipmentClass
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.live.effects import SUPPLY
from twin_core.simulation.processes.identified import Identified

Learnt = Mapping[str, Mapping[str, Estimated]]
"""Asset → parameter → number, of those that may replace a nameplate's."""


def with_learnt(plant: Plant, found: Iterable[Identified]) -> Plant:
    """The plant with numbers learnt; what shifts a class's values is the median of its units'."""
    learnt: dict[str, dict[str, Estimated]] = {}
    for one in found:
        if one.found is not None and (one.told or _excluded(plant, one)):
            learnt.setdefault(one.asset, {})[one.parameter] = one.found
    areas = tuple(
        area.model_copy(update={"lines": tuple(
            line.model_copy(update={"units": tuple(_unit(u, learnt) for u in line.units)})
            for line in area.lines
        )})
        for area in plant.areas
    )  # fmt: skip
    links = tuple(
        link.model_copy(update={"share": number.value})
        if (number := learnt.get(link.source, {}).get(f"share:{link.target}")) is not None
        and number.value > 0
        else link
        for link in plant.links
    )
    classes = {k: _class(plant, kind, learnt) for k, kind in plant.classes.items()}
    changed = {"areas": areas, "links": links, "classes": classes}
    return Plant.model_validate({**plant.model_copy(update=changed).__dict__})


def _excluded(plant: Plant, one: Identified) -> bool:
    nameplate = plant.unit(one.asset).parameters.get(one.parameter)
    assert one.found is not None
    return nameplate is not None and not one.found.holds(nameplate)


def _unit(unit: Unit, learnt: Learnt) -> Unit:
    mine = learnt.get(unit.id, {})
    if not mine:
        return unit
    parameters = {
        **unit.parameters, **{k: mine[k].value for k in unit.parameters if k in mine}
    }  # fmt: skip
    points = tuple(
        p.model_copy(update={"spec": p.spec.model_copy(update={"settle_s": number.value})})
        if (number := mine.get(f"settle:{p.spec.id}")) is not None and number.value > 0
        else p
        for p in unit.points
    )
    return unit.model_copy(update={"parameters": parameters, "points": points})


def _class(plant: Plant, kind: EquipmentClass, learnt: Learnt) -> EquipmentClass:
    units = [u.id for u in plant.units.values() if u.class_id == kind.id and u.id in learnt]
    effects = tuple(_effect(e, [learnt[u] for u in units]) for e in kind.effects)
    return kind.model_copy(update={"effects": effects})


def _effect(effect: Effect, learnt: list[Mapping[str, Estimated]]) -> Effect:
    if effect.on != "offset" or not effect.by.startswith(SUPPLY):
        return effect
    fulls = [m[name].value for m in learnt if (name := f"full:{effect.point}") in m]
    slopes = [m[name].value for m in learnt if (name := f"slope:{effect.point}") in m]
    if not fulls or not slopes or median(slopes) == 0:
        return effect
    full = median(fulls)
    return effect.model_copy(update={"full": full, "none": full + effect.ceiling / median(slopes)})
