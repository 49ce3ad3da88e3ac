"""Whether what is simulated leaves its limits: media, process values, buffers. It sets no limit.

Limits are the alarm limits of the plant file, and what the product that is made tolerates. Paths
are of true values, without the noise of instruments. A buffer's are its fewest and most at any
time, of each replication; it may also run empty or full, which is no limit that it leaves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Point
from twin_core.plant.classes import Role
from twin_core.plant.production import Product
from twin_core.simulation.levels import Level, levels
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.model import Result

Tolerated = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A side of a point that has a limit there, or of a buffer; as in `Risk`."""

    point: str
    side: Literal["below", "above", "empty", "full"]
    limit: float
    unit: str

    @property
    def given(self) -> bool:
        """Whether somebody set it: a buffer is made to be empty or full at times."""
        return self.side in {"below", "above"}


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A point that has limits or a medium's potential: its values over `frame.t`, float64[R, T]."""

    point: Point
    tolerated: Tolerated
    path: NDArray[np.float64]


def watched(result: Result, product: Product | None) -> tuple[Watched, ...]:
    """Potentials of media and process values with limits.

    Args:
        result: of a run.
        product: what is made; None = what it tolerates is not asked.
    """
    plant = result.model.plant
    found = []
    for path, held in result.potentials.items():
        point = plant.unit(path).with_role(Role.POTENTIAL)
        if point is not None:
            found.append(Watched(point, None, held))
    for machine in result.frame.start.machines:
        found.extend(_values(result, machine, product))
    return tuple(found)


def broken(result: Result, seen: tuple[Watched, ...]) -> dict[Limit, NDArray[np.float64]]:
    """By limit, 1 for each replication in which it is broken within the horizon, float64[R].

    Args:
        result: of a run.
        seen: what of it is watched.
    """
    found: dict[Limit, NDArray[np.float64]] = {}
    for one in seen:
        found.update(_sides(one.point, one.tolerated, one.path.min(axis=1), one.path.max(axis=1)))
    for level in levels(result):
        if level.point is not None:
            found.update(_sides(level.point, None, level.least, level.most))
        found.update(_ends(level))
    return found


def _values(result: Result, machine: MachineStart, product: Product | None) -> Iterator[Watched]:
    """Of a machine's process values; those without limits are not worked out."""
    unit, frame = machine.unit, result.frame
    tolerated = {} if product is None else product.tolerances.get(unit.class_id, {})
    points = [p for i in machine.values if (p := unit.point(i)) is not None]
    limited = [p for p in points if _limits(p, tolerated.get(p.spec.id))]
    if not limited:
        return
    again = frame.restored(machine)
    paths = frame.paths(unit, machine.values, again.values if again is not None else {})
    for point in limited:
        if point.spec.id in paths:
            yield Watched(point, tolerated.get(point.spec.id), paths[point.spec.id])


def _sides(
    point: Point, tolerated: Tolerated, least: NDArray[np.float64], most: NDArray[np.float64]
) -> dict[Limit, NDArray[np.float64]]:
    found: dict[Limit, NDArray[np.float64]] = {}
    for limit in _limits(point, tolerated):
        past = least < limit.limit if limit.side == "below" else most > limit.limit
        found[limit] = np.asarray(past, np.float64)
    return found


def _ends(level: Level) -> Iterator[tuple[Limit, NDArray[np.float64]]]:
    """A buffer on which something waits may run empty, one with room may run full."""
    if level.stocked:
        empty = Limit(level.subject, "empty", 0.0, level.unit)
        yield empty, np.asarray(level.least < level.grain / 2, np.float64)
    if level.roomy:
        full = Limit(level.subject, "full", level.capacity, level.unit)
        yield full, np.asarray(level.most > level.capacity - level.grain / 2, np.float64)


def _limits(point: Point, tolerated: Tolerated) -> list[Limit]:
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
