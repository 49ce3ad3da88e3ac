"""The past cut and joined."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_core.recent import GRID_US, Recent, courses, joined


def spell(first, rows, points=2):
    time = (first + np.arange(rows, dtype=np.int64)) * GRID_US
    mean = np.repeat(time[:, None] / GRID_US, points, axis=1)
    small = mean.astype(np.float32)
    return Recent(time, mean, small, small)


@given(st.integers(0, 40), st.integers(0, 60), st.integers(1, 30))
def test_what_is_joined_keeps_both_and_knows_nothing_between(rows, start, later):
    """Times ascend, rows of the newer spell are all there, older ones where it has none."""
    found = joined(spell(1, rows), spell(1 + start, later))
    assert (np.diff(found.time) > 0).all()
    assert len(found.time) == len(found.mean) == len(found.low) == len(found.high)
    known = np.isfinite(found.mean[:, 0])
    expected = sorted(
        {1 + k for k in range(min(rows, start))} | set(range(1 + start, 1 + start + later))
    )
    assert list(found.mean[known, 0]) == expected
    assert (found.time[known] == found.mean[known, 0] * GRID_US).all()
    between = start - rows if rows else 0
    assert (~known).sum() == max(0, min(7, between))
    assert found.low.dtype == np.float32


def test_a_spell_and_nothing_is_that_spell():
    """Either side may be empty."""
    one, none = spell(1, 5), spell(9, 0)
    assert joined(one, none) is one
    assert joined(none, one) is one


@given(st.integers(0, 12), st.sets(st.integers(0, 7)), st.sampled_from((np.float64, np.float32)))
def test_a_course_is_a_copy_in_one_piece_and_of_other_points_nothing(rows, points, kind):
    """Values and type as in the table, each course contiguous; every other column is 0."""
    table = np.random.default_rng(rows).normal(size=(rows, 8)).astype(kind)
    at = np.array(sorted(points), dtype=np.intp)
    found = courses(table, at)
    assert np.array_equal(found[:, at], table[:, at])
    assert not np.delete(found, at, axis=1).any()
    assert found.dtype == kind
    assert found.T.flags.c_contiguous
    assert not np.shares_memory(found, table)
