"""`opstwin schedule` and its routes, over a real connection: Riverside's orders, and a shop."""

import asyncio
import contextlib
import json
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api import cli
from api.identity import Identity
from api.outside import picks
from api.searching import Searches
from api.server import application
from api.settings import Settings
from api.sight import PoolForecaster
from connectors.mailbox import mailbox
from tests.api.test_export import served
from tests.fakes import FakeClock, InlineCompute
from tests.tools.scenery import NOW, PLANTS, SITE, riverside, snapshot

SHOP = """
machines:
  - {id: site/hall/saw, changeovers: {red: {blue: 6}, blue: {red: 6}}}
  - {id: site/hall/mill, closed: [{start: 20, end: 25}]}
jobs:
  - {id: a, family: red, operations: &both [{ways: [{machine: site/hall/saw, duration_s: 5}]}, {ways: [{machine: site/hall/mill, duration_s: 4}]}]}
  - {id: b, family: blue, operations: *both}
  - {id: c, family: red, operations: *both}
fleet:
  vehicles: 1
  dock: site/hall/dock
  travel:
    site/hall/dock: {site/hall/saw: 1, site/hall/mill: 1}
    site/hall/saw: {site/hall/dock: 1, site/hall/mill: 2}
    site/hall/mill: {site/hall/dock: 1, site/hall/saw: 2}
"""  # noqa: E501  (as people write it)


class Door:
    """A server over one moment of Riverside, and the token of one who may look."""

    def __init__(self, app, token):
        self.app, self.token = app, token

    async def post(self, path, **body):
        transport = httpx.ASGITransport(app=self.app)
        signed = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.post(path, json=body, headers=signed)

    async def stream(self, path, **body):
        """The events of a route, or its refusal."""
        transport = httpx.ASGITransport(app=self.app)
        signed = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            answer = await http.post(path, json=body, headers=signed)
        if answer.status_code >= 400:
            return [("refused", answer.json())]
        told = answer.text.strip().split("\n\n")
        return [(e.split("\n")[0][7:], json.loads(e.split("data: ")[1])) for e in told]

    async def run(self, monkeypatch, *arguments):
        """The command against the server on a real socket."""
        monkeypatch.setattr("api.client.stored_token", lambda _url: self.token)
        monkeypatch.setenv("COLUMNS", "120")
        async with served(self.app) as url:
            return await asyncio.to_thread(CliRunner().invoke, cli.app, [*arguments, "--url", url])


@pytest.fixture
def door(tmp_path):
    clock = FakeClock(plant=NOW)
    identity = Identity(tmp_path / "identity.db", clock.ledger)
    identity.add("vera", "Vera", ["viewer"], [SITE])
    now = snapshot()

    async def health():
        return {"ok": True, "parts": {}, "timezone": riverside().timezone}

    system: Any = SimpleNamespace(
        identity=identity, plant=riverside(), clock=clock, compute=InlineCompute(),
        searches=Searches(mailbox),
        settings=SimpleNamespace(seed=1), forecaster=PoolForecaster(InlineCompute(), 1),
        running=contextlib.AsyncExitStack,
        pump=SimpleNamespace(snapshot=lambda: now), health=health,
        pick_orders=picks(Settings(plant=PLANTS / "riverside.yaml"), riverside()),
    )  # fmt: skip
    yield Door(application(system), identity.issue("vera"))
    identity.close()


async def test_a_line_is_shown_as_planned_and_as_offered(door, monkeypatch):
    """Totals and use before and after, whether it is proven, each order with its due time."""
    done = await door.run(monkeypatch, "schedule", "--line", "line 4")
    assert done.exit_code == 0, done.output
    told = done.output
    assert "Line 4: 6 orders from Sat 22 Nov 14:00 GMT" in told
    for head in ("done", "late", "changeovers", "Line 4 works", "as planned", "offered"):
        assert head in told
    assert (
        "Nothing better exists: proven. The simulation ran it: every job ends as planned." in told
    )
    assert told.count("po-41") >= 6
    assert "Lemonade 330 ml" in told
    assert "riverside/" not in told


async def test_the_whole_of_it_is_json(door, monkeypatch):
    """Every line apart, what is made left out; both plans under the same luck if asked."""
    asked = ["schedule", "--json", "--spread", "10", "--pace", "80", "--made", "po-4110=150000"]
    done = await door.run(monkeypatch, *asked, "--horizon", "tomorrow")
    assert done.exit_code == 0, done.output
    body = json.loads(done.output)
    plans = {plan["lines"][0]: plan for plan in body["plans"]}
    assert len(plans) == 4
    plan = plans["riverside/packaging/line4"]
    assert plan["left_out"] == {"po-4110": "it is made"}
    assert plan["outcome"]["trial"]["runs"] >= 20
    took = plan["shop"]["jobs"][0]["operations"][0]["ways"][0]["duration_s"]
    assert took == 100_000 / 600 * 60 / 0.8


async def test_orders_may_change_lines_where_that_is_asked(door, monkeypatch):
    """Two lines together; each order is told with its line before and after."""
    lines = ["--line", "line 3", "--line", "riverside/packaging/line4"]
    done = await door.run(
        monkeypatch, "schedule", *lines, "--any-line", "--aim", "end", "--horizon", "6 h"
    )
    assert done.exit_code == 0, done.output
    assert "Line 3, Line 4: " in done.output
    assert "Line 3 works" in done.output
    assert "left out: po-4109, po-4119" in done.output


async def test_a_shop_of_its_own_is_scheduled_with_its_vehicles(door, monkeypatch, tmp_path):
    """Machines, changeovers, a closed window and a vehicle from a file."""
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    drawn = tmp_path / "shop.png"
    done = await door.run(monkeypatch, "schedule", "--shop", str(file), "--png", str(drawn))
    assert done.exit_code == 0, done.output
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert "Nothing better exists: proven." in done.output
    assert "vehicle 1" in done.output
    assert "changeover to b" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--line", "line 9"], "Nearest: Line 1"),
        (["--line", "filler 4"], "is no line; allowed: Line 1"),
        (["--horizon", "soon"], "“tonight”"),
        (["--made", "po-4110"], "is not ORDER=QUANTITY"),
        (["--made", "po-4110=nan"], "is not ORDER=QUANTITY"),
        (["--made", "po-1=5"], "po-1"),
        (["--pace", "0"], "above 0, up to 200"),
        (["--spread", "inf"], "above 0, up to 200"),
        (["--shop", "nothing.yaml"], "cannot be read"),
        (["--line", "line 4", "--png", "/nowhere/plan.png"], "cannot be written"),
    ],
)
async def test_what_cannot_be_is_one_sentence_that_says_what_can(
    door, monkeypatch, arguments, told
):
    done = await door.run(monkeypatch, "schedule", *arguments)
    assert told in str(done.exception)


async def test_a_shop_that_cannot_be_is_refused_by_its_place(door, monkeypatch, tmp_path):
    """No YAML, numbers that are none, a machine that is not, too much at once."""
    for text, told in [
        ("{", "neither YAML nor JSON"),
        ("a: .nan", "neither YAML nor JSON"),
        (SHOP.replace("machine: site/hall/mill", "machine: site/hall/none"), "no machine"),
        ("[]", "body.shop"),
    ]:
        file = tmp_path / "shop.yaml"
        file.write_text(text)
        done = await door.run(monkeypatch, "schedule", "--shop", str(file))
        assert told in str(done.exception)
    ways = [{"machine": "m", "duration_s": 1}]
    jobs = [{"id": f"j{i}", "operations": [{"ways": ways}]} for i in range(2001)]
    refused = await door.post("/schedules/shop", shop={"machines": [{"id": "m"}], "jobs": jobs})
    assert refused.status_code == 413


async def test_what_is_no_number_is_refused_over_http_too(door):
    """Infinity and NaN, below nothing, and names that are none."""
    for body in ({"made": {"po-4110": "inf"}}, {"pace": "nan"}, {"spread": -1},
                 {"made": {"po-4110": -1}}, {"made": {"PO 4110": 1}}, {"lines": [None]},
                 {"colour": 1}):  # fmt: skip
        refused = await door.post("/schedules", **body)
        assert refused.status_code == 422, body
    slow = await door.post("/schedules", lines=["line 4"], pace=1e-9)
    assert "it would take more than ten years" in slow.json()["message"]


async def test_nobody_learns_anything_without_a_token(door):
    door.token = "none"
    assert (await door.post("/schedules")).status_code == 401
