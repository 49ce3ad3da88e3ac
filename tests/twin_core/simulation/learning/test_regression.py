"""Models of a value."""

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import QUICK, TARGET, lived, thickness
from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.growing import Recipe
from twin_core.simulation.learning.learned import Spread
from twin_core.simulation.learning.regression import fit_value, unseen


def test_it_tells_better_than_the_mean_on_blocks_it_had_not_seen():
    """The noise that was planted and little more; the mean's miss stands beside it."""
    by = thickness().calibration
    assert isinstance(by, Spread)
    assert 0.3 < by.misses.error < 0.45
    assert by.misses.trivial == pytest.approx(lived().y.std(), rel=0.05)
    assert (by.misses.rows, by.misses.blocks) == (600, 30)


def test_the_same_arguments_give_the_same_model():
    """Bit by bit, and another seed gives another."""
    again = fit_value(lived(), 3, QUICK)
    assert again.version == thickness().version
    partial = (Recipe(trees=40, rate=0.15, leaves=6, least=10, share=0.5),)
    assert fit_value(lived(), 3, partial).version != fit_value(lived(), 4, partial).version


def test_noise_teaches_nothing():
    """A target that no feature tells of gives no model, and says by how much it missed."""
    noise = np.random.default_rng(0).normal(size=600)
    with pytest.raises(CannotLearn, match="on blocks left out it misses by"):
        fit_value(lived().told(noise, TARGET), 1, QUICK)


def test_the_better_recipe_is_chosen_on_blocks_left_out():
    """One that learns nothing loses to one that does."""
    idle = Recipe(trees=1, rate=0.001)
    assert unseen(lived(), (idle, QUICK[0]), 1).recipe == QUICK[0]


def test_what_is_told_ends_where_the_target_does():
    """Rows past an end count as at it; all of them there teach nothing."""
    examples = lived()
    capped = examples.told(examples.y, TARGET.model_copy(update={"high": 11.0}))
    model = fit_value(capped, 1, QUICK)
    assert model.target.clip(model.forest.told(examples.x)).max() <= 11.0
    everywhere = examples.told(examples.y, TARGET.model_copy(update={"high": 1.0}))
    with pytest.raises(CannotLearn, match="every row lies at its end"):
        fit_value(everywhere, 1, QUICK)


def test_what_cannot_be_learned_from_is_refused_first():
    """As `Examples.check` says."""
    examples = lived()
    examples.x[0, 0] = np.nan
    with pytest.raises(WrongKind, match="oil temperature"):
        fit_value(examples, 1, QUICK)


def test_huge_numbers_are_learned_as_small_ones():
    """A target in another unit, 1e60 times larger, is told as well."""
    examples = lived()
    by = fit_value(examples.told(examples.y * 1e60, TARGET), 3, QUICK).calibration
    small = thickness().calibration
    assert isinstance(by, Spread)
    assert isinstance(small, Spread)
    assert by.misses.error / by.misses.trivial == pytest.approx(
        small.misses.error / small.misses.trivial, rel=0.05
    )
