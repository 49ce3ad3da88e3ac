"""People of a provider: who they are here, what their groups give, and for how long it holds."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.grants import Delegations
from api.identity import Identity
from api.outside_trust import provider
from api.provided import Provided
from api.server import application
from api.settings import Settings, load
from tests.api.house import House
from tests.issuer import CLIENT, issuing
from tests.twin_core.governance.scene import LINE, PEOPLE, PLANT
from twin_core.answer import Grant
from twin_core.errors import BadInput, NotSignedIn
from twin_core.value import SECOND

GROUPS = {
    "operators": ("operator@site",),
    "line leads": (f"supervisor@{LINE}", "viewer@site"),
    "auditors": ("viewer@site",),
}


class Door:
    """A house that people of a provider enter, beside our own users."""

    def __init__(self, house, identity, issuer, http):
        self.house, self.identity, self.issuer, self.http = house, identity, issuer, http

    def token(self, **claims):
        return self.issuer.token(self.house.clock.ledger(), **claims)

    async def get(self, path, token):
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})

    async def post(self, path, body, token):
        headers = {"Authorization": f"Bearer {token}"}
        found = await self.http.post(path, json=body, headers=headers)
        await self.house.actuation.idle()
        return found

    async def me(self, **claims):
        return (await self.get("/me", self.token(**claims))).json()


@pytest.fixture
async def door(tmp_path):
    with issuing() as issuer:
        house = House()
        settings = Settings(
            oidc_issuer=issuer.url, oidc_client_id=CLIENT, oidc_groups=GROUPS, oidc_claims_s=600
        )
        clock = house.clock
        identity = Identity(tmp_path / "identity.db", clock.ledger, claims_s=600)
        for who in PEOPLE.values():
            identity.add(who.user, who.name, who.roles, who.sites)
        house.actuation.standing._person = identity.person
        await house.open()
        keys = provider(settings, clock)
        assert keys is not None
        system: Any = SimpleNamespace(
            identity=identity,
            plant=PLANT,
            actuation=house.actuation,
            ledger=house.ledger,
            provided=Provided(settings, keys.verified, identity),
        )
        transport = httpx.ASGITransport(app=application(system))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield Door(house, identity, issuer, http)
        await keys.close()
        await house.actuation.close()
        identity.close()


async def test_a_providers_token_signs_in_with_what_the_groups_give(door):
    """Name, roles and places come from the token and the settings; a group not named gives none."""
    me = await door.me(groups=["line leads", "cooks"])
    assert (me["user"], me["name"], me["roles"], me["sites"]) == (
        "oidc:ada", "Ada Byrne", [], ["site"],
    )  # fmt: skip
    assert [(g["role"], g["at"]) for g in me["grants"]] == [
        ("supervisor", LINE),
        ("viewer", "site"),
    ]


@pytest.mark.parametrize(
    "groups", [[], None, ["cooks"], "cooks", {"operators": 1}, [["operators"]]]
)
async def test_whoever_is_in_no_group_of_ours_enters_nothing(door, groups):
    """Known to the provider is not known here."""
    found = await door.get("/me", door.token(groups=groups))
    assert found.status_code == 403
    assert "needed: site site" in found.json()["message"]


async def test_he_approves_by_name_and_for_the_places_of_his_groups(door):
    """His signature is one like any other's."""
    name = await door.house.propose()
    body = {"meaning": "approved", "reason": "ok"}
    path = f"/proposals/{name}/decisions"
    refused = await door.post(path, body, door.token(groups=["operators"]))
    assert refused.status_code == 403
    assert (await door.post(path, body, door.token(groups=["line leads"]))).status_code == 200
    assert len(door.house.device.writes) == 1
    case = await door.house.case(name)
    assert [(v.user, v.name) for v in case.votes] == [("oidc:ada", "Ada Byrne")]


@pytest.mark.catches("a provider's subject is taken for a user of ours")
async def test_nobody_of_the_provider_is_taken_for_one_of_ours(door):
    """The same name here and there are two people; ours cannot bear the other's."""
    assert (await door.me(sub="sam"))["user"] == "oidc:sam"
    assert door.identity.person("sam").roles == ("supervisor",)
    assert door.identity.person("oidc:sam").held == ("operator",)
    for name in ("oidc:sam", "oidc", "OIDC"):
        with pytest.raises(BadInput):
            door.identity.add(name, "", ["viewer"], ["site"])


@pytest.mark.parametrize("sub", ["", "a b", "a\nb", "ä", "x" * 129, "../a", "a:b", "a/b"])
async def test_a_subject_that_cannot_be_a_name_is_refused(door, sub):
    found = await door.get("/me", door.token(sub=sub))
    assert found.status_code == 401
    assert "is no name" in found.json()["message"]


@pytest.mark.parametrize("name", [None, "", "  ", "a\nb", "\x1b[31m", 7, ["a"]])
async def test_a_name_that_cannot_be_shown_is_left_out(door, name):
    """He is then called by his id."""
    assert (await door.me(name=name))["name"] == "oidc:ada"


@pytest.mark.catches("what a provider said once holds for ever")
async def test_f12_what_a_provider_said_holds_for_a_time(door):
    """Ten minutes after his last token was seen he has no right, and his vote does not count."""
    await door.me(groups=["line leads"])
    assert door.identity.person("oidc:ada").may("supervisor", LINE)
    name = await door.house.propose()
    door.house.ledger.after = lambda stage: (
        door.house.clock.turn(600) if stage == "approved" else None
    )
    token = door.token(groups=["line leads"])
    await door.post(f"/proposals/{name}/decisions", {"meaning": "approved", "reason": "ok"}, token)
    case = await door.house.case(name)
    assert (case.stage, case.votes) == ("pending", ())
    assert door.house.device.writes == []
    gone = door.identity.person("oidc:ada")
    assert (gone.name, gone.held, gone.sites) == ("Ada Byrne", (), ())


@pytest.mark.catches("groups are asked for when somebody is first met, and never again")
async def test_groups_are_those_of_the_last_token(door):
    """Taken from a group, he loses its role with his next token; each change is noted."""
    await door.me(groups=["operators"])
    await door.me(groups=["operators"])
    await door.me(groups=["auditors"])
    assert door.identity.person("oidc:ada").held == ("viewer",)
    noted = [one for one in door.identity.store.changes(0, 1000) if one.kind == "user_met"]
    assert [[g["role"] for g in one.body["grants"]] for one in noted] == [["operator"], ["viewer"]]


async def test_whoever_comes_first_by_many_requests_at_once_is_one(door):
    """A screen that loads makes several; each is answered, and he is met once."""
    token = door.token()
    found = await asyncio.gather(*(door.get("/me", token) for _ in range(10)))
    assert {one.status_code for one in found} == {200}
    noted = [one for one in door.identity.store.changes(0, 1000) if one.kind == "user_met"]
    assert len(noted) == 1


async def test_one_of_the_providers_is_disabled_here(door):
    """Whatever his token says; with his rights goes what he lent."""
    await door.me(groups=["line leads"])
    now = door.house.clock.ledger()
    grant = Grant.parse(f"supervisor@{LINE}", now + 300 * SECOND)
    people = door.identity.person
    Delegations(door.identity.store).lend(people("oidc:ada"), people("olga"), grant, now)
    assert people("olga").may("supervisor", LINE)
    door.identity.disable("oidc:ada")
    found = await door.get("/me", door.token(groups=["line leads"]))
    assert found.status_code == 401
    assert "oidc:ada is disabled" in found.json()["message"]
    assert not people("olga").may("supervisor", LINE)


async def test_what_only_our_users_have_the_providers_do_not(door):
    """No password, no token of ours, no roles set here: the provider says all that."""
    await door.me()
    for act in (
        lambda: door.identity.set_password("oidc:ada", "x"),
        lambda: door.identity.issue("oidc:ada"),
        lambda: door.identity.set_rights("oidc:ada", ["admin"], ["site"]),
    ):
        with pytest.raises(BadInput, match="signs in at the provider"):
            act()
    with pytest.raises(NotSignedIn):
        door.identity.log_in("oidc:ada", "")


async def test_a_token_that_is_not_good_is_a_401_and_a_provider_away_a_503(door):
    """In one sentence; our own users go on meanwhile."""
    door.issuer.down = True
    away = await door.get("/me", door.token())
    assert away.status_code == 503
    assert "nobody can sign in there" in away.json()["message"]
    assert (await door.get("/me", door.identity.issue("olga"))).status_code == 200
    door.issuer.down = False
    door.house.clock.turn(11)
    assert (await door.get("/me", door.token(aud="payroll"))).status_code == 401
    assert (await door.get("/me", door.token())).status_code == 200


async def test_how_one_signs_in_is_told_to_anybody(door):
    """The command line must know it before it has a token."""
    assert (await door.http.get("/login")).json() == {
        "password": True,
        "provider": {
            "issuer": door.issuer.url,
            "client_id": CLIENT,
            "scope": "openid profile",
            "token": "id_token",
        },
    }


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["operators"]}}),
        ("https://opstwin/groups", {"https://opstwin/groups": ["operators"]}),
        ("group", {"group": "operators"}),
    ],
)
async def test_groups_stand_where_the_settings_say(door, claim, claims, tmp_path):
    """By the claim's name, or its path."""
    settings = Settings(oidc_groups=GROUPS, oidc_groups_claim=claim)

    async def verified(_token):
        return {"sub": "bo", **claims}

    asker = await Provided(settings, verified, door.identity).bearer("")
    assert asker.held == ("operator",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[oidc_groups]\na = ["king@site"]', "role@path"),
        ('[oidc_groups]\na = ["service@site"]', "role@path"),
        ('[oidc_groups]\na = "operator@site"', "tuple"),
        ("oidc_claims_s = 10", "greater than or equal to 60"),
    ],
)
def test_settings_that_cannot_be_are_told(tmp_path, text, said):
    file = tmp_path / "opstwin.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=said):
        load(environment={}, file=file)


def test_an_issuer_without_our_id_there_is_refused():
    with pytest.raises(BadInput, match="oidc_client_id"):
        provider(Settings(oidc_issuer="https://login.example"), House().clock)
