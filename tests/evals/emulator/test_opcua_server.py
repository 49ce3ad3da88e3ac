import asyncio
from typing import Any

import asyncua.ua
import pytest
import pytest_asyncio
from asyncua.client.client import Client
from asyncua.ua.uaerrors import BadNotWritable, BadOutOfRange, BadTypeMismatch, BadUserAccessDenied

from evals.emulator.opcua_server import LineServer, moment
from evals.emulator.standin import StandIn
from tests.evals.emulator.riverside import LINE4, calm, plant
from twin_core.reading import BAD_SENSOR_FAILURE, GOOD
from twin_core.value import SECOND

ua: Any = asyncua.ua
URI = "urn:riverside:line4"
OFFSET = 7 * SECOND


def source(name: str):
    return next(s for s in plant().sources if s.id == name)


def at(path: str) -> int:
    return plant().index[path]


TAKEN: list[tuple[int, float]] = []

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def taken():
    TAKEN.clear()
    return TAKEN


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def line4():
    server = LineServer(
        plant(), source("line4_plc"), 0, calm, OFFSET, lambda i, v: TAKEN.append((i, v))
    )
    standin = StandIn(plant(), 3, calm())
    await server.start(standin.values.tolist())
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def client(line4):
    async with Client(f"opc.tcp://127.0.0.1:{line4.port}/") as client:
        yield client


async def node(client: Client, name: str):
    return client.get_node(ua.NodeId(name, await client.get_namespace_index(URI)))


class Listener:
    def __init__(self, expected) -> None:
        self.missing = set(expected)
        self.complete = asyncio.Event()

    def datachange_notification(self, _node, _value, data) -> None:
        self.missing.discard(data.monitored_item.Value.SourceTimestamp)
        if not self.missing:
            self.complete.set()


async def test_points_stand_under_their_string_ids_with_their_types(client):
    """Every point of the plant file is a variable of the source's namespace."""
    for point in plant().points:
        if point.source == "line4_plc":
            value = await (await node(client, point.address.removeprefix("s="))).read_value()
            assert isinstance(value, {"float": float, "int": int, "bool": bool}[point.spec.type])


async def test_a_published_value_carries_the_controllers_own_time(line4, client):
    """Source timestamps are plant time plus this controller's offset."""
    index = at(f"{LINE4}/filler/bowl_level")
    values = [0.0] * len(plant().points)
    values[index] = 61.5
    await line4.publish([index], values, [GOOD] * len(values), calm() + 5 * SECOND)
    found = await (await node(client, "Filler.BowlLevel")).read_data_value()
    assert found.Value.Value == 61.5
    assert found.SourceTimestamp == moment(calm() + 5 * SECOND + OFFSET)


async def test_the_servers_clock_shows_the_same_offset(client):
    """ServerStatus.CurrentTime is what a client measures the offset with."""
    current = client.get_node(ua.ObjectIds.Server_ServerStatus_CurrentTime)
    assert await current.read_value() == moment(calm() + OFFSET)
    status = await client.get_node(ua.ObjectIds.Server_ServerStatus).read_value()
    assert status.CurrentTime == moment(calm() + OFFSET)


async def test_a_subscriber_hears_unchanged_values_with_new_times(line4, client):
    """With the trigger StatusValueTimestamp every sample is a notification."""
    listener = Listener(moment(calm() + s * SECOND + OFFSET) for s in range(3))
    subscription = await client.create_subscription(20, listener)
    trigger = ua.DataChangeFilter(Trigger=ua.DataChangeTrigger.StatusValueTimestamp)
    point = await node(client, "Filler.BowlLevelSP")
    await subscription._subscribe(point, ua.AttributeIds.Value, mfilter=trigger, queuesize=10)
    index = at(f"{LINE4}/filler/bowl_level_setpoint")
    values = [60.0] * len(plant().points)
    for second in range(3):
        await line4.publish([index], values, [GOOD] * len(values), calm() + second * SECOND)
    await asyncio.wait_for(listener.complete.wait(), 10)
    await subscription.delete()


async def test_a_lost_sensor_has_a_bad_status_and_no_value(line4, client):
    """A channel that says nothing is Bad, not zero."""
    index = at(f"{LINE4}/filler/vibration")
    values = [float("nan")] * len(plant().points)
    status = [GOOD] * len(values)
    status[index] = BAD_SENSOR_FAILURE
    await line4.publish([index], values, status, calm())
    found = await (await node(client, "Filler.Vibration")).read_data_value(
        raise_on_bad_status=False
    )
    assert found.StatusCode.value == BAD_SENSOR_FAILURE
    assert found.Value.Value is None


async def test_a_setpoint_is_taken_and_read_back_at_once(client, taken):
    """A write inside the controller's limits is Good, and stands there."""
    point = await node(client, "Filler.BowlPressureSP")
    await point.write_value(ua.DataValue(ua.Variant(2.3, ua.VariantType.Double)))
    assert taken == [(at(f"{LINE4}/filler/bowl_pressure_setpoint"), 2.3)]
    assert await point.read_value() == 2.3


@pytest.mark.parametrize(
    ("name", "value", "kind", "refusal"),
    [
        ("Filler.BowlPressureSP", 9.0, ua.VariantType.Double, BadOutOfRange),
        ("Filler.BowlPressureSP", 2, ua.VariantType.Int32, BadTypeMismatch),
        ("Filler.BowlPressure", 2.0, ua.VariantType.Double, BadNotWritable),
        ("Filler.Admin.ProdProcessedCount", 0, ua.VariantType.UInt32, BadNotWritable),
    ],
)
async def test_other_writes_are_refused_and_change_nothing(
    client, taken, name, value, kind, refusal
):
    """Out of limits, of another type, or no set-point: a status code, no clamping."""
    point = await node(client, name)
    before = await point.read_value()
    with pytest.raises((refusal, BadUserAccessDenied)):
        await point.write_value(ua.DataValue(ua.Variant(value, kind)))
    assert await point.read_value() == before
    assert taken == []


async def test_a_killed_server_is_gone_and_back_on_the_same_port(line4):
    """Killed: nobody listens. Revived: same address, same points."""
    url = f"opc.tcp://127.0.0.1:{line4.port}/"
    await line4.kill()
    with pytest.raises(ConnectionRefusedError):
        await Client(url).connect()
    await line4.revive()
    async with Client(url) as client:
        assert await (await node(client, "Filler.BowlLevel")).read_value() > 0
