"""Whether what is simulated leaves its limits: headers, process values. It must never set a limit.

Limits are the alarm limits of the plant file, and what the product that is made tolerates. Paths
are of true values, without the noise of instruments.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Point
from twin_core.plant.classes import Role
from twin_core.plant.production import Product
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.model import Result


@dataclass(frozen=True, slots=True)
class Limit:
    """A side of a point that has a limit there, in the point's unit."""

    point: str
    side: Literal["below", "above"]
    limit: float
    unit: str


def broken(result: Result, product: Product | None) -> dict[Limit, NDArray[np.float64]]:
    """By limit, 1 for each replication in which it is broken within the horizon, float64[R].

    Args:
        result: of a run.
        product: what is made; None = what it tolerates is not asked.
    """
    plant = result.model.plant
    found: dict[Limit, NDArray[np.float64]] = {}
    for path, held in result.potentials.items():
        point = plant.unit(path).with_role(Role.POTENTIAL)
        if point is not None:
            found.update(_sides(point, None, held))
    for machine in result.frame.start.machines:
        found.update(_values(result, machine, product))
    return found


def _values(
    result: Result, machine: MachineStart, product: Product | None
) -> dict[Limit, NDArray[np.float64]]:
    """Of a machine's process values; those of machines without limits are not worked out."""
    unit, frame = machine.unit, result.frame
    tolerated = {} if product is None else product.tolerances.get(unit.class_id, {})
    points = [p for i in machine.values if (p := unit.point(i)) is not None]
    if not any(_limits(p, tolerated.get(p.spec.id)) for p in points):
        return {}
    again = frame.restored(machine)
    paths = frame.paths(unit, machine.values, again.values if again is not None else {})
    found: dict[Limit, NDArray[np.float64]] = {}
    for point in points:
        if point.spec.id in paths:
            found.update(_sides(point, tolerated.get(point.spec.id), paths[point.spec.id]))
    return found


def _sides(
    point: Point, tolerated: tuple[float, float] | None, path: NDArray[np.float64]
) -> dict[Limit, NDArray[np.float64]]:
    found: dict[Limit, NDArray[np.float64]] = {}
    for limit in _limits(point, tolerated):
        past = path < limit.limit if limit.side == "below" else path > limit.limit
        found[limit] = np.asarray(past.any(axis=1), np.float64)
    return found


def _limits(point: Point, tolerated: tuple[float, float] | None) -> list[Limit]:
    """The narrower of alarm limit and tolerance, on each side that has one."""
    spec = point.spec
    low = [x for x in (spec.alarm_low, tolerated[0] if tolerated else None) if x is not None]
    high = [x for x in (spec.alarm_high, tolerated[1] if tolerated else None) if x is not None]
    found = []
    if low:
        found.append(Limit(point.id, "below", max(low), spec.unit))
    if high:
        found.append(Limit(point.id, "above", min(high), spec.unit))
    return found
