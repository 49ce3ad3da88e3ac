"""A scenario's changes, sorted by what they move: the one place that reads the union.

Times are seconds after the start. It must never decide what a change leads to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Point
from twin_core.simulation.line_schedule import LineSchedule, Span, schedule_of
from twin_core.simulation.live.believing import newest
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.numbers import Column
from twin_core.simulation.scenario import (
    BufferSize,
    Capacity,
    Change,
    Demand,
    Failures,
    Offset,
    Outage,
    PlannedStop,
    ProductChange,
    Rejects,
    Restored,
    Rework,
    SetPoint,
    Speed,
    Staffing,
    StopMoved,
    Stops,
)
from twin_core.value import Instant


@dataclass(frozen=True, slots=True)
class StopLaws:
    """What becomes of a machine's own stop laws.

    Attributes:
        life: factor on the mean running time between stops.
        repair: factor on their mean length; `repair_s` their mean length, whatever it was.
    """

    life: float = 1.0
    repair: float = 1.0
    repair_s: float | None = None

    def then(self, change: Failures) -> "StopLaws":
        """Changed once more."""
        repair_s = self.repair_s if change.repair_s is None else change.repair_s
        return StopLaws(self.life * change.life, self.repair * change.repair, repair_s)

    def length_s(self, mean_s: Column) -> Column:
        """The mean lengths that become of some, in seconds."""
        return (
            mean_s * self.repair if self.repair_s is None else np.full_like(mean_s, self.repair_s)
        )


@dataclass(frozen=True, slots=True)
class Moves:
    """Changes by asset or point path, all from `after_s` on.

    Attributes:
        setpoints: point → (old, new).
        speed, capacity, demand: asset → factor.
        offsets: point → amount.
        stops: asset → (per second, mean seconds) pairs; rejects: asset → (factor on
            what it rejects, share added).
        outages: asset → (start, duration) pairs.
        failures: machine → what becomes of its own stop laws (see `laws`).
        crews: (machines, people, first): who mends them, see `Staffing`; from 0 on. No machines:
            all of the line.
        rework: machine → (where what it rejects is fed again, what share of it).
        schedules: line → what becomes of its planned stops and products.
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
    rejects: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    outages: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    failures: Mapping[str, StopLaws] = field(default_factory=dict)
    crews: tuple[tuple[tuple[str, ...], int, tuple[str, ...]], ...] = ()
    schedules: Mapping[str, LineSchedule] = field(default_factory=dict)
    rework: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    sizes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    restored: Mapping[str, Instant] = field(default_factory=dict)

    def setpoint(self, path: str | None) -> tuple[float, float] | None:
        """(old, new) of a setpoint, if it is changed."""
        return None if path is None else self.setpoints.get(path)

    def laws(
        self,
        asset: str,
        t: NDArray[np.float64],
        lengths: Sequence[Column],
        hazards: Sequence[NDArray[np.float64]],
        own: int,
    ) -> tuple[list[Column], list[NDArray[np.float64]]]:
        """A machine's stop laws as the scenario has them.

        The first `own` of them become rarer and shorter or longer. Where they become shorter or
        longer later than at 0, laws of the new length follow at the end and take their places
        then: the mean length of a law does not change in time.

        Args:
            asset: path of the machine.
            t: seconds after the start.
            lengths: mean length of the stops of each law, seconds, float64[R].
            hazards: stops per running second of each law, float64[R, T].
            own: how many of the laws, from the first, are the machine's own.
        """
        anew, on = self.failures.get(asset), self.on(t)
        if anew is None:
            return list(lengths), list(hazards)
        rarer = [np.where(on, h / anew.life, h) for h in hazards[:own]]
        longer = [anew.length_s(mean_s) for mean_s in lengths[:own]]
        if on.all() or all(map(np.array_equal, longer, lengths)):
            return [*longer, *lengths[own:]], [*rarer, *hazards[own:]]
        ends, begins = ([np.where(on == since, h, 0.0) for h in rarer] for since in (False, True))
        return [*lengths, *longer], [*ends, *hazards[own:], *begins]

    def stops_of(self, line: str, planned: Sequence[Span]) -> tuple[Span, ...]:
        """A line's planned stops, of those that the plant file plans: (start, duration) in s."""
        schedule = self.schedules.get(line)
        return tuple(planned) if schedule is None else schedule.stops(planned)

    def pace(self, line: str, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Factor on what a line's machines are asked for, by the product it makes, float64[T]."""
        schedule = self.schedules.get(line)
        return np.ones(len(t)) if schedule is None else schedule.pace(t)

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
    rejects: dict[str, tuple[float, float]] = {}
    outages: dict[str, tuple[tuple[float, float], ...]] = {}
    failures: dict[str, StopLaws] = {}
    crews: list[tuple[tuple[str, ...], int, tuple[str, ...]]] = []
    rework: dict[str, tuple[str, float]] = {}
    schedules: dict[str, list[PlannedStop | StopMoved | ProductChange]] = {}
    sizes: dict[tuple[str, str], float] = {}
    restored: dict[str, Instant] = {}
    for change in changes:
        match change:
            case SetPoint():
                point = plant.point(change.point)
                setpoints[point.id] = (_old(plant, point, rows, change.value), change.value)
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
                factor, more = rejects.get(change.asset, (1.0, 0.0))
                then = factor * change.factor, more * change.factor + change.share
                rejects[change.asset] = then
            case Outage():
                span = (after_s + change.after_s, change.duration_s)
                outages[change.asset] = (*outages.get(change.asset, ()), span)
            case Failures():
                failures[change.asset] = failures.get(change.asset, StopLaws()).then(change)
            case Staffing():
                crews.append((change.machines, change.people, change.first))
            case Rework():
                rework[change.asset] = change.target, change.share
            case PlannedStop() | StopMoved() | ProductChange():
                schedules.setdefault(plant.line(change.line).id, []).append(change)
            case BufferSize():
                sizes[change.source, change.target] = change.capacity
            case Restored():
                restored[change.asset] = change.before
    return Moves(
        after_s, setpoints, speed, capacity, demand, offsets, stops, rejects, outages, failures,
        tuple(crews),
        {
            line: schedule_of(plant, plant.line(line), given, after_s, rows)
            for line, given in schedules.items()
        },
        rework, sizes, restored,
    )  # fmt: skip


def _old(plant: Plant, point: Point, rows: Rows, instead: float) -> float:
    """A setpoint as believed at the start, else what follows it, else what is given instead."""
    measured = point.id.rsplit("/", 1)[0] + f"/{point.spec.measures}"
    for path in (point.id, measured):
        old = newest(rows, path, rows.at) if path in plant.index else float("nan")
        if isfinite(old):
            return old
    return instead
