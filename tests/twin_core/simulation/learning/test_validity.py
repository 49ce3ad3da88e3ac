"""Where a model has learned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.twin_core.simulation.learning.taught import FEATURES, lived
from twin_core.simulation.learning.validity import REFUSED, Validity, learn_validity

EXAMPLES = lived(1200)
LIMITS = learn_validity(EXAMPLES.x, list(EXAMPLES.folds(5)))


def reason(**changed):
    row = {"oil": 50.0, "bearing": 60.0, "speed": 100.0, "mains": 50.0} | changed
    return LIMITS.reason(FEATURES, np.array(list(row.values())))


def test_healthy_rows_are_seldom_refused():
    """Of rows it did not see no more than about what it may, and it says how many."""
    fresh = lived(3000, seed=50).x
    assert 1 - LIMITS.inside(fresh).mean() <= 2.5 * REFUSED
    assert LIMITS.refused <= REFUSED
    assert reason() is None


def test_a_value_past_its_range_is_said_with_the_range():
    """Feature, value, unit, and where it has learned."""
    text, names = reason(speed=200.0)
    assert text.startswith("speed 200 /min is outside ")
    assert text.endswith("/min, where it has learned")
    assert names == ("speed",)
    text, names = reason(oil=1e9, bearing=-1e9, speed=1e300, mains=49.0)
    assert len(names) == 4
    assert "and 1 more" in text


def test_usual_values_that_never_go_together_are_refused():
    """A bearing that is cold beside hot oil: named, with what it would go with."""
    text, names = reason(oil=58.0, bearing=52.0)
    assert {"oil temperature", "bearing temperature"} == set(names)
    assert "bearing temperature 52 Cel (about 6" in text
    assert "speed" not in text


def test_what_never_moved_may_not_move():
    """It has no spread to judge by: a thousandth of its value, no more."""
    assert reason(mains=50.04) is None
    assert reason(mains=50.06)[1] == ("mains frequency",)


def test_features_that_say_the_same_twice_do_no_harm():
    """A column copied, or one made of others: the limits still tell usual from unusual."""
    x = np.column_stack([EXAMPLES.x, EXAMPLES.x[:, 0], EXAMPLES.x[:, 0] + EXAMPLES.x[:, 2]])
    limits = learn_validity(x, list(EXAMPLES.folds(5)))
    assert limits.inside(x).mean() > 0.97
    torn = x.copy()
    torn[:, 4] = np.roll(torn[:, 4], 300)
    assert limits.inside(torn).mean() < 0.2


@settings(deadline=None)
@given(st.lists(st.floats(), min_size=4, max_size=4))
def test_any_row_is_inside_or_has_a_reason(values):
    """NaN, infinity and the largest numbers there are too."""
    row = np.array(values)
    found = LIMITS.reason(FEATURES, row)
    assert LIMITS.inside(row[None])[0] == (found is None)
    if found is not None:
        assert found[1]
        assert set(found[1]) <= {f.name for f in FEATURES}


@pytest.mark.parametrize("wrong", [{"low": (0.0,)}, {"precision": ((1.0,),)}, {"farthest": 0.0}])
def test_limits_of_another_width_are_none(wrong):
    """A stored one that does not fit itself is refused when it is read."""
    with pytest.raises(ValidationError):
        Validity.model_validate(LIMITS.model_dump() | wrong)
