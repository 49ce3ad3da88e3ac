"""Whether what comes still agrees with the forecasts."""

import numpy as np
import pytest

from tests.twin_core.simulation.calibrating.test_skill import forecasts
from twin_core.simulation.calibrating.model_drift import QUIET, drifted


def drift_in(told):
    return drifted("s/a/l", "pa-1", told)


def test_a_shift_is_found_and_dated():
    """One standard deviation more from the 60th on is found within forty, and dated near it."""
    for seed in range(10):
        z = np.random.default_rng(seed).standard_normal(150)
        z[60:] += 1
        found = drift_in(forecasts(z))
        assert found.kind == "bias"
        assert 60 < found.found <= 100
        assert abs(found.since - 60) <= 15
        assert "above the forecast" in found.sentence
        assert found.evidence.time == found.found
        assert "pa-1 have drifted" in found.evidence.statement


def test_a_spread_that_is_too_wide_is_found():
    """What comes twice as far off, on both sides."""
    z = np.random.default_rng(1).standard_normal(400)
    z[200:] *= 2.5
    found = drift_in(forecasts(z))
    assert found.found > 200
    assert found.n < 100


def test_forecasts_that_miss_on_both_sides_in_turn_are_wrong_too_often():
    """No bias adds up, the misses do."""
    z = np.where(np.arange(60) % 2, 2.0, -2.0)
    found = drift_in(forecasts(z))
    assert found.kind == "coverage"
    assert "missed their 90 % interval" in found.sentence


def test_right_forecasts_seldom_alarm():
    """Over 40,000 of them there is no more than one alarm in `QUIET`."""
    alarms = 0
    for seed in range(8):
        z = np.random.default_rng(100 + seed).standard_normal(5000)
        told = forecasts(z)
        while found := drift_in(told):
            alarms += 1
            told = [f for f in told if f.start >= found.found]
    assert alarms <= 40_000 / QUIET


def test_one_wild_outcome_alarms_nobody():
    """A single forecast off by a hundred standard deviations is no drift."""
    z = np.zeros(50)
    z[20] = 100
    assert drift_in(forecasts(z)) is None


@pytest.mark.parametrize("told", [[], forecasts([0.0])])
def test_nothing_to_hold_against_is_no_drift(told):
    """No forecast, or one, says nothing."""
    assert drift_in(told) is None
