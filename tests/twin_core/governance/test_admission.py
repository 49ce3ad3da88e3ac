"""Admission: the plant file's own bounds hold before any policy is asked."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.governance.scene import (
    CAPPER,
    FILLER,
    NOW,
    PLANT,
    SPEED,
    TORQUE,
    basis,
    draft,
    effect,
    job,
    proposal,
    step,
    world,
)
from twin_core.errors import BadInput, NotWritable, OutOfRange, UnknownName, WrongKind
from twin_core.governance.action import (
    Compensation,
    ConfirmCause,
    Inspection,
    ModelPromotion,
    Release,
    ScheduleChange,
    WritePlan,
)
from twin_core.governance.admission import admit, claims, endpoint, share, touched
from twin_core.governance.events import Submit
from twin_core.governance.gate import decide

SINKS = {"plc", "plc2", "crew"}
RECIPE, RINSE, TRIP = f"{FILLER}/recipe", f"{FILLER}/rinse", f"{FILLER}/trip"


def forged(**fields):
    """A write that never went through validation, as a hostile caller could make it."""
    return step().model_copy(update=fields)


BAD = {
    "NaN": (forged(value=math.nan), WrongKind),
    "infinity": (forged(value=math.inf), WrongKind),
    "old is NaN": (forged(old=math.nan), WrongKind),
    "a bool for a number": (forged(value=True), WrongKind),
    "overflow": (forged(value=1e308), OutOfRange),
    "unit": (forged(unit="bar"), WrongKind),
    "above the range": (step(value=701.0, old=650.0), OutOfRange),
    "step too large": (step(value=521.0), OutOfRange),
    "a third of an integer": (step(RECIPE, value=4.5, check=0.1), WrongKind),
    "half a bool": (step(RINSE, value=0.5, check=0.1), WrongKind),
    "safety": (step(TRIP, value=1.0, check=0.1), NotWritable),
    "a measurement": (step(f"{FILLER}/speed", value=410.0), NotWritable),
    "no such point": (step(f"{FILLER}/nothing", value=1.0), UnknownName),
    "tolerance wider than the change": (step(value=401.0, check=1.0), OutOfRange),
    "nothing changes": (step(value=400.0, check=0.0), OutOfRange),
    "a ramp with nothing before it": (step(ramp_per_s=1.0), WrongKind),
    "undo elsewhere": (
        forged(compensation=Compensation(point=TORQUE, value=2.0)),
        WrongKind,
    ),
    "undo beyond the instrument": (
        forged(compensation=Compensation(point=SPEED, value=5000.0)),
        OutOfRange,
    ),
    "handshake with nothing": (step(handshake=(f"{FILLER}/nothing", 1.0)), UnknownName),
}


@pytest.mark.catches("admission takes a value without looking at it")
@pytest.mark.parametrize("name", BAD)
def test_f44_a_value_that_cannot_be_is_refused_before_policy(name):
    """NaN, infinity, wrong type, overflow, wrong unit: refused by bounds, before policy."""
    bad, error = BAD[name]
    given = draft().model_copy(update={"action": WritePlan.model_construct(steps=(bad,))})
    with pytest.raises(error):
        admit(PLANT, SINKS, given, NOW)
    if all(math.isfinite(x) for x in (bad.value, bad.old)):
        case, effects = decide(None, Submit(proposal(given), world(policy=None)), NOW)
        assert (case.stage, case.rule) == ("denied", "bounds")
        assert len(effects) == 1


def test_what_is_inside_every_bound_is_admitted():
    """A write inside range, step, type and unit, with its target in the basis, is admitted."""
    admit(PLANT, SINKS, draft(), NOW)
    admit(PLANT, SINKS, draft(step(RECIPE, value=4, check=0.1)), NOW)
    admit(PLANT, SINKS, draft(step(RINSE, value=1, check=0.1)), NOW)
    admit(PLANT, SINKS, draft(action=job(failure_mode="worn_valve")), NOW)
    admit(PLANT, SINKS, draft(action=Inspection(asset="site/area/line", task="look")), NOW)


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 50))
def test_admitted_values_lie_inside_range_and_step(value, check):
    """Whatever is admitted is finite, inside the adjustable range, and no further than one step."""
    given = draft().model_copy(
        update={"action": WritePlan.model_construct(steps=(forged(value=value, check=check),))}
    )
    try:
        admit(PLANT, SINKS, given, NOW)
    except BadInput:
        return
    assert 200 <= value <= 700
    assert check < abs(value - 400) <= 120 * (1 + 1e-6)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (draft(grounds=basis(TORQUE)), WrongKind),
        (draft(step(), step(TORQUE, value=2.5, check=0.1, undo=False)), WrongKind),
        (draft(action=job(asset=f"{FILLER}x")), UnknownName),
        (draft(action=job(failure_mode="no_such")), UnknownName),
        (draft(action=job(asset=CAPPER, failure_mode="worn_valve")), UnknownName),
        (draft(effect=effect(f"{FILLER}/nothing", 1.0)), UnknownName),
        (draft(effect=effect().model_copy(update={"line": "site/area/other"})), UnknownName),
        (draft(action=ScheduleChange(line="site/area/line")), WrongKind),
        (draft(action=ConfirmCause(incident="in-1", asset="site/area/line")), UnknownName),
        (
            draft(action=ConfirmCause(incident="in-1", asset=CAPPER, failure_mode="worn_valve")),
            UnknownName,
        ),
        (draft(action=Release(point=f"{FILLER}/nothing", since=NOW)), UnknownName),
    ],
)
def test_a_draft_that_does_not_hang_together_is_refused(given, error):
    """No target in the basis, no way back of a sequence, an unknown name: refused."""
    with pytest.raises(error):
        admit(PLANT, SINKS, given, NOW)


def test_without_a_connector_nothing_is_admitted():
    """A point or job whose endpoint cannot act is not writable."""
    with pytest.raises(NotWritable):
        admit(PLANT, {"plc2"}, draft(), NOW)
    with pytest.raises(NotWritable):
        admit(PLANT, {"plc"}, draft(action=job()), NOW)
    for action in (
        Release(point=SPEED, since=NOW),
        ConfirmCause(incident="in-1", asset=FILLER),
        ModelPromotion(asset=FILLER, model="wear", version="v2"),
    ):
        with pytest.raises(NotWritable, match=f"carries out its {action.kind.replace('_', ' ')}"):
            admit(PLANT, SINKS, draft(action=action), NOW)


def test_where_an_action_goes_and_what_it_takes():
    """A write goes to its point's source and takes the unit; a job goes to the crew."""
    plan = draft(step(), step(TORQUE, value=2.5, check=0.1)).action
    assert [endpoint(PLANT, s) for s in plan.steps] == ["plc", "plc2"]
    assert touched(PLANT, plan) == claims(PLANT, plan) == (FILLER, CAPPER)
    assert share(PLANT, plan) == pytest.approx(0.25)
    assert endpoint(PLANT, job()) == "crew"
    assert share(PLANT, job()) == 0.0
    assert touched(PLANT, job()) == (FILLER,)
    assert claims(PLANT, job()) != (FILLER,)


@pytest.mark.catches("only the single step is weighed")
def test_a_change_cut_into_steps_weighs_as_a_whole():
    """The size of a plan is from where the point stands to where it ends, inside its range."""
    cut = [step(old=400.0 + 60 * i, value=460.0 + 60 * i) for i in range(4)]
    assert share(PLANT, WritePlan(steps=tuple(cut))) == pytest.approx(240 / 500)
    out = step(old=100.0, value=210.0)
    assert share(PLANT, WritePlan(steps=(out,))) == pytest.approx(10 / 500)
    there_and_back = (step(value=500.0), step(old=500.0, value=410.0))
    assert share(PLANT, WritePlan(steps=there_and_back)) == pytest.approx(10 / 500)
