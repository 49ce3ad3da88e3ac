"""OPC UA against a real server: what the contract suites do not ask of every source."""

import asyncio
import math
from typing import Any

import pytest
from asyncua.ua.uaerrors import UaStatusCodeError

from api.clock import SystemClock
from connectors import opcua_session
from connectors.device_record import DeviceRecord
from connectors.opcua import OpcuaSource
from connectors.opcua_keys import OpcuaKeys
from tests.contracts.test_reading_source import event, shows, until
from tests.devices import NAMES, PATH, OpcUaTank, plant
from twin_core.errors import WrongKind
from twin_core.governance.action import Command, WriteStep
from twin_core.ingest import Twin
from twin_core.reading import (
    BAD_CONFIGURATION_ERROR,
    GOOD_LOCAL_OVERRIDE,
    UNCERTAIN_LAST_USABLE_VALUE,
    Batch,
    SourceEvent,
)
from twin_core.value import SECOND

CLOCK = SystemClock()


@pytest.fixture
async def tank():
    made = OpcUaTank()
    yield made
    await made.stop()


def connector(tank, clock=CLOCK, factor=1.0, **changes):
    source = tank.plant.sources[0].model_copy(update=changes)
    return OpcuaSource(tank.plant, source, clock, factor, jitter=lambda: 0.0)


@pytest.fixture
async def source(tank):
    made = connector(tank)
    yield made
    await made.close()


def command(name="setpoint", unit="Cel", old=40.0, value=60.0, deadline_s=5.0):
    step = WriteStep(point=PATH[name], unit=unit, old=old, value=value, check=0.01)
    return Command(
        key="k", proposal="p", epoch=1, purpose="execute", step=step, deadline_s=deadline_s
    )


def row(tank, arrivals, name):
    """The last reading of a point: value, time, status, text."""
    index = tank.plant.index[PATH[name]]
    for arrival in reversed(arrivals):
        if isinstance(arrival, Batch):
            for i in reversed(range(len(arrival))):
                if arrival.point[i] == index:
                    return (
                        arrival.value[i],
                        arrival.time[i],
                        int(arrival.status[i]),
                        arrival.original.get(i, ""),
                    )
    raise AssertionError(f"{name} was not read")


async def test_source_time_and_whole_status_code_are_kept(tank, source):
    """A reading has the server's own source time, to the microsecond, and all 32 status bits."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    await tank.show("temperature", 21.0, 1_234_567_890_123_456, UNCERTAIN_LAST_USABLE_VALUE | 0x480)
    seen = await until(readings, shows(tank, "temperature", 21.0))
    assert row(tank, seen, "temperature") == (
        21.0,
        1_234_567_890_123_456,
        UNCERTAIN_LAST_USABLE_VALUE | 0x480,
        "",
    )


async def test_a_new_time_alone_is_a_reading(tank, source):
    """A sample with the same value and a new source time arrives (StatusValueTimestamp)."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    await tank.show("temperature", 20.5, 5 * SECOND)
    seen = await until(readings, shows(tank, "temperature", 20.5))
    assert row(tank, seen, "temperature")[1] == 5 * SECOND


async def test_what_is_no_number_is_nan_with_its_status(tank, source):
    """A Bad reading without a value is NaN and Bad."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    await tank.show("temperature", None, 7 * SECOND, 0x808C0000)

    def bad(arrival):
        return isinstance(arrival, Batch) and (arrival.status == 0x808C0000).any()

    value, time, status, text = row(tank, await until(readings, bad), "temperature")
    assert math.isnan(value)
    assert (time, status, text) == (7 * SECOND, 0x808C0000, "")


async def test_the_servers_clock_offset_is_measured(tank, source):
    """`up` tells how far the server's clock is from plant time."""
    tank.clock_offset_us = -12_500_000
    await tank.start(CLOCK.plant())
    up = (await until(source.readings(), event("up")))[-1]
    assert up.offset_us == pytest.approx(-12_500_000, abs=5_000_000)


async def test_plant_time_runs_at_the_factor(tank):
    """Periods are plant seconds: at factor 20 a publishing period of 1 s takes 50 ms."""
    clock = SystemClock(factor=20.0, origin=CLOCK.plant())
    slow = OpcUaTank(publishing_s=1.0, keepalive_s=20.0)
    await slow.start(clock.plant())
    source = connector(slow, clock, 20.0)
    readings = source.readings()
    up = (await until(readings, event("up")))[-1]
    assert abs(up.time - clock.plant()) < 100 * SECOND
    async with asyncio.timeout(5):
        await until(readings, shows(slow, "temperature", 20.5))
    await source.close()
    await slow.stop()


async def test_a_silent_device_is_alive_not_down(tank, source):
    """A connection on which nothing changes says `alive` from time to time."""
    await tank.start(CLOCK.plant())
    seen = await until(source.readings(), event("alive"))
    assert not any(isinstance(a, SourceEvent) and a.kind == "down" for a in seen)


@pytest.mark.catches("a subscription that died unnoticed")
async def test_f50_a_dead_subscription_is_found_by_its_silence():
    """When the server stops publishing and the connection stands, it is down in 3 keep-alives."""
    tank = OpcUaTank(keepalive_s=0.1)
    await tank.start(CLOCK.plant())
    source = connector(tank)
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    for subscription in tank.server.iserver.subscription_service.subscriptions.values():
        assert subscription._task is not None
        subscription._task.cancel()
    down = (await until(readings, event("down")))[-1]
    assert "keep-alive" in down.reason
    await until(readings, event("up"))
    await source.close()
    await tank.stop()


@pytest.mark.catches("a socket that stays open when asyncua has given a server up")
async def test_a_server_that_does_not_answer_any_more_is_let_go(monkeypatch):
    """Once its silence was found out by asking it, nothing of the connection is kept."""
    for name in ("_PROBE_S", "_REQUEST_S", "_CLOSE_S"):
        monkeypatch.setattr(opcua_session, name, 0.5)
    tank = OpcUaTank(keepalive_s=60.0)
    await tank.start(CLOCK.plant())
    source = connector(tank)
    arrivals = source.readings()
    await until(arrivals, shows(tank, "temperature", 20.5))
    (deaf,) = tank.server.iserver.asyncio_transports
    deaf.pause_reading()
    await until(arrivals, event("down"))
    await source.close()
    deaf.resume_reading()
    await asyncio.sleep(0.5)
    assert deaf not in tank.server.iserver.asyncio_transports
    await tank.stop()


@pytest.mark.catches("an item that failed and was only logged")
async def test_f51_what_the_server_will_not_monitor_is_bad_and_tried_again(
    tank, source, monkeypatch
):
    """A point the server has not is Bad, is counted in health, and is read once it is there."""
    monkeypatch.setattr(opcua_session, "_RETRY_S", 0.1)
    tank.absent = {"count"}
    await tank.start(CLOCK.plant())
    readings = source.readings()

    def refused(arrival):
        here = isinstance(arrival, Batch) and arrival.point == tank.plant.index[PATH["count"]]
        return here is not False and (arrival.status[here] >> 30 == 2).any()

    value, _, status, _ = row(tank, await until(readings, refused), "count")
    assert math.isnan(value)
    assert status == 0x80340000  # BadNodeIdUnknown, the server's own word
    assert "1 refused" in (await source.health()).detail
    await tank.add("count")
    await until(readings, shows(tank, "count", 7.0))
    assert "refused" not in (await source.health()).detail


@pytest.mark.catches("a Bad status that came at a time at which nobody would believe it")
@pytest.mark.parametrize("offset_s", [-90, 90])
async def test_what_is_not_monitored_is_bad_at_the_servers_time(tank, source, offset_s):
    """On a server whose clock is off, that a point is Bad is said by the server's clock too."""
    tank.absent = {"count"}
    tank.clock_offset_us = offset_s * SECOND
    await tank.start(CLOCK.plant())
    readings = source.readings()
    up = (await until(readings, event("up")))[-1]
    bad = await until(readings, lambda a: isinstance(a, Batch) and (a.status >> 30 == 2).all())
    _, time, _, _ = row(tank, bad, "count")
    assert time - up.offset_us == pytest.approx(int(bad[-1].received[0]), abs=SECOND)


@pytest.mark.catches("a server that refuses subscriptions, told up and down without end")
async def test_a_server_that_takes_no_subscription_is_down(tank, source, monkeypatch):
    """Only a server that lets itself be subscribed to is up."""

    async def refuse(*_given):
        raise UaStatusCodeError(0x80770000)  # BadTooManySubscriptions

    monkeypatch.setattr(opcua_session.OpcuaSession, "_subscribe", refuse)
    await tank.start(CLOCK.plant())
    seen = await until(source.readings(), event("down"))
    assert len(seen) == 1


def test_an_address_that_is_no_node_id_is_told(tank):
    """A wrong address is refused when the connector is made, with its point."""
    wrong = plant("opcua", tank.url, "{}", {name: f"Tank.{name}" for name in NAMES})
    with pytest.raises(WrongKind, match=f"{PATH['temperature']}: 'Tank.temperature' was given"):
        OpcuaSource(wrong, wrong.sources[0], CLOCK)


async def test_a_server_without_our_namespace_is_down(tank, source):
    """Addresses of another namespace are never taken for ours."""
    tank.uri = "urn:somebody:else"
    await tank.start(CLOCK.plant())
    down = (await until(source.readings(), event("down")))[-1]
    assert tank.URI in down.reason


async def test_f56_what_is_no_opc_ua_is_down_and_nothing_breaks(tank, source):
    """A server that talks nonsense is down; the real one behind the same address is found."""

    async def babble(reader, writer):
        await reader.read(8)
        writer.write(b"\xff" * 64)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", tank.port)
    readings = source.readings()
    await until(readings, event("down"))
    server.close()
    await server.wait_closed()
    await tank.start(CLOCK.plant())
    await until(readings, event("up"))


async def test_a_write_while_being_read_uses_the_same_session(tank, source):
    """A command goes over the live session, and its effect arrives as a reading."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, shows(tank, "setpoint", 40.0))
    assert (await source.execute(command())).result == "verified"
    await until(readings, shows(tank, "setpoint", 60.0))


async def test_whole_numbers_and_floats_are_written_in_the_nodes_type(tank, source):
    """An Int16 node takes 450 and refuses 450.5 and 40000 unsent; a Float takes 0.1 as 0.1."""
    await tank.start(CLOCK.plant())
    speed: dict[str, Any] = {"name": "speed", "unit": "1/min", "old": 300.0}
    assert (await source.execute(command(value=450.0, **speed))).read_back == 450.0
    for value in (450.5, 40000.0):
        outcome = await source.execute(command(value=value, **{**speed, "old": 450.0}))
        assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert (await source.execute(command(value=0.1))).read_back == 0.1
    assert len(tank.writes) == 2


async def test_f37_a_write_completed_later_is_verified_later(tank, source):
    """GoodCompletesAsynchronously: the value comes some time after the answer."""
    await tank.start(CLOCK.plant())
    later = []

    async def answer(name, value):
        async def complete():
            await asyncio.sleep(0.2)
            await tank.show(name, value, CLOCK.plant())

        later.append(asyncio.ensure_future(complete()))
        return 0x002E0000, None

    tank.answer = answer
    outcome = await source.execute(command())
    assert (outcome.result, outcome.status) == ("verified", 0x002E0000)
    await asyncio.gather(*later)


async def test_a_value_under_local_control_is_left_alone(tank, source):
    """A set point whose status says GoodLocalOverride is not written."""
    await tank.start(CLOCK.plant())
    await tank.show("setpoint", 40.0, CLOCK.plant(), GOOD_LOCAL_OVERRIDE)
    outcome = await source.execute(command())
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert tank.writes == []


@pytest.mark.catches("a late reply taken for the next one")
async def test_f34_a_late_answer_is_not_taken_for_another(tank, source):
    """After a write whose answer came too late, the next read is the next read."""
    await tank.start(CLOCK.plant())
    released = asyncio.Event()

    async def answer(name, value):
        await released.wait()
        return 0, value

    tank.answer = answer
    readings = source.readings()
    await until(readings, shows(tank, "setpoint", 40.0))
    assert (await source.execute(command(deadline_s=0.2))).result == "unknown"
    released.set()
    await until(readings, shows(tank, "setpoint", 60.0))
    assert (await source.look(command())).read_back == 60.0


async def test_discovery_lists_the_variables(tank, source):
    """Discovery names every variable of the server's own namespaces."""
    await tank.start(CLOCK.plant())
    found = await source.discover()
    assert {f"s=Tank.{name}" for name in NAMES} == {tag.address for tag in found.tags}
    assert found.namespace == tank.URI


async def test_a_server_that_tells_only_changes_is_believed_while_it_shows_that_it_is_there():
    """Two plant minutes after its only word a point is Good; a Bad word stands and quarantines."""
    clock = SystemClock(factor=40.0, origin=CLOCK.plant())
    tank = OpcUaTank(publishing_s=2.0, keepalive_s=4.0)
    source = connector(tank, clock, 40.0)
    await tank.start(clock.plant())
    twin = Twin(tank.plant)

    async def hear(plant_s):
        end = clock.plant() + plant_s * SECOND
        while clock.plant() < end:
            twin.apply(await anext(arrivals), clock.plant())
        return twin.snapshot(clock.plant())

    try:
        arrivals = source.readings()
        snapshot = await hear(120)
        assert snapshot.quarantined == {}
        assert snapshot.latest(PATH["temperature"]).state == "good"
        assert snapshot.settled_value[tank.plant.index[PATH["temperature"]]] == 20.5
        await tank.show("temperature", None, tank.now + 1, 0x808C0000)
        snapshot = await hear(60)
        assert snapshot.quarantined[PATH["temperature"]].rule == "status"
        assert snapshot.latest(PATH["setpoint"]).state == "good"
    finally:
        await source.close()
        await tank.stop()


def kept(tank, folder):
    return OpcuaSource(
        tank.plant, tank.plant.sources[0], CLOCK, jitter=lambda: 0.0, keys=OpcuaKeys(folder)
    )


@pytest.mark.catches("a node taken for the accepted one because its id is")
@pytest.mark.parametrize("change", [{"folder": "Capper"}, {"unit": "degF"}])
async def test_f47_a_node_that_is_another_after_an_update_is_not_written_to(tank, tmp_path, change):
    """Nothing is written to it and its readings are Bad until somebody accepts it."""
    index = tank.plant.index[PATH["setpoint"]]
    await tank.start(CLOCK.plant())
    first = kept(tank, tmp_path)
    await until(first.readings(), shows(tank, "setpoint", 40.0))
    assert (await first.execute(command(value=41.0))).result == "verified"
    await first.close()
    await tank.stop()
    for name, told in change.items():
        setattr(tank, name, told)
    await tank.start(CLOCK.plant())  # with other indices of namespaces too

    def bad(arrival):
        status = arrival.status[arrival.point == index] if isinstance(arrival, Batch) else ()
        return BAD_CONFIGURATION_ERROR in status

    second = kept(tank, tmp_path)
    await until(second.readings(), bad)
    refused = await second.execute(command(value=42.0))
    assert (refused.result, refused.sent) == ("not_applied", False)
    assert "not what was accepted" in refused.detail
    assert (await second.look(command(value=42.0))).result == "unknown"
    assert (await second.health()).detail.count("not what was accepted") == 1
    assert tank.writes == [("setpoint", 41.0)]
    record = DeviceRecord("plc", OpcuaKeys(tmp_path).devices)
    record.accept(record.fingerprint())
    assert (await second.execute(command(value=42.0))).result == "verified"
    await second.close()


@pytest.mark.catches("an identity that is looked at when connecting alone")
async def test_f47_a_node_that_changes_while_connected_is_found_out_before_a_write(tank):
    """A node that becomes another under a session that stands is refused at the next write."""
    await tank.start(CLOCK.plant())
    source = connector(tank)
    readings = source.readings()
    await until(readings, shows(tank, "setpoint", 40.0))
    await tank.say_unit("degF")
    refused = await source.execute(command(value=42.0))
    assert (refused.result, tank.writes) == ("not_applied", [])
    assert "not what was accepted" in refused.detail
    down = (await until(readings, event("down")))[-1]
    assert "not what was accepted" in down.reason
    await source.close()


async def test_f47_another_order_of_namespaces_is_no_other_node(tank, tmp_path):
    """A server that numbers its namespaces otherwise after a restart is written to as before."""
    await tank.start(CLOCK.plant())
    first = kept(tank, tmp_path)
    assert (await first.execute(command(value=41.0))).result == "verified"
    await first.close()
    await tank.stop()
    await tank.start(CLOCK.plant())
    second = kept(tank, tmp_path)
    assert (await second.execute(command(value=42.0))).result == "verified"
    await second.close()
