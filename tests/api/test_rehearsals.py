"""The doors of rehearsals: the scene for who may rehearse, the report for who decides."""

import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
import typer
from typer.testing import CliRunner

import evals.rehearsal_commands
from api.identity import Identity
from api.scene import Belief, Packed, Scene
from api.server import application
from tests.api.house import House
from tests.evals.rehearsing import running
from tests.fakes import FakeClock
from tests.twin_core.governance.scene import PEOPLE, PLANT
from tests.twin_core.governance.test_rehearsal import one, report
from twin_core.errors import BadInput
from twin_core.ingest import Twin

USERS = {"olga": "operator", "sam": "supervisor", "vera": "viewer", "bot": "service"}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as found:
        yield found


@asynccontextmanager
async def opened(path):
    house = await House().open()
    clock = FakeClock()
    identity = Identity(path / "identity.db", clock.ledger)
    for user, role in USERS.items():
        identity.add(user, user.title(), [role], [PLANT.site])
    identity.add("gate7", "Gateway", ["pusher"], [PLANT.site])
    snapshot = Twin(PLANT).snapshot(0)
    system = SimpleNamespace(
        plant=PLANT, identity=identity, actuation=house.actuation, ledger=house.ledger,
        pump=SimpleNamespace(snapshot=lambda: snapshot),
    )  # fmt: skip
    transport = httpx.ASGITransport(app=application(system))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield SimpleNamespace(house=house, identity=identity, http=http)
    identity.close()


async def call(door, method, path, user, **how):
    sign = {"Authorization": f"Bearer {door.identity.issue(user)}"}
    return await door.http.request(method, path, headers=sign, **how)


async def handed(door, name, body, user="olga"):
    return await call(door, "POST", f"/proposals/{name}/rehearsals", user, json=body)


async def body_of(door, name, **more):
    case = await door.house.case(name)
    found = report(one()).model_copy(update={"proposal": name, "digest": case.digest})
    return {**found.model_dump(mode="json"), **more}


async def test_a_scene_holds_all_that_a_rehearsal_needs(door):
    """Plant, belief, proposal, policy, trust and the requester's roles; and no secret."""
    name = await door.house.propose()
    answer = await call(door, "GET", f"/proposals/{name}/scene", "olga")
    assert answer.status_code == 200
    scene = Scene.model_validate(answer.json())
    case = await door.house.case(name)
    assert (scene.digest, scene.proposal) == (case.digest, case.proposal)
    assert scene.version == scene.plant.version == PLANT.version
    assert scene.policy == door.house.policy
    assert scene.trust == {"site": "act_on_approval"}
    assert scene.requester == PEOPLE["olga"]
    assert len(scene.belief.snapshot(scene.plant).value) == len(PLANT.points)


@pytest.mark.parametrize(("user", "status"), [("vera", 403), ("gate7", 403), ("sam", 200)])
async def test_a_scene_is_for_who_may_rehearse(door, user, status):
    """Not for a viewer, not for a machine that pushes."""
    name = await door.house.propose()
    assert (await call(door, "GET", f"/proposals/{name}/scene", user)).status_code == status


async def test_there_is_no_scene_of_what_is_decided_or_not_there(door):
    """It would rehearse nothing that can still be approved."""
    name = await door.house.propose()
    await door.house.vote(name, meaning="rejected")
    assert (await call(door, "GET", f"/proposals/{name}/scene", "olga")).status_code == 409
    assert (await call(door, "GET", "/proposals/p-none/scene", "olga")).status_code == 404
    for hostile in ("..%2f..%2fetc", "%00", "P'; DROP TABLE", "x" * 5000, "a%2Fb"):
        answer = await call(door, "GET", f"/proposals/{hostile}/scene", "olga")
        assert answer.status_code in {404, 422}, hostile


async def test_a_report_is_seen_by_who_approves(door):
    """With the proposal, in the list, in the audit; in the name of who handed it in."""
    name = await door.house.propose()
    answer = await handed(door, name, await body_of(door, name), "bot")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["id"].startswith("ev-")
    assert (found["kind"], found["quality"], found["origin"]) == ("rehearsal", "simulated", "Bot")
    whole = (await call(door, "GET", f"/proposals/{name}", "sam")).json()
    assert [e["statement"] for e in whole["rehearsals"]] == [found["statement"]]
    (status,) = (await call(door, "GET", "/proposals", "sam")).json()
    assert found["id"] in status["rehearsals"][0]
    assert status["state"] == "pending"
    assert not status["votes"]
    assert door.house.kinds(name)[-1] == "rehearsed"
    assert door.house.whole()


async def test_a_report_about_another_content_or_proposal_is_refused(door):
    """By digest, and by name."""
    name = await door.house.propose()
    body = await body_of(door, name)
    assert (await handed(door, name, {**body, "digest": "1" * 64})).status_code == 409
    assert (await handed(door, name, {**body, "proposal": "p-other"})).status_code == 422
    assert (await handed(door, name, body, "vera")).status_code == 403
    assert (await door.house.case(name)).rehearsals == ()


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "short"},
        {"passes": []},
        {"factor": -1},
        {"model": "x" * 501},
        {"verdict": "Passed, believe me"},
        {"passes": [{"name": "p"}]},
    ],
)
async def test_a_report_of_another_form_is_refused(door, change):
    """The sentence that people read is made here, from its numbers."""
    name = await door.house.propose()
    assert (await handed(door, name, await body_of(door, name, **change))).status_code == 422


def test_belief_travels_as_json_and_comes_back():
    """Every column, the recent past and what is in quarantine."""
    snapshot = running()
    told = json.loads(Belief.of(snapshot).model_dump_json())
    back = Belief.model_validate(told).snapshot(snapshot.plant)
    assert back.digest == snapshot.digest
    assert (back.recent.mean == snapshot.recent.mean).all()


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", "eJwDAAAAAAE="])
def test_a_column_that_is_none_is_refused(text):
    """In one sentence."""
    with pytest.raises(BadInput):
        Packed(type="f8", shape=(3,), bytes=text).array()


def test_belief_of_another_plant_is_refused():
    """Nothing would stand at its place."""
    with pytest.raises(BadInput, match="points"):
        Belief.of(running()).snapshot(PLANT)


def alone():
    """The command by itself."""
    app = typer.Typer()
    app.command()(evals.rehearsal_commands.rehearse)
    return app


@pytest.mark.parametrize(
    "hostile", ["../etc/passwd", "p-1; rm -rf /", "p 1", "ü", "-", "x" * 5000, "p\n1", ""]
)
def test_a_hostile_proposal_id_reaches_no_server(hostile, monkeypatch):
    """It is refused by its form, before anything is asked."""

    def connected(_url):
        raise AssertionError("a server was asked")

    monkeypatch.setattr(evals.rehearsal_commands, "connected", connected)
    result = CliRunner().invoke(alone(), ["--", hostile])
    if hostile == "-":
        assert isinstance(result.exception, AssertionError)  # a strange id, but one
    else:
        assert isinstance(result.exception, BadInput), result.output


def test_help_teaches():
    """What happens, what does not, and what the exit code says."""
    text = " ".join(CliRunner().invoke(alone(), ["--help"]).output.split())
    for word in ("PROPOSAL|PLANT", "never contacted", "Exit code", "--json", "--source"):
        assert word in text, word
