"""The start state of a line's model: what every machine, buffer and store can do, and how surely.

Estimated from the settled recent past up to a moment: `start_of(snapshot, line, now)` is the live
state, `start_of(snapshot, line, onset, usual=True)` the line as it was before. A point that is not
believed is replaced by what the plant file says. All quantities are in the line's unit of flow
and seconds. It must never look past the moment it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Line, Unit
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.live.buffer import BufferStart, buffer_start, held_up
from twin_core.simulation.live.machine import MachineStart, machine_start
from twin_core.simulation.live.seen import Rows, Seen
from twin_core.simulation.live.store import StoreStart, store_start
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant


@dataclass(frozen=True, slots=True)
class LineStart:
    """A line at the start.

    Attributes:
        at: the moment.
        buffers: one between each two machines.
        source, sink: stores at the ends, if links name any.
        counted: position of the machine whose output is the line's.
        ends_s: seconds until the planned stop should end in which the line stands now; negative
            if it stands in none.
    """

    line: Line
    at: Instant
    machines: tuple[MachineStart, ...]
    buffers: tuple[BufferStart, ...]
    source: StoreStart | None
    sink: StoreStart | None
    counted: int
    ends_s: float


_LATE_S = 300
"""People come back from a break late, never later than this."""


def start_of(
    snapshot: Snapshot,
    line_path: str,
    at: Instant,
    began: Mapping[str, Instant] = MappingProxyType({}),
    *,
    usual: bool = False,
) -> LineStart:
    """The line's model at `at`, from nothing later than that.

    Args:
        snapshot: belief; its `recent` must reach back before `at` to be of use.
        line_path: a production line.
        at: plant time.
        began: by machine since when its stops are known to follow another law than before.
        usual: the line as it was over the minutes before `at`: no trends, no change of stop laws,
            no machine standing. For counterfactuals.

    Raises:
        UnknownName: no such line.
        ImpossibleScenario: the line has no machines, or they do not feed each other in a row.
    """
    plant = snapshot.plant
    line = plant.line(line_path)
    machines = plant.machines(line)
    counter = plant.counter(line)
    if not machines or counter is None:
        raise ImpossibleScenario(f"{line.name} has no machines", "a production line")
    rows = Rows(snapshot, at)
    excused = planned_rows(snapshot, line, rows)
    seen = [Seen(rows, _calibrated(snapshot, unit)) for unit in machines]
    held, free = held_up(plant, line, seen)
    starts = tuple(
        machine_start(
            plant, line, one, excused | h, f, excused, at, began.get(one.unit.id), usual=usual
        )
        for one, h, f in zip(seen, held, free, strict=True)
    )
    buffers = tuple(
        buffer_start(plant, before, after, one, two, excused, usual=usual)
        for (before, after), (one, two) in zip(pairwise(starts), pairwise(seen), strict=True)
    )
    standing = sum(m.stood_s is not None for m in starts)
    ends = [
        p.end
        for p in planned_stops(plant, line.id, at - _LATE_S * SECOND, at + SECOND)
        if p.start <= at and 2 * standing > len(starts)
    ]
    return LineStart(
        line=line,
        at=at,
        machines=starts,
        buffers=buffers,
        source=store_start(plant, line, seen[0], starts[0], held[0], gives=True),
        sink=store_start(plant, line, seen[-1], starts[-1], held[-1], gives=False),
        counted=[m.id for m in machines].index(counter.id),
        ends_s=max((max(0, e - at) for e in ends), default=-SECOND) / SECOND,
    )


def _calibrated(snapshot: Snapshot, unit: Unit) -> Unit:
    """With what a promoted set says of it in the place of what the plant file does."""
    learnt = snapshot.calibrated.units.get(unit.id)
    if not learnt:
        return unit
    return unit.model_copy(update={"parameters": {**unit.parameters, **learnt}})


def planned_rows(snapshot: Snapshot, line: Line, rows: Rows) -> NDArray[np.bool_]:
    """Rows in which the line may stand because a stop is planned, bool[T]."""
    excused = np.zeros(len(rows), dtype=bool)
    if not len(rows):
        return excused
    for stop in planned_stops(snapshot.plant, line.id, int(rows.time[0]), int(rows.time[-1])):
        # people are not on time to the second
        excused |= (rows.time > stop.start - 60 * SECOND) & (rows.time < stop.end + 120 * SECOND)
    return excused
