"""What every ReadingSource does: OPC UA (two servers), Modbus (three), MQTT, files, the fake."""

import asyncio
from functools import partial
from typing import Any

import numpy as np
import pytest

from api.clock import SystemClock
from connectors.modbus import ModbusSource
from connectors.mqtt import MqttSource
from connectors.opcua import OpcuaSource
from connectors.own_process import OwnProcess
from connectors.replay import ReplaySource
from tests.devices import NAMES, PATH, START, ModbusTank, OpcUaTank
from tests.fakes import FakeClock, FakeSource
from tests.file_tanks import LongTank, WideTank
from tests.modbus_tanks import (
    ModbusTlsTank,
    NodeModbusTank,
    identities,
    node_modbus,
)
from tests.mqtt_tanks import JsonTank, SparkplugTank
from tests.node_server import NodeServer, node
from twin_core.reading import GOOD, Batch, SourceEvent

__all__ = ["identities", "node", "node_modbus"]  # fixtures
CLOCK = SystemClock()


class FakeTank:
    """The tank without a wire: what it says is said by the test."""

    def __init__(self):
        self.plant = OpcUaTank().plant
        self.source = FakeSource("plc")

    async def start(self, now):
        self.source.up = True
        self.source.say(SourceEvent(source="plc", kind="up", time=now))
        for name in NAMES:
            await self.show(name, START[name], now)

    async def show(self, name, value, at):
        self.source.say(Batch.of([(self.plant.index[PATH[name]], at, float(value), GOOD, at)]))

    async def stop(self):
        self.source.up = False
        self.source.say(SourceEvent(source="plc", kind="down", time=1, reason="told so"))


class OpcUaApart(OpcUaTank):
    """The tank behind OPC UA, read in a process of its own."""


def apart(plant, source, clock):
    """The connector in a process of its own, which comes back at once."""
    nothing = np.zeros(len(plant.points), np.int64)
    make = partial(OpcuaSource, plant, source, clock, jitter=no_jitter)
    return OwnProcess(source.id, make, lambda: nothing, clock, jitter=no_jitter)


def no_jitter():
    """What every delay is spread by here; pickled."""
    return 0.0


TANKS: dict[str, Any] = {
    "opcua": OpcUaTank,
    "opcua-apart": OpcUaApart,
    "node-opcua": NodeServer,
    "modbus": ModbusTank,
    "modbus-tls": ModbusTlsTank,
    "modbus-serial": NodeModbusTank,
    "mqtt-json": JsonTank,
    "sparkplug": SparkplugTank,
    "replay-csv": WideTank,
    "replay-parquet": LongTank,
    "fake": FakeTank,
}
CONNECTORS: dict[type, Any] = {
    OpcUaTank: OpcuaSource,
    OpcUaApart: lambda *given, **_more: apart(*given),
    NodeServer: OpcuaSource,
    ModbusTank: ModbusSource,
    ModbusTlsTank: ModbusSource,
    NodeModbusTank: ModbusSource,
    JsonTank: MqttSource,
    SparkplugTank: MqttSource,
    WideTank: ReplaySource,
    LongTank: ReplaySource,
}


NEEDS: dict[type, tuple[str, ...]] = {
    NodeServer: ("node",),
    ModbusTlsTank: ("identities",),
    NodeModbusTank: ("node_modbus",),
}
"""Fixtures that a tank is made of."""


@pytest.fixture(params=TANKS)
async def tank(request):
    kind = TANKS[request.param]
    made = kind(*[request.getfixturevalue(name) for name in NEEDS.get(kind, ())])
    yield made
    await made.stop()


@pytest.fixture
async def source(tank):
    if isinstance(tank, FakeTank):
        made = tank.source
    else:
        made = CONNECTORS[type(tank)](tank.plant, tank.plant.sources[0], CLOCK, jitter=lambda: 0.0)
    yield made
    await made.close()


async def until(arrivals, done):
    """Everything that arrives until `done(arrival)`, that arrival included."""
    seen = []
    async with asyncio.timeout(20):
        async for arrival in arrivals:
            seen.append(arrival)
            if done(arrival):
                return seen
    raise AssertionError("the source ended")


def event(kind):
    return lambda arrival: isinstance(arrival, SourceEvent) and arrival.kind == kind


def shows(tank, name, value):
    def done(arrival):
        if not isinstance(arrival, Batch):
            return False
        here = arrival.point == tank.plant.index[PATH[name]]
        return bool((np.abs(arrival.value[here] - value) < 1e-6).any())

    return done


async def test_it_says_that_it_is_up_before_it_says_a_value(tank, source):
    """The first arrival is `up`; then every point is read, with a time and a Good status."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    first = (await until(readings, event("up")))[-1]
    assert first.source == "plc"
    known = {}
    async with asyncio.timeout(20):
        async for arrival in readings:
            if isinstance(arrival, Batch):
                for i in range(len(arrival)):
                    known[int(arrival.point[i])] = arrival.value[i], arrival.time[i]
                    assert arrival.status[i] == GOOD
                    assert arrival.time[i] > 0
                    assert arrival.received[i] > 0
            if len(known) == len(NAMES):
                break
    assert {n: known[tank.plant.index[PATH[n]]][0] for n in NAMES} == {
        n: float(START[n]) for n in NAMES
    }
    assert (await source.health()).up


async def test_a_change_is_told(tank, source):
    """A value that changes at the device arrives."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, shows(tank, "temperature", START["temperature"]))
    await tank.show("temperature", 77.25, CLOCK.plant())
    await until(readings, shows(tank, "temperature", 77.25))


@pytest.mark.catches("a source that keeps the last known value when the wire is cut")
async def test_f49_a_lost_device_is_said_once_and_found_again(tank, source):
    """When the device goes it is told once; when it is back, it is up again with fresh values."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, shows(tank, "temperature", START["temperature"]))
    await tank.stop()
    lost = (await until(readings, event("down")))[-1]
    assert lost.reason
    assert not (await source.health()).up
    await tank.start(CLOCK.plant())
    await tank.show("temperature", 30.5, CLOCK.plant())
    again = await until(readings, shows(tank, "temperature", 30.5))
    assert [a.kind for a in again if isinstance(a, SourceEvent) and a.kind != "alive"] == ["up"]


async def test_closing_ends_the_readings(tank, source):
    """After `close` the iterator ends, and health says down."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, event("up"))
    await source.close()
    async with asyncio.timeout(5):
        async for _ in readings:
            pass
    assert not (await source.health()).up


def test_the_fake_clock_stands_still():
    """A FakeClock shows the same time until it is turned, all three clocks together."""
    clock = FakeClock()
    before = clock.plant(), clock.ledger(), clock.monotonic()
    clock.turn(1.5)
    assert (clock.plant(), clock.ledger(), clock.monotonic()) == (
        before[0] + 1_500_000,
        before[1] + 1_500_000,
        1.5,
    )
