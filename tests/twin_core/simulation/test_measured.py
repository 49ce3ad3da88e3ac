"""Means, how surely they are known, and what one run will show."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin_core.simulation.measured import Measured, chance, estimate, half_width

SOME = arrays(np.float64, st.integers(2, 40), elements=st.floats(0, 1e6))


def test_half_width_is_student_s():
    """Ten numbers of deviation 1: 1.833 over the root of ten (tables of t, 9 degrees, 95 %)."""
    sample = np.array([-1.0, 1.0] * 5) * np.sqrt(0.9)
    assert half_width(sample) == pytest.approx(1.8331 / np.sqrt(10), rel=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_interval_of_a_skewed_law_holds_what_it_says(sign):
    """Of 2,000 samples of forty exponentials nine in ten or a few more hold the mean."""
    samples = sign * np.random.default_rng(7).exponential(1.0, (2000, 40))
    held = [abs(one.mean() - sign) <= half_width(one) for one in samples]
    assert 0.89 < np.mean(held) < 0.95


def test_one_number_has_no_width():
    """Nothing can be said of how a single number would vary; of equal ones, that they do not."""
    assert half_width(np.array([3.0])) == 0.0
    assert half_width(np.full(5, 3.0)) == 0.0
    assert half_width(np.array([1.0, 2.0])) > 0.0


def test_a_chance_that_never_came_may_yet():
    """None of forty: Wilson's interval reaches up to about six per cent."""
    found = chance(0, 40)
    assert (found.mean, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.0633, abs=1e-4)
    assert chance(40, 40).low == pytest.approx(1 - found.high)


@given(happened=st.integers(0, 50), more=st.integers(0, 50))
def test_a_chance_lies_inside_its_interval(happened, more):
    """Between nothing and certainty."""
    found = chance(happened, max(1, happened + more))
    assert 0 <= found.low <= found.mean <= found.high <= 1


@example(above=np.array([9.58727474e-116, 9.58727474e-116, 1e-115]))
@given(above=SOME)
def test_a_ratio_s_mean_is_that_of_the_sums(above):
    """However different the runs are; its values have that mean too."""
    below = np.arange(1.0, len(above) + 1.0)
    ratio = Measured(above, "1", below)
    assert ratio.mean == pytest.approx(above.sum() / below.sum())
    assert ratio.values.mean() == pytest.approx(ratio.mean, abs=1e-6)
    found = ratio.estimate()
    assert found.low <= found.mean <= found.high


def test_a_ratio_over_nothing_is_nothing():
    """Where no run has anything below the line."""
    found = Measured(np.zeros(3), "1", np.zeros(3)).estimate()
    assert (found.mean, found.half) == (0.0, 0.0)


@given(parts=st.lists(SOME, min_size=1, max_size=4))
def test_parts_make_a_whole(parts):
    """Blocks joined are what they would have been at once."""
    whole = Measured.joined([Measured(part, "m", part + 1) for part in parts])
    at_once = np.concatenate(parts)
    assert whole.estimate() == Measured(at_once, "m", at_once + 1).estimate()


def test_an_interval_holds_its_mean():
    """One bad realisation in forty pulls the mean below the quantiles."""
    found = estimate(np.array([0.0] + [60.0] * 39), "{board}/min")
    assert found.low <= found.mean <= found.high
