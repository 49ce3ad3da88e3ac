"""`bench simulation`, process: does the plant's process go where the twin's balances say?

Something happens to the stand-in at a moment (`process_cases.py`), the twin is told what was done
and forecasts half an hour ahead from what it believed at that moment; the stand-in's true values
say what came. The error of a case is the mean absolute error over the path, as a share of the
mean reading over it. Beside it the last value carried on, and the last minutes' straight line. It
must never show the twin anything that comes after the moment.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.plant_file import read_plant
from evals.bench.process_cases import HORIZON_S, Situation, situations
from evals.bench.process_recovered import recovered_rows
from evals.bench.process_week import lived
from evals.bench.row import Bar, Row
from evals.emulator.standin import StandIn, Write
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.live.trend import slope_of
from twin_core.simulation.processes.identified import Identified, identify
from twin_core.simulation.processes.nameplates import with_learnt
from twin_core.simulation.processes.outlook import outlook
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

SEEDS, QUICK_SEEDS = 2, 1
DAYS, QUICK_DAYS = 7.0, 1.0
WITHIN = Bar(high=5.0)
_PLANT = Path(__file__).resolve().parents[2] / "plants" / "riverside.yaml"
_USUAL_S = 30 * 60
_FEED_S = 10
_LOOK_S = 20
_LINE_ROWS = 30
_SEED = 9_200
_MOVED = 5.0
QUANTITIES = {
    "header_pressure": ("air/header_a/pressure", "air/header_b/pressure"),
    "product_temperature": tuple(f"line{i}/filler/product_temperature" for i in (1, 2, 3, 4)),
    "tank_level": tuple(f"line{i}/filler/bowl_level" for i in (1, 2, 3, 4)),
    "steam_pressure": ("steam/header/pressure",),
    "chilled_water": ("cooling/chilled_water/temperature",),
}
"""What is looked at, by the ends of the points' paths; the first three have a bar."""
_JUDGED = ("header_pressure", "product_temperature", "tank_level")


@dataclass(frozen=True, slots=True)
class Case:
    """One forecast of one point: relative errors of its path, %.

    Attributes:
        ours: of the twin with its plant file's nameplates; `learnt` with those that a week told.
        last: of the last value; `line` of the last minutes' straight line.
    """

    situation: str
    quantity: str
    point: str
    seed: int
    ours: float
    learnt: float
    last: float
    line: float


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures by quantity, then those of the numbers learnt."""
    seeds, days = (QUICK_SEEDS, QUICK_DAYS) if quick else (SEEDS, DAYS)
    plant = read_plant(_PLANT)
    cases: list[Case] = []
    weeks: list[tuple[StandIn, tuple[Identified, ...]]] = []
    for seed in range(_SEED, _SEED + seeds):
        standin, history = lived(plant, seed, days)
        found = identify(plant, history)
        weeks.append((standin, found))
        known = with_learnt(plant, found)
        for situation in situations(plant.site):
            cases += play(plant, known, situation, seed)
    yield from forecast_rows(cases, f"{len(situations(plant.site))} situations x {seeds} plants")
    yield from recovered_rows(plant, weeks, days)


def play(plant: Plant, learnt: Plant, situation: Situation, seed: int) -> list[Case]:
    """One situation at one stand-in, every point that is looked at."""
    place = [s.name for s in situations(plant.site)].index(situation.name)
    world = World(plant, seed, _start(seed + place), crew=False)
    twin = Twin(plant)
    # each situation its own past: with one for all, one minor stop would count for many
    for _ in range((_USUAL_S + 70 * place) // _FEED_S):
        for arrival in world.turn(_FEED_S):
            twin.apply(arrival, world.standin.now)
        twin.tick(world.standin.now)
    snapshot = twin.snapshot(world.standin.now)
    for fault in situation.done:
        world.standin.inject(fault)
    for change in situation.written:
        world.standin.write(Write(plant.index[change.point], change.value), "operator")
    points = _points(plant)
    came = np.empty((HORIZON_S // _LOOK_S + 1, len(points)))
    for k in range(len(came)):
        came[k] = [_true(world, plant, path) for _, path in points]
        if k < len(came) - 1:
            world.turn(_LOOK_S)
    return _weighed(snapshot, learnt, situation, seed, points, came)


def _weighed(
    snapshot: Snapshot, learnt: Plant, situation: Situation, seed: int,
    points: Sequence[tuple[str, str]], came: NDArray[np.float64],
) -> list[Case]:  # fmt: skip
    # belief is settled some seconds late: that much further it has to look
    late = (snapshot.now - int(snapshot.recent.time[-1])) / SECOND
    by_file, by_week = (
        outlook(one, situation.told, seed, after_s=late, horizon_s=HORIZON_S + late)
        for one in (snapshot, replace(snapshot, plant=learnt))
    )
    t = np.arange(len(came)) * float(_LOOK_S)
    rows_of = Rows(snapshot, by_file.at)
    found = []
    for (quantity, path), actual in zip(points, came.T, strict=True):
        ours, ours_learnt = (
            np.interp(t + late, o.t, np.median(o.paths[path], axis=0)) for o in (by_file, by_week)
        )
        past = rows_of.mean(path)[-_LINE_ROWS:]
        known = np.isfinite(past)
        last = float(past[known][-3:].mean())
        ago = np.arange(1.0 - len(past), 1.0)[known] * float(GRID_S)
        line = last + slope_of(ago, past[known]) * (t + late)
        scale = float(np.abs(actual).mean())
        errors = (
            100.0 * float(np.abs(p - actual).mean()) / scale
            for p in (ours, ours_learnt, np.full(len(t), last), line)
        )
        found.append(Case(situation.name, quantity, path, seed, *errors))
    return found


def forecast_rows(cases: Sequence[Case], load: str) -> Iterator[Row]:
    """By quantity, over all cases and over those in which it moved: median, 90th percentile."""
    load = f"{load}, 30 min ahead, mean error of the path over the mean reading"
    for quantity in QUANTITIES:
        mine = [c for c in cases if c.quantity == quantity]
        moved = [c for c in mine if c.last > _MOVED]
        bar = WITHIN if quantity in _JUDGED else None
        for name, some, q in (
            ("median", mine, 0.5), ("p90", mine, 0.9),
            ("moved.median", moved, 0.5), ("moved.p90", moved, 0.9),
        ):  # fmt: skip
            yield from _two(f"{quantity}.{name}", some, q, load, bar)
        yield _share(quantity, mine, load)
        yield from _worst(quantity, mine)


def _two(name: str, cases: Sequence[Case], q: float, load: str, bar: Bar | None) -> Iterator[Row]:
    """The same figure with the plant file's nameplates and with numbers learnt."""
    told = load if "moved" not in name else f"{load}; cases where the last value errs by > 5 %"
    for learnt in (False, True):
        whole = f"process.{name}" + (".learnt" if learnt else "")
        if not cases:
            yield Row(name=whole, value=None, unit="%", load=told, n=0, why="nothing moved so far")
            continue
        ours = [c.learnt if learnt else c.ours for c in cases]
        yield Row(
            name=whole, value=float(np.quantile(ours, q)), unit="%", load=told, n=len(cases),
            peer="last value carried on",
            peer_value=float(np.quantile([c.last for c in cases], q)), bar=bar,
        )  # fmt: skip


def _share(quantity: str, cases: Sequence[Case], load: str) -> Row:
    return Row(
        name=f"process.{quantity}.within_5",
        value=100 * float(np.mean([c.learnt <= 5.0 for c in cases])), unit="% of cases",
        load=f"{load}, numbers learnt", n=len(cases), peer="straight line of the last 5 min",
        peer_value=100 * float(np.mean([c.line <= 5.0 for c in cases])),
    )  # fmt: skip


def _worst(quantity: str, cases: Sequence[Case]) -> Iterator[Row]:
    def mean(name: str) -> float:
        return float(np.mean([c.learnt for c in cases if c.situation == name]))

    worst = max(sorted({c.situation for c in cases}), key=mean)
    there = [c.last for c in cases if c.situation == worst]
    yield Row(
        name=f"process.{quantity}.worst", value=mean(worst), unit="%",
        load=f"{worst.replace('_', ' ')}, mean of its cases, numbers learnt", n=len(there),
        peer="last value carried on", peer_value=float(np.mean(there)),
    )  # fmt: skip


def _points(plant: Plant) -> list[tuple[str, str]]:
    return [
        (quantity, next(p.id for p in plant.points if p.id.endswith(f"/{end}")))
        for quantity, ends in QUANTITIES.items()
        for end in ends
    ]


def _true(world: World, plant: Plant, path: str) -> float:
    """What is, without the sensor's noise."""
    point = plant.point(path)
    return float(getattr(world.standin.assembly.components[point.unit_id], point.spec.id))


def _start(seed: int) -> Instant:
    """Another time of day for each case, so that breaks and change-overs fall where they may."""
    morning = dt.datetime(2026, 3, 2, 6, 0, tzinfo=dt.UTC)
    return int((morning + dt.timedelta(minutes=47 * seed % 1440)).timestamp()) * SECOND
