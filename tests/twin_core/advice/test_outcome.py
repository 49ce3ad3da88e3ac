"""What is told of a remedy: as wide as what is not known of it, and no wider."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.advice.outcome import OFF, UNSURE, moments, outcome
from twin_core.simulation.scenario import Estimate


def gain(mean, below=2.0, above=2.0):
    return Estimate(mean=mean, low=mean - below, high=mean + above, unit="{tub}/min")


GAINS = st.builds(gain, st.floats(-500, 500), st.floats(0, 100), st.floats(0, 100))


def test_what_is_surely_known_is_told_as_the_model_has_it_but_for_its_own_error():
    """Half the width of nine in ten is 1.645 standard deviations, a tenth of the gain each."""
    told = outcome([gain(100.0, 0.0, 0.0)])
    assert told.mean == 100.0
    assert told.high - 100.0 == pytest.approx(1.645 * OFF * 100.0, rel=0.01)
    assert 100.0 - told.low == pytest.approx(told.high - 100.0)


@given(st.lists(GAINS, min_size=1, max_size=8))
def test_an_outcome_holds_its_mean_and_lies_in_the_order_of_its_ways(gains):
    """The mean is that of the ways, and no order in which they are given matters."""
    told = outcome(gains)
    assert told.low <= told.mean <= told.high
    assert told.mean == pytest.approx(sum(g.mean for g in gains) / len(gains), abs=1e-9)
    again = outcome(gains[::-1])
    assert (again.low, again.high) == pytest.approx((told.low, told.high), abs=1e-9)


@given(GAINS)
def test_one_way_is_told_no_narrower_than_the_model_has_it(one):
    """Within what the forty parts of the two halves resolve."""
    told = outcome([one])
    assert told.low <= one.mean - 0.99 * (one.mean - one.low)
    assert told.high >= one.mean + 0.99 * (one.high - one.mean)


@given(st.floats(0, 1e5))
def test_a_job_helps_at_times_as_likely_earlier_as_later(after_s):
    """Ascending, about the median given, by factors that a lognormal time has."""
    found = moments(after_s)
    assert list(found) == sorted(found)
    if after_s > 1e-6:
        assert [log(x / after_s) for x in found] == pytest.approx(
            [-log(x / after_s) for x in reversed(found)], abs=1e-9
        )
        assert log(found[-1] / after_s) == pytest.approx(1.645 * UNSURE, rel=1e-3)


def test_a_job_that_may_be_done_soon_or_late_may_gain_much_or_nothing():
    """The interval spans what the moments gain, not what their mean does."""
    told = outcome([gain(x, 1.0, 1.0) for x in (0.0, 20.0, 60.0, 90.0)])
    assert told.low < 1.0
    assert told.high > 88.0
