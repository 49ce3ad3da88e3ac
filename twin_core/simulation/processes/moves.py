"""A scenario's changes, sorted by what they move: the one place that reads the union.

Times are seconds after the start. It must never decide what a change leads to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant
from twin_core.simulation.live.believing import newest
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.scenario import (
    BufferSize,
    Capacity,
    Change,
    Demand,
    Offset,
    Outage,
    Rejects,
    Restored,
    SetPoint,
    Speed,
    Stops,
)
from twin_core.value import Instant


@dataclass(frozen=True, slots=True)
class Moves:
    """Changes by asset or point path, all from `after_s` on.

    Attributes:
        setpoints: point → (old, new).
        speed, capacity, demand: asset → factor.
        offsets: point → amount.
        stops: asset → (per second, mean seconds) pairs; rejects: asset → share.
        outages: asset → (start, duration) pairs.
        sizes: (source, target) → capacity.
        restored: asset → before when it was as it will be again.
    """

    after_s: float = 0.0
    setpoints: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    speed: Mapping[str, float] = field(default_factory=dict)
    capacity: Mapping[str, float] = field(default_factory=dict)
    demand: Mapping[str, float] = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)
    stops: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    rejects: Mapping[str, float] = field(default_factory=dict)
    outages: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    sizes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    restored: Mapping[str, Instant] = field(default_factory=dict)

    def setpoint(self, path: str | None) -> tuple[float, float] | None:
        """(old, new) of a setpoint, if it is changed."""
        return None if path is None else self.setpoints.get(path)

    def on(self, t: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where on the time axis the changes hold."""
        return np.asarray(t >= self.after_s - 1e-9)

    def out(self, asset: str, t: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where on the time axis an outage of the asset is asked for."""
        found = np.zeros(len(t), dtype=bool)
        for start, duration in self.outages.get(asset, ()):
            found |= (t >= start) & (t < start + duration)
        return found


def moves_of(plant: Plant, changes: Sequence[Change], after_s: float, rows: Rows) -> Moves:
    """The changes by what they move; old setpoints are those believed at the start.

    The same thing changed twice: factors multiply, amounts add, the last setpoint holds. Where
    neither the old setpoint nor what follows it is believed, only a speed moves: how far anything
    else would is not known.
    """
    setpoints: dict[str, tuple[float, float]] = {}
    speed: dict[str, float] = {}
    capacity: dict[str, float] = {}
    demand: dict[str, float] = {}
    offsets: dict[str, float] = {}
    stops: dict[str, tuple[tuple[float, float], ...]] = {}
    rejects: dict[str, float] = {}
    outages: dict[str, tuple[tuple[float, float], ...]] = {}
    sizes: dict[tuple[str, str], float] = {}
    restored: dict[str, Instant] = {}
    for change in changes:
        match change:
            case SetPoint():
                point = plant.point(change.point)
                old = newest(rows, point.id, rows.at)
                if not isfinite(old):
                    measured = point.id.rsplit("/", 1)[0] + f"/{point.spec.measures}"
                    old = newest(rows, measured, rows.at) if measured in plant.index else old
                if not isfinite(old):
                    old = change.value
                setpoints[point.id] = (old, change.value)
            case Speed():
                speed[change.asset] = speed.get(change.asset, 1.0) * change.factor
            case Capacity():
                capacity[change.asset] = capacity.get(change.asset, 1.0) * change.factor
            case Demand():
                demand[change.asset] = demand.get(change.asset, 1.0) * change.factor
            case Offset():
                point = plant.point(change.point)
                offsets[point.id] = offsets.get(point.id, 0.0) + change.amount
            case Stops():
                law = (change.per_hour / 3600.0, change.mean_s)
                stops[change.asset] = (*stops.get(change.asset, ()), law)
            case Rejects():
                rejects[change.asset] = rejects.get(change.asset, 0.0) + change.share
            case Outage():
                span = (after_s + change.after_s, change.duration_s)
                outages[change.asset] = (*outages.get(change.asset, ()), span)
            case BufferSize():
                sizes[change.source, change.target] = change.capacity
            case Restored():
                restored[change.asset] = change.before
    return Moves(
        after_s, setpoints, speed, capacity, demand, offsets, stops, rejects, outages, sizes,
        restored,
    )  # fmt: skip
