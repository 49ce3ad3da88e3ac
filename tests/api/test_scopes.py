"""What a token is good for: it narrows what its holder may, at every door, and widens nothing."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.identity import Identity
from api.scopes import NEEDED, STOPPING
from api.server import application
from tests.api.house import House
from tests.api.test_standing_rules import terms
from tests.twin_core.governance.scene import PEOPLE, PLANT
from twin_core.answer import SCOPES


class Door:
    """A house behind its HTTP door, which people enter with tokens of every kind."""

    def __init__(self, house, identity, http):
        self.house, self.identity, self.http = house, identity, http

    async def ask(self, method, path, user, *scopes, body=None):
        token = self.identity.issue(user, scopes=scopes or SCOPES)
        found = await self.http.request(
            method, path, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        await self.house.actuation.idle()
        return found


@pytest.fixture
async def door(tmp_path):
    house = await House().open()
    identity = Identity(tmp_path / "identity.db", house.clock.ledger)
    for who in PEOPLE.values():
        identity.add(who.user, who.name, who.roles, who.sites)
    system: Any = SimpleNamespace(
        identity=identity, plant=PLANT, actuation=house.actuation, ledger=house.ledger
    )
    transport = httpx.ASGITransport(app=application(system))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Door(house, identity, http)
    await house.actuation.close()
    identity.close()


@pytest.mark.catches("a token without `decide` approves, as its person may")
async def test_a_token_that_does_not_decide_approves_nothing(door):
    """Its holder may, and with another token he does."""
    name = await door.house.propose()
    path, body = f"/proposals/{name}/decisions", {"meaning": "approved", "reason": "ok"}
    others = tuple(scope for scope in SCOPES if scope != "decide")
    refused = await door.ask("POST", path, "sam", *others, body=body)
    assert refused.status_code == 403
    assert "needed: a token with the scope decide" in refused.json()["message"]
    assert await door.house.stage(name) == "pending"
    assert (await door.ask("POST", path, "sam", "decide", body=body)).status_code == 200
    assert len(door.house.device.writes) == 1


async def test_a_scope_gives_nothing_that_its_holder_may_not(door):
    """An operator's token that is good for deciding decides nothing."""
    name = await door.house.propose()
    body = {"meaning": "approved", "reason": "ok"}
    refused = await door.ask("POST", f"/proposals/{name}/decisions", "olga", "decide", body=body)
    assert refused.status_code == 403


async def test_a_token_that_only_decides_reads_nothing(door):
    """Looking is a scope like any other."""
    assert (await door.ask("GET", "/proposals", "sam", "decide")).status_code == 403
    assert (await door.ask("GET", "/proposals", "sam", "read")).status_code == 200


@pytest.mark.catches("a new door that any token opens")
async def test_a_door_that_is_not_named_opens_to_tokens_good_for_everything(door, monkeypatch):
    """What nobody thought of takes what a log-in gives."""
    monkeypatch.delitem(NEEDED, "/freeze")
    body = {"reason": "smoke"}
    for lacking in SCOPES:
        others = tuple(scope for scope in SCOPES if scope != lacking)
        assert (await door.ask("POST", "/freeze", "olga", *others, body=body)).status_code == 403
    assert (await door.ask("POST", "/freeze", "olga", body=body)).status_code == 200


def test_every_door_that_is_named_is_there():
    """A name that no route bears would guard nothing."""
    nobody: Any = SimpleNamespace()
    paths = application(nobody).openapi()["paths"]
    assert {path for path in NEEDED if "post" not in paths.get(path, {})} == set()


def test_every_door_that_changes_something_is_named():
    """So that no token needs to be good for everything; the doors in come before any token."""
    nobody: Any = SimpleNamespace()
    paths = application(nobody).openapi()["paths"]
    changing = {path for path, methods in paths.items() if set(methods) - {"get"}}
    assert changing - set(NEEDED) == {"/login"}


CHANGING = sorted(
    path
    for path, scope in NEEDED.items()
    if scope in {"decide", "configure"} and path not in STOPPING
)


@pytest.mark.catches("a rule is signed, or a right lent, on a broken chain")
@pytest.mark.parametrize("path", CHANGING)
async def test_no_door_that_decides_or_configures_opens_on_a_damaged_ledger(door, path):
    """Whoever comes with whatever right, and whatever he asks: 503, and nothing is recorded."""
    door.house.actuation._sound.damage = "The audit chain is broken at record 1."
    before = len(door.house.ledger.chain)
    for user in ("olga", "eve", "sam"):
        found = await door.ask("POST", path.replace("{", "x-").replace("}", ""), user, body={})
        assert (found.status_code, "broken at record 1" in found.text) == (503, True)
    assert len(door.house.ledger.chain) == before


async def test_who_stops_is_let_in_on_a_damaged_ledger_too(door):
    """A freeze and a lock are taken; a backup that is restored takes them up again."""
    door.house.actuation._sound.damage = "The audit chain is broken at record 1."
    assert (await door.ask("POST", "/freeze", "olga", body={"reason": "smoke"})).status_code == 200
    body = {"asset": "site", "reason": "my hand is in it"}
    assert (await door.ask("POST", "/locks", "olga", body=body)).status_code == 200


async def test_a_lift_says_what_goes_on(door):
    """What is approved and held back, and each rule in force; or that there is nothing."""
    await door.ask("POST", "/freeze", "olga", body={"reason": "smoke"})
    found = (await door.ask("POST", "/lift", "sam", body={"reason": "air"})).json()
    assert found == {"frozen": "", "goes_on": []}
    await door.house.actuation.sign_rule(terms(), PEOPLE["eve"])
    await door.house.actuation.freeze(PEOPLE["olga"], "smoke")
    found = (await door.ask("POST", "/lift", "sam", body={"reason": "air"})).json()
    assert found["goes_on"] == [f"{await _rule(door)} is in force"]


async def _rule(door):
    (rule,) = await door.house.actuation.standing.rules.in_force(0)
    return rule
