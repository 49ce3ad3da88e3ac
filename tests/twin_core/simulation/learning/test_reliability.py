"""Whether a probability is what it says."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.errors import WrongKind
from twin_core.simulation.learning.reliability import (
    Bin,
    alarm_level,
    alikeness,
    bins,
    brier,
    logistic,
    platt,
)


def drawn(rows=4000, slope=0.5, offset=-2.0):
    random = np.random.default_rng(4)
    score = random.normal(0.0, 3.0, rows)
    return score, (random.uniform(size=rows) < logistic(slope * score + offset)).astype(float)


def test_platt_finds_slope_and_offset():
    """Log-odds that are twice too sure are halved; scores that part the two end somewhere."""
    slope, offset = platt(*drawn())
    assert slope == pytest.approx(0.5, abs=0.05)
    assert offset == pytest.approx(-2.0, abs=0.15)
    parted = np.repeat([-5.0, 5.0], 40)
    slope, offset = platt(parted, (parted > 0).astype(float))
    assert np.isfinite([slope, offset]).all()
    assert slope > 0


def test_logistic_has_no_overflow():
    """From nothing to certainty."""
    np.testing.assert_allclose(logistic(np.array([-1e308, 0.0, 1e308])), [0.0, 0.5, 1.0])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=300))
def test_bins_hold_every_row_once(told):
    """They follow on each other from 0 to 1, and hold thirty rows where there are so many."""
    probability = np.array(told)
    found = bins(probability, (probability > 0.5).astype(float))
    assert sum(b.rows for b in found) == len(told)
    assert found[0].low == 0
    assert found[-1].high == 1
    assert all(a.high == b.low for a, b in pairwise(found))
    assert len(found) == 1 or min(b.rows for b in found) >= 30


def test_a_bin_says_how_sure_it_is():
    """Wilson's interval: 10 of 100 is 6 to 16 % in 95 of 100 cases, 0 of 100 is not none."""
    ten = Bin(low=0, high=1, rows=100, true=10, told=0.1)
    assert ten.between(0.95) == pytest.approx((0.0552, 0.1744), abs=1e-3)
    none = Bin(low=0, high=1, rows=100, true=0, told=0.1)
    assert none.between(0.95) == pytest.approx((0.0, 0.037), abs=1e-3)
    with pytest.raises(WrongKind, match=r"one of 0.5, 0.8, 0.9, 0.95"):
        ten.between(0.2)


def test_rows_that_come_together_tell_less():
    """Independent rows tell as much as they are; rows that a block makes alike are worth one."""
    random = np.random.default_rng(8)
    block = np.repeat(np.arange(500), 8)
    told = np.full(4000, 0.2)
    alone = (random.uniform(size=4000) < told).astype(float)
    together = np.repeat((random.uniform(size=500) < 0.2).astype(float), 8)
    assert alikeness(told, alone, block) < 1.3
    assert alikeness(told, together, block) == pytest.approx(8.0, rel=0.2)
    ten = Bin(low=0, high=1, rows=800, true=80, told=0.1)
    assert ten.between(0.95, 8.0) == Bin(low=0, high=1, rows=100, true=10, told=0.1).between(0.95)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.7, 0.9]), st.booleans()), min_size=1))
def test_the_alarm_level_is_the_best_there_is(rows):
    """No other level has a higher F1."""
    probability = np.array([p for p, _ in rows])
    y = np.array([float(t) for _, t in rows])

    def f1(level):
        alarm = probability >= level
        return 2 * y[alarm].sum() / max(1.0, alarm.sum() + y.sum())

    best = max(f1(level) for level in np.unique(probability))
    assert f1(alarm_level(probability, y)) == pytest.approx(best)


def test_brier():
    """Certain and right 0, certain and wrong 1, a coin a quarter."""
    assert brier(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0
    assert brier(np.array([1.0]), np.array([0.0])) == 1
    assert brier(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == 0.25
