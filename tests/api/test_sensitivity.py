"""What limits a line, over HTTP and on the command line, of a plant the code has never seen."""

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
from api.server import application
from tests.api.test_export import served
from tests.fakes import FakeClock, FakeView, InlineCompute
from tests.twin_core.simulation.sawmill import LINE, SAW, T0, Mill

SHORT = "2 min"


@pytest.fixture
def door(tmp_path):
    snapshot = Mill().snapshot()
    identity = Identity(tmp_path / "identity.db", FakeClock(plant=T0).ledger)
    identity.add("vera", "Vera", ["viewer"], [snapshot.plant.site])
    system: Any = SimpleNamespace(
        identity=identity, plant=snapshot.plant, compute=InlineCompute(),
        settings=SimpleNamespace(seed=1), running=contextlib.AsyncExitStack,
        view_for=lambda asker: FakeView(snapshot),
    )  # fmt: skip
    yield SimpleNamespace(app=application(system), token=identity.issue("vera"))
    identity.close()


async def get(door, **query):
    transport = httpx.ASGITransport(app=door.app)
    signed = {"Authorization": f"Bearer {door.token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.get("/bottleneck", params=query, headers=signed)


async def test_a_line_is_asked_for_by_name_or_path(door):
    """Numbers, the sentences that say them, and the names they use."""
    answer = await get(door, line="boards", horizon=SHORT)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["sensitivity"]["bottleneck"] == [SAW]
    assert found["said"][0].startswith("The bottleneck of ")
    assert found["called"][SAW]
    assert (await get(door, line=LINE, horizon=SHORT)).json() == found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"line": "nowhere"}, 404),
        ({"line": ""}, 422),
        ({"line": "boards", "faster": "nan"}, 422),
        ({"line": "boards", "faster": "0"}, 422),
        ({"line": "boards", "faster": "51"}, 422),
        ({"line": "boards", "horizon": "never"}, 422),
        ({"line": "suction"}, 422),
        ({"line": "<b>" * 100}, 404),
        ({}, 422),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_a_sentence(door, query, status):
    """Unknown lines, shares that cannot be, a utility."""
    answer = await get(door, **query)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]


async def test_the_command_prints_a_table(door, monkeypatch):
    """Readable at 80 columns; the whole as JSON where asked for; errors are sentences."""
    monkeypatch.setattr("api.client.stored_token", lambda _url: door.token)

    async def run(*arguments):
        given = ["bottleneck", *arguments, "--ahead", SHORT, "--url", url]
        return await asyncio.to_thread(CliRunner().invoke, cli.app, given)

    async with served(door.app) as url:
        shown = await run("boards")
        assert shown.exit_code == 0, shown.output
        lines = shown.output.splitlines()
        assert "…" not in shown.output
        assert lines[0].startswith("The bottleneck of ")
        assert max(map(len, lines)) <= 80
        (starred,) = [line for line in lines if line.startswith("* ")]
        assert starred.startswith("* saw")
        whole = await run("boards", "--json")
        assert json.loads(whole.output)["sensitivity"]["bottleneck"] == [SAW]
        refused = await run("nowhere")
        assert refused.exit_code != 0
        assert "nowhere" in str(refused.exception)
