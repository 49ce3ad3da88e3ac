"""What a counter says about single buckets, whatever gaps there are in it."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.diagnosis.rejects import changed, counted


@given(
    st.lists(st.tuples(st.integers(0, 100), st.sampled_from((True, True, False))), max_size=80),
    st.integers(0, 10**6),
)
def test_over_gaps_no_more_is_counted_than_was_made(buckets, start):
    """With any gaps the mean of what is known is a rate that was, the sum at most what was made."""
    made = np.array([n for n, _ in buckets], dtype=float)
    seen = np.array([heard for _, heard in buckets], dtype=bool)
    step = counted(np.where(seen, start + np.cumsum(made), np.nan))
    known = step[np.isfinite(step)]
    assert len(step) == len(made)
    assert known.sum() <= made.sum() + 1e-6
    assert (known <= made.max(initial=0.0) + 1e-9).all()
    whole = seen & np.concatenate([[False], seen[:-1]])
    assert np.array_equal(step[whole], made[whole])


def test_a_gain_over_a_long_gap_belongs_to_no_bucket():
    """A minute's gap is spread evenly; over a longer one nobody knows when it was made."""
    last = np.cumsum(np.full(40, 90.0))
    last[10:14] = np.nan
    assert (counted(last)[1:] == 90.0).all()
    last[10:20] = np.nan
    assert np.array_equal(np.flatnonzero(np.isnan(counted(last))), [0, *range(10, 21)])


def test_a_restart_counts_from_zero_unless_it_lies_in_a_gap():
    """A restarted counter has made what it shows, in that bucket; in a gap, nobody knows when."""
    nan = np.nan
    assert np.array_equal(counted(np.array([50.0, 60, 4, 14])), [nan, 10, 4, 10], equal_nan=True)
    assert np.array_equal(
        counted(np.array([50.0, 60, nan, 40, 50])), [nan, 10, nan, nan, 10], equal_nan=True
    )


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), min_size=12, max_size=60),
    st.floats(0.001, 0.05),
)
def test_a_share_of_rejects_changed_where_the_excess_is_least_by_chance(buckets, nameplate):
    """Of all rows that with most rejects beyond the usual share, in standard deviations."""
    made, bad = (np.array(x, dtype=float) for x in zip(*buckets, strict=True))
    found = changed(bad, made, nameplate)
    if not (made + bad).sum():
        assert found is None
        return
    assert found is not None
    scores = {}
    for row in range(max(6, len(bad) // 10), len(bad) - 3):
        before, after = (bad + made)[:row].sum(), (bad + made)[row:].sum()
        usual = (bad[:row].sum() + 500 * nameplate) / (before + 500)
        if after > 0:
            scores[row] = (bad[row:].sum() - usual * after) / sqrt(max(usual * after, 0.5) + 1)
    assert found.score == pytest.approx(max(0.0, *scores.values(), 0.0))
    if found.score > 0:
        assert scores[found.since] == pytest.approx(found.score)
        assert found.now == pytest.approx(
            bad[found.since :].sum() / (bad + made)[found.since :].sum()
        )
    else:
        assert (found.usual, found.since) == (found.now, len(bad))
