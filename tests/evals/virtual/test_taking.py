"""What a virtual controller answers to a write."""

import pytest

from evals.virtual.taking import Taken, Taking
from tests.devices import MODBUS_ADDRESSES, plant

PLANT = plant("modbus", "modbus://127.0.0.1:502", "{}", MODBUS_ADDRESSES)
AT = {point.spec.id: i for i, point in enumerate(PLANT.read)}


class Controller:
    def __init__(self):
        self.values = {AT["setpoint"]: 40.0, AT["speed"]: 300.0, AT["temperature"]: 20.0}
        self.lost = []
        self.taking = Taking(PLANT, self.values.__getitem__, self.values.__setitem__, self._lose)

    async def _lose(self, source):
        self.lost.append(source)

    async def ask(self, name, value):
        return await self.taking.asked(AT[name], value)


@pytest.mark.parametrize("value", [0.0, 55.5, 100.0, 100.0 * (1 + 1e-7)])
async def test_it_takes_what_lies_inside_its_limits(value):
    """Both ends, and what a 32-bit float makes of them."""
    here = Controller()
    assert await here.ask("setpoint", value) == Taken("taken", value)
    assert here.values[AT["setpoint"]] == value


@pytest.mark.parametrize("value", [-0.1, 100.5, float("inf"), float("nan")])
async def test_it_refuses_what_lies_beyond(value):
    """And no number too; nothing changes."""
    here = Controller()
    assert (await here.ask("setpoint", value)).answer == "beyond"
    assert here.values[AT["setpoint"]] == 40.0


async def test_what_is_not_offered_is_read_only():
    """Whatever the value."""
    assert (await Controller().ask("temperature", 20.0)).answer == "read_only"


@pytest.mark.parametrize(
    ("how", "answer", "stands"),
    [("refuse", "refused", 40.0), ("astray", "taken", 50.0), ("lose", "refused", 40.0)],
)
async def test_it_misbehaves_once_and_at_that_value_alone(how, answer, stands):
    """Before and afterwards it is a good controller."""
    here = Controller()
    here.taking.misbehaves[AT["setpoint"]] = 60.0, how
    assert (await here.ask("setpoint", 40.0)).answer == "taken"
    assert (await here.ask("setpoint", 60.0)).answer == answer
    assert here.values[AT["setpoint"]] == stands
    assert here.lost == (["plc"] if how == "lose" else [])
    assert await here.ask("setpoint", 60.0) == Taken("taken", 60.0)
