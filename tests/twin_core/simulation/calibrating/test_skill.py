"""Scores of forecasts against what came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import integrate
from scipy.special import ndtr

from twin_core.errors import WrongKind
from twin_core.simulation.calibrating.estimated import Z90
from twin_core.simulation.calibrating.skill import Foretold, apart, crps, normal_crps, skill


def forecasts(z, sd=2.0, mean=50.0):
    return [
        Foretold(
            start=k, end=k + 1, mean=mean, low=mean - Z90 * sd, high=mean + Z90 * sd,
            actual=mean + sd * float(x),
        )
        for k, x in enumerate(z)
    ]  # fmt: skip


def scored(told):
    return skill("s/a/l", "pa-1", told, "/min")


@pytest.mark.parametrize("z", [-2.0, 0.0, 0.7])
def test_the_normal_score_is_the_integral_of_the_squared_difference(z):
    """As the score is defined, with the step of what came."""
    below, _ = integrate.quad(lambda x: ndtr(x) ** 2, -12, z)
    above, _ = integrate.quad(lambda x: (1 - ndtr(x)) ** 2, z, 12)
    assert normal_crps(np.array([3 * z]), np.array([3.0]))[0] == pytest.approx(3 * (below + above))


def test_draws_score_as_the_law_they_are_of():
    """Many draws of a normal have the score of the normal."""
    draws = np.random.default_rng(1).normal(50, 2, 20_000)
    assert crps(draws, 51.0) == pytest.approx(
        normal_crps(np.array([1.0]), np.array([2.0]))[0], rel=0.02
    )


@settings(max_examples=50, deadline=None)
@given(
    draws=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12),
    actual=st.floats(-1e6, 1e6),
    by=st.floats(-1e3, 1e3),
)
def test_a_score_moves_with_what_it_scores(draws, actual, by):
    """Shifting draws and outcome together leaves the score; it is the mean over pairs."""
    x = np.array(draws)
    r = len(x)
    pairs = np.abs(x[:, None] - x).sum() / (2 * r * (r - 1))
    assert crps(x, actual) == pytest.approx(np.abs(x - actual).mean() - pairs, abs=1e-6, rel=1e-9)
    assert crps(x + by, actual + by) == pytest.approx(crps(x, actual), abs=1e-6)


@pytest.mark.parametrize("draws", [[], [1.0], [1.0, np.nan], [np.inf, 0.0]])
def test_too_few_draws_have_no_score(draws):
    """One draw, or one that is no number, is refused."""
    with pytest.raises(WrongKind, match="draws"):
        crps(np.array(draws), 1.0)


def test_right_forecasts_are_found_right():
    """Nine in ten inside, no bias, better than guessing the last value."""
    found = scored(forecasts(np.random.default_rng(2).standard_normal(800)))
    assert found.coverage.holds(0.9)
    assert found.bias.holds(0.0)
    assert found.crps < found.last_value


def test_a_bias_is_found():
    """What comes one standard deviation higher shows as that much."""
    z = 1 + np.random.default_rng(3).standard_normal(200)
    found = scored(forecasts(z))
    assert found.bias.low > 1
    assert found.coverage.high < 0.9


def test_one_forecast_is_scored_without_an_interval_of_its_bias():
    """What one says is little, and that is said."""
    found = scored(forecasts([0.3]))
    assert (found.n, found.bias.low, found.last_value) == (1, None, None)
    assert found.coverage.low < 0.1


def test_no_forecast_has_no_skill():
    """There is nothing to score."""
    with pytest.raises(WrongKind):
        scored([])


def test_forecasts_of_the_same_time_count_once():
    """Of those that overlap the earlier one is kept."""
    a, b, c = (f.model_copy(update={"start": s, "end": s + 10}) for f, s in zip(
        forecasts([0, 0, 0]), (0, 5, 10), strict=True
    ))  # fmt: skip
    assert apart([c, b, a]) == (a, c)


def test_a_forecast_that_cannot_be_is_refused():
    """Its mean lies inside its interval."""
    with pytest.raises(ValidationError):
        Foretold(start=0, end=1, mean=5, low=6, high=7, actual=5)


def test_a_forecast_without_width_is_off_by_very_much():
    """Nothing is divided by nought."""
    one = Foretold(start=0, end=1, mean=5, low=5, high=5, actual=6)
    assert np.isfinite(one.z)
    assert one.z > 1e6
