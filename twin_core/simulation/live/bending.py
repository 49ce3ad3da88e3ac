"""What the nameplate's effects did to a unit in each bucket of the past, by what was believed then.

So that a machine slowed by its supply is not taken for one that is getting worse by itself. Where
a value was not believed its effect counts as none.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.live.effects import SUPPLY, amounts, factors
from twin_core.simulation.live.seen import Rows, path_of


def slowed(rows: Rows, plant: Plant, unit: Unit) -> NDArray[np.float64]:
    """Product of the factors on the unit's speed, float64[T]."""
    result = np.ones(len(rows))
    for effect in plant.class_of(unit.id).effects:
        if effect.on == "speed":
            result *= _known(factors(effect, _column(rows, plant, unit, effect)), 1.0)
    return result


def spoiled(rows: Rows, plant: Plant, unit: Unit) -> NDArray[np.float64]:
    """Sum of what effects add to the unit's rejects, float64[T] (its own speed apart)."""
    result = np.zeros(len(rows))
    for effect in plant.class_of(unit.id).effects:
        point = unit.point(effect.by)
        if effect.on == "rejects" and (point is None or point.spec.role is not Role.SPEED):
            result += _known(amounts(effect, _column(rows, plant, unit, effect)), 0.0)
    return result


def hastened(rows: Rows, plant: Plant, unit: Unit) -> NDArray[np.float64]:
    """Stops per hour that effects add, float64[T]."""
    result = np.zeros(len(rows))
    for effect in plant.class_of(unit.id).effects:
        if effect.on == "stops":
            result += _known(amounts(effect, _column(rows, plant, unit, effect)), 0.0)
    return result


def shifted(rows: Rows, plant: Plant, unit: Unit, point: str) -> NDArray[np.float64]:
    """What supplies added to a process value of the unit, float64[T]."""
    result = np.zeros(len(rows))
    for effect in plant.class_of(unit.id).effects:
        if effect.on == "offset" and effect.point == point and effect.by.startswith(SUPPLY):
            result += _known(amounts(effect, _column(rows, plant, unit, effect)), 0.0)
    return result


def _column(rows: Rows, plant: Plant, unit: Unit, effect: Effect) -> NDArray[np.float64]:
    if not effect.by.startswith(SUPPLY):
        point = unit.point(effect.by)
        return rows.mean(point.id if point is not None else None)
    header = plant.supplier(unit.id, effect.by.removeprefix(SUPPLY))
    return rows.mean(path_of(plant.unit(header), Role.POTENTIAL) if header is not None else None)


def _known(values: NDArray[np.float64], otherwise: float) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, otherwise)
