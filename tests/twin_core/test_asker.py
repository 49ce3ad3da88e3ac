"""What a person may where: roles of sites, grants below assets, for a time, lent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.answer import SCOPES, Asker, Grant
from twin_core.errors import BadInput
from twin_core.governance.policy import Policy
from twin_core.governance.request import Request

ROLES = ("viewer", "operator", "supervisor", "engineer", "admin")
steps = st.sampled_from(["s", "s1", "a", "a1", "l"])
paths = st.lists(steps, min_size=1, max_size=5).map("/".join)
assets = st.lists(steps, min_size=1, max_size=4).map("/".join)
grants = st.builds(
    Grant,
    role=st.sampled_from(ROLES),
    at=assets,
    until=st.none() | st.integers(0, 20),
    lent_by=st.sampled_from(["", "", "ada", "bo"]),
)
people = st.builds(
    Asker,
    user=st.just("u"),
    name=st.just("U"),
    roles=st.lists(st.sampled_from(ROLES), max_size=2).map(tuple),
    sites=st.lists(steps, max_size=2).map(tuple),
    grants=st.lists(grants, max_size=5).map(tuple),
)


def held(person, asset, now):
    """What he holds there, said in another way: by walking up from the asset."""
    parts = asset.split("/")
    above = {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
    whole = set(person.roles) if parts[0] in person.sites else set()
    standing = (g for g in person.grants if g.until is None or g.until > now)
    return whole | {g.role for g in standing if g.at in above}


@pytest.mark.catches("a grant at line1 that holds at line10")
@given(people, paths, st.integers(0, 20))
def test_roles_at_an_asset_are_those_of_grants_at_or_above_it_that_have_not_ended(
    person, asset, now
):
    """Whatever the grants: the union of those whose path is a prefix by whole steps."""
    there = person.as_of(now).roles_at(asset)
    assert set(there) == held(person, asset, now)
    assert len(set(there)) == len(there)


@given(people, paths)
def test_his_own_right_and_what_each_lent_him_together_are_what_he_may(person, asset):
    """No right is lost or made by asking in whose right he acts; none holds two lenders'."""
    rights = dict(person.rights())
    assert set(rights) == {""} | {g.lent_by for g in person.grants}
    together = {role for who in rights.values() for role in who.roles_at(asset)}
    assert together == set(person.roles_at(asset))
    assert {g.lent_by for g in rights[""].grants} <= {""}
    for lender, who in rights.items():
        assert {g.lent_by for g in who.grants} <= {"", lender}


@given(people, paths)
def test_what_he_holds_at_other_sites_is_left_out_and_nothing_else(person, asset):
    """At the site itself nothing changes; elsewhere only roles of all his sites are left."""
    site = asset.partition("/")[0]
    here = person.within(site)
    assert here.roles_at(asset) == person.roles_at(asset)
    assert {g.at.partition("/")[0] for g in here.grants} <= {site}


@given(people, assets)
def test_policy_asks_for_the_roles_he_holds_at_the_asset(person, asset):
    """An operator there proposes there; holding the role elsewhere opens nothing."""
    request = Request(
        who=person, verb="propose", kind="work_order", site=asset.split("/")[0], assets=(asset,)
    )
    may = set(person.roles_at(asset)) & {"operator", "supervisor", "engineer"}
    allowed = bool(may) and asset.split("/")[0] in person.sites
    assert Policy.shipped().evaluate(request).allowed == allowed


def test_an_action_on_several_assets_needs_the_role_on_each():
    """One asset at which he has no role refuses the whole."""
    one, other = "s/a/l/u", "s/a/l/v"
    person = Asker(
        user="u", name="U", roles=(), sites=("s",), grants=(Grant(role="operator", at=one),)
    )
    request = Request(who=person, verb="propose", kind="write_plan", site="s", assets=(one,))
    assert Policy.shipped().evaluate(request).allowed
    both = request.model_copy(update={"assets": (one, other)})
    assert "s/a/l/v" in Policy.shipped().evaluate(both).why


@pytest.mark.parametrize(
    "text",
    ["operator", "operator@", "@s", "king@s", "operator@S", "operator@s//a", "operator@s/a/l/u/p",
     "operator@../s", "service@s/a", "pusher@s", "operator@s/a\n", "operator@s@a", ""],
)  # fmt: skip
def test_a_grant_that_cannot_be_is_refused(text):
    """A role of people at a site, area, line or unit; nothing else."""
    with pytest.raises(BadInput, match="ROLE@PATH"):
        Grant.parse(text)


def test_a_grant_is_written_as_it_is_read():
    """`ROLE@PATH` both ways."""
    assert str(Grant.parse("operator@s/a/l4")) == "operator@s/a/l4"


def test_whoever_is_asked_for_by_himself_comes_for_everything():
    """Only a token narrows what a person comes for."""
    assert Asker(user="u", name="U", roles=(), sites=()).scopes == SCOPES
