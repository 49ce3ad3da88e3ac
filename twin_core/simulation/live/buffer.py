"""What lies between two machines at the start: contents, room, and the most that is carried.

What is on its way is rate x travel time (Little, *Operations Research* 9, 1961). Quantities are in
the line's unit of flow, rates per second.

It must never know which machines they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Line, Link, Plant, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.believing import Believing, values_of
from twin_core.simulation.live.effects import factor
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.seen import Rows, Seen
from twin_core.twin import GRID_S

_ON_ITS_WAY = 1.25
"""A conveyor that holds no more than this times speed x travel time has nothing waiting on it."""
_FULL = 0.96
_SURPLUS = 1.03
"""A machine this much faster than what passes has the buffer on its side empty (or full)."""
_HOUR_ROWS = 60
_HELD_ROWS = 24
_FEW_COUNTED = 40
_HOLDS_UP = 0.94
_PLENTY = 1.3
_HELD_SD = 0.03
_UNBENT = 0.98


@dataclass(frozen=True, slots=True)
class BufferStart:
    """What lies between two machines.

    Attributes:
        capacity, contents: what fits and what lies on it, in the line's unit of flow;
            `contents_sd` how surely.
        carries: the most that passes, per second, `inf` where nothing limits it; `carries_sd`
            relative; `held_back` if it is what holds up the machine after it.
        conveyor: the unit that carries it, `values` its process values.
        moving: what passes now, per second.
    """

    link: Link
    capacity: float
    contents: float
    contents_sd: float
    travel_s: float
    carries: float
    carries_sd: float
    held_back: bool
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
        level = level_of(one.rows, plant.unit(link.buffer.conveyor), capacity, worth)
        moving = two.speed * plant.in_flow(line, two.unit)
        with np.errstate(invalid="ignore"):
            held[i] |= level >= _FULL * _capacity(level, one, capacity)
            underway = np.minimum(_ON_ITS_WAY * moving * link.buffer.travel_s, capacity / 2)
            held[i + 1] |= level <= underway
            fed[i + 1] = level > underway
    return held, [f & ~h for f, h in zip(fed, held, strict=True)]


def buffer_start(
    plant: Plant,
    before: MachineStart,
    after: MachineStart,
    one: Seen,
    two: Seen,
    excused: NDArray[np.bool_],
    *,
    usual: bool,
) -> BufferStart:
    """The buffer between two machines, of which `one` and `two` were seen.

    A stop was planned in the rows `excused`.
    """
    link = _link(plant, before.unit, after.unit)
    rows = one.rows
    worth = before.worth
    given = link.buffer.capacity * worth if link.buffer is not None else 0.0
    travel = link.buffer.travel_s if link.buffer is not None else 0.0
    path = link.buffer.conveyor if link.buffer is not None else None
    conveyor = plant.units.get(path) if path is not None else None
    level = level_of(rows, conveyor, given, worth)
    moved = two.moved(12) * after.worth
    moving = moved if isfinite(moved) else 0.0
    capacity = _capacity(level, one, given)
    contents, spread = _contents(level, one, two, capacity, moving * travel)
    if not np.isfinite(level[-2:]).any():
        contents, spread = _likely(before, after, contents, spread, capacity, moving, travel)
    values: Mapping[str, Believing] = {}
    carries, carries_sd, held_back = inf, 0.0, False
    if conveyor is not None:
        values = values_of(rows, plant, conveyor, usual=usual)
        bent = _bent(plant, rows, conveyor)
        come = one.made * worth
        held = None if usual else _passing(level, come, travel, bent, two, after, excused)
        peak = most(two.made[-_HOUR_ROWS:]) / GRID_S * after.worth
        carries = _carries(conveyor, worth, bent, held, peak)
        carries_sd = _HELD_SD if held is not None else 0.0
        held_back = held is not None
    return BufferStart(
        link=link,
        capacity=capacity,
        contents=min(contents, capacity),
        contents_sd=spread,
        travel_s=travel,
        carries=carries,
        carries_sd=carries_sd,
        held_back=held_back,
        moving=moving,
        conveyor=conveyor,
        values=values,
    )


def _link(plant: Plant, before: Unit, after: Unit) -> Link:
    for link in plant.links_from(before.id, "feeds"):
        if link.target == after.id:
            return link
    raise ImpossibleScenario(
        f"{before.id} does not feed {after.id}", "a line whose machines feed each other in a row"
    )


def level_of(
    rows: Rows, conveyor: Unit | None, capacity: float, worth: float
) -> NDArray[np.float64]:
    """What lay on a conveyor, in the line's unit of flow, float64[T]; NaN where nothing tells.

    Args:
        rows: the past.
        conveyor: whose LEVEL point tells, if it has one.
        capacity: of it, in the line's unit of flow.
        worth: units of flow in one thing that lies there.
    """
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


def _bent(plant: Plant, rows: Rows, conveyor: Unit) -> float:
    """The factor of the conveyor's effects on what it carries, now."""
    bent = 1.0
    for effect in plant.class_of(conveyor.id).effects:
        point = conveyor.point(effect.by)
        if effect.on != "capacity" or point is None or rows.doubted(point.id):
            continue
        value = rows.last(point.id, 3)
        bent *= factor(effect, value) if isfinite(value) else 1.0
    return bent


def _carries(conveyor: Unit, worth: float, bent: float, held: float | None, most: float) -> float:
    """The most that passes the conveyor now, per second.

    Its nameplate bent by its effects; what passes now where it holds up the machine after it
    (`held`); never less than what was seen to pass (`most`).
    """
    given = conveyor.parameters.get("max_flow")
    nameplate = inf if given is None else given / 60.0 * worth * bent
    if held is not None:
        return min(held, nameplate)
    return max(nameplate, most if bent > _UNBENT else 0.0)


def most(made: NDArray[np.float64]) -> float:
    """The most that was made a row, averaged over as many rows as hold enough to be counted.

    A machine that makes a whole pallet at once made nothing in the minutes before.
    """
    known = made[np.isfinite(made)]
    total = float(known.sum())
    if total <= 0:
        return 0.0
    rows = int(np.clip(np.ceil(_FEW_COUNTED * len(known) / total), 1, len(known)))
    return float(np.convolve(known, np.full(rows, 1.0 / rows), "valid").max())


def _passing(
    level: NDArray[np.float64],
    come: NDArray[np.float64],
    travel_s: float,
    bent: float,
    two: Seen,
    after: MachineStart,
    excused: NDArray[np.bool_],
) -> float | None:
    """What the conveyor lets pass where the machine after it waits although plenty lies on it.

    None where it does not. More lies on it than is on its way (a conveyor `bent` to half its speed
    takes twice the time). What does not pass while a stop is planned says nothing. Of a machine
    that counts large things it is told by what has `come` and not stayed, over a longer look.
    """
    if not len(level):
        return None
    few = float(np.nansum(two.made[-_HELD_ROWS:])) < _FEW_COUNTED
    rows = _HOUR_ROWS if few else _HELD_ROWS
    worth, possible = after.worth, after.setpoint * after.reach.now * GRID_S
    thrown = np.where(np.isfinite(two.rejected), two.rejected, 0.0)
    taken = np.where(excused, np.nan, two.made + thrown)[-rows:] * worth
    known = taken[np.isfinite(taken)]
    if few:
        passing = _left(level[-rows:], np.where(excused, np.nan, come)[-rows:])
    else:
        # what is on its way is what passes while it runs, not what a stop leaves of it on average
        passing = max(known.mean(), np.median(known)) / GRID_S if len(known) else 0.0
    underway = max(passing, 0.5 * possible / GRID_S) * travel_s / max(bent, 0.1)
    plenty = level[-rows:] > _PLENTY * underway
    ready = plenty & (~two.standing & ~two.blocked)[-rows:] & np.isfinite(taken)
    if few:
        held = float(ready.mean()) > 0.8 and passing < _HOLDS_UP * possible / GRID_S
        return passing if held else None
    made = taken[ready]
    # what gathered at its end during a stop is taken at full speed, and says nothing
    # and a machine that turns all the while and counts as fast waits for nothing: it is slow
    turns = np.where(two.executing & ~two.waiting, two.speed * GRID_S * worth, possible)
    own = np.fmin(turns[-rows:][ready], possible)
    made = made[made < _HOLDS_UP * own]
    held = len(made) > 0.4 * rows
    made = made[made <= np.median(made)] if held else made
    return float(made.mean()) / GRID_S if held else None


def _left(level: NDArray[np.float64], come: NDArray[np.float64]) -> float:
    """What left a conveyor, per second: what came and does not lie there more; NaN = not known."""
    known = np.flatnonzero(np.isfinite(level) & np.isfinite(come))
    if len(known) < 2:
        return np.nan
    stayed = (level[known[-1]] - level[known[0]]) / (len(known) - 1)
    return float(come[known].mean() - stayed) / GRID_S
