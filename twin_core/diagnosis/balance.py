"""Belts whose level does not add up: what is counted onto them less what is counted off them.

A level that moves away from what the counters make of it, or faster than anything carries, is the
instrument's doing, whatever the line does. The counters beside it are believed. It must never
balance a belt of which one side is not counted.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.changepoint import shift
from twin_core.diagnosis.rejects import counted
from twin_core.diagnosis.sign import Sign, logistic
from twin_core.diagnosis.window import Window, began
from twin_core.plant.assets import Line, Link, Plant, Point, Unit
from twin_core.plant.classes import Role, Shows
from twin_core.twin import GRID_S

_MANY = 1.0
"""Things counted a bucket from which on counts tell what lies between two machines."""
_KNOWN = 0.9
"""Share of the buckets whose counts must be known."""
_ROOM = 0.25
"""Share of its room that is the smallest shift of a level that matters."""
_FINE = 8.0
"""Times finer than what matters that a balance need be known."""
_CARRIES = 1.3
"""Times what a belt carries at most, from which on its level cannot have moved in a bucket."""
_LEAST = 12
"""Buckets for which a level must have held still to be called stuck."""
_JUMPS = 2.5
"""Such buckets at which an instrument is as likely faulty as not."""


def observe(window: Window) -> list[Sign]:
    """A `rising`, `falling`, `stuck` or `spiking` sign of every belt's level that is belied."""
    return [sign for link in window.plant.links for sign in _belied(window, link)]


def unbelied(window: Window, signs: Iterable[Sign], belied: Sequence[Sign]) -> list[Sign]:
    """The signs without what rests on a level that is belied: the level's own, and its drive's.

    What a belt's drive pulls is compared with what lies there.
    """
    plant = window.plant
    wrong = {s.point for s in belied if s.sure}
    belts = {s.asset for s in belied if s.sure and plant.class_of(s.asset).model == "conveyor"}
    return [
        s
        for s in signs
        if s.point not in wrong
        and not (s.asset in belts and plant.point(s.point).spec.role is Role.PROCESS)
    ]


def _belied(window: Window, link: Link) -> Iterator[Sign]:
    plant, buffer = window.plant, link.buffer
    if buffer is None or buffer.conveyor is None or buffer.conveyor not in window.units:
        return
    belt = plant.units[buffer.conveyor]
    level, line = belt.with_role(Role.LEVEL), plant.line(link.source)
    if level is None or level.spec.unit == "%" or plant.line(link.target).id != line.id:
        return
    jumps = _jumps(window, level)
    if jumps is not None:
        yield jumps
        return
    balance = _balance(window, line, link, level)
    away = None if balance is None else _away(window, level, balance, _ROOM * buffer.capacity)
    if away is not None:
        yield away


def _jumps(window: Window, level: Point) -> Sign | None:
    """Buckets in which a level moved further than anything carries, as an instrument's sign."""
    at, most = window.plant.index[level.id], _carries(window.plant, level)
    if most is None:
        return None
    moved = np.subtract(window.high[:, at], window.low[:, at], dtype=np.float64)
    rows = np.flatnonzero(np.nan_to_num(moved) > most * GRID_S / 60.0 + _read(level))
    strength = logistic((len(rows) - _JUMPS) / 0.25) if len(rows) else 0.0
    if strength <= 0.05:
        return None
    usual = float(np.nanmedian(window.mean[:, at]))
    return Sign(
        point=level.id, shows="spiking", strength=strength, usual=usual,
        now=usual + float(np.median(moved[rows])), unit=level.spec.unit,
        onset=began(window, int(rows[0])), onset_s=2.0 * GRID_S, against="law",
        sure=strength > 0.5, note=f"moved {len(rows)} times faster than anything carries",
    )  # fmt: skip


def _carries(plant: Plant, level: Point) -> float | None:
    """The most that can come and go in a minute, by the nameplate; None where it gives nothing."""
    unit = plant.units[level.unit_id]
    per_minute = f"{level.spec.unit}/min"
    known = plant.class_of(unit.id).parameters
    rates = [unit.parameters[n] for n, p in known.items() if p.unit == per_minute]
    return _CARRIES * sum(rates) if rates else None


def _read(level: Point) -> float:
    return 8.0 * level.spec.noise + 2.0 * level.spec.resolution


def _balance(window: Window, line: Line, link: Link, level: Point) -> NDArray[np.float64] | None:
    """The level less what the counts make of it, float64[T] in its unit; None where unknown."""
    plant = window.plant
    before, after = plant.units[link.source], plant.units[link.target]
    made, good = _counted(before, window, Role.PRODUCED), _counted(after, window, Role.PRODUCED)
    if made is None or good is None:
        return None
    bad = window.of_role(after, Role.DEFECTIVE)
    thrown = np.nan_to_num(counted(bad)) if bad is not None else 0.0
    worth = plant.in_flow(line, after) / plant.in_flow(line, before)
    gained = made - (good + thrown) * worth
    fine = np.isfinite(gained)
    if not len(fine) or np.mean(fine) < _KNOWN:
        return None
    seen = window.mean[:, plant.index[level.id]]
    return np.asarray(seen - np.cumsum(np.where(fine, gained, 0.0)))


def _counted(unit: Unit, window: Window, role: Role) -> NDArray[np.float64] | None:
    """What the machine counted in each bucket; None of large things: they come all at once."""
    last = window.of_role(unit, role)
    step = counted(last) if last is not None else None
    return step if step is not None and np.nansum(step) >= _MANY * len(step) else None


def _away(window: Window, level: Point, balance: NDArray[np.float64], need: float) -> Sign | None:
    seen = shift(balance, np.isfinite(balance), need / _FINE)
    if seen is None:
        return None
    ratio = abs(seen.size) / need
    strength = seen.certainty * logistic((ratio - 1.0) / 0.1)
    if strength <= 0.05:
        return None
    at = window.plant.index[level.id]
    course = window.mean[:, at]
    now = float(course[np.isfinite(course)][-1])
    row = min(max(round(seen.onset), 0), len(window.time) - 1)
    shows: Shows = "rising" if seen.size > 0 else "falling"
    held = len(window.time) - row >= _LEAST and (window.high[row + 2 :, at] == now).all()
    if held and level.spec.limits.low < now < level.spec.limits.high:
        shows = "stuck"
    return Sign(
        point=level.id, shows=shows, strength=strength, usual=now - seen.size, now=now,
        unit=level.spec.unit, onset=began(window, row), onset_s=seen.width * GRID_S,
        against="law", size=ratio, sure=strength > 0.5,
        note="what is counted onto it and off it says otherwise",
    )  # fmt: skip
