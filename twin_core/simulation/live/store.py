"""A store at an end of the line: what it has, what it passes on, what renews it.

Quantities are in the line's unit of flow, rates per second.

It must never know which way around a plant uses its stores: links say that.
"""

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Line, Link, Plant, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.seen import Rows, Seen, path_of
from twin_core.simulation.live.trend import slope_of
from twin_core.twin import GRID_S

_STORE_ROWS = 60
_STORE_NOW_ROWS = 12
_LUMPY_ROWS = 30
"""A store gives whole units of its own; what it gives shows over minutes only."""


@dataclass(frozen=True, slots=True)
class StoreStart:
    """A store at an end of the line.

    Attributes:
        worth: units of flow in one unit of its level.
        stock, room: what lies in it and what still fits; `inf` where not known.
        passes: the most that passes between store and line, per second.
        renewed: what comes in from outside (goes out, for a store that takes), per second.
        underway: what lies between store and line; `moving` what passes now, per second.
        reorder: stock at which more is ordered, `replenished` what comes then, per second; -inf
            and 0 where no rule is given, or more is due already and what comes is seen.
    """

    unit: Unit
    link: Link
    worth: float
    stock: float
    room: float
    passes: float
    renewed: float
    underway: float
    moving: float
    reorder: float = -inf
    replenished: float = 0.0


def store_start(
    plant: Plant,
    line: Line,
    seen: Seen,
    machine: MachineStart,
    held: NDArray[np.bool_],
    *,
    gives: bool,
) -> StoreStart | None:
    """The store before the machine (`gives`) or after it; None if no link names one.

    `held`: rows in which the line itself holds the machine up.
    """
    unit, flow = machine.unit, machine.unit.flow
    links = plant.links_into(unit.id, "feeds") if gives else plant.links_from(unit.id, "feeds")
    members = {u.id for u in line.units}
    link = next((k for k in links if (k.source if gives else k.target) not in members), None)
    if link is None or flow is None:
        return None
    store = plant.unit(link.source if gives else link.target)
    worth = machine.worth * flow.gives / flow.takes if gives else machine.worth
    rows = seen.rows
    level = rows.mean(path_of(store, Role.LEVEL))
    passing = rows.mean(path_of(store, Role.FLOW)) / 60.0 * worth
    capacity = store.parameters.get("capacity", inf)
    newest_level = level[-6:][np.isfinite(level[-6:])]
    stock = float(newest_level[-1]) if len(newest_level) else inf
    moved = seen.moved(_STORE_NOW_ROWS) * machine.worth
    moving = moved if isfinite(moved) else machine.setpoint
    given = passing[-_LUMPY_ROWS:][np.isfinite(passing[-_LUMPY_ROWS:])]
    order = _order(store, rows) if gives else None
    due = order.due_rows(level) if order is not None else 0
    lately = min(due or _STORE_ROWS, _STORE_ROWS)
    gained = _gained(level[-lately:])
    renewed = moving
    if gained is not None and isfinite(seen.moved(lately)):
        # both over the same minutes: a stop of the line is no stop of what comes
        renewed = seen.moved(lately) * machine.worth + (gained if gives else -gained) * worth
    if order is not None and 0 < due < _STORE_ROWS:
        # what is ordered has just begun to come: the shorter it is seen the less its slope tells
        told = (due / _STORE_ROWS) ** 2
        renewed = told * renewed + (1.0 - told) * order.rate * worth
    if gives and stock < 1.0 and len(given):
        # it has nothing: what it gives is what it gets
        renewed = float(given.mean())
    ahead = order if order is not None and isfinite(stock) and stock > order.level else None
    alone = len(plant.links_from(store.id, "feeds") + plant.links_into(store.id, "feeds")) == 1
    waiting = seen.starved | (seen.fed_less & ~held) if gives else seen.blocked
    waits = bool(len(waiting)) and float(waiting[-_STORE_NOW_ROWS:].mean()) > 0.5
    space = link.buffer.capacity * worth if link.buffer is not None else 0.0
    underway = _underway(passing, seen, machine, space, alone=alone, gives=gives, waits=waits)
    passes = _allowed(store, rows, worth)
    if waits:
        passes = moving
    elif alone and gives and len(given) and underway < space - 1.5 * worth:
        # the way is not full, so what comes is all that the store gives
        passes = float(given.mean())
    return StoreStart(
        unit=store,
        link=link,
        worth=worth,
        stock=stock * worth,
        room=inf if not isfinite(stock) else max(0.0, capacity - stock) * worth,
        passes=max(passes, 0.0),
        renewed=max(0.0, renewed),
        underway=underway,
        moving=moving,
        reorder=ahead.level * worth if ahead is not None else -inf,
        replenished=ahead.rate * worth if ahead is not None else 0.0,
    )


@dataclass(frozen=True, slots=True)
class _Order:
    """The rule by which more is ordered: below which level, and what comes then per second."""

    level: float
    rate: float

    def due_rows(self, level: NDArray[np.float64]) -> int:
        """Rows since the stock fell to where more is ordered; 0 if it lies above."""
        known = np.flatnonzero(np.isfinite(level))
        if not len(known) or level[known[-1]] > self.level:
            return 0
        above = known[level[known] > self.level]
        return len(level) - 1 - int(above[-1]) if len(above) else len(level)


def _order(store: Unit, rows: Rows) -> _Order | None:
    level = store.with_role(Role.LEVEL)
    leader = next(
        (p for p in store.points if level is not None and p.spec.measures == level.spec.id), None
    )
    at = rows.last(leader.id, 6) if leader is not None else float("nan")
    rate = store.parameters.get("replenish_rate", 0.0) / 60.0
    return _Order(at, rate) if isfinite(at) and rate > 0 else None


def _gained(level: NDArray[np.float64]) -> float | None:
    """What a store gains per second over these rows, in its own unit; None if too few are known."""
    known = np.isfinite(level)
    if known.sum() < _STORE_NOW_ROWS:
        return None
    return slope_of(np.arange(len(known), dtype=float)[known] * GRID_S, level[known])


def _underway(
    passing: NDArray[np.float64],
    seen: Seen,
    machine: MachineStart,
    space: float,
    *,
    alone: bool,
    gives: bool,
    waits: bool,
) -> float:
    """What lies between store and line: added up where the store counts for this line alone."""
    if waits:
        return 0.0 if gives else space
    if not alone or not np.isfinite(passing).any():
        return 0.9 * space if gives else 0.1 * space
    taken = seen.made * machine.worth
    contents = space if gives else 0.0
    for came, went in zip(passing * GRID_S, taken, strict=True):
        if isfinite(came) and isfinite(went):
            change = came - went if gives else went - came
            contents = min(space, max(0.0, contents + change))
    return contents


def _allowed(store: Unit, rows: Rows, worth: float) -> float:
    """The most that may pass by the store's own setpoint; no limit without one."""
    flow = store.with_role(Role.FLOW)
    leader = next(
        (p for p in store.points if flow is not None and p.spec.measures == flow.spec.id), None
    )
    allowed = rows.last(leader.id, 6) if leader is not None else float("nan")
    return allowed / 60.0 * worth if isfinite(allowed) else inf
