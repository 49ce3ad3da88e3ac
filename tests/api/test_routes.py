"""The doors of a proposal's way back, over HTTP: a real gate, a device that obeys it."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.identity import Identity
from api.server import application
from tests.api.house import House
from tests.twin_core.governance.scene import PEOPLE, PLANT, SPEED


class Door:
    """A house behind its HTTP door, and a token for each of its people."""

    def __init__(self, house, identity, http):
        self.house, self.http = house, http
        self.tokens = {user: identity.issue(user) for user in PEOPLE}

    async def post(self, path, body, user="sam"):
        found = await self.http.post(
            path, json=body, headers={"Authorization": f"Bearer {self.tokens[user]}"}
        )
        await self.house.actuation.idle()
        return found


@pytest.fixture
async def door(tmp_path):
    house = await House().open()
    identity = Identity(tmp_path / "identity.db", house.clock.ledger)
    for who in PEOPLE.values():
        identity.add(who.user, who.name, who.roles, who.sites)
    system: Any = SimpleNamespace(identity=identity, plant=PLANT, actuation=house.actuation)
    transport = httpx.ASGITransport(app=application(system))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Door(house, identity, http)
    await house.actuation.close()
    identity.close()


async def test_a_way_back_is_asked_for_and_gone(door):
    """What was written is undone for who may, by name and with his reason; for nobody else."""
    name = await door.house.approved()
    path = f"/proposals/{name}/rollbacks"
    assert (await door.http.post(path, json={})).status_code == 401
    refused = await door.post(path, {"reason": "not wanted"}, "olga")
    assert refused.status_code == 403
    assert refused.json()["message"].startswith(f"Olga may not roll back {name}")
    assert (await door.post(path, {"why": "not wanted"})).status_code == 422
    assert door.house.belief.values[SPEED] == 480.0
    assert (await door.post(path, {"reason": "not wanted"})).status_code == 200
    assert await door.house.stage(name) == "rolled_back"
    assert door.house.belief.values[SPEED] == 400.0
    (record,) = [r for r, _ in door.house.ledger.chain if r.kind == "roll_back"]
    assert (record.actor, record.body) == ("sam", {"reason": "not wanted"})
    again = await door.post(path, {})
    assert again.status_code == 409
    assert "nothing of ours can be undone" in again.json()["message"]


async def test_an_offered_way_back_names_its_command(door):
    """Who is too late to take a proposal back reads what he can run instead."""
    name = await door.house.approved()
    late = await door.post(f"/proposals/{name}/cancellations", {})
    assert late.status_code == 409
    assert late.json()["message"].endswith(f"; it can be rolled back: opstwin rollback {name}.")


async def test_an_uncertain_end_is_closed_with_a_reason(door):
    """Who may closes what is unsafe with what he found; the lock is lifted, and that is told."""
    name = await door.house.approved()
    door.house.device.deaf.add(SPEED)
    await door.post(f"/proposals/{name}/rollbacks", {})
    assert await door.house.stage(name) == "unsafe"
    path = f"/proposals/{name}/resolutions"
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 2001}):
        assert (await door.post(path, body)).status_code == 422
    assert (await door.post(path, {"reason": "it is fine"}, "olga")).status_code == 403
    assert (await door.house.case(name)).uncertain
    found = await door.post(path, {"reason": " set back at the panel "})
    assert found.status_code == 200
    assert found.json()["result"].endswith("; closed by sam: set back at the panel")
    assert not (await door.house.case(name)).uncertain
    assert (await door.post(path, {"reason": "again"})).status_code == 409


@pytest.mark.parametrize("what", ["rollbacks", "resolutions"])
async def test_a_proposal_that_is_not_there_is_a_404(door, what):
    """There is nothing to undo or close about an id that nobody knows."""
    assert (await door.post(f"/proposals/p-none/{what}", {"reason": "x"})).status_code == 404
