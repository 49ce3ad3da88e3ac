import struct

import pytest
from pymodbus.client import AsyncModbusTcpClient

from evals.emulator.modbus_server import ControllerServer
from evals.emulator.registers import Tables, places
from tests.evals.emulator.riverside import plant

TIE = "riverside/utilities/air/cross_tie"


def source(name: str):
    return next(s for s in plant().sources if s.id == name)


def at(path: str) -> int:
    return plant().index[path]


@pytest.fixture
def taken() -> list[tuple[int, float]]:
    return []


def test_registers_hold_what_was_shown():
    """Every writable and readable form decodes to the value, within its resolution."""
    for name in ("utilities_plc", "warehouse_plc"):
        found = places(plant(), source(name))
        tables = Tables(found)
        values = {p.index: 7.0 + (p.index % 5) for p in found if p.table in {"input", "holding"}}
        for index, value in values.items():
            tables.show(index, value)
        for place in found:
            if place.index in values:
                words = tables.read(place.table, place.register, place.words) or []
                assert place.decode(words) == pytest.approx(values[place.index], abs=place.scale)


def test_no_two_points_share_a_register():
    """The plant file's register map has no overlap."""
    for name in ("utilities_plc", "warehouse_plc"):
        used = [
            (p.table, p.register + k)
            for p in places(plant(), source(name))
            for k in range(1 if p.table in {"coil", "discrete"} else p.words)
        ]
        assert len(used) == len(set(used))


@pytest.fixture
async def utilities(taken):
    server = ControllerServer(
        plant(), source("utilities_plc"), 0, lambda i, v: taken.append((i, v))
    )
    await server.start([1.0] * len(plant().points))
    yield server
    await server.stop()


@pytest.fixture
async def modbus(utilities):
    client = AsyncModbusTcpClient("127.0.0.1", port=utilities.port, retries=0)
    await client.connect()
    yield client
    client.close()


async def test_words_of_a_float_stand_in_the_order_of_the_address(utilities, modbus):
    """word_order little: the low word comes first, big-endian inside each word."""
    point = plant().point("riverside/utilities/cooling/chilled_water/temperature")
    utilities.tables.show(plant().index[point.id], 4.25)
    read = await modbus.read_input_registers(point.address["register"], count=2, device_id=1)
    high, low = struct.unpack(">2H", struct.pack(">f", 4.25))
    assert read.registers == ([low, high] if point.address["word_order"] == "little" else None)


async def test_a_register_written_is_a_setpoint_taken(modbus, taken):
    """Scaled integers arrive as values in the point's unit."""
    register = plant().point(f"{TIE}/position_setpoint").address["register"]
    reply = await modbus.write_register(register, 900, device_id=1)
    assert not reply.isError()
    assert taken == [(at(f"{TIE}/position_setpoint"), pytest.approx(90.0))]
    assert (await modbus.read_holding_registers(register, count=1, device_id=1)).registers == [900]


async def test_modbus_refuses_values_out_of_limits_and_unknown_registers(modbus, taken):
    """Exceptions 3 and 2, and nothing changes."""
    register = plant().point(f"{TIE}/position_setpoint").address["register"]
    assert (await modbus.write_register(register, 1500, device_id=1)).exception_code == 3
    drum = plant().point("riverside/utilities/steam/boiler/drum_level_setpoint").address["register"]
    assert (await modbus.write_registers(drum, [0, 0], device_id=1)).exception_code == 2
    assert (await modbus.read_input_registers(60000, count=2, device_id=1)).exception_code == 2
    assert taken == []


async def test_a_silent_sensor_shows_what_instruments_show(utilities, modbus):
    """NaN in a float, the lowest number in a signed integer: never a plausible value."""
    header = plant().point("riverside/utilities/steam/header/pressure")
    utilities.tables.show(plant().index[header.id], float("nan"))
    read = await modbus.read_input_registers(header.address["register"], count=1, device_id=1)
    assert read.registers == [0x8000]
