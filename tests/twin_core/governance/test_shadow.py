"""What is only thought is held against what then happened, and what was not seen is not judged."""

import pytest

from tests.twin_core.governance.scene import (
    CAPPER,
    FILLER,
    LINE,
    NOW,
    PLANT,
    SPEED,
    Belief,
    draft,
    job,
    proposal,
    world,
)
from twin_core.case import Case as Incident
from twin_core.governance.events import Submit
from twin_core.governance.gate import decide
from twin_core.governance.shadow import due, judged
from twin_core.governance.track_record import Count, track_record
from twin_core.governance.trust import Ladder
from twin_core.operations.incident import Incident as Happened
from twin_core.value import SECOND

HORIZON_S = 600
ADVISED = Ladder(steps={"site": "advise"})


def thought(given=None):
    """A draft at an asset that is only advised."""
    given = given or draft()
    return decide(None, Submit(proposal(given), world(given, ladder=ADVISED)), NOW)[0]


def after(rate, speed=400.0, seconds=HORIZON_S):
    """What is believed so long afterwards, with that rate and setting since."""
    belief = Belief()
    belief.at = NOW + seconds * SECOND
    belief.counted_per_min = rate
    belief.values[SPEED] = speed
    return belief()


def test_what_is_refused_by_trust_alone_is_a_shadow_and_due_when_its_forecast_is_over():
    """Policy would have let it: only the step speaks against it. A real proposal is none."""
    case = thought()
    assert (case.stage, case.shadow, case.rule) == ("denied", True, "trust")
    assert due(case) == NOW + HORIZON_S * SECOND
    real = decide(None, Submit(proposal(), world()), NOW)[0]
    assert due(real) is None
    forbidden = decide(None, Submit(proposal(requester="vera"), world(ladder=ADVISED)), NOW)[0]
    assert not forbidden.shadow


@pytest.mark.parametrize(
    ("rate", "speed", "taken", "held"),
    [
        (400, 400, False, True),
        (300, 400, False, False),
        (480, 480, True, True),
        (400, 480, True, False),
    ],
    ids=["left, as foreseen", "left, worse", "taken, as forecast", "taken, no gain"],
)
def test_the_forecast_of_what_people_did_is_held_against_what_came(rate, speed, taken, held):
    """Set by hand: the forecast with it counts; left: the one without."""
    case = thought()
    found = judged(case, case.proposal.draft.effect, after(rate, speed))
    assert (found.taken, found.held) == (taken, held)
    assert found.why.endswith("was forecast")


def test_what_cannot_be_seen_is_not_judged():
    """Of a job nobody here knows whether it was done; a rate before memory begins is none."""
    case = thought(draft(action=job()))
    found = judged(case, case.proposal.draft.effect, after(480))
    assert (found.taken, found.held) == (None, None)
    case = thought()
    found = judged(case, case.proposal.draft.effect, after(480, seconds=3 * 3600))
    assert found.held is None


def happened(asset, mode, by="", diagnosed=(FILLER, "worn_valve")):
    """An incident diagnosed so, and confirmed or not as that."""
    incident = Happened(
        id="i-1", kind="rate_loss", subject=LINE, line=LINE, opened=NOW, severity=3,
        statement="slow", opened_by=(),
    )  # fmt: skip
    before = Incident(incident=incident, asset=diagnosed[0], failure_mode=diagnosed[1])
    if not by:
        return before
    said = Incident(incident=incident, asset=asset, failure_mode=mode, confirmed_by=by)
    return said.after(before)


def test_the_record_of_an_asset_counts_what_was_right_and_what_was_not():
    """Causes as people confirmed them, forecasts, writes and shadows; of it and below it alone."""
    case = thought()
    shadow = judged(case, case.proposal.draft.effect, after(480, 480))
    incidents = (
        happened(FILLER, "worn_valve", "Sam"),
        happened(CAPPER, None, "Sam"),
        happened(FILLER, None),
    )
    found = track_record(PLANT, "site/area", ADVISED, [case], incidents, {case.id: shadow})
    assert found.step == "advise"
    assert found.causes == Count(n=1, of=2)
    assert (found.shadows, found.shadows_taken, found.shadows_held) == (
        1, Count(n=1, of=1), Count(n=1, of=1)
    )  # fmt: skip
    assert found.writes == Count()
    other = track_record(PLANT, CAPPER, ADVISED, [case], incidents, {case.id: shadow})
    assert (other.shadows, other.causes) == (0, Count(n=0, of=1))


def test_a_confirmation_said_again_keeps_what_was_diagnosed():
    """What a person says second does not become what had been diagnosed."""
    first = happened(CAPPER, None, "Sam")
    again = first.model_copy(update={"asset": CAPPER, "failure_mode": None}).after(first)
    assert (again.diagnosed, again.diagnosed_mode) == (FILLER, "worn_valve")
    assert not again.as_diagnosed
