"""Forests as plain numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from twin_core.simulation.learning.growing import Recipe, grow
from twin_core.simulation.learning.trees import Forest

STUMP = {
    "base": 1.0, "width": 2, "start": (0,), "feature": (1, -1, -1), "threshold": (0.5, 0.0, 0.0),
    "left": (1, 0, 0), "right": (2, 0, 0), "value": (0.0, 10.0, 20.0), "rows": (4, 1, 3),
}  # fmt: skip


def test_a_row_walks_to_its_leaf():
    """At the threshold to the left, above it to the right; the base is added."""
    told = Forest(**STUMP).told(np.array([[9.0, 0.5], [9.0, 0.6]]))
    np.testing.assert_array_equal(told, [11.0, 21.0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"left": (0, 0, 0)}, {"right": (3, 0, 0)}, {"left": (-1, 0, 0)}, {"feature": (2, -1, -1)},
        {"feature": (-2, -1, -1)}, {"rows": (4, 0, 3)}, {"value": (0.0, 1.0)}, {"start": (0, 3)},
        {"start": (1,)}, {"start": (0, 0)}, {"base": float("nan")},
    ],
)  # fmt: skip
def test_a_forest_that_leads_nowhere_is_none(wrong):
    """A stored one with circles, foreign columns or torn columns is refused when it is read."""
    with pytest.raises(ValidationError):
        Forest(**STUMP | wrong)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), leaves=st.integers(2, 16))
def test_what_was_taken_over_says_what_was_grown(seed, leaves):
    """On every row the sum of leaves is what scikit-learn says."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng(seed)
    x, y = random.normal(size=(120, 3)), random.normal(size=120)
    recipe = Recipe(trees=5, leaves=leaves, least=5, share=0.7)
    forest = grow(x, y, recipe, 9)
    maker = HistGradientBoostingRegressor(
        max_iter=5,
        learning_rate=recipe.rate,
        max_leaf_nodes=leaves,
        min_samples_leaf=5,
        max_features=0.7,
        early_stopping=False,
        random_state=9,
    )
    other = random.normal(size=(50, 3))
    with threadpool_limits(limits=1):
        theirs = maker.fit(x, (y - y.mean()) / y.std()).predict(other)
    np.testing.assert_allclose(forest.told(other), y.mean() + y.std() * theirs, atol=1e-12)


def test_each_leaf_has_its_box():
    """Every row lies in exactly one box of each tree, and its value is that leaf's."""
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 4))
    forest = grow(x, x[:, 0] * x[:, 1], Recipe(trees=6, leaves=9, least=5), 0)
    leaves = forest.leaves
    at = x[:, leaves.feature]
    inside = ((at > leaves.low) & (at <= leaves.high)).all(axis=2)
    assert (inside.sum(axis=1) == len(forest.start)).all()
    np.testing.assert_allclose(forest.base + inside @ leaves.value, forest.told(x), atol=1e-12)


def test_many_rows_are_told_as_one():
    """In one batch or row by row, the same bits."""
    random = np.random.default_rng(0)
    x = random.normal(size=(5000, 3))
    forest = grow(x, x[:, 0], Recipe(trees=7), 0)
    told = forest.told(x)
    assert [forest.told(x[i : i + 1])[0] for i in range(0, 5000, 499)] == told[::499].tolist()
