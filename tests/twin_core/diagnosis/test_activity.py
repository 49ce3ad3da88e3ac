"""A load explains no more than what moved with it, and nothing of what stands."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_core.diagnosis.activity import without

ROWS = 180


def course(usual, low, power, seed):
    """Drawn in proportion to an activity that goes up and down and at last falls to `low`."""
    rng = np.random.default_rng(seed)
    drawn = 1.0 + 0.1 * rng.normal(size=ROWS).cumsum() / 5.0
    drawn[-40:] = low
    drawn = np.clip(drawn, 0.05, 2.0)
    return drawn, usual * (1.0 + power * (drawn - 1.0)) + 0.002 * usual * rng.normal(size=ROWS)


@given(
    usual=st.floats(1.0, 1e4), low=st.floats(0.1, 1.0), power=st.floats(0.0, 1.1),
    seed=st.integers(0, 10_000),
)  # fmt: skip
def test_what_fell_with_its_load_is_never_said_to_have_risen(usual, low, power, seed):
    drawn, value = course(usual, low, power, seed)
    left, middle = without(value, drawn), float(np.median(value))
    fell = value < middle
    assert (left[fell & (drawn < 1.0)] <= middle * (1.0 + 1e-9)).all()


@given(usual=st.floats(1.0, 1e4), seed=st.integers(0, 10_000))
def test_what_stands_is_left_as_it_is(usual, seed):
    drawn, value = course(usual, 0.1, 1.0, seed)
    value[-40:] = 0.01 * usual
    assert (without(value, drawn)[-40:] == value[-40:]).all()
