"""Corrections of another engine's forecast."""

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import QUICK, lived
from twin_core.errors import WrongKind
from twin_core.simulation.learning.learned import Spread
from twin_core.simulation.learning.residuals import corrected, fit_correction

ENGINE = 10.0
"""An engine that knows nothing of the oil."""


def perfect(examples):
    return 0.2 * examples.x[:, 0] + 0.05 * np.abs(examples.x[:, 2] - 100)


def test_what_an_engine_misses_is_put_right_on_lots_never_seen():
    """The miss falls to about the noise, and nine in ten lie in the interval."""
    correction = fit_correction(lived(), np.full(600, ENGINE), 1, QUICK)
    assert correction.model is not None
    by = correction.model.calibration
    assert isinstance(by, Spread)
    misses = by.misses
    assert misses.error < misses.trivial / 2
    fresh = lived(1000, seed=8)
    better = corrected(correction, np.full(1000, ENGINE), fresh.x)
    off = (better.value - fresh.y)[better.applied]
    assert np.sqrt((off**2).mean()) < 0.45
    held = (better.low <= fresh.y) & (fresh.y <= better.high)
    assert 0.85 < held[better.applied].mean() < 0.97


def test_an_engine_that_is_right_is_left_alone():
    """What it misses is noise: the reason says what was tried, and forecasts stand."""
    examples = lived()
    forecast = perfect(examples)
    correction = fit_correction(examples, forecast, 1, QUICK)
    assert correction.model is None
    assert "not better by more than chance" in correction.reason
    left = corrected(correction, forecast, examples.x)
    np.testing.assert_array_equal(left.value, forecast)
    assert not left.applied.any()
    assert np.isnan(left.low).all()


def test_outside_its_range_a_forecast_stands():
    """Row by row; the others are corrected."""
    correction = fit_correction(lived(), np.full(600, ENGINE), 1, QUICK)
    x = lived(50, seed=8, blocks=10).x
    x[7, 2] = 900.0
    x[9, 1] = np.nan
    found = corrected(correction, np.full(50, ENGINE), x)
    assert not found.applied[[7, 9]].any()
    assert found.applied.sum() >= 46
    np.testing.assert_array_equal(found.value[[7, 9]], ENGINE)
    assert np.isnan(found.low[[7, 9]]).all()


def test_too_little_history_leaves_forecasts_alone():
    """No rows, few blocks, an engine that was never off: each says what would be needed."""
    examples = lived()
    none = examples.rows(np.zeros(600, bool))
    assert "there is no example" in fit_correction(none, np.array([]), 1).reason
    few = examples.rows(np.arange(600) < 40)
    assert "40 rows in 2 blocks; needed: 60 rows" in fit_correction(few, few.y + 1, 1).reason
    assert "it is 0 in every row" in fit_correction(examples, examples.y, 1).reason


def test_forecasts_that_are_none_are_refused():
    """Another shape, or NaN."""
    examples = lived()
    with pytest.raises(WrongKind, match="forecasts"):
        fit_correction(examples, np.ones(3), 1)
    spoiled = examples.y.copy()
    spoiled[5] = np.nan
    with pytest.raises(WrongKind, match="1 not finite"):
        fit_correction(examples, spoiled, 1)
