"""Laws of a lent right: it counts once, never for its owner's own proposal, and is told."""

import pytest

from tests.twin_core.governance.scene import (
    CAPPER,
    FILLER,
    LINE,
    NOW,
    PEOPLE,
    TORQUE,
    draft,
    proposal,
    step,
    world,
)
from twin_core.answer import Asker, Grant
from twin_core.governance.events import Proceed, Save, Submit, Tell, Vote
from twin_core.governance.gate import decide
from twin_core.governance.ruling import may
from twin_core.value import SECOND

MAJOR = draft(effect=None)
"""A write without a forecast effect, which takes two people."""


def deputy(user="olga", *of, role="supervisor", at="site"):
    """Olga, to whom others have lent their role."""
    lent = tuple(Grant(role=role, at=at, until=NOW + 900 * SECOND, lent_by=one) for one in of)
    return PEOPLE[user].model_copy(update={"grants": lent})


def people(*changed):
    return {**PEOPLE, **{one.user: one for one in changed}}


def opened(given, here, requester):
    case, _ = decide(None, Submit(proposal(given, requester=requester), here), NOW)
    assert case.stage == "pending", case.why
    return case


def voted(case, here, user, meaning="approved"):
    """The case after a vote, and what the voter is told."""
    case, effects = decide(case, Vote(user, meaning, "ok", "web", here), NOW + SECOND)
    return case, next(e for e in effects if isinstance(e, Tell))


@pytest.mark.catches("a deputy approves in the right of whoever requested it")
@pytest.mark.parametrize("meaning", ["approved", "rejected"])
def test_f04_a_deputy_never_approves_what_his_lender_requested(meaning):
    """Four eyes are not had by lending one's right to somebody."""
    here = world(people=people(deputy("olga", "sam")))
    case, told = voted(opened(draft(), here, "sam"), here, "olga", meaning)
    assert (case.stage, case.votes, told.error) == ("pending", (), "not_allowed")
    assert "sam requested it" in told.text


@pytest.mark.catches("who lent the right in which it was requested approves it")
@pytest.mark.parametrize("meaning", ["approved", "rejected"])
def test_f04_a_lender_never_approves_what_was_requested_in_his_right(meaning):
    """A viewer asks in a supervisor's right: that supervisor is no second pair of eyes."""
    here = world(people=people(deputy("vera", "sam")))
    case, told = voted(opened(draft(), here, "vera"), here, "sam", meaning)
    assert (case.stage, case.votes, told.error) == ("pending", (), "not_allowed")
    assert "who lent the right in which it was requested" in told.text
    case, _ = voted(case, here, "sue")
    assert case.stage == "approved"


def test_another_lender_opens_what_the_requester_cannot():
    """Who was lent a right by two people may use the other's."""
    here = world(people=people(deputy("olga", "sam", "sue")))
    case, _ = voted(opened(draft(), here, "sam"), here, "olga")
    assert [v.behalf for v in case.votes] == ["sue"]
    assert case.stage == "approved"


@pytest.mark.catches("a deputy and his lender count as two")
@pytest.mark.parametrize("order", [("sue", "olga"), ("olga", "sue")])
def test_f03_a_right_counts_once_whoever_uses_it(order):
    """The lender and his deputy are one signature of two; a third person is the second."""
    here = world(MAJOR, people=people(deputy("olga", "sue")))
    case = opened(MAJOR, here, "both")
    case, _ = voted(case, here, order[0])
    assert len(case.votes) == 1
    case, told = voted(case, here, order[1])
    assert (case.stage, len(case.votes), told.error) == ("pending", 1, "not_allowed")
    assert "in sue's right already" in told.text
    case, _ = voted(case, here, "sam")
    assert case.stage == "approved"


@pytest.mark.catches("two deputies of one person are two signatures")
def test_f03_two_deputies_of_one_person_count_once():
    """However many it is lent to, a right is one."""
    here = world(MAJOR, people=people(deputy("olga", "sue"), deputy("eve", "sue")))
    case, _ = voted(opened(MAJOR, here, "both"), here, "olga")
    case, told = voted(case, here, "eve")
    assert (len(case.votes), told.error) == (1, "not_allowed")


def test_whoever_lent_his_right_still_rejects_what_was_approved_in_it():
    """A right is used up for approving only: its owner may always say no."""
    here = world(MAJOR, people=people(deputy("olga", "sue")))
    case, _ = voted(opened(MAJOR, here, "both"), here, "olga")
    case, _ = voted(case, here, "sue", "rejected")
    assert case.stage == "rejected"


def test_the_signature_says_in_whose_right_it_was_given():
    """The record has both names; who acts in his own right acts on nobody's behalf."""
    here = world(people=people(deputy("olga", "sam")))
    case = opened(draft(), here, "eve")
    case, effects = decide(case, Vote("olga", "approved", "ok", "web", here), NOW + SECOND)
    (saved,) = (e for e in effects if isinstance(e, Save))
    (signed,) = (body["signature"] for kind, _, _, body in saved.entries if kind == "approved")
    assert (signed["user"], signed["behalf"]) == ("olga", "sam")
    case, _ = voted(opened(draft(), here, "eve"), here, "sam")
    assert case.votes[0].behalf == ""


def test_a_rejection_in_a_lent_right_says_so():
    """People read on whose behalf it was."""
    here = world(people=people(deputy("olga", "sam")))
    case, told = voted(opened(draft(), here, "eve"), here, "olga", "rejected")
    assert case.stage == "rejected"
    assert "by Olga on behalf of sam" in told.text


@pytest.mark.catches("a vote signed in a lent right counts after the right has ended")
@pytest.mark.parametrize(
    ("now", "counts"),
    [
        (deputy("olga", "sam"), True),
        (PEOPLE["olga"], False),
        (deputy("olga", "sue"), False),
        (PEOPLE["olga"].model_copy(update={"roles": ("operator", "supervisor")}), True),
    ],
)
def test_f12_a_lent_right_must_hold_at_dispatch(now, counts):
    """It counts in the right it was signed in, or the signer's own; in no other that came since."""
    here = world(people=people(deputy("olga", "sam")))
    case, _ = voted(opened(draft(), here, "eve"), here, "olga")
    assert case.stage == "approved"
    case, _ = decide(case, Proceed(world(people=people(now))), NOW + 2 * SECOND)
    assert case.stage == ("intent" if counts else "pending")


@pytest.mark.catches("rights lent by two people add up")
def test_rights_lent_by_two_people_do_not_add_up():
    """A plan for two machines is not approved with one person's right here, another's there."""
    both = draft(step(), step(TORQUE, value=2.5))
    for lenders, allowed in ((("sam", "sam"), True), (("sam", "sue"), False)):
        lent = tuple(
            Grant(role="supervisor", at=at, until=NOW + SECOND, lent_by=of)
            for at, of in zip((FILLER, CAPPER), lenders, strict=True)
        )
        here = world(both, people=people(PEOPLE["olga"].model_copy(update={"grants": lent})))
        found = may(proposal(both, requester="eve"), here, "approve", "olga", "standard")
        assert found.allowed == allowed
        assert allowed or found.rule == "no-permission"


def test_a_role_at_one_machine_opens_no_other():
    """A supervisor of the capper approves nothing on the filler; of its line he does."""
    for at, allowed in ((CAPPER, False), (LINE, True), (f"{LINE}/fill", False)):
        grants = (Grant(role="supervisor", at=at),)
        who = Asker(user="lee", name="Lee", roles=("operator",), sites=("site",), grants=grants)
        found = may(proposal(), world(people=people(who)), "approve", "lee", "standard")
        assert found.allowed == allowed, at


def test_a_service_to_which_a_right_was_lent_is_still_none():
    """Nothing lent makes a machine a person."""
    here = world(people=people(deputy("bot", "sam")))
    assert may(proposal(), here, "approve", "bot", "standard").rule == "human-only"
