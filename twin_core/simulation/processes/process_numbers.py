"""What was learnt of a site's process: one set of numbers, whose version is its content.

They stand in place of nameplates once people promoted them (`nameplates.py`). It must never hold a
number that the history neither told nor set against the nameplate.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from twin_core.canonical import digest
from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.usable import Usable, aged
from twin_core.simulation.processes.history import ProcessHistory
from twin_core.simulation.processes.identified import Identified, identify
from twin_core.simulation.processes.nameplates import replaces
from twin_core.simulation.scenario import Change, SetPoint
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path, Range, Slug, Value

_LED = {Role.POTENTIAL, Role.PROCESS}


class ProcessNumbers(Value):
    """The numbers of a site's media and of the values that follow their setpoints.

    Attributes:
        start, end: the span they were learnt from.
        history: digest of it; `plant` digest of the plant file it was read with.
        numbers: those that stand in place of the nameplates'.
        ranges: by setpoint of a potential or process value where that was seen.
    """

    site: Slug
    start: Instant
    end: Instant
    history: str
    plant: str
    numbers: tuple[Identified, ...]
    ranges: dict[Path, Range]

    @cached_property
    def version(self) -> str:
        """`pr-` and 12 hexadecimal digits of the content's digest."""
        return "pr-" + digest(self)[:12]


def process_numbers(
    plant: Plant, history: ProcessHistory
) -> tuple[ProcessNumbers, tuple[Identified, ...]]:
    """The set that a history teaches, and every number that was looked for."""
    found = identify(plant, history)
    ranges = {}
    for leader, point in led(plant):
        column = history.of(point.id)
        if np.isfinite(column).any():
            ranges[leader.id] = Range(
                low=float(np.nanmin(column)), high=float(np.nanmax(column))
            )  # fmt: skip
    learnt = ProcessNumbers(
        site=plant.site,
        start=history.start,
        end=history.at(len(history)),
        history=history.digest,
        plant=plant.version,
        numbers=tuple(one for one in found if replaces(plant, one)),
        ranges=ranges,
    )
    return learnt, found


def led(plant: Plant) -> Iterator[tuple[Point, Point]]:
    """Every setpoint of a potential or process value, with the point that follows it."""
    for unit in plant.units.values():
        for leader in unit.points:
            point = unit.point(leader.spec.measures) if leader.spec.measures else None
            if point is not None and leader.spec.role is Role.SETPOINT and point.spec.role in _LED:
                yield leader, point


def usable_for(
    numbers: ProcessNumbers,
    snapshot: Snapshot,
    lines: Sequence[str] = (),
    changes: Sequence[Change] = (),
) -> Usable:
    """Whether advice on these lines may rest on the numbers: their age, plant file and range.

    A setpoint may ask for as much beyond what was seen as its point's `band`.

    Raises:
        UnknownName: no such line.
    """
    plant = snapshot.plant
    reasons = list(aged(numbers.end, numbers.plant, snapshot.now, plant.version))
    near = plant.upstream([u.id for line in lines for u in plant.line(line).units])
    asked = {c.point: c.value for c in changes if isinstance(c, SetPoint)}
    for leader, point in led(plant):
        if leader.unit_id in near and leader.id in numbers.ranges:
            value = asked.get(leader.id, snapshot.latest(leader.id).value)
            reasons += _outside(leader, point, value, numbers.ranges)
    return Usable(version=numbers.version, reasons=tuple(reasons))


def _outside(
    leader: Point, point: Point, value: float | None, ranges: Mapping[str, Range]
) -> Iterator[str]:
    seen, unit = ranges[leader.id], point.spec.unit
    beyond = max(point.spec.band, point.spec.resolution)
    if value is not None and not seen.low - beyond <= value <= seen.high + beyond:
        yield f"{leader.id} asks for {value:g} {unit}, {seen.low:.4g} to {seen.high:.4g} were seen"
