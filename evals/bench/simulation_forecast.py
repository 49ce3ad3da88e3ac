"""Whether a forecast's mean is known as well as it says, and how long a what-if takes.

Coverage is that of 90 % intervals of the mean where replications stop by themselves, over many
seeds, on a small plant whose true means very many replications tell. The what-if starts from what
the twin believes of the stand-in after half an hour, and is asked in this process, warm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from api.plant_file import read_plant
from evals.bench.row import Bar, Row
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.simulation.forecaster import compare
from twin_core.simulation.measured import half_width
from twin_core.simulation.model import Model
from twin_core.simulation.sampling import sampled
from twin_core.simulation.scenario import Change, Precision, Scenario, Speed
from twin_core.twin import Snapshot
from twin_core.value import SECOND

COVERS = Bar(low=0.87, high=0.93)
WHAT_IF_S = Bar(high=1.5)
CLOSE = Bar(high=0.01)
_PLANT = Path(__file__).resolve().parents[2] / "plants" / "riverside.yaml"
_SEED = 20260302
_START = 1_772_600_000 * SECOND
_USUAL_S = 30 * 60
_FEED_S = 10
_LINE, _FILLER = "riverside/packaging/line4", "riverside/packaging/line4/filler"
_SMALL_LINE = "bench/shop/line"
_HORIZON_S = 600.0
_LOOSE = Precision(relative=0.02, ceiling=4000)
_MILL = f"{_SMALL_LINE}/mill"
_SMALL = """
schema: 1
site: bench
name: Two machines
timezone: UTC
classes: [classes.yaml]
sources: [{id: plc, name: PLC, kind: opcua, url: "opc.tcp://127.0.0.1:4999/"}]
areas:
  - id: shop
    name: Shop
    lines:
      - id: line
        name: Line
        unit_of_flow: "{part}"
        units:
          - {id: mill, name: Mill, class: press, source: plc, flow: &one {in: "{part}", takes: 1, out: "{part}", gives: 1}, points: {produced: {address: a}}}
          - {id: lathe, name: Lathe, class: press, source: plc, flow: *one, points: {produced: {address: b}}}
links:
  - {kind: feeds, from: shop/line/mill, to: shop/line/lathe, buffer: {capacity: 20}}
"""  # noqa: E501
_CLASSES = """
schema: 1
classes:
  - id: press
    name: Press
    model: machine
    parameters:
      rated_speed: {unit: "{part}/min", value: 60, description: nameplate}
      mtbf_s: {unit: s, value: 300, description: between stops}
      mttr_s: {unit: s, value: 30, description: of a stop}
    points:
      - {id: produced, name: parts, role: produced, unit: "{part}", type: int, limits: {low: 0, high: 4e9}}
"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class Load:
    """Seeds, replications that tell the truth, and how often the what-if is asked."""

    seeds: int
    truth: int
    asked: int


FULL = Load(seeds=800, truth=40_000, asked=15)
QUICK = Load(seeds=400, truth=8_000, asked=5)


def rows(*, quick: bool) -> Iterator[Row]:
    """Coverage, then speed."""
    load = QUICK if quick else FULL
    yield from _coverage(load)
    yield from _what_if(load)


def small_plant() -> Plant:
    """Two machines that stop often, a place for twenty parts between them, and nothing seen."""
    return load(_SMALL, "plant.yaml", lambda _: _CLASSES)


def _coverage(load: Load) -> Iterator[Row]:
    snapshot = Twin(small_plant()).snapshot(_START)
    model = Model(snapshot, _SMALL_LINE, _START)
    base, slow = _asked(_SMALL_LINE), _asked(_SMALL_LINE, Speed(asset=_MILL, factor=0.9))
    truth = _rates(model, [base, slow], _SEED, load.truth)
    means = truth.mean(axis=1)
    gain = float((truth[1] - truth[0]).mean())
    fixed, free, gains, counts = 0, 0, 0, list[int]()
    for seed in range(load.seeds):
        one, two = _rates(model, [base, slow], seed, None)
        free += abs(one.mean() - means[0]) <= half_width(one)
        gains += abs((two - one).mean() - gain) <= half_width(two - one)
        few = one[: _LOOSE.floor]
        fixed += abs(few.mean() - means[0]) <= half_width(few)
        counts.append(len(one))
    n, told = load.seeds, f"two machines, 10 min, ±2 %, {load.seeds} seeds"
    told += f", {min(counts)} to {max(counts)} replications, {np.mean(counts):.0f} on average"
    yield Row(
        name="simulation.forecast.coverage", value=free / n, unit="of 1", n=n, bar=COVERS,
        load=f"90 % intervals of the mean rate: {told}", spread=_spread(free / n, n),
        peer=f"always {_LOOSE.floor} replications", peer_value=fixed / n,
    )  # fmt: skip
    yield Row(
        name="simulation.forecast.gain_coverage", value=gains / n, unit="of 1", n=n, bar=COVERS,
        load=f"90 % intervals of the mean gain of a slower mill: {told}",
        spread=_spread(gains / n, n),
    )  # fmt: skip
    apart = float(truth[0].var() + truth[1].var())
    yield Row(
        name="simulation.forecast.common_luck", value=apart / float((truth[1] - truth[0]).var()),
        unit="x", n=load.truth, bar=Bar(low=2.0), load="replications that a difference would take "
        "with luck of its own for each scenario, over those with common luck; a slower mill",
        peer="each with luck of its own", peer_value=1.0,
    )  # fmt: skip


def _what_if(load: Load) -> Iterator[Row]:
    snapshot = _settled()
    base, slow = _asked(_LINE, s=900.0), _asked(_LINE, Speed(asset=_FILLER, factor=0.95), s=900.0)
    compare(snapshot, base, [slow], _SEED)
    times, thousand, widths, counts = list[float](), list[float](), list[float](), list[int]()
    for k in range(load.asked):
        began = perf_counter()
        (found,) = compare(snapshot, base, [slow], _SEED + k)
        times.append(perf_counter() - began)
        counts.append(found.baseline.replications)
        widths += [(f.rate.half or 0.0) / f.rate.mean for f in (found.baseline, found.candidate)]
    for k in range(max(1, load.asked // 5)):
        began = perf_counter()
        compare(snapshot, base, [slow], _SEED + k, 1000)
        thousand.append(perf_counter() - began)
    told = f"line 4 of Riverside, filler 5 % slower against as it is, 15 min, {load.asked} seeds"
    yield Row(
        name="simulation.forecast.what_if", value=float(np.median(times)), unit="s",
        load=f"{told}, ±1 %, {np.median(counts):.0f} replications of each", n=len(times),
        spread=float(np.quantile(times, 0.95) - np.quantile(times, 0.05)) / 2,
        peer="always 1,000 replications", peer_value=float(np.median(thousand)), bar=WHAT_IF_S,
    )  # fmt: skip
    yield Row(
        name="simulation.forecast.what_if_width", value=max(widths), unit="of the mean",
        load=f"{told}; the widest half of a 90 % interval of a mean rate", n=len(widths), bar=CLOSE,
    )  # fmt: skip


def _asked(line: str, *changes: Change, s: float = _HORIZON_S) -> Scenario:
    return Scenario(name="asked", line=line, horizon_s=s, changes=changes)


def _rates(
    model: Model, scenarios: Sequence[Scenario], seed: int, replications: int | None
) -> NDArray[np.float64]:
    """By scenario and replication, float64[S, R]."""
    found = sampled([(model, s) for s in scenarios], seed, replications, _LOOSE)
    return np.stack([one.told.rates for one in found])


def _spread(share: float, n: int) -> float:
    return 1.645 * float(np.sqrt(share * (1 - share) / n))


def _settled() -> Snapshot:
    """What the twin believes after half an hour of the stand-in's life."""
    plant = read_plant(_PLANT)
    world, twin = World(plant, _SEED, _START, crew=False), Twin(plant)
    for _ in range(0, _USUAL_S, _FEED_S):
        for arrival in world.turn(_FEED_S):
            twin.apply(arrival, world.standin.now)
        twin.tick(world.standin.now)
    return twin.snapshot(world.standin.now)
