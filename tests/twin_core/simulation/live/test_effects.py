"""The nameplate laws: knees, steps, both directions."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twin_core.plant.classes import Effect
from twin_core.simulation.live.effects import amount, amounts, bend, factor, factors, product

numbers = st.floats(-1e3, 1e3)
effects = st.builds(
    lambda full, none, floor, ceiling: Effect(
        on="speed", by="x", full=full, none=none, floor=floor, ceiling=ceiling
    ),
    numbers,
    numbers,
    st.floats(0, 1),
    st.floats(-50, 50),
)


def test_a_factor_is_one_at_full_and_the_floor_at_none():
    """Between the knees the law is linear, outside it is flat."""
    falling = Effect(on="speed", by="p", full=5.0, none=3.0, floor=0.4)
    assert [factor(falling, x) for x in (9, 5, 4, 3, 0)] == pytest.approx([1, 1, 0.7, 0.4, 0.4])
    rising = Effect(on="rejects", by="t", full=10, none=20, ceiling=0.2)
    assert [amount(rising, x) for x in (0, 10, 15, 20, 99)] == pytest.approx([0, 0, 0.1, 0.2, 0.2])


@given(effects, numbers)
def test_a_law_stays_between_its_ends(effect, x):
    """No value bends a machine past the ends of its law."""
    assert 0 <= bend(effect, x) <= 1
    assert effect.floor - 1e-12 <= factor(effect, x) <= 1
    assert min(0, effect.ceiling) <= amount(effect, x) <= max(0, effect.ceiling)


@given(effects, st.lists(numbers, min_size=1, max_size=5))
@example(Effect(on="speed", by="x", full=0.0, none=2.3e-308), [4.0])
def test_arrays_follow_the_same_law(effect, xs):
    """Along an array the law is the one of its numbers."""
    array = np.array(xs)
    assert factors(effect, array) == pytest.approx([factor(effect, x) for x in xs])
    assert amounts(effect, array) == pytest.approx([amount(effect, x) for x in xs])


def test_no_effect_is_a_factor_of_one():
    """Effects on the same thing multiply."""
    assert product([]) == 1
    assert product([0.5, 0.5]) == 0.25
