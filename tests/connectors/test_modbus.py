"""Modbus against a real server: what the contract suites do not ask of every source."""

import asyncio
import math

import pytest
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest

from api.clock import SystemClock
from connectors.device_record import DeviceRecord
from connectors.modbus import ModbusSource
from connectors.modbus_link import ModbusLink
from connectors.modbus_reads import Ask
from connectors.modbus_security import Peer
from connectors.opcua_keys import OpcuaKeys
from tests.contracts.test_reading_source import event, shows, until
from tests.devices import PATH, ModbusTank
from twin_core.errors import WrongKind
from twin_core.governance.action import Command, WriteStep
from twin_core.reading import BAD_CONFIGURATION_ERROR, Batch, SourceEvent

CLOCK = SystemClock()
INPUT, HOLDING, DISCRETE = 4, 3, 2


@pytest.fixture
async def tank():
    made = ModbusTank(answer_s=0.3)
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


def connector(tank, **given):
    return ModbusSource(tank.plant, tank.plant.sources[0], CLOCK, jitter=lambda: 0.0, **given)


@pytest.fixture
async def source(tank):
    made = connector(tank)
    yield made
    await made.close()


def command(name="setpoint", unit="Cel", old=40.0, value=60.0, deadline_s=5.0, check=0.01):
    step = WriteStep(point=PATH[name], unit=unit, old=old, value=value, check=check)
    return Command(
        key="k", proposal="p", epoch=1, purpose="execute", step=step, deadline_s=deadline_s
    )


def readings_of(tank, arrivals, name):
    index = tank.plant.index[PATH[name]]
    return [
        (float(a.value[i]), int(a.status[i]))
        for a in arrivals
        if isinstance(a, Batch)
        for i in range(len(a))
        if a.point[i] == index
    ]


async def test_neighbours_are_read_together(tank, source):
    """One poll asks once for each group of neighbours, and the time is plant time at the poll."""
    before = CLOCK.plant()
    seen = await until(source.readings(), shows(tank, "temperature", 20.5))
    batch = seen[-1]
    assert set(tank.requests) == {(INPUT, 0, 6), (DISCRETE, 3, 1), (HOLDING, 20, 6)}
    assert all(before <= t <= CLOCK.plant() for t in batch.time)
    assert isinstance(seen[0], SourceEvent)
    assert seen[0].offset_us == 0


@pytest.mark.catches("a device that refuses one register taken for a silent one")
async def test_a_register_the_device_has_not_is_bad_and_the_rest_is_read(tank, source):
    """An illegal address makes that point Bad; its neighbours are asked for apart and read."""
    tank.absent = {("input", 4)}
    readings = source.readings()
    seen = await until(readings, shows(tank, "temperature", 20.5))
    ((value, status),) = readings_of(tank, seen, "count")
    assert math.isnan(value)
    assert status == 0x80340000  # BadNodeIdUnknown
    detail = (await source.health()).detail
    assert "1 refused" in detail
    assert f"{PATH['count']}: the device has no such register (exception 2)" in detail
    tank.absent = set()
    await until(readings, shows(tank, "count", 7.0))


async def test_a_gap_that_cannot_be_read_costs_nothing(tank, source):
    """A hole between neighbours, which the device refuses, makes no point Bad."""
    tank.absent = {("holding", 23)}
    seen = await until(source.readings(), shows(tank, "setpoint", 40.0))
    assert readings_of(tank, seen, "setpoint") == [(40.0, 0)]
    assert readings_of(tank, seen, "speed") == [(300.0, 0)]


@pytest.mark.catches("a gap refused and asked for again at every poll")
async def test_what_was_taken_apart_stays_so(tank, source):
    """A refused gap costs one request once: from then on its neighbours are asked for apart."""
    tank.absent = {("holding", 23)}
    readings = source.readings()
    await until(readings, shows(tank, "setpoint", 40.0))
    for _ in range(3):
        await until(readings, lambda a: isinstance(a, Batch))
    assert tank.requests.count((HOLDING, 20, 6)) == 1
    assert tank.requests.count((HOLDING, 20, 2)) >= 3
    assert tank.requests.count((HOLDING, 25, 1)) >= 3


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (1, 0x803D0000),  # BadNotSupported
        (2, 0x80340000),  # BadNodeIdUnknown
        (3, 0x803C0000),  # BadOutOfRange
        (4, 0x808B0000),  # BadDeviceFailure
        (5, 0x80040000),  # BadResourceUnavailable
        (6, 0x80040000),
        (8, 0x808B0000),
    ],
)
async def test_a_device_that_answers_with_exceptions_is_up_and_bad(tank, source, exception, status):
    """Whatever the exception: the source is up, every point is Bad with a status that says why."""
    tank.busy = exception

    def bad(arrival):
        return isinstance(arrival, Batch) and (arrival.status == status).all()

    seen = await until(source.readings(), bad)
    assert [a.kind for a in seen if isinstance(a, SourceEvent)] == ["up"]
    assert len(seen[-1]) == 5


@pytest.mark.catches("a silent device shown with its last values")
async def test_a_silent_device_is_down(tank, source):
    """A device that accepts the connection and never answers is down, and heard again later."""
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    tank.talks.clear()
    down = (await until(readings, event("down")))[-1]
    assert "no answer" in down.reason
    tank.talks.set()
    await until(readings, event("up"))


async def test_a_gateway_without_its_device_is_down(tank, source):
    """Exception 11 says that the gateway's device does not answer: down, not Bad."""
    tank.busy = 11
    down = (await until(source.readings(), event("down")))[-1]
    assert "gateway" in down.reason


async def test_registers_that_say_no_value_are_bad(tank, source):
    """A float NaN is no number, and is Bad."""
    tank.tables["input"][0:2] = [0, 0x7FC0]
    seen = await until(source.readings(), shows(tank, "count", 7.0))
    ((value, status),) = readings_of(tank, seen, "temperature")
    assert math.isnan(value)
    assert status == 0x808C0000  # BadSensorFailure


async def test_32_bits_are_written_in_one_request(tank, source):
    """A float goes out as one FC 16, a 16-bit register as one FC 6, in its scale."""
    assert (await source.execute(command(value=0.1))).read_back == 0.1
    speed = await source.execute(command("speed", "1/min", old=300.0, value=450.5))
    assert (speed.result, speed.read_back) == ("verified", 450.5)
    assert [name for name, _ in tank.writes] == ["setpoint", "speed"]


async def test_a_value_the_register_cannot_hold_is_not_sent(tank, source):
    """Beyond the register, or between its steps by more than the check: not sent, and said."""
    for value in (450.2, 40000.0):
        outcome = await source.execute(command("speed", "1/min", old=300.0, value=value))
        assert (outcome.result, outcome.sent) == ("not_applied", False)
    near = await source.execute(command("speed", "1/min", old=300.0, value=450.2, check=0.5))
    assert (near.result, near.read_back) == ("verified", 450.0)
    assert tank.writes == [("speed", 450.0)]


@pytest.mark.catches("words swapped on the way")
async def test_f45_a_word_swapped_value_is_a_failure(tank, source):
    """A device that stores the two words the wrong way round is found by reading back."""

    async def swap(name, value):
        words = tank.tables["holding"]
        await tank.show(name, value, 0)
        words[20], words[21] = words[21], words[20]
        return 0, None

    tank.answer = swap
    assert (await source.execute(command())).result == "failed"
    assert len(tank.writes) == 1


@pytest.mark.parametrize("exception", [5, 6])
@pytest.mark.catches("a busy device written to again")
async def test_f46_a_busy_device_is_waited_for_never_written_again(tank, source, exception):
    """Acknowledge and Busy mean: wait and read back, inside the deadline, one write."""
    later = []

    async def answer(name, value):
        async def complete():
            await asyncio.sleep(0.2)
            await tank.show(name, value, 0)

        later.append(asyncio.ensure_future(complete()))
        return exception, None

    tank.answer = answer
    assert (await source.execute(command())).result == "verified"
    await asyncio.gather(*later)

    async def never(name, value):
        return exception, None

    tank.answer = never
    outcome = await source.execute(command(old=60.0, value=70.0, deadline_s=0.3))
    assert (outcome.result, outcome.read_back) == ("failed", 60.0)
    assert len(tank.writes) == 2


@pytest.mark.catches("a late reply taken for the next one")
async def test_f34_a_late_answer_is_not_taken_for_another(tank, source):
    """After a write whose answer came too late, reads are answered by their own answers."""
    released = asyncio.Event()

    async def answer(name, value):
        await released.wait()
        return 0, value

    tank.answer = answer
    readings = source.readings()
    await until(readings, shows(tank, "setpoint", 40.0))
    assert (await source.execute(command(deadline_s=2.0))).result == "unknown"
    released.set()
    await until(readings, shows(tank, "setpoint", 60.0))
    assert (await source.look(command())).read_back == 60.0
    assert len(tank.writes) == 1


async def test_commands_and_polls_share_one_connection(tank, source):
    """Ten commands in the midst of polling are all carried out, in order, each once."""
    readings = source.readings()
    await until(readings, shows(tank, "setpoint", 40.0))
    outcomes = await asyncio.gather(
        *(source.execute(command(old=40.0 + i, value=41.0 + i)) for i in range(10))
    )
    assert [o.result for o in outcomes] == ["verified"] * 10
    assert [value for _, value in tank.writes] == [41.0 + i for i in range(10)]
    await until(readings, shows(tank, "setpoint", 50.0))


async def test_f56_what_is_no_modbus_is_down_and_nothing_breaks(tank, source):
    """A server that talks nonsense is down; the real one behind the same address is found."""
    await tank.stop()

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


async def test_nonsense_is_told_from_silence(tank, source):
    """Why a source is down says what came, not that nothing did."""
    await tank.stop()

    async def babble(reader, writer):
        while await reader.read(12):
            writer.write(b"HTTP/1.1 400 Bad Request")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", tank.port)
    *_, down = await until(source.readings(), event("down"))
    await source.close()
    server.close()
    await server.wait_closed()
    assert down.reason == "what came is no Modbus: 485454502f312e31"


def test_a_url_without_a_host_is_refused(tank):
    """An address that names no host is one clear sentence."""
    with pytest.raises(WrongKind, match="HOST:PORT"):
        ModbusSource(tank.plant, tank.plant.sources[0].model_copy(update={"url": "here"}), CLOCK)


async def test_requests_keep_to_the_device_limits():
    """`most_registers` and `gap_registers` of the plant file bound every request."""
    tank = ModbusTank(most_registers=4, gap_registers=0)
    await tank.start(CLOCK.plant())
    made = connector(tank)
    await until(made.readings(), shows(tank, "temperature", 20.5))
    await made.close()
    await tank.stop()
    assert set(tank.requests) == {
        (INPUT, 0, 2), (INPUT, 4, 2), (DISCRETE, 3, 1), (HOLDING, 20, 2), (HOLDING, 25, 1),
    }  # fmt: skip


@pytest.mark.parametrize(("several", "functions"), [(False, [5, 6, 16]), (True, [15, 16, 16])])
async def test_a_value_is_written_by_one_function(tank, several, functions):
    """5 and 6 for one bit or register, 16 for more; 15 and 16 alone where a device wants that."""
    link = ModbusLink("plc", Peer.of(tank.plant.sources[0]), 1.0, CLOCK.plant, several=several)
    await link.write(3, "coil", 7, [1])
    await link.write(3, "holding", 25, [8])
    await link.write(3, "holding", 20, [0, 0])
    assert tank.functions == functions
    (coil,) = await link.read([Ask(3, "coil", 7, 1)])
    assert coil.words.tolist() == [1]
    link.close()


def bad(tank, name):
    index = tank.plant.index[PATH[name]]

    def found(arrival):
        status = arrival.status[arrival.point == index] if isinstance(arrival, Batch) else ()
        return BAD_CONFIGURATION_ERROR in status

    return found


def kept(tank, folder):
    return connector(tank, keys=OpcuaKeys(folder))


@pytest.mark.catches("a device taken for the accepted one because it answers at its address")
@pytest.mark.parametrize("told", ["revision", "register"])
async def test_f47_a_device_that_is_another_after_an_update_is_not_written_to(tmp_path, told):
    """Nothing is written to it and its readings are Bad until somebody accepts it."""
    tank = ModbusTank(answer_s=0.3, identity=[{"register": 90, "words": 2}])
    await tank.start(CLOCK.plant())
    first = kept(tank, tmp_path)
    await until(first.readings(), shows(tank, "setpoint", 40.0))
    assert (await first.execute(command(value=41.0))).result == "verified"
    await first.close()
    await tank.stop()
    if told == "revision":
        tank.revision = "2.0"
    await tank.start(CLOCK.plant())
    if told == "register":
        tank.tables["holding"][91] = 7
    second = kept(tank, tmp_path)
    readings = second.readings()
    await until(readings, bad(tank, "temperature"))
    refused = await second.execute(command(value=42.0))
    assert (refused.result, refused.sent) == ("not_applied", False)
    assert "not what was accepted" in refused.detail
    assert (await second.look(command(value=42.0))).result == "unknown"
    assert "not what was accepted" in (await second.health()).detail
    assert tank.writes == [("setpoint", 41.0)]
    record = DeviceRecord("plc", OpcuaKeys(tmp_path).devices)
    record.accept(record.fingerprint())
    await until(readings, shows(tank, "setpoint", 40.0))  # read again without a new connection
    assert (await second.execute(command(value=42.0))).result == "verified"
    await second.close()
    await tank.stop()


@pytest.mark.catches("an identity that is asked for when connecting alone")
async def test_f47_a_device_that_is_exchanged_while_connected_is_found_out_before_a_write():
    """A register that tells of another map is looked at before every write."""
    tank = ModbusTank(answer_s=0.3, identity=[{"register": 90}])
    await tank.start(CLOCK.plant())
    source = connector(tank)
    await until(source.readings(), shows(tank, "setpoint", 40.0))
    tank.tables["holding"][90] = 7
    refused = await source.execute(command(value=42.0))
    assert (refused.result, tank.writes) == ("not_applied", [])
    await source.close()
    await tank.stop()


@pytest.mark.catches("a device without identification that cannot be used any more")
async def test_f47_a_device_that_is_silent_about_itself_is_read_and_written(tank, monkeypatch):
    """Who never answers when asked who he is has no identity, and is read and written as before."""

    async def silent(*_given):
        await asyncio.Event().wait()

    monkeypatch.setattr(ReadDeviceInformationRequest, "datastore_update", silent)
    source = connector(tank)
    await until(source.readings(), shows(tank, "setpoint", 40.0))
    assert (await source.execute(command(value=41.0))).result == "verified"
    await source.close()
