"""How fast belief is formed: complete `apply` alone, and through to the disk; and what it holds.

A load is made before the clock runs. Throughput is readings a CPU second of this process, all its
threads together: whatever else the machine does stays out.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.plant_file import read_plant
from connectors.history_duckdb import HistoryDuckDB
from connectors.history_writer import Entry
from evals.bench.apart import apart
from evals.bench.big_plant import enlarged
from evals.bench.history import resident
from evals.bench.plain_rules import PlainRules, dated
from evals.bench.plant_load import T0, PlantLoad, part
from evals.bench.row import Bar, Row
from evals.bench.soft_plant import soft_sensors, with_derived
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.ports import LogEntry
from twin_core.reading import Batch
from twin_core.recent import GRID_US
from twin_core.value import SECOND

APPLY, FAST, STORED = Bar(low=1_000_000), Bar(low=500_000), Bar(low=300_000)
BATCH_MS, GROWTH, HELD_MB = Bar(high=1.0), Bar(high=1.0), Bar(high=250)
LARGE, SMALL = 20_000, 250
DERIVED, SENSORS = 200, 20
_GROUPS = 10
_GROWN_S = 5400
"""Before so much has passed it must grow: the twin looks back over an hour, and the history has
packed its first one half an hour after that."""
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Load:
    """Points; plant seconds before the clock runs, and in which it does.

    `grown_s`, `hour_s`: in which memory may grow, and in which it may not.
    """

    points: int
    warm_s: int
    measured_s: int
    plain_s: int
    stored_s: int
    grown_s: int
    hour_s: int


FULL = Load(
    points=10_000, warm_s=180, measured_s=300, plain_s=30, stored_s=300, grown_s=_GROWN_S,
    hour_s=3600,
)  # fmt: skip
QUICK = Load(
    points=10_000, warm_s=30, measured_s=60, plain_s=10, stored_s=120, grown_s=120, hour_s=120
)


def applied(plant_file: Path, size: Load) -> Iterator[Row]:
    """`apply` beside the plain rules, with one fast point, and in small batches."""
    plant = with_derived(enlarged(read_plant(plant_file), size.points), DERIVED)
    what = f"{described(plant)}, {SENSORS} soft sensors of two inputs"
    taken = _taken(plant, size, LARGE)
    yield Row(
        name="ingest.apply", value=taken.rate, unit="readings/CPU s", spread=taken.spread,
        load=f"{what}; batches of {LARGE:,}, {_FAULTY}", n=taken.readings, bar=APPLY,
        peer="rules and alarms alone, a reading at a time", peer_value=_plain(plant, size),
    )  # fmt: skip
    fast = _fast_point(plant)
    taken = _taken(plant, size, LARGE, fast)
    yield Row(
        name="ingest.apply.fast", value=taken.rate, unit="readings/CPU s", spread=taken.spread,
        load=f"the same with one point at 1 kHz ({plant.points[fast].id})", n=taken.readings,
        bar=FAST,
    )  # fmt: skip
    taken = _taken(plant, size, SMALL)
    yield Row(
        name="ingest.apply.small", value=float(taken.took.mean()) * 1e3, unit="CPU ms a batch",
        spread=taken.spread_of_mean * 1e3, n=len(taken.took), bar=BATCH_MS,
        load=f"the same in batches of {SMALL}; mean; median {np.median(taken.took) * 1e3:.2g}, "
        f"p99 {np.quantile(taken.took, 0.99) * 1e3:.2g} ms: one batch in "
        f"{size.points * 2 // SMALL} settles two seconds",
    )  # fmt: skip


_FAULTY = "1 % of the points faulty, kinds in turn, 5 % of the readings out of order"


def described(plant: Plant) -> str:
    """The plant in one clause."""
    wires = {source.id for source in plant.sources}
    derived = sum(point.source not in wires for point in plant.points)
    return (
        f"{len(plant.points) - derived:,} points of {len(wires)} sources at 1 Hz, "
        f"{derived} derived points"
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """Batches measured: readings in all, CPU seconds of each batch."""

    readings: int
    took: NDArray[np.float64]

    @property
    def rate(self) -> float:
        return self.readings / float(self.took.sum())

    @property
    def spread(self) -> float | None:
        """Half the 90 % interval of the rate, of ten parts of the run; None of fewer batches."""
        size = len(self.took) // _GROUPS
        if not size:
            return None
        took = self.took[: size * _GROUPS].reshape(_GROUPS, size).sum(axis=1)
        rates = self.readings / len(self.took) * size / took
        return 1.645 * float(rates.std()) / float(np.sqrt(_GROUPS))

    @property
    def spread_of_mean(self) -> float:
        return 1.645 * float(self.took.std()) / float(np.sqrt(len(self.took)))


def _taken(plant: Plant, size: Load, readings: int, fast: int = -1) -> _Taken:
    load = PlantLoad(plant, fast=fast)
    batches = list(load.arrivals(size.warm_s + size.measured_s, readings))
    twin = _begun(plant, load)
    twin.learn(soft_sensors(plant, SENSORS, T0 * SECOND), T0 * SECOND)
    until = (T0 + size.warm_s) * SECOND
    warm = sum(int(batch.received[-1]) < until for batch in batches)
    for batch in batches[:warm]:
        twin.apply(batch, int(batch.received[-1]))
    took = np.zeros(len(batches) - warm)
    for i, batch in enumerate(batches[warm:]):
        began = time.process_time()
        twin.apply(batch, int(batch.received[-1]))
        took[i] = time.process_time() - began
    return _Taken(sum(map(len, batches[warm:])), took)


def _begun(plant: Plant, load: PlantLoad) -> Twin:
    twin = Twin(plant)
    for event in load.up():
        twin.apply(event, event.time)
    return twin


def _fast_point(plant: Plant) -> int:
    """The first measurement of a process, with the least noise against its limits' width."""
    return next(i for i, p in enumerate(plant.points)
                if p.spec.role is Role.PROCESS and p.spec.noise > 0)  # fmt: skip


def _plain(plant: Plant, size: Load) -> float:
    """Readings a CPU second of the plain rules, on the beginning of the same load, in order."""
    plain = PlainRules(plant, T0 * SECOND)
    load = PlantLoad(plant)
    batches = [in_order(load.second(s)) for s in range(size.plain_s)]
    began = time.process_time()
    for s, batch in enumerate(batches):
        plain.take(batch)
        if (s + 1) % (GRID_US // SECOND) == 0:
            plain.close((T0 + s + 1) * SECOND)
    return sum(map(len, batches)) / (time.process_time() - began)


def in_order(batch: Batch) -> Batch:
    """The readings of a second by the time at which they count, each moment of a point once."""
    heard = dated(batch)
    order = np.lexsort((batch.point, heard))
    again = (np.diff(batch.point[order], prepend=-1) == 0) & (np.diff(heard[order], prepend=0) == 0)
    return part(batch, order[~again])


def stored(plant_file: Path, size: Load) -> Row:
    """`apply` and tick, and every entry durable in the history, beside DuckDB's own insert."""
    plant = enlarged(read_plant(plant_file), size.points)
    load = PlantLoad(plant)
    batches = list(load.arrivals(size.stored_s, LARGE))
    with tempfile.TemporaryDirectory() as folder:
        began, used = time.perf_counter(), time.process_time()
        asyncio.run(_kept(plant, load, batches, Path(folder) / "history.duckdb"))
        used, wall = time.process_time() - used, time.perf_counter() - began
        peer = inserted(Path(folder) / "peer.duckdb", batches)
    n = sum(map(len, batches))
    return Row(
        name="ingest.stored", value=n / used, unit="readings/CPU s", n=n, bar=STORED,
        load=f"{described(plant)}; batches of {LARGE:,}, {_FAULTY}; until durable, tiers and "
        f"packing beside, file opened and closed; {n / wall:,.0f} a second by the wall",
        peer="DuckDB's own Arrow insert", peer_value=n / peer,
    )  # fmt: skip


async def _kept(plant: Plant, load: PlantLoad, batches: Sequence[Batch], path: Path) -> None:
    """As the pump would: apply, tick, snapshot; the history is fed beside and waited for."""
    history = HistoryDuckDB(path, [point.id for point in plant.points])
    twin, seq = _begun(plant, load), 0
    under_way: set[asyncio.Task[None]] = set()
    for batch in batches:
        now = int(batch.received[-1])
        await asyncio.to_thread(_believed, twin, batch, now)
        tick = LogEntry(seq=seq + 2, kind="tick", time=now, body=None)
        entries: list[Entry] = [(seq + 1, batch), (seq + 2, tick)]
        seq += 2
        under_way.add(asyncio.ensure_future(history.append(entries)))
        await asyncio.sleep(0)  # so that entries are handed over in their order
        if len(under_way) > 2:
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*under_way)
    await history.close()


def _believed(twin: Twin, batch: Batch, now: int) -> None:
    twin.apply(batch, now)
    twin.tick(now)
    twin.snapshot(now)


def inserted(path: Path, batches: Sequence[Batch]) -> float:
    """CPU seconds of one connection that inserts the batches' columns, a commit a batch."""
    columns = ("point", "time", "value", "status", "received")
    used = time.process_time()
    with duckdb.connect(str(path), config={"threads": "2"}) as db:
        db.execute(
            "CREATE TABLE reading (point INTEGER, time BIGINT, value DOUBLE, status UINTEGER, "
            "received BIGINT)"
        )
        for batch in batches:
            db.register("incoming", pa.table({name: getattr(batch, name) for name in columns}))
            db.execute("INSERT INTO reading SELECT * FROM incoming")
            db.unregister("incoming")
    return time.process_time() - used


def held(plant_file: Path, size: Load) -> tuple[Row, Row]:
    """Memory of twin and history over hours of plant time, in a process of their own."""
    before, warm, after, most = apart(_live, plant_file, size)
    load = (
        f"{size.points:,} points at 1 Hz, apply, tick, snapshot and history, plant time as fast "
        f"as taken"
    )
    judged = GROWTH if size.grown_s >= _GROWN_S else None
    return (
        Row(
            name="ingest.growth", value=100 * (after - warm) / warm, unit="% of the process",
            load=f"{load}: in {size.hour_s} s after {size.grown_s} to warm up", n=1, bar=judged,
        ),
        Row(
            name="ingest.memory", value=(most - before) / _MB, unit="MB", n=1, bar=HELD_MB,
            load=f"{load}: most ever resident above the process with the plant file read",
        ),
    )  # fmt: skip


def _live(plant_file: Path, size: Load) -> tuple[float, float, float, float]:
    return asyncio.run(_lived(plant_file, size))


async def _lived(plant_file: Path, size: Load) -> tuple[float, float, float, float]:
    plant = enlarged(read_plant(plant_file), size.points)
    load = PlantLoad(plant)
    load.second(0)
    before, seen = resident(), []
    with tempfile.TemporaryDirectory() as folder:
        history = HistoryDuckDB(Path(folder) / "h.duckdb", [point.id for point in plant.points])
        twin = _begun(plant, load)
        for s in range(size.grown_s + size.hour_s):
            batch, now = load.second(s), (T0 + s + 1) * SECOND
            _believed(twin, batch, now)
            tick = LogEntry(seq=2 * s + 2, kind="tick", time=now, body=None)
            await history.append([(2 * s + 1, batch), (2 * s + 2, tick)])
            if s % 10 == 9:
                seen.append(resident())
        await history.close()
    # Blocks of rows fill up and are left behind: the most of six minutes is compared.
    grown, some = size.grown_s // 10, max(1, size.hour_s // 100)
    return before, max(seen[grown - some : grown]), max(seen[-some:]), max(seen)
