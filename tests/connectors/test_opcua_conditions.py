"""Alarms that OPC UA servers report themselves: node-opcua with its own logic, and asyncua."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import asyncua.ua
import pytest
from asyncua.common.event_objects import AlarmCondition, BaseEvent
from hypothesis import given
from hypothesis import strategies as st

from api.clock import SystemClock
from connectors import opcua_conditions
from connectors.opcua_events import Reports
from tests.connectors.test_opcua import connector
from tests.contracts.test_reading_source import event, shows, until
from tests.devices import PATH, OpcUaTank, stamp
from tests.node_server import NodeServer, node
from twin_core.condition import ConditionReport
from twin_core.errors import WrongKind
from twin_core.ingest import Twin
from twin_core.operations.conditions import EVENTS
from twin_core.reading import SourceEvent

__all__ = ["node"]  # a fixture
CLOCK = SystemClock()
ua: Any = asyncua.ua


@asynccontextmanager
async def listening(tank, **options):
    """A source, what it says, and the twin that takes it in."""
    told = {**tank.plant.sources[0].options, **options}
    made = connector(tank, options=told)
    try:
        yield made, made.readings(), Twin(tank.plant)
    finally:
        await made.close()


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(opcua_conditions, "_PUBLISHING_S", 0.05)
    monkeypatch.setattr(opcua_conditions, "_REFRESH_S", 0.1)


async def heard(arrivals, twin):
    """Take in what arrives until all that stands was told for the first time."""
    async with asyncio.timeout(20):
        async for arrival in arrivals:
            twin.apply(arrival, CLOCK.plant())
            if isinstance(arrival, ConditionReport) and arrival.ends:
                return


async def settled(arrivals, twin, done):
    """Take in what arrives until `done` of the conditions by name or text; returns them."""
    async with asyncio.timeout(20):
        async for arrival in arrivals:
            twin.apply(arrival, CLOCK.plant())
            seen = {c.said.name or c.said.message: c for c in twin.snapshot(0).conditions}
            if done(seen):
                return seen
    raise AssertionError("the source ended")


def is_in(state, name="Too hot"):
    return lambda seen: name in seen and seen[name].state == state


def is_gone(name="Too hot"):
    return lambda seen: name not in seen


@pytest.fixture
async def hot(node):
    """The tank behind node-opcua, with an alarm of its own."""
    made = NodeServer(node)
    made.alarms = True
    yield made
    await made.stop()


async def test_an_alarm_is_followed_through_its_life(hot):
    """Raised, acknowledged at the panel, suppressed, returned: each as the controller has it."""
    await hot.start(CLOCK.plant())
    async with listening(hot) as (source, readings, twin):
        await heard(readings, twin)
        await hot.show("temperature", 90.0, CLOCK.plant())
        raised = (await settled(readings, twin, is_in("unacknowledged")))["Too hot"]
        assert raised.subject == PATH["temperature"]
        assert raised.source == "plc"
        assert raised.said.kind == "ExclusiveLevelAlarmType"
        assert raised.said.condition.startswith(f"nsu={hot.URI};")
        assert raised.said.severity > 1
        assert raised.certain
        assert abs(raised.time - CLOCK.plant()) < 20_000_000
        await hot.acknowledge()
        await settled(readings, twin, is_in("acknowledged"))
        await hot.suppress()
        await settled(readings, twin, is_in("suppressed"))
        assert "alarm" not in (await source.health()).detail
    assert hot.writes == []


async def test_what_stood_before_is_told_and_what_ended_meanwhile_is_not(hot):
    """After every connect all that stands is asked for; what is not told again is gone."""
    await hot.start(CLOCK.plant())
    await hot.show("temperature", 90.0, CLOCK.plant())
    async with listening(hot) as (_, readings, twin):
        before = (await settled(readings, twin, is_in("unacknowledged")))["Too hot"]
        await hot.stop()
        while twin.snapshot(0).sources["plc"].up:
            twin.apply(await anext(readings), CLOCK.plant())
        (kept,) = twin.snapshot(0).conditions
        assert kept == before.model_copy(update={"certain": False})
        await hot.start(CLOCK.plant())
        await settled(readings, twin, is_gone())


async def test_events_without_a_state_are_told_too(hot):
    """With severity and text, by the unit's name where it is one, else by the source's."""
    await hot.start(CLOCK.plant())
    async with listening(hot) as (_, readings, twin):
        await heard(readings, twin)
        for name, subject in (("TANK", "s/a/l/t"), ("Annex", "plc")):
            await hot.say(f"{name}: door\x1b[31m open\u202e{'!' * 400}", severity=400, name=name)
            text = f"{name}: door\ufffd[31m open\ufffd{'!' * 400}"[:200]
            said = (await settled(readings, twin, is_in("event", text)))[text]
            assert said.subject == subject
            assert said.said.severity == 400
            assert said.said.kind == "BaseEventType"
            assert not said.said.condition


async def test_f55_a_flood_of_events_holds_up_no_value(hot):
    """Thousands at once: values keep coming while they are taken in, and memory is bounded."""
    await hot.start(CLOCK.plant())
    async with listening(hot) as (_, readings, twin):
        await heard(readings, twin)
        await hot.say("flood", times=4000)
        await hot.show("temperature", 33.5, CLOCK.plant())
        seen = await until(readings, shows(hot, "temperature", 33.5))
        seen += await until(readings, lambda a: isinstance(a, ConditionReport) and a.ends)
        reports = [a for a in seen if isinstance(a, ConditionReport)]
        assert 100 < sum(len(report) for report in reports) <= 4000
        assert max(len(report) for report in reports) <= 50
        assert not any(isinstance(a, SourceEvent) and a.kind == "down" for a in seen)
        for arrival in seen:
            twin.apply(arrival, CLOCK.plant())
        assert len(twin.snapshot(0).conditions) == EVENTS


@pytest.fixture
async def tank():
    made = OpcUaTank()
    made.refreshes = True
    yield made
    await made.stop()


def alarm(**changes):
    """An alarm of the tank's level, which is no point, as asyncua tells it."""
    found = AlarmCondition(message="Level high", severity=700)
    found.add_property("NodeId", ua.NodeId("Tank.Level", 2), ua.VariantType.NodeId)
    told = {
        "SourceName": "t",
        "SourceNode": ua.NodeId(),
        "ConditionName": "Level",
        "Retain": True,
        "EnabledState/Id": True,
        "ActiveState/Id": True,
        "AckedState/Id": False,
    }
    for name, value in {**told, **changes}.items():
        setattr(found, name, value)
    return found


async def say(tank, said, at):
    """The server's own logic says it."""
    said.Time = stamp(at)
    await tank.server.iserver.subscription_service.trigger_event(said)


async def test_branches_and_times_are_kept_apart(tank):
    """An earlier state stands beside the present one; what is told late undoes nothing later."""
    await tank.start(CLOCK.plant())
    async with listening(tank) as (_, readings, twin):
        await heard(readings, twin)
        now = CLOCK.plant()
        await say(tank, alarm(ConditionName="Earlier", BranchId=ua.NodeId(7, 2)), now - 9)
        await say(tank, alarm(**{"AckedState/Id": True}), now)
        await say(tank, alarm(), now - 5)
        await say(tank, BaseEvent(message="last"), now)
        seen = await settled(readings, twin, is_in("event", "last"))
        assert {name: (c.state, c.subject) for name, c in seen.items()} == {
            "Earlier": ("unacknowledged", "s/a/l/t"),
            "Level": ("acknowledged", "s/a/l/t"),
            "last": ("event", "plc"),
        }


async def test_a_server_that_tells_nothing_again_says_so(tank):
    """Without ConditionRefresh what stood before is unknown, which health tells; news come."""
    tank.refreshes = False
    await tank.start(CLOCK.plant())
    async with listening(tank) as (source, readings, twin):
        await until(readings, shows(tank, "temperature", 20.5))
        await until(readings, event("alive"))
        assert "not told" not in (await source.health()).detail
        await say(tank, alarm(), CLOCK.plant())
        assert (await settled(readings, twin, is_in("unacknowledged", "Level")))["Level"].certain
        assert "not told: BadNothingToDo" in (await source.health()).detail


async def test_a_server_without_events_says_so_and_its_values_come(tank):
    """Alarms that cannot be heard are told in health; values are not held up by it."""
    await tank.start(CLOCK.plant())
    async with listening(tank, events="s=Tank.temperature") as (source, readings, _):
        await until(readings, shows(tank, "temperature", 20.5))
        for _ in range(9):
            await until(readings, event("alive"))
            if "alarms not heard" in (await source.health()).detail:
                break
        assert "alarms not heard" in (await source.health()).detail
        assert (await source.health()).up


async def test_no_events_are_asked_for_where_none_are_wanted(tank):
    """With `events` empty the server has one subscription, that of values."""
    await tank.start(CLOCK.plant())
    async with listening(tank, events="") as (_, readings, _twin):
        await until(readings, shows(tank, "temperature", 20.5))
        await until(readings, event("alive"))
        assert len(tank.server.iserver.subscription_service.subscriptions) == 1


def test_an_address_that_is_none_is_refused(tank):
    """The option `events` is checked before anything is opened."""
    source = tank.plant.sources[0].model_copy(update={"options": {"events": "server"}})
    with pytest.raises(WrongKind, match="option events"):
        connector(tank, options=source.options)


_ANY = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(), st.text(max_size=300),
    st.binary(max_size=9), st.datetimes(), st.lists(st.integers(), max_size=3),
    st.builds(ua.LocalizedText, st.text(max_size=300)),
    st.builds(lambda n, i: ua.NodeId(i, n), st.integers(0, 5),
              st.one_of(st.integers(0, 15_000), st.text(max_size=300))),
)  # fmt: skip


@given(st.lists(st.lists(_ANY.map(lambda v: SimpleNamespace(Value=v)), max_size=25), max_size=5))
def test_whatever_a_server_says_makes_a_report(notified):
    """Fields of any type, in any number: nothing raises, texts are one printable line."""
    for report in Reports("plc", ["a", "b"], {}).of(notified, 1, 0):
        for said in report.events:
            texts = (said.message, said.name, said.source_name, said.kind, said.condition)
            assert all(text.isprintable() and len(text) <= 200 for text in texts)
        assert ConditionReport.model_validate_json(report.model_dump_json()) == report
