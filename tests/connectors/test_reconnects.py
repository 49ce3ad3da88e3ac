"""A source that loses its controller again and again keeps nothing of its former connections."""

import asyncio
import gc
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from api.clock import SystemClock
from connectors import opcua_session
from connectors.modbus import ModbusSource
from connectors.mqtt import MqttSource
from connectors.opcua import OpcuaSource
from tests.contracts.test_reading_source import event, until
from tests.devices import ModbusTank, OpcUaTank
from tests.modbus_tanks import ModbusTlsTank, identities
from tests.mqtt_tanks import JsonTank, SparkplugTank

__all__ = ["identities"]  # a fixture
CLOCK = SystemClock()
TIMES = 100
SETTLED_S = 30.0
OURS = {"connectors", "twin_core", "asyncua", "pymodbus", "aiomqtt", "paho"}
"""Packages whose objects are counted."""


class Broker:
    """The broker of a tank alone: what hangs on it besides would be counted too."""

    def __init__(self, tank: JsonTank | SparkplugTank):
        self.plant = tank.plant
        self._broker = tank.broker

    async def start(self, now):
        await self._broker.start()

    async def stop(self):
        await self._broker.stop()


FAR_SIDES: dict[str, tuple[Any, Any]] = {
    "opcua": (lambda _: OpcUaTank(), OpcuaSource),
    "modbus": (lambda _: ModbusTank(), ModbusSource),
    "modbus-tls": (ModbusTlsTank, ModbusSource),
    "mqtt-json": (lambda _: Broker(JsonTank()), MqttSource),
    "sparkplug": (lambda _: Broker(SparkplugTank()), MqttSource),
}


def held():
    """What there is of each kind of task and thread, and how many descriptors."""
    tasks: list[Any] = [
        t.get_coro() for t in asyncio.all_tasks() if t is not asyncio.current_task()
    ]
    found = Counter(f"task {task.__qualname__}" for task in tasks)
    # The loop's own pool keeps its workers, up to a number, for whoever comes next.
    found.update(
        f"thread {thread.name.rstrip('-_0123456789')}"
        for thread in threading.enumerate()
        if not thread.name.startswith("asyncio_")
    )
    found["descriptors"] = len(list(Path("/proc/self/fd").iterdir()))
    return found


def objects():
    """How many objects there are of each class."""
    gc.collect()
    return Counter(
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in map(type, gc.get_objects())
        if str(kind.__module__).partition(".")[0] in OURS
    )


async def nothing_beyond(allowed):
    """Wait until no more is held than was; what is left after a while was forgotten."""
    for _ in range(int(SETTLED_S / 0.1)):
        if not held() - allowed:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"left behind: {dict(held() - allowed)}")


async def lose(far, arrivals):
    """The connection is lost and found again."""
    if isinstance(far, OpcUaTank):
        far.cut()  # the server goes on: it is to have nothing left of us either
    else:
        await far.stop()
    await until(arrivals, event("down"))
    if not isinstance(far, OpcUaTank):
        await far.start(CLOCK.plant())
    await until(arrivals, event("up"))


@pytest.fixture(params=FAR_SIDES)
async def far(request, identities, monkeypatch):
    """A far side that serves, and a source that is to read it, and what there was before it."""
    monkeypatch.setattr(opcua_session, "_SESSION_S", 1.0)
    monkeypatch.setattr(opcua_session, "_PROBE_S", 0.3)
    made, connector = FAR_SIDES[request.param]
    served = made(identities)
    await served.start(CLOCK.plant())
    before = held()
    source = connector(served.plant, served.plant.sources[0], CLOCK, jitter=lambda: 0.0)
    source._feed._backoff._first_s = 0.02
    yield served, source, before
    async with asyncio.timeout(15):
        await source.close()
    await served.stop()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
@pytest.mark.catches(
    "a source that leaks a task, a thread, a socket or an object with every reconnect"
)
async def test_reconnects_leave_nothing_behind(far):
    """After many losses it holds what it held after one, and once closed nothing."""
    served, source, before = far
    arrivals = source.readings()
    await until(arrivals, event("up"))
    await lose(served, arrivals)
    await asyncio.sleep(2.0)  # what ends by itself has ended
    once, made = held(), objects()
    for _ in range(TIMES):
        await lose(served, arrivals)
    await nothing_beyond(once)
    assert [kind for kind, more in (objects() - made).items() if more > TIMES / 10] == []
    await source.close()
    await nothing_beyond(before)
