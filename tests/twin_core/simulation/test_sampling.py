"""Replications stop when the mean is known, and are the same whatever their number."""

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import LINE, SAW, T0, Mill
from twin_core.simulation.measured import half_width
from twin_core.simulation.model import Model
from twin_core.simulation.sampling import BLOCK, sampled
from twin_core.simulation.scenario import Outage, Precision, Scenario, Speed, Stops

GO_ON = Scenario(name="go on", line=LINE, horizon_s=300.0)
MODEL = Model(Mill().snapshot(), LINE, T0)


def rates(replications, *scenarios, precision=None):
    asked = [(MODEL, s) for s in scenarios or [GO_ON]]
    found = sampled(asked, 3, replications, precision or Precision())
    return [one.told.rates for one in found]


def test_a_replication_is_the_same_whatever_the_number_of_them():
    """Of a hundred the first seven are the seven."""
    (many,) = rates(100)
    for n in (7, 40):
        (few,) = rates(n)
        assert np.array_equal(few, many[:n])


def test_a_replication_is_the_same_whatever_stands_beside_it():
    """Another scenario shifts nobody's luck."""
    slow = GO_ON.model_copy(update={"name": "slow", "changes": (Speed(asset=SAW, factor=0.7),)})
    alone, beside = rates(50)[0], rates(50, slow, GO_ON)[1]
    assert np.array_equal(alone, beside)


@pytest.mark.parametrize("relative", [0.05, 0.02])
def test_it_stops_when_the_mean_is_known(relative):
    """At the floor it was not, at the end it is; in several looks as in one."""
    ill = GO_ON.model_copy(update={"changes": (Stops(asset=SAW, per_hour=20, mean_s=40),)})
    (found,) = rates(None, ill, precision=Precision(relative=relative, ceiling=4000))
    bar = relative / (1 + relative)
    assert half_width(found) <= bar * found.mean()
    assert len(found) % BLOCK == 0
    assert half_width(found[:80]) > bar * found[:80].mean() or len(found) == 80
    assert np.array_equal(found, rates(len(found), ill)[0])


def test_there_is_a_floor_and_a_ceiling():
    """A line that never varies is run often enough, one that varies wildly not for ever."""
    (steady,) = rates(None, precision=Precision(relative=0.5, floor=90))
    assert len(steady) == 90
    ill = GO_ON.model_copy(update={"changes": (Stops(asset=SAW, per_hour=60, mean_s=200),)})
    for ceiling in (90, 30):
        asked = Precision(relative=0.001, ceiling=ceiling)
        found = sampled([(MODEL, ill)], 3, None, asked)
        assert len(found[0].told.rates) == ceiling
        assert not found[0].precise


def test_a_line_that_stands_is_known():
    """Nothing made has no share of itself; a share of what the line is asked for will do."""
    gone = GO_ON.model_copy(update={"changes": (Outage(asset=SAW, duration_s=1e6),)})
    found = sampled([(MODEL, gone)], 3, None, Precision())
    assert found[0].precise
    assert len(found[0].told.rates) <= 120
