import asyncio
import functools
import json
from dataclasses import replace

import duckdb
import numpy as np
import pytest

from connectors import bounded_duckdb
from connectors.history_duckdb import HistoryDuckDB
from connectors.history_file import HistoryFile
from connectors.history_retention import Retention
from connectors.history_schema import MIGRATIONS
from connectors.history_writer import ROWS_PER_COMMIT, HistoryWriter
from twin_core.errors import StoreDown
from twin_core.ports import LogEntry
from twin_core.reading import Batch, SourceEvent
from twin_core.value import SECOND

T0 = 1_700_000_000 * SECOND


def batch(point, value, n=1):
    return Batch.of([(point, T0 + i, value, 0, T0) for i in range(n)])


async def test_the_log_survives_the_process(tmp_path):
    """What was acknowledged is there after the file is opened again."""
    path = tmp_path / "h.duckdb"
    first = HistoryDuckDB(path, ["s/a/l/u/x"], commit_every_s=0)
    await first.append([(1, batch(0, 4.0))])
    await first.close()
    second = HistoryDuckDB(path, ["s/a/l/u/x"], commit_every_s=0)
    assert await second.last_seq() == 1
    assert (await second.raw([0], T0, T0 + 1)).value.tolist() == [4.0]
    await second.close()


async def test_a_point_keeps_its_past_through_edits_of_the_plant(tmp_path):
    """Points moved, renamed with an alias, added and removed keep their own readings."""
    path = tmp_path / "h.duckdb"
    first = HistoryDuckDB(path, ["s/a/l/u/x", "s/a/l/u/y", "s/a/l/u/z"], commit_every_s=0)
    await first.append([(1, Batch.of([(i, T0, float(i), 0, T0) for i in range(3)]))])
    await first.close()
    second = HistoryDuckDB(
        path,
        ["s/a/l/u/new", "s/a/l/u/z", "s/a/l/u/ex"],
        aliases={"s/a/l/u/x": "s/a/l/u/ex"},
        commit_every_s=0,
    )
    await second.append([(2, batch(0, 9.0))])
    found = await second.raw([0, 1, 2], T0, T0 + 1)
    assert dict(zip(found.point.tolist(), found.value.tolist(), strict=True)) == {
        0: 9.0,
        1: 2.0,
        2: 0.0,
    }
    _, replayed = await anext(second.replay())
    assert isinstance(replayed, Batch)
    assert sorted(replayed.point.tolist()) == [1, 2]
    await second.close()


async def test_a_full_load_is_committed_without_waiting(tmp_path):
    """Rows for a whole commit are written at once, however long the interval is."""
    history = HistoryDuckDB(tmp_path / "h.duckdb", ["s/a/l/u/x"], commit_every_s=3600)
    await history.append([(1, batch(0, 1.0))])
    waiting = asyncio.create_task(history.append([(2, batch(0, 2.0))]))
    await asyncio.sleep(0)
    await history.append([(3, batch(0, 3.0, ROWS_PER_COMMIT))])
    await waiting
    assert await history.last_seq() == 3
    await history.close()


async def test_closing_commits_what_waits(tmp_path):
    """An append that still waits when the history is closed is durable."""
    history = HistoryDuckDB(tmp_path / "h.duckdb", ["s/a/l/u/x"], commit_every_s=3600)
    await history.append([(1, batch(0, 1.0))])
    waiting = asyncio.create_task(history.append([(2, batch(0, 2.0))]))
    await asyncio.sleep(0)
    await history.close()
    await waiting
    again = HistoryDuckDB(tmp_path / "h.duckdb", ["s/a/l/u/x"])
    assert await again.last_seq() == 2
    await again.close()


async def test_a_point_unknown_to_the_plant_is_not_written(tmp_path):
    """A batch with an index outside the plant is refused whole, and the log goes on."""
    history = HistoryDuckDB(tmp_path / "h.duckdb", ["s/a/l/u/x"], commit_every_s=0)
    with pytest.raises(StoreDown):
        await history.append([(1, batch(7, 1.0))])
    await history.append([(1, batch(0, 1.0))])
    assert [seq async for seq, _ in history.replay()] == [1]
    await history.close()


async def test_a_file_of_the_first_version_is_brought_forward(tmp_path):
    """What an older program stored is read as before; nothing of it was late."""
    path = tmp_path / "h.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        db.execute(MIGRATIONS[0])
        db.execute("INSERT INTO schema_version VALUES (1)")
        db.execute("INSERT INTO point VALUES (0, 's/a/l/u/x')")
        db.execute("INSERT INTO log VALUES (1, 'batch', ?, 'null')", [T0])
        db.execute("INSERT INTO reading VALUES (1, 0, 0, ?, 4.0, 0, ?)", [T0, T0])
    history = HistoryDuckDB(path, ["s/a/l/u/x"], commit_every_s=0)
    await history.append([(2, Batch.of([(0, T0 + 1, 5.0, 0, T0)]))])
    found = await history.raw([0], T0, T0 + 9)
    assert found.value.tolist() == [4.0, 5.0]
    assert not found.late
    await history.close()


async def test_a_file_of_the_first_version_learns_its_clocks_from_its_log(tmp_path):
    """A file written before clocks had a table shows the same past as one written since."""
    path = tmp_path / "h.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute(MIGRATIONS[0])
        db.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        db.execute("INSERT INTO schema_version VALUES (1)")
        db.execute("INSERT INTO point VALUES (0, 's/a/l/u/x')")
        events = [
            SourceEvent(source="plc", kind="up", time=T0, offset_us=5 * SECOND),
            SourceEvent(source="plc", kind="alive", time=T0),
        ]
        for seq, event in enumerate(events, start=1):
            body = json.dumps(event.model_dump(mode="json"))
            db.execute("INSERT INTO log VALUES (?, 'event', ?, ?)", [seq, T0, body])
        db.execute("INSERT INTO log VALUES (3, 'tick', ?, 'null')", [T0])
        db.execute("INSERT INTO reading VALUES (4, 0, 0, ?, 1.0, 0, ?)", [T0 + 6 * SECOND, T0])
    history = HistoryDuckDB(path, ["s/a/l/u/x"], sources=["plc"])
    assert (await history.buckets(0, T0, T0 + 2 * SECOND, 2))["count"].tolist() == [0, 1]
    await history.close()


@pytest.mark.catches(
    "a writer that dies where it should have undone, and callers who wait for ever"
)
def test_a_file_beyond_use_is_told_to_everyone_who_waits():
    """Where not even undoing works, each append fails aloud, the next one too."""

    class Gone:
        def execute(self, *_given):
            raise duckdb.FatalException("the database has been invalidated")

        def close(self):
            pass

    writer = HistoryWriter(Gone(), np.zeros(1, np.int32), 0, commit_every_s=0)
    for _ in range(2):
        with pytest.raises(StoreDown, match="invalidated"):
            writer.put([(1, batch(0, 1.0))]).result(timeout=5)
    writer.close()


@pytest.mark.catches("a log that refuses for ever what it holds already")
def test_a_commit_that_failed_aloud_and_came_through_is_not_made_twice(tmp_path):
    """Opened again, the file holds the entry: it is durable, and the next one follows it."""
    opened = functools.partial(
        HistoryFile.opened, tmp_path / "h", ["s/a/l/u/x"], {}, [""], Retention()
    )

    class Late:
        """Commits, and then says that it could not."""

        def __init__(self, db):
            self.db = db

        def execute(self, statement, *given):
            found = self.db.execute(statement, *given)
            if statement == "COMMIT":
                raise duckdb.FatalException("cannot checkpoint")
            return found

        def __getattr__(self, name):
            return getattr(self.db, name)

    file = opened()
    writer = HistoryWriter(Late(file.db), np.array(file.keys), 0, commit_every_s=0, reopen=opened)
    for seq in (1, 2):
        writer.put([(seq, batch(0, 1.0))]).result(timeout=5)
    seqs = bounded_duckdb.cursor(writer.db).execute("SELECT seq FROM kept ORDER BY seq").fetchall()
    assert seqs == [(1,), (2,)]
    writer.close()


def test_a_newer_file_is_refused(tmp_path):
    """A file written by a newer program is not touched."""
    path = tmp_path / "h.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE TABLE schema_version (version INTEGER)")
        db.execute("INSERT INTO schema_version VALUES (?)", [len(MIGRATIONS) + 1])
    with pytest.raises(StoreDown, match="schema"):
        HistoryDuckDB(path, [])


def test_a_file_that_is_no_history_is_refused(tmp_path):
    """A file that is no database is an error in one sentence."""
    path = tmp_path / "h.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreDown):
        HistoryDuckDB(path, [])


async def test_a_plant_without_points_has_a_history(tmp_path):
    """A plant that has no points yet logs its edits all the same."""
    history = HistoryDuckDB(tmp_path / "h.duckdb", [], commit_every_s=0)
    await history.append([(1, Batch.of([]))])
    assert [seq async for seq, _ in history.replay()] == [1]
    assert np.isnan((await history.raw([], 0, 1)).value).all()
    await history.close()


async def test_a_frame_has_value_quality_and_plant_time(tmp_path):
    """A row a reading, indexed by UTC to the microsecond, its point by name."""
    ids = ["s/a/l/u/x", "s/a/l/u/y"]
    history = HistoryDuckDB(tmp_path / "h.duckdb", ids, sources=["plc", "plc"], commit_every_s=0)
    ahead = SourceEvent(source="plc", kind="up", time=T0, offset_us=5 * SECOND)
    up = LogEntry(seq=1, kind="event", time=T0, body=ahead.model_dump(mode="json"))
    rows = [
        (1, T0 + 6 * SECOND + 1, 2.5, 0x80000000, T0),
        (0, T0 + 5 * SECOND, 1.5, 0x40900000, T0),
    ]
    await history.append([(1, up), (2, Batch.of(rows))])
    frame = await history.frame([0, 1], T0, T0 + 9 * SECOND)
    assert str(frame.index.dtype) == "datetime64[us, UTC]"
    assert [str(t) for t in frame.index] == [
        "2023-11-14 22:13:20+00:00",
        "2023-11-14 22:13:21.000001+00:00",
    ]
    assert frame["point"].tolist() == ids
    assert frame["value"].tolist() == [1.5, 2.5]
    assert frame["quality"].tolist() == ["uncertain", "bad"]
    assert frame["status"].tolist() == [0x40900000, 0x80000000]
    assert frame["late"].tolist() == [False, False]
    empty = await history.frame([], T0, T0 + 1)
    assert (list(empty.columns), len(empty)) == (list(frame.columns), 0)
    await history.close()


async def test_what_was_heard_comes_in_batches_of_bounded_size(tmp_path, monkeypatch):
    """However dense or sparse, each batch is about as large as wanted, and nothing is left out."""
    monkeypatch.setattr("connectors.history_cuts.BATCH", 100)
    history = HistoryDuckDB(tmp_path / "h.duckdb", ["s/a/l/u/x"], commit_every_s=0)
    hour = 3600 * SECOND
    times = [T0 + i * SECOND for i in range(1000)] + [T0 + i * hour for i in range(2, 50)]
    rows = [(0, t, float(i), 0, t) for i, t in enumerate(times)]
    await history.append([(1, Batch.of(rows))])
    found = [b async for b in history.heard([0], 0, T0 + 100 * hour)]
    assert max(len(b) for b in found) <= 200
    assert len(found) < 40
    assert np.concatenate([b.value for b in found]).tolist() == [float(i) for i in range(len(rows))]
    await history.close()


@pytest.mark.catches("one odd text that no later reading gets past")
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "nul \x00 in it", "\U0001f6d1", ""])
async def test_whatever_text_came_is_stored(tmp_path, text):
    """What no database can hold as text is written as an escape; the rest as it came."""
    history = HistoryDuckDB(tmp_path / "h.duckdb", ["s/a/l/u/x"], commit_every_s=0)
    await history.append([(1, replace(batch(0, float("nan")), original={0: text}))])
    ((_, found),) = [entry async for entry in history.replay()]
    assert isinstance(found, Batch)
    assert found.original == {0: text.encode(errors="backslashreplace").decode()}
    await history.close()


async def test_a_replay_reads_the_log_in_parts_of_bounded_size(tmp_path, monkeypatch):
    """Many large entries are never read at once; their order, gaps and empty ones are kept."""
    monkeypatch.setattr("connectors.history_cuts.BATCH", 100)
    history = HistoryDuckDB(tmp_path / "h.duckdb", ["s/a/l/u/x"], commit_every_s=0)
    sizes = [40, 40, 0, 40, 250, 1, 0, 99, 100, 1] * 3
    await history.append([(2 * i, batch(0, float(i), n)) for i, n in enumerate(sizes, 1)])
    read, real = [], HistoryDuckDB._batch

    def seen(self, rows, take):
        read.append(len(rows["seq"]))
        return real(self, rows, take)

    monkeypatch.setattr(HistoryDuckDB, "_batch", seen)
    found = [(seq, b) async for seq, b in history.replay() if isinstance(b, Batch)]
    assert [(seq, len(b)) for seq, b in found] == [(2 * i, n) for i, n in enumerate(sizes, 1)]
    assert all((b.value == seq / 2).all() for seq, b in found)
    assert {n for n in read if n > 100} == {250}
    await history.close()
