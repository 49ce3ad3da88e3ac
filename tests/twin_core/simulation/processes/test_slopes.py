"""Straight lines through noisy readings, and how surely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.processes.slopes import coefficients_of, slope_estimate


def slope(x, y, *, noise_x: float = 0.0) -> Estimated:
    """The slope, which there is."""
    found = slope_estimate(x, y, "1", noise_x=noise_x)
    assert found is not None
    return found


def test_noise_of_the_axis_is_taken_out():
    """Plain least squares would be a third too flat."""
    random = np.random.default_rng(1)
    x = random.normal(0.0, 1.0, 20_000)
    seen = x + random.normal(0.0, 0.7, len(x))
    found = slope(seen, 3.0 * x, noise_x=0.7)
    assert found.holds(3.0)
    assert found.value == pytest.approx(3.0, rel=0.03)


def test_ninety_percent_of_intervals_hold_the_truth():
    """Over 300 histories with errors that last, as readings' do."""
    held = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        x = np.repeat(random.normal(0.0, 1.0, 100), 10)
        y = 2.0 * x + np.repeat(random.normal(0.0, 1.0, 100), 10)
        held += slope(x, y).holds(2.0)
    assert 0.84 <= held / 300 <= 0.95


def test_columns_that_move_together_cannot_be_told_apart():
    """Two machines that always ran alike have no shares of their own."""
    x = np.random.default_rng(2).normal(0.0, 1.0, 500)
    assert coefficients_of(np.stack([x, x], axis=1), x, ["1", "1"]) == []


def test_an_axis_that_does_not_stand_out_of_its_noise_tells_nothing():
    """All that moved is the instrument."""
    random = np.random.default_rng(3)
    x, y = random.normal(0, 0.1, 500), random.normal(0, 1, 500)
    assert slope_estimate(x, y, "1", noise_x=0.2) is None


@given(st.integers(0, 39))
def test_few_rows_tell_nothing(n):
    """Nor do rows that are not known."""
    x = np.arange(float(n))
    assert slope_estimate(x, x, "1") is None
    assert slope_estimate(np.full(100, np.nan), np.arange(100.0), "1") is None


@given(st.floats(0.1, 100), st.floats(-100, 100), st.floats(-50, 50))
def test_a_line_without_noise_is_found_exactly(scale, steep, intercept):
    """Whatever the units are."""
    x = scale * np.sin(np.arange(200.0))
    assert slope(x, steep * x + intercept).value == pytest.approx(steep, rel=1e-6, abs=1e-6)
