"""On call over HTTP, in a whole System, and on the command line."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from api import cli_oncall
from api.cli import app
from api.identity import Identity
from api.server import application
from api.settings import Settings
from api.wiring import build
from tests.api.house import House, parts
from tests.api.test_escalating import FILE, ONCALL, unknown
from tests.fakes import FakeSink, FakeSource
from tests.page_receiver import SECRET, PageReceiver
from tests.twin_core.governance.scene import NOW, PEOPLE, PLANT, draft, job
from twin_core.errors import BadInput, OnCallError
from twin_core.value import SECOND

PLANT_FILE = ("--plant", "plants/riverside.yaml")


@pytest.fixture
async def door(tmp_path):
    house = await House().open()
    house.oncall = ONCALL
    identity = Identity(tmp_path / "identity.db", house.clock.ledger)
    for who in PEOPLE.values():
        identity.add(who.user, who.name, who.roles, who.sites)
    system: Any = SimpleNamespace(
        identity=identity,
        plant=PLANT,
        ledger=house.ledger,
        actuation=house.actuation,
        escalating=house.escalating(),
    )
    transport = httpx.ASGITransport(app=application(system))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:

        async def ask(method, path, user="olga"):
            headers = {"Authorization": f"Bearer {identity.issue(user)}"}
            return await http.request(method, path, headers=headers)

        yield SimpleNamespace(house=house, system=system, ask=ask, http=http)
    await house.actuation.close()
    identity.close()


async def test_who_is_on_call_is_told_to_whoever_is_signed_in(door):
    """In each rota who is called first, until when; at another time who is then."""
    assert (await door.http.get("/oncall")).status_code == 401
    found = (await door.ask("GET", "/oncall")).json()
    night = 1_699_948_800 * SECOND  # 2023-11-14T08:00Z
    assert found["time"] == NOW
    assert found["rotas"] == {"first": {"people": ["sam", "sue"], "until": night + 86_400 * SECOND}}
    assert found["waiting"] == []
    later = (await door.ask("GET", f"/oncall?at={night + 86_400 * SECOND}")).json()
    assert later["rotas"]["first"]["people"] == ["sue", "sam"]
    assert (await door.ask("GET", "/oncall?at=-1")).status_code == 422


async def test_what_waits_is_told_with_its_next_step_and_looked_after(door):
    """Who looks after it is named; a decision is not looked after; both are told with a status."""
    pending = await door.house.propose()
    name = await unknown(door.house)
    await door.system.escalating.tick()
    await door.system.escalating.idle()
    first, second = (await door.ask("GET", "/oncall")).json()["waiting"]
    assert (first["proposal"], first["kind"], first["told"]) == (pending, "approval", [])
    assert first["next"] == NOW + 60 * SECOND
    assert (second["proposal"], second["kind"], second["told"]) == (name, "page", ["sam"])
    path = f"/proposals/{name}/acknowledgements"
    assert (await door.ask("POST", path, "vera")).status_code == 403
    found = await door.ask("POST", path)
    assert found.json()["acknowledged"].startswith("Olga (olga) at ")
    assert (await door.ask("POST", path)).status_code == 409
    waits = await door.ask("POST", f"/proposals/{pending}/acknowledgements")
    assert waits.status_code == 409
    assert (await door.ask("POST", "/proposals/p-none/acknowledgements")).status_code == 404
    _, after = (await door.ask("GET", "/oncall")).json()["waiting"]
    assert after["next"] is None


@pytest.mark.catches("an escalation that nothing runs, or that never leaves the house")
async def test_a_whole_system_calls_people_out_of_the_house(tmp_path):
    """By setting: the file, its people, the ledger, a signed request to a real server."""
    receiver = PageReceiver()
    await receiver.start()
    file = tmp_path / "oncall.toml"
    file.write_text(
        FILE.replace("after_s = 60\n", "after_s = 0\n").replace("person:eve", "person:evi")
    )
    settings = Settings(
        data=tmp_path / "data",
        oncall=file,
        page_webhook=receiver.url,
        page_webhook_secret=SecretStr(SECRET),
    )
    world = parts(FakeSource("plc"))
    system = build(settings, replace(world, sinks={"plc": FakeSink(), "crew": FakeSink()}))
    for who in PEOPLE.values():
        system.identity.add(who.user, who.name, who.roles, who.sites)
    async with system.running():
        await system.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"], "tests")
        given = draft(action=job(), effect=None)
        receipt = await system.actuation.submit(given, PEOPLE["olga"])
        assert receipt.state == "pending"
        async with asyncio.timeout(20):
            while not receiver.told:  # noqa: ASYNC110 nothing signals what is waited for
                await asyncio.sleep(0.05)
        told = [notice.text for notice in system.actuation.notices]
    (page,) = receiver.told
    assert (page["person"], page["level"]) == ("sam", "alarm")
    assert page["text"].startswith(f"{receipt.proposal} “Raise the speed” waits for 1 ")
    assert f"to sam: {page['text']}" in told
    assert any("there is no user “evi”" in text for text in told)
    await receiver.stop()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"page_webhook": "https://example.org/"}, "give both or none"),
        ({"page_webhook_secret": SecretStr(SECRET)}, "give both or none"),
        (
            {"page_webhook": "http://example.org/", "page_webhook_secret": SecretStr(SECRET)},
            "is no address for pages",
        ),
    ],
)
def test_half_a_webhook_opens_nothing(tmp_path, given, says):
    """What would send pages to nobody, or in the clear, is refused at the start."""
    with pytest.raises(BadInput, match=says):
        build(Settings(data=tmp_path / "data", **given), parts(FakeSource("plc")))


def test_an_oncall_file_that_cannot_be_opens_nothing(tmp_path):
    """At the start there is no last good one."""
    file = tmp_path / "oncall.toml"
    file.write_text(FILE.replace("rota:first", "rota:frist"))
    with pytest.raises(OnCallError, match="there is no rota “frist”; allowed: first"):
        build(Settings(data=tmp_path / "data", oncall=file), parts(FakeSource("plc")))


def oncall(*arguments):
    """The command as a person gives it."""
    done = CliRunner().invoke(app, ["oncall", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_file_is_checked_against_the_people_there_are(tmp_path):
    """Rotas and steps are told; who is nobody, and what is never told, are doubtful."""
    file, data = tmp_path / "oncall.toml", tmp_path / "data"
    file.write_text(FILE.replace("after_s = 600", "after_s = 900"))
    told = oncall("check", str(file), *PLANT_FILE, "--data", str(data))
    assert "Rota first: sam, sue, 1 days each." in told
    assert "approvals.standard, step 2: after 180 s tell rota:first, person:eve (page)." in told
    assert "step 3: it is never told, a proposal expires after 900 s" in told
    assert "it was not looked whether the people exist" in told
    data.mkdir()
    identity = Identity(data / "identity.db", lambda: NOW)
    for user in ("sam", "eva"):
        identity.add(user, "", ["operator"], ["riverside"])
    identity.close()
    told = oncall("check", str(file), *PLANT_FILE, "--data", str(data))
    assert "there is no user “eve”, who is passed over; nearest: eva" in told
    assert "there is no user “sam”" not in told
    file.write_text("schema = 1\nrota = 2\n")
    with pytest.raises(OnCallError, match="rota: extra inputs are not permitted"):
        oncall("check", str(file), *PLANT_FILE)


class Canned:
    """A client of a server that says what a test gives it."""

    def __init__(self, found):
        self.found, self.posted, self.asked = found, [], []

    def zone(self):
        return "Europe/Berlin"

    def get(self, path, **query):
        self.asked.append((path, query))
        return self.found

    def about(self, proposal, what, body):
        self.posted.append((proposal, what, body))
        return {"acknowledged": "Sam (sam) at 22:13:20 UTC"}


def test_who_is_on_call_is_shown_by_the_plants_clock(monkeypatch):
    """Who has the turn, until when, who follows; what waits, who was told, what comes next."""
    state = {"acknowledged": "", "told": [], "since": NOW, "next": NOW + 60 * SECOND}
    waiting = [
        {**state, "proposal": "p-1", "kind": "approval"},
        {**state, "proposal": "p-2", "kind": "page", "told": ["sam"], "next": None},
        {**state, "proposal": "p-3", "kind": "highest", "acknowledged": "Sam (sam) at 22:13"},
    ]
    rotas = {"first": {"people": ["sam", "sue"], "until": NOW + 3600 * SECOND}}
    client = Canned({"time": NOW, "rotas": rotas, "waiting": waiting})
    monkeypatch.setattr(cli_oncall, "connected", lambda _url: client)
    at, nobody = "11-14 23:13:20 CET", "nobody in particular was told"
    assert oncall("show", "--at", "2023-11-14T23:13:20").splitlines() == [
        "At 11-14 23:13:20 CET:",
        "first: sam until 11-15 00:13:20 CET; then sue",
        f"p-1 waits for a decision since {at}; {nobody}; next step at 11-14 23:14:20 CET",
        f"p-2 is uncertain since {at}; told: sam; no step is left",
        f"p-3 is uncertain since {at}; {nobody}; looked after by Sam (sam) at 22:13",
    ]
    assert client.asked == [("/oncall", {"at": NOW})]
    client.found = {"time": NOW, "rotas": {}, "waiting": []}
    assert "No rota is given." in oncall("show")
    assert oncall("ack", "p-2") == "p-2: looked after by Sam (sam) at 22:13:20 UTC.\n"
    assert client.posted == [("p-2", "acknowledgements", {})]
