"""`bench loop`: does the line's rate fall inside the forecast's interval, fault by fault?

Every case of the catalogue is played in process, the twin believes what the wires would bring,
and some minutes after the onset it forecasts the line's mean rate over the next 15 plant minutes;
the stand-in's own counters say what came. It must never show the twin a fault.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from api.plant_file import read_plant
from evals.bench.row import Bar, Row
from evals.emulator.faults import Case, full_path
from evals.emulator.nameplate import read_faults
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.forecaster import forecast
from twin_core.simulation.scenario import Estimate, Scenario
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

SEEDS = 5
QUICK_SEEDS = 1
HORIZON_S = 900.0
_USUAL_S = 30 * 60
"""Plant seconds the line runs before the fault, so that the twin knows what is usual."""
_AFTER_S = 7 * 60
"""Plant seconds after the fault was put in at which the forecast is asked for."""
_CALM_S = 180
"""Plant seconds around onset and question without a planned stop."""
_FEED_S = 10
_PEER_S = 300
COVERAGE = Bar(low=0.80, high=0.97)
HALF_WIDTH = Bar(high=0.08)
FORECAST_S = Bar(high=1.5)


@dataclass(frozen=True, slots=True)
class Trial:
    """One case at one seed.

    Attributes:
        rate: forecast; `actual` what came; `held` the rate of the minutes before, carried on.
        took_s: seconds the forecast took.
    """

    case: str
    seed: int
    rate: Estimate
    actual: float
    held: float
    took_s: float

    @property
    def inside(self) -> bool:
        """Whether what came lies in the interval."""
        return self.rate.low <= self.actual <= self.rate.high

    @property
    def half_width(self) -> float:
        """Half the interval over the forecast's mean."""
        return (self.rate.high - self.rate.low) / 2.0 / max(self.rate.mean, 1e-9)


def play(plant_file: Path, case: Case, seed: int) -> Trial:
    """Play one case and forecast it.

    The fault strikes a line that runs: where a stop is planned around its onset, it waits until
    that is over. Stops planned inside the forecast's horizon stay.
    """
    plant = read_plant(plant_file)
    # each case its own plant: with one seed for all, one minor stop would count for many
    seed_of_case = 1000 * seed + crc32(case.id.encode()) % 1000
    line = full_path(case.line, plant.site)
    world = World(plant, seed_of_case, _start(seed_of_case), crew=False)
    twin = Twin(plant)
    _run(world, twin, _USUAL_S)
    while _planned(plant, line, world.standin.now):
        _run(world, twin, 60)
    for fault in case.faults:
        world.standin.inject(fault)
    _run(world, twin, _AFTER_S)
    snapshot = twin.snapshot(world.standin.now)
    scenario = Scenario(name="go on", line=line, horizon_s=HORIZON_S)
    began = perf_counter()
    made = forecast(snapshot, scenario, seed_of_case)
    took = perf_counter() - began
    since = world.standin.now
    world.turn(HORIZON_S)
    actual = world.standin.produced(line, since, world.standin.now) / HORIZON_S * 60.0
    return Trial(case.id, seed, made.rate, actual, _held(plant, snapshot, line), took)


def measure(
    plant_file: Path, catalogue: Path, seeds: int, workers: int
) -> tuple[tuple[Row, ...], tuple[Trial, ...]]:
    """The rows of the bench, and every trial."""
    read_plant(plant_file)  # what is wrong with it is said here, not by every worker
    cases = read_faults(catalogue).cases
    trials = tuple(_trials(plant_file, cases, seeds, workers))
    return rows(trials, len(cases), seeds), trials


def rows(trials: Sequence[Trial], cases: int, seeds: int) -> tuple[Row, ...]:
    """The figures of the trials."""
    load = f"{cases} cases x {seeds} seeds, {HORIZON_S / 60:.0f} plant min ahead"
    n = len(trials)
    if not n:
        why = "the catalogue has no case"
        return tuple(
            Row(name=f"loop.{figure}", value=None, unit=unit, load=load, n=0, bar=bar, why=why)
            for figure, unit, bar in (
                ("coverage", "1", COVERAGE),
                ("half_width", "of the rate", HALF_WIDTH),
                ("error", "per min", None),
                ("forecast_time", "s", FORECAST_S),
            )
        )
    covered = float(np.mean([t.inside for t in trials]))
    widths = np.array([t.half_width for t in trials])
    took = np.array([t.took_s for t in trials])
    missed_by = np.array([abs(t.actual - t.rate.mean) for t in trials])
    held = np.array([abs(t.actual - t.held) for t in trials])
    return (
        Row(
            name="loop.coverage",
            value=covered,
            unit="1",
            load=load,
            n=n,
            spread=1.645 * float(np.sqrt(covered * (1 - covered) / n)),
            peer="level asked for",
            peer_value=0.9,
            bar=COVERAGE,
        ),
        Row(
            name="loop.half_width",
            value=float(np.median(widths)),
            unit="of the rate",
            load=load,
            n=n,
            spread=_of_median(widths),
            bar=HALF_WIDTH,
        ),
        Row(
            name="loop.error",
            value=float(np.mean(missed_by)),
            unit="per min",
            load=load,
            n=n,
            spread=1.645 * float(missed_by.std()) / float(np.sqrt(n)),
            peer=f"the last {_PEER_S // 60} min carried on",
            peer_value=float(np.mean(held)),
        ),
        Row(
            name="loop.forecast_time",
            value=float(np.median(took)),
            unit="s",
            load=load,
            n=n,
            spread=_of_median(took),
            bar=FORECAST_S,
        ),
    )


def _of_median(sample: NDArray[np.float64]) -> float:
    """Half the 90 % interval of the median, by ranks (binomial, normal approximation)."""
    apart = 1.645 * 0.5 / float(np.sqrt(len(sample)))
    low, high = np.quantile(sample, (max(0.0, 0.5 - apart), min(1.0, 0.5 + apart)))
    return float(high - low) / 2.0


def _trials(plant_file: Path, cases: Sequence[Case], seeds: int, workers: int) -> Iterator[Trial]:
    jobs = [(case, seed) for seed, case in product(range(1, seeds + 1), cases)]
    if workers <= 1:
        yield from (play(plant_file, case, seed) for case, seed in jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        pending = [pool.submit(play, plant_file, case, seed) for case, seed in jobs]
        yield from (one.result() for one in pending)


def _start(seed: int) -> Instant:
    """Another time of day for each seed, so that breaks and change-overs fall where they may."""
    morning = dt.datetime(2026, 3, 2, 6, 0, tzinfo=dt.UTC)
    return int((morning + dt.timedelta(minutes=47 * seed % 1440)).timestamp()) * SECOND


def _planned(plant: Plant, line: str, now: Instant) -> bool:
    """Whether a stop is planned from shortly before a fault put in now to the forecast."""
    before, after = _CALM_S * SECOND, (_AFTER_S + _CALM_S) * SECOND
    return bool(planned_stops(plant, line, now - before, now + after))


def _run(world: World, twin: Twin, seconds: int) -> None:
    for _ in range(seconds // _FEED_S):
        for arrival in world.turn(_FEED_S):
            twin.apply(arrival, world.standin.now)
        twin.tick(world.standin.now)


def _held(plant: Plant, snapshot: Snapshot, line_path: str) -> float:
    """The counted rate of the last minutes, from what the twin believes."""
    from twin_core.simulation.seen import Rows, Seen

    line = plant.line(line_path)
    counter = plant.counter(line)
    assert counter is not None
    seen = Seen(Rows(snapshot, snapshot.now), counter)
    return seen.moved(_PEER_S // 10) * 60.0 * plant.in_flow(line, counter)
