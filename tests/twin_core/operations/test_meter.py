"""What a line's meter says of a change."""

import pytest

from tests.twin_core.plant_fixture import LINE, bakery
from twin_core.columns import Columns
from twin_core.operations.calendar import Calendar
from twin_core.operations.counting import Counting, StateClock
from twin_core.operations.meter import LineMeter
from twin_core.operations.throughput import Change


@pytest.mark.parametrize(
    ("rate", "usual", "said"),
    [
        (1.14, 1.24, "1.14 loafs/min, 8 % less than its usual 1.24 loafs/min"),
        (402.6, 540.2, "403 loafs/min, 25 % less than its usual 540 loafs/min"),
    ],
)
def test_a_loss_is_told_with_three_digits(rate, usual, said):
    """Whatever the size of a line's rate, what it makes and its usual are told apart."""
    plant = bakery()
    counting = Counting(plant, Columns.of(plant))
    meter = LineMeter(plant, plant.line(LINE), counting, StateClock(plant), Calendar(plant))
    told = meter.statement(Change("rate_loss", rate, usual))
    assert said in told
