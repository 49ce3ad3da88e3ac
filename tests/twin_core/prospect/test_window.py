"""How long something lasts, and what a job may be."""

from itertools import pairwise
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from twin_core.prospect.window import Job, Life

ASCENDING = st.lists(
    st.tuples(st.floats(1.0, 1e5), st.floats(0.0, 0.99)), min_size=1, max_size=5
).map(
    lambda found: tuple(
        zip(
            sorted({round(t) for t, _ in found}),
            sorted(p for _, p in found),
            strict=False,
        )
    )
)


@given(ASCENDING, st.lists(st.floats(0.0, 2e5), min_size=2, max_size=10))
def test_what_has_failed_stays_failed(points, moments):
    """The probability never falls, begins at 0 and passes through what was given."""
    life = Life(points=points)
    found = [life.failed_by(at) for at in sorted(moments)]
    assert all(0 <= p <= q + 1e-12 <= 1 + 1e-12 for p, q in pairwise(found))
    assert life.failed_by(0.0) == 0.0
    assert all(isclose(life.failed_by(t), p, abs_tol=1e-6) for t, p in points)


def test_beyond_what_is_known_the_hazard_goes_on():
    """Half by an hour is three quarters by two."""
    life = Life(points=((3600.0, 0.5),))
    assert isclose(life.failed_by(1800.0), 1 - 0.5**0.5)
    assert isclose(life.failed_by(7200.0), 0.75)


@pytest.mark.parametrize(
    "points", [(), ((0.0, 0.1),), ((5.0, 0.2), (4.0, 0.3)), ((5.0, 0.3), (6.0, 0.2))]
)
def test_a_life_that_cannot_be_is_refused(points):
    """Nothing is said, before now, backwards in time, or it comes back to life."""
    with pytest.raises(ValidationError):
        Life(points=points)


def test_a_job_that_must_begin_after_its_latest_start_is_refused():
    """There is no span."""
    with pytest.raises(ValidationError, match="latest start"):
        Job(asset="a/b/c/d", duration_s=60, earliest_s=100, horizon_s=50)


def test_an_unplanned_stop_is_longer_than_the_job():
    """Somebody must come and look, unless it is said how long it is."""
    assert Job(asset="a/b/c/d", duration_s=600).failed_s == 1440
    assert Job(asset="a/b/c/d", duration_s=600, unplanned_s=60).failed_s == 60
