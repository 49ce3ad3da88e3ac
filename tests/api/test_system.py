"""A System starts and stops as a whole: in reverse, so that nothing is used after it is let go."""

import asyncio
import contextlib
import json
import sqlite3
from typing import Any

import aiomqtt
import pytest

from api.settings import Settings
from api.wiring import Parts, build
from tests.api.house import parts
from tests.devices import PATH
from tests.fakes import FakeSource, InlineCompute
from tests.mqtt_tanks import SparkplugTank


class Wire(FakeSource):
    """A source that is written through as well, and says when it is let go."""

    def __init__(self, told):
        super().__init__("plc")
        self.told = told

    async def close(self):
        self.told.append("wire closed")
        await super().close()


@pytest.mark.catches("a write under way loses its wire before it is given up")
async def test_actuation_is_closed_before_the_wires_it_writes_through(tmp_path):
    """When the system stops, nothing is being written any more once a connector is closed."""
    told: list[str] = []
    system: Any = build(Settings(data=tmp_path / "data"), parts(Wire(told)))
    close = system.actuation.close

    async def closing():
        told.append("actuation closed")
        await close()

    system.actuation.close = closing
    async with system.running():
        assert told == []
    assert told == ["actuation closed", "wire closed"]


async def test_a_plant_behind_a_broker_is_read_and_told_to_others(tmp_path):
    """Kind `mqtt` is wired as source and sink; what is believed is republished, retained."""
    tank = SparkplugTank()
    await tank.start(0)
    settings = Settings(data=tmp_path / "data", uns=tank.url, uns_prefix="uns")
    system: Any = build(settings, Parts(plant=tank.plant, compute=InlineCompute()))
    topic, found = f"uns/{PATH['temperature']}", {}
    async with system.running(), aiomqtt.Client("127.0.0.1", tank.broker.port) as client:
        await client.subscribe(topic)
        async with asyncio.timeout(20):
            async for message in client.messages:
                found = json.loads(message.payload)
                if found["quality"] == "good":
                    break
        assert (found["value"], found["unit"]) == (20.5, "Cel")
        assert (await system.health())["parts"]["wires"] == {"plc": "5 points"}
    await tank.stop()


async def test_health_names_a_source_that_was_never_heard(tmp_path):
    """A gateway that never pushed, or a controller that never answered, is told like the others."""
    system = build(Settings(data=tmp_path / "data"), parts(FakeSource("plc")))
    async with system.running():
        told = (await system.health())["parts"]["sources"]
    assert told == {"plc": "never heard", "plc2": "never heard"}


@pytest.mark.catches("a server on a broken audit chain calls itself well")
async def test_health_names_a_broken_chain(tmp_path):
    """The service runs on a broken chain, and says that it cannot do its work, and why."""
    system = build(Settings(data=tmp_path / "data"), parts(FakeSource("plc")))
    await system.ledger.record("kind", "ada", "s", {})
    with contextlib.closing(sqlite3.connect(system.directory.ledger)) as db, db:
        db.execute("UPDATE audit SET actor = 'eve'")
    async with system.running():
        assert len(list(system.actuation.notices)) == 1
        report = await system.health()
    assert not report["ok"]
    assert "broken at record 0" in report["parts"]["ledger"]
