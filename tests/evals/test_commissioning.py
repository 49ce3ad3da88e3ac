"""A plant file tried before its line is switched on, against ours and against a vendor's side."""

import asyncio

import pytest

from evals.commissioning import commission
from tests.devices import MODBUS_ADDRESSES, NAMES, OpcUaTank, plant
from tests.evals.rehearsing import pressing
from twin_core.errors import BadInput, NotAllowed, UnknownName

TAGS = {n: f"{{group: g, node: n, device: d, metric: Tank/{n}}}" for n in NAMES}


def nobody(_text):
    """Who does not listen."""


def failing(report):
    return {(row.about.rsplit("/", 1)[-1], row.what) for row in report.failed}


@pytest.mark.parametrize(
    ("kind", "url", "options", "addresses"),
    [
        ("modbus", "modbuss://10.1.1.1:802", "{unit_id: 3, word_order: little}", MODBUS_ADDRESSES),
        pytest.param(
            "mqtt",
            "mqtts://broker.example.org",
            "{payload: sparkplug}",
            TAGS,
            marks=pytest.mark.slow,
        ),
    ],
    ids=["modbus", "sparkplug"],
)
def test_a_sound_plant_file_holds_on_a_virtual_controller(kind, url, options, addresses):
    """Points, deliveries, limits and denials; the keys of the real one are not asked for."""
    report = commission(plant(kind, url, options, addresses), nobody)
    assert report.passed, report.failed
    assert report.tried["points"] == len(NAMES)
    assert report.tried["writes"] == 10
    assert report.tried["denials"] >= 6


def test_a_machine_is_commanded_with_its_handshake():
    """PackML: command, then the request, which the machine takes back."""
    report = commission(pressing(), nobody)
    assert report.passed, report.failed
    assert report.tried["commands"] == 2
    assert any("hold (4)" in row.what and "state 11" in row.found for row in report.rows)


@pytest.mark.slow
async def test_a_vendors_simulator_is_told_where_it_differs():
    """A point it has not, one it lets nobody write as far, and what it takes beyond its limits."""
    tank = OpcUaTank()
    tank.absent.add("temperature")

    async def answer(name, value):
        return (0x803C0000, None) if name == "speed" and value == 1000 else (0, value)

    tank.answer = answer
    await tank.start(1_767_593_400_000_000)

    async def beat():
        at = 1_767_593_400_000_000
        while True:
            at += 500_000
            tank.now = at
            await asyncio.sleep(0.5)

    beating = asyncio.create_task(beat())
    try:
        report = await asyncio.to_thread(commission, tank.plant, nobody, given={"plc": tank.url})
    finally:
        beating.cancel()
        await tank.stop()
    found = failing(report)
    assert ("temperature", "is believed") in found
    assert ("temperature", "is there") in found
    assert ("setpoint", "refuses 105 °C") in found
    assert ("speed", "takes 1000 1/min") in found
    assert not report.passed
    assert "NOT" in report.verdict


def test_what_cannot_be_tried_is_refused_with_what_can():
    """No source that is played, a source that is not there, a simulator elsewhere."""
    real = plant("modbus", "modbus://127.0.0.1:502", "{unit_id: 3}", MODBUS_ADDRESSES)
    with pytest.raises(UnknownName):
        commission(real, nobody, given={"plc2": "modbus://127.0.0.1:1"})
    with pytest.raises(NotAllowed):
        commission(real, nobody, given={"plc": "modbus://10.0.0.1:1"})
    for url in ("http://127.0.0.1:1", "modbus://", "modbus://127.0.0.1:99999", "[", "", "ü"):
        with pytest.raises(BadInput, match="allowed"):
            commission(real, nobody, given={"plc": url})
    with pytest.raises(BadInput, match="own pace"):
        commission(real, nobody, given={"plc": "modbus://127.0.0.1:1"}, factor=2.0)
    with pytest.raises(BadInput, match="1 to 60"):
        commission(real, nobody, factor=0)
    replayed = real.model_copy(
        update={"sources": tuple(s.model_copy(update={"kind": "replay"}) for s in real.sources)}
    )
    with pytest.raises(BadInput, match="opcua, modbus, mqtt"):
        commission(replayed, nobody)
