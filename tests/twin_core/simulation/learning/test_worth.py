"""Whether a model is worth having."""

import numpy as np

from twin_core.simulation.learning.worth import worth

BLOCK = np.repeat(np.arange(40), 20)


def test_chance_is_no_gain():
    """Two that know equally little differ by chance: seldom more than one time in twenty."""
    random = np.random.default_rng(0)
    drawn = random.normal(size=(200, 2, 800))
    found = [worth(missed, against, BLOCK) for missed, against in drawn]
    assert np.mean(found) < 0.1


def test_a_small_gain_in_every_block_counts():
    """Five in a hundred less, time and again, in any unit."""
    against = np.random.default_rng(0).normal(size=800)
    for unit in (1.0, 1e-200, 1e99):
        assert worth(0.95 * against * unit, against * unit, BLOCK)
        assert not worth(1.05 * against * unit, against * unit, BLOCK)


def test_a_gain_in_one_block_does_not():
    """However large, it may not come again; nor does none."""
    against = np.ones(800)
    missed = np.where(BLOCK == 3, 0.0, 1.001)
    assert not worth(missed, against, BLOCK)
    assert not worth(against, against, BLOCK)
    assert not worth(np.zeros(800), np.zeros(800), BLOCK)
