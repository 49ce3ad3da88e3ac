"""The plant with what its history told in place of what its nameplates say.

A number is replaced where the history tells it, or surely excludes the nameplate's; everything else
stays. It must never change what the plant is: links, points and ids are the same.
"""

from collections.abc import Iterable, Mapping
from statistics import median

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.live.effects import SUPPLY
from twin_core.simulation.processes.identified import Identified

Learnt = Mapping[str, Mapping[str, Estimated]]
"""Asset → parameter → number, of those that may replace a nameplate's."""


def with_learnt(plant: Plant, found: Iterable[Identified]) -> Plant:
    """The plant with numbers learnt; a unit whose values its supplies shift has a kind of its own.

    Of its kind that has told too little of itself a unit takes the median of those that told. What
    was learnt of a unit that the plant has no more is left out.
    """
    learnt: dict[str, dict[str, Estimated]] = {}
    for one in found:
        if one.found is not None and one.asset in plant.units and replaces(plant, one):
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
    alike: dict[str, list[Mapping[str, Estimated]]] = {}
    for path, mine in learnt.items():
        alike.setdefault(plant.unit(path).class_id, []).append(mine)
    kinds = {}
    for unit in plant.units.values():
        own = plant.class_of(unit.id)
        told = learnt.get(unit.id, {}), alike.get(unit.class_id, [])
        effects = tuple(_effect(e, *told) for e in own.effects)
        if effects != own.effects:
            kinds[unit.id] = own.model_copy(update={"effects": effects})
    changed = {"areas": areas, "links": links, "kinds": kinds}
    return Plant.model_validate({**plant.model_copy(update=changed).__dict__})


def replaces(plant: Plant, one: Identified) -> bool:
    """Whether a number stands in place of the nameplate's: told, or the nameplate's excluded."""
    if one.found is None or one.told:
        return one.told
    given = nameplate_of(plant, one)
    possible = one.found.value > 0 or one.parameter == "rest"  # nothing else may lie below 0
    return possible and given is not None and not one.found.holds(given)


def nameplate_of(plant: Plant, one: Identified) -> float | None:
    """What the plant file says of the number; None where it says nothing."""
    unit = plant.unit(one.asset)
    kind, _, what = one.parameter.partition(":")
    if kind == "share":
        return next((k.share for k in plant.links_from(unit.id) if k.target == what), None)
    if kind == "settle":
        point = unit.point(what)
        return None if point is None else point.spec.settle_s
    effects = plant.class_of(unit.id).effects
    effect = next((e for e in effects if e.on == "offset" and e.point == what), None)
    if effect is not None and effect.none != effect.full:
        return effect.full if kind == "full" else effect.ceiling / (effect.none - effect.full)
    return unit.parameters.get(one.parameter)


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


def _effect(
    effect: Effect, mine: Mapping[str, Estimated], alike: list[Mapping[str, Estimated]]
) -> Effect:
    """What a supply shifts, as the unit told it, else as the median of its like."""
    if effect.on != "offset" or not effect.by.startswith(SUPPLY):
        return effect
    names = f"full:{effect.point}", f"slope:{effect.point}"
    told = [m for m in ([mine] if all(n in mine for n in names) else alike)
            if all(n in m for n in names)]  # fmt: skip
    if not told:
        return effect
    full, slope = (median(m[name].value for m in told) for name in names)
    if slope == 0:
        return effect
    return effect.model_copy(update={"full": full, "none": full + effect.ceiling / slope})
