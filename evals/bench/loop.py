"""`bench loop`: does the line's rate fall inside the forecast's interval, fault by fault?

Every case of the catalogue is played in process, the twin believes what the wires would bring,
and some minutes after the onset it forecasts the line's mean rate over the next 15 plant minutes;
the stand-in's own counters say what came. It is asked a first time while the fault is fresh: then
its effect is not known yet, and the figures say how far that carries. It must never show the twin
a fault.
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
_FRESH_S = 3 * 60
_AFTER_S = 7 * 60
"""Plant seconds after the fault was put in at which the forecast is asked for, first and again."""
_CALM_S = 180
"""Plant seconds around onset and question without a planned stop."""
_FEED_S = 10
_PEER_S = 300
COVERAGE = Bar(low=0.80, high=0.97)
HALF_WIDTH = Bar(high=0.08)
FORECAST_S = Bar(high=1.5)


@dataclass(frozen=True, slots=True)
class Asked:
    """One forecast.

    Attributes:
        rate: forecast; `actual` what came; `held` the rate of the minutes before, carried on.
        took_s: seconds the forecast took.
    """

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


@dataclass(frozen=True, slots=True)
class Trial:
    """One case at one seed, forecast while it was fresh and when it had shown itself."""

    case: str
    seed: int
    fresh: Asked
    known: Asked


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
    _run(world, twin, _FRESH_S)
    fresh = twin.snapshot(world.standin.now)
    _run(world, twin, _AFTER_S - _FRESH_S)
    known = twin.snapshot(world.standin.now)
    world.turn(HORIZON_S)
    return Trial(
        case.id, seed, *(_asked(world, snapshot, line, seed_of_case) for snapshot in (fresh, known))
    )


def _asked(world: World, snapshot: Snapshot, line: str, seed: int) -> Asked:
    """The forecast of a snapshot, and what came of it."""
    scenario = Scenario(name="go on", line=line, horizon_s=HORIZON_S)
    began = perf_counter()
    made = forecast(snapshot, scenario, seed)
    took = perf_counter() - began
    until = snapshot.now + int(HORIZON_S * SECOND)
    actual = world.standin.produced(line, snapshot.now, until) / HORIZON_S * 60.0
    return Asked(made.rate, actual, _held(snapshot.plant, snapshot, line), took)


def measure(
    plant_file: Path, catalogue: Path, seeds: int, workers: int
) -> tuple[tuple[Row, ...], tuple[Trial, ...]]:
    """The rows of the bench, and every trial."""
    read_plant(plant_file)  # what is wrong with it is said here, not by every worker
    cases = read_faults(catalogue).cases
    trials = tuple(_trials(plant_file, cases, seeds, workers))
    return rows(trials, len(cases), seeds), trials


def rows(trials: Sequence[Trial], cases: int, seeds: int) -> tuple[Row, ...]:
    """The figures of the trials: the known fault's with their bars, the fresh one's without."""
    ahead = f"{HORIZON_S / 60:.0f} plant min ahead"
    found: list[Row] = []
    for prefix, after_s, forecasts in (
        ("loop", _AFTER_S, [t.known for t in trials]),
        ("loop.fresh", _FRESH_S, [t.fresh for t in trials]),
    ):
        asked = f"asked {after_s // 60} plant min after the onset"
        load = f"{cases} cases x {seeds} seeds, {asked}, {ahead}"
        judged = prefix == "loop"
        found += _figures(prefix, forecasts, load, judged=judged)
    return tuple(found)


def _figures(prefix: str, asked: Sequence[Asked], load: str, *, judged: bool) -> Iterator[Row]:
    n, why = len(asked), None if asked else "the catalogue has no case"
    covered = float(np.mean([a.inside for a in asked])) if n else None
    widths = np.array([a.half_width for a in asked])
    took = np.array([a.took_s for a in asked])
    missed_by = np.array([abs(a.actual - a.rate.mean) for a in asked])
    held = np.array([abs(a.actual - a.held) for a in asked])
    common = {"load": load, "n": n, "why": why}
    yield Row(
        name=f"{prefix}.coverage", value=covered, unit="1", **common,
        spread=1.645 * float(np.sqrt(covered * (1 - covered) / n)) if covered is not None else None,
        peer="level asked for", peer_value=0.9, bar=COVERAGE if judged else None,
    )  # fmt: skip
    yield Row(
        name=f"{prefix}.half_width", value=float(np.median(widths)) if n else None,
        unit="of the rate", **common, spread=_of_median(widths) if n else None,
        bar=HALF_WIDTH if judged else None,
    )  # fmt: skip
    yield Row(
        name=f"{prefix}.error", value=float(np.mean(missed_by)) if n else None, unit="per min",
        **common, spread=1.645 * float(missed_by.std()) / float(np.sqrt(n)) if n else None,
        peer=f"the last {_PEER_S // 60} min carried on",
        peer_value=float(np.mean(held)) if n else None,
    )  # fmt: skip
    if judged:
        yield Row(
            name=f"{prefix}.forecast_time", value=float(np.median(took)) if n else None, unit="s",
            **common, spread=_of_median(took) if n else None, bar=FORECAST_S,
        )  # fmt: skip


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
    from twin_core.simulation.live.seen import Rows, Seen

    line = plant.line(line_path)
    counter = plant.counter(line)
    assert counter is not None
    seen = Seen(Rows(snapshot, snapshot.now), counter)
    return seen.moved(_PEER_S // 10) * 60.0 * plant.in_flow(line, counter)
