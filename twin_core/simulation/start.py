"""The start state of a line's model: what every machine, buffer and store can do, and how surely.

Estimated from the settled recent past up to a moment: `start_of(snapshot, line, now)` is the live
state, `start_of(snapshot, line, onset, usual=True)` the line as it was before. A point that is not
believed is replaced by what the plant file says. All quantities are in the line's unit of flow
and seconds. It must never look past the moment it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Line, Link, Plant, Unit
from twin_core.plant.classes import Effect, PointSpec, Role
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.effects import SUPPLY, factor, product
from twin_core.simulation.reach import Reach, reach_of
from twin_core.simulation.seen import EXECUTE, Rows, Seen, path_of
from twin_core.simulation.stops import StopHistory, StopLaw
from twin_core.simulation.trend import Trend, trend_of
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_REJECT_ROWS = 24
_MTBF_S, _MTTR_S = 7200.0, 60.0
"""The stop law of a machine whose class gives none."""
_STORE_ROWS = 60
_ON_ITS_WAY = 1.25
"""A conveyor that holds no more than this times speed x travel time has nothing waiting on it."""
_FULL = 0.96
_STORE_NOW_ROWS = 12
_LUMPY_ROWS = 30
"""A store gives whole units of its own; what it gives shows over minutes only."""


@dataclass(frozen=True, slots=True)
class Believing:
    """A process value at the start: what it is, where it is heading, which setpoint leads it.

    Attributes:
        known: false where it is not believed and stands for the usual value.
        lag_s: time constant with which it follows its setpoint and its supplies.
    """

    value: float
    trend: Trend
    known: bool
    lag_s: float


@dataclass(frozen=True, slots=True)
class MachineStart:
    """A machine at the start.

    Attributes:
        worth: units of flow in one `unit_out`.
        setpoint: commanded speed in units of flow per second (1 where none is given, and then
            `reach` is the speed itself).
        reach: speed reached over commanded speed.
        rejects, rejects_n: share rejected, and how many units that knowledge is worth.
        stood_s: seconds it has been standing by itself; None while it does not.
        values: process values by point id.
    """

    unit: Unit
    worth: float
    setpoint: float
    reach: Reach
    rejects: float
    rejects_n: float
    stops: StopLaw
    stood_s: float | None
    values: Mapping[str, Believing]


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


@dataclass(frozen=True, slots=True)
class StoreStart:
    """A store at an end of the line.

    Attributes:
        worth: units of flow in one unit of its level.
        stock, room: what lies in it and what still fits; `inf` where not known.
        passes: the most that passes between store and line, per second.
        renewed: what comes in from outside (goes out, for a store that takes), per second.
        underway: what lies between store and line; `moving` what passes now, per second.
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


@dataclass(frozen=True, slots=True)
class LineStart:
    """A line at the start.

    Attributes:
        at: the moment.
        buffers: one between each two machines.
        source, sink: stores at the ends, if links name any.
        counted: position of the machine whose output is the line's.
        ends_s: seconds until the planned stop ends in which the line stands now; 0 if in none.
    """

    line: Line
    at: Instant
    machines: tuple[MachineStart, ...]
    buffers: tuple[BufferStart, ...]
    source: StoreStart | None
    sink: StoreStart | None
    counted: int
    ends_s: float


def start_of(snapshot: Snapshot, line_path: str, at: Instant, *, usual: bool = False) -> LineStart:
    """The line's model at `at`, from nothing later than that.

    Args:
        snapshot: belief; its `recent` must reach back before `at` to be of use.
        line_path: a production line.
        at: plant time.
        usual: the line as it was over the minutes before `at`: no trends, no change of stop laws,
            no machine standing. For counterfactuals.

    Raises:
        UnknownName: no such line.
        ImpossibleScenario: the line has no machines.
    """
    plant = snapshot.plant
    line = plant.line(line_path)
    machines = plant.machines(line)
    counter = plant.counter(line)
    if not machines or counter is None:
        raise ImpossibleScenario(f"{line.name} has no machines", "a production line")
    rows = Rows(snapshot, at)
    excused = _planned_rows(snapshot, line, rows)
    seen = [Seen(rows, unit) for unit in machines]
    held = _held_up(plant, line, seen)
    starts = tuple(
        _machine(plant, line, one, excused | h, excused, at, usual=usual)
        for one, h in zip(seen, held, strict=True)
    )
    buffers = tuple(
        _buffer(plant, before, after, one, two)
        for (before, after), (one, two) in zip(pairwise(starts), pairwise(seen), strict=True)
    )
    ends = [p.end for p in planned_stops(plant, line.id, at, at + SECOND) if p.start <= at < p.end]
    return LineStart(
        line=line,
        at=at,
        machines=starts,
        buffers=buffers,
        source=_store(plant, line, seen[0], starts[0], gives=True),
        sink=_store(plant, line, seen[-1], starts[-1], gives=False),
        counted=[m.id for m in machines].index(counter.id),
        ends_s=0.0 if usual else max((e - at for e in ends), default=0) / SECOND,
    )


def _planned_rows(snapshot: Snapshot, line: Line, rows: Rows) -> NDArray[np.bool_]:
    excused = np.zeros(len(rows), dtype=bool)
    if not len(rows):
        return excused
    for stop in planned_stops(snapshot.plant, line.id, int(rows.time[0]), int(rows.time[-1])):
        # people are not on time to the second
        excused |= (rows.time > stop.start - 60 * SECOND) & (rows.time < stop.end + 120 * SECOND)
    return excused


def _held_up(plant: Plant, line: Line, seen: list[Seen]) -> list[NDArray[np.bool_]]:
    """Rows in which a machine runs at its neighbours' rate although no interlock says so.

    Nothing waits before it (no more lies on the conveyor than is on its way), or nothing fits
    behind it.
    """
    held = [np.zeros(len(one.rows), dtype=bool) for one in seen]
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
            held[i + 1] |= level <= np.minimum(
                _ON_ITS_WAY * moving * link.buffer.travel_s, capacity / 2
            )
    return held


def _link(plant: Plant, before: Unit, after: Unit) -> Link:
    return next(k for k in plant.links_from(before.id, "feeds") if k.target == after.id)


def _machine(
    plant: Plant,
    line: Line,
    seen: Seen,
    held: NDArray[np.bool_],
    excused: NDArray[np.bool_],
    at: Instant,
    *,
    usual: bool,
) -> MachineStart:
    unit = seen.unit
    worth = plant.in_flow(line, unit)
    values = values_of(seen.rows, plant, unit, usual=usual)
    setpoint = _setpoint(seen, at) * worth
    reach = reach_of(seen, held, usual=usual)
    if not reach.known:
        # nothing was seen running free: what the nameplate's effects leave of the setpoint
        slowed = product(
            factor(e, values[e.by].value)
            for e in plant.class_of(unit.id).effects
            if e.on == "speed" and e.by in values
        )
        reach = Reach(max(slowed, reach.now), 0.04, max(1.0, reach.now), Trend.flat(), known=False)
    if setpoint <= 0:
        rated = unit.parameters.get("rated_speed", 0.0) / 60.0 * worth
        setpoint, reach = (rated, reach) if not reach.known else (worth, reach)
    rejects, rejects_n = _rejects(seen)
    history = StopHistory.of(seen, excused) if len(seen.rows) else None
    law = StopLaw.learn(
        unit.parameters.get("mtbf_s", _MTBF_S),
        unit.parameters.get("mttr_s", _MTTR_S),
        history,
        changing=not usual,
    )
    return MachineStart(
        unit=unit,
        worth=worth,
        setpoint=setpoint,
        reach=reach,
        rejects=rejects,
        rejects_n=rejects_n,
        stops=law,
        stood_s=None if usual else _stood(seen),
        values=values,
    )


def _setpoint(seen: Seen, at: Instant) -> float:
    """Commanded speed per second in `unit_out`; 0 where it is not believed."""
    path = path_of(seen.unit, Role.SPEED_SETPOINT)
    if path is None:
        return 0.0
    found = newest(seen.rows, path, at)
    return found / 60.0 if isfinite(found) and found > 0 else 0.0


def newest(rows: Rows, path: str, at: Instant) -> float:
    """The point's last believed value not after `at`; NaN without one in the last minutes."""
    snapshot = rows.snapshot
    i = snapshot.plant.index[path]
    if at >= snapshot.watermark and path not in snapshot.quarantined:
        seen = int(snapshot.time[i])
        if seen and snapshot.now - seen <= snapshot.stale_after_s(path) * SECOND:
            return float(snapshot.value[i])
    column = rows.mean(path)[-30:]
    column = column[np.isfinite(column)]
    return float(column[-1]) if len(column) else float("nan")


def values_of(rows: Rows, plant: Plant, unit: Unit, *, usual: bool) -> dict[str, Believing]:
    """Every value of the unit that one of its class's effects follows or shifts, by point id."""
    kind = plant.class_of(unit.id)
    wanted = {e.by for e in kind.effects if not e.by.startswith(SUPPLY)}
    wanted |= {e.point for e in kind.effects if e.point is not None}
    wanted |= {p.spec.measures for p in unit.points if p.spec.measures is not None}
    found: dict[str, Believing] = {}
    for point in unit.points:
        if point.spec.id not in wanted or point.spec.role in {Role.SPEED, Role.LEVEL}:
            continue
        column = rows.mean(point.id)
        if rows.at >= rows.snapshot.watermark and point.id in rows.snapshot.quarantined:
            column = np.full(len(column), np.nan)
        trend = trend_of(column, max(point.spec.noise, point.spec.resolution), steady=usual)
        leader = next((p for p in unit.points if p.spec.measures == point.spec.id), None)
        settle = leader.spec.settle_s if leader is not None else None
        known = isfinite(trend.value)
        value = trend.value
        if not known:
            led = rows.last(leader.id, 6) if leader is not None else float("nan")
            value = led if isfinite(led) else _usual_value(point.spec)
        found[point.spec.id] = Believing(value, trend, known, (settle or 60.0) / 3.0)
    return found


def _usual_value(spec: PointSpec) -> float:
    usual = spec.normal or spec.limits
    return (usual.low + usual.high) / 2.0


def _rejects(seen: Seen) -> tuple[float, float]:
    """Share rejected now, from the newest counts, the nameplate worth fifty units."""
    prior_n = 50.0
    prior = seen.unit.parameters.get("reject_rate", 0.0)
    made, rejected = seen.made[-_REJECT_ROWS:], seen.rejected[-_REJECT_ROWS:]
    both = np.isfinite(made) & np.isfinite(rejected)
    thrown = float(rejected[both].sum())
    total = float(made[both].sum()) + thrown
    return (prior * prior_n + thrown) / (prior_n + total), prior_n + total


def _stood(seen: Seen) -> float | None:
    """Seconds since which the machine stands by itself; None if it does not."""
    state = (
        newest(seen.rows, path_of(seen.unit, Role.STATE) or "", seen.rows.at)
        if path_of(seen.unit, Role.STATE)
        else float("nan")
    )
    if not isfinite(state) or state == EXECUTE:
        return None
    standing = seen.standing
    if not len(standing) or not standing[-1]:
        return None
    run = int(np.argmin(standing[::-1])) if not standing.all() else len(standing)
    return max(5.0, (run - 0.5) * GRID_S)


def _buffer(
    plant: Plant, before: MachineStart, after: MachineStart, one: Seen, two: Seen
) -> BufferStart:
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
    moved = two.made[-_STORE_ROWS:] / GRID_S * after.worth
    most = float(np.nanmax(moved)) if np.isfinite(moved).any() and bent > 0.98 else 0.0
    return max(nameplate, most)


def _store(
    plant: Plant, line: Line, seen: Seen, machine: MachineStart, *, gives: bool
) -> StoreStart | None:
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
    capacity = store.parameters.get("capacity", inf)
    newest_level = level[-6:][np.isfinite(level[-6:])]
    stock = float(newest_level[-1]) if len(newest_level) else inf
    moved = seen.moved(_STORE_NOW_ROWS) * machine.worth
    moving = moved if isfinite(moved) else machine.setpoint
    renewed = moving
    known = np.isfinite(level[-_STORE_ROWS:])
    if known.sum() >= _STORE_NOW_ROWS:
        t = np.arange(len(known), dtype=float)[known] * GRID_S
        slope = float(np.polyfit(t, level[-_STORE_ROWS:][known], 1)[0]) * worth
        renewed += slope if gives else -slope
    passing = rows.mean(path_of(store, Role.FLOW)) / 60.0 * worth
    alone = len(plant.links_from(store.id, "feeds") + plant.links_into(store.id, "feeds")) == 1
    held_up = seen.starved if gives else seen.blocked
    waits = bool(len(held_up)) and float(held_up[-_STORE_NOW_ROWS:].mean()) > 0.5
    space = link.buffer.capacity * worth if link.buffer is not None else 0.0
    underway = _underway(passing, seen, machine, space, alone=alone, gives=gives, waits=waits)
    now = passing[-_LUMPY_ROWS:][np.isfinite(passing[-_LUMPY_ROWS:])]
    passes = _allowed(store, rows, worth)
    if waits:
        passes = moving
    elif alone and gives and len(now) and underway < space - 1.5 * worth:
        # the way is not full, so what comes is all that the store gives
        passes = float(now.mean())
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
    )


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
