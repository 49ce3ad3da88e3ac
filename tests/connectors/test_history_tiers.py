"""Tiers, packing and retention of the DuckDB history, whatever comes in whatever order."""

import asyncio
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import history_tiers, history_upkeep
from connectors.history_duckdb import HistoryDuckDB
from connectors.history_tiers import HOUR, MINUTE, Progress
from connectors.history_upkeep import Upkeep
from tests.connectors.histories import FOR_EVER, POINTS, T0, look, opened, tick
from twin_core.reading import BAD_SENSOR_FAILURE, GOOD, UNCERTAIN, Batch
from twin_core.value import SECOND


def tier(rows, width, until):
    """What a tier holds, from (place in the log, point, time, value, status) alone."""
    groups: dict[Any, list[Any]] = {}
    for seq, point, time, value, status in rows:
        if time < until and math.isfinite(value) and status < BAD_SENSOR_FAILURE & 0x80000000:
            groups.setdefault((point, time // width * width), []).append((time, seq, value, status))
    found = []
    for (point, start), those in sorted(groups.items()):
        values = [v for *_, v, _ in those]
        found.append(
            (
                point, start, pytest.approx(math.fsum(values) / len(values), rel=1e-12, abs=1e-9),
                min(values), max(values), min(those)[2], max(those)[2], len(those),
                sum(s < UNCERTAIN for *_, s in those),
            )
        )  # fmt: skip
    return found


readings = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 3 * 3600) | st.integers(3500, 3700),
        st.floats(-1e6, 1e6) | st.sampled_from([float("nan"), float("inf")]),
        st.sampled_from([GOOD, GOOD, UNCERTAIN, BAD_SENSOR_FAILURE]),
    ),
    max_size=40,
)
arrivals = st.lists(
    st.tuples(readings, st.integers(0, 3 * 3600), st.sampled_from(["go on", "rest", "restart"])),
    min_size=1,
    max_size=6,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=arrivals)
def test_tiers_equal_what_the_readings_give(story, tmp_path_factory):
    """Whatever came when, late or not, in whatever batches, through restarts at any moment."""
    path = tmp_path_factory.mktemp("h") / "h.duckdb"
    rows: list[Any] = []
    now = T0

    async def play():
        nonlocal now
        history = HistoryDuckDB(path, POINTS, commit_every_s=0)
        for seq, (those, on, then) in enumerate(story, start=1):
            now = max(now, T0 + on * SECOND)
            batch = Batch.of([(p, T0 + t * SECOND, v, s, now) for p, t, v, s in those])
            rows.extend((seq * 100 + i, p, T0 + t * SECOND, v, s)
                        for i, (p, t, v, s) in enumerate(those))  # fmt: skip
            await history.append([(2 * seq, batch), tick(2 * seq + 1, now)])
            if then != "go on":
                await history.rested()
            if then == "restart":
                await history.close()
                history = HistoryDuckDB(path, POINTS, commit_every_s=0)
        now += MINUTE
        await history.append([tick(1000, now)])
        await history.rested()
        await history.close()

    asyncio.run(play())
    minute = (now - 10 * SECOND) // MINUTE * MINUTE
    order = "ORDER BY point, start"
    assert look(path, f"FROM tier_minute {order}") == tier(rows, MINUTE, minute)
    assert look(path, f"FROM tier_hour {order}") == tier(rows, HOUR, minute // HOUR * HOUR)
    assert look(path, "SELECT count(*), count(DISTINCT (seq, place)) FROM kept") == [
        (len(rows), len(rows))
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    story=arrivals,
    span=st.tuples(st.integers(-600, 3 * 3600), st.integers(1, 4 * 3600)),
    n=st.integers(1, 40),
    rest=st.booleans(),
)
def test_no_spike_is_lost_or_counted_twice_by_buckets(story, span, n, rest, tmp_path_factory):
    """Extremes, means and counts are those of the readings, each placed by minute, hour or itself.

    With every tier and at any moment, whatever the background work has or has not done yet.
    """
    start, end = T0 + span[0] * SECOND, T0 + (span[0] + span[1]) * SECOND
    wanted: list[list[Any]] = [[] for _ in range(n)]
    width = HOUR if 12 * HOUR * n <= end - start else MINUTE if 2 * MINUTE * n <= end - start else 1

    async def play():
        async with opened(tmp_path_factory.mktemp("h") / "h.duckdb") as history:
            now = T0
            for seq, (those, on, _) in enumerate(story, start=1):
                now = max(now, T0 + on * SECOND)
                batch = Batch.of([(p, T0 + t * SECOND, v, s, now) for p, t, v, s in those])
                await history.append([(2 * seq, batch), tick(2 * seq + 1, now)])
            if rest:
                await history.rested()
            return await history.buckets(1, start, end, n)

    found = asyncio.run(play())
    for p, t, v, s in (row for those, *_ in story for row in those):
        at = T0 + t * SECOND
        if p == 1 and start <= at < end and math.isfinite(v) and s < BAD_SENSOR_FAILURE:
            wanted[(at - start) * n // (end - start)].append((at, v))
    everything = [v for bucket in wanted for _, v in bucket]
    assert found["count"].sum() == len(everything)
    if not everything:
        assert np.isnan(found["high"]).all()
        return
    assert np.nanmax(found["high"]) == max(everything)
    assert np.nanmin(found["low"]) == min(everything)
    total = np.nansum(found["mean"] * found["count"])
    assert total == pytest.approx(math.fsum(everything), rel=1e-9, abs=1e-3)
    for i, (high, count) in enumerate(zip(found["high"], found["count"], strict=True)):
        near = [(at, v) for b in wanted[max(0, i - 1) : i + 2] for at, v in b]
        low, top = (start + (end - start) * (i + step) / n for step in (0, 1))
        inside = [v for at, v in near if low + width <= at < top]
        possible = [v for at, v in near if low - 1 <= at < top + width]
        assert len(inside) <= count <= len(possible)
        if count:
            assert high in possible
            assert high >= max(inside, default=-math.inf)


async def test_buckets_of_whole_minutes_are_exact(tmp_path):
    """Where bucket edges are minutes, the tier gives what the readings would, and it is read."""
    rng = np.random.default_rng(3)
    times = T0 + np.sort(rng.integers(0, 5 * 3600, 5000)) * SECOND
    values = rng.normal(size=5000)
    batch = Batch.of(
        [(0, int(t), float(v), GOOD, int(t)) for t, v in zip(times, values, strict=True)]
    )
    path = tmp_path / "h.duckdb"
    async with opened(path) as history:
        await history.append([(1, batch), tick(2, T0 + 5 * HOUR + 20 * SECOND)])
        await history.rested()
        for n in (300, 150, 100, 5, 2):  # of a minute and more, of an hour, of two and a half
            found = await history.buckets(0, T0, T0 + 5 * HOUR, n)
            for i in range(n):
                own = values[(times - T0) * n // (5 * HOUR) == i]
                assert found["count"][i] == len(own)
                if len(own):
                    assert found["mean"][i] == pytest.approx(own.mean(), rel=1e-12)
                    assert (found["low"][i], found["high"][i]) == (own.min(), own.max())
    with duckdb.connect(str(path)) as db:
        db.execute("DELETE FROM packed")
    async with opened(path) as history:
        assert (await history.buckets(0, T0, T0 + 5 * HOUR, 150))["count"].sum() == 5000


async def test_a_points_closed_hours_lie_together(tmp_path):
    """After an hour has closed, readings stand by point, then time; replay has them as before."""
    n, points = 3600, [f"site/area/line/unit/p{i}" for i in range(20)]
    path = tmp_path / "h.duckdb"
    batches = [
        (s + 1, Batch.of([(p, T0 + s * SECOND, float(s + p), GOOD, T0 + s * SECOND)
                          for p in range(20)]))
        for s in range(0, n, 10)
    ]  # fmt: skip
    async with opened(path, points) as history:
        await history.append(batches)
        before = [entry async for entry in history.replay()]
        await history.append([tick(n + 1, T0 + HOUR + MINUTE)])
        await history.rested()
        after = [entry async for entry in history.replay()][:-1]
        hour = await history.raw([3], T0, T0 + HOUR)
    assert [seq for seq, _ in before] == [seq for seq, _ in after]
    for (_, a), (_, b) in zip(before, after, strict=True):
        assert a.value.tolist() == b.value.tolist()
    assert hour.value.tolist() == [float(s + 3) for s in range(0, n, 10)]
    assert look(path, "SELECT count(*) FROM reading") == [(0,)]
    stored = look(path, "SELECT point, instant FROM packed")
    assert stored == sorted(stored)


async def test_one_fast_point_is_packed_in_parts(tmp_path, monkeypatch):
    """A point with more readings in an hour than one move takes is moved in several."""
    monkeypatch.setattr("connectors.history_packing.ROWS_PER_MOVE", 100)
    rows = [(0, T0 + i * SECOND, float(i), GOOD, T0) for i in range(1000)]
    rows += [(1, T0, 1.0, GOOD, T0)] * 30 + [(2, T0, 2.0, GOOD, T0)] * 300
    path = tmp_path / "h.duckdb"
    async with opened(path) as history:
        await history.append([(1, Batch.of(rows)), tick(2, T0 + 2 * HOUR)])
        await history.rested()
        assert len(await history.raw([0, 1, 2], T0, T0 + HOUR)) == 1330
    assert look(path, "SELECT count(*) FROM packed") == [(1330,)]


@pytest.mark.catches("a reading lost, doubled or left behind while closed hours are packed")
async def test_at_every_step_of_packing_each_reading_is_found_once(tmp_path, monkeypatch):
    """Of several hours at once, of a clock before 1970, of a fast point, of the hour still open."""
    monkeypatch.setattr("connectors.history_packing.ROWS_PER_MOVE", 100)
    rows = [
        (p, T0 + s * SECOND, float(s), GOOD, T0) for s in range(0, 3 * 3600, 60) for p in (1, 2)
    ]
    rows += [(0, T0 + i * SECOND, float(i), GOOD, T0) for i in range(350)]
    rows += [(2, -HOUR, -1.0, GOOD, T0), (1, T0 - 5 * HOUR, -2.0, GOOD, T0)]
    path = tmp_path / "h.duckdb"
    now = T0 + 2 * HOUR + 20 * MINUTE
    async with opened(path) as history:
        await history.append([(1, Batch.of(rows)), tick(2, now)])
    wanted = sorted((p, t, v) for p, t, v, *_ in rows)
    with duckdb.connect(str(path)) as db:
        upkeep = Upkeep(db, FOR_EVER)
        upkeep.now, again = now, 0
        while upkeep.step(2):
            found = db.execute("SELECT point, instant, value FROM kept ORDER BY ALL").fetchall()
            assert found == wanted
            again += 1
            if again % 5 == 0:
                upkeep = Upkeep(db, FOR_EVER)
                upkeep.now = now
        assert again > 10
        stays = db.execute("SELECT point, instant, value FROM reading ORDER BY ALL").fetchall()
        assert stays == [row for row in wanted if row[1] >= T0 + 2 * HOUR]
        assert db.execute("SELECT count(*) FROM closing").fetchone() == (0,)
        packed = db.execute(
            "SELECT instant // $1, point, instant FROM packed WHERE instant >= $2", [HOUR, T0]
        ).fetchall()
    assert packed == sorted(packed)


_KILLED = """
import asyncio, os, signal, sys
from connectors import history_tiers, history_upkeep
from connectors.history_duckdb import HistoryDuckDB
from connectors.history_upkeep import Upkeep
import connectors.history_packing
from tests.connectors.histories import POINTS, T0
from tests.connectors.test_history_tiers import story

connectors.history_packing.ROWS_PER_MOVE = 500
left = int(sys.argv[2])
class Counted:
    def __init__(self, db): self.db = db
    def execute(self, *given):
        global left
        left -= 1
        if left == 0: os.kill(os.getpid(), signal.SIGKILL)
        return self.db.execute(*given)
init = Upkeep.__init__
Upkeep.__init__ = lambda self, db, keep: init(self, Counted(db), keep)

async def main():
    history = HistoryDuckDB(sys.argv[1], POINTS, commit_every_s=0)
    for entries in story():
        await history.append(entries)
        print(entries[-1][0], flush=True)
        await history.rested()
    await history.close()
asyncio.run(main())
"""


def story():
    """Three hours of readings, a minute a batch, some of them an hour late."""
    for minute in range(0, 180, 12):
        now = T0 + (minute + 12) * MINUTE
        rows = [(p, now - 12 * MINUTE + s * SECOND, float(s + p + minute), GOOD, now)
                for s in range(0, 720, 5) for p in range(3)]  # fmt: skip
        rows += [(1, now - HOUR + s * SECOND, -1000.0 - minute, GOOD, now) for s in range(7)]
        yield [(2 * minute + 1, Batch.of(rows)), tick(2 * minute + 2, now + 15 * SECOND)]


@pytest.mark.catches("a reading lost or doubled by a crash between two steps of the upkeep")
@pytest.mark.parametrize("statement", [9, 22, 40, 75, 101, 112, 114, 154, 190])
def test_a_process_killed_between_two_steps_loses_nothing(statement, tmp_path):
    """Everything acknowledged is there once, and the tiers end as if nothing had happened."""
    path = tmp_path / "h.duckdb"
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(path), str(statement)],
        capture_output=True, text=True, timeout=60, check=False, cwd=Path.cwd(),
    )  # fmt: skip
    assert killed.returncode == -9, killed.stderr
    acknowledged = int(killed.stdout.split()[-1])

    async def go_on():
        async with opened(path) as history:
            assert await history.last_seq() >= acknowledged
            for entries in story():
                if entries[-1][0] > await history.last_seq():
                    await history.append(entries)
            await history.rested()

    asyncio.run(go_on())
    rows = [(seq * 10_000 + i, int(p), int(t), float(v), GOOD)
            for entries in story() for seq, b in entries[:1]
            for i, (p, t, v) in enumerate(zip(b.point, b.time, b.value, strict=True))]  # fmt: skip
    assert look(path, "SELECT count(*), count(DISTINCT (seq, place)) FROM kept") == [
        (len(rows), len(rows))
    ]
    order = "ORDER BY point, start"
    minute = T0 + 180 * MINUTE
    assert look(path, f"FROM tier_minute {order}") == tier(rows, MINUTE, minute)
    assert look(path, f"FROM tier_hour {order}") == tier(rows, HOUR, minute)
    assert look(path, "SELECT count(*) FROM reading") == [(0,)]


async def test_a_step_that_fails_is_told_once_and_tried_again(tmp_path, monkeypatch, caplog):
    """Ingest goes on while the background work cannot; it catches up when it can."""
    fails = True

    def broken(*given):
        if fails:
            raise duckdb.IOException("no space left on device")
        return taken(*given)

    taken = history_tiers.take
    monkeypatch.setattr(history_upkeep, "take", broken)
    told = []
    monkeypatch.setattr(history_upkeep.log, "warning", lambda *a, **k: told.append((a, k)))
    path = tmp_path / "h.duckdb"
    async with opened(path) as history:
        for seq in range(1, 4):
            row = (0, T0 + seq * MINUTE, 1.0, GOOD, T0 + seq * MINUTE)
            await history.append([(seq, Batch.of([row]))])
            await history.rested()
        assert len(told) == 1
        assert (await history.buckets(0, T0, T0 + HOUR, 30))["count"].sum() == 3
        fails = False
        await history.append([tick(9, T0 + 10 * MINUTE)])
        await history.rested()
    assert look(path, "SELECT count(*) FROM tier_minute") == [(3,)]


def test_progress_is_stored_whole(tmp_path):
    """Every field comes back, and the upkeep of an empty file has nothing to do."""
    asyncio.run(_opened_and_closed(tmp_path / "h.duckdb"))
    with duckdb.connect(str(tmp_path / "h.duckdb")) as db:
        Progress(1, 2, 3, 4, 5, 6, 7).store(db)
        assert Progress.of(db) == Progress(1, 2, 3, 4, 5, 6, 7)
        Progress(0, 0, 0, 0, 0, 0, 0).store(db)
        assert Upkeep(db, FOR_EVER).step(0) is False


async def _opened_and_closed(path):
    async with opened(path):
        pass


async def test_a_hole_that_is_filled_late_is_no_hole_any_more(tmp_path):
    """Readings read back after their hours were closed are found raw, in order and in each tier."""
    path = tmp_path / "h.duckdb"
    minutes = [m for m in range(6 * 60) if not 90 <= m < 270]
    live = Batch.of([(0, T0 + m * MINUTE, 1.0, GOOD, T0 + m * MINUTE) for m in minutes])
    now = T0 + 6 * HOUR + 20 * SECOND
    late = Batch.of([(0, T0 + m * MINUTE, 5.0, GOOD, now) for m in range(90, 270)])
    late = replace(late, late=frozenset(range(len(late))))
    async with opened(path) as history:
        await history.append([(1, live), tick(2, now)])
        await history.rested()
        for at in range(0, len(late), 50):  # piece by piece, as a back-fill comes
            part = Batch.of([(0, int(t), 5.0, GOOD, now) for t in late.time[at : at + 50]])
            await history.append([(3 + at, replace(part, late=frozenset(range(len(part)))))])
        await history.append([tick(500, now + HOUR)])
        await history.rested()
        assert (await history.raw([0], T0, T0 + 6 * HOUR)).time.tolist() == [
            T0 + m * MINUTE for m in range(360)
        ]
        heard = [t for b in [b async for b in history.heard([0], T0, now)] for t in b.time.tolist()]
        assert heard == [T0 + m * MINUTE for m in range(360)]
        found = await history.buckets(0, T0, T0 + 6 * HOUR, 12)
        assert found["count"].tolist() == [30] * 12
        assert found["high"].tolist() == [1.0] * 3 + [5.0] * 6 + [1.0] * 3
    assert look(path, "SELECT start, count, high FROM tier_hour ORDER BY start") == [
        (T0 + h * HOUR, 60, high) for h, high in enumerate([1.0, 5.0, 5.0, 5.0, 5.0, 1.0])
    ]
    assert look(path, "SELECT count(*), count(DISTINCT start) FROM tier_minute") == [(360, 360)]
    assert look(path, "SELECT count(*) FROM reading") == [(0,)]
