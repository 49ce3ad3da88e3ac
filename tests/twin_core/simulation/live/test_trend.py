"""Where a value stands and whether it is heading somewhere."""

import numpy as np
import pytest

from twin_core.simulation.live.trend import trend_of
from twin_core.simulation.numbers import Draws


def noisy(slope=0.0, rows=60, scatter=0.1):
    random = np.random.default_rng(3)
    return 5.0 + slope * 10 * np.arange(rows) + scatter * random.standard_normal(rows)


def test_noise_is_no_trend():
    """Scatter alone gives the mean of the newest buckets."""
    found = trend_of(noisy(), 0.1)
    assert not found.heading
    assert found.value == pytest.approx(5.0, abs=0.3)


def test_a_slope_out_of_the_noise_is_one():
    """A value that climbs is told with its slope and where it is now."""
    found = trend_of(noisy(slope=0.01), 0.1)
    assert found.slope == pytest.approx(0.01, rel=0.1)
    assert found.value == pytest.approx(5.0 + 0.01 * 590, abs=0.2)


def test_gaps_are_not_filled():
    """Nothing believed lately: not known; too little for a slope: none."""
    column = noisy(slope=0.01)
    column[-4:] = np.nan
    assert np.isnan(trend_of(column, 0.1).value)
    sparse = noisy(slope=0.01)
    sparse[-24:-3] = np.nan
    assert not trend_of(sparse, 0.1).heading


def test_steady_asks_for_the_usual_value():
    """The median of the last minutes, whatever it is heading for."""
    found = trend_of(noisy(slope=0.01), 0.1, steady=True)
    assert not found.heading
    assert found.value == pytest.approx(5.0 + 0.1 * 44.5, abs=0.3)


def test_a_trend_levels_off():
    """No future gains more than slope times its time constant, and all start at nothing."""
    trend = trend_of(noisy(slope=0.01), 0.1)
    future = trend.future(Draws(1, 20).of(0))
    gained = future.gained(np.linspace(0.0, 1e6, 50))
    assert (gained[:, 0] == 0).all()
    assert gained[:, -1] == pytest.approx(future.slope * future.lasts_s)


@pytest.mark.parametrize("rows_ago", [3, 6, 12, 18, 21])
def test_what_jumped_and_stands_is_heading_nowhere(rows_ago):
    """A step inside the window is no slope: the value is the new level, now and later."""
    column = noisy()
    column[-rows_ago:] -= 4.0
    found = trend_of(column, 0.1)
    assert not found.heading
    assert found.value == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("tau_s", [60.0, 120.0, 240.0])
def test_what_settles_is_forecast_to_settle_where_it_does(tau_s):
    """An exponential is carried on to about its own end, not along its chord."""
    t = 10.0 * np.arange(24)
    random = np.random.default_rng(5)
    column = np.concatenate([np.full(36, 5.0), 5.0 + 8.0 * (1 - np.exp(-t / tau_s))])
    found = trend_of(column + 0.02 * random.standard_normal(60), 0.02)
    end = found.value + found.slope * found.lasts_s
    assert end == pytest.approx(13.0, abs=2.5)
