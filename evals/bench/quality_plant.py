"""Instrument faults planted on the stand-in plant, judged by the twin and by fixed limits.

A seed is one plant day: the twin learns from the first hours, then the same hours are lived again
and again, each time with other faults on other channels. It must never tell the twin a fault.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.plant_file import read_plant
from evals.bench.fixed_limits import EXECUTE, FixedLimits, means
from evals.bench.planting import CLOCKS, KINDS, Kind, Planted, clock_us
from evals.bench.quality_day import Day, Found
from evals.emulator.nameplate import read_faults
from evals.inprocess import World
from twin_core.fitting import fit, lesson_of, neighbourhood, steadily
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import Role
from twin_core.reading import Arrival, Batch, SourceEvent
from twin_core.soft_sensor import SoftSensor, SoftSensors
from twin_core.value import SECOND, Instant

_START = 1_790_000_000 * SECOND
_MEASURED = {Role.PROCESS, Role.POTENTIAL, Role.SPEED, Role.FLOW, Role.OUTPUT}
_SHIFTS: tuple[Kind, Kind] = ("drift", "bias")
_AFTER_S = 300
"""Seconds of a healthy variant before its faults begin."""


@dataclass(frozen=True, slots=True)
class Hours:
    """How long it is learned, and how long a variant is lived."""

    learn: float
    live: float


def live(
    plant_file: Path, catalogue: Path, seed: int, hours: Hours, cases: int, first: int = 0
) -> Day:
    """One seed; `cases` of the catalogue's process faults, from the `first`, are lived too."""
    plant = read_plant(plant_file)
    rng = np.random.default_rng((seed, 99))
    start = _START + seed * 3_600 * SECOND
    world, twin, day = World(plant, seed, start, crew=False), Twin(plant), Day()
    lived = _fed(twin, _healthy(world, hours.learn), day, plant)
    sensors = _learn(twin, plant, lived, world.standin.now).sensors
    accusing = {sensor.point for sensor in sensors if sensor.accuses}
    day.sensors, day.points = len(accusing), sum(map(_measured, plant.read))
    for case in range(cases):
        _process(world, twin, catalogue, first + case, day)
    arrivals = list(_healthy(world, hours.live))
    start = arrivals[0][0]
    for places in _variants(plant, accusing, rng):
        planted = {p: Planted.drawn(kind, rng) for p, kind in places}
        _variant(twin, arrivals, start + _AFTER_S * SECOND, planted, accusing, day)
    _clocks(twin, arrivals, start + _AFTER_S * SECOND, day)
    _fed(twin, iter(arrivals), day, plant)
    return day


Tick = tuple[Instant, list[Arrival]]


def _healthy(world: World, hours: float) -> Iterator[Tick]:
    """What arrives, ten plant seconds at a time: a batch, and source events before it."""
    for _ in range(round(hours * 360)):
        found = world.turn(10)
        events: list[Arrival] = [a for a in found if isinstance(a, SourceEvent)]
        batches = [a for a in found if isinstance(a, Batch)]
        yield world.standin.now, [*events, *([Batch.joined(batches)] if batches else [])]


def _fed(
    twin: Twin, ticks: Iterator[Tick], day: Day, plant: Plant
) -> list[tuple[Instant, NDArray[np.float64]]]:
    """Healthy ticks are lived: rows of means, and what was said falsely."""
    limits, rows = FixedLimits(plant), []
    for now, arrivals in ticks:
        for arrival in arrivals:
            for turn in twin.apply(arrival, now).turns:
                if turn.held:
                    day.false.append((turn.rule, plant.read[turn.point].id))
            if isinstance(arrival, Batch):
                row = means(arrival, len(plant.read))
                rows.append((now, row))
                day.limits += int(limits.step(row).sum())
        twin.tick(now)
        day.point_s += 10.0 * len(plant.read)
    return rows


def _learn(
    twin: Twin, plant: Plant, rows: list[tuple[Instant, NDArray[np.float64]]], now: Instant
) -> SoftSensors:
    """What the server does by its schedule, on the same ten-second means."""
    value = np.array([row for _, row in rows])
    ones = np.ones(len(value), bool)
    steady: dict[str, NDArray[np.bool_]] = {}
    for unit in plant.units.values():
        state = unit.with_role(Role.STATE)
        runs = ones if state is None else steadily(value[:, plant.index[state.id]] == EXECUTE)
        steady.update({p.id: runs for p in unit.points})
    mean = {p.id: value[:, i] for i, p in enumerate(plant.read)}
    found: list[SoftSensor] = []
    for unit in plant.units.values():
        if neighbourhood(plant, unit)[0]:
            found += fit(lesson_of(plant, unit, mean, steady))
    sensors = SoftSensors(start=rows[0][0], end=rows[-1][0], sensors=tuple(found))
    twin.learn(sensors, now)
    return sensors


def _measured(point: Point) -> bool:
    spec = point.spec
    return spec.role in _MEASURED and spec.type == "float"


def _variants(
    plant: Plant, accusing: set[str], rng: np.random.Generator
) -> Iterator[list[tuple[int, Kind]]]:
    """Channels and kinds that are planted together: never two where one could hide the other.

    Machines, conveyors and stores have one each, every system of supplies one. First of all kinds
    on any channels; then drift and bias on channels that a soft sensor may accuse.
    """
    kinds = [KINDS[i] for i in rng.permutation(len(KINDS))]
    turn = 0
    for only, times in ((None, 2), (accusing, 4)):
        groups: dict[str, list[int]] = {}
        for i, point in enumerate(plant.read):
            if _measured(point) and (only is None or point.id in only):
                line = plant.line(point.unit_id)
                group = line.id if line.kind == "utility" else point.unit_id
                groups.setdefault(group, []).append(i)
        for _ in range(times if groups else 0):
            places: list[tuple[int, Kind]] = []
            for members in groups.values():
                kind = kinds[turn % len(kinds)] if only is None else _SHIFTS[turn % 2]
                places.append((int(rng.choice(members)), kind))
                turn += 1
            turn += 1  # or a system would always have the same kind
            yield places


def _copied(twin: Twin) -> Twin:
    return copy.deepcopy(twin, {id(twin.plant): twin.plant})


def _variant(
    twin: Twin,
    ticks: Sequence[Tick],
    onset: Instant,
    planted: dict[int, Planted],
    accusing: set[str],
    day: Day,
) -> None:
    """The hours once more, with faults."""
    twin = _copied(twin)
    plant, limits = twin.plant, FixedLimits(twin.plant)
    delay: dict[int, tuple[float, str]] = {}
    limit: dict[int, float] = {}
    frozen: dict[int, float] = {}
    for now, arrivals in ticks:
        for arrival in arrivals:
            given = arrival
            if isinstance(arrival, Batch):
                given = _bent(arrival, onset, planted, plant, frozen)
                for p in np.flatnonzero(limits.step(means(given, len(plant.read)))).tolist():
                    if p in planted and now > onset:
                        limit.setdefault(p, (now - onset) / SECOND)
            for turn in twin.apply(given, now).turns:
                if not turn.held:
                    continue
                if turn.point not in planted:
                    day.beside.append((turn.rule, plant.read[turn.point].id))
                elif now > onset:
                    delay.setdefault(turn.point, ((now - onset) / SECOND, turn.rule))
        twin.tick(now)
    for p, fault in planted.items():
        after, rule = delay.get(p, (None, ""))
        path = plant.read[p].id
        day.found.append(Found(fault.kind, path, path in accusing, after, rule, limit.get(p)))


def _bent(
    batch: Batch,
    onset: Instant,
    planted: dict[int, Planted],
    plant: Plant,
    frozen: dict[int, float],
) -> Batch:
    value, comes = batch.value.copy(), np.ones(len(batch), bool)
    for p, fault in planted.items():
        at = np.flatnonzero((batch.point == p) & (batch.received > onset))
        if not len(at):
            continue
        spec = plant.read[p].spec
        age = (batch.received[at] - onset) / SECOND
        healthy = batch.value[at]
        if fault.kind == "stuck":
            healthy = np.full(len(at), frozen.setdefault(p, float(healthy[0])))
        draws = replace(fault, draws=fault.draws + int(age[0]))
        value[at], comes[at] = draws.on(healthy, age, spec.limits.low, spec.limits.high, spec.unit)
    return Batch(
        point=batch.point[comes],
        time=batch.time[comes],
        value=value[comes],
        status=batch.status[comes],
        received=batch.received[comes],
    )


def _clocks(twin: Twin, ticks: Sequence[Tick], onset: Instant, day: Day) -> None:
    """The hours once more, each controller's clock wrong in its own way for a while."""
    plant = twin.plant
    named = [s for s in plant.sources if s.kind != "cmms"]
    source = np.array([[s.id for s in plant.sources].index(p.source) for p in plant.read])
    for shift in range(0, len(CLOCKS), 2):
        again = _copied(twin)
        kinds = {s.id: CLOCKS[(i + shift) % len(CLOCKS)] for i, s in enumerate(named)}
        by = {[s.id for s in plant.sources].index(name): kind for name, kind in kinds.items()}
        first: dict[int, tuple[float, str]] = {}
        for now, arrivals in ticks[: 60 + _AFTER_S // 10]:
            for arrival in arrivals:
                given = arrival
                if isinstance(arrival, Batch) and now > onset:
                    time = arrival.time.copy()
                    for s, kind in by.items():
                        time[source[arrival.point] == s] += clock_us(kind, now)
                    given = replace(arrival, time=time)
                for turn in again.apply(given, now).turns:
                    if turn.held and now > onset:
                        told = ((now - onset) / SECOND, turn.rule)
                        first.setdefault(int(source[turn.point]), told)
            again.tick(now)
            skewed = again.snapshot(now).skewed if now > onset else {}
            for s, told_by in enumerate(plant.sources):
                if told_by.id in skewed:
                    first.setdefault(s, ((now - onset) / SECOND, "clock"))
        for s, kind in by.items():
            after, rule = first.get(s, (None, ""))
            name = plant.sources[s].id
            day.found.append(
                Found(kind, name, modelled=False, delay_s=after, rule=rule, limit_s=None)
            )


def _process(world: World, twin: Twin, catalogue: Path, number: int, day: Day) -> None:
    """A fault of the process: whether an instrument is held for drift."""
    cases = [
        c for c in read_faults(catalogue).cases
        if not any(f.parameter.startswith("sensor:") for f in c.faults)
    ]  # fmt: skip
    case = cases[number % len(cases)]
    world = copy.deepcopy(world, {id(world.plant): world.plant})
    twin = _copied(twin)
    day.processes += 1
    for second in range(180):
        if second == _AFTER_S // 10:
            for fault in case.faults:
                world.standin.inject(fault)
        ((now, arrivals),) = list(_healthy(world, 1 / 360))
        for arrival in arrivals:
            day.blamed += [
                (case.id, twin.plant.read[turn.point].id)
                for turn in twin.apply(arrival, now).turns
                if turn.held and turn.rule == "drift"
            ]
        twin.tick(now)
