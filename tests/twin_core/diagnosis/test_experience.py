from functools import cache
from math import log

from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.diagnosis import quay
from twin_core.case import Case
from twin_core.diagnosis.diagnose import diagnose
from twin_core.diagnosis.experience import (
    FARTHEST,
    SHARED,
    again,
    counts,
    experienced,
    shifts,
    version,
)
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.reach import Reach
from twin_core.operations.incident import Incident
from twin_core.value import SECOND

NORTH = "quay/hall/north"
SEALER, DOSER = f"{NORTH}/sealer", f"{NORTH}/doser"
DAY = 86_400 * SECOND
NOTHING = Reach({}, frozenset(), frozenset(), frozenset())
PLANT = quay.plant()
KIND = PLANT.class_of(SEALER)
MODES = [mode.id for mode in KIND.failure_modes]
PRIORS = {mode.id: mode.prior for mode in KIND.failure_modes}


@cache
def snapshot():
    return quay.lived(quay.Day(slow={SEALER: 0.6}))


def case(n, mode, asset=SEALER, by="Olga Berg", days=1.0):
    opened = quay.START - round(days * DAY) + n
    incident = Incident(
        id=f"in-{n:08x}", kind="rate_loss", subject=NORTH, line=NORTH, opened=opened,
        closed=opened + 600 * SECOND, severity=2, statement="North makes less.", opened_by=(),
    )  # fmt: skip
    return Case(incident=incident, asset=asset, failure_mode=mode, confirmed_by=by)


def matches(scores):
    return [
        Match(SEALER, KIND.failure_mode(mode), score, (), (), (), 0.0, NOTHING)
        for mode, score in zip(MODES, scores, strict=False)
    ]


def test_no_confirmed_case_changes_nothing():
    """Not even where many were diagnosed: only a person's word moves a prior."""
    diagnosed = [case(n, "tubs_jam", by="") for n in range(20)]
    found = matches([1.0, 2.0, 3.0])
    assert experienced(found, diagnosed, PLANT) == found
    plain = diagnose(snapshot(), NORTH, 1200.0, 1)
    told = diagnose(snapshot(), NORTH, 1200.0, 1, cases=diagnosed)
    assert told == plain


def test_a_share_follows_what_was_confirmed():
    """Dirichlet-smoothed: (A·π + n) / (A + N) over π, by the logarithm, within its bounds."""
    confirmed = counts([case(0, "belt_slips"), case(1, "belt_slips"), case(2, "tubs_jam")], PLANT)
    assert confirmed == {KIND.id: {"belt_slips": 2, "tubs_jam": 1}}
    share = PRIORS["belt_slips"] / sum(PRIORS.values())
    expected = log((SHARED * share + 2) / (SHARED + 3) / share)
    assert abs(shifts(confirmed, PLANT)[KIND.id, "belt_slips"] - min(FARTHEST, expected)) < 1e-12
    assert shifts(confirmed, PLANT)[KIND.id, "heater_weak"] < 0


def test_an_incident_counts_once_by_its_last_confirmation():
    """Said again, it takes the place of what was said before."""
    assert counts([case(0, "belt_slips"), case(0, "tubs_jam")], PLANT) == {KIND.id: {"tubs_jam": 1}}


def test_what_the_class_does_not_list_counts_for_nothing():
    """A mode that is gone from the class file, and a cause that is none of them."""
    assert counts([case(0, "no_such"), case(1, None), case(2, "belt_slips", "gone")], PLANT) == {}


def test_the_version_is_that_of_the_counts():
    """The same counts, the same version; one more, another."""
    one, two = counts([case(0, "tubs_jam")], PLANT), counts([case(5, "tubs_jam")], PLANT)
    assert version(one) == version(two)
    assert version(one) != version(counts([case(0, "tubs_jam"), case(1, "tubs_jam")], PLANT))


CONFIRMED = st.dictionaries(st.sampled_from(MODES), st.integers(0, 10_000), max_size=len(MODES))


@given(CONFIRMED)
def test_no_count_goes_beyond_its_bound(counted):
    """However many: less than a sign of the contrary costs, between any two modes."""
    gains = shifts({KIND.id: {m: n for m, n in counted.items() if n}}, PLANT).values()
    assert all(abs(gain) <= FARTHEST for gain in gains)
    assert not gains or max(gains) - min(gains) <= 2 * FARTHEST < 1.0


@given(
    st.lists(st.sampled_from(MODES), max_size=40),
    st.lists(st.floats(-5, 10), min_size=len(MODES), max_size=len(MODES)),
)
def test_a_confirmation_moves_the_ranking_only_where_the_evidence_leaves_it_close(modes, scores):
    """What lies further apart keeps its order, whatever was confirmed."""
    found = sorted(matches(scores), key=lambda m: -m.score)
    cases = [case(n, mode) for n, mode in enumerate(modes)]
    place = {m.mode: k for k, m in enumerate(experienced(found, cases, PLANT))}
    for one in found:
        for other in found:
            if one.score > other.score + 2 * FARTHEST + 1e-9:
                assert place[one.mode] < place[other.mode]


def test_a_cause_that_came_before_is_told_with_its_dates():
    """The third time since Friday, with the incidents; of other causes and older ones nothing."""
    cases = [
        case(1, "belt_slips", days=3), case(2, "belt_slips", by="", days=1), case(3, "tubs_jam"),
        case(4, "belt_slips", days=40), case(5, "belt_slips", asset=DOSER),
    ]  # fmt: skip
    found = diagnose(snapshot(), NORTH, 1200.0, 1, cases=cases)
    (weighed,) = [e for e in found.evidence if e.kind == "record"]
    assert "Of 4 confirmed cases of Tub machine 3 had this cause" in weighed.statement
    assert weighed.data["weights"] == version(counts(cases, PLANT))
    (told,) = [e for e in found.evidence if e.kind == "incident"]
    assert "this is the third time since Friday" in told.statement
    assert "2026-01-02 09:00 (confirmed by Olga Berg)" in told.statement
    assert "2026-01-04 09:00 (as diagnosed then)" in told.statement
    assert told.data["incidents"] == ["in-00000001", "in-00000002"]
    assert told.statement in found.summary


def test_the_incident_that_is_asked_about_is_no_earlier_one():
    """A case that began with the onset is the present one."""
    best = diagnose(snapshot(), NORTH, 1200.0, 1).causes[0]
    now = case(1, "belt_slips", days=0)
    now = now.model_copy(
        update={"incident": now.incident.model_copy(update={"opened": best.onset + SECOND})}
    )
    assert again(best, [now], PLANT) is None
