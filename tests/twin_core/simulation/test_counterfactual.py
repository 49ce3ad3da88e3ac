"""Replays: what the line would have done, with and without a suspected fault."""

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import FAN, LINE, SAW, T0, Mill, sawmill
from twin_core.errors import ImpossibleScenario
from twin_core.simulation import counterfactual
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.counterfactual import before
from twin_core.simulation.scenario import Capacity, Speed
from twin_core.value import SECOND

SINCE_S = 480


def replay(changes=(), seed=1, onset=T0 - SINCE_S * SECOND, seconds=SINCE_S):
    return counterfactual.replay(before(ill(), LINE, onset), seconds, changes, seed)


def ill():
    speed = np.full(360, 60.0)
    speed[-48:] = 36.0
    return Mill(columns={f"{SAW}/speed": speed}, rate=speed).snapshot()


def test_without_the_fault_the_line_goes_on_as_before():
    """The healthy replay knows nothing of the loss that followed."""
    found = replay()
    assert found.mean == pytest.approx(58.5, abs=2)
    assert found.low <= found.mean <= found.high
    assert found.unit == "{board}/min"


def test_the_right_fault_reproduces_what_was_counted():
    """A saw at 60 % loses what the line lost; a weak fan does not."""
    right = replay([Speed(asset=SAW, factor=0.6)])
    assert right.mean == pytest.approx(36, abs=2.5)
    wrong = replay([Capacity(asset=FAN, factor=0.8)])
    assert wrong.mean > 55


def test_the_same_seed_gives_the_same_replay():
    """Pure: same arguments, same answer."""
    assert replay(seed=9) == replay(seed=9)


def test_an_onset_before_all_memory_is_replayed_from_the_nameplate():
    """Nothing is known of the time before: the plant file stands in."""
    found = replay(onset=T0 - 7200 * SECOND, seconds=1200)
    assert 45 < found.mean < 65


def test_an_impossible_fault_is_refused():
    """A suspect that cannot be is not simulated."""
    with pytest.raises(ImpossibleScenario, match="machine"):
        replay([Speed(asset=FAN, factor=0.6)])


def test_a_planned_stop_is_no_part_of_what_the_line_would_have_made():
    """What is compared with it are counts of the time in which the line was meant to run."""
    plant = sawmill(shifts=True)
    stop = planned_stops(plant, LINE, T0, T0 + 86_400 * SECOND)[0]
    start = stop.start - 600 * SECOND
    mill = Mill(plant=plant, end=start + 30 * SECOND)
    seconds = 1200 + (stop.end - stop.start) / SECOND
    found = counterfactual.replay(before(mill.snapshot(), LINE, start), seconds, (), 1)
    without = counterfactual.replay(
        before(Mill(end=start + 30 * SECOND).snapshot(), LINE, start), seconds, (), 1
    )
    assert found.mean == pytest.approx(without.mean, rel=0.06)
