"""`bench simulation`, process: does the plant's process go where the twin's balances say?

Something happens to the stand-in at a moment (`process_cases.py`), the twin is told what was done
and forecasts half an hour ahead from what it believed at that moment; the stand-in's true values
say what came. The error of a case is the mean absolute error over the path, as a share of the
mean reading over it. Beside it the last value carried on, and the last minutes' straight line. It
must never show the twin anything that comes after the moment.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.plant_file import read_plant
from evals.bench.process_cases import HORIZON_S, Situation, situations
from evals.bench.row import Bar, Row
from evals.emulator.standin import Write
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.live.trend import slope_of
from twin_core.simulation.processes.outlook import outlook
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

SEEDS, QUICK_SEEDS = 4, 1
WITHIN = Bar(high=5.0)
_PLANT = Path(__file__).resolve().parents[2] / "plants" / "riverside.yaml"
_USUAL_S = 30 * 60
_FEED_S = 10
_LOOK_S = 20
_LINE_ROWS = 30
_SEED = 4_100
QUANTITIES = {
    "header_pressure": ("air/header_a/pressure", "air/header_b/pressure"),
    "product_temperature": tuple(f"line{i}/filler/product_temperature" for i in (1, 2, 3, 4)),
    "tank_level": tuple(f"line{i}/filler/bowl_level" for i in (1, 2, 3, 4)),
    "steam_pressure": ("steam/header/pressure",),
    "chilled_water": ("cooling/chilled_water/temperature",),
}
"""What is judged, by the ends of the points' paths; the first three have a bar."""
_JUDGED = ("header_pressure", "product_temperature", "tank_level")


@dataclass(frozen=True, slots=True)
class Case:
    """One forecast of one point: relative errors of its path, %.

    Attributes:
        ours: of the twin; `last` of the last value; `line` of the last minutes' straight line.
    """

    situation: str
    quantity: str
    point: str
    seed: int
    ours: float
    last: float
    line: float


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures by quantity."""
    seeds = QUICK_SEEDS if quick else SEEDS
    plant = read_plant(_PLANT)
    found = tuple(
        case
        for seed in range(seeds)
        for situation in situations(plant.site)
        for case in play(plant, situation, seed)
    )
    yield from forecast_rows(found, seeds)


def play(plant: Plant, situation: Situation, seed: int) -> list[Case]:
    """One situation at one seed, every point that is looked at."""
    number = _SEED + 100 * seed + [s.name for s in situations(plant.site)].index(situation.name)
    world = World(plant, number, _start(number), crew=False)
    twin = Twin(plant)
    for _ in range(_USUAL_S // _FEED_S):
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
    return _weighed(snapshot, situation, seed, points, came)


def _weighed(
    snapshot: Snapshot, situation: Situation, seed: int, points: Sequence[tuple[str, str]],
    came: NDArray[np.float64],
) -> list[Case]:  # fmt: skip
    # belief is settled some seconds late: that much further it has to look
    late = (snapshot.now - int(snapshot.recent.time[-1])) / SECOND
    ahead = outlook(
        snapshot, situation.told, seed, after_s=late, horizon_s=HORIZON_S + late
    )  # fmt: skip
    t = np.arange(len(came)) * float(_LOOK_S)
    rows_of = Rows(snapshot, ahead.at)
    found = []
    for (quantity, path), actual in zip(points, came.T, strict=True):
        ours = np.interp(t + late, ahead.t, np.median(ahead.paths[path], axis=0))
        past = rows_of.mean(path)[-_LINE_ROWS:]
        known = np.isfinite(past)
        last = float(past[known][-3:].mean())
        ago = np.arange(1.0 - len(past), 1.0)[known] * float(GRID_S)
        line = last + slope_of(ago, past[known]) * (t + late)
        scale = float(np.abs(actual).mean())
        errors = (100.0 * float(np.abs(p - actual).mean()) / scale for p in (ours, last, line))
        found.append(Case(situation.name, quantity, path, seed, *errors))
    return found


def forecast_rows(cases: Sequence[Case], seeds: int) -> Iterator[Row]:
    """Median and 90th percentile by quantity, the share inside, and the worst situation."""
    load = f"{len({c.situation for c in cases})} situations x {seeds} seeds, 30 min ahead"
    for quantity in QUANTITIES:
        mine = [c for c in cases if c.quantity == quantity]
        ours = np.array([c.ours for c in mine])
        bar = WITHIN if quantity in _JUDGED else None
        for name, q in (("median", 0.5), ("p90", 0.9)):
            yield Row(
                name=f"process.{quantity}.{name}", value=float(np.quantile(ours, q)), unit="%",
                load=f"{load}; mean error of the path over the mean reading", n=len(mine),
                peer="last value carried on",
                peer_value=float(np.quantile([c.last for c in mine], q)), bar=bar,
            )  # fmt: skip
        yield Row(
            name=f"process.{quantity}.within_5", value=100 * float((ours <= 5.0).mean()), unit="%",
            load=f"{load}; cases", n=len(mine), peer="straight line of the last 5 min",
            peer_value=100 * float(np.mean([c.line <= 5.0 for c in mine])),
        )  # fmt: skip
        worst = max(
            {c.situation for c in mine},
            key=lambda s: (float(np.mean([c.ours for c in mine if c.situation == s])), s),
        )
        there = [c for c in mine if c.situation == worst]
        yield Row(
            name=f"process.{quantity}.worst", value=float(np.mean([c.ours for c in there])),
            unit="%", load=f"{worst.replace('_', ' ')}, mean over its cases", n=len(there),
            peer="last value carried on", peer_value=float(np.mean([c.last for c in there])),
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
