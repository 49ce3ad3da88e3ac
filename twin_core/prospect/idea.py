"""What could run better on a line, before anything is tried: speeds, room, settings.

From set-points beside the nameplate and the recipe, and from buffers as they were seen in the
settled last hour. An idea is a question to the model; it must never be told as an answer.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.setpoints import due
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.buffer import BufferStart, level_of
from twin_core.simulation.live.effects import amount
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.seen import Rows, Seen
from twin_core.simulation.live.start import LineStart
from twin_core.simulation.scenario import BufferSize, Change, SetPoint
from twin_core.twin import Snapshot
from twin_core.units import number_text, quantity, unit_text

Kind = Literal["speed", "buffer", "setting", "waste", "changeover"]

_ALIKE = 0.005
"""Share by which speeds differ at least to be two."""
_PACE = 1.02
"""A machine no faster than this times the slowest sets the line's pace."""
_SHARES = (0.95, 0.9)
"""Of a speed, to which it is turned down."""
_SET_LOW, _CARRIES = 1.25, 1.1
"""A conveyor that carries this much more than its neighbours can do holds nobody up: of one that is
set slower than it should be its class tells less surely what it carries."""
_FEW_ROWS = 3
_LOW, _HIGH = 0.6, 0.15
"""Of a buffer's room: what is used of it if the machine before is blocked by less; and never
more than so little if it is not used."""
_UNUSED_ROWS = 180


@dataclass(frozen=True, slots=True)
class Idea:
    """Something to try.

    Attributes:
        asset: whose it is; `target` of a buffer the machine after it.
        changes: what is tried; `instead` of these, which are how it is now, if not as believed.
        between: whether it is about what lies between machines, and not about one.
        why: what was seen, one clause.
    """

    kind: Kind
    asset: str
    changes: tuple[Change, ...]
    why: str
    target: str | None = None
    instead: tuple[Change, ...] = ()
    between: bool = False


def ideas(snapshot: Snapshot, start: LineStart, rows: Rows, rate: float | None) -> list[Idea]:
    """All that is to be tried on a line, in the order of flow.

    Args:
        snapshot: belief now.
        start: the line at the start.
        rows: the settled last hour.
        rate: of what it makes now, in its unit of flow per minute; None = not given.
    """
    plant = snapshot.plant
    unused = dict(_unused(start, rows))
    below = list(_below(snapshot, start, rate))
    slow = {unit.id for _, unit, _ in below}
    found = [_beside(one, unused, slow) for one in _speeds(snapshot, start, rate)]
    found += _together(below)
    found += _rooms(plant, start, rows)
    found += _belts(snapshot, start)
    found += _settings(snapshot, start)
    return found


def _beside(idea: Idea, unused: dict[str, tuple[str, str]], slow: Collection[str]) -> Idea:
    """A machine at its nameplate that is tried faster is about the buffer that it does not fill."""
    if idea.asset not in unused:
        return idea
    target, said = unused[idea.asset]
    told = replace(idea, why=f"{idea.why}; {said}")
    return told if idea.asset in slow else replace(told, kind="buffer", target=target)


def _speeds(snapshot: Snapshot, start: LineStart, rate: float | None) -> Iterator[Idea]:
    """Each machine faster, up to what it may be; and slower, where its speed does harm."""
    for machine in start.machines:
        point = _lever(snapshot, machine.unit)
        if point is None:
            continue
        assert point.spec.adjustable is not None
        now, high = _now(snapshot, point), _most(start, machine, point, rate)
        rated = machine.unit.parameters.get("rated_speed", now)
        up, down = {min(rated, high), high}, set[float]()
        if _harms(snapshot, machine.unit, high):
            up |= {(now + high) / 2}
        if _harms(snapshot, machine.unit, now):
            down = {rated, *(share * now for share in _SHARES)}
        low = point.spec.adjustable.low
        for value in sorted(v for v in up if v > now * (1 + _ALIKE)):
            yield _speed(machine.unit, point, now, value, rated)
        for value in sorted((v for v in down if low <= v < now * (1 - _ALIKE)), reverse=True):
            yield _speed(machine.unit, point, now, value, rated)


def _harms(snapshot: Snapshot, unit: Unit, speed: float) -> bool:
    """Whether a speed makes rejects or stops, by the class: only then less of it may be more."""
    point = unit.with_role(Role.SPEED)
    return point is not None and any(
        effect.by == point.spec.id and amount(effect, speed) > 0
        for effect in snapshot.plant.class_of(unit.id).effects
        if effect.on in {"rejects", "stops"}
    )


def _below(
    snapshot: Snapshot, start: LineStart, rate: float | None
) -> Iterator[tuple[float, Unit, SetPoint]]:
    """Machines that run below their nameplate: pace now, and the set-point that would suit it."""
    for machine in start.machines:
        point = _lever(snapshot, machine.unit)
        if point is None:
            continue
        now = _now(snapshot, point)
        rated = machine.unit.parameters.get("rated_speed", now)
        value = min(rated, _most(start, machine, point, rate))
        if value > now * (1 + _ALIKE):
            told = SetPoint(point=point.id, value=_tidy(point, value))
            yield now * machine.worth, machine.unit, told


def _together(below: Sequence[tuple[float, Unit, SetPoint]]) -> list[Idea]:
    """All that run below their nameplate at once: two may hold the line up alike."""
    if len(below) < 2:
        return []
    names = " and ".join(unit.name for _, unit, _ in below)
    slowest = min(below, key=lambda one: one[0])[1]
    changes = tuple(change for _, _, change in below)
    return [Idea("speed", slowest.id, changes, f"{names} run below their nameplate")]


def _most(start: LineStart, machine: MachineStart, point: Point, rate: float | None) -> float:
    """The highest speed to try: its range; of what sets the pace no more than the product's rate.

    Asking the line for more than it is meant to make is no inefficiency.
    """
    assert point.spec.adjustable is not None
    high = point.spec.adjustable.high
    rated = machine.unit.parameters.get("rated_speed")
    if rated is None:
        return high
    paces = [
        m.unit.parameters["rated_speed"] * m.worth
        for m in start.machines
        if "rated_speed" in m.unit.parameters
    ]
    if rated * machine.worth > _PACE * min(paces):
        return high
    return min(high, rated if rate is None else rate / machine.worth)


def _speed(unit: Unit, point: Point, now: float, value: float, rated: float) -> Idea:
    value = _tidy(point, value)
    said = unit_text(point.spec.unit)
    why = f"it is set to {number_text(now)} {said}, its nameplate says {number_text(rated)} {said}"
    return Idea("speed", unit.id, (SetPoint(point=point.id, value=value),), why)


def _unused(start: LineStart, rows: Rows) -> Iterator[tuple[str, tuple[str, str]]]:
    """By machine before it, buffers on which hardly ever more lay than was on its way."""
    for buffer, level in _levels(start, rows):
        seen = level[np.isfinite(level)]
        if len(seen) < _UNUSED_ROWS or buffer.capacity <= 0:
            continue
        most = float(np.quantile(seen, 0.95))
        least = max(_HIGH * buffer.capacity, 1.25 * buffer.moving * buffer.travel_s)
        if most <= least:
            used = 100 * most / buffer.capacity
            said = f"the buffer after it never held more than {number_text(used)} % of its room"
            yield buffer.link.source, (buffer.link.target, said)


def _rooms(plant: Plant, start: LineStart, rows: Rows) -> Iterator[Idea]:
    """Buffers that block the machine before them although there is room left."""
    line = start.line
    for buffer, level in _levels(start, rows):
        before = Seen(rows, plant.unit(buffer.link.source))
        blocked = level[before.blocked & np.isfinite(level)]
        if len(blocked) < _FEW_ROWS:
            continue
        seen, given = float(np.median(blocked)), buffer.capacity
        if seen >= _LOW * given:
            continue
        worth = plant.in_flow(line, before.unit)
        ends = {"source": buffer.link.source, "target": buffer.link.target}
        why = (
            f"{before.unit.name} is blocked at {number_text(seen)} of the "
            f"{quantity(given, line.unit_of_flow or '1')} that fit behind it"
        )
        yield Idea(
            "buffer", buffer.link.source, (BufferSize(**ends, capacity=given / worth),), why,
            buffer.link.target, (BufferSize(**ends, capacity=seen / worth),), between=True,
        )  # fmt: skip


def _belts(snapshot: Snapshot, start: LineStart) -> Iterator[Idea]:
    """Conveyors that carry hardly more than passes, at the speed they should have and faster."""
    for buffer, (one, two) in zip(start.buffers, pairwise(start.machines), strict=True):
        point = _belt(snapshot, buffer.conveyor) if buffer.conveyor is not None else None
        if point is None or buffer.conveyor is None:
            continue
        now, should = _now(snapshot, point), due(snapshot, buffer.conveyor, point)
        least = _SET_LOW if should is not None and now < should.value * (1 - _ALIKE) else _CARRIES
        if buffer.carries >= least * min(m.setpoint * m.reach.best for m in (one, two)):
            continue
        assert point.spec.adjustable is not None
        wanted = {point.spec.adjustable.high, *([should.value] if should is not None else [])}
        for value in sorted(v for v in wanted if v > now * (1 + _ALIKE)):
            why = f"at {quantity(now, point.spec.unit)} it carries hardly more than passes"
            change = SetPoint(point=point.id, value=_tidy(point, value))
            yield Idea("speed", buffer.conveyor.id, (change,), why, between=True)


def _settings(snapshot: Snapshot, start: LineStart) -> Iterator[Idea]:
    """Set-points of the process that are not what recipe, class or peers call for."""
    for machine in start.machines:
        for point in machine.unit.points:
            if point.spec.role is not Role.SETPOINT or not point.writable:
                continue
            believed, should = snapshot.latest(point.id), due(snapshot, machine.unit, point)
            if should is None or believed.value is None or believed.state != "good":
                continue
            assert point.spec.adjustable is not None
            if abs(believed.value - should.value) <= should.tolerance / 2:
                continue
            if not point.spec.adjustable.holds(should.value):
                continue
            unit = point.spec.unit
            why = (
                f"{point.spec.name} is {quantity(believed.value, unit)}, by {should.by} it "
                f"should be {quantity(should.value, unit)}"
            )
            change = SetPoint(point=point.id, value=should.value)
            yield Idea("setting", machine.unit.id, (change,), why)


def _levels(start: LineStart, rows: Rows) -> Iterator[tuple[BufferStart, NDArray[np.float64]]]:
    """Buffers, and what lay on each, in the line's unit of flow."""
    for buffer, machine in zip(start.buffers, start.machines, strict=False):
        yield buffer, level_of(rows, buffer.conveyor, buffer.capacity, machine.worth)


def _belt(snapshot: Snapshot, conveyor: Unit) -> Point | None:
    """The set-point that leads what a conveyor's capacity follows, as `_lever`."""
    kind = snapshot.plant.class_of(conveyor.id)
    bends = {effect.by for effect in kind.effects if effect.on == "capacity"}
    return _movable(snapshot, next((p for p in conveyor.points if p.spec.measures in bends), None))


def _lever(snapshot: Snapshot, unit: Unit) -> Point | None:
    """Its speed set-point, where somebody may move it and it is believed."""
    return _movable(snapshot, unit.with_role(Role.SPEED_SETPOINT))


def _movable(snapshot: Snapshot, point: Point | None) -> Point | None:
    if point is None or not point.writable:
        return None
    believed = snapshot.latest(point.id)
    return point if believed.state == "good" and (believed.value or 0.0) > 0 else None


def _now(snapshot: Snapshot, point: Point) -> float:
    value = snapshot.latest(point.id).value
    assert value is not None
    return value


def _tidy(point: Point, value: float) -> float:
    step = point.spec.resolution
    return round(round(value / step) * step, 10) if step > 0 else value
