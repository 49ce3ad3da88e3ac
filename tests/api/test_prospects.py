"""What lies ahead over HTTP and on the command line; what is looked for at a change of shift."""

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
from api.improving import Improving
from api.server import application
from api.sight import NoRecords, PoolForecaster
from tests.api.test_export import served
from tests.fakes import FakeClock, FakeView, InlineCompute
from tests.twin_core.prospect.test_improve import SLOW
from tests.twin_core.prospect.test_parties import NINE, mill
from tests.twin_core.simulation.sawmill import PLANER, Mill
from twin_core.errors import ComputeDown
from twin_core.value import SECOND


def believed(now=NINE):
    return Mill(plant=mill(), end=now, rate=48.0, columns=SLOW).snapshot()


@pytest.fixture
def door(tmp_path):
    snapshot = believed()
    identity = Identity(tmp_path / "identity.db", FakeClock(plant=NINE).ledger)
    identity.add("vera", "Vera", ["viewer"], [snapshot.plant.site])
    system: Any = SimpleNamespace(
        identity=identity, plant=snapshot.plant, records=NoRecords(),
        forecaster=PoolForecaster(InlineCompute(), 1), running=contextlib.AsyncExitStack,
        view_for=lambda asker: FakeView(snapshot), improving=SimpleNamespace(latest=None),
    )  # fmt: skip
    yield SimpleNamespace(app=application(system), token=identity.issue("vera"), system=system)
    identity.close()


async def ask(door, method, path, **given):
    transport = httpx.ASGITransport(app=door.app)
    signed = {"Authorization": f"Bearer {door.token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.request(method, path, headers=signed, **given)


async def test_what_leads_to_limits_is_watched_where_a_class_knows_no_failing(door):
    """The sawmill's classes give no failure modes, but say from where on readings bend machines."""
    answer = await ask(door, "GET", "/prognosis", params={"asset": "boards", "horizon": "8 h"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert "none of 5 assets" in found["text"]
    assert found["evidence"][0]["data"]["counts"]["no_sign"] == 5


async def test_what_has_nothing_to_watch_says_so(door):
    """A store has neither failure modes nor limits."""
    answer = await ask(door, "GET", "/prognosis", params={"asset": "deck"})
    assert answer.json()["status"] == "no_data"
    assert "to watch for" in answer.json()["text"]


async def test_a_window_is_found_for_a_machine(door):
    """With what each party said."""
    asked = {"asset": "saw", "duration": "20 min", "horizon": "2 h"}
    answer = await ask(door, "POST", "/windows", json=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["text"].startswith("The window of 20 min for saw")
    assert {"line", "crew", "planner"} <= {e["data"].get("by") for e in found["evidence"]}
    assert found["charts"]


async def test_what_could_run_better_is_tried(door):
    """The planer is slow."""
    found = (await ask(door, "GET", "/improvements", params={"asset": "boards"})).json()
    assert found["evidence"][1]["subject"] == PLANER


@pytest.mark.parametrize(
    ("method", "path", "given", "status"),
    [
        ("GET", "/prognosis", {"params": {"asset": "nowhere"}}, 404),
        ("GET", "/improvements", {"params": {"asset": "nowhere"}}, 404),
        ("POST", "/windows", {"json": {"asset": ""}}, 422),
        ("POST", "/windows", {"json": {"asset": "saw", "propose": True}}, 422),
        ("GET", "/improvements/shift", {}, 422),
    ],
)
async def test_what_cannot_be_answered_is_told_in_its_status(door, method, path, given, status):
    """An unknown name, nothing, what is not taken here, nothing yet."""
    answer = await ask(door, method, path, **given)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]


class Told:
    """A site whose clock the test turns; counts what was computed and told."""

    def __init__(self, compute=None):
        self.now = NINE
        self.notices: list[tuple[str, str]] = []
        self.computed = compute or InlineCompute()
        champions: Any = SimpleNamespace(applied=self.applied)
        plant = believed().plant
        self.improving = Improving(
            plant, self.computed, champions, self.snapshot,
            self.tell, 1,
        )  # fmt: skip

    async def tell(self, name, text):
        self.notices.append((name, text))

    async def applied(self, snapshot, _lines):
        return snapshot

    def snapshot(self):
        return believed(self.now)


async def test_it_is_looked_once_a_shift_and_never_at_the_start():
    """Half past nine is the same shift; six the next morning is another."""
    site = Told()
    await site.improving.look()
    site.now = NINE + 1800 * SECOND
    await site.improving.look()
    assert site.notices == []
    site.now = NINE + 21 * 3600 * SECOND
    await site.improving.look()
    ((name, text),) = site.notices
    assert name == "improvements"
    assert "planer" in text.lower()
    await site.improving.look()
    assert len(site.notices) == 1


async def test_where_the_workers_are_down_it_is_looked_later():
    """The shift is not forgotten."""

    class Down(InlineCompute):
        async def map(self, *given, **how):
            raise ComputeDown("the pool is broken")

    site = Told(Down())
    await site.improving.look()
    site.now = NINE + 21 * 3600 * SECOND
    for _ in range(2):
        with pytest.raises(ComputeDown):
            await site.improving.look()


async def test_between_shifts_nothing_is_looked_for():
    """At five in the afternoon nobody is there."""
    site = Told()
    site.now = NINE + 8 * 3600 * SECOND
    await site.improving.look()
    assert site.improving.latest is None


async def test_the_terminal_tells_the_same(door, monkeypatch):
    """Sentence by sentence, or the whole as JSON; nothing is computed there."""
    monkeypatch.setattr("api.client.stored_token", lambda _url: door.token)

    async def run(*arguments):
        given = [*arguments, "--url", url]
        return await asyncio.to_thread(CliRunner().invoke, cli.app, given)

    async with served(door.app) as url:
        ahead = await run("ahead", "boards")
        assert ahead.exit_code == 0, ahead.output
        assert "none of 5 assets" in ahead.output
        window = await run("window", "saw", "--takes", "20 min", "--within", "1 h", "--json")
        assert json.loads(window.output)["status"] == "ok", window.output
        better = await run("improve", "boards")
        assert "planer" in better.output
        none = await run("improve", "--shift")
        assert none.exit_code != 0
