"""`bench history`: how fast the DuckDB history takes readings durably, and gives them back.

A day of readings is fed as the pump would, a batch and a tick a plant second, as fast as it is
taken; tiers, packing and checkpoints run beside it. Then points and hours are drawn and read. It
must never prepare the file in a way that live ingest would not.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from connectors.history_duckdb import HistoryDuckDB
from connectors.history_writer import ROWS_PER_COMMIT, Entry
from evals.bench.apart import apart
from evals.bench.row import Bar, Row
from twin_core.ports import LogEntry
from twin_core.reading import Batch
from twin_core.value import SECOND

APPEND = Bar(low=300_000)
DAY_MS, HOUR_MS = Bar(high=30), Bar(high=60)
MEMORY_MB = Bar(high=250)
BUCKETS = 500
_T0 = 1_790_000_000 // 86_400 * 86_400
_BATCH = 20_000  # readings in a batch of the append row
_UNDER_WAY = 4  # appends that wait for their commit at once
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: points of the day, readings of the append row, reads drawn."""

    points: int
    appended: int
    reads: int
    day_s: int = 86_400


FULL = Size(points=1157, appended=10_000_000, reads=400)
QUICK = Size(points=100, appended=1_000_000, reads=200)


def measure(size: Size) -> tuple[Row, ...]:
    """The rows of the bench."""
    with tempfile.TemporaryDirectory() as folder:
        append = asyncio.run(_append(Path(folder), size))
        return append, *apart(_day, Path(folder), size)


async def _append(folder: Path, size: Size) -> Row:
    """Batches of all points at once, until durable; then the same columns by DuckDB alone."""
    count = size.appended // _BATCH
    batches = [_second(i, 10_000, _BATCH) for i in range(count)]
    history = HistoryDuckDB(folder / "append.duckdb", [f"s/a/l/u/p{i}" for i in range(10_000)])
    began = perf_counter()
    await _fed(history, ([(i + 1, batch)] for i, batch in enumerate(batches)))
    ours = count * _BATCH / (perf_counter() - began)
    await history.close()
    theirs = await asyncio.to_thread(_arrow, folder / "peer.duckdb", batches)
    return Row(
        name="history.append",
        value=ours,
        unit="readings/s",
        load=f"10,000 points, batches of {_BATCH:,}, until durable, tiers and packing beside",
        n=count * _BATCH,
        peer="DuckDB's own Arrow insert",
        peer_value=theirs,
        bar=APPEND,
    )


def _arrow(path: Path, batches: list[Batch]) -> float:
    """Readings/s of one connection that inserts the batches' columns, a commit a batch."""
    with duckdb.connect(str(path), config={"threads": "2"}) as db:
        db.execute(
            "CREATE TABLE reading (point INTEGER, time BIGINT, value DOUBLE, status UINTEGER, "
            "received BIGINT)"
        )
        began = perf_counter()
        for batch in batches:
            columns = ("point", "time", "value", "status", "received")
            db.register("incoming", pa.table({name: getattr(batch, name) for name in columns}))
            db.execute("INSERT INTO reading SELECT * FROM incoming")
            db.unregister("incoming")
        return sum(map(len, batches)) / (perf_counter() - began)


def _day(folder: Path, size: Size) -> tuple[Row, ...]:
    return asyncio.run(_lived(folder, size))


async def _lived(folder: Path, size: Size) -> tuple[Row, ...]:
    ids = [f"s/a/l/u/p{i}" for i in range(size.points)]
    path = folder / "day.duckdb"
    before = resident()
    history = HistoryDuckDB(path, ids)
    n = size.points * size.day_s
    began = perf_counter()
    longest = await _fed(history, _live(size))
    rate = n / (perf_counter() - began)
    await history.rested()
    fed = resident() - before
    rng = np.random.default_rng(1)
    end = (_T0 + size.day_s) * SECOND
    day, hour, used = (np.zeros(size.reads) for _ in range(3))
    for i in range(size.reads):
        point = int(rng.integers(size.points))
        start = (_T0 + int(rng.integers(size.day_s - 3600))) * SECOND
        began, spent = perf_counter(), process_time()
        found = await history.buckets(point, end - size.day_s * SECOND, end, BUCKETS)
        day[i], used[i] = perf_counter() - began, process_time() - spent
        assert found["count"].sum() == size.day_s
        began = perf_counter()
        raw = await history.raw([point], start, start + 3600 * SECOND)
        hour[i] = perf_counter() - began
        assert len(raw) == 3600
    held = max(fed, resident() - before)
    await history.close()
    load = f"{size.points:,} points x 24 h at 1 Hz = {n / 1e6:.1f} M readings as ingest leaves them"
    return (
        Row(
            name="history.day",
            value=float(np.quantile(day, 0.99)) * 1e3,
            unit="ms (p99)",
            load=f"one point, one day in {BUCKETS} buckets with extremes; wall, load average "
            f"{os.getloadavg()[0]:.1f}; CPU time {_told(used)}; {load}",
            n=size.reads,
            bar=DAY_MS,
        ),
        Row(
            name="history.hour",
            value=float(np.quantile(hour, 0.99)) * 1e3,
            unit="ms (p99)",
            load=f"one point, one hour raw, anywhere in the day; {load}",
            n=size.reads,
            bar=HOUR_MS,
        ),
        Row(
            name="history.ingest",
            value=rate,
            unit="readings/s",
            load=f"a batch and a tick a plant second, as fast as taken; {load}",
            n=n,
        ),
        Row(
            name="history.wait",
            value=longest,
            unit="s (longest)",
            load="from append to durable, in that ingest, hours being packed",
            n=n,
        ),
        Row(
            name="history.memory",
            value=held / _MB,
            unit="MB",
            load="resident above the process before it was opened, after ingest and reads",
            n=1,
            bar=MEMORY_MB,
        ),
        Row(
            name="history.file",
            value=path.stat().st_size / n,
            unit="bytes a reading",
            load="log, readings and tiers",
            n=n,
        ),
    )


def _told(seconds: NDArray[np.float64]) -> str:
    median, most = np.quantile(seconds, (0.5, 0.99)) * 1e3
    return f"median {median:.3g}, p99 {most:.3g} ms"


async def _fed(history: HistoryDuckDB, parts: "Iterator[list[Entry]]") -> float:
    """Append all parts, a few under way at once; the longest that one waited, in seconds."""
    longest = 0.0
    under_way: set[asyncio.Task[float]] = set()
    for part in parts:
        under_way.add(asyncio.create_task(_timed(history, part)))
        await asyncio.sleep(0)  # so that parts are handed over in their order
        if len(under_way) >= _UNDER_WAY:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            longest = max(longest, *(task.result() for task in done))
    return max(longest, *[await task for task in under_way], 0.0)


async def _timed(history: HistoryDuckDB, part: list[Entry]) -> float:
    began = perf_counter()
    await history.append(part)
    return perf_counter() - began


def _live(size: Size) -> "Iterator[list[Entry]]":
    """A day, a batch and a tick a second, handed over a commit's worth at a time."""
    points = size.points
    seconds = -(-ROWS_PER_COMMIT // points)
    for begin in range(0, size.day_s, seconds):
        part: list[Entry] = []
        for s in range(begin, min(size.day_s, begin + seconds)):
            tick = LogEntry(seq=2 * s + 2, kind="tick", time=(_T0 + s + 1) * SECOND, body=None)
            part += [(2 * s + 1, _second(s, points, points)), (tick.seq, tick)]
        yield part


def _second(s: int, points: int, readings: int) -> Batch:
    """What controllers say in second `s`: noisy values with the resolution of an instrument."""
    rng = np.random.default_rng(s)
    point: NDArray[np.int32] = np.arange(readings, dtype=np.int32) % points
    at = (_T0 + s) * SECOND
    slow = 50.0 + point % 40 + 5.0 * np.sin(2 * np.pi * s / 5400 + point)
    return Batch(
        point=point,
        time=at + rng.integers(0, SECOND, readings),
        value=np.round(slow + rng.standard_normal(readings) * 0.2, 2),
        status=np.zeros(readings, np.uint32),
        received=np.full(readings, at + SECOND, np.int64),
    )


def resident() -> float:
    """Bytes of this process in memory (Linux)."""
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return float(int(fields[1]) * 4096)
