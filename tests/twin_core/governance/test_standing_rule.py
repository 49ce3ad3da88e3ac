"""What somebody approved in advance: what it covers, and that nothing else is covered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.governance.scene import (
    NOW,
    PEOPLE,
    PLANT,
    PRESSURE,
    SHIPPED,
    SPEED,
    TORQUE,
    draft,
    person,
    proposal,
    step,
    world,
)
from twin_core.errors import NotWritable, OutOfRange, UnknownName
from twin_core.governance.events import Check, Execute, Notify, Proceed, Submit, Vote
from twin_core.governance.gate import decide
from twin_core.governance.policy import Limits, Policy
from twin_core.governance.stakes import Bounds
from twin_core.governance.standing_rule import StandingRule, Terms, fitting
from twin_core.governance.trust import Ladder
from twin_core.governance.warrant import unfounded
from twin_core.value import SECOND, Range

STANDING = Ladder(steps={"site": "act_by_standing_rule"})


def terms(**more):
    """What lets the filler's speed be set within 450 to 500, twice an hour."""
    usual = {
        "id": "small-speed", "bands": {SPEED: Range(low=450, high=500)}, "most": 2,
        "window_s": 3600, "days": 30, "reason": "small corrections",
    }  # fmt: skip
    return Terms(**{**usual, **more})


def signed(user="eve", at=NOW - SECOND, **more):
    """The terms, signed."""
    return StandingRule(**terms(**more).model_dump(), user=user, name=PEOPLE[user].name, at=at)


SMALL = signed()


def here(given=None, rules=(SMALL,), **more):
    """A world in which the rules are in force, and the site may act by them."""
    facts = {"rules": {one.id: one for one in rules}, "ladder": STANDING, **more}
    return world(given, **facts)


def handed_in(given=None, **more):
    """What the gate makes of a draft, with its wishes."""
    given = given or draft()
    return decide(None, Submit(proposal(given), here(given, **more)), NOW)


def test_a_routine_change_goes_on_by_itself_and_is_told():
    """Covered: approved in the signer's name, recorded, told, and on to the last check."""
    case, wishes = handed_in()
    assert (case.tier, case.stage, case.needed) == ("routine", "approved", 1)
    (vote,) = case.votes
    assert (vote.user, vote.rule, vote.channel) == ("eve", "small-speed", "standing rule")
    assert vote.digest == case.digest
    kinds = [entry[0] for entry in wishes[0].entries]
    assert kinds == ["submitted", "policy", "approved"]
    assert any(isinstance(wish, Check) for wish in wishes)
    assert any(isinstance(w, Notify) and "standing rule small-speed" in w.text for w in wishes)
    case, _ = decide(case, Proceed(here()), NOW + SECOND)
    _, wishes = decide(case, Proceed(here()), NOW + SECOND)
    assert any(isinstance(wish, Execute) for wish in wishes)


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (draft(step(value=510.0)), {}),
        (draft(step(TORQUE, value=2.5, check=0.1)), {}),
        (draft(step(), step(PRESSURE, value=2.5, check=0.1)), {}),
        (None, {"rules": ()}),
        (None, {"used": {"small-speed": 2}}),
        (None, {"ladder": Ladder(steps={"site": "act_on_approval"})}),
        (None, {"rules": (signed(kind="stock_move"),)}),
        (None, {"rules": (signed(user="sam"),)}),
        (None, {"people": {k: v for k, v in PEOPLE.items() if k != "eve"}}),
        (None, {"people": {**PEOPLE, "eve": person("eve", "operator")}}),
        (draft(effect=None), {}),
        (None, {"policy": Policy(
            name="p", rules=SHIPPED.rules, limits=Limits(major=Bounds(share=0.1)))}),
    ],
    ids=[
        "outside the band", "another point", "a point more", "revoked", "used up", "trust",
        "another kind", "signed by whom policy does not let", "signer gone", "signer's role gone",
        "effect not known", "a bound makes it major",
    ],
)  # fmt: skip
def test_what_no_rule_covers_is_for_people(given, more):
    """Nothing beside the terms is covered, and nothing that is heavy for another reason."""
    case, _ = handed_in(given, **more)
    assert case.tier != "routine"
    assert case.stage == "pending"
    assert not case.votes


@pytest.mark.parametrize(
    "later",
    [
        {"rules": ()},
        {"rules": (signed(at=NOW + SECOND),)},
        {"rules": (signed(at=NOW),)},
        {"rules": (signed(bands={SPEED: Range(low=490, high=500)}),)},
        {"rules": (signed(id="another"),)},
        {"people": {**PEOPLE, "eve": person("eve", "viewer")}},
        {"ladder": Ladder(steps={"site": "act_on_approval"})},
    ],
    ids=[
        "revoked",
        "signed anew",
        "signed anew at the moment of the vote",
        "band narrowed",
        "another rule",
        "signer's role gone",
        "trust",
    ],
)
def test_what_is_no_longer_covered_is_not_sent_and_waits_for_people(later):
    """Between approval and write the rule must still stand as it was signed; else people decide."""
    case, _ = handed_in()
    case, wishes = decide(case, Proceed(here(**later)), NOW + 2 * SECOND)
    assert (case.stage, case.votes) == ("pending", ())
    assert case.tier == "standard" or not any(isinstance(w, Execute) for w in wishes)
    assert not any(isinstance(wish, Execute) for wish in wishes)
    case, _ = decide(case, Vote("sam", "approved", "", "web", here(rules=())), NOW + 3 * SECOND)
    assert case.stage == "approved"
    case, wishes = decide(case, Proceed(here(rules=())), NOW + 3 * SECOND)
    assert case.stage == "intent"


def test_a_rule_does_not_take_over_what_people_were_asked():
    """A rule signed while a proposal waits approves nothing of it."""
    case, _ = handed_in(rules=())
    assert case.tier == "standard"
    case, _ = decide(case, Vote("sam", "approved", "", "web", here()), NOW + SECOND)
    assert (case.stage, case.tier) == ("approved", "standard")
    case, _ = decide(case, Proceed(here()), NOW + SECOND)
    assert case.stage == "intent"


def test_the_records_bear_out_what_a_rule_approved():
    """A restart finds the rule's approval in the chain, and takes no other for it."""
    from twin_core.governance.audit import EMPTY, link

    case, wishes = handed_in()
    records, head = [], EMPTY
    for kind, actor, subject, body in wishes[0].entries:
        record, _, head = link(head, at=NOW, kind=kind, actor=actor, subject=subject, body=body)
        records.append(record)
    assert unfounded(case, records) == ""
    forged = case.model_copy(
        update={"votes": (case.votes[0].model_copy(update={"rule": "other"}),)}
    )
    assert "Eve" in unfounded(forged, records)


@given(
    value=st.floats(200, 520),
    low=st.floats(200, 700),
    width=st.floats(0, 500),
    used=st.integers(0, 4),
    most=st.integers(1, 3),
)
def test_nothing_outside_a_band_or_beyond_its_count_is_routine(value, low, width, used, most):
    """Whatever is written and allowed: routine only inside the band and below the count."""
    if abs(value - 400) <= 1:
        return
    band = Range(low=low, high=low + width)
    given_ = draft(step(value=value))
    rules = (signed(bands={SPEED: band}, most=most),)
    case, _ = handed_in(given_, rules=rules, used={"small-speed": used})
    inside = band.holds(value) and used < most
    assert (case.tier == "routine") is (inside and abs(value - 400) <= 120)


@pytest.mark.parametrize(
    ("bands", "error"),
    [
        ({SPEED: Range(low=100, high=300)}, OutOfRange),
        ({"site/area/line/filler/trip": Range(low=0, high=1)}, NotWritable),
        ({"site/area/line/filler/speed": Range(low=0, high=1)}, NotWritable),
        ({"site/area/line/filler/none": Range(low=0, high=1)}, UnknownName),
    ],
    ids=["wider than the plant file", "a trip", "a measurement", "no such point"],
)
def test_a_rule_that_the_plant_cannot_carry_out_is_not_signed(bands, error):
    """A band lies inside what the plant file offers, and never on what is safety-critical."""
    with pytest.raises(error):
        fitting(PLANT, terms(bands=bands))
