"""What every Historian does: DuckDB, InfluxDB and the fake.

InfluxDB 2 itself where `INFLUXDB_URL`, `INFLUXDB_ORG` and `INFLUXDB_TOKEN` name one; everywhere
else the engine of Debian's InfluxDB 1.6 behind version 2's paths (`tests/influx.py`).
"""

import asyncio
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.history_duckdb import HistoryDuckDB
from tests.fakes import FakeHistorian
from tests.influx import influxdb_2, influxdb_engine
from twin_core.errors import Conflict, StoreDown
from twin_core.ports import LogEntry
from twin_core.reading import BAD_SENSOR_FAILURE, GOOD, Batch, SourceEvent
from twin_core.value import SECOND

T0 = 1_700_000_000 * SECOND
POINTS = [f"site/area/line/unit/p{i}" for i in range(5)]
SOURCES = ["plc", "other", "plc", "plc", "other"]


@pytest.fixture(scope="module", params=["duckdb", "influxdb 1.6", "influxdb 2", "fake"])
def opened(request, tmp_path_factory):
    """Opens a history of its own in a folder."""
    if request.param == "duckdb":
        yield lambda folder, sources=(): HistoryDuckDB(
            folder / "history.duckdb", POINTS, sources=sources, commit_every_s=0
        )
    elif request.param == "fake":
        yield lambda folder, sources=(): FakeHistorian(sources)
    else:
        engine = tmp_path_factory.mktemp("influxd")
        with influxdb_2() if request.param[-2:] == " 2" else influxdb_engine(engine) as buckets:
            yield lambda folder, sources=(): buckets.history(folder / "buffer", POINTS, sources)


@pytest.fixture
async def historian(opened, tmp_path):
    made = opened(tmp_path, SOURCES)
    yield made
    await made.close()


def batch(*rows):
    return Batch.of([(p, T0 + t * SECOND, v, s, T0 + t * SECOND + 7) for p, t, v, s in rows])


def rows(b):
    return [
        (int(p), int(t), None if np.isnan(v) else float(v), int(s), int(r))
        for p, t, v, s, r in zip(b.point, b.time, b.value, b.status, b.received, strict=True)
    ]


async def replayed(historian, after=0):
    return [entry async for entry in historian.replay(after)]


async def test_an_empty_log_is_at_zero(historian):
    """A log without entries stands at 0, replays nothing and has empty buckets."""
    assert await historian.last_seq() == 0
    assert await replayed(historian) == []
    assert len(await historian.raw([0, 1], 0, T0)) == 0
    empty = await historian.buckets(0, T0, T0 + 10 * SECOND, 4)
    assert np.isnan(empty["mean"]).all()
    assert (empty["count"] == 0).all()


async def test_what_is_appended_is_replayed_in_order_as_it_came(historian):
    """Replay gives back every entry in sequence order, batches whole, texts and codes kept."""
    odd = Batch(
        point=np.array([3, 0], np.int32),
        time=np.array([T0, T0 - 5], np.int64),
        value=np.array([np.nan, 1.5]),
        status=np.array([BAD_SENSOR_FAILURE, GOOD], np.uint32),
        received=np.array([T0 + 1, T0 + 1], np.int64),
        original={0: "n/a “ü”"},
    )
    tick = LogEntry(seq=2, kind="tick", time=T0 + 2, body={"now": 1.5, "who": ["a", None]})
    empty = Batch.of([])
    await historian.append([(1, odd), (2, tick)])
    await historian.append([(5, empty), (9, batch((4, 1, 2.0, GOOD)))])
    log = await replayed(historian)
    assert [seq for seq, _ in log] == [1, 2, 5, 9]
    assert rows(log[0][1]) == rows(odd)
    assert log[0][1].original == {0: "n/a “ü”"}
    assert log[1][1] == tick
    assert len(log[2][1]) == 0
    assert rows(log[3][1]) == rows(batch((4, 1, 2.0, GOOD)))
    assert await historian.last_seq() == 9
    assert [seq for seq, _ in await replayed(historian, after=2)] == [5, 9]


async def test_a_late_reading_stays_marked(historian):
    """What came behind the watermark is so marked in a replay and in `raw`."""
    marked = replace(batch((0, 1, 5.0, GOOD), (1, 2, 6.0, GOOD)), late=frozenset({1}))
    await historian.append([(1, batch((0, 0, 4.0, GOOD))), (2, marked)])
    assert [entry.late for _, entry in await replayed(historian)] == [set(), {1}]
    assert (await historian.raw([0, 1], T0, T0 + 9 * SECOND)).late == {2}


async def test_raw_is_cut_by_source_time_and_sorted_by_point_then_time(historian):
    """`raw` takes start ≤ time < end of the asked points, by point, then time."""
    await historian.append([(1, batch((1, 2, 5.0, GOOD), (0, 3, 6.0, GOOD), (2, 1, 9.0, GOOD)))])
    await historian.append([(2, batch((1, 0, 4.0, GOOD), (0, 4, 7.0, GOOD)))])
    found = await historian.raw([0, 1], T0, T0 + 4 * SECOND)
    assert [(r[0], r[2]) for r in rows(found)] == [(0, 6.0), (1, 4.0), (1, 5.0)]


async def test_buckets_show_extremes_and_leave_out_what_is_bad(historian):
    """A bucket has mean, lowest and highest of its good readings; Bad and textless are left out."""
    await historian.append(
        [
            (
                1,
                batch(
                    (0, 0, 1.0, GOOD),
                    (0, 1, 5.0, GOOD),
                    (0, 2, 99.0, BAD_SENSOR_FAILURE),
                    (0, 2, float("nan"), GOOD),
                    (0, 9, 3.0, GOOD),
                    (0, 10, 77.0, GOOD),
                    (1, 1, 50.0, GOOD),
                ),
            )
        ]
    )
    b = await historian.buckets(0, T0, T0 + 10 * SECOND, 2)
    assert b["count"].tolist() == [2, 1]
    assert b["mean"].tolist() == [3.0, 3.0]
    assert b["low"].tolist() == [1.0, 3.0]
    assert b["high"].tolist() == [5.0, 3.0]
    assert b["time"].tolist() == [T0 / SECOND + 2.5, T0 / SECOND + 7.5]


def up(seq, source, ahead_s):
    body = SourceEvent(source=source, kind="up", time=T0, offset_us=ahead_s * SECOND)
    return seq, LogEntry(seq=seq, kind="event", time=T0, body=body.model_dump(mode="json"))


@pytest.mark.catches("a trend drawn by a controller's clock")
async def test_buckets_are_in_plant_time(historian):
    """What a controller's clock was ahead is taken off its readings, by the offset of their day."""
    await historian.append([(1, batch((0, 4, 1.0, GOOD)))])
    await historian.append([up(2, "plc", 90), up(3, "other", -30)])
    await historian.append([(4, batch((0, 94, 2.0, GOOD), (1, -24, 8.0, GOOD)))])
    await historian.append([up(5, "plc", -7), (6, batch((0, 1, 4.0, GOOD), (0, 94, 9.0, GOOD)))])
    plc = await historian.buckets(0, T0, T0 + 10 * SECOND, 5)
    assert plc["mean"][[2, 4]].tolist() == [1.5, 4.0]
    assert plc["count"].tolist() == [0, 0, 2, 0, 1]
    other = await historian.buckets(1, T0, T0 + 10 * SECOND, 5)
    assert other["count"].tolist() == [0, 0, 0, 1, 0]
    assert [int(t) for t in (await historian.raw([1], 0, 2 * T0)).time] == [T0 - 24 * SECOND]


@pytest.mark.catches("an analysis by a controller's clock")
async def test_what_was_heard_comes_in_plant_time_and_in_its_order(historian):
    """`heard` cuts and sorts by plant time, then point; texts, codes, marks are kept."""
    await historian.append([up(1, "plc", 90), (2, batch((0, 94, 2.0, GOOD), (1, 4, 8.0, GOOD)))])
    odd = replace(batch((1, 3, float("nan"), BAD_SENSOR_FAILURE), (1, 9, 1.0, GOOD)),
                  original={0: "n/a"}, late=frozenset({0}))  # fmt: skip
    await historian.append([(3, odd), (4, batch((2, 92, 5.0, GOOD)))])
    found = [b async for b in historian.heard([2, 0, 1], T0, T0 + 9 * SECOND)]
    assert all(len(b) for b in found)
    whole = Batch.joined(found)
    seconds = ((whole.time - T0) // SECOND).tolist()
    order = list(zip(whole.point.tolist(), seconds, strict=True))
    assert order == [(2, 2), (1, 3), (0, 4), (1, 4)]
    assert whole.original == {1: "n/a"}
    assert whole.late == {1}
    assert [b async for b in historian.heard([3], T0, T0 + 9 * SECOND)] == []
    assert [b async for b in historian.heard([], T0, T0 + 9 * SECOND)] == []


async def test_a_sequence_number_is_stored_once(historian):
    """An entry at or before the newest one is refused whole, and the log goes on."""
    await historian.append([(3, batch((0, 0, 1.0, GOOD)))])
    with pytest.raises(Conflict):
        await historian.append([(4, Batch.of([])), (4, Batch.of([]))])
    with pytest.raises(Conflict):
        await historian.append([(3, batch((0, 1, 2.0, GOOD)))])
    await historian.append([(4, batch((0, 2, 3.0, GOOD)))])
    assert [seq for seq, _ in await replayed(historian)] == [3, 4]


async def test_a_closed_history_says_so(historian):
    """Appending to a closed history fails aloud."""
    await historian.close()
    with pytest.raises(StoreDown):
        await historian.append([(1, Batch.of([]))])


def sorted_by_time(b):
    return sorted(rows(b), key=lambda row: (row[1], row[0]))


readings = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(-5, 60),
        st.floats(-1e6, 1e6) | st.just(float("nan")),
        st.sampled_from([GOOD, 0x40900000, BAD_SENSOR_FAILURE]),
    ),
    max_size=30,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(log=st.lists(readings, max_size=4))
def test_every_history_answers_as_the_fake_does(log, opened, tmp_path_factory):
    """For any log, a history and the list in memory give the same readings and buckets."""

    async def compare():
        real = opened(tmp_path_factory.mktemp("h"))
        fake = FakeHistorian()
        for seq, item in enumerate(log, start=1):
            for historian in (real, fake):
                await historian.append([(seq, batch(*item))])
        start, end = T0, T0 + 50 * SECOND
        assert [(seq, rows(b)) for seq, b in await replayed(real)] == [
            (seq, rows(b)) for seq, b in await replayed(fake)
        ]
        assert rows(await real.raw([4, 0, 2], start, end)) == rows(
            await fake.raw([4, 0, 2], start, end)
        )
        ours, theirs = await real.buckets(2, start, end, 7), await fake.buckets(2, start, end, 7)
        for name in theirs:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9)
        for historian in (real, fake):
            found = [rows(b) async for b in historian.heard([2, 0], start, end)]
            assert list(itertools.chain(*found)) == sorted_by_time(
                await historian.raw([0, 2], start, end)
            )
        await real.close()

    asyncio.run(compare())
