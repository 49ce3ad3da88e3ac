"""A backup put in the place of a ledger that went on: what people did since is not undone by it."""

import asyncio

import pytest

from api.directory import DataDirectory
from api.high_water import HighWater
from api.ledgers import backed_up, restored
from api.left_behind import UNKNOWN, Held, compared
from api.locks import Lock
from api.settings import Settings
from connectors.ledger import SqlLedger
from tests.api.house import House
from tests.api.test_standing_rules import terms
from tests.fakes import FakeClock
from tests.twin_core.governance.scene import NOW, PEOPLE
from twin_core.governance.trust import Ladder

FILLER = "site/area/line/filler"
RULE = "small-speed"


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "var")


async def living(settings, clock):
    """A life of the house in the data directory."""
    directory = DataDirectory(settings.data)
    house = House(
        ledger=SqlLedger(f"sqlite:///{directory.ledger}", clock),
        clock=clock,
        mark=HighWater(directory.mark),
    )
    await house.actuation.start()
    await house.actuation.recover()
    return house


async def ended(house):
    await house.actuation.close()
    await house.ledger.close()


@pytest.mark.catches("a restored backup puts a revoked rule in force, or opens a person's lock")
async def test_f73_what_people_did_since_the_backup_holds(settings, tmp_path):
    """Locks hang, freezes stand, and no rule is in force until it is signed anew; all is told."""
    clock = FakeClock(plant=NOW)
    house = await living(settings, clock)
    await house.actuation.set_trust("site", "act_by_standing_rule", PEOPLE["eve"], "tests")
    await house.actuation.sign_rule(terms(), PEOPLE["eve"])
    kept = tmp_path / "kept.db"
    await asyncio.to_thread(backed_up, settings, kept, clock)
    clock.turn(5)
    await house.actuation.revoke_rule(RULE, PEOPLE["olga"], "it hunts")
    await house.actuation.standing.locks.hang(FILLER, PEOPLE["olga"], "my hand is in it")
    await house.actuation.freeze(PEOPLE["sam"], "smoke")
    await house.actuation.set_trust("site", "advise", PEOPLE["eve"], "after the smoke")
    await ended(house)
    clock.turn(5)
    told = "\n".join((await asyncio.to_thread(restored, settings, kept, clock)).told)
    for said in (
        f"the lock on {FILLER} by Olga since",
        "frozen again by Sam",
        f"olga revoked {RULE}: it hunts",
        "site stood at advise, and stands at act_by_standing_rule",
    ):
        assert said in told
    for first in (True, False):  # the second start finds all of it as it stands
        house = await living(settings, clock)
        standing = house.actuation.standing
        (lock,) = await standing.locks.hanging()
        assert (lock.asset, lock.user, lock.reason) == (FILLER, "olga", "my hand is in it")
        assert {one.user for one in await standing.freezes.standing()} == {"opstwin", "sam"}
        assert await standing.rules.in_force(0) == ()
        pages = "\n".join(house.alarms("page"))
        assert (f"not in force until they are signed anew: {RULE}" in pages) is first
        assert house.actuation.damage == ""
        await ended(house)


@pytest.mark.catches("a ledger that cannot be read is taken for one in which nobody did anything")
async def test_what_cannot_be_known_is_said(settings, tmp_path):
    """The replaced ledger is unreadable: people are told to ask and look before they lift."""
    clock = FakeClock(plant=NOW)
    house = await living(settings, clock)
    kept = tmp_path / "kept.db"
    await asyncio.to_thread(backed_up, settings, kept, clock)
    await ended(house)
    DataDirectory(settings.data).ledger.write_bytes(b"no ledger any more")
    found = await asyncio.to_thread(restored, settings, kept, clock)
    (told,) = found.told
    assert "cannot be relied on" in told
    assert UNKNOWN in told
    house = await living(settings, clock)
    assert told in house.alarms("page")
    await ended(house)


def test_a_lock_that_was_taken_off_since_hangs_as_in_the_backup():
    """Both are told, so is what was handed in since; what is alike is not."""
    mine, his = (
        Lock(asset=FILLER, user=user, name=user.title(), reason="r", at=NOW)
        for user in ("olga", "sam")
    )
    same = Ladder().moved("site", "advise")
    left = compared(
        Held(locks=(mine,), ladder=same, proposals=frozenset({"p-1", "p-2"})),
        Held(locks=(his,), ladder=same, proposals=frozenset({"p-1"})),
        [],
    )
    assert left.locks == (mine,)
    assert [line.split(" since ")[0] for line in left.told[:2]] == [
        f"the lock on {FILLER} by Olga",
        f"the lock on {FILLER} by Sam",
    ]
    assert left.told[2:] == ("proposals handed in since the backup are lost: p-2",)
