"""Belief told to others: what is told, when, and what never is."""

import json
from dataclasses import replace

import aiomqtt
import numpy as np
import pytest

from connectors.mqtt_link import BrokerOptions, broker
from connectors.unified_namespace import UnifiedNamespace, outlet
from tests.broker import Mosquitto
from tests.devices import NAMES, PATH, START, OpcUaTank
from tests.fakes import FakeClock
from twin_core.errors import SourceDown
from twin_core.ingest import Twin
from twin_core.reading import GOOD, Batch, SourceEvent
from twin_core.twin import Quarantine

PLANT = OpcUaTank().plant


class Board:
    """An Outlet that keeps what is pinned to it."""

    def __init__(self):
        self.lost = ""
        self.shown = {}
        self.count = 0
        self.retained = True
        self.closed = False

    async def publish(self, message):
        if self.lost:
            raise OSError(self.lost)
        self.count += 1
        self.retained &= message.retain
        self.shown[message.topic] = json.loads(message.payload)

    async def close(self, goodbye=None):
        if not self.lost and goodbye is not None:
            await self.publish(goodbye)
        self.closed = True


class House:
    """A twin of the tank and the namespace that republishes it."""

    def __init__(self, most=500):
        self.clock = FakeClock()
        self.twin = Twin(PLANT)
        self.boards = []
        self.down = False
        self.change = lambda snapshot: snapshot
        self.namespace = UnifiedNamespace(
            lambda: self.change(self.twin.snapshot(self.clock.plant())),
            self.opened,
            "uns/",
            self.clock,
            most,
            jitter=lambda: 0.0,
        )
        self.twin.apply(SourceEvent(source="plc", kind="up", time=self.clock.plant()), self.now)
        self.reads(**START)

    @property
    def now(self):
        return self.clock.plant()

    @property
    def board(self):
        return self.boards[-1]

    async def opened(self, will):
        if self.down:
            raise SourceDown("broker", "told so")
        self.boards.append(Board())
        self.will = will
        return self.board

    def reads(self, **values):
        rows = [
            (PLANT.index[PATH[n]], self.now, float(v), GOOD, self.now) for n, v in values.items()
        ]
        self.twin.apply(Batch.of(rows), self.now)

    def told(self, name):
        return self.board.shown[f"uns/{PATH[name]}"]


@pytest.fixture
def house():
    return House()


async def test_every_point_is_told_once_and_then_only_what_changes(house):
    """Value, unit, quality, source time; retained; nothing again while nothing changes."""
    await house.namespace.publish()
    assert set(house.board.shown) == {f"uns/{PATH[n]}" for n in NAMES} | {"uns/s/online"}
    assert house.board.retained
    shown = house.told("temperature")
    assert (shown["value"], shown["unit"], shown["quality"]) == (20.5, "Cel", "good")
    assert shown["time"].startswith("2023-11-14T22:13:20")
    before = house.board.count
    house.clock.turn(1.0)
    house.reads(**START)
    await house.namespace.publish()
    assert house.board.count == before
    house.clock.turn(1.0)
    house.reads(temperature=21.0)
    await house.namespace.publish()
    assert house.board.count == before + 1
    assert house.told("temperature")["value"] == 21.0


@pytest.mark.catches("a quarantined value told as a good one")
async def test_a_quarantined_value_is_never_told(house):
    """A point in quarantine is told with no value, its quality, since when and why."""
    await house.namespace.publish()
    path = PATH["temperature"]
    held = Quarantine(point=path, rule="stuck", since=house.now, value=20.5, reason="it stands")
    house.change = lambda snapshot: replace(snapshot, quarantined={path: held})
    await house.namespace.publish()
    shown = house.told("temperature")
    assert (shown["value"], shown["quality"], shown["why"]) == (None, "quarantined", "it stands")
    assert shown["since"] == shown["time"]
    house.change = lambda snapshot: snapshot
    await house.namespace.publish()
    assert house.told("temperature")["value"] == 20.5


async def test_a_lost_source_and_an_old_value_are_told(house):
    """Stale when too old though nothing came; no value at all when the source is down."""
    await house.namespace.publish()
    house.clock.turn(30.0)
    await house.namespace.publish()
    assert (house.told("count")["value"], house.told("count")["quality"]) == (7.0, "stale")
    house.twin.apply(
        SourceEvent(source="plc", kind="down", time=house.now, reason="cut"), house.now
    )
    await house.namespace.publish()
    for name in NAMES:
        shown = house.told(name)
        assert (shown["value"], shown["quality"], shown["why"]) == (None, "no_data", "cut")


async def test_the_rate_is_bounded_and_nothing_is_forgotten():
    """At most so many points a round; the others follow, each with its newest value."""
    house = House(most=2)
    await house.namespace.publish()
    assert house.board.count == 1 + 2
    house.clock.turn(1.0)
    house.reads(**{**START, "speed": 301})
    for _ in range(4):
        await house.namespace.publish()
    assert house.told("speed")["value"] == 301.0
    assert house.board.count == 1 + len(NAMES)


async def test_a_lost_broker_is_told_everything_again(house):
    """Failures wait ever longer; a broker that is back gets every point, and a will before."""
    await house.namespace.publish()
    house.board.lost = "cut"
    house.down = True
    with pytest.raises(SourceDown, match="told so"):
        await house.namespace.publish()
    await house.namespace.publish()  # waits for its next try
    house.down = False
    house.clock.turn(1.0)
    await house.namespace.publish()
    assert len(house.boards) == 2
    assert len(house.board.shown) == len(NAMES) + 1
    assert json.loads(house.will.payload) == {"online": False}
    await house.namespace.close()
    assert house.board.shown["uns/s/online"] == {"online": False}
    assert house.board.closed


async def test_a_real_broker_keeps_what_is_told(house):
    """Whoever subscribes later finds every point, and that nobody keeps it up any more."""
    server = Mosquitto()
    await server.start()
    options = BrokerOptions()
    house.namespace._opened = outlet(broker("uns", server.url, options), options, None)
    await house.namespace.publish()
    await house.namespace.close()
    found = {}
    async with aiomqtt.Client("127.0.0.1", server.port, timeout=5) as client:
        await client.subscribe("uns/#")
        async for message in client.messages:
            found[str(message.topic)] = json.loads(message.payload)
            if len(found) == len(NAMES) + 1:
                break
    await server.stop()
    assert found["uns/s/online"] == {"online": False}
    values = {n: found[f"uns/{PATH[n]}"]["value"] for n in NAMES}
    assert values == {n: float(START[n]) for n in NAMES}
    assert np.isfinite(list(values.values())).all()
