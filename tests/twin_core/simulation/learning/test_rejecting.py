"""From a line's past to what share it throws out, and what it shows now."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.scenery import LINE4, riverside, snapshot
from tests.twin_core.simulation.learning.taught import QUICK
from twin_core.errors import BeyondModel, CannotLearn
from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.line_history import LineHistory, MachineHistory
from twin_core.simulation.calibrating.spans import NONE
from twin_core.simulation.learning.regression import fit_value
from twin_core.simulation.learning.rejecting import (
    quality_points,
    reject_examples,
    reject_row,
)
from twin_core.simulation.learning.stopping import STEP_S
from twin_core.simulation.learning.telling import told_now
from twin_core.value import SECOND

PLANT = riverside()
LINE = PLANT.line(LINE4)
NOW = snapshot().now
STEP = int(STEP_S * SECOND)
HOUR_S = 3600.0
HOT = f"{LINE4}/filler/product_temperature"


def past(days=6, product=lambda minute: np.full(len(minute), 12), bad=None):
    """A filler that throws out the more the warmer the product is; the others nothing.

    Its temperature swings over half a day.
    """
    random = np.random.default_rng(1)
    rows = days * 144
    start = NOW - rows * STEP
    heat = 7 + 2 * np.sin(np.arange(rows) * 2 * np.pi / 72) + random.normal(0, 0.1, rows)
    minute = start + np.arange(rows * 10, dtype=np.int64) * 60 * SECOND
    rate = np.repeat(0.01 + 0.01 * np.clip(heat - 6, 0, None), 10)
    thrown = random.poisson(500 * rate).astype(float) if bad is None else bad(len(minute))
    points, _ = quality_points(PLANT, LINE)
    value = {p.id: np.full(rows, 50.0) for p in points} | {HOT: heat}
    machines = tuple(
        MachineHistory(
            unit=unit, spells=np.empty((0, 4), np.int64), going_on=True, starved=None,
            blocked=None, time=minute, made=np.full(len(minute), 500.0),
            rejected=thrown if unit.id.endswith("/filler") else np.full(len(minute), np.nan),
            product=product(minute), speed=np.full(len(minute), np.nan),
        )
        for unit in PLANT.machines(LINE)
    )  # fmt: skip
    return LineHistory(LINE4, start, NOW, machines, NONE), start, value


def examples(**given):
    history, start, value = past(**given)
    return reject_examples(PLANT, HOUR_S, history, start, value)


def test_the_share_is_of_what_passes_all_machines_in_the_time_after():
    """Of 500 good and 10 bad a minute 1.96 %; no row looks into the next block."""
    found = examples(bad=lambda n: np.full(n, 10.0))
    assert found.y == pytest.approx(100 * 10 / 510)
    start = past()[1]
    assert (found.at + int(HOUR_S * SECOND) <= start + (found.block + 1) * 6 * 3600 * SECOND).all()


def test_an_hour_in_which_the_product_changes_teaches_nothing():
    """And each product is a feature of its own."""

    def changing(minute):
        return np.where(np.arange(len(minute)) // 720 % 2 == 0, 12, 11)

    found, steady = examples(product=changing), examples()
    names = [f.name for f in found.features]
    assert names[-2:] == ["makes product 11", "makes product 12"]
    assert (found.x[:, -2:].sum(axis=1) == 1).all()
    assert len(found.y) < len(steady.y)


def test_where_nobody_counts_rejects_or_tells_the_product_nothing_is_learnt():
    with pytest.raises(CannotLearn, match="no machine counts what it throws out"):
        examples(bad=lambda n: np.full(n, np.nan))
    unknown = examples(product=lambda minute: np.full(len(minute), -1))
    with pytest.raises(CannotLearn, match="no example"):
        unknown.check()


def now_with(heat, product=12.0):
    """Belief of the same line now."""
    seen = snapshot()
    mean = np.full((360, len(PLANT.points)), 50.0)
    mean[:, PLANT.index[HOT]] = heat + np.repeat([0.05, -0.1, 0.1, -0.05, 0.1, -0.1], 60)
    time = NOW - np.arange(360)[::-1].astype(np.int64) * 10 * SECOND
    recent = replace(seen.recent, time=time, mean=mean, low=mean, high=mean)
    value, status = seen.value.copy(), seen.status.copy()
    for unit in PLANT.machines(LINE):
        point = unit.with_role(Role.PRODUCT)
        if point is not None:
            value[PLANT.index[point.id]] = product
    return replace(seen, recent=recent, value=value, status=status)


def test_a_warm_product_is_thrown_out_more_with_the_chance_to_stay_below_a_limit():
    """What is told adds up; a product that was never made, or a wild value, is refused."""
    model = fit_value(examples(), 1, QUICK)
    target = model.target.name

    def told(heat, **given):
        row = reject_row(now_with(heat, **given), LINE, model.features, target)
        return told_now(model, LINE4, HOUR_S, NOW, row, limit=2.5)

    cool, warm = told(5.5), told(8.5)
    assert warm.prediction.value > cool.prediction.value + 1
    assert warm.prediction.low <= 3.5 <= warm.prediction.high + 1
    assert cool.chance.good > 0.9
    assert warm.chance.good < 0.3
    assert any("temperature" in c.feature for c in warm.why.contributions[:3])
    with pytest.raises(BeyondModel, match="Cola 500 ml was never made"):
        told(8.5, product=11.0)
    with pytest.raises(BeyondModel, match="what is made now is not known"):
        told(8.5, product=-1.0)
    with pytest.raises(BeyondModel):
        told(40.0)
