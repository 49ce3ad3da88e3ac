"""One process value as believed at a moment, its trend, and the setpoint that leads it.

A value that is not believed is replaced by what its setpoint asks for, else by what is usual, and
says so. It must never look past the moment it is asked for.
"""

from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import PointSpec, Role
from twin_core.simulation.live.bending import shifted
from twin_core.simulation.live.effects import SUPPLY
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.live.trend import Trend, trend_of
from twin_core.twin import GRID_S
from twin_core.value import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Believing:
    """A process value at the start: what it is, where it is heading, which setpoint leads it.

    Attributes:
        value: in the point's unit; `trend` per second.
        known: false where it is not believed and stands for the usual value.
        lag_s: time constant with which it follows its setpoint and its supplies: a third of the
            setpoint's settle time, since a first-order lag is within 5 % after three of them.
        pending: what the steps that its setpoint has made will still bring, in the point's unit.
    """

    value: float
    trend: Trend
    known: bool
    lag_s: float
    pending: float = 0.0


def newest(rows: Rows, path: str, at: Instant) -> float:
    """The point's last believed value not after `at`; NaN without one in the last minutes."""
    snapshot = rows.snapshot
    i = snapshot.plant.index[path]
    if at >= snapshot.watermark and not rows.doubted(path):
        value, age = float(snapshot.value[i]), snapshot.now - int(snapshot.time[i])
        if isfinite(value) and age <= snapshot.stale_after_s(path) * SECOND:
            return value
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
        if rows.doubted(point.id):
            column = np.full(len(column), np.nan)
        leader = next((p for p in unit.points if p.spec.measures == point.spec.id), None)
        settle = leader.spec.settle_s if leader is not None else None
        lag_s = (settle or 60.0) / 3.0
        asked = np.zeros(len(column)) if usual or leader is None else rows.mean(leader.id)
        # what a supply or its setpoint does to it is the balance's, or its lag's, to forecast
        followed = _followed(asked, lag_s)
        column, scatter = column - followed, max(point.spec.noise, point.spec.resolution)
        trend = trend_of(column, scatter, steady=usual)
        if trend.heading:
            own = column - shifted(rows, plant, unit, point.spec.id)
            trend = replace(trend_of(own, scatter), value=trend.value)
        known = isfinite(trend.value)
        pending = -float(followed[-1]) if known else 0.0
        value = trend.value - pending
        if not known:
            led = rows.last(leader.id, 6) if leader is not None else float("nan")
            value = led if isfinite(led) else _usual_value(point.spec)
        found[point.spec.id] = Believing(value, trend, known, lag_s, pending)
    return found


def _followed(asked: NDArray[np.float64], lag_s: float) -> NDArray[np.float64]:
    """Where a first-order lag that follows the setpoint was, over what is asked last, float64[T].

    Where the setpoint was not believed it stands as it was.
    """
    known = np.flatnonzero(np.isfinite(asked))
    moved = np.diff(asked[known])
    found = np.zeros(len(asked))
    stays = float(np.exp(-GRID_S / lag_s))
    for k in np.flatnonzero(moved):
        at = known[k + 1]
        found[:at] -= moved[k]
        found[at:] -= moved[k] * stays ** np.arange(1, len(found) - at + 1)
    return found


def _usual_value(spec: PointSpec) -> float:
    usual = spec.normal or spec.limits
    return (usual.low + usual.high) / 2.0
