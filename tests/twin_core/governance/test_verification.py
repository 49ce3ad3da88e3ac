"""Verification: only what is read back is success, and only the process's answer is an effect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeClock
from tests.twin_core.governance.scene import FILLER, LINE, NOW, Belief, effect, job, step
from twin_core.governance.action import Outcome
from twin_core.governance.case import Wait
from twin_core.governance.verification import (
    RATE_S,
    Observation,
    answered,
    enough,
    horizon_s,
    looked,
    observe,
    realised,
    replied,
    watched_s,
)
from twin_core.reading import (
    BAD,
    GOOD_CLAMPED,
    GOOD_COMPLETES_ASYNCHRONOUSLY,
    GOOD_LOCAL_OVERRIDE,
)
from twin_core.value import SECOND

STEP = step()  # 400 → 480, read back within 1
WAIT = Wait(what="effect", since=NOW)


def outcome(result="verified", **found):
    """A connector's conclusion."""
    given = {"sent": True, "acknowledged": True, "status": 0, "read_back": 480.0, **found}
    return Outcome(key="k", result=result, **given)


@pytest.mark.parametrize(
    ("given", "finding"),
    [
        (outcome(), "verified"),
        (outcome(read_back=480.9), "verified"),
        (outcome(read_back=481.1), "failed"),
        (outcome(read_back=None), "failed"),
        (outcome(status=GOOD_CLAMPED), "failed"),
        (outcome(status=GOOD_CLAMPED | 0x0400), "failed"),
        (outcome(status=GOOD_LOCAL_OVERRIDE), "failed"),
        (outcome(status=BAD), "unknown"),
        (outcome(status=BAD, read_back=None), "unknown"),
        (outcome("failed", status=BAD, read_back=400.0), "failed"),
        (outcome("failed", status=BAD, read_back=433.0), "failed"),
        (outcome(status=GOOD_COMPLETES_ASYNCHRONOUSLY), "verified"),
        (outcome("failed", status=GOOD_COMPLETES_ASYNCHRONOUSLY, read_back=400.0), "settling"),
        (outcome("not_applied", read_back=400.0), "failed"),
        (outcome("not_applied", sent=False, acknowledged=False, status=None), "not_applied"),
        (outcome("unknown", status=None, read_back=None), "unknown"),
        (outcome("failed"), "failed"),
    ],
)
def test_what_an_answer_says(given, finding):
    """Clamped, overridden, refused, unchanged and unread are not verified, whoever says so."""
    assert replied(STEP, given)[0] == finding


@given(
    st.sampled_from(["verified", "failed", "not_applied", "unknown"]),
    st.one_of(st.none(), st.floats(0, 1000)),
    st.one_of(st.none(), st.integers(0, 2**32 - 1)),
    st.booleans(),
)
def test_verified_means_the_target_was_read_back(result, read_back, status, acknowledged):
    """No answer is verified unless the value read back is the target."""
    found = outcome(result, read_back=read_back, status=status, acknowledged=acknowledged)
    if replied(STEP, found)[0] == "verified" or looked(STEP, found)[0] == "verified":
        assert read_back is not None
        assert abs(read_back - 480.0) <= 1.001


@pytest.mark.parametrize(
    ("read_back", "finding"),
    [(480.0, "verified"), (400.5, "not_applied"), (440.0, "unknown"), (None, "unknown")],
)
def test_what_a_look_says(read_back, finding):
    """Target seen, old value seen, anything else, nothing: four different things."""
    assert looked(STEP, outcome("unknown", read_back=read_back))[0] == finding


def test_a_job_is_there_by_its_number():
    """An order counts as made when the far side gives its number."""
    assert replied(job(), outcome(reference="WO-1", read_back=None))[0] == "verified"
    assert replied(job(), outcome(read_back=None))[0] == "unknown"
    assert looked(job(), outcome("not_applied", read_back=None))[0] == "not_applied"


def test_the_realised_rate_is_counted_by_the_lines_counter():
    """The rate is the increase of the line's count, in its unit of flow, per plant minute."""
    belief = Belief()
    belief.counted_per_min = 450.0
    assert realised(belief(), LINE, NOW - 120 * SECOND) == pytest.approx(450.0)
    assert realised(belief(), LINE, NOW - 5 * SECOND) is None


def test_a_counter_that_restarts_adds_nothing_there():
    """A count that falls to zero is a restart, not negative production."""
    snapshot = Belief()()
    column = snapshot.plant.index[f"{FILLER}/produced"]
    snapshot.recent.mean[-7:, column] -= snapshot.recent.mean[-7, column]
    whole = realised(snapshot, LINE, NOW - 120 * SECOND)
    assert whole == pytest.approx(400.0 * 11 / 12)


def test_a_count_that_was_not_read_lately_ends_where_it_was_read():
    """A newest bucket without a new count is no standstill: nobody has looked yet."""
    snapshot = Belief()()
    column = snapshot.plant.index[f"{FILLER}/produced"]
    snapshot.recent.mean[-1, column] = snapshot.recent.mean[-2, column]
    snapshot.settled_time[column] = snapshot.recent.time[-2]
    assert realised(snapshot, LINE, NOW - 120 * SECOND) == pytest.approx(400.0)


@pytest.mark.parametrize(("rate", "span_s"), [(600.0, RATE_S), (6.0, 240.0), (0.0, RATE_S)])
def test_a_rate_is_watched_until_enough_is_counted(rate, span_s):
    """Of six a minute two minutes hold twelve, and one more or less is a twelfth."""
    assert watched_s(Belief()().plant, making(rate)) == span_s


def test_a_rate_is_watched_no_longer_than_half_of_what_the_effect_may_take():
    slow = making(0.01)
    assert watched_s(Belief()().plant, slow) == horizon_s(slow) / 2


def making(rate):
    """An effect on a line that makes so much without it."""
    found = effect()
    usual = found.baseline.rate.model_copy(update={"mean": rate})
    baseline = found.baseline.model_copy(update={"rate": usual})
    return found.model_copy(update={"baseline": baseline})


def test_a_rate_is_not_told_before_it_was_all_made_after_the_write():
    """Until the window lies wholly after the write, the line's rate is not known."""
    clock = FakeClock(plant=NOW)
    belief = Belief(clock)
    clock.turn(119)
    assert observe(belief(), effect(), NOW, clock.plant()).rate is None
    clock.turn(1)
    assert observe(belief(), effect(), NOW, clock.plant()).rate == pytest.approx(400.0)


def test_only_a_good_value_is_an_observation():
    """A point that is uncertain, stale or unheard does not show an effect."""
    watched = effect(f"{FILLER}/speed", 480.0)
    belief = Belief()
    since = NOW - SECOND
    assert observe(belief(), watched, since, NOW).value == 400.0
    belief.statuses[f"{FILLER}/speed"] = 0x40000000
    assert observe(belief(), watched, since, NOW).value is None


def test_a_reading_from_before_the_write_is_no_observation():
    """What was read before the effect was awaited, or too long ago, shows nothing of it."""
    watched, belief = effect(f"{FILLER}/speed", 480.0), Belief()
    belief.at += 15 * SECOND
    belief.heard[f"{FILLER}/speed"] = NOW
    seen = observe(belief(), watched, NOW, belief.at)
    assert (seen.value, seen.due, seen.sight_s) == (None, True, 0.0)
    assert answered(watched, WAIT, seen)[0] == "waiting"
    belief.heard[f"{FILLER}/speed"] = NOW + SECOND
    seen = observe(belief(), watched, NOW, belief.at)
    assert (seen.value, seen.due) == (400.0, False)
    assert observe(belief(), watched, NOW, belief.at + 10 * SECOND).value is None


def test_only_time_in_sight_is_time_to_settle():
    """A silence is not time in which the process did not answer, on either side of a reading."""
    watched, belief = effect(f"{FILLER}/speed", 480.0), Belief()
    belief.at += 90 * SECOND
    snapshot = belief()
    column = snapshot.plant.index[f"{FILLER}/speed"]
    assert observe(snapshot, watched, NOW, belief.at).sight_s == 90.0
    snapshot.recent.mean[-7:-1, column] = float("nan")
    seen = observe(snapshot, watched, NOW, belief.at)
    assert (seen.value, seen.sight_s) == (400.0, 30.0)
    assert answered(watched, WAIT, seen)[0] == "waiting"


WATCHED = effect(f"{FILLER}/speed", 480.0)  # within 60 s, 400 → 480 bottles a minute


@pytest.mark.parametrize(
    ("after_s", "value", "rate", "verdict"),
    [
        (10, 400.0, None, "waiting"),
        (10, 480.0, None, "waiting"),
        (61, 400.0, None, "none"),
        (10, None, None, "hidden"),
        (61, None, None, "hidden"),
        (1801, None, None, "given_up"),
        (61, 480.0, None, "waiting"),
        (130, 480.0, 480.0, "seen"),
        (130, 480.0, 600.0, "seen"),
        (130, 480.0, 441.0, "seen"),
        (130, 480.0, 430.0, "waiting"),
        (130, 430.0, 480.0, "none"),
        (601, 480.0, 430.0, "none"),
        (601, 480.0, None, "hidden"),
        (1801, 480.0, None, "given_up"),
    ],
)
def test_when_a_process_has_answered(after_s, value, rate, verdict):
    """The point follows within the settle time, the line gains half of the forecast in time."""
    seen = Observation(at=NOW + after_s * SECOND, value=value, rate=rate)
    assert answered(WATCHED, WAIT, seen)[0] == verdict


def test_without_a_promised_gain_the_forecasts_lower_end_counts():
    """An action that promises no gain must keep the line inside its forecast."""
    assert enough(effect(gain=0.0)) == 390.0
    assert enough(effect(gain=80.0)) == 440.0
    assert horizon_s(WATCHED) == 600.0
