"""A ledger file that somebody edited while no server had it open."""

import contextlib
import json
import sqlite3

import pytest

from connectors.ledger import SqlLedger
from tests.api.house import House
from tests.fakes import FakeClock
from tests.twin_core.governance.scene import NOW, PEOPLE
from twin_core.errors import StoreDown


@contextlib.asynccontextmanager
async def reopened(path, clock):
    """Another life of the house on the ledger file at `path`."""
    house = House(ledger=SqlLedger(f"sqlite:///{path}", clock), clock=clock)
    try:
        yield house
    finally:
        await house.actuation.close()
        await house.ledger.close()


@pytest.mark.catches("a stored vote counts without its record")
async def test_a_vote_forged_in_the_file_writes_nothing(tmp_path):
    """A row edited to approved, with a vote that no audit record holds, is denied and paged."""
    path, clock = tmp_path / "ledger.db", FakeClock(plant=NOW)
    async with reopened(path, clock) as first:
        await first.open()
        name = await first.propose()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        key = f"proposal/{name}"
        (body,) = db.execute("SELECT body FROM state WHERE key = ?", (key,)).fetchone()
        state = json.loads(body)
        vote = {"proposal": name, "digest": state["digest"], "user": "sam", "name": "Sam"}
        vote |= {"roles": ["supervisor"], "meaning": "approved", "channel": "web", "at": NOW}
        state |= {"stage": "approved", "votes": [vote | {"policy_version": "x"}]}
        db.execute("UPDATE state SET body = ? WHERE key = ?", (json.dumps(state), key))
    for found in ([f"{name} “"], []):  # paged once: what was withdrawn is sound afterwards
        async with reopened(path, clock) as second:
            await second.actuation.recover()
            await second.pass_time(60, ticks=3)
            assert second.device.executed == []
            case = await second.case(name)
            assert (case.stage, case.votes) == ("denied", ())
            assert [text[: len(name) + 2] for text in second.alarms("page")] == found
            assert [r.kind for r in await second.ledger.about(name)][-1] == "unfounded"
            await second.ledger.verify()


@pytest.mark.catches("the chain is checked by nobody until somebody asks")
async def test_nothing_is_done_on_a_broken_chain(tmp_path):
    """A chain found broken at the start: paged, no door opens, and nothing is sent."""
    path, clock = tmp_path / "ledger.db", FakeClock(plant=NOW)
    async with reopened(path, clock) as first:
        await first.open()
        name = await first.propose()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE audit SET actor = 'mallory' WHERE \"index\" = 1")
        rows = db.execute("SELECT count(*) FROM audit").fetchone()
    async with reopened(path, clock) as second:
        await second.actuation.recover()
        await second.pass_time(60, ticks=3)
        assert "broken at record 1" in second.actuation.damage
        assert second.alarms("page") == [second.actuation.damage]
        for asked in (
            second.propose(),
            second.vote(name),
            second.actuation.cancel(name, PEOPLE["olga"]),
            second.actuation.set_trust("site", "observe", PEOPLE["eve"]),
            second.actuation.proposals(),
            second.case(name),
        ):
            with pytest.raises(StoreDown, match="broken at record 1"):
                await asked
        assert second.device.executed == []
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM audit").fetchone() == rows
