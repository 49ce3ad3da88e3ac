"""The machines of every line in a row, as what they draw on the media needs them known.

Commanded and rated paces, and what lies between neighbours, as believed at the start. It must
never run a line: how parts pass is the line engines'.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.live.believing import newest
from twin_core.simulation.live.seen import Rows, path_of
from twin_core.value import SECOND

_LATELY_ROWS = 60
_LATE_S = 120
_FILLED = 0.5
"""Share of a buffer that is taken to be filled where no level is believed."""


@dataclass(frozen=True, slots=True)
class Train:
    """The machines of a line; paces and contents in its unit of flow, times in minutes.

    Attributes:
        machines: in the order of flow, N of them.
        paces: commanded, N, by the nameplate where nothing commands; `rated` by the nameplate, N.
        told: the pace that a machine may not be faster than, N; endless where nothing commands it,
            as of who opens a tap.
        seen: paces over the newest rows, N; `lately` over ten minutes without planned stops, N.
        contents, room: of the N - 1 buffers between them.
    """

    line: str
    machines: tuple[Unit, ...]
    paces: tuple[float, ...]
    rated: tuple[float, ...]
    told: tuple[float, ...]
    seen: tuple[float, ...]
    lately: tuple[float, ...]
    contents: tuple[float, ...]
    room: tuple[float, ...]

    def waits_s(self, stopped: int, other: int) -> float:
        """Seconds until `other` must wait for the machine that has stopped: starved or blocked."""
        pace = min((p for p in self.paces if p > 0), default=0.0)
        if pace <= 0:
            return 0.0
        held = self.contents[stopped:other] if other > stopped else self.room[other:stopped]
        return 60.0 * sum(held) / pace


def trains_of(rows: Rows, consumers: Collection[str], n: int) -> tuple[Train, ...]:
    """The lines that have a machine among the consumers; `seen` is over the newest `n` rows."""
    plant = rows.snapshot.plant
    found = []
    for line in plant.lines:
        machines = plant.machines(line) if line.kind == "production" else ()
        if any(m.id in consumers for m in machines):
            found.append(_train(rows, plant, line, machines, n))
    return tuple(found)


def _train(rows: Rows, plant: Plant, line: Line, machines: tuple[Unit, ...], n: int) -> Train:
    paces, rated, told, seen, lately = [], [], [], [], []
    meant = ~_planned(rows, line)
    for unit in machines:
        worth = plant.in_flow(line, unit)
        path = path_of(unit, Role.SPEED_SETPOINT)
        asked = newest(rows, path, rows.at) if path is not None else float("nan")
        nameplate = unit.parameters.get("rated_speed", asked)
        commanded = isfinite(asked) and asked > 0
        told.append(asked * worth if commanded else float("inf"))
        asked = asked if commanded else nameplate
        paces.append(asked * worth if isfinite(asked) else float("inf"))
        rated.append(nameplate * worth if isfinite(nameplate) and nameplate > 0 else paces[-1])
        speed = rows.mean(path_of(unit, Role.SPEED)) * worth
        seen.append(_mean(speed[-n:], paces[-1]))
        lately.append(_mean(speed[-_LATELY_ROWS:][meant[-_LATELY_ROWS:]], paces[-1]))
    contents, room = [], []
    for first, second in pairwise(machines):
        link = next((k for k in plant.links_from(first.id, "feeds") if k.target == second.id), None)
        worth = plant.in_flow(line, first)
        space = link.buffer.capacity * worth if link is not None and link.buffer else 0.0
        level = float("nan")
        if link is not None and link.buffer is not None and link.buffer.conveyor is not None:
            belt = path_of(plant.unit(link.buffer.conveyor), Role.LEVEL)
            level = rows.last(belt, 3) * worth
        lies = min(space, max(0.0, level)) if isfinite(level) else _FILLED * space
        contents.append(lies)
        room.append(space - lies)
    return Train(
        line.id, machines, tuple(paces), tuple(rated), tuple(told), tuple(seen), tuple(lately),
        tuple(contents), tuple(room),
    )  # fmt: skip


def _mean(column: NDArray[np.float64], instead: float) -> float:
    known = column[np.isfinite(column)]
    return float(known.mean()) if len(known) else instead


def _planned(rows: Rows, line: Line) -> NDArray[np.bool_]:
    """Rows that a planned stop of the line touches, and those in which it gets going again."""
    found = np.zeros(len(rows), dtype=bool)
    if len(rows):
        first, last = int(rows.time[0]), int(rows.time[-1])
        for stop in planned_stops(rows.snapshot.plant, line.id, first, last):
            late = stop.end + _LATE_S * SECOND
            found |= (rows.time > stop.start) & (rows.time <= late)
    return found
