"""What the DuckDB history lets go after its time, and what a replay needs of it."""

import duckdb
import numpy as np
import pytest

from connectors.history_retention import DAY, Retention
from connectors.history_tiers import HOUR, MINUTE
from connectors.history_upkeep import Upkeep
from tests.connectors.histories import T0, look, opened, tick
from tests.twin_core.plant_fixture import T0 as BEGIN
from tests.twin_core.plant_fixture import Feed, bakery
from twin_core.ingest import Twin
from twin_core.ports import LogEntry
from twin_core.reading import GOOD, Batch, SourceEvent
from twin_core.value import SECOND


async def test_what_is_past_its_time_is_let_go_tier_by_tier(tmp_path):
    """Readings after days, minutes after more; what is left is answered by the coarser tier."""
    keep = Retention(raw_days=1, minute_days=2, hour_days=4)
    path = tmp_path / "h.duckdb"
    hours = 6 * 24
    async with opened(path, keep=keep) as history:
        for h in range(hours):
            now = T0 + h * HOUR
            rows = [(0, now + m * MINUTE, 500.0 if m == 7 else float(h), GOOD, now + m * MINUTE)
                    for m in range(60)]  # fmt: skip
            await history.append([(2 * h + 1, Batch.of(rows)), tick(2 * h + 2, now + HOUR)])
        await history.rested()
        end = T0 + hours * HOUR
        assert len(await history.raw([0], T0, end - DAY - HOUR)) == 0
        assert len(await history.raw([0], end - DAY + HOUR, end)) == 23 * 60
        fine = await history.buckets(0, end - DAY - 3 * HOUR, end - DAY - 2 * HOUR, 60)
        assert fine["count"].tolist() == [1] * 60  # minutes, though so narrow
        coarse = await history.buckets(0, end - 3 * DAY, end - 3 * DAY + 12 * HOUR, 12)
        assert coarse["count"].tolist() == [60] * 12
        assert coarse["high"].tolist() == [500.0] * 12
        gone = await history.buckets(0, T0, T0 + 12 * HOUR, 12)
        assert gone["count"].sum() == 0
    assert look(path, "SELECT min(start) FROM tier_minute")[0][0] >= end - 2 * DAY - HOUR
    assert look(path, "SELECT min(start) FROM tier_hour")[0][0] >= end - 5 * DAY


async def test_a_reading_later_than_its_retention_changes_no_tier(tmp_path):
    """A minute whose readings were let go stays as it was."""
    path = tmp_path / "h.duckdb"
    async with opened(path, keep=Retention(raw_days=1)) as history:
        await history.append(
            [(1, Batch.of([(0, T0, 7.0, GOOD, T0), (0, T0 + SECOND, 9.0, GOOD, T0)]))]
        )
        await history.append([tick(2, T0 + 3 * DAY)])
        await history.rested()
        await history.append([(3, Batch.of([(0, T0 + 2, 1.0, GOOD, T0 + 3 * DAY)]))])
        await history.append([tick(4, T0 + 3 * DAY + HOUR)])
        await history.rested()
        found = await history.buckets(0, T0, T0 + HOUR, 2)
        assert found["count"].tolist() == [2, 0]
        assert found["high"][0] == 9.0


@pytest.mark.parametrize("killed", [0, 2, 3])
async def test_many_readings_are_let_go_some_points_at_a_time(tmp_path, monkeypatch, killed):
    """At every step replay finds each point's newest reading once, also after a restart."""
    monkeypatch.setattr("connectors.history_retention.AT_ONCE", 20)
    monkeypatch.setattr("connectors.history_retention._POINTS", 1)
    path = tmp_path / "h.duckdb"
    end = T0 + 5 * HOUR
    rows = [(p, T0 + s * SECOND, float(s + p), GOOD, T0 + s * SECOND)
            for s in range(0, 2 * 3600, 30) for p in range(3)]  # fmt: skip
    async with opened(path) as history:
        entries = [(i + 1, Batch.of(rows[i * 30 : i * 30 + 30])) for i in range(len(rows) // 30)]
        await history.append([*entries, tick(99, end)])
        await history.rested()
    newest = sorted((p, t) for p, t, *_ in rows[-3:])
    with duckdb.connect(str(path)) as db:
        keep = Retention(raw_days=3 / 24)
        upkeep, steps = Upkeep(db, keep), 0
        upkeep.now = end
        while upkeep.step(99):
            seen = db.execute("SELECT seq, place, point, instant FROM logged").fetchall()
            assert len({row[:2] for row in seen}) == len(seen)
            assert sorted(max(r[2:] for r in seen if r[2] == p) for p in range(3)) == newest
            steps += 1
            if steps == killed:
                upkeep = Upkeep(db, keep)
                upkeep.now = end + HOUR
    assert steps > 20
    assert look(path, "SELECT count(*) FROM kept WHERE seq <= 15") == [(0,)]
    assert look(path, "SELECT count(*) FROM log WHERE kind = 'batch' AND seq <= 15") == [(0,)]


def event(seq, source, kind, at):
    body = SourceEvent(source=source, kind=kind, time=at, offset_us=0)
    return seq, LogEntry(seq=seq, kind="event", time=at, body=body.model_dump(mode="json"))


async def believed(plant, history):
    """What a twin believes that is brought back from the log."""
    twin, now = Twin(plant), 0
    async for _, entry in history.replay():
        if isinstance(entry, Batch):
            if len(entry):
                twin.apply(entry, int(entry.received.max()))
            continue
        now = entry.time
        if entry.kind == "event":
            twin.apply(SourceEvent.model_validate(entry.body), now)
        else:
            twin.tick(now)
    return twin.snapshot(now)


@pytest.mark.parametrize("silent", [False, True])
async def test_a_replay_after_retention_believes_the_same(silent, tmp_path):
    """Sources and each point's newest reading stay in the log, and with them what is believed.

    Points silent for longer than readings are kept have their last value, as controllers report by
    exception; only an incident that has been open for longer counts from the horizon.
    """
    plant = bakery()
    feed = Feed(plant)
    ids, sources = [p.id for p in plant.points], [p.source for p in plant.points]
    heard = 10  # the points that may rest for ten minutes before they are missed
    path = tmp_path / "h.duckdb"
    async with opened(path, ids, sources=sources) as history:
        ups = [event(i + 1, s, "up", BEGIN) for i, s in enumerate(sorted(set(sources)))]
        await history.append(ups)
        for hour in range(30):
            said = feed.readings(hour * 3600, (hour + 1) * 3600, period_s=600)
            if hour or not silent:
                rows = zip(
                    said.point, said.time, said.value, said.status, said.received, strict=True
                )
                said = Batch.of([row for row in rows if row[0] < heard])
            now, seq = int(said.received[-1]), 10 * hour + 10
            alive = event(seq, sources[-1], "alive", now)
            await history.append([alive, (seq + 1, said), tick(seq + 2, now + SECOND)])
        await history.rested()
        whole = await believed(plant, history)
    entries = look(path, "SELECT count(*) FROM log")[0][0]
    for keep in (Retention(raw_days=1), Retention()):
        async with opened(path, ids, sources=sources, keep=keep) as history:
            await history.rested()
            assert await history.last_seq() == seq + 2
            found = await believed(plant, history)
        assert found.watermark == whole.watermark
        np.testing.assert_array_equal(found.settled_value, whole.settled_value)
        np.testing.assert_array_equal(found.settled_time[:heard], whole.settled_time[:heard])
        np.testing.assert_array_equal(found.value, whole.value)
        np.testing.assert_array_equal(found.time, whole.time)
        assert set(found.quarantined) == set(whole.quarantined)
        assert {(i.kind, i.subject) for i in found.incidents} == {
            (i.kind, i.subject) for i in whole.incidents
        }
    assert np.isfinite(whole.settled_value).sum() > 5
    assert look(path, "SELECT count(*) FROM log")[0][0] < 0.9 * entries
    assert look(path, "SELECT count(*) FROM carried") == [(len(ids) if silent else heard,)]


@pytest.mark.catches("a clock that jumped once, and a log that begins again at 1")
async def test_the_newest_entry_of_the_log_is_never_let_go(tmp_path):
    """Even where our own clock was years ahead and came back, numbers go on where they were."""
    path = tmp_path / "h.duckdb"
    keep = Retention(raw_days=1)
    async with opened(path, keep=keep) as history:
        for seq, at in ((1, T0), (2, T0 + 4000 * DAY), (3, T0 + SECOND), (4, T0 + 4000 * DAY)):
            await history.append([tick(seq, at)])
            await history.rested()
            assert await history.last_seq() == seq
    async with opened(path, keep=keep) as history:
        await history.rested()
        assert await history.last_seq() == 4
        assert [seq async for seq, _ in history.replay()][-1] == 4


async def test_what_controllers_reported_goes_with_the_readings(tmp_path):
    """A flood of alarms does not stay for ever: what stands is told again at the next connect."""
    path = tmp_path / "h.duckdb"
    async with opened(path, keep=Retention(raw_days=1)) as history:
        body = {"source": "plc", "time": T0}
        old = [(i, LogEntry(seq=i, kind="condition", time=T0, body=body)) for i in range(1, 9)]
        await history.append([*old, event(9, "plc", "up", T0)])
        new = LogEntry(seq=10, kind="condition", time=T0 + 3 * DAY, body=body)
        await history.append([(10, new), tick(11, T0 + 3 * DAY)])
        await history.rested()
        kept = [(seq, entry.kind) async for seq, entry in history.replay()]
    assert kept == [(9, "event"), (10, "condition"), (11, "tick")]
