"""A register map tried on a real server: what is there, what is not, and what looks wrong."""

import pytest

from api.clock import SystemClock
from connectors.modbus_registers import read
from connectors.modbus_security import Peer
from connectors.modbus_survey import survey
from tests.devices import ModbusTank

CLOCK = SystemClock()
HEAD = "name,fc,address,type,order,unit,min,max,access\n"


@pytest.fixture
async def tank():
    made = ModbusTank(answer_s=0.3)
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


async def found(tank, rows):
    source = tank.plant.sources[0]
    return await survey(source, Peer.of(source), read((HEAD + rows).encode(), "map.csv"), CLOCK)


async def test_each_register_is_read_once_and_none_besides(tank):
    """The values stand with their tags; a device is asked for nothing that the map has not."""
    told = await found(
        tank,
        "temperature,4,0,real,CDAB,°C,-50,500,r\ncount,4,4,udint,CDAB,,0,1e9,r\n"
        "setpoint,3,20,real,ABCD,°C,0,100,rw\nrunning,2,3,bool,,,,,\n",
    )
    shown = {tag.path[-1]: tag.shown for tag in told.tags}
    assert shown == {"temperature": 20.5, "count": 7.0, "setpoint": 40.0, "running": 1.0}
    assert sorted(tank.requests) == [(2, 3, 1), (3, 20, 2), (4, 0, 2), (4, 4, 2)]
    tags = {tag.path[-1]: tag for tag in told.tags}
    assert (tags["temperature"].unit, tags["setpoint"].writable) == ("Cel", True)
    assert [tags[n].type for n in ("temperature", "count", "running")] == ["float", "int", "bool"]
    assert told.left_out == ()
    assert tank.writes == []


@pytest.mark.catches("a wrong order of words that nobody notices")
async def test_a_value_that_cannot_be_is_told(tank):
    """Outside its range: said, with the order of words in which it would be inside."""
    told = await found(tank, "temperature,4,0,real,ABCD,°C,1,500,r\n")
    assert any(
        "temperature shows" in doubt and "with word_order little it would show 20.5" in doubt
        for doubt in told.doubts
    )


async def test_a_register_that_the_device_has_not_is_left_out(tank):
    """Its neighbours are read; a device that has failed keeps its tags, and is told."""
    tank.absent = {("input", 4)}
    rows = "temperature,4,0,real,CDAB,°C,-50,500,r\ncount,4,4,udint,CDAB,,0,1e9,r\n"
    told = await found(tank, rows)
    assert [tag.path[-1] for tag in told.tags] == ["temperature"]
    assert told.left_out == ("count: the device has no input 4",)
    tank.absent, tank.busy = set(), 4
    told = await found(tank, rows)
    assert len(told.tags) == 2
    assert any("count: it was tried and the device has failed" in doubt for doubt in told.doubts)


async def test_without_the_device_the_map_is_taken_as_it_is(tank):
    """Nobody there, or silent: the tags of the map, and that nothing was tried."""
    rows = "temperature,4,0,real,CDAB,°C,-50,500,r\n"
    tank.talks.clear()
    for _ in range(2):
        told = await found(tank, rows)
        assert [tag.shown for tag in told.tags] == [None]
        assert "no register was tried" in told.doubts[0]
        await tank.stop()
