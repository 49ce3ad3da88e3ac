"""Four eyes: nobody who is behind a proposal approves it, nor anybody in a right of his."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.governance.scene import NOW, PEOPLE, draft, person, proposal, world
from twin_core.answer import Grant
from twin_core.canonical import digest
from twin_core.governance.action import Proposal
from twin_core.governance.authors import behind
from twin_core.governance.case import Case
from twin_core.governance.events import Proceed, Submit, Vote
from twin_core.governance.gate import decide
from twin_core.value import SECOND

MAJOR = draft(effect=None)
"""A write that takes two people."""
CREW = ("ann", "bob", "cid", "dan", "eli")
_ROLES = st.sampled_from(("viewer", "operator", "supervisor"))
_PAIRS = st.sets(st.tuples(st.sampled_from(CREW), st.sampled_from(CREW)), max_size=6)


@st.composite
def crews(draw):
    """Five people with roles, who have lent what they hold to one another."""
    roles = {user: draw(_ROLES) for user in CREW}
    pairs = [(of, to) for of, to in sorted(draw(_PAIRS)) if of != to and roles[of] != "viewer"]
    until = NOW + 900 * SECOND
    lent = {
        user: tuple(
            Grant(role=roles[of], at="site", until=until, lent_by=of)
            for of, to in pairs
            if to == user
        )
        for user in CREW
    }
    return {
        user: person(user, roles[user]).model_copy(update={"grants": lent[user]}) for user in CREW
    }


@pytest.mark.catches("four eyes are had by lending a right, or by having a proposal edited")
@settings(deadline=None)
@given(
    people=crews(),
    asked=st.lists(st.sampled_from(CREW), min_size=1, max_size=3),
    votes=st.lists(st.sampled_from(CREW), min_size=2, max_size=8),
)
def test_f04_who_approves_has_no_part_in_it(people, asked, votes):
    """Whoever edits whose proposal in whose right: no right that is in it is among those of votes.

    Rights are people's own: the requester's if he may ask himself, else that of one who lent his.
    """
    here = world(MAJOR, people=people)
    parts: set[str] = set()
    edited: dict[str, object] = {}
    for user in asked:
        one = proposal(MAJOR, requester=user).model_copy(update=edited)
        case, _ = decide(None, Submit(one, here), NOW)
        if case.stage != "pending":
            return
        behalf = case.proposal.requester.behalf
        assert (behalf == "") == ("viewer" not in people[user].roles)
        lent = {grant.lent_by for grant in people[user].grants}
        assert behalf in lent | {""}
        parts |= {user} | ({behalf} - {""})
        edited = {"earlier": tuple(behind(case.proposal))}
    assert set(behind(case.proposal)) == parts
    for user in votes:
        case, _ = decide(case, Vote(user, "approved", "ok", "web", here), NOW + SECOND)
    case, _ = decide(case, Proceed(here), NOW + 2 * SECOND)
    rights = [vote.right_of for vote in case.votes]
    assert not parts & {*rights, *(vote.user for vote in case.votes)}
    assert len(set(rights)) == len(rights)
    assert case.stage != "intent" or len(rights) == 2


@pytest.mark.catches("what was asked for in a lent right outlives it, or goes on in another's")
def test_what_was_asked_for_in_a_lent_right_stands_as_long_as_that_right():
    """The lender's, or the requester's own; no other that came since."""
    until = NOW + 900 * SECOND

    def vera(*of, role="viewer"):
        lent = tuple(Grant(role="operator", at="site", until=until, lent_by=one) for one in of)
        return {**PEOPLE, "vera": person("vera", role).model_copy(update={"grants": lent})}

    case, _ = decide(None, Submit(proposal(requester="vera"), world(people=vera("both"))), NOW)
    assert case.proposal.requester.behalf == "both"
    assert case.needs == "1 supervisor, not the requester nor both"
    case, _ = decide(
        case, Vote("sam", "approved", "ok", "web", world(people=vera("both"))), NOW + SECOND
    )
    for now, stage in (
        (vera("both"), "intent"),
        (vera("sue"), "denied"),
        (vera(), "denied"),
        (vera(role="operator"), "intent"),
    ):
        assert decide(case, Proceed(world(people=now)), NOW + 2 * SECOND)[0].stage == stage


def test_a_claim_of_whoever_hands_it_in_about_the_right_is_not_believed():
    """In whose right it was asked is found by the gate."""
    given_ = proposal(requester="olga")
    requester = given_.requester.model_copy(update={"behalf": "sue"})
    one = given_.model_copy(update={"requester": requester})
    case, _ = decide(None, Submit(one, world()), NOW)
    assert case.proposal.requester.behalf == ""
    assert case.digest == digest(case.proposal)


BEFORE = "782d8423dddb9e33"
LENT = "3e2c042fd0bd2592"
EDITED = "9479fb930a0f2cd5"


@pytest.mark.catches("a proposal of before is digested otherwise, and its approvals bind no more")
def test_the_form_of_a_proposal_stands():
    """Asked in one's own right it has the form it always had; otherwise the right is bound too."""
    one = proposal()
    lent = one.model_copy(update={"requester": one.requester.model_copy(update={"behalf": "sam"})})
    edited = one.model_copy(update={"earlier": ("sam",)})
    found = [digest(each)[:16] for each in (one, lent, edited)]
    assert found == [BEFORE, LENT, EDITED]
    for each in (one, lent, edited):
        assert Proposal.model_validate(each.model_dump(mode="json")) == each
    assert one.model_dump(mode="json")["requester"] == {"user": "olga", "through": "assistant"}
    case, _ = decide(None, Submit(one, world()), NOW)
    assert Case.model_validate(case.model_dump(mode="json")) == case
