"""Local rules through all that `serve` wires: pump, ingest thread, gate, routes, commands."""

import asyncio

import httpx
import pytest
from typer.testing import CliRunner

from api import client
from api.cli import app
from api.server import application
from api.settings import Settings
from api.wiring import build
from tests.api.house import parts
from tests.api.test_local_rules import ONE
from tests.fakes import FakeSource
from tests.twin_core.governance.scene import NOW, PEOPLE, PLANT, PRESSURE, SPEED, VALUES
from twin_core.errors import BadInput, OpsTwinError
from twin_core.reading import Batch, SourceEvent


class Served:
    """A whole system on a source that says what it is told to."""

    def __init__(self, folder):
        self.source = FakeSource("plc")
        self.file = folder / "local.toml"
        self.file.write_text(ONE)
        self.parts = parts(self.source)
        self.sink = self.parts.sinks["plc"]
        self.sink.values = dict(VALUES)
        settings = Settings(data=folder / "data", local_rules=self.file)
        self.system = build(settings, self.parts)
        for who in (PEOPLE["eve"], PEOPLE["olga"]):
            self.system.identity.add(who.user, who.name, list(who.roles), ["site"])

    def says(self, **values):
        """Readings arrive, all Good; by the last word of their path."""
        named = {point.id.rpartition("/")[2]: i for i, point in enumerate(PLANT.points)}
        rows = [(named[name], NOW, value, 0, NOW) for name, value in values.items()]
        self.source.say(Batch.of(rows))

    async def until(self, holds):
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110 nothing signals what another thread does
                await asyncio.sleep(0.01)

    async def run(self, monkeypatch, *arguments, user="eve"):
        """`opstwin local` as a person, against the routes."""
        loop = asyncio.get_running_loop()
        signed = {"Authorization": f"Bearer {self.system.identity.issue(user)}"}
        transport = httpx.ASGITransport(app=application(self.system))

        async def asked(method, path, **given):
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                answer = await http.request(method, path, headers=signed, **given)
            if answer.status_code >= 400:
                raise OpsTwinError(answer.json()["message"])
            return answer.json()

        class Through:
            def __init__(self, _url):
                pass

            def get(self, path):
                return asyncio.run_coroutine_threadsafe(asked("GET", path), loop).result(20)

            def post(self, path, body):
                call = asked("POST", path, json=body)
                return asyncio.run_coroutine_threadsafe(call, loop).result(20)

        monkeypatch.setattr(client, "Client", Through)
        return await asyncio.to_thread(CliRunner().invoke, app, ["local", *arguments])


@pytest.fixture
async def whole(tmp_path):
    found = Served(tmp_path)
    async with found.system.running():
        eve = found.system.identity.person("eve")
        await found.system.actuation.set_trust("site", "act_by_standing_rule", eve, "tests")
        found.source.say(SourceEvent(source="plc", kind="up", time=NOW))
        found.says(speed_setpoint=400.0, mode=1.0, pressure_setpoint=2.0)
        yield found


async def test_signed_shown_carried_out_and_revoked(whole, monkeypatch):
    """From the command line to the device and back."""
    assert "not in force, not signed" in (await whole.run(monkeypatch, "show")).output
    refused = await whole.run(monkeypatch, "sign", str(whole.file), "--reason", "load", user="olga")
    assert "engineer" in str(refused.exception)
    signed = await whole.run(monkeypatch, "sign", str(whole.file), "--reason", "load")
    assert "In force: low-air" in signed.output
    shown = (await whole.run(monkeypatch, "show")).output
    assert "in force, local rule low-air of Eve" in shown
    assert f"{PRESSURE} below 1.5 bar: {SPEED} to 300" in shown
    whole.says(pressure_setpoint=1.2)
    await whole.until(lambda: whole.sink.writes)
    assert whole.sink.writes == [(SPEED, 300.0)]
    gone = await whole.run(
        monkeypatch, "revoke", "low-air", "--reason", "it is being changed", user="olga"
    )
    assert "Revoked: low-air" in gone.output
    assert "not signed" in (await whole.run(monkeypatch, "show")).output
    unknown = await whole.run(
        monkeypatch, "sign", str(whole.file), "--reason", "x", "--rule", "other"
    )
    assert "There is no rule" in str(unknown.exception)


@pytest.mark.catches("a rule of the file that acts before anybody signed it")
async def test_what_is_not_signed_does_nothing(whole):
    """The pressure falls, and nothing is written, proposed or told."""
    whole.says(pressure_setpoint=1.2)
    await whole.until(lambda: whole.system.pump.snapshot().latest(PRESSURE).value == 1.2)
    assert whole.sink.writes == []
    assert await whole.system.actuation.proposals() == []


def test_a_file_that_cannot_be_used_stops_the_start(tmp_path):
    """Whoever starts the server hears what is wrong, and where."""
    file = tmp_path / "local.toml"
    file.write_text(ONE.replace("below", "under"))
    with pytest.raises(BadInput, match=r"rule\.1\.condition\.0"):
        build(Settings(data=tmp_path, local_rules=file), parts(FakeSource("plc")))


def test_a_file_is_checked_without_a_server(tmp_path):
    """What it says in words; without a plant it is said what was not looked at."""
    file = tmp_path / "local.toml"
    file.write_text(ONE)
    done = CliRunner().invoke(app, ["local", "check", str(file)], catch_exceptions=False)
    assert "1 rules, can be used" in done.output
    assert "Without --plant" in done.output
    here = CliRunner().invoke(
        app, ["local", "check", str(file), "--plant", "plants/riverside.yaml"]
    )
    assert "There is no point" in str(here.exception)
