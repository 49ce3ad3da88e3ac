"""A thousand scenarios swept while 10,000 points come in: how fast, how alike, whom it delays.

The product serves in a process of its own, read over OPC UA from a controller in another; this one
asks for values as a client would, and owns the sweep's workers. A sweep runs share by share with a
pause after each, so that whatever else the machine does falls on both alike. It must never measure
a first call: what is compiled is compiled before.
"""

import asyncio
import datetime as dt
import importlib.util
import os
import pickle
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from api.plant_file import read_plant
from connectors.compute import ProcessPool
from evals.bench.apart import apart
from evals.bench.ingest_answers import Asking, Door, Watched, serving, wait, watched
from evals.bench.local_ray import local_ray
from evals.bench.numbered import Controller
from evals.bench.row import Bar, Row
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.ports import Compute
from twin_core.simulation.scenario import Forecast, Scenario, Speed
from twin_core.simulation.sweep import REPLICATIONS, Axis, Each, Sweep, Swept
from twin_core.twin import Snapshot
from twin_core.value import SECOND

PLANT = Path(__file__).resolve().parents[2] / "plants" / "riverside.yaml"
UNDELAYED, ALIKE = Bar(high=1.2), Bar(low=1)
_LINE = "riverside/packaging/line4"
_SEED = 1
_USUAL_S, _FEED_S = 1800, 10
_WORKERS = 2
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Load:
    """Values of each of two axes, shares of a sweep, points that come in.

    `asking.seconds`: of each pause between two shares.
    """

    values: tuple[int, int]
    shares: int
    asking: Asking


FULL = Load((40, 25), 10, Asking(points=10_000, wanted=1_000, seconds=6))
QUICK = Load((10, 10), 4, Asking(points=10_000, wanted=1_000, seconds=4))


@dataclass(frozen=True, slots=True)
class Ran:
    """One sweep.

    Attributes:
        digest: of its results.
        took_s: seconds that its shares took.
        ready_s: from nothing there to the first results of all workers.
        running, paused: what a client saw in each share, and in each pause after one.
        memory: bytes that this process holds more than before, and all that the cluster does.
    """

    digest: str
    took_s: float
    ready_s: float
    running: tuple[Watched, ...] = ()
    paused: tuple[Watched, ...] = ()
    memory: int = 0


def rows(*, quick: bool) -> Iterator[Row]:
    """Speed, what ingest notices, the same digest everywhere, what Ray costs."""
    load = QUICK if quick else FULL
    snapshot = morning()
    sweep = grid(load).checked(snapshot)
    pool, ray, share = asyncio.run(_beside(snapshot, sweep, load))
    alone = apart(_in_line, snapshot, sweep)
    others = {
        "in line": alone.digest,
        "a pool of cores − 1": pool.digest,
        "a pool of 3": apart(_by_three, snapshot, sweep).digest,
    }
    if ray is not None:
        others[f"Ray on {_WORKERS} workers"] = ray.digest
    what = (
        f"{sweep.size:,} scenarios of Riverside's line 4, {REPLICATIONS} replications of 15 min "
        "each"
    )
    beside = (
        f"{load.asking.points:,} points at 1 Hz over OPC UA into the whole service, controller at "
        f"{100 * share:.0f} % of a core"
    )
    yield Row(
        name="simulation.sweep", value=sweep.size / pool.took_s, unit="scenarios/s", n=sweep.size,
        load=f"{what}; pool of cores − 1 at nice 19, beside {beside}; wall",
        peer="one after the other in a process, nothing beside",
        peer_value=sweep.size / alone.took_s,
    )  # fmt: skip
    yield _delay("simulation.sweep.ingest", pool, beside, UNDELAYED)
    yield _delay("simulation.sweep.ingest.answer", pool, beside, None)
    yield Row(
        name="simulation.sweep.same", value=float(len(set(others.values())) == 1), unit="1 = equal",
        n=len(others), load=f"digest of all results: {', '.join(others)}; {what}", bar=ALIKE,
    )  # fmt: skip
    yield _shipped(snapshot, sweep)
    yield from _ray(ray, pool, sweep, what, beside)


def morning() -> Snapshot:
    """Belief about Riverside after half an hour."""
    start = int(dt.datetime(2026, 3, 2, 6, 0, tzinfo=dt.UTC).timestamp()) * SECOND
    plant = read_plant(PLANT)
    world, twin = World(plant, _SEED, start, crew=False), Twin(plant)
    for _ in range(_USUAL_S // _FEED_S):
        for arrival in world.turn(_FEED_S):
            twin.apply(arrival, world.standin.now)
        twin.tick(world.standin.now)
    return twin.snapshot(world.standin.now)


def grid(load: Load) -> Sweep:
    """The filler's speed by the packer's, up to what they are."""
    axes = []
    for name, count in zip(("filler", "packer"), load.values, strict=True):
        factors = np.linspace(0.6, 1.0, count).round(4).tolist()
        changes = tuple(Speed(asset=f"{_LINE}/{name}", factor=factor) for factor in factors)
        axes.append(Axis(name=f"{name} at …", values=tuple(factors), changes=changes))
    baseline = Scenario(name="as it is", line=_LINE)
    return Sweep(baseline=baseline, axes=tuple(axes))


async def _beside(snapshot: Snapshot, sweep: Sweep, load: Load) -> tuple[Ran, Ran | None, float]:
    """By the pool and by Ray, while points come in; share of a core that their controller took."""
    controller, over = Controller("opcua", load.asking.points, 1.0), False

    async def count() -> float:
        shares = [0.0]
        while not over:
            shares.append((await controller.count(5)).share)
        return max(shares)

    try:
        plant = await controller.start()
        port = int(plant.sources[0].url.rstrip("/").rsplit(":", 1)[1])
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(Path(folder), load.asking, "opcua", port) as door,
        ):
            await asyncio.to_thread(wait, door, plant, load.asking)
            counting = asyncio.ensure_future(count())
            run = partial(
                _watched, snapshot, sweep, load, partial(_watch, door, plant, load.asking)
            )
            pool, ray = await run(ProcessPool), None
            if importlib.util.find_spec("ray") is not None:
                from connectors.compute_ray import RayCluster

                with local_ray(_WORKERS) as cluster:
                    ray = await run(partial(RayCluster, cluster.door), cluster.pid)
            over = True
            share = await counting
    finally:
        controller.stop()
    return pool, ray, share


async def _watched(
    snapshot: Snapshot,
    sweep: Sweep,
    load: Load,
    watch: Callable[[Awaitable[Any]], Awaitable[tuple[Any, Watched]]],
    make: Callable[[], Compute],
    helper: int | None = None,
) -> Ran:
    """The sweep in shares with pauses; `helper` is a process whose memory counts too."""
    one = Each(snapshot, _SEED, REPLICATIONS)
    before, began = _memory(os.getpid()), time.perf_counter()
    compute = make()
    await compute.map(one, sweep.scenarios[:1] * 4 * _WORKERS)
    ready_s = time.perf_counter() - began
    forecasts: list[Forecast] = []
    running, paused, took_s = [], [], 0.0
    size = -(-sweep.size // load.shares)
    for start in range(0, sweep.size, size):
        began = time.perf_counter()
        share = sweep.scenarios[start : start + size]
        found, seen = await watch(compute.map(one, share, long=True))
        took_s += time.perf_counter() - began
        forecasts += found
        running.append(seen)
        paused.append((await watch(asyncio.sleep(load.asking.seconds)))[1])
    memory = _memory(os.getpid()) - before
    memory += sum(map(_memory, _family(helper))) if helper else 0
    await compute.close()
    swept = Swept(sweep=sweep, forecasts=tuple(forecasts))
    return Ran(swept.digest, took_s, ready_s, tuple(running), tuple(paused), memory)


async def _watch(
    door: Door, plant: Plant, asking: Asking, work: Awaitable[Any]
) -> tuple[Any, Watched]:
    """Some work, and what a client sees meanwhile."""
    working = asyncio.ensure_future(work)
    seen = await asyncio.to_thread(watched, door, plant, asking, lambda: not working.done())
    return await working, seen


def _in_line(snapshot: Snapshot, sweep: Sweep) -> Ran:
    one = Each(snapshot, _SEED, REPLICATIONS)
    began = time.perf_counter()
    one(sweep.scenarios[0])
    ready = time.perf_counter()
    forecasts = tuple(map(one, sweep.scenarios))
    took_s = time.perf_counter() - ready
    return Ran(Swept(sweep=sweep, forecasts=forecasts).digest, took_s, ready - began)


def _by_three(snapshot: Snapshot, sweep: Sweep) -> Ran:
    async def run() -> Ran:
        pool, began = ProcessPool(3), time.perf_counter()
        one = Each(snapshot, _SEED, REPLICATIONS)
        forecasts = tuple(await pool.map(one, sweep.scenarios))
        await pool.close()
        took_s = time.perf_counter() - began
        return Ran(Swept(sweep=sweep, forecasts=forecasts).digest, took_s, 0.0)

    return asyncio.run(run())


def _memory(process: int) -> int:
    """Bytes of a process, of what it shares its part (Linux; 0 for one that has ended)."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line[:4] == "Pss:")


def _family(process: int) -> list[int]:
    """A process and all it started, and they."""
    found, queue = [], [process]
    while queue:
        found.append(queue.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            queue += map(int, task.read_text(encoding="ascii").split())
    return found


def _delay(name: str, ran: Ran, beside: str, bar: Bar | None) -> Row:
    """p99 in the shares of a sweep over p99 in the pauses after them."""
    answers = name.endswith(".answer")
    part, unit, scale = ("took", "ms", 1e3) if answers else ("ages", "s", 1.0)
    said = (
        "time of an answer with the latest value of 1,000 points"
        if answers
        else "change at the sensor until it stands in an answer over HTTP"
    )
    seen, usual = (
        np.concatenate([getattr(one, part) for one in spans]) * scale
        for spans in (ran.running, ran.paused)
    )
    p99, without = float(np.quantile(seen, 0.99)), float(np.quantile(usual, 0.99))
    each = [float(np.quantile(getattr(one, part), 0.99)) * scale for one in ran.paused]
    return Row(
        name=name, value=p99 / without, unit="x without (p99)", n=len(seen), bar=bar,
        load=f"{said}; {beside}; {len(ran.running)} shares with a pause after each: p99 "
        f"{p99:.3g} {unit}, median {np.median(seen):.3g}; in the pauses p99 {without:.3g} "
        f"({min(each):.3g} to {max(each):.3g} one by one), median {np.median(usual):.3g}",
        peer=f"p99 in the pauses, {unit}", peer_value=without,
    )  # fmt: skip


def _shipped(snapshot: Snapshot, sweep: Sweep) -> Row:
    one = Each(snapshot, _SEED, REPLICATIONS)
    bound = len(pickle.dumps(one, pickle.HIGHEST_PROTOCOL))
    each = len(pickle.dumps(sweep.scenarios[0], pickle.HIGHEST_PROTOCOL))
    return Row(
        name="simulation.sweep.shipped", value=(bound + each * sweep.size) / sweep.size / 1e3,
        unit="kB/scenario", n=sweep.size,
        load=f"what goes to one worker: the state, {bound / _MB:.2f} MB pickled, once, and each "
        f"scenario, {each / 1e3:.2g} kB",
        peer="the state with every scenario", peer_value=(bound + each) / 1e3,
    )  # fmt: skip


def _ray(ray: Ran | None, pool: Ran, sweep: Sweep, what: str, beside: str) -> Iterator[Row]:
    if ray is None:
        yield Row(name="simulation.sweep.ray", value=None, unit="scenarios/s", n=0, load=what,
                  why="Ray is not installed: install opstwin[ray]")  # fmt: skip
        return
    on = f"a Ray of {_WORKERS} workers on this machine, at nice 19, by its door"
    yield Row(name="simulation.sweep.ray", value=sweep.size / ray.took_s, unit="scenarios/s",
              n=sweep.size, load=f"{what}; {on}, beside {beside}; wall",
              peer="the pool of cores − 1 beside the same",
              peer_value=sweep.size / pool.took_s)  # fmt: skip
    yield _delay("simulation.sweep.ray.ingest", ray, f"{on}; {beside}", None)
    yield Row(name="simulation.sweep.ray.ready", value=ray.ready_s, unit="s", n=1,
              load=f"{on}; from nothing connected to the first results of both workers",
              peer="the pool of cores − 1", peer_value=pool.ready_s)  # fmt: skip
    yield Row(name="simulation.sweep.ray.memory", value=ray.memory / _MB, unit="MB", n=1,
              load=f"{on}: head, workers, and what a caller takes; after a sweep")  # fmt: skip
