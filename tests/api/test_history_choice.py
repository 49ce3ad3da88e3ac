"""Which history a System keeps, chosen by the settings; InfluxDB from end to end."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from api.doctor import examine
from api.settings import Settings
from api.wiring import build
from tests.api.house import parts
from tests.fakes import FakeSource
from tests.influx import ORG, TOKEN, Endpoint, influxdb_1
from tests.twin_core.governance.scene import NOW
from twin_core.errors import BadInput, StoreDown, WrongKind
from twin_core.reading import GOOD, Batch, SourceEvent
from twin_core.value import SECOND


def chosen(folder, url, **given):
    named: dict[str, Any] = {
        "data": folder / "data",
        "history": "influxdb",
        "influxdb_url": url,
        "influxdb_org": ORG,
        "influxdb_token": SecretStr(TOKEN),
        "url": "http://127.0.0.1:9",
    }
    return Settings(**{**named, **given})


async def test_belief_survives_in_influxdb(tmp_path):
    """What a source said is in the server's buckets, and a fresh twin knows it."""
    (tmp_path / "influxd").mkdir()
    with influxdb_1(tmp_path / "influxd") as engine, Endpoint(engine).open() as endpoint:
        settings = chosen(tmp_path, endpoint.url)
        source = FakeSource("plc")
        system = build(settings, parts(source))
        async with system.running():
            source.say(SourceEvent(source="plc", kind="up", time=NOW))
            source.say(Batch.of([(0, NOW - SECOND, 41.5, GOOD, NOW)]))
            await asyncio.to_thread(endpoint.wait, "opstwin_log", 2)
            assert await system.historian.last_seq() >= 2
            assert (await system.health())["parts"]["history"] == "all is with the server"
        again = build(settings, parts(FakeSource("plc")))
        async with again.running():
            # It says so only if the replay told it that the source had been up.
            await asyncio.to_thread(endpoint.wait, "opstwin_log", 4)
            assert b"restarted" in endpoint.lines["opstwin_log"][3]
            found = await again.historian.raw([0], 0, NOW + SECOND)
            assert found.value.tolist() == [41.5]
    assert sorted(endpoint.buckets) == ["opstwin", "opstwin_log"]


async def test_a_start_without_the_server_says_what_is_missing(tmp_path):
    """No server, no past to believe: the start fails, naming the address."""
    with Endpoint().open() as endpoint:
        endpoint.down = True
        system = build(chosen(tmp_path, endpoint.url), parts(FakeSource("plc")))
        with pytest.raises(StoreDown, match=f"no InfluxDB at {endpoint.url}"):
            async with system.running():
                pass


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"influxdb_token": None}, "INFLUXDB_TOKEN"),
        ({"influxdb_org": ""}, "INFLUXDB_ORG"),
        ({"keep_raw_days": 7, "keep_minute_days": 30}, "InfluxDB keeps readings only"),
        ({"keep_raw_days": 7, "time_factor": 20}, "time_factor = 1"),
        ({"influxdb_url": "http://influx.example:8086"}, "https://HOST:PORT"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(tmp_path, given, says):
    """A setting that does not go with InfluxDB is named, with what is allowed."""
    settings = chosen(tmp_path, "http://127.0.0.1:9", **given)
    with pytest.raises((BadInput, WrongKind), match=says):
        build(settings, parts(FakeSource("plc")))


def test_the_doctor_asks_the_server_and_changes_nothing(tmp_path, monkeypatch):
    """Buckets that are there, that will be made, a token that is not known, nobody at all."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def told(settings):
        return {check.what: check for check in examine(settings)}

    with Endpoint().open() as endpoint:
        settings = chosen(tmp_path, endpoint.url)
        found = told(settings)
        assert found["bucket opstwin"].state == "note"
        assert "`opstwin serve` makes it" in found["bucket opstwin"].found
        assert endpoint.buckets == {}
        rules = [{"type": "expire", "everySeconds": 30 * 86_400}]
        for name, kept in (("opstwin", rules), ("opstwin_log", [])):
            endpoint.buckets[name] = {"id": "1", "name": name, "retentionRules": kept}
        found = told(settings)
        assert "keeps 30 days" in found["bucket opstwin"].found
        assert "keeps all" in found["bucket opstwin_log"].found
        found = told(settings.model_copy(update={"influxdb_token": SecretStr("wrong")}))
        assert found["history"].state == "bad"
        assert "401" in found["history"].found
        assert TOKEN not in str(found)
        endpoint.down = True
        assert "no InfluxDB at" in told(settings)["history"].found
    assert "DuckDB" in told(Settings(data=tmp_path, url=settings.url))["history"].found
