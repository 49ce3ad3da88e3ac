"""How likely a named cause is said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.ranking import Suspect, weighed
from twin_core.diagnosis.reach import reach
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.stated import stated

SEALER, BOXER = "quay/hall/north/sealer", "quay/hall/north/boxer"
COLD = Sign(
    point=f"{SEALER}/heat", shows="high", strength=0.99, usual=180.0, now=190.0, unit="Cel",
    onset=quay.START, onset_s=10.0,
)  # fmt: skip


def suspect(score, mode="belt_slips", asset=SEALER, against=()):
    plant = quay.plant()
    kind = plant.class_of(asset).failure_mode(mode) if mode else None
    able = reach(plant, asset, plant.class_of(asset).failure_modes[0])
    return Suspect(Match(asset, kind, score, (), (), tuple(against), 1.0, able), None, score)


def first(*suspects):
    found = weighed(suspects, 0.0)
    return stated(found[0], found), found


def test_a_mode_hardly_better_than_an_unlisted_one_is_less_likely():
    """It may be taken for what nobody listed; one at another asset is no such rival."""
    near, far = first(suspect(9.0), suspect(8.5, None)), first(suspect(9.0), suspect(3.0, None))
    other = first(suspect(9.0), suspect(8.5, None, BOXER))
    assert near[0] < other[0] < far[0]


def test_a_sign_against_it_makes_a_cause_less_likely():
    plain, against = first(suspect(9.0)), first(suspect(9.0, against=[COLD]))
    assert against[0] < plain[0]
    assert against[1][0].probability == plain[1][0].probability


scores = st.floats(-20, 40)


@given(
    scores,
    st.lists(
        st.tuples(scores, st.sampled_from(["belt_slips", "tubs_jam", "heater_weak", None])),
        max_size=6,
    ),
    st.booleans(),
)
def test_what_is_stated_is_a_probability_that_no_rival_exceeds(best, others, against):
    """Rivals share what is left as they stood; none comes to more than the first."""
    said, found = first(
        suspect(best, against=[COLD] if against else []), *(suspect(s, m) for s, m in others)
    )
    assert 0.0 < said < 1.0
    head, *rest = found
    shares = [s.probability * (1.0 - said) / max(1.0 - head.probability, 1e-6) for s in rest]
    assert said + sum(shares) <= 1.0 + 1e-6
    assert all(share <= said + 1e-6 for share in shares)


@pytest.mark.parametrize("score", [-4.0, 0.0, 2.0, 6.0])
def test_more_score_is_never_less_likely(score):
    assert first(suspect(score))[0] <= first(suspect(score + 1.0))[0]
