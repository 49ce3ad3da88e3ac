"""Intervals from what was missed on blocks left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.conformal import LEVELS, misses, needed_blocks


def judged(off, block, spread=None):
    folds = [np.isin(block, some) for some in np.array_split(np.unique(block), 5)]
    return misses(off, np.ones_like(off) if spread is None else spread, off + 1.0, block, folds)


def test_needed_blocks():
    """The next of K blocks lies below the largest with probability K / (K + 1)."""
    assert [needed_blocks(level) for level in LEVELS] == [1, 4, 9, 19]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(20, 60))
def test_the_width_holds_at_least_its_share_of_the_blocks_it_was_set_by(seed, blocks):
    """Blocks of any size have one vote each; the one yet to come is counted as past them all."""
    random = np.random.default_rng(seed)
    block = np.repeat(np.arange(blocks), random.integers(1, 9, blocks))
    off = random.standard_t(3, len(block))
    found = judged(off, block)
    for level in LEVELS:
        width = found.coverage(level).times
        held = np.mean([(np.abs(off[block == one]) <= width).mean() for one in range(blocks)])
        assert held >= level
        assert held <= level * (blocks + 1) / blocks + 1.0 / blocks + 1e-9


def test_a_block_yet_to_come_is_held():
    """Blocks of their own level, few and large: still nine in ten rows of new blocks."""
    random = np.random.default_rng(5)
    held = []
    for _ in range(200):
        level = random.normal(size=31)
        off = (level[:, None] + 0.3 * random.normal(size=(31, 20))).ravel()
        block = np.repeat(np.arange(31), 20)
        width = judged(off[:600], block[:600]).coverage(0.9).times
        held.append((np.abs(off[600:]) <= width).mean())
    assert np.mean(held) == pytest.approx(0.9, abs=0.04)


def test_observed_coverage_is_of_blocks_that_did_not_set_the_width():
    """Where one run of blocks is ten times worse, it shows."""
    random = np.random.default_rng(0)
    block = np.repeat(np.arange(40), 10)
    off = random.normal(size=400)
    assert judged(off, block).coverage(0.9).observed == pytest.approx(0.9, abs=0.05)
    off[block >= 32] *= 10
    assert judged(off, block).coverage(0.9).observed < 0.87


def test_a_spread_makes_widths_of_their_own():
    """Rows that were expected to be off twice as far are given twice the width."""
    random = np.random.default_rng(0)
    block = np.repeat(np.arange(40), 10)
    spread = np.where(np.arange(400) % 2, 1.0, 5.0)
    found = judged(spread * random.normal(size=400), block, spread)
    assert found.coverage(0.9).times == pytest.approx(1.645, abs=0.25)
    assert found.share_below(np.array([-9.0, 0.0, 9.0])) == pytest.approx([0, 0.5, 1], abs=0.06)


def test_levels_that_cannot_be_had_are_said():
    """Another level, or too few blocks for it."""
    found = judged(np.arange(12.0), np.arange(12))
    with pytest.raises(WrongKind, match=r"one of 0.5, 0.8, 0.9, 0.95"):
        found.coverage(0.99)
    with pytest.raises(CannotLearn, match="12 blocks do not tell what happens 5% of the time"):
        found.coverage(0.95)
    assert found.coverages[-1].times is None
    assert found.coverages[-1].observed is None
