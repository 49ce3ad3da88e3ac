"""How likely something fails within a horizon."""

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import QUICK, failing, risk, usual
from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.failure_risk import fails_within, fit_failure_risk, said
from twin_core.simulation.learning.learned import predict, predictions
from twin_core.simulation.learning.reliability import Reliability
from twin_core.value import SECOND


def test_a_failure_after_the_moment_and_within_the_horizon_counts():
    """At its very end too; one that begins at the moment itself is no forecast."""
    at = np.array([0, 5, 10, 19, 20, 25]) * SECOND
    found = fails_within(at, np.array([20]) * SECOND, 100 * SECOND, 10.0)
    np.testing.assert_array_equal(found, [0, 0, 1, 1, 0, 0])


def test_what_was_not_watched_to_the_end_is_not_known():
    """Unless it failed before; a moment after the watch is not known at all."""
    at = np.array([80, 91, 95, 120]) * SECOND
    found = fails_within(at, np.array([99]) * SECOND, 100 * SECOND, 10.0)
    np.testing.assert_array_equal(found, [0, 1, 1, np.nan])
    none = fails_within(at, np.array([], np.int64), 100 * SECOND, 10.0)
    np.testing.assert_array_equal(none, [0, np.nan, np.nan, np.nan])
    for horizon in (0.0, -1.0, float("nan"), float("inf"), 1e300):
        with pytest.raises(WrongKind, match="horizon"):
            fails_within(at, at, 0, horizon)


def test_a_probability_beats_the_base_rate_on_blocks_left_out():
    """Brier score and curve stand in the model, and new rows bear them out."""
    by = risk().calibration
    assert isinstance(by, Reliability)
    assert by.brier < by.trivial
    assert sum(b.rows for b in by.bins) == by.rows == 1500
    fresh = failing(3000, seed=77)
    told = predictions(risk(), fresh.x)
    known = told.inside
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 1.0)):
        mine = known & (told.value > low) & (told.value <= high)
        assert told.value[mine].mean() == pytest.approx(fresh.y[mine].mean(), abs=0.08)


def test_hot_and_fast_is_more_likely_to_fail():
    """And the answer says between what the true share lies."""
    hot = predict(risk(), usual(oil_temperature=60.0, bearing_temperature=70.0, speed=118.0))
    cool = predict(risk(), usual(oil_temperature=45.0, bearing_temperature=55.0))
    assert hot.value > 0.3
    assert cool.value < 0.05
    assert 0 <= cool.low < cool.high < hot.high <= 1
    assert hot.observed is None
    assert not hot.capped


def test_the_answer_is_a_sentence():
    """How likely, what came of rows told about as much, and what is usual."""
    hot = predict(risk(), usual(oil_temperature=60.0, bearing_temperature=70.0, speed=118.0))
    text = said(hot, risk().calibration)
    assert text.startswith(f"failure in the next shift: {hot.value:.1%}; of ")
    assert f"usual are {failing().y.mean():.1%}." in text


def test_one_class_says_how_often_it_came_true():
    """None, all, or a handful of failures teach nothing."""
    examples = failing()
    for true in (0, 3, 1497, 1500):
        y = (np.arange(1500) < true).astype(float)
        with pytest.raises(CannotLearn, match=f"it came true in {true} of 1500 rows"):
            fit_failure_risk(examples.told(y, examples.target), 1, QUICK)
    early = (np.arange(1500) < 200).astype(float)
    with pytest.raises(CannotLearn, match="all of one kind lies in neighbouring blocks"):
        fit_failure_risk(examples.told(early, examples.target), 1, QUICK)


def test_what_is_neither_is_refused():
    """A y of 0.5 or NaN is no outcome; no rows are said to be none."""
    examples = failing()
    for wrong in (0.5, np.nan, 2.0):
        y = examples.y.copy()
        y[4] = wrong
        with pytest.raises(WrongKind, match="0 or 1 in every row"):
            fit_failure_risk(examples.told(y, examples.target), 1, QUICK)
    with pytest.raises(CannotLearn, match="there is no example of it"):
        fit_failure_risk(examples.rows(np.zeros(1500, bool)), 1, QUICK)


def test_chance_teaches_nothing():
    """Failures that no feature tells of give no model, and say what the base rate has."""
    examples = failing()
    y = (np.random.default_rng(0).uniform(size=1500) < 0.2).astype(float)
    with pytest.raises(CannotLearn, match="Brier score"):
        fit_failure_risk(examples.told(y, examples.target), 1, QUICK)


def test_the_same_arguments_give_the_same_model():
    """Bit by bit."""
    assert fit_failure_risk(failing(), 3, QUICK).version == risk().version
