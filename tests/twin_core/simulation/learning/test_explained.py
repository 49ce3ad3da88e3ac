"""Why a model says what it says."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.learning.taught import risk, thickness, usual
from twin_core.errors import BeyondModel, UnknownName
from twin_core.simulation.learning.explained import said, shapley, why
from twin_core.simulation.learning.growing import Recipe, grow
from twin_core.simulation.learning.learned import predict


def known(forest, row, some):
    """What the forest says where only some columns are known, by walking it."""

    def under(node):
        asked = forest.feature[node]
        if asked < 0:
            return forest.value[node]
        ways = (forest.left[node], forest.right[node])
        if asked in some:
            return under(ways[int(row[asked] > forest.threshold[node])])
        return sum(forest.rows[way] / forest.rows[node] * under(way) for way in ways)

    return forest.base + sum(under(root) for root in forest.start)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), wide=st.integers(1, 5), leaves=st.integers(2, 12))
def test_contributions_are_shapley_values(seed, wide, leaves):
    """They equal the sum over all coalitions, and add up to the prediction less the usual."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(90, wide))
    y = x[:, 0] * x[:, -1] + random.normal(size=90)
    forest = grow(x, y, Recipe(trees=4, leaves=leaves, least=3, share=1.0), 0)
    row = random.normal(size=wide)
    usual, adds = shapley(forest, row)
    assert usual == pytest.approx(known(forest, row, ()), abs=1e-12)
    assert usual + adds.sum() == pytest.approx(forest.told(row[None])[0], abs=1e-12)
    for j in range(wide):
        others = [k for k in range(wide) if k != j]
        value = sum(
            factorial(size) * factorial(wide - size - 1) / factorial(wide)
            * (known(forest, row, {*some, j}) - known(forest, row, some))
            for size in range(wide)
            for some in combinations(others, size)
        )  # fmt: skip
        assert adds[j] == pytest.approx(value, abs=1e-12)


def test_the_sum_is_the_prediction():
    """Baseline, contributions and ends make what `predict` says, of a value and of a chance."""
    for model, values in ((thickness(), usual()), (risk(), usual(speed=118.0))):
        found = why(model, values)
        total = found.baseline + sum(c.adds for c in found.contributions) + found.ends
        assert found.prediction == predict(model, values).value
        assert total == pytest.approx(found.prediction, abs=1e-12)
        assert abs(found.error) < 1e-12
        sizes = [abs(c.adds) for c in found.contributions]
        assert sizes == sorted(sizes, reverse=True)


def test_what_a_cap_takes_is_said():
    """A prediction past its end is cut, and the cut has a line of its own."""
    model = thickness()
    row = np.array([[50.0, 60.0, 110.0, 50.0]])
    cut = float(model.forest.told(row)[0]) - 0.5
    target = model.target.model_copy(update={"high": cut})
    found = why(model.model_copy(update={"target": target}), usual())
    assert found.prediction == cut
    assert found.ends == pytest.approx(-0.5)
    assert abs(found.error) < 1e-12


def test_the_cause_that_was_planted_comes_first():
    """Fast is why it is thick, hot and fast why it fails; what never moved adds nothing."""
    assert why(thickness(), usual(speed=119.0)).contributions[0].feature == "speed"
    hot = why(risk(), usual(oil_temperature=58.0, bearing_temperature=68.0))
    first = {c.feature for c in hot.contributions[:2]}
    assert first & {"oil temperature", "bearing temperature"}
    assert hot.contributions[0].adds > 0
    assert "mains frequency" not in {c.feature for c in hot.contributions}


def test_why_is_a_sentence():
    """From the usual to the answer, what counts most and what all else makes."""
    text = said(why(thickness(), usual(speed=119.0)), 1)
    assert text.startswith("usual is 10.5 mm; speed at 119 /min adds 0.")
    assert "; all else " in text
    assert text.endswith(" mm.")


def test_why_is_told_twice_alike():
    """The same row, the same bits."""
    assert why(risk(), usual()) == why(risk(), usual())


def test_what_is_refused_is_not_explained():
    """Outside the range there is no why, and an unknown name is said."""
    with pytest.raises(BeyondModel):
        why(thickness(), usual(speed=500.0))
    with pytest.raises(UnknownName):
        why(thickness(), usual(colour=1.0))
