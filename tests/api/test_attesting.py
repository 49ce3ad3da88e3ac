"""States that somebody edited in the ledger are believed by nobody, at a start and between two."""

import asyncio
import contextlib
import json
import sqlite3

import pytest

from api.attesting import AttestedLedger
from api.wiring import verify_file
from connectors.ledger import SqlLedger
from tests.api.house import House
from tests.api.test_forged_ledger import reopened
from tests.fakes import FakeClock, FakeLedger
from tests.twin_core.governance.scene import NOW, PEOPLE
from twin_core.errors import StateForged, StoreDown
from twin_core.governance.attested import KIND

SITE = "site"


def edit(path, key, change):
    """Change a state as its owner could, its version left as it was; None removes it."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        (body,) = db.execute("SELECT body FROM state WHERE key = ?", (key,)).fetchone()
        state = change(json.loads(body))
        if state is None:
            db.execute("DELETE FROM state WHERE key = ?", (key,))
        else:
            db.execute("UPDATE state SET body = ? WHERE key = ?", (json.dumps(state), key))


def raised(ladder):
    return {**ladder, "steps": {"site": "act_by_standing_rule"}}


FORGED = {
    "a freeze emptied": (f"freeze/{SITE}", lambda _: {"freezes": []}),
    "a freeze removed": (f"freeze/{SITE}", lambda _: None),
    "locks emptied": (f"locks/{SITE}", lambda _: {"locks": []}),
    "locks removed": (f"locks/{SITE}", lambda _: None),
    "trust raised": (f"trust/{SITE}", raised),
    "an epoch": (f"actuator/{SITE}", lambda _: {"epoch": 99}),
}


async def lived(path, clock):
    """A ledger with a lock, a freeze, a step of trust and a proposal; its name."""
    async with reopened(path, clock) as house:
        await house.open()
        name = await house.propose()
        await house.actuation.standing.locks.hang("site", PEOPLE["olga"], "my hand is in it")
        await house.actuation.freeze(PEOPLE["olga"], "smoke")
    return name


@pytest.mark.catches("a state of the ledger is believed without its audit record")
@pytest.mark.parametrize("what", FORGED)
async def test_f67_nothing_is_done_on_a_forged_state(tmp_path, what):
    """Named, paged, no door opens, nothing is sent; and whoever checks the file hears the same."""
    path, clock = tmp_path / "ledger.db", FakeClock(plant=NOW)
    key, change = FORGED[what]
    name = await lived(path, clock)
    edit(path, key, change)
    async with reopened(path, clock) as second:
        await second.actuation.recover()
        await second.pass_time(60, ticks=3)
        assert f"the state of {key} is" in second.actuation.damage
        assert "opstwin restore BACKUP" in second.actuation.damage
        assert second.alarms("page") == [second.actuation.damage]
        for asked in (
            second.propose(),
            second.vote(name),
            second.actuation.lift(PEOPLE["eve"], "looked"),
            second.actuation.set_trust("site", "observe", PEOPLE["eve"]),
        ):
            with pytest.raises(StoreDown, match=key):
                await asked
        assert second.device.executed == []
        await second.ledger.verify()  # the chain itself is whole
    with pytest.raises(StateForged, match=f"{key} is (gone, and|not what) record"):
        await verified(path)


async def verified(path):
    return await asyncio.to_thread(verify_file, path)


@pytest.mark.catches("a state is compared at the start only")
@pytest.mark.parametrize("what", ["a freeze emptied", "locks removed"])
async def test_f67_a_state_forged_under_a_running_server_is_found(tmp_path, what):
    """A vote that would read it is refused at once, and the next look pages and shuts the doors."""
    path, clock = tmp_path / "ledger.db", FakeClock(plant=NOW)
    key, change = FORGED[what]
    async with reopened(path, clock) as house:
        await house.open()
        name = await house.propose()
        await house.actuation.standing.locks.hang("site", PEOPLE["olga"], "my hand is in it")
        await house.actuation.freeze(PEOPLE["olga"], "smoke")
        await house.actuation.look()
        edit(path, key, change)
        with pytest.raises(StateForged, match=key):
            await house.vote(name)
        assert house.actuation.damage == ""
        await house.actuation.look()
        await house.actuation.look()
        assert house.alarms("page").count(house.actuation.damage) == 1
        assert house.device.executed == []


async def test_what_another_process_stored_is_believed():
    """Its record came with it; and what it does meanwhile is no forgery."""
    store = FakeLedger()
    one, other = AttestedLedger(store), AttestedLedger(store)
    version = await one.save("locks/site", {"locks": []}, None, [])
    assert await other.load("locks/site") == ({"locks": []}, 1)
    await other.save("locks/site", {"locks": [1]}, version, [("locked", "olga", "site", {})])
    assert await one.load("locks/site") == ({"locks": [1]}, 2)
    assert await one.load("freeze/site") is None
    await one.verify()


@pytest.mark.catches("a ledger of before is taken for forged, or anything is adopted for ever")
async def test_states_of_before_are_adopted_once_on_record(tmp_path):
    """What stood there is borne out from then on; what comes without a record later is not."""
    store = SqlLedger(f"sqlite:///{tmp_path}/ledger.db", FakeClock())
    await store.save("locks/site", {"locks": []}, None, [])
    await store.save("proposal/p-1", {}, None, [])
    first = AttestedLedger(store)
    await first.verify()
    (found,) = [one for one in await store.about("locks/site") if one.kind == KIND]
    assert found.body["adopted"]
    await store.save("freeze/site", {"freezes": []}, None, [])
    second = AttestedLedger(store)
    assert await second.load("locks/site") == ({"locks": []}, 1)
    with pytest.raises(StateForged, match="no record bears out the state of freeze/site"):
        await second.verify()
    await store.close()


@pytest.mark.catches("a trigger planted in the ledger goes unnoticed")
@pytest.mark.parametrize(
    "planted",
    [
        "CREATE TRIGGER evil AFTER INSERT ON audit BEGIN DELETE FROM state; END",
        "CREATE VIEW evil AS SELECT * FROM state",
        "CREATE TABLE evil (x)",
        "CREATE INDEX evil ON audit (stored)",
    ],
)
async def test_f67_what_was_planted_in_the_ledger_is_named(tmp_path, planted):
    """Code or tables that no schema of ours has: nothing is done, and a check names them."""
    path, clock = tmp_path / "ledger.db", FakeClock(plant=NOW)
    await lived(path, clock)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(planted)
    async with reopened(path, clock) as second:
        await second.actuation.recover()
        assert f"{planted.split()[1].lower()} evil stands in it" in second.actuation.damage
    with pytest.raises(StateForged, match="evil"):
        await verified(path)


async def test_f08_a_start_behind_the_newest_record_is_frozen(tmp_path):
    """What expired meanwhile is not known: a person looks at the clock and lifts it."""
    house = await House().open()
    house.clock.set_ledger(house.clock.ledger() - 600_000_000)
    name = await house.propose()
    house.actuation = house.another()
    await house.actuation.start()
    await house.actuation.recover()
    (alarm,) = [text for text in house.alarms("alarm") if "clock" in text]
    assert "600 s behind the ledger's newest record" in alarm
    assert "600 s behind" in await house.actuation.standing.frozen()
    await house.actuation.lift(PEOPLE["eve"], "it is right now")
    await house.pass_time(950, ticks=2)
    await house.pass_time(100, ticks=2)
    assert await house.stored(name) == "expired"
