"""Since when a line makes less than usual."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_core.diagnosis.since import MINUTE_US, by_minute, losing_since
from twin_core.recent import GRID_US

USUAL = 500.0


@given(
    healthy=st.integers(15, 400),
    losing=st.integers(10, 400),
    share=st.floats(0.0, 0.9),
    seed=st.integers(0, 999),
)
def test_a_fall_is_dated_however_long_ago_it_was(healthy, losing, share, seed):
    """Within twenty minutes, between noise of three per cent and a minor stop every ten minutes."""
    rng = np.random.default_rng(seed)
    rate = USUAL * rng.uniform(0.98, 1.04, healthy + losing)
    rate[healthy:] *= share
    rate[rng.integers(10) :: 10] *= 0.4
    time = np.arange(len(rate)) * MINUTE_US
    found = losing_since(time, rate, USUAL)
    assert found is not None
    assert abs(found - healthy * MINUTE_US) <= 20 * MINUTE_US


@given(minutes=st.integers(0, 500), seed=st.integers(0, 999))
def test_a_line_that_keeps_its_rate_loses_since_never(minutes, seed):
    """Minor stops take minutes, up to one of four, not the middle of ten of them."""
    rng = np.random.default_rng(seed)
    rate = USUAL * rng.uniform(0.98, 1.04, minutes)
    rate[rng.integers(4) :: 4] = 0.0
    assert losing_since(np.arange(minutes) * MINUTE_US, rate, USUAL) is None


def test_what_is_unknown_or_planned_does_not_break_a_loss():
    """A break in the middle of a loss is no end of it."""
    rate = np.concatenate([np.full(60, 500.0), np.full(60, 400.0)])
    rate[80:100] = np.nan
    assert losing_since(np.arange(120) * MINUTE_US, rate, USUAL) == 60 * MINUTE_US


def test_a_loss_that_was_made_good_is_over():
    """It is asked how it is now."""
    rate = np.concatenate([np.full(60, 400.0), np.full(10, 500.0)])
    assert losing_since(np.arange(70) * MINUTE_US, rate, USUAL) is None


def test_minutes_are_whole_and_the_newest_ends_with_the_rows():
    """A minute with less than half of its rows is not known."""
    rate = np.arange(20, dtype=float)
    rate[8:12] = np.nan
    begins, mean = by_minute(np.arange(1, 21) * GRID_US, rate)
    assert list(begins // GRID_US) == [2, 8, 14]
    assert mean[0] == np.mean(rate[2:8])
    assert np.isnan(mean[1])
    assert mean[2] == np.mean(rate[14:20])
