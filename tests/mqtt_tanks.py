"""The tank of `devices.py` behind a real broker: as plain JSON, and as a Sparkplug node."""

import asyncio
import contextlib
import json
from typing import Any

import aiomqtt

from api.clock import SystemClock
from tests import edge_node
from tests.broker import Mosquitto
from tests.devices import NAMES, START, plant, stamp

CLOCK = SystemClock()
KINDS = {
    "temperature": edge_node.DOUBLE,
    "count": edge_node.UINT32,
    "running": edge_node.BOOLEAN,
    "setpoint": edge_node.FLOAT,
    "speed": edge_node.INT16,
}


class SparkplugTank:
    """The tank behind an edge node; `answer` as for OpcUaTank: what a command does.

    It is given (name, value) and returns the value that is told afterwards, None for nothing.
    """

    def __init__(self, **options):
        self.broker = Mosquitto()
        told = {"payload": "sparkplug", "reorder_s": 0.3, "answer_s": 1.0, "confirm_s": 0.5}
        self.plant = plant(
            "mqtt",
            self.broker.url,
            json.dumps({**told, **options}),
            {n: f"{{group: g, node: n, device: d, metric: Tank/{n}}}" for n in NAMES},
        )
        self.url = self.broker.url
        self.writes: list[tuple[str, float]] = []
        self.answer: Any = None
        self.node: Any = None

    async def start(self, now):
        await self.broker.start()
        await self.start_node()

    async def start_node(self):
        bd_seq = 0 if self.node is None else (self.node.bd_seq + 1) % 256
        metrics = {f"Tank/{n}": (START[n], KINDS[n]) for n in NAMES}
        self.node = edge_node.EdgeNode(
            self.broker.port, metrics, self._ordered, lambda: CLOCK.plant() // 1000
        )
        self.node.bd_seq = bd_seq
        await self.node.start()

    async def _ordered(self, metric, value):
        name = metric.removeprefix("Tank/")
        self.writes.append((name, float(value)))
        stands = value if self.answer is None else await self.answer(name, value)
        if stands is not None:
            await self.show(name, stands, 0)

    def hold(self, name, value):
        """It changes, and nothing is told of it."""
        self.node.metrics[f"Tank/{name}"] = value, KINDS[name]

    async def show(self, name, value, at):
        await self.node.show(f"Tank/{name}", value, at // 1000)

    async def stop(self):
        await self.broker.stop()
        if self.node is not None:
            await self.node.stop(gone=True)


class JsonTank:
    """The tank that publishes every value again and again, as such devices do."""

    PERIOD_S = 0.1

    def __init__(self, **options):
        self.broker = Mosquitto()
        self.plant = plant(
            "mqtt",
            self.broker.url,
            json.dumps(options),
            {
                "temperature": "{topic: tank/analog, value: /values/0, time: /t}",
                "count": "{topic: tank/count}",
                "running": "{topic: tank/run, value: /on, time: /at, quality: /q}",
                "setpoint": "{topic: tank/setpoint, value: /v, time: /ts, time_unit: s}",
                "speed": "tank/speed",
            },
        )
        self.url = self.broker.url
        self.values = dict(START)
        self._client: Any = None
        self._still = asyncio.Event()
        self._task: Any = None

    async def start(self, now):
        await self.broker.start()
        self.values = dict(START)
        self._client = aiomqtt.Client("127.0.0.1", self.broker.port, timeout=5)
        await self._client.__aenter__()
        self._still.clear()
        self._task = asyncio.ensure_future(self._again())

    async def show(self, name, value, at):
        self.values[name] = value
        await self._tell(name)

    async def send(self, topic, data, *, retain=False):
        await self._client.publish(topic, data, qos=1, retain=retain)

    async def quiet(self):
        """It says nothing any more by itself."""
        self._still.set()  # cancelled, it may go on: `wait_for` under aiomqtt swallows that
        await asyncio.wait([self._task])

    async def stop(self):
        await self.broker.stop()
        if self._task is not None:
            await self.quiet()
            with contextlib.suppress(aiomqtt.MqttError):
                await anext(self._client.messages)  # until it is known that the broker is gone

    async def _again(self):
        with contextlib.suppress(aiomqtt.MqttError):
            while not self._still.is_set():
                for name in NAMES:
                    await self._tell(name)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._still.wait(), self.PERIOD_S)

    async def _tell(self, name):
        value, now = self.values[name], CLOCK.plant()
        topic, shown = {
            "temperature": ("tank/analog", {"values": [value], "t": now // 1000}),
            "count": ("tank/count", value),
            "running": ("tank/run", {"on": bool(value), "at": stamp(now).isoformat(), "q": "GOOD"}),
            "setpoint": ("tank/setpoint", {"v": value, "ts": now / 1e6}),
            "speed": ("tank/speed", value),
        }[name]
        await self.send(topic, json.dumps(shown))
