"""Fault 73: the ledger is locked, killed or restored, on SQLite and on a real PostgreSQL.

The device counts what reaches it. What is uncertain is read back, and never sent again.
"""

import asyncio
import contextlib
import itertools
import shutil
import sqlite3
from typing import Any

import pytest

from api.high_water import HighWater, Mark
from api.ledgers import backed_up, restored
from api.settings import Settings
from connectors.ledger import SqlLedger
from tests.api.house import House
from tests.fakes import FakeClock
from tests.postgres import postgres
from tests.twin_core.governance.scene import NOW, PEOPLE, TORQUE, draft, job, step
from twin_core.errors import Conflict, StoreDown

PLAN = draft(step(), step(TORQUE, value=2.5, check=0.1))


class HookedLedger(SqlLedger):
    """One that calls `after(stage)` when a proposal's state has been stored."""

    after: Any = None

    async def save(self, key, state, expected, records):
        version = await super().save(key, state, expected, records)
        if self.after is not None and key.startswith("proposal/"):
            self.after(state["stage"])
        return version


@pytest.fixture(scope="module")
def server():
    with postgres() as running:
        yield running


@pytest.fixture
def clock():
    return FakeClock(plant=NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return request.getfixturevalue("server").database()


@pytest.fixture
async def house(url, clock, tmp_path):
    """A house on a ledger in SQL, with its high-water mark."""
    built = House(ledger=HookedLedger(url, clock), clock=clock)
    built.mark = HighWater(tmp_path / "ledger.mark")
    await anew(built)
    await built.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"], "tests")
    yield built
    await built.actuation.close()
    await built.ledger.close()


async def anew(house):
    """Another process on what is stored."""
    await house.actuation.close()
    house.actuation = house.another()
    await house.actuation.start()
    await house.actuation.recover()
    await house.actuation.idle()


async def settled(house):
    """Leases run out, what is owed is looked at."""
    await house.pass_time(44, ticks=4)


@contextlib.contextmanager
def locked(url):
    """Another process holds the lock that every writer needs."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()
    else:
        import psycopg

        with psycopg.connect(url.replace("+psycopg", "")) as other:
            other.execute("LOCK TABLE state, audit IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()


def locking(url, house, stage):
    """Take the lock when that stage was stored; what is returned lets go of it."""
    held = contextlib.ExitStack()

    def take(stored):
        if stored == stage:
            house.ledger.after = None
            held.enter_context(locked(url))

    house.ledger.after = take
    return held


@pytest.mark.catches("a write whose record could not be stored")
@pytest.mark.parametrize(
    ("stage", "ends", "writes"),
    [("approved", "verified", 1), ("intent", "verified", 1), ("dispatched", "not_applied", 0)],
)
async def test_f73_the_database_is_locked(url, clock, tmp_path, monkeypatch, stage, ends, writes):
    """Another process holds the lock: within the time to wait it is refused, and nothing leaves."""
    monkeypatch.setattr("connectors.database._WAIT_S", 1)
    house = House(ledger=HookedLedger(url, clock), clock=clock)
    await house.open()
    name = await house.propose()
    with locking(url, house, stage):
        async with asyncio.timeout(10):
            await house.vote(name)
            with pytest.raises(StoreDown, match=r"ledger cannot be used: .*(locked|lock timeout)"):
                await house.actuation.vote(name, PEOPLE["sue"], "approved")
        assert house.device.writes == []
    await settled(house)
    assert await house.stage(name) == ends
    assert len(house.device.writes) == writes
    await house.actuation.close()
    await house.ledger.close()


@pytest.mark.catches("what was decided before the server died is sent again after it")
@pytest.mark.parametrize(
    ("stage", "ends", "writes"),
    [
        ("approved", "verified", 1),
        ("intent", "verified", 1),
        ("dispatched", "not_applied", 0),
        ("on the wire", "verified", 1),
        ("verified", "verified", 1),
    ],
)
async def test_f73_the_database_is_killed(server, clock, tmp_path, stage, ends, writes):
    """PostgreSQL dies by SIGKILL after each stored state, and on the wire: one write at most."""
    house = House(ledger=HookedLedger(server.database(), clock), clock=clock)
    await house.open()
    name = await house.propose()

    def kill(stored):
        if stored == stage:
            house.ledger.after = house.device.before = None
            server.kill()

    house.ledger.after = kill
    house.device.before = lambda _: kill("on the wire")
    await house.vote(name)
    with pytest.raises(StoreDown):
        await house.actuation.tick()
    server.start()
    await settled(house)
    case = await house.case(name)
    assert case.stage == ends
    assert case.step.recovered is (stage == "on the wire")
    assert len(house.device.writes) == writes
    assert (await house.ledger.verify()).count
    await anew(house)
    await settled(house)
    assert len(house.device.writes) == writes
    await house.actuation.close()
    await house.ledger.close()


@pytest.mark.catches("two hosts whose epochs are compared in memory")
@pytest.mark.parametrize("stage", ["pending", "approved", "intent", "dispatched"])
async def test_f42_two_actuators_on_one_postgresql(server, clock, stage):
    """A second host claims the plant at any moment: the first sends nothing, the second may."""
    url = server.database()
    house = House(ledger=HookedLedger(url, clock), clock=clock)
    await house.open()
    name = await house.propose()
    other = House(ledger=HookedLedger(url, clock), clock=clock)
    other.belief, other.device = house.belief, house.device
    other.actuation = other.another()
    claimed = []

    def claim(stored):
        if stored == stage:
            house.ledger.after = None
            claimed.append(asyncio.ensure_future(other.actuation.start()))

    if stage == "pending":
        await other.actuation.start()
        with pytest.raises(Conflict, match="newer actuator"):
            await house.vote(name)
    else:
        saved = house.ledger.save

        async def save(*told):
            version = await saved(*told)
            await asyncio.gather(*claimed)
            return version

        house.ledger.after, house.ledger.save = claim, save
        await house.vote(name)
        await asyncio.gather(*claimed)
    assert house.device.writes == []
    await other.actuation.recover()
    await other.actuation.idle()
    await settled(other)
    assert len(house.device.writes) == (stage in {"approved", "intent"})
    assert (await other.ledger.verify()).count
    for one in (house, other):
        await one.actuation.close()
        await one.ledger.close()


# ── restored ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


async def brought_back(house, tmp_path, settings, how, kept):
    """Stop, put the backup `kept` in the ledger's place, start."""
    await house.actuation.close()
    await house.ledger.close()
    if how == "by the verb":
        await asyncio.to_thread(restored, settings, kept, house.clock)
    else:
        for end in ("-wal", "-shm"):
            (tmp_path / f"ledger.db{end}").unlink(missing_ok=True)
        shutil.copy(kept, tmp_path / "ledger.db")
    if how == "with its mark lost":
        (tmp_path / "ledger.mark").unlink()
    house.ledger = HookedLedger(f"sqlite:///{tmp_path}/ledger.db", house.clock)
    house.mark = HighWater(tmp_path / "ledger.mark")
    await anew(house)


def backed_up_beside(settings, kept, clock):
    """A backup taken by another process, while this one has the ledger open."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as other:
        other.submit(backed_up, settings, kept, clock).result()


STAGES = {
    "pending": "stale",
    "approved": "verified",
    "intent": "verified",
    "dispatched": "verified",
    "verified": "verified",
}


@pytest.mark.catches("what an old backup holds as approved is sent again")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", ["by the verb", "by hand", "with its mark lost"])
@pytest.mark.parametrize("stage", STAGES)
async def test_f73_restored_from_an_old_backup(house, tmp_path, settings, stage, how):
    """Sent since the backup: read back, found, and never sent again; all is frozen until a look."""
    kept = tmp_path / "kept.db"

    def back_up(stored):
        if stored == stage and not kept.exists():
            backed_up_beside(settings, kept, house.clock)

    house.ledger.after = back_up
    name = await house.propose()
    await house.vote(name)
    assert len(house.device.writes) == 1
    await anew(house)  # epochs that the backup does not know
    await anew(house)
    lost = house.actuation.standing.epoch
    await brought_back(house, tmp_path, settings, how, kept)
    if how != "with its mark lost":
        assert house.actuation.standing.epoch > lost
    frozen = await house.actuation.standing.frozen()
    assert "the ledger may have forgotten what was decided and sent" in frozen
    assert len([text for text in house.alarms("page") if "everything is frozen" in text]) == 1
    await settled(house)
    await house.actuation.lift(PEOPLE["eve"], "looked")
    await settled(house)
    case = await house.case(name)
    assert case.stage == STAGES[stage]
    assert case.step.recovered is (stage in {"approved", "intent", "dispatched"})
    with pytest.raises(Conflict):
        await house.vote(name)
    assert len(house.device.writes) == 1
    assert "restored" in [record.kind for record in await house.ledger.about("site")]
    await anew(house)
    assert await house.actuation.standing.frozen() == ""
    assert (await house.case(name)).stage == STAGES[stage]
    assert (await house.ledger.verify()).count


@pytest.mark.catches("a restored ledger forgets that everything was frozen")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_f73_what_is_lost_with_the_ledger_is_not_done(house, tmp_path, settings):
    """What was approved and not sent is read back as the old value: it needs a new approval."""
    kept = tmp_path / "kept.db"
    house.ledger.after = lambda stored: (
        backed_up_beside(settings, kept, house.clock) if stored == "approved" else None
    )
    name = await house.propose()
    await house.actuation.vote(name, PEOPLE["sam"], "approved")
    house.ledger.after = None
    await house.actuation.freeze(PEOPLE["olga"], "smoke")  # which the backup does not know
    await house.actuation.idle()
    assert house.device.writes == []
    await brought_back(house, tmp_path, settings, "by the verb", kept)
    await settled(house)
    assert await house.stage(name) == "not_applied"
    fresh = await house.propose()
    with pytest.raises(Conflict, match=r"by OpsTwin .* may have forgotten"):
        await house.vote(fresh)
    await house.actuation.lift(PEOPLE["eve"], "looked")
    await house.vote(fresh)
    assert [command.proposal for command in house.device.executed] == [fresh]
    assert await house.stage(fresh) == "verified"


@pytest.mark.catches("a plan of an old backup goes on, or its way back is sent twice")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("save", range(1, 12))
async def test_f73_restored_anywhere_in_a_plan_and_its_way_back(house, tmp_path, settings, save):
    """From a backup of any moment of a plan and its way back, nothing more is sent at all."""
    kept, saves = tmp_path / "kept.db", itertools.count(1)

    def back_up(_stage):
        if next(saves) == save:
            backed_up_beside(settings, kept, house.clock)

    house.ledger.after = back_up
    name = await house.propose(PLAN)
    await house.vote(name)
    await house.actuation.roll_back(name, PEOPLE["eve"], "back")
    await house.actuation.idle()
    await house.pass_time(1)
    assert await house.stage(name) == "rolled_back"
    assert kept.exists()
    sent = list(house.device.executed)
    assert len(sent) == 4
    await brought_back(house, tmp_path, settings, "by hand", kept)
    await settled(house)
    await house.actuation.lift(PEOPLE["eve"], "looked")
    await settled(house)
    assert house.device.executed == sent
    case = await house.case(name)
    assert case.stage in {"stale", "unknown", "verified", "unsafe", "rolled_back", "no_effect"}
    assert not case.moving or case.wait is not None


@pytest.mark.catches("an order of an old backup is placed again")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_f73_a_work_order_is_found_by_its_key(house, tmp_path, settings):
    """A job that was ordered since the backup is found at the maintenance system, and not again."""
    kept = tmp_path / "kept.db"
    house.ledger.after = lambda stored: (
        backed_up_beside(settings, kept, house.clock) if stored == "intent" else None
    )
    name = await house.propose(draft(action=job()))
    await house.vote(name)
    house.ledger.after = None
    assert len(house.crew.executed) == 1
    await brought_back(house, tmp_path, settings, "by the verb", kept)
    await settled(house)
    await house.actuation.lift(PEOPLE["eve"], "looked")
    await settled(house)
    case = await house.case(name)
    assert (case.stage, case.step.reference) == ("verified", "WO-1")
    assert len(house.crew.executed) == 1


@pytest.mark.catches("a ledger that was made anew is a plant where nothing ever happened")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_f73_a_ledger_that_is_gone_is_missed(house, tmp_path):
    """An empty ledger beside the mark of one with records comes up frozen."""
    name = await house.approved()
    await house.actuation.close()
    await house.ledger.close()
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    house.ledger = HookedLedger(f"sqlite:///{tmp_path}/ledger.db", house.clock)
    house.mark = HighWater(tmp_path / "ledger.mark")
    await anew(house)
    assert "0 records, and it had" in await house.actuation.standing.frozen()
    assert [case for case in await house.actuation.cases() if case.id == name] == []


@pytest.mark.catches("the mark follows what was sent")
async def test_f73_the_mark_is_there_before_a_command_leaves(house, tmp_path):
    """When a command reaches the device, the mark outside knows the record of its dispatch."""
    seen = []

    def look(command):
        seen.append(Mark.model_validate_json((tmp_path / "ledger.mark").read_bytes()))

    house.device.before = look
    name = await house.approved()
    (dispatched,) = [r for r in await house.ledger.about(name) if r.kind == "dispatched"]
    assert [mark.head.count for mark in seen] == [dispatched.index + 1]
    assert seen[0].epoch == house.actuation.standing.epoch


@pytest.mark.catches("a command leaves though nobody could remember it")
async def test_f73_without_a_mark_nothing_leaves(house, tmp_path):
    """A mark that cannot be written holds back what would be sent; nothing was written."""
    (tmp_path / "ledger.mark").unlink()
    (tmp_path / "ledger.mark").mkdir()
    name = await house.approved()
    assert house.device.writes == []
    case = await house.case(name)
    assert case.stage == "not_applied"
    assert "high-water mark" in case.result


@pytest.mark.catches("a first start that was cut off looks like a restore")
async def test_a_start_that_was_cut_off_is_no_restore(url, clock, tmp_path):
    """Killed again and again at the first start, a ledger that forgot nothing is not frozen."""
    house = House(ledger=HookedLedger(url, clock), clock=clock)
    for _ in range(3):
        house.mark = HighWater(tmp_path / "ledger.mark")
        house.actuation = house.another()
        await house.actuation.start()
    await anew(house)
    assert await house.actuation.standing.frozen() == ""
    await house.actuation.close()
    await house.ledger.close()


@pytest.mark.catches("a mark that compares lengths alone")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_f73_a_ledger_that_went_on_elsewhere_is_known(house, tmp_path, settings):
    """A backup that grew longer than what was lost, without its mark, is another chain."""
    kept = tmp_path / "kept.db"
    backed_up_beside(settings, kept, house.clock)
    await house.approved()
    grown = SqlLedger(f"sqlite:///{kept}", house.clock)
    for i in range(50):
        await grown.record("kind", "ada", "k", {"i": i})
    await grown.close()
    await brought_back(house, tmp_path, settings, "by hand", kept)
    assert "was another" in await house.actuation.standing.frozen()


@pytest.mark.catches("a restored ledger whose recovery was cut off goes on as if nothing was lost")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_f73_killed_while_it_recovers(house, tmp_path, settings):
    """A start on a restored ledger that is cut off before its cases were seen to begins again."""
    kept = tmp_path / "kept.db"
    house.ledger.after = lambda stored: (
        backed_up_beside(settings, kept, house.clock) if stored == "intent" else None
    )
    name = await house.propose()
    await house.vote(name)
    house.ledger.after = None
    await house.actuation.close()
    await house.ledger.close()
    await asyncio.to_thread(restored, settings, kept, house.clock)
    house.ledger = HookedLedger(f"sqlite:///{tmp_path}/ledger.db", house.clock)
    house.mark = HighWater(tmp_path / "ledger.mark")
    house.actuation = house.another()
    await house.actuation.start()  # and no further
    await anew(house)
    await settled(house)
    await house.actuation.lift(PEOPLE["eve"], "looked")
    await settled(house)
    assert await house.stage(name) == "verified"
    assert len(house.device.writes) == 1
