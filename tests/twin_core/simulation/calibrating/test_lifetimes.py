"""Laws of duration: each formula against another way to the same number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import integrate

from twin_core.simulation.calibrating.lifetimes import FAMILIES, Durations, Law, log_left

means = st.floats(1e-3, 1e7)
shapes = st.floats(0.2, 8.0)


def law(family, mean, shape):
    return Law(family=family, mean_s=mean, shape=1.0 if family == "exponential" else shape)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=25, deadline=None)
@given(mean=means, shape=st.floats(0.4, 5.0))
def test_the_mean_is_the_integral_of_the_survival(family, mean, shape):
    """Whatever the shape, `mean_s` is the expected length."""
    one = law(family, mean, min(shape, 1.5) if family == "lognormal" else shape)

    def survival(log_t):
        t = np.exp(log_t)
        return float(np.exp(one.log_survival(np.array([t]))[0]) * t)

    total, _ = integrate.quad(survival, np.log(mean) - 40, np.log(mean) + 12, limit=400)
    assert total == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=40, deadline=None)
@given(mean=means, shape=shapes, u=st.floats(0.001, 0.999))
def test_quantile_density_and_survival_are_of_one_law(family, mean, shape, u):
    """The survival at the quantile u is 1 - u, and falls there as the density says."""
    one = law(family, mean, shape)
    t = one.quantile(np.array([u]))
    if not t[0] > 1e-200:
        return
    assert np.exp(one.log_survival(t))[0] == pytest.approx(1 - u, rel=1e-6, abs=1e-9)
    step = 1e-5
    s = np.exp(one.log_survival(np.r_[t * (1 - step), t * (1 + step)]))
    assert (s[0] - s[1]) / (2 * step * t[0]) == pytest.approx(
        np.exp(one.log_density(t))[0], rel=1e-3
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shape", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("t", [0.0, 10.0, 100.0, 300.0])
def test_what_is_left_of_a_life_met_half_way_is_the_tail_of_the_survival(family, shape, t):
    """The closed forms equal the integral of the survival beyond t over the mean."""
    one = law(family, 100.0, shape)
    tail, _ = integrate.quad(
        lambda x: float(np.exp(one.log_survival(np.array([x]))[0])), t, np.inf, limit=400
    )
    left = np.exp(log_left(family, one.mean_s, one.shape, np.array([t])))[0]
    assert left == pytest.approx(tail / 100.0, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_far_tail_stays_finite_and_falls(family):
    """Where the probability is below the smallest number its logarithm is still known."""
    tail = law(family, 1.0, 3.0).log_survival(np.array([100.0, 1e3, 1e4]))
    assert np.isfinite(tail).all()
    assert (np.diff(tail) < 0).all()


def test_an_exponential_has_no_other_shape():
    """A shape that a law has not is refused."""
    with pytest.raises(ValidationError, match="shape 1"):
        Law(family="exponential", mean_s=10, shape=2)


def test_durations_tell_what_was_watched():
    """Ends are counted, and time before the entry is not watched time."""
    d = Durations(
        np.array([10.0, 20.0]), np.array([True, False]), np.array([4.0, 0.0]), np.zeros(2, bool)
    )
    assert (d.events, d.exposure_s) == (1, 26.0)
