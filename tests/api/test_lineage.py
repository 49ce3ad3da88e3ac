"""The digital thread over HTTP and on the command line, from a real history that was replayed."""

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
from api.lineage import _written
from api.server import application
from api.service import Pump
from api.sight import SiteView
from connectors.history_duckdb import HistoryDuckDB
from tests.api.house import House
from tests.api.test_export import served
from tests.fakes import FakeClock
from tests.twin_core.governance.scene import PEOPLE, SPEED
from tests.twin_core.thread_scene import DIVIDER, PLANT, PRESSURE, RATIO, at, logged, twin
from twin_core.errors import OpsTwinError
from twin_core.ingest import Twin
from twin_core.lot_folds import Written

RYE = "toast-rye-20250615t151000z"


class Door:
    """A server that was started on a history, and a token of one who may look."""

    def __init__(self, pump, history, identity, system):
        self.pump, self.history, self.app = pump, history, application(system)
        self.token = identity.issue("vera")

    async def get(self, path, **query):
        transport = httpx.ASGITransport(app=self.app)
        signed = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.get(path, params=query, headers=signed)


@pytest.fixture
async def door(tmp_path):
    clock = FakeClock(plant=at(600))
    history = HistoryDuckDB(
        tmp_path / "h.duckdb", [p.id for p in PLANT.read], None, [p.source for p in PLANT.read],
        commit_every_s=0,
    )  # fmt: skip
    await history.append(logged())
    pump = Pump(Twin(PLANT), {}, history, clock, 60.0)
    await pump.start()
    identity = Identity(tmp_path / "identity.db", clock.ledger)
    identity.add("vera", "Vera", ["viewer"], [PLANT.site])

    async def cases():
        return ()

    async def no_picks(_store):
        return {}

    async def health():
        return {"ok": True, "parts": {}, "timezone": PLANT.timezone}

    system: Any = SimpleNamespace(
        identity=identity, plant=PLANT, historian=history, pump=pump, clock=clock,
        actuation=SimpleNamespace(cases=cases), settings=SimpleNamespace(time_factor=1.0),
        running=contextlib.AsyncExitStack, health=health,
        view_for=lambda asker: SiteView(asker, pump.snapshot, history, cases, no_picks),
    )  # fmt: skip
    yield Door(pump, history, identity, system)
    await pump.stop()
    await history.close()
    identity.close()


async def test_a_restart_knows_again_what_is_derived_and_what_was_not_believed(door):
    """All of it comes from the log; nothing beside it is stored."""
    before, after = twin().snapshot(at(600)), door.pump.snapshot()
    assert after.provenance == before.provenance
    assert [s.point for s in after.provenance.spells] == [PRESSURE]
    assert after.digest == before.digest
    rows = [s.recent.mean[:, PLANT.index[RATIO]].tobytes() for s in (before, after)]
    assert rows[0] == rows[1]


async def test_a_point_is_told_down_to_its_readings(door):
    """At a moment of the past, with clock offset and versions, as JSON."""
    found = (await door.get("/lineage", point=RATIO, at=at(300))).json()
    thread = found["thread"]
    gas, heat = thread["inputs"]
    hot = heat["inputs"][0]
    expected = gas["reading"]["value"] / (hot["reading"]["value"] - 20)
    assert thread["value"] == pytest.approx(expected)
    assert hot["reading"]["ahead_us"] == 1_500_000
    written = hot["reading"]["source_time"]
    raw = await door.history.raw([PLANT.index[hot["point"]]], written, written + 1)
    assert raw.value.tolist() == [hot["reading"]["value"]]
    assert found["plant_version"] == PLANT.version
    assert (await door.get("/lineage", point="nothing")).status_code == 404
    assert (await door.get("/lineage", point=RATIO, at=at(9000))).status_code == 422


async def test_a_derived_point_is_asked_for_like_any_other(door):
    """Its state, its history; an export says what to export instead."""
    shown = (await door.get("/state", point=RATIO)).json()["points"][0]
    assert (shown["unit"], shown["state"]) == ("mbar/K", "no_data")
    assert shown["why"].startswith("it rests on ")
    chart = (await door.get("/history", point=RATIO, minutes=10, n=10)).json()
    assert chart["unit"] == "mbar/K"
    assert sum(chart["count"]) > 50
    refused = await door.get("/export", point=RATIO, start=at(0))
    assert refused.status_code == 422
    assert PRESSURE in refused.json()["message"]


async def test_lots_are_listed_found_and_asked_for_by_doubt(door):
    found = (await door.get("/lots", hours=1)).json()["lots"]
    assert [each["product"] for each in found] == ["toast", "rye"]
    assert found[1]["id"] == RYE
    doubted = (await door.get("/lots", while_quarantined=RATIO)).json()["lots"]
    assert [each["product"] for each in doubted] == ["toast"]
    assert doubted[0]["doubts"][0]["point"] == PRESSURE
    told = (await door.get(f"/lots/{found[0]['id']}")).json()
    assert told["settings"][0]["changes"][0]["after"] == 110
    assert told["tolerances"][0]["outside_s"] > 0
    assert (await door.get("/lots/none")).status_code == 404


async def test_the_commands_print_trees(door, monkeypatch):
    """Readable at 80 columns and less, as JSON where asked for; errors are sentences."""
    monkeypatch.setattr("api.client.stored_token", lambda _url: door.token)

    async def run(*arguments):
        given = [*arguments, "--url", url]
        return await asyncio.to_thread(CliRunner().invoke, cli.app, given)

    async with served(door.app) as url:
        point = await run("lineage", RATIO, "--at", "2025-06-15T17:08:00")
        assert point.exit_code == 0, point.output
        said = " ".join(point.output.replace("│", " ").split())
        assert "(quarantined: it rests on northmill/house/gas/main/pressure: 700 mbar" in said
        assert 'temperature - 20["Cel"]' in said
        assert "its clock +1500.000 ms" in said
        assert "released by eve" in said
        listed = await run("lots")
        assert RYE in listed.output
        lot = await run("lineage", listed.output.split()[0])
        assert lot.exit_code == 0, lot.output
        assert f"{DIVIDER}/speed_setpoint" in lot.output.replace("\n", "")
        assert "OUTSIDE" in lot.output
        whole = await run("lineage", RYE, "--json")
        assert json.loads(whole.output)["product"] == "Rye bread"
        doubted = await run("lots", "--while-quarantined", PRESSURE)
        assert "not believed from" in doubted.output
        for wrong in (["lineage", RYE, "--at", "2025-06-15"], ["lineage", "no lot!"],
                      ["lineage", RATIO, "--at", "noon"]):  # fmt: skip
            assert isinstance((await run(*wrong)).exception, OpsTwinError)


async def test_a_change_of_a_setting_is_known_as_ours_by_what_was_sent():
    """What was written, and what was written back, each in plant time and with who approved it."""
    house = await House().open()
    name = await house.approved()
    system: Any = SimpleNamespace(clock=house.clock, settings=SimpleNamespace(time_factor=2.0))
    sent = house.clock.plant()
    house.clock.turn(1.0)
    (ours,) = _written(system, await house.actuation.cases())
    person = PEOPLE["sam"].name
    # A host second was two of the plant: the write lies two plant seconds back from now.
    assert ours == Written(
        point=SPEED, value=480.0, at=house.clock.plant() - 2_000_000, proposal=name,
        approved_by=(person,),
    )  # fmt: skip
    assert ours.at < sent
    await house.actuation.roll_back(name, PEOPLE["sam"], "not wanted")
    await house.actuation.idle()
    both = _written(system, await house.actuation.cases())
    assert [w.value for w in both] == [480.0, 400.0]
    await house.actuation.close()
