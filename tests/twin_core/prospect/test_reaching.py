"""When a reading that moves reaches its limit: laws on made readings, and how often they hold."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.prospect.reaching import line_of

DAY = np.linspace(-24.0, 0.0, 288)


def drawn(slope, sd=0.1, level=2.0, seed=1, alike=0.0):
    """A day of five-minute means; neighbours alike by `alike`."""
    noise = np.random.default_rng(seed).normal(0.0, sd, len(DAY))
    for i in range(1, len(noise)):
        noise[i] = alike * noise[i - 1] + np.sqrt(1 - alike**2) * noise[i]
    return level + slope * DAY + noise


def test_a_rise_is_seen_and_its_limit_foretold():
    """0.1 an hour from 2 to 3 takes ten hours."""
    line = line_of(DAY, drawn(0.1), 0.1)
    assert line is not None
    assert line.slope == pytest.approx(0.1, abs=0.01)
    low, middle, high = line.hours_to(3.0, above=True)
    assert 0.9 * low < 10 < 1.1 * high
    assert middle == pytest.approx(10, rel=0.1)


def test_scatter_is_no_trend():
    """Of two hundred readings that stand, alike or not, hardly one is said to move."""
    told = [line_of(DAY, drawn(0.0, seed=k, alike=0.8 * (k % 2)), 0.1) for k in range(200)]
    assert sum(line is not None for line in told) <= 2


def test_a_jump_is_no_trend():
    """It stood, stepped, and stands."""
    value = drawn(0.0)
    value[140:] += 1.0
    assert line_of(DAY, value, 0.1) is None


def test_wear_that_began_lately_is_seen_by_what_is_new():
    """Steady for twenty hours, rising for four."""
    value = drawn(0.0, sd=0.03)
    value[240:] += 0.2 * (DAY[240:] - DAY[240])
    line = line_of(DAY, value, 0.03)
    assert line is not None
    assert line.over_h < 10
    assert line.slope == pytest.approx(0.2, rel=0.3)


def test_too_little_is_no_line():
    """Eleven values, or none."""
    assert line_of(DAY[-11:], drawn(0.1)[-11:], 0.1) is None
    assert line_of(DAY, np.full(288, np.nan), 0.1) is None


def test_intervals_hold_what_they_say():
    """The mean passes its limit inside the 90 % interval in about nine of ten made days."""
    held = 0
    for k in range(200):
        line = line_of(DAY, drawn(0.05, sd=0.2, seed=k, alike=0.5), 0.1)
        assert line is not None
        low, _, high = line.hours_to(3.0, above=True)
        held += low <= 20.0 <= high
    assert held >= 165


@given(
    st.floats(0.01, 1.0), st.floats(0.01, 0.3), st.floats(2.1, 20.0), st.floats(0.0, 0.9),
    st.integers(0, 10_000),
)  # fmt: skip
def test_later_is_never_less_likely(slope, sd, limit, alike, seed):
    """Until a limit: hours ascend with what they hold; the other way round it is the same."""
    line = line_of(DAY, drawn(slope, sd=sd, seed=seed, alike=alike), sd)
    mirrored = line_of(DAY, -drawn(slope, sd=sd, seed=seed, alike=alike), sd)
    if line is None:
        return
    low, middle, high = line.hours_to(limit, above=True)
    assert 0 < low <= middle <= high <= inf
    assert mirrored is not None
    assert mirrored.hours_to(-limit, above=False) == pytest.approx((low, middle, high))
    assert 0 <= line.passed_by(5.0, limit, above=True) <= 1
