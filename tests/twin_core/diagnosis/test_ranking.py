"""Which suspects contend, and what a counterfactual says about one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.diagnosis import riverside
from tests.twin_core.diagnosis.riverside import LINE, POWER, sign
from twin_core.diagnosis.cause import Check
from twin_core.diagnosis.ranking import Suspect, checked, facts, rivals
from twin_core.simulation.scenario import Estimate

SPEED = f"{LINE}/filler/speed"
DIP = riverside.cause(f"{POWER}/incomer", "voltage_dip")
SLOW = riverside.cause(f"{LINE}/filler", "drive_degraded")


def told(match, *signs):
    return Suspect(replace(match, loses=0.0, seen=tuple((s, 5.0) for s in signs)), None, 5.0)


def test_what_a_cause_brings_about_contends_with_it():
    """A machine that a voltage dip slows is no second cause beside the dip."""
    dip = told(DIP, sign(f"{POWER}/incomer/voltage", 400.0, 360.0))
    slow = told(SLOW, sign(SPEED, 500.0, 400.0))
    hot = told(SLOW, sign(SPEED, 500.0, 400.0), sign(f"{LINE}/filler/motor_current", 30.0, 50.0))
    assert rivals(dip, [dip, slow]) == [dip, slow]
    assert rivals(slow, [dip, slow]) == [dip, slow]
    assert rivals(dip, [dip, hot]) == [dip]


def estimate(mean):
    return Estimate(mean=mean, low=mean, high=mean, unit="{bottle}/min")


def failed(drop, gap):
    explains = min(1.0, drop / gap)
    return Check(
        observed=500.0 - gap, healthy=estimate(500.0), faulty=estimate(500.0 - drop),
        explains=explains, changes=(), passed=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("drop", "least", "most"),
    [(0.0, -3.0, -3.0), (49.0, -0.1, 0.0), (205.0, -0.2, 0.0), (450.0, -3.0, -3.0)],
)
def test_a_counterfactual_that_nearly_passes_is_hardly_held_against_it(drop, least, most):
    """Of a loss of 100 half must be explained, and no more than twice of it."""
    suspect = checked(DIP, failed(drop, 100.0), riverside.case().loss)
    assert DIP.score + least <= suspect.score <= DIP.score + most


@given(drop=st.floats(0.0, 500.0), gap=st.floats(1.0, 500.0))
def test_a_failed_counterfactual_never_speaks_for_a_suspect(drop, gap):
    suspect = checked(SLOW, failed(drop, gap), riverside.case().loss)
    assert SLOW.score - 3.0 <= suspect.score <= SLOW.score


def test_who_claims_a_third_of_the_loss_need_not_explain_half_of_it():
    third = replace(SLOW, loses=1 / 3)
    loss = riverside.case().loss
    assert checked(third, failed(16.0, 100.0), loss).score > third.score - 0.2
    assert checked(SLOW, failed(16.0, 100.0), loss).score < SLOW.score - 2.0


def test_what_shows_nothing_where_it_sits_hides_no_setting_that_was_moved():
    """The fact is weighed without it; where the best at home is none, nothing is."""
    far = replace(told(DIP, sign(SPEED, 500.0, 400.0)), score=14.0)
    moved = replace(sign(SPEED, 500.0, 400.0), sure=True)
    (best,) = facts([far, told(SLOW, moved)], 2.0)
    assert best.match.asset == SLOW.asset
    assert best.probability > 0.85
    assert facts([far, told(SLOW, sign(SPEED, 500.0, 400.0))], 2.0) == []
    assert facts([far], 2.0) == []
