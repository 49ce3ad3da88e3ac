"""What lies between two machines at the start: contents, room, and the most that is carried.

It must never know which machines they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Line, Link, Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.believing import Believing, values_of
from twin_core.simulation.effects import factor
from twin_core.simulation.machine import MachineStart
from twin_core.simulation.seen import Rows, Seen
from twin_core.twin import GRID_S

_ON_ITS_WAY = 1.25
"""A conveyor that holds no more than this times speed x travel time has nothing waiting on it."""
_FULL = 0.96
_SURPLUS = 1.03
"""A machine this much faster than what passes has the buffer on its side empty (or full)."""
_HOUR_ROWS = 60


@dataclass(frozen=True, slots=True)
class BufferStart:
    """What lies between two machines.

    Attributes:
        contents, contents_sd: what lies on it and how surely.
        carries: the most that passes, per second; `inf` where nothing limits it.
        conveyor: the unit that carries it, `values` its process values.
        moving: what passes now, per second.
    """

    link: Link
    capacity: float
    contents: float
    contents_sd: float
    travel_s: float
    carries: float
    moving: float
    conveyor: Unit | None
    values: Mapping[str, Believing]


def held_up(
    plant: Plant, line: Line, seen: list[Seen]
) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]:
    """Rows in which a machine runs at its neighbours' rate although no interlock says so.

    Nothing waits before it (no more lies on the conveyor than is on its way), or nothing fits
    behind it.

    Returns:
        By machine: rows in which it is held up, and rows in which it surely is not.
    """
    held = [np.zeros(len(one.rows), dtype=bool) for one in seen]
    fed = [np.zeros(len(one.rows), dtype=bool) for one in seen]
    for i, (one, two) in enumerate(pairwise(seen)):
        link = _link(plant, one.unit, two.unit)
        if link.buffer is None or link.buffer.conveyor is None:
            continue
        worth = plant.in_flow(line, one.unit)
        capacity = link.buffer.capacity * worth
        level = _level(one.rows, plant.unit(link.buffer.conveyor), capacity, worth)
        moving = two.speed * plant.in_flow(line, two.unit)
        with np.errstate(invalid="ignore"):
            held[i] |= level >= _FULL * _capacity(level, one, capacity)
            underway = np.minimum(_ON_ITS_WAY * moving * link.buffer.travel_s, capacity / 2)
            held[i + 1] |= level <= underway
            fed[i + 1] = level > underway
    return held, [f & ~h for f, h in zip(fed, held, strict=True)]


def buffer_start(
    plant: Plant, before: MachineStart, after: MachineStart, one: Seen, two: Seen
) -> BufferStart:
    """The buffer between two machines; `one` and `two` are what was seen of them."""
    link = _link(plant, before.unit, after.unit)
    rows = one.rows
    worth = before.worth
    given = link.buffer.capacity * worth if link.buffer is not None else 0.0
    travel = link.buffer.travel_s if link.buffer is not None else 0.0
    path = link.buffer.conveyor if link.buffer is not None else None
    conveyor = plant.units.get(path) if path is not None else None
    level = _level(rows, conveyor, given, worth)
    moved = two.moved(12) * after.worth
    moving = moved if isfinite(moved) else 0.0
    capacity = _capacity(level, one, given)
    contents, spread = _contents(level, one, two, capacity, moving * travel)
    if not np.isfinite(level[-2:]).any():
        contents, spread = _likely(before, after, contents, spread, capacity, moving, travel)
    values = values_of(rows, plant, conveyor, usual=False) if conveyor is not None else {}
    if conveyor is not None:
        carries = _carries(plant, rows, conveyor, worth, level, capacity, two, after)
    else:
        carries = inf
    return BufferStart(
        link=link,
        capacity=capacity,
        contents=min(contents, capacity),
        contents_sd=spread,
        travel_s=travel,
        carries=carries,
        moving=moving,
        conveyor=conveyor,
        values=values,
    )


def _link(plant: Plant, before: Unit, after: Unit) -> Link:
    return next(k for k in plant.links_from(before.id, "feeds") if k.target == after.id)


def _level(rows: Rows, conveyor: Unit | None, capacity: float, worth: float) -> NDArray[np.float64]:
    point = conveyor.with_role(Role.LEVEL) if conveyor is not None else None
    if point is None:
        return np.full(len(rows), np.nan)
    scale = capacity / 100.0 if point.spec.unit == "%" else worth
    return rows.mean(point.id) * scale


def _capacity(level: NDArray[np.float64], feeder: Seen, given: float) -> float:
    """What fits: what lay there while the machine before was blocked, else the plant file's."""
    full = level[feeder.blocked & np.isfinite(level)]
    if len(full) >= 3:
        seen = float(np.median(full))
        if 0.6 * given <= seen <= 1.4 * given:
            return seen
    most = float(np.nanmax(level)) if np.isfinite(level).any() else 0.0
    return max(given, min(most, 1.4 * given))


def _contents(
    level: NDArray[np.float64], one: Seen, two: Seen, capacity: float, travelling: float
) -> tuple[float, float]:
    """Contents and their standard deviation: the level, else what the interlocks tell."""
    newest_level = level[-2:][np.isfinite(level[-2:])]
    if len(newest_level):
        return float(newest_level[-1]), 0.02 * capacity
    if len(one.blocked) and one.blocked[-1]:
        return capacity, 0.05 * capacity
    if len(two.starved) and two.starved[-1]:
        return min(capacity, travelling), 0.1 * capacity
    return 0.5 * (capacity + min(capacity, travelling)), 0.25 * capacity


def _likely(
    before: MachineStart,
    after: MachineStart,
    contents: float,
    spread: float,
    capacity: float,
    moving: float,
    travel_s: float,
) -> tuple[float, float]:
    """Contents of a buffer nobody measures: empty before the faster machine, full behind it."""
    if moving <= 0 or spread < 0.25 * capacity:
        return contents, spread
    if after.setpoint * after.reach.now > _SURPLUS * moving:
        return min(capacity, moving * travel_s), 0.1 * capacity
    if before.setpoint * before.reach.now > _SURPLUS * moving:
        return 0.9 * capacity, 0.1 * capacity
    return contents, spread


def _carries(
    plant: Plant,
    rows: Rows,
    conveyor: Unit,
    worth: float,
    level: NDArray[np.float64],
    capacity: float,
    two: Seen,
    after: MachineStart,
) -> float:
    """The most that passes the conveyor now, per second.

    If the machine after it starves while plenty lies on it, that is what passes now.
    """
    given = conveyor.parameters.get("max_flow")
    effects: list[Effect] = [e for e in plant.class_of(conveyor.id).effects if e.on == "capacity"]
    bent = 1.0
    for effect in effects:
        point = conveyor.point(effect.by)
        value = rows.last(point.id, 3) if point is not None else float("nan")
        if point is not None and point.id not in rows.snapshot.quarantined and isfinite(value):
            bent *= factor(effect, value)
    nameplate = inf if given is None else given / 60.0 * worth * bent
    n = 9
    starved = two.starved[-n:] & ~two.standing[-n:]
    held_up = starved & (level[-n:] > 0.5 * capacity)
    if len(starved) >= 3 and held_up.mean() > 0.6:
        passing = two.moved(n) * after.worth
        return min(nameplate, passing) if isfinite(passing) else nameplate
    moved = two.made[-_HOUR_ROWS:] / GRID_S * after.worth
    most = float(np.nanmax(moved)) if np.isfinite(moved).any() and bent > 0.98 else 0.0
    return max(nameplate, most)
