"""From a machine's own past to how long it still runs, and what it shows now."""

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import QUICK
from tests.twin_core.simulation.sawmill import SAW, T0, Mill, sawmill
from twin_core.errors import BeyondModel, CannotLearn
from twin_core.simulation.calibrating.spans import clock_of
from twin_core.simulation.learning.lasting import life_examples, life_row
from twin_core.simulation.learning.remaining_life import fit_remaining_life
from twin_core.simulation.learning.stopping import STEP_S, measured
from twin_core.simulation.learning.telling import told_now
from twin_core.value import SECOND

PLANT = sawmill()
UNIT = PLANT.unit(SAW)
HEAT = f"{SAW}/blade_heat"
STEP = int(STEP_S * SECOND)


def past(lives=25, rows=60, stood=6):
    """A blade that grows hotter over lives of about ten running hours; a stop after each."""
    random = np.random.default_rng(4)
    heat: list[float] = []
    ran: list[bool] = []
    failures: list[int] = []
    for _ in range(lives):
        n = int(rows + random.integers(-15, 15))
        heat += [*(40 + 20 * np.arange(n) / n + random.normal(0, 0.4, n)), *([20.0] * stood)]
        failures.append(len(ran) + n)
        ran += [True] * n + [False] * stood
    start = T0 - len(ran) * STEP
    value = {p.id: np.full(len(ran), 60.0) for p in measured(UNIT)} | {HEAT: np.array(heat)}
    at = start + np.arange(len(ran), dtype=np.int64) * STEP
    spans = np.column_stack([at, at + STEP])[np.array(ran)]
    return start, value, at[[k for k in failures if k < len(ran)]], clock_of(spans)


def examples(**given):
    start, value, failures, ran = past(**given)
    return life_examples(UNIT, 24 * 3600.0, start, value, failures, ran)


def test_running_time_is_counted_down_to_the_failure_and_standing_rows_are_left_out():
    """The last row of a life has nothing left; each before it ten minutes more."""
    found = examples(lives=12)
    for life in np.unique(found.block):
        left = found.y[found.block == life]
        assert left[-1] == pytest.approx(0.0, abs=1e-6)
        assert np.diff(left) == pytest.approx(-1 / 6)
    assert found.target.unit == "h"
    assert np.isfinite(found.x).all()


def test_a_life_whose_end_was_not_seen_teaches_nothing():
    """Rows after the last failure are in no example."""
    start, value, failures, ran = past()
    cut = life_examples(UNIT, 24 * 3600.0, start, value, failures[:-5], ran)
    assert len(np.unique(cut.block)) == len(failures) - 5
    assert cut.at is not None
    assert cut.at.max() <= failures[-6] + STEP


def test_too_few_failures_are_said_with_how_many_are_needed():
    start, value, failures, ran = past()
    for n, said in ((9, "9 failures of its own"), (0, "no failure of its own")):
        with pytest.raises(CannotLearn, match=f"{said} is in that past; needed: 10 failures"):
            life_examples(UNIT, 24 * 3600.0, start, value, failures[:n], ran)


def test_a_hot_blade_has_less_time_left_and_the_reason_is_its_heat():
    """Told with coverage, what it was held against, and contributions that add up."""
    model = fit_remaining_life(examples(), 1, QUICK)

    def told(heat):
        columns = {HEAT: np.repeat(heat + np.arange(6) / 3, 60)}
        snapshot = Mill(columns=columns).snapshot()
        return told_now(model, SAW, 86_400.0, T0, life_row(snapshot, UNIT, model.target.name))

    young, old = told(44.0), told(56.0)
    assert old.prediction.value < young.prediction.value - 3
    assert old.judged.error < old.judged.trivial
    assert {c.level for c in old.judged.coverages} == {0.5, 0.8, 0.9, 0.95}
    assert "lade" in old.why.contributions[0].feature
    assert abs(old.why.error) < 1e-9
    assert old.chance is None
    assert old.corrected is None


def test_outside_what_it_learned_too_old_or_standing_nothing_is_told():
    model = fit_remaining_life(examples(), 1, QUICK)
    wild = life_row(Mill(columns={HEAT: 400.0}).snapshot(), UNIT, "life")
    with pytest.raises(BeyondModel, match="400"):
        told_now(model, SAW, 86_400.0, T0, wild)
    late = T0 + 40 * 86_400 * SECOND
    with pytest.raises(BeyondModel, match="30 are allowed"):
        told_now(model, SAW, 86_400.0, late, life_row(Mill().snapshot(), UNIT, "life"))
    standing = Mill(columns={f"{SAW}/state": 11.0}).snapshot()
    with pytest.raises(BeyondModel, match="does not run now"):
        life_row(standing, UNIT, "life")
