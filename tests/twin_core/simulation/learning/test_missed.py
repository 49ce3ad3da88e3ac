"""From forecasts of a line and what came to what they miss."""

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import QUICK
from tests.twin_core.simulation.sawmill import LINE, T0, sawmill
from twin_core.errors import BeyondModel
from twin_core.operations.past import Past
from twin_core.simulation.calibrating.line_history import LineHistory, MachineHistory
from twin_core.simulation.calibrating.skill import Foretold
from twin_core.simulation.calibrating.spans import NONE
from twin_core.simulation.learning.missed import missed_examples, missed_row
from twin_core.simulation.learning.residuals import fit_correction
from twin_core.simulation.learning.telling import told_now
from twin_core.simulation.scenario import Estimate
from twin_core.value import SECOND

PLANT = sawmill()
HALF_US = 1800 * SECOND
UNIT = "{board}/min"


def told(n, miss, seed=0):
    """Forecasts one after the other, of rates that wander, and what came."""
    random = np.random.default_rng(seed)
    start = T0 - n * HALF_US
    rates = 50 + 5 * np.sin(np.arange(n) / 7) + random.normal(0, 0.5, n)
    return [
        Foretold(start=start + k * HALF_US, end=start + (k + 1) * HALF_US, mean=float(rate),
                 low=float(rate) - 4, high=float(rate) + 4, actual=float(rate + miss(rate)))
        for k, rate in enumerate(rates)
    ]  # fmt: skip


def history(n, made=5.0):
    """The stacker counts so many stacks of ten a minute."""
    line = PLANT.line(LINE)
    time = T0 - np.arange((n + 2) * 30)[::-1].astype(np.int64) * 60 * SECOND
    rows = len(time)
    machines = tuple(
        MachineHistory(
            unit=unit, spells=np.empty((0, 4), np.int64), going_on=True, starved=None,
            blocked=None, time=time, made=np.full(rows, made), rejected=np.full(rows, np.nan),
            product=np.full(rows, -1), speed=np.full(rows, np.nan),
        )
        for unit in PLANT.machines(line)
    )  # fmt: skip
    return LineHistory(LINE, int(time[0]), T0, machines, NONE)


def test_a_forecast_is_a_row_with_what_was_known_when_it_was_made():
    """Its mean, how wide it was, and the rate of as long before: 5 stacks of 10 boards."""
    made = told(100, lambda _rate: 0.0)
    found, forecast = missed_examples(PLANT, history(100), made, UNIT)
    assert len(found.y) == 100
    assert (found.x[:, 0] == forecast).all()
    assert found.x[:, 1] == pytest.approx(8.0)
    assert found.x[:, 2] == pytest.approx(50.0)
    assert len(np.unique(found.block)) >= 8


def test_forecasts_that_overlap_or_whose_time_before_is_not_known_are_left_out():
    made = told(40, lambda _rate: 0.0)
    half = HALF_US // 2
    late = [f.model_copy(update={"start": f.start + half, "end": f.end + half}) for f in made]
    found, _ = missed_examples(PLANT, history(40), [*made, *late], UNIT)
    assert len(found.y) == 40
    none, _ = missed_examples(PLANT, history(40, made=np.nan), made, UNIT)
    assert len(none.y) == 0


def test_what_is_missed_by_a_rule_is_corrected_and_chance_is_not():
    """A tenth too much is taken off; where nothing is to be told the reason is."""
    found, forecast = missed_examples(PLANT, history(400), told(400, lambda r: -0.1 * r), UNIT)
    model = fit_correction(found, forecast, 1, QUICK).model
    assert model is not None
    now = Estimate(mean=50.0, low=46.0, high=54.0, unit=UNIT)
    row = {"forecast": 50.0, "width of the forecast's interval": 8.0,
           "rate of as long before": 50.0}  # fmt: skip
    answer = told_now(model, LINE, 1800.0, T0, row, forecast=now)
    assert answer.corrected is not None
    assert answer.corrected.mean == pytest.approx(45.0, abs=1.0)
    assert answer.corrected.low <= answer.corrected.mean <= answer.corrected.high
    assert answer.forecast == now
    assert answer.judged.error < answer.judged.trivial / 3
    random = np.random.default_rng(5)
    chance = told(400, lambda _r: random.normal(0, 2))
    refused = fit_correction(*missed_examples(PLANT, history(400), chance, UNIT), 1, QUICK)
    assert refused.model is None
    assert "not better by more than chance" in refused.reason


def test_a_row_of_now_needs_the_rate_before():
    forecast = Estimate(mean=50.0, low=46.0, high=54.0, unit=UNIT)
    with pytest.raises(BeyondModel, match="the rate of the 30 min before is not known"):
        missed_row(PLANT, Past.nothing(), LINE, T0, 1800.0, forecast)
