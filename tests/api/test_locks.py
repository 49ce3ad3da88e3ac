"""Locks that people hang: under one nothing is written, and each person takes off his own."""

import pytest

from api.attesting import AttestedLedger
from tests.api.house import House
from tests.twin_core.governance.scene import (
    CAPPER,
    FILLER,
    LINE,
    PEOPLE,
    SPEED,
    TORQUE,
    draft,
    job,
    step,
)
from twin_core.errors import Conflict, NotAllowed, StoreDown, UnknownName
from twin_core.governance.policy import Policy

PLAN = draft(step(), step(TORQUE, value=2.5, check=0.1))


@pytest.fixture
async def house():
    """An open house."""
    found = await House().open()
    yield found
    await found.actuation.close()


async def lock(house, asset=FILLER, user="olga", reason="my hand is in it"):
    """Somebody hangs his lock."""
    return await house.actuation.standing.locks.hang(asset, PEOPLE[user], reason)


async def unlock(house, asset=FILLER, user="olga", of=""):
    """Somebody takes a lock off."""
    await house.actuation.standing.locks.open(asset, of, PEOPLE[user], "I am out")


@pytest.mark.catches("a lock on a line leaves its machines open")
@pytest.mark.parametrize("asset", [FILLER, LINE, "site/area", "site"])
@pytest.mark.parametrize("when", ["before", "pending", "approved", "intent"])
async def test_f16_nothing_is_written_under_a_persons_lock(house, asset, when):
    """Hung at any moment before the write, on the machine or above it: denied despite votes."""
    if when == "before":
        await lock(house, asset)
        receipt = await house.actuation.submit(draft(), PEOPLE["olga"])
        assert receipt.state == "denied"
        assert f"{asset} is locked by Olga since" in receipt.reason
        assert receipt.reason.endswith(": my hand is in it")
        return
    name = await house.propose()
    seen = house.actuation.standing.world

    async def late(*arguments):
        if (await house.case(name)).stage == when:
            await lock(house, asset)
        return await seen(*arguments)

    house.actuation.standing.world = late
    if when == "pending":
        with pytest.raises(Conflict, match="my hand is in it"):
            await house.vote(name)
    else:
        await house.vote(name)
    assert await house.stored(name) == "denied"
    assert house.device.writes == []


async def test_f16_a_lock_beside_bars_nothing(house):
    """Another machine's lock is nobody's business here."""
    await lock(house, CAPPER)
    await house.approved()
    assert house.device.writes == [(SPEED, 480.0)]


@pytest.mark.catches("a lock that was hung after the gate looked is written over")
async def test_f16_a_lock_between_the_gate_and_the_wire(house):
    """It is looked at once more before the socket is touched."""
    name = await house.propose()
    seen = house.actuation.standing.world

    async def late(*arguments):
        found = await seen(*arguments)
        if (await house.case(name)).stage == "intent":
            await lock(house, LINE)
        return found

    house.actuation.standing.world = late
    await house.vote(name)
    assert house.device.writes == []
    case = await house.case(name)
    assert (case.stage, "my hand is in it" in case.result) == ("not_applied", True)


@pytest.mark.catches("a plan that is under way goes on into a machine that was locked")
async def test_f16_a_plan_under_way_stops_at_a_lock(house):
    """The next step is not written; what stands elsewhere is undone, what is locked stays."""
    hung: list[object] = []

    async def late(*arguments):
        if house.device.writes and not hung:
            hung.append(await lock(house, CAPPER))
        return await seen(*arguments)

    seen, house.actuation.standing.world = house.actuation.standing.world, late
    name = await house.approved(PLAN)
    assert [point for point, _ in house.device.writes] == [SPEED, SPEED]
    assert await house.stage(name) == "rolled_back"


async def test_f16_no_way_back_under_a_persons_lock(house):
    """A rollback is refused while it hangs, and can come when it is off."""
    name = await house.approved()
    await lock(house)
    with pytest.raises(Conflict, match="is locked by Olga"):
        await house.actuation.roll_back(name, PEOPLE["sam"])
    assert house.device.writes == [(SPEED, 480.0)]
    await unlock(house)
    await house.actuation.roll_back(name, PEOPLE["sam"])
    await house.actuation.idle()
    assert await house.stage(name) == "rolled_back"


@pytest.mark.catches("a lock at the wire of a way back keeps other machines from being undone")
async def test_f16_a_lock_between_the_gate_and_the_wire_of_a_way_back(house):
    """What is locked stays as it was written, and is said; the other machine is undone."""
    name = await house.approved(PLAN)
    barred = house.actuation.standing.barred

    async def late(step):
        await lock(house, CAPPER)
        return await barred(step)

    house.actuation.driver._dispatcher._barred = late
    await house.actuation.roll_back(name, PEOPLE["sam"])
    await house.actuation.idle()
    case = await house.case(name)
    assert [step.state for step in case.steps] == ["undone", "barred"]
    assert (case.stage, f"{CAPPER} is locked by Olga" in case.result) == ("unsafe", True)


async def test_f16_a_job_for_people_passes_a_lock(house):
    """A lock is hung because somebody works there: his own work order is not barred by it."""
    await lock(house)
    name = await house.approved(draft(action=job(), effect=None))
    assert await house.stage(name) == "verified"


@pytest.mark.catches("one person's unlocking opens what another has locked")
async def test_f16_each_person_takes_off_his_own(house):
    """Two hang theirs; while one of them hangs nothing is written, also after a restart."""
    await lock(house)
    await lock(house, user="eve", reason="so is mine")
    assert (await lock(house, reason="again")).reason == "my hand is in it"
    assert len(await house.actuation.standing.locks.hanging()) == 2
    await unlock(house)
    with pytest.raises(Conflict, match="no lock of olga"):
        await unlock(house)
    house.actuation = house.another()
    await house.actuation.start()
    denied = await house.actuation.submit(draft(), PEOPLE["olga"])
    assert "locked by Eve" in denied.reason
    assert "Olga" not in denied.reason
    await unlock(house, user="eve")
    await house.approved()
    assert house.device.writes == [(SPEED, 480.0)]
    assert [k for k in house.kinds(FILLER) if "lock" in k] == ["locked"] * 2 + ["unlocked"] * 2
    house.whole()


@pytest.mark.catches("anybody takes off anybody's lock")
async def test_f16_anothers_lock_is_taken_off_by_right_and_with_an_alarm(house):
    """By a supervisor, on record; by nobody else, and his own needs no right."""
    await lock(house)
    for user in ("eve", "vera", "bot", "far"):
        with pytest.raises(NotAllowed):
            await unlock(house, user=user, of="olga")
    assert house.kinds(FILLER).count("lock_refused") == 4
    assert not house.alarms("alarm")
    await unlock(house, user="sam", of="olga")
    assert house.alarms("alarm") == [f"the lock of Olga on {FILLER} was taken off by Sam: I am out"]
    last = house.ledger.chain[-1][0]
    assert (last.kind, last.actor, last.body["of"]) == ("unlocked", "sam", "olga")


@pytest.mark.catches("a policy keeps people from locking")
async def test_f16_no_policy_keeps_anybody_from_locking(house):
    """Whoever works there locks, and takes his own off; who does not work there, neither."""
    rule = '@id("f") forbid (principal, action, resource);'
    house.actuation.standing.policy = Policy(name="closed", rules=rule)
    for user in ("olga", "sam", "eve"):
        await lock(house, user=user)
        await unlock(house, user=user)
    await lock(house)
    with pytest.raises(NotAllowed, match="f forbids it"):
        await unlock(house, user="sam", of="olga")
    for user in ("vera", "bot", "far"):
        with pytest.raises(NotAllowed, match="lock site/area/line/filler"):
            await lock(house, user=user)
    with pytest.raises(UnknownName):
        await lock(house, asset=f"{LINE}/none")
    assert len(await house.actuation.standing.locks.hanging()) == 1


async def test_two_who_lock_at_the_same_moment_both_hang(house):
    """The later one finds the other's lock there, and hangs his beside it."""
    load = house.ledger.load
    slow: list[str] = []

    async def both(key):
        found = await load(key)
        if key == "locks/site" and not slow:
            slow.append(key)
            await lock(house, user="eve", reason="first")
        return found

    house.ledger.load = both
    await lock(house, reason="second")
    assert [one.name for one in await house.actuation.standing.locks.hanging()] == ["Eve", "Olga"]


async def test_locks_that_cannot_be_read_stop_everything(house):
    """What is stored in an unknown form is no absence of locks."""
    await AttestedLedger(house.ledger).save("locks/site", {"padlocks": []}, None, [])
    with pytest.raises(StoreDown, match="locks/site"):
        await house.propose()
