import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.simulation.plans.between import _brought


@given(amount=st.floats(0, 1e6), after_s=st.floats(0, 899))
def test_what_ran_out_is_brought_once_and_whole(amount, after_s):
    """A repaired store has again what it had, within the first step of the repair."""
    t = np.arange(0.0, 900.0, 20.0)
    on = t >= after_s
    rate = _brought(t, on, amount, 900.0)
    lengths = np.diff(np.append(t, 900.0))
    assert (rate * lengths).sum() == pytest.approx(amount if on.any() else 0.0)
    assert np.count_nonzero(rate) <= 1
    assert not rate[~on].any()
