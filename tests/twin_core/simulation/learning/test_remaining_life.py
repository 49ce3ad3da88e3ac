"""How long a machine lasts."""

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import QUICK
from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.examples import Feature, Target
from twin_core.simulation.learning.learned import Prediction, predict, predictions
from twin_core.simulation.learning.remaining_life import fit_remaining_life, lives, said

FEATURES = (Feature(name="vibration", unit="mm/s"), Feature(name="load", unit="kN"))


def worn(machines=30, seed=1, cap=60.0, lost=()):
    """Machines whose vibration grows towards their end, faster the nearer it is."""
    random = np.random.default_rng(seed)
    rows, machine, age = [], [], []
    for number in range(machines):
        life = int(random.integers(60, 120))
        left = np.arange(life)[::-1]
        load = random.normal(10, 1, life)
        rows.append(np.column_stack([8 * np.exp(-left / 25) + random.normal(0, 0.2, life), load]))
        machine += [number] * life
        age += list(range(1, life + 1))
    failed = ~np.isin(machine, list(lost))
    return lives(
        "remaining life", FEATURES, np.concatenate(rows), np.array(machine),
        np.array(age, float), failed, cap, "h",
    )  # fmt: skip


def test_what_is_left_is_counted_from_the_end_of_machines_that_failed():
    """A machine that has not failed teaches nothing: its end is not known."""
    examples = worn(lost=(0, 5))
    assert not set(examples.block) & {0, 5}
    for number in np.unique(examples.block):
        left = examples.y[examples.block == number]
        np.testing.assert_array_equal(left, np.arange(len(left))[::-1])


def test_nothing_failed_says_so():
    """And a cap that is none."""
    with pytest.raises(CannotLearn, match="no machine was watched until it failed"):
        worn(lost=range(30))
    for cap in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(WrongKind, match="a number above 0"):
            worn(cap=cap)
    uncapped = worn()
    with pytest.raises(WrongKind, match="cap of remaining life"):
        fit_remaining_life(uncapped.told(uncapped.y, Target(name="remaining life", unit="h")), 1)


def test_lives_that_cannot_be_are_said():
    """Columns of several lengths, or a machine that failed in some of its rows."""
    x, machine, age = np.ones((4, 2)), np.array([1, 1, 2, 2]), np.arange(4.0)
    failed = np.array([True, True, False, True])
    with pytest.raises(WrongKind, match="in all or none"):
        lives("life", FEATURES, x, machine, age, failed, 10.0, "h")
    with pytest.raises(WrongKind, match="as many rows of each"):
        lives("life", FEATURES, x, machine, age[:3], failed, 10.0, "h")


def test_new_machines_are_told_with_intervals_that_hold():
    """Near the end within a few hours, far from it the cap or more; no less than 85 of 100 held."""
    model = fit_remaining_life(worn(), 1, QUICK)
    fresh = worn(machines=20, seed=9)
    told = predictions(model, fresh.x)
    left = np.minimum(fresh.y, 60.0)
    held = ((told.low <= left) & (left <= told.high))[told.inside]
    assert 0.85 < held.mean() < 0.97
    assert np.nanmin(told.low) >= 0
    assert np.nanmax(told.high) == 60
    near = told.inside & (fresh.y < 10)
    assert np.abs(told.value - left)[near].mean() < 4
    narrow, wide = (np.mean((told.high - told.low)[told.inside & s]) for s in (near, fresh.y > 40))
    assert narrow < wide


def test_the_answer_is_a_sentence():
    """What is left, how sure, how often that held, and "or more" where the cap ends it."""
    answer = Prediction(
        target="remaining life", unit="h", value=34.2, low=21.0, high=50.6, level=0.9,
        observed=0.91, capped=False, model="0" * 12,
    )  # fmt: skip
    assert said(answer) == (
        "about 34 h are left; in 90% of such cases 21 to 51 (91% on machines left out)."
    )
    late = answer.model_copy(update={"value": 60.0, "high": 60.0, "capped": True, "observed": None})
    assert said(late) == "60 h or more are left; in 90% of such cases 21 to 60 or more."


def test_a_worn_machine_is_told_so():
    """One that shakes is near its end, one that does not is far from it."""
    model = fit_remaining_life(worn(), 1, QUICK)
    bad, good = (predict(model, {"vibration": v, "load": 10.0}) for v in (7.0, 0.8))
    assert bad.high < good.low
    assert good.capped
