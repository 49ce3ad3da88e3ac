"""Spans are sets of moments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.simulation.calibrating.machine_days import instants
from twin_core.simulation.calibrating.spans import NONE, clock_of, inside, union, without
from twin_core.value import SECOND

pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), max_size=8)


def as_set(found):
    return {s for a, b in found.tolist() for s in range(a, b)}


@given(a=pairs, b=pairs)
def test_spans_are_sets_of_time(a, b):
    """Union and difference of spans are those of the moments in them, ascending and apart."""
    x = union(np.array(a, np.int64).reshape(-1, 2))
    y = union(np.array(b, np.int64).reshape(-1, 2))
    for found in (x, y, without(x, y)):
        assert (found[:, 1] > found[:, 0]).all()
        assert (found[1:, 0] > found[:-1, 1]).all()
    assert as_set(x) == {s for p in a for s in range(*p)}
    assert as_set(without(x, y)) == as_set(x) - as_set(y)
    at = np.arange(61)
    assert set(at[inside(at, x)].tolist()) == as_set(x)
    assert clock_of(x)(at) * SECOND == pytest.approx(
        [len([s for s in as_set(x) if s < t]) for t in at]
    )


def test_no_spans_are_no_time():
    """Nothing runs, nothing passes."""
    assert clock_of(NONE)(instants([1, 2])).tolist() == [0, 0]
