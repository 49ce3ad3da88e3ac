"""From a machine's past to a model of its failing, and what it says now."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import QUICK
from tests.twin_core.simulation.sawmill import SAW, T0, Mill, sawmill
from twin_core.errors import BeyondModel, CannotLearn
from twin_core.simulation.learning.failure_risk import fit_failure_risk
from twin_core.simulation.learning.risking import learned_risk
from twin_core.simulation.learning.stopping import STEP_S, measured, risk_examples, row_now
from twin_core.value import SECOND

PLANT = sawmill()
UNIT = PLANT.unit(SAW)
HEAT = f"{SAW}/blade_heat"
STEP = int(STEP_S * SECOND)
HOUR_S = 3600.0
COOL = np.array([40.3, 39.6, 40.1, 40.5, 39.8, 39.9])


def past(days=20, failing=True):
    """Rows of a blade that grows hot for an hour before each failure, and the failures."""
    random = np.random.default_rng(2)
    rows = days * 144
    heat = 40.0 + random.normal(0, 0.5, rows)
    starts = np.sort(random.choice(np.arange(20, rows - 5), days, replace=False))
    if failing:
        for k in starts:
            heat[max(0, k - 6) : k] += np.linspace(2, 20, 6)[-min(6, k) :]
    value = {p.id: np.full(rows, 60.0) for p in measured(UNIT)} | {HEAT: heat}
    start = T0 - rows * STEP
    return start, value, start + starts.astype(np.int64) * STEP


def examples(**given):
    start, value, failures = past(**given)
    return risk_examples(UNIT, HOUR_S, start, value, failures)


def test_no_row_looks_into_the_next_block():
    """A row is at least its horizon from its block's end: no two blocks share a failure."""
    found = examples()
    start = past()[0]
    end = start + (found.block + 1) * int(6 * 3600 * SECOND)
    assert (found.at + int(HOUR_S * SECOND) <= end).all()
    assert set(np.unique(found.y)) == {0.0, 1.0}
    assert np.isfinite(found.x).all()


def test_a_machine_that_grows_hot_is_told_to_fail():
    """More than when it is cool; the reasons name what was measured; outside it refuses."""
    model = fit_failure_risk(examples(), 1, QUICK)
    cool = Mill(columns={HEAT: np.repeat(COOL, 60)}).snapshot()
    hot = Mill(columns={HEAT: np.repeat(COOL + np.linspace(2, 18, 6), 60)}).snapshot()
    calm = learned_risk(cool, SAW, model, HOUR_S)
    warm = learned_risk(hot, SAW, model, HOUR_S)
    assert calm.value is not None
    assert warm.value is not None
    assert warm.value > 3 * calm.value
    assert any("lade" in why for why in warm.why)
    wild = Mill(columns={HEAT: 400.0}).snapshot()
    with pytest.raises(BeyondModel):
        learned_risk(wild, SAW, model, HOUR_S)
    with pytest.raises(BeyondModel, match="30 are allowed"):
        learned_risk(replace(cool, now=T0 + 40 * 86_400 * SECOND), SAW, model, HOUR_S)


def test_a_past_that_tells_nothing_teaches_nothing():
    """Failures without a sign before them, or none at all."""
    with pytest.raises(CannotLearn):
        fit_failure_risk(examples(failing=False), 1, QUICK)
    start, value, _ = past()
    with pytest.raises(CannotLearn):
        fit_failure_risk(risk_examples(UNIT, HOUR_S, start, value, np.empty(0, np.int64)), 1, QUICK)


def test_the_row_of_now_has_the_features_of_the_past():
    """The same names in the same order; what was not heard is no number."""
    names = [feature.name for feature in examples().features]
    snapshot = Mill().snapshot()
    assert list(row_now(UNIT, snapshot.recent, PLANT.index)) == names
    bare = Mill(rows=60).snapshot()
    assert np.isnan(list(row_now(UNIT, bare.recent, PLANT.index).values())).any()
