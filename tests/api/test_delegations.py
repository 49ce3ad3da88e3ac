"""Delegation over HTTP and in the gate: by its owner alone, for a time, recorded, void after."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.grants import Delegations
from api.identity import Identity
from api.identity_changes import IdentityChanges
from api.server import application
from tests.api.house import House
from tests.twin_core.governance.scene import LINE, PEOPLE, PLANT
from twin_core.value import SECOND

DAY = 86_400 * SECOND


class Door:
    """A house whose people are those of an identity store, behind its HTTP door."""

    def __init__(self, house, identity, changes, http):
        self.house, self.identity, self.changes, self.http = house, identity, changes, http
        self.tokens = {user: identity.issue(user) for user in PEOPLE}

    async def post(self, path, body, user="sam"):
        return await self.http.post(path, json=body, headers=self._as(user))

    async def get(self, path, user="sam"):
        return (await self.http.get(path, headers=self._as(user))).json()

    async def lend(self, to="olga", role="supervisor", seconds=600, user="sam", at=None):
        until = self.house.clock.ledger() + seconds * SECOND
        body = {"user": to, "role": role, "until": until, "at": at}
        return await self.post("/delegations", body, user)

    def _as(self, user):
        return {"Authorization": f"Bearer {self.tokens[user]}"}


@pytest.fixture
async def door(tmp_path):
    house = House()
    identity = Identity(tmp_path / "identity.db", house.clock.ledger)
    for who in PEOPLE.values():
        identity.add(who.user, who.name, who.roles, who.sites)
    house.actuation.standing._person = identity.person
    await house.open()
    changes = IdentityChanges(identity.store, house.ledger, house.actuation, PLANT.site)
    system: Any = SimpleNamespace(
        identity=identity,
        plant=PLANT,
        actuation=house.actuation,
        ledger=house.ledger,
        changes=changes.take,
    )
    transport = httpx.ASGITransport(app=application(system))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Door(house, identity, changes, http)
    await house.actuation.close()
    identity.close()


async def test_a_right_is_lent_used_told_and_ends_by_itself(door):
    """The deputy approves on behalf of its owner, until its end; both names are told."""
    made = (await door.lend()).json()
    assert (made["of"], made["to"], made["at"]) == ("sam", "olga", "site")
    assert (await door.get("/delegations"))["delegations"] == [made]
    name = await door.house.propose(user="eve")
    await door.house.vote(name, "olga")
    assert len(door.house.device.writes) == 1
    (case,) = await door.get("/proposals")
    assert case["votes"][0].startswith("Olga (operator, supervisor) approved on behalf of sam at")
    door.house.clock.turn(600)
    assert (await door.get("/delegations"))["delegations"] == []
    assert door.identity.person("olga") == PEOPLE["olga"]


@pytest.mark.catches("a vote counts although its delegation ended before the write")
@pytest.mark.parametrize("how", ["ended", "taken back", "its owner lost the role", "disabled"])
async def test_f12_a_delegation_ends_before_the_write(door, how):
    """Whatever ended it, the deputy's vote is void at dispatch, and nothing is written."""
    made = (await door.lend()).json()
    name = await door.house.propose(user="eve")

    def end(stored):
        if stored != "approved":
            return
        if how == "ended":
            door.house.clock.turn(600)
        elif how == "its owner lost the role":
            door.identity.set_rights("sam", ["operator"], ["site"])
        elif how == "disabled":
            door.identity.disable("sam")
        else:
            Delegations(door.identity.store).end(made["id"], PEOPLE["sam"])

    door.house.ledger.after = end
    await door.house.vote(name, "olga")
    case = await door.house.case(name)
    assert (case.stage, case.votes) == ("pending", ())
    assert "the approval of Olga no longer counts" in case.result
    assert door.house.device.writes == []


@pytest.mark.catches("a delegation that ended lives again when the clock is set back")
async def test_f12_ledger_time_ends_a_delegation_for_good(door):
    """A clock that is set back revives no right: the ledger's time never goes back."""
    await door.lend()
    name = await door.house.propose(user="eve")
    door.house.clock.turn(600)
    await door.house.ledger.record("note", "opstwin", "site", {})
    door.house.clock.turn(-300)
    assert door.identity.person("olga").may("supervisor"), "the store alone would believe it"
    with pytest.raises(Exception, match="Olga may not approve"):
        await door.house.vote(name, "olga")


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ({"role": "engineer"}, 403, "the role engineer there in his own right"),
        ({"user": "olga", "role": "supervisor", "to": "eve"}, 403, "in his own right"),
        ({"to": "sam"}, 403, "another person"),
        ({"to": "bot"}, 403, "another person"),
        ({"to": "far"}, 403, "who sees site"),
        ({"to": "nobody"}, 404, "There is no user"),
        ({"seconds": 0}, 422, "yet to come"),
        ({"seconds": 367 * 86_400}, 422, "within 366 days"),
        ({"role": "service"}, 422, "role"),
        ({"role": "viewer"}, 422, "role"),
        ({"at": "nowhere"}, 404, "nowhere"),
        ({"user": "bot"}, 403, "to be a person"),
    ],
)
async def test_a_delegation_that_cannot_be_is_refused(door, how, status, said):
    """Only one's own right, to another person of the site, for a time that is to come."""
    found = await door.lend(**how)
    assert found.status_code == status
    assert said in found.json()["message"]
    assert (await door.get("/delegations"))["delegations"] == []


@pytest.mark.catches("what was lent is lent on")
async def test_what_was_lent_is_lent_to_nobody_else(door):
    """A deputy lends nothing on; its owner may lend it to several."""
    await door.lend()
    assert (await door.lend("vera", user="olga")).status_code == 403
    assert (await door.lend("vera")).status_code == 200


async def test_a_right_is_lent_below_an_asset(door):
    """By the name people give it; the deputy has it there and nowhere else."""
    made = (await door.lend(at="filler")).json()
    assert made["at"] == f"{LINE}/filler"
    olga = door.identity.person("olga")
    assert olga.may("supervisor", f"{LINE}/filler")
    assert not olga.may("supervisor", f"{LINE}/capper")


@pytest.mark.parametrize(("who", "status"), [("sam", 200), ("olga", 200), ("sue", 403)])
async def test_a_delegation_is_ended_by_those_it_concerns(door, who, status):
    """Its owner or his deputy; a third person only as an administrator."""
    made = (await door.lend()).json()
    path = f"/delegations/{made['id']}/endings"
    assert (await door.post(path, {}, who)).status_code == status
    assert door.identity.person("olga").may("supervisor") == (status == 403)
    if status == 403:
        door.identity.set_rights("sue", ["supervisor", "admin"], ["site"])
        assert (await door.post(path, {}, who)).status_code == 200
    assert (await door.post(path, {}, who)).status_code == 404


@pytest.mark.catches("a change about people that no record tells, or two do")
async def test_every_change_about_people_is_in_the_chain_once(door, tmp_path):
    """What a server did, and what was done on the directory beside it or before it; once each."""
    made = (await door.lend(at="filler")).json()
    (record,) = [r for r, _ in door.house.ledger.chain if r.kind == "delegated"]
    assert (record.actor, record.subject) == ("sam", "olga")
    told = {"id": made["id"], "role": "supervisor", "at": f"{LINE}/filler", "until": made["until"]}
    assert record.body == {**told, "lent_by": "sam", "changed": record.body["changed"]}
    added = [r.subject for r, _ in door.house.ledger.chain if r.kind == "user_added"]
    assert added == [*PEOPLE], "what was done before the server ran"
    beside = Identity(tmp_path / "identity.db", door.house.clock.ledger, account="command line (x)")
    beside.disable("vera")
    await door.changes.take()
    again = IdentityChanges(
        door.identity.store, door.house.ledger, door.house.actuation, PLANT.site
    )
    await again.take()
    disabled = [r for r, _ in door.house.ledger.chain if r.kind == "user_disabled"]
    assert [(r.actor, r.subject) for r in disabled] == [("command line (x)", "vera")]
    assert door.house.whole()
    beside.close()


async def test_nothing_is_taken_into_a_broken_chain(door):
    """It waits until the chain is whole."""
    before = len(door.house.ledger.chain)
    door.house.actuation._sound.damage = "broken"
    await door.changes.take()
    assert len(door.house.ledger.chain) == before
