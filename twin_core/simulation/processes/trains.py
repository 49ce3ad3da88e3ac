"""The machines of every line in a row, as what they draw on the media needs them known.

Commanded and rated paces, and what lies between neighbours, as believed at the start. It must
never run a line: how parts pass is the line engines'.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.believing import newest
from twin_core.simulation.live.seen import Rows, path_of

_FILLED = 0.5
"""Share of a buffer that is taken to be filled where no level is believed."""


@dataclass(frozen=True, slots=True)
class Train:
    """The machines of a line; paces and contents in its unit of flow, times in minutes.

    Attributes:
        machines: in the order of flow, N of them.
        paces: commanded, N; `rated` by the nameplate, N.
        contents, room: of the N - 1 buffers between them.
    """

    line: str
    machines: tuple[Unit, ...]
    paces: tuple[float, ...]
    rated: tuple[float, ...]
    contents: tuple[float, ...]
    room: tuple[float, ...]

    def waits_s(self, stopped: int, other: int) -> float:
        """Seconds until `other` must wait for the machine that has stopped: starved or blocked."""
        pace = min((p for p in self.paces if p > 0), default=0.0)
        if pace <= 0:
            return 0.0
        held = self.contents[stopped:other] if other > stopped else self.room[other:stopped]
        return 60.0 * sum(held) / pace


def trains_of(rows: Rows, consumers: Collection[str]) -> tuple[Train, ...]:
    """The lines that have a machine among the consumers."""
    plant = rows.snapshot.plant
    found = []
    for line in plant.lines:
        machines = plant.machines(line) if line.kind == "production" else ()
        if any(m.id in consumers for m in machines):
            found.append(_train(rows, plant, line, machines))
    return tuple(found)


def _train(rows: Rows, plant: Plant, line: Line, machines: tuple[Unit, ...]) -> Train:
    paces, rated = [], []
    for unit in machines:
        worth = plant.in_flow(line, unit)
        path = path_of(unit, Role.SPEED_SETPOINT)
        asked = newest(rows, path, rows.at) if path is not None else float("nan")
        nameplate = unit.parameters.get("rated_speed", asked)
        asked = asked if isfinite(asked) and asked > 0 else nameplate
        paces.append(asked * worth if isfinite(asked) else float("inf"))
        rated.append(nameplate * worth if isfinite(nameplate) and nameplate > 0 else paces[-1])
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
    return Train(line.id, machines, tuple(paces), tuple(rated), tuple(contents), tuple(room))
