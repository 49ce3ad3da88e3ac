"""What births tell of a plant: against a real broker and an edge node of our own."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.clock import SystemClock
from connectors import sparkplug
from connectors.mqtt import MqttSource
from connectors.mqtt_json_survey import JsonSurvey
from connectors.mqtt_message import Told
from connectors.sparkplug_survey import SparkplugSurvey
from tests import edge_node as spb
from tests.broker import Mosquitto
from tests.fakes import FakeClock
from tests.mqtt_tanks import SparkplugTank
from twin_core.errors import SourceDown, WrongKind
from twin_core.value import Range

CLOCK = SystemClock()
BIRTH = "spBv1.0/g/NBIRTH/n"


@pytest.fixture
async def tank():
    made = SparkplugTank()
    await made.broker.start()
    yield made
    await made.stop()


def discovering(tank, listen_s=0.6, **given):
    source = tank.plant.sources[0]
    made = MqttSource(tank.plant.model_copy(update={"areas": ()}), source, CLOCK)
    return asyncio.ensure_future(made.discover(listen_s, **given))


async def test_a_node_that_speaks_is_asked_for_its_birth(tank):
    """Its metrics come with folders, type, unit, range and words; what governs it does not."""
    await tank.start_node()
    tank.node.properties["Tank/temperature"] = {
        "engUnit": "°C", "engLow": -10, "engHigh": 90.5, "documentation": "in the jacket",
    }  # fmt: skip
    tank.node.properties["Tank/setpoint"] = {"readOnly": False}
    looking = discovering(tank)
    while not tank.node.asked and not looking.done():
        await tank.show("count", 8, CLOCK.plant())
        await asyncio.sleep(0.02)
    found = await looking
    tags = {tag.path: tag for tag in found.tags}
    assert set(tags) == {("g", "n", "d", "Tank", n) for n in
                         ("temperature", "count", "running", "setpoint", "speed")}  # fmt: skip
    warm = tags["g", "n", "d", "Tank", "temperature"]
    assert warm.address == {
        "group": "g", "node": "n", "device": "d", "metric": "Tank/temperature",
    }  # fmt: skip
    assert (warm.unit, warm.range, warm.shown) == ("Cel", Range(low=-10, high=90.5), 20.5)
    assert warm.description == "in the jacket"
    assert [tags["g", "n", "d", "Tank", n].type for n in ("count", "running", "setpoint")] == [
        "int", "bool", "float",
    ]  # fmt: skip
    assert tags["g", "n", "d", "Tank", "setpoint"].writable
    assert not warm.writable
    assert (found.kind, found.options) == ("mqtt", {"payload": "sparkplug"})
    assert tank.writes == []


async def test_a_silent_node_is_asked_when_it_is_named(tank):
    """Nobody who is silent is found by listening; asked by name he tells his birth, or is told."""
    await tank.start_node()
    await tank.node.raw("told", b"", qos=1)  # answered: its births have gone by
    assert (await discovering(tank, 0.3)).tags == ()
    found = await discovering(tank, ask=["g/n", "g/nobody"])
    assert len(found.tags) == 5
    assert found.doubts == ("node g/nobody: asked for its birth, and it told none",)


async def test_a_broker_that_is_gone_is_said(tank):
    """No broker: SourceDown."""
    await tank.broker.stop()
    with pytest.raises(SourceDown):
        await discovering(tank)


async def test_plain_json_is_discovered_by_topic(tank):
    """Every number of every topic, retained ones too, with its pointer; times are no values."""
    source = tank.plant.sources[0].model_copy(update={"options": {"payload": "json"}})
    made = MqttSource(tank.plant.model_copy(update={"areas": ()}), source, CLOCK)
    await tank.start_node()
    for topic, payload in (
        ("hall/tank/level", b"61.5"),
        ("hall/tank/state", b'{"value": true, "timestamp": 5, "more": {"a/b": 1}}'),
        ("hall/tank/name", b'"big"'),
        ("hall/tank/broken", b"{"),
    ):
        await tank.node.raw(topic, payload, retain=True)
    found = await made.discover(0.4)
    tags = {tag.key: tag for tag in found.tags if tag.path[0] == "hall"}
    assert tags["hall/tank/level"].shown == 61.5
    state = next(t for t in tags.values() if t.address == {"topic": "hall/tank/state",
                                                           "value": "/value"})  # fmt: skip
    assert (state.path, state.type) == (("hall", "tank", "state"), "bool")
    assert any(t.address == {"topic": "hall/tank/state", "value": "/more/a~1b"}
               for t in tags.values())  # fmt: skip
    assert len(tags) == 3
    assert any("no JSON" in sentence for sentence in found.left_out)


def birth(*metrics, survey=None):
    found = survey or SparkplugSurvey([], FakeClock(), 5.0)
    found.take(BIRTH, spb.payload(metrics, seq=0), Told(1), retained=False)
    return found.survey("mqtt://h", 0)


def test_what_is_no_number_or_has_no_name_is_left_out():
    """Strings, arrays of bytes, control metrics, names that no file can hold."""
    found = birth(
        spb.metric("bdSeq", 1, spb.UINT64),
        spb.metric("Node Control/Rebirth", value=False, datatype=spb.BOOLEAN),
        spb.metric("text", "a", spb.STRING),
        spb.metric("bad\nname", 1, spb.INT32),
        spb.metric("x" * 300, 1, spb.INT32),
        spb.metric("Good", 1, spb.INT32),
    )
    assert [tag.path[-1] for tag in found.tags] == ["Good"]
    assert found.left_out == (
        "1 left out: metrics that are no single numbers",
        "2 left out: metrics whose name no plant file can hold",
    )


@pytest.mark.catches("a retained birth believed")
def test_a_retained_birth_is_nobody_speaking():
    """What lies at the broker may be of last year."""
    found = SparkplugSurvey([], FakeClock(), 5.0)
    data = spb.payload([spb.metric("a", 1, spb.INT32)], seq=0)
    found.take(BIRTH, data, Told(1), retained=True)
    assert found.survey("mqtt://h", 0).tags == ()


def test_a_node_is_asked_again_only_after_a_while():
    """Once, and again when its time is over; a born one no more."""
    clock = FakeClock()
    found = SparkplugSurvey(["g/n"], clock, 5.0)
    told = Told(1)
    found.opened(told, announced=False)
    found.tick(told)
    assert len(told.sends) == 1
    assert told.sends[0].topic == "spBv1.0/g/NCMD/n"
    clock.turn(5.0)
    found.tick(told)
    assert len(told.sends) == 2
    birth(spb.metric("a", 1, spb.INT32), survey=found)
    clock.turn(5.0)
    found.tick(told)
    assert len(told.sends) == 2


def test_properties_are_read_with_their_sign():
    """Whole numbers in two's complement, doubles, truth values and text."""
    told = {"engLow": -40, "engHigh": 1.5, "readOnly": True, "engUnit": "°C"}
    data = spb.payload([spb.metric("a", 1, spb.INT32, properties=told), spb.metric("b", 2)])
    assert sparkplug.properties(data) == [told, {}]


@given(st.binary(max_size=200))
def test_f56_any_birth_is_tags_or_nothing(data):
    """Whatever comes as a birth or as JSON, the survey is one."""
    found = SparkplugSurvey([], FakeClock(), 5.0)
    found.take(BIRTH, data, Told(1), retained=False)
    found.survey("mqtt://h", 0)
    plain = JsonSurvey()
    plain.take("a/b", data, Told(1), retained=False)
    plain.survey("mqtt://h", 0)
    try:
        sparkplug.properties(data)
    except WrongKind:
        return


async def test_discovery_leaves_nothing_open():
    """A broker that goes meanwhile ends it with what was heard."""
    broker = Mosquitto()
    await broker.start()
    plant = SparkplugTank().plant
    source = plant.sources[0].model_copy(update={"url": broker.url})
    made = MqttSource(plant, source, CLOCK)
    looking = asyncio.ensure_future(made.discover(5.0))
    await asyncio.sleep(0.2)
    await broker.stop()
    found = await looking
    assert found.tags == ()
    assert found.doubts == ("node g/n: asked for its birth, and it told none",)
