"""A disk that is full: what cannot be stored is told, and stored once there is room again."""

import resource
from contextlib import contextmanager

import numpy as np
import pytest

from connectors.checkpoints import FileCheckpoints
from connectors.history_duckdb import HistoryDuckDB
from connectors.ledger import SqlLedger
from tests.fakes import FakeClock
from tests.twin_core.plant_fixture import bakery
from twin_core.errors import StoreDown
from twin_core.ingest import Twin
from twin_core.ports import LogEntry, Saved
from twin_core.reading import Batch
from twin_core.value import SECOND

T0 = 1_700_000_000 * SECOND
POINTS = [f"s/a/l/u/p{i}" for i in range(10)]


@contextmanager
def full(size):
    """No file of this process grows beyond so many bytes: to a program, a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def second(seq, n=5000):
    """What is stored as entry `seq`; nothing in it can be made smaller."""
    at = np.full(n, T0 + seq * SECOND)
    return seq, Batch(
        point=np.arange(n, dtype=np.int32) % len(POINTS),
        time=at + np.arange(n),
        value=np.random.default_rng(seq).random(n),
        status=np.zeros(n, np.uint32),
        received=at,
    )


async def taken(history, seq):
    """Whether there is room for it."""
    try:
        await history.append([second(seq)])
    except StoreDown:
        return False
    return True


async def refused(history, seq):
    with pytest.raises(StoreDown):
        await history.append([second(seq)])


async def whole(history, last):
    """Every entry once, in its order, every reading in it."""
    found = [(seq, b.value) async for seq, b in history.replay()]
    assert [seq for seq, _ in found] == list(range(1, last + 1))
    assert all(np.array_equal(values, second(seq)[1].value) for seq, values in found)


@pytest.mark.catches("a history that is dead until a restart after its disk was full once")
@pytest.mark.parametrize("grows", ["the file itself", "the log beside it"])
async def test_what_a_full_disk_refused_is_stored_once_there_is_room(tmp_path, grows):
    """Refused while full, however often; then everything in order, nothing lost or doubled.

    DuckDB gives a file up that it cannot checkpoint: it is opened anew, for readers too.
    """
    path = tmp_path / "h.duckdb"
    history = HistoryDuckDB(path, POINTS, commit_every_s=0)
    if grows == "the file itself":
        history._writer.db.execute("SET wal_autocheckpoint = '100KB'")
    last = 0
    with full(2**20):
        while await taken(history, last + 1):
            last += 1
        await refused(history, last + 1)
        await refused(history, last + 1)
    await history.append([second(last + 1)])
    await whole(history, last + 1)
    assert len(await history.raw([3], T0, T0 + 1000 * SECOND)) == (last + 1) * 500
    await history.close()
    again = HistoryDuckDB(path, POINTS, commit_every_s=0)
    await whole(again, last + 1)
    await again.close()


async def test_tiers_are_whole_after_the_disk_was_full(tmp_path):
    """What the background work had done stays done, and is done once."""
    history = HistoryDuckDB(tmp_path / "h.duckdb", POINTS, commit_every_s=0)
    for seq in range(1, 11):
        await history.append([second(seq)])
    history._writer.db.execute("SET wal_autocheckpoint = '1KB'")
    with full(1):
        tick = LogEntry(seq=11, kind="tick", time=T0 + 7200 * SECOND, body=None)
        with pytest.raises(StoreDown):
            await history.append([(11, tick)])
    await history.append([(11, tick)])
    await history.rested()
    found = await history.buckets(3, T0 - 3600 * SECOND, T0 + 3600 * SECOND, 2)
    assert found["count"].sum() == 10 * 500
    await history.close()


def test_a_twin_that_cannot_be_saved_leaves_the_older_ones_and_no_rubbish(tmp_path):
    """Told, and nothing half written stays."""
    checkpoints = FileCheckpoints(tmp_path, bakery())
    checkpoints.keep(checkpoints.save(Twin(bakery()), 1))
    noise = np.random.default_rng(1).bytes(10_000)
    with full(5000), pytest.raises(StoreDown, match="large"):
        checkpoints.keep(Saved(2, T0, noise))
    assert [path.name.split("-")[1] for path in tmp_path.iterdir()] == ["1"]


async def test_f69_a_ledger_on_a_full_disk_refuses_and_goes_on_when_there_is_room(tmp_path):
    """What it refused is not in the chain; the chain is whole; then it records again."""
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}", FakeClock())
    await ledger.record("said", "ada", "x", {"n": 1})
    size = max(path.stat().st_size for path in tmp_path.iterdir())
    with full(size):
        for _ in range(3):
            with pytest.raises(StoreDown):
                await ledger.record("said", "ada", "x", {"text": "y" * 100_000})
    await ledger.record("said", "ada", "x", {"n": 2})
    assert [record.body for record in await ledger.about("x")] == [{"n": 1}, {"n": 2}]
    assert (await ledger.verify()).count == 2
    await ledger.close()
