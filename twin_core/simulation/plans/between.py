"""Plans of what lies between machines and at the ends of a line: buffers, conveyors, stores.

It must never plan a machine of the line.
"""

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.buffer import BufferStart
from twin_core.simulation.live.store import StoreStart
from twin_core.simulation.numbers import Column
from twin_core.simulation.plans.frame import Frame
from twin_core.simulation.plans.layout import BufferPlan, MachinePlan
from twin_core.simulation.plans.setting import RATES, SIZES, settled
from twin_core.simulation.processes.moves import Moves
from twin_core.simulation.processes.paths import capability

_ENDLESS = 1e9
"""Stands for no limit in quantities, so that differences stay numbers."""


def buffer_plan(frame: Frame, buffer: BufferStart) -> BufferPlan:
    """What lies between two machines, a row a replication."""
    moves, t = frame.moves, frame.t
    on = moves.on(t)
    one = frame.plant.unit(buffer.link.source)
    capacity = np.full(len(t), buffer.capacity)
    size = moves.sizes.get((buffer.link.source, buffer.link.target))
    if size is not None:
        worth = next(m.worth for m in frame.start.machines if m.unit.id == one.id)
        capacity = np.where(on, size * worth, capacity)
    carries = np.full((frame.draws.replications, len(t)), min(buffer.carries, _ENDLESS))
    if buffer.conveyor is not None:
        carries = _carried(frame, buffer, buffer.conveyor, carries)
    random = frame.random(buffer.conveyor or one, 2)
    spread, bears = random.normal(), random.normal()
    carries = carries * (1.0 + buffer.carries_sd * bears[:, None])
    contents = np.clip(buffer.contents + buffer.contents_sd * spread, 0.0, buffer.capacity)
    capacity = np.broadcast_to(np.minimum(capacity, _ENDLESS), carries.shape)
    at_s, (capacity, carries) = settled(t, (capacity, carries), (SIZES, RATES))
    return BufferPlan(
        at_s,
        capacity,
        carries,
        contents,
        held_back=contents if buffer.held_back else np.zeros(len(contents)),
        travel_s=buffer.travel_s,
        arriving=buffer.moving,
        conveyor=buffer.conveyor is not None or isfinite(buffer.carries),
    )


def _carried(
    frame: Frame, buffer: BufferStart, conveyor: Unit, carries: NDArray[np.float64]
) -> NDArray[np.float64]:
    moves, on = frame.moves, frame.moves.on(frame.t)
    line = frame.before.get(conveyor.id)
    was = None
    if line is not None:
        was = next((b for b in line.buffers if b.conveyor == conveyor), None)
    effects = frame.plant.class_of(conveyor.id).effects
    paths = frame.paths(conveyor, buffer.values, was.values if was is not None else {})
    reference = frame.reference(conveyor, buffer.values, frame.levels)
    ratio = capability(effects, paths, reference, on="capacity")
    found = carries if ratio is None else carries * ratio
    if was is not None:
        found = np.where(on, min(was.carries, _ENDLESS), found)
    factor = moves.capacity.get(conveyor.id, 1.0)
    if factor != 1.0 and not isfinite(buffer.carries):
        most = max(m.setpoint for m in frame.start.machines)
        found = np.minimum(found, most)
    found = found * np.where(on, factor, 1.0)
    return np.where(moves.out(conveyor.id, frame.t), 0.0, found)


def _brought(
    t: NDArray[np.float64], on: NDArray[np.bool_], amount: float, horizon_s: float
) -> NDArray[np.float64]:
    """The rate at which `amount` comes in the first step of a repair: what ran out is there again.

    Returns per second, float64[T].
    """
    found = np.zeros(len(t))
    if on.any():
        first = int(np.argmax(on))
        until = float(t[first + 1]) if first + 1 < len(t) else horizon_s
        found[first] = amount / max(until - float(t[first]), 1.0)
    return found


def store_plans(
    frame: Frame, store: StoreStart, *, gives: bool
) -> tuple[tuple[MachinePlan, BufferPlan], tuple[MachinePlan, BufferPlan]]:
    """Stock with what renews it, then the way between store and line."""
    n, t, moves = frame.draws.replications, frame.t, frame.moves
    on, unit = moves.on(t), store.unit
    passes = np.full(len(t), min(store.passes, _ENDLESS))
    renewed = _renewed(t, moves, store)
    line = frame.before.get(unit.id)
    was = (line.source if gives else line.sink) if line is not None else None
    if was is not None:
        passes = np.where(on, min(was.passes, _ENDLESS), passes)
        renewed = np.where(on, was.renewed, renewed)
        lost = was.stock - store.stock if gives else was.room - store.room
        if isfinite(lost):  # else its level was not known then, or is not now
            renewed += _brought(t, on, min(max(lost, 0.0), _ENDLESS), frame.horizon_s)
    factor = moves.capacity.get(unit.id, 1.0)
    if factor != 1.0:
        nominal = max(m.setpoint for m in frame.start.machines)
        passes = np.where(on, np.minimum(passes, nominal) * factor, passes)
    flow = unit.with_role(Role.FLOW)
    for point in unit.points:
        moved = moves.setpoint(point.id)
        if moved is None or flow is None or moved[0] <= 0:
            continue
        if point.spec.measures == flow.spec.id:
            passes = np.where(on, passes * moved[1] / moved[0], passes)
        elif point.spec.measures is None and point.spec.unit == flow.spec.unit:
            renewed = np.where(on, renewed * moved[1] / moved[0], renewed)
    passes = np.where(moves.out(unit.id, t), 0.0, passes)
    stock = min(store.stock, _ENDLESS)
    room = min(store.room, _ENDLESS)
    between = store.link.buffer
    space = between.capacity * store.worth if between is not None else 0.0
    travel = between.travel_s if between is not None else 0.0
    # stores count whole units of their own; how much of one is under way is not known
    lies = store.underway + (frame.random(unit, 2).uniform() - 0.5) * store.worth
    fits = np.minimum(space, np.maximum(0.0, lies))
    more = np.maximum(passes + (lies - fits)[:, None] / frame.horizon_s, 0.0)
    way = _place(np.full(n, space), fits, travel, store.moving)
    kept = _place(np.full(n, stock + room), np.full(n, stock))
    return (_passing(t, np.tile(renewed, (n, 1))), kept), (_passing(t, more), way)


def _renewed(t: NDArray[np.float64], moves: Moves, store: StoreStart) -> NDArray[np.float64]:
    """What comes from outside per second, float64[T]: as now, and as ordered once that is due.

    It is due when the stock falls to the reorder level, at the rate at which it is used now (the
    continuous-review rule: Silver, Pyke and Thomas, *Inventory and Production Management*, 4th ed.,
    2017, section 6.2).
    """
    found, used = np.full(len(t), store.renewed), store.moving - store.renewed
    reorder, level = store.reorder, store.unit.with_role(Role.LEVEL)
    for point in store.unit.points:
        moved = moves.setpoint(point.id)
        if moved is not None and level is not None and point.spec.measures == level.spec.id:
            reorder += (moved[1] - moved[0]) * store.worth
    if used <= 0 or store.replenished <= store.renewed or not isfinite(reorder):
        return found
    due_s = max(0.0, store.stock - reorder) / used
    return np.where(t >= due_s, store.replenished, found)


def _place(
    capacity: Column, contents: Column, travel_s: float = 0.0, arriving: float = 0.0
) -> BufferPlan:
    """One that is the same all the time, and as quick as may be."""
    one = np.zeros((len(capacity), 1))
    return BufferPlan(one, capacity[:, None], one + np.inf, contents, one[:, 0], travel_s, arriving)


def _passing(t: NDArray[np.float64], rate: NDArray[np.float64]) -> MachinePlan:
    """What passes things on at this rate, float64[R, T], never stops and throws nothing out."""
    at_s, (rate,) = settled(t, (np.maximum(rate, 0.0),), (RATES,))
    n, none = len(rate), np.zeros((*rate.shape, 0))
    never = np.zeros((n, 0, 2))
    return MachinePlan(at_s, rate, np.zeros(rate.shape), none, none[:, 0], np.zeros(n), never)
