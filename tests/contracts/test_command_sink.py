"""What every CommandSink does: real servers (OPC UA two, Modbus three, Sparkplug), and the fake."""

import asyncio
from typing import Any

import pytest

from api.clock import SystemClock
from connectors.modbus import ModbusSource
from connectors.mqtt import MqttSource
from connectors.opcua import OpcuaSource
from tests.contracts.test_reading_source import apart
from tests.devices import PATH, ModbusTank, OpcUaTank
from tests.fakes import FakeSink
from tests.modbus_tanks import (
    ModbusTlsTank,
    NodeModbusTank,
    identities,
    node_modbus,
)
from tests.mqtt_tanks import SparkplugTank
from tests.node_server import NodeServer, node
from twin_core.governance.action import Command, WriteStep

__all__ = ["identities", "node", "node_modbus"]  # fixtures
CLOCK = SystemClock()
LOST = "lost"


class FakeTank:
    """The tank without a wire."""

    def __init__(self):
        self.sink = FakeSink({PATH["setpoint"]: 40.0, PATH["speed"]: 300.0})

    async def start(self, now):
        self.sink.down = False

    async def stop(self):
        self.sink.down = True

    async def show(self, name, value, at):
        self.sink.values[PATH[name]] = value

    @property
    def writes(self):
        return [(path.rsplit("/", 1)[1], value) for path, value in self.sink.writes]

    async def behave(self, how):
        point = PATH["setpoint"]
        if how == "clamp":
            self.sink.clamp[point] = (0.0, 50.0)
        else:
            {"ignore": self.sink.deaf, "refuse": self.sink.refused, "lose": self.sink.lost}[
                how
            ].add(point)


class OpcUa(OpcUaTank):
    """The tank behind OPC UA, with the bad manners that a server can have."""

    def __init__(self):
        super().__init__()
        self.hung = asyncio.Event()

    async def behave(self, how):
        async def answer(name, value):
            if how == "lose":
                await self.show(name, value, CLOCK.plant())
                await self.hung.wait()  # the value is taken, the answer never comes
            return {
                "clamp": (0x00300000, min(value, 50.0)),
                "ignore": (0, None),
                "refuse": (0x803B0000, None),  # BadNotWritable
            }[how]

        self.answer = answer

    async def stop(self):
        self.hung.set()
        await super().stop()


class OpcUaApart(OpcUa):
    """The same, read and written in a process of its own."""


class Manners(ModbusTank):
    """Bad manners that a Modbus device can have."""

    def __init__(self, *given):
        super().__init__(*given)
        self.hung = asyncio.Event()

    async def behave(self, how):
        async def answer(name, value):
            if how == "lose":
                await self.show(name, value, 0)
                await self.hung.wait()
            return {"clamp": (0, min(value, 50.0)), "ignore": (0, None), "refuse": (3, None)}[how]

        self.answer = answer

    async def stop(self):
        self.hung.set()
        await super().stop()


class Modbus(Manners):
    """The tank behind Modbus over TCP."""


class ModbusTls(Manners, ModbusTlsTank):
    """The tank behind Modbus over TLS."""


class Sparkplug(SparkplugTank):
    """The tank behind a Sparkplug node: a command has no answer but what is told afterwards."""

    async def behave(self, how):
        async def answer(name, value):
            if how == "lose":
                self.hold(name, value)
            stands = self.node.metrics[f"Tank/{name}"][0]
            return {"clamp": min(value, 50.0), "ignore": stands}.get(how)

        self.answer = answer


TANKS: dict[str, Any] = {
    "opcua": OpcUa,
    "opcua-apart": OpcUaApart,
    "node-opcua": NodeServer,
    "modbus": Modbus,
    "modbus-tls": ModbusTls,
    "modbus-serial": NodeModbusTank,
    "sparkplug": Sparkplug,
    "fake": FakeTank,
}
CONNECTORS: dict[type, Any] = {
    OpcUa: OpcuaSource,
    OpcUaApart: apart,
    NodeServer: OpcuaSource,
    Modbus: ModbusSource,
    ModbusTls: ModbusSource,
    NodeModbusTank: ModbusSource,
    Sparkplug: MqttSource,
}


NEEDS: dict[type, tuple[str, ...]] = {
    NodeServer: ("node",),
    ModbusTls: ("identities",),
    NodeModbusTank: ("node_modbus",),
}
"""Fixtures that a tank is made of."""


@pytest.fixture(params=TANKS)
async def tank(request):
    kind = TANKS[request.param]
    made = kind(*[request.getfixturevalue(name) for name in NEEDS.get(kind, ())])
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


@pytest.fixture
async def sink(tank):
    if isinstance(tank, FakeTank):
        yield tank.sink
        return
    made = CONNECTORS[type(tank)](tank.plant, tank.plant.sources[0], CLOCK)
    yield made
    await made.close()


def command(value=60.0, old=40.0, deadline_s=5.0, **step):
    given = {"point": PATH["setpoint"], "unit": "Cel", "check": 0.01, **step}
    return Command(
        key="p-1/0/execute-0",
        proposal="p-1",
        epoch=1,
        purpose="execute",
        step=WriteStep(old=old, value=value, **given),
        deadline_s=deadline_s,
    )


async def unknown_and_found_unchanged(tank, sink, outcome):
    """A wire without answers: while the old value stands nobody can say; a look finds it."""
    assert (outcome.result, outcome.sent, outcome.acknowledged) == ("unknown", True, False)
    seen = await sink.look(command())
    assert (seen.result, seen.read_back) == ("not_applied", 40.0)
    assert len(tank.writes) == 1


async def test_a_write_is_sent_once_and_read_back(tank, sink):
    """A write that is taken is verified by the value read back."""
    outcome = await sink.execute(command())
    assert (outcome.result, outcome.sent, outcome.acknowledged) == ("verified", True, True)
    assert outcome.read_back == pytest.approx(60.0)
    assert tank.writes == [("setpoint", 60.0)]


@pytest.mark.catches("a write over somebody else's value")
async def test_f39_a_value_changed_meanwhile_is_not_written_over(tank, sink):
    """When another value stands than was expected, nothing is sent, and the reason is said."""
    await tank.show("setpoint", 45.0, CLOCK.plant())
    outcome = await sink.execute(command())
    assert (outcome.result, outcome.sent, outcome.read_back) == ("not_applied", False, 45.0)
    assert "conflict" in outcome.detail
    assert tank.writes == []


@pytest.mark.catches("Good taken for success")
async def test_f35_an_answer_without_an_effect_is_a_failure(tank, sink):
    """Answered Good and unchanged is `failed`, with the value that still stands."""
    await tank.behave("ignore")
    outcome = await sink.execute(command())
    if isinstance(tank, Sparkplug):
        await unknown_and_found_unchanged(tank, sink, outcome)
        return
    assert (outcome.result, outcome.acknowledged) == ("failed", True)
    assert outcome.read_back == 40.0
    assert len(tank.writes) == 1


@pytest.mark.catches("GoodClamped passing as Good")
async def test_f36_a_clamped_value_is_a_failure(tank, sink):
    """A device that takes less than was asked is `failed`, with what it took."""
    await tank.behave("clamp")
    outcome = await sink.execute(command())
    assert (outcome.result, outcome.read_back) == ("failed", 50.0)
    assert len(tank.writes) == 1


async def test_a_refused_write_is_a_failure(tank, sink):
    """A device that refuses is `failed`, with its Bad status and the old value."""
    await tank.behave("refuse")
    outcome = await sink.execute(command())
    if isinstance(tank, Sparkplug):
        await unknown_and_found_unchanged(tank, sink, outcome)
        return
    assert (outcome.result, outcome.acknowledged, outcome.read_back) == ("failed", True, 40.0)
    assert outcome.status is not None
    assert outcome.status >> 30 == 2
    assert len(tank.writes) == 1


@pytest.mark.catches("a write sent again because its answer was lost")
async def test_f33_a_lost_answer_is_unknown_and_never_sent_again(tank, sink):
    """When the answer is lost the outcome is `unknown`; one write arrived; looking finds it."""
    await tank.behave("lose")
    outcome = await sink.execute(command(deadline_s=0.5))
    assert (outcome.result, outcome.sent, outcome.acknowledged) == ("unknown", True, False)
    if isinstance(tank, NodeServer | NodeModbusTank):
        await tank.written()
    assert len(tank.writes) == 1
    seen = await sink.look(command())
    assert (seen.result, seen.sent) == ("verified", False)
    assert seen.read_back == pytest.approx(60.0)
    assert len(tank.writes) == 1


async def test_looking_tells_old_from_new_from_other(tank, sink):
    """A look writes nothing, and tells target, old value and anything else apart."""
    assert (await sink.look(command())).result == "not_applied"
    await tank.show("setpoint", 60.0, CLOCK.plant())
    assert (await sink.look(command())).result == "verified"
    await tank.show("setpoint", 51.0, CLOCK.plant())
    assert (await sink.look(command())).result == "unknown"
    assert tank.writes == []


async def test_a_device_that_is_gone_gets_nothing(tank, sink):
    """With the device gone nothing is sent, and a look knows nothing."""
    await tank.stop()
    outcome = await sink.execute(command(deadline_s=1.0))
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert (await sink.look(command(deadline_s=1.0))).result == "unknown"
