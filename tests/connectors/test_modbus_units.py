"""Several devices behind one Modbus gateway, against a real server."""

import math

import pytest

from api.clock import SystemClock
from connectors.modbus import ModbusSource
from tests.contracts.test_reading_source import event, until
from tests.devices import PATH, ModbusTank
from twin_core.governance.action import Command, WriteStep
from twin_core.reading import BAD_NO_COMMUNICATION, Batch, SourceEvent

CLOCK = SystemClock()
HERE, THERE = ("temperature", "count", "running"), ("setpoint", "speed")


@pytest.fixture
async def tank():
    """The tank whose set points stand in unit 4, all else in unit 3."""
    made = ModbusTank(answer_s=0.2)
    made.units = [3, 4]
    points = [
        p.model_copy(update={"address": {**p.address, "unit_id": 4}}) if name in THERE else p
        for name, p in ((p.spec.id, p) for p in made.plant.points)
    ]
    (area,) = made.plant.areas
    (line,) = area.lines
    (unit,) = line.units
    unit = unit.model_copy(update={"points": tuple(points)})
    line = line.model_copy(update={"units": (unit,)})
    area = area.model_copy(update={"lines": (line,)})
    made.plant = made.plant.model_copy(update={"areas": (area,)})
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


@pytest.fixture
async def source(tank):
    made = ModbusSource(tank.plant, tank.plant.sources[0], CLOCK, jitter=lambda: 0.0)
    yield made
    await made.close()


def statuses(tank, batch):
    names = {tank.plant.index[path]: name for name, path in PATH.items()}
    return {
        names[int(batch.point[i])]: (int(batch.status[i]), float(batch.value[i]))
        for i in range(len(batch))
    }


@pytest.mark.catches("one silent unit that takes the whole gateway down")
@pytest.mark.parametrize("how", [0, 10, 11])
async def test_one_silent_unit_takes_no_other_down(tank, source, how):
    """Silent, or said to be by the gateway: its points are Bad, those of the others are read."""
    tank.silent = {4: how}
    batch = (await until(source.readings(), lambda a: isinstance(a, Batch)))[-1]
    found = statuses(tank, batch)
    assert found["temperature"] == (0, 20.5)
    assert all(found[name][0] == 0 for name in HERE)
    assert all(found[name][0] == BAD_NO_COMMUNICATION for name in THERE)
    assert all(math.isnan(found[name][1]) for name in THERE)
    health = await source.health()
    assert health.up
    assert "unit 4 is silent" in health.detail


async def test_a_silent_unit_is_asked_rarely_and_found_again(tank, source):
    """It costs its time-out once, then waits longer each time; when it is back its points are."""
    tank.silent = {4: 0}
    readings = source.readings()
    for _ in range(6):
        await until(readings, lambda a: isinstance(a, Batch))
    assert tank.asked.count(4) == 1
    assert tank.asked.count(3) >= 12
    tank.silent = {}

    def good(arrival):
        return isinstance(arrival, Batch) and not (arrival.status & 0x80000000).any()

    seen = await until(readings, good)
    assert [a.kind for a in seen if isinstance(a, SourceEvent)] == []
    assert "silent" not in (await source.health()).detail


async def test_when_no_unit_answers_the_source_is_down(tank, source):
    """All silent: down, said once; one of them back: up."""
    readings = source.readings()
    await until(readings, lambda a: isinstance(a, Batch))
    tank.silent = {3: 0, 4: 11}
    down = (await until(readings, event("down")))[-1]
    assert down.reason
    tank.silent = {4: 11}
    await until(readings, event("up"))


@pytest.mark.catches("a write that goes to another unit than the point's")
async def test_a_write_goes_to_the_unit_of_its_point(tank, source):
    """A command for a point of unit 4 asks unit 4 alone; silent, nothing is sent."""
    step = WriteStep(point=PATH["setpoint"], unit="Cel", old=40.0, value=60.0, check=0.01)
    given = Command(key="k", proposal="p", epoch=1, purpose="execute", step=step, deadline_s=5.0)
    assert (await source.execute(given)).result == "verified"
    assert set(tank.asked) == {4}
    tank.silent = {4: 11}
    outcome = await source.execute(given)
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert "unit 4" in outcome.detail
