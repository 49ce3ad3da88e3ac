"""An edited size is cut into steps anew, keeps its grounds and way back, and loses its forecast."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.governance.scene import (
    FILLER,
    PLANT,
    PRESSURE,
    SPEED,
    TORQUE,
    Belief,
    draft,
    effect,
    job,
    step,
)
from twin_core.advice.edit import forecast_anew, resized, scenarios
from twin_core.errors import BadInput, UnknownName
from twin_core.simulation.scenario import Comparison, SetPoint, Speed


@given(st.floats(200, 700))
def test_whatever_the_size_the_steps_lead_there_and_back(value):
    """From the old value to the new one, no step wider than allowed, each with its way back."""
    if value == 480.0:
        return
    given_ = draft(step())
    found: Any = resized(PLANT, given_, {SPEED: value}, "Sam")
    steps = found.action.steps
    assert (steps[0].old, steps[-1].value) == (400.0, value)
    at = 400.0
    for one in steps:
        assert one.old == at
        assert abs(one.value - one.old) <= 120 * (1 + 1e-9)
        assert one.compensation.value == one.old
        at = one.value
    assert (found.basis, found.evidence, found.effect) == (given_.basis, given_.evidence, None)
    assert "edited by Sam" in found.title


def test_of_a_plan_of_several_points_the_others_stay():
    """Only what is named moves; the order of the points stays."""
    plan = draft(step(), step(TORQUE, value=2.5, check=0.1))
    found: Any = resized(PLANT, plan, {TORQUE: 2.2}, "Sam")
    assert [(s.point, s.value) for s in found.action.steps] == [(SPEED, 480.0), (TORQUE, 2.2)]


@pytest.mark.parametrize(
    ("given", "values", "error"),
    [
        (draft(action=job()), {SPEED: 450.0}, BadInput),
        (draft(), {PRESSURE: 2.0}, UnknownName),
        (draft(), {SPEED: 480.0}, BadInput),
    ],
    ids=["a job", "a point it does not write", "the same again"],
)
def test_what_cannot_be_edited_is_said(given, values, error):
    """Jobs have no size, and an edit changes something the plan writes."""
    with pytest.raises(error):
        resized(PLANT, given, values, "Sam")


def planned(*changes: Any) -> Any:
    """A draft that was forecast with these changes."""
    usual = effect()
    scenario = usual.forecast.scenario.model_copy(update={"changes": changes})
    forecast = usual.forecast.model_copy(update={"scenario": scenario})
    return draft(effect=usual.model_copy(update={"forecast": forecast}))


def test_it_is_simulated_as_before_with_the_new_value_alone():
    """The same start, line, horizon and other changes; against the same baseline."""
    other = Speed(asset=FILLER, factor=0.9)
    given_ = planned(SetPoint(point=SPEED, value=480.0), other)
    asked: Any = scenarios(given_, {SPEED: 450.0})
    baseline, edited = asked
    assert baseline == given_.effect.baseline.scenario
    assert edited.changes == (SetPoint(point=SPEED, value=450.0), other)
    assert scenarios(planned(other), {SPEED: 450.0}) is None
    assert scenarios(draft(effect=None), {SPEED: 450.0}) is None


def test_what_was_forecast_for_the_new_size_is_what_it_promises():
    """The gain is the new one, and the point that follows has the new target."""
    given_ = planned(SetPoint(point=SPEED, value=480.0))
    new = resized(PLANT, given_, {SPEED: 440.0}, "Sam")
    small = effect(gain=40.0)
    found = Comparison(
        baseline=small.baseline, candidate=small.forecast, gain=small.gain, distinguishable=True
    )
    told: Any = forecast_anew(Belief()(), new, given_.effect, found).effect
    assert (told.gain, told.forecast) == (small.gain, small.forecast)
    assert (told.point, told.target) == (f"{FILLER}/speed", 440.0)


def test_a_ramp_is_cut_into_steps_of_half_a_minute_at_most():
    """Each but the first waits for its pace; the last is the value itself."""
    found: Any = resized(PLANT, draft(step()), {SPEED: 460.0}, "Sam", {SPEED: 1.0})
    steps = found.action.steps
    assert [(s.value, s.ramp_per_s) for s in steps] == [(430.0, None), (460.0, 1.0)]
    assert "460 at 1 a second" in found.title
