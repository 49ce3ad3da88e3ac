"""What a counter says about single buckets, whatever gaps there are in it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_core.diagnosis.rejects import counted


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
