"""Policy: what nothing permits is refused, and the rule that decided is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.governance.scene import FILLER, LINE, PEOPLE, PLANT, SHIPPED, SPEED
from twin_core.errors import PolicyError
from twin_core.governance import policy
from twin_core.governance.policy import Forbid, Permit, Policy, Request
from twin_core.governance.ruling import evaluated


def request(user="olga", verb="propose", **more):
    """A request about the filler."""
    given = {"kind": "write_plan", "site": "site", "assets": (FILLER,), **more}
    return Request(who=PEOPLE[user], verb=verb, **given)


@pytest.mark.parametrize(
    ("user", "verb", "kind", "allowed"),
    [
        ("olga", "propose", "write_plan", True),
        ("olga", "propose", "work_order", True),
        ("olga", "propose", "schedule_change", False),
        ("olga", "approve", "write_plan", False),
        ("sam", "approve", "write_plan", True),
        ("sam", "configure", "trust", False),
        ("eve", "configure", "trust", True),
        ("eve", "approve", "write_plan", False),
        ("vera", "propose", "write_plan", False),
        ("far", "approve", "write_plan", False),
        ("sam", "roll_back", "write_plan", True),
        ("olga", "roll_back", "write_plan", False),
    ],
)
def test_the_shipped_policy(user, verb, kind, allowed):
    """Operators propose, supervisors approve and undo, engineers configure, at their own site."""
    decision = SHIPPED.evaluate(request(user, verb, kind=kind))
    assert decision.allowed is allowed
    assert decision.rule
    assert decision.why
    assert decision.version == SHIPPED.version


def test_a_policy_without_permissions_denies_everything():
    """An empty policy permits nobody anything."""
    empty = Policy(name="empty")
    for user in PEOPLE:
        assert not empty.evaluate(request(user)).allowed


@pytest.mark.catches("a missing policy counts as permission")
def test_f72_no_policy_at_all_denies_everything():
    """Without any policy every request is refused."""
    for user in PEOPLE:
        for verb in ("propose", "approve", "configure"):
            assert not evaluated(None, request(user, verb)).allowed


@pytest.mark.catches("an error inside the policy engine is read as Allow")
@pytest.mark.parametrize(
    "answer", [RuntimeError("no attribute"), None, "Allow", True, {"allowed": True}]
)
def test_f71_an_engine_that_fails_or_mumbles_denies(answer):
    """An evaluation error, or an answer that is no decision, is a refusal."""

    class Broken:
        version, limits = "x", SHIPPED.limits

        def evaluate(self, _request):
            if isinstance(answer, Exception):
                raise answer
            return answer

        def approvers(self, _request):
            return ("supervisor",)

    decision = evaluated(Broken(), request())
    assert not decision.allowed
    assert decision.rule == "policy-error"


def test_a_prohibition_beats_every_permission_and_names_itself():
    """A forbid on any touched asset refuses, whoever asks."""
    strict = Policy(
        name="strict",
        permit=SHIPPED.permit,
        forbid=(Forbid(id="not-the-filler", verbs=("propose",), assets=(FILLER,)),),
    )
    assert strict.evaluate(request()).rule == "not-the-filler"
    assert strict.evaluate(request(assets=("site/area/line/capper",))).allowed
    assert strict.evaluate(request(assets=("site/area/line/filler_2",))).allowed


def test_size_narrows_a_permission_and_opens_a_prohibition():
    """`up_to` bounds what is permitted, and forbids only what lies above it."""
    small = Policy(
        name="small", permit=(Permit(id="p", verbs=("propose",), roles=("operator",), up_to=0.2),)
    )
    assert small.evaluate(request(share=0.2)).allowed
    assert not small.evaluate(request(share=0.21)).allowed
    capped = Policy(
        name="capped",
        permit=(Permit(id="p", verbs=("propose",), roles=("operator",)),),
        forbid=(Forbid(id="f", verbs=("propose",), up_to=0.5),),
    )
    assert capped.evaluate(request(share=0.5)).allowed
    assert not capped.evaluate(request(share=0.51)).allowed


@given(
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(["propose", "approve", "cancel", "roll_back", "resolve", "configure"]),
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3),
    st.floats(0, 1),
)
def test_a_permission_must_cover_every_asset(user, verb, names, share):
    """What is permitted on one asset is never permitted on another beside it."""
    policy = Policy(
        name="one",
        permit=(
            Permit(
                id="p",
                verbs=("propose",),
                roles=("operator", "supervisor"),
                assets=("site/a",),
                up_to=0.5,
            ),
        ),
    )
    asked = request(user, verb, assets=tuple(f"site/{n}" for n in names), share=share)
    right = (
        verb == "propose"
        and {"operator", "supervisor"} & set(asked.who.roles)
        and "site" in asked.who.sites
        and set(names) == {"a"}
        and share <= 0.5
    )
    assert policy.evaluate(asked).allowed is bool(right)


def test_the_version_is_the_content():
    """Two policies of one content have one version; any change makes another."""
    text = 'schema = 1\nname = "n"\n[limits]\nwindow_s = 60\n'
    assert Policy.parse(text, "f").version == Policy.parse(text + "# remark\n", "f").version
    assert Policy.parse(text.replace("60", "61"), "f").version != Policy.parse(text, "f").version


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "not TOML"),
        ('name = "n"', "schema = 1"),
        ('schema = 2\nname = "n"', "schema = 1"),
        ('schema = 1\nname = "n"\nwrong = 1', "wrong"),
        ('schema = 1\nname = "n"\n[[permit]]\nid = "p"\nverbs = ["fly"]\nroles = ["operator"]',
         "permit.0.verbs.0"),
        ('schema = 1\nname = "n"\n[[permit]]\nid = "p"\nverbs = ["propose"]', "permit.0.roles"),
        ('schema = 1\nname = "n"\n[limits]\nmajor_share = 2', "limits.major_share"),
    ],
)  # fmt: skip
def test_a_broken_policy_file_says_where(text, says):
    """A policy file that cannot be used is one sentence with the place in it."""
    with pytest.raises(PolicyError, match=says):
        Policy.parse(text, "policy.toml")


def test_explain_names_rule_and_reason():
    """An explanation is one sentence: verdict, rule, policy, why."""
    allowed = SHIPPED.explain(request())
    assert allowed.startswith("Allowed by operators-propose of policy “shipped”")
    assert "lets the operator propose a standard write plan" in allowed
    refused = SHIPPED.explain(request("olga", "approve"))
    assert refused.startswith("Refused by no-permission")
    assert "needed: supervisor" in refused


@pytest.mark.catches("a prohibition on a misspelt machine forbids nothing")
@pytest.mark.parametrize("rule", ["permit", "forbid"])
def test_a_rule_on_what_the_plant_does_not_have_is_refused(rule):
    """A rule names site, area, line or unit of the plant; anything else is told with what fits."""

    def fitted(asset):
        text = f"""schema = 1
        name = "p"
        [[{rule}]]
        id = "r"
        verbs = ["propose"]
        roles = ["operator"]
        assets = ["{LINE}", "{asset}"]"""
        return Policy.parse(text, "p.toml").fitting(PLANT, "p.toml")

    for asset in (PLANT.site, "site/area", LINE, FILLER):
        assert fitted(asset).name == "p"
    with pytest.raises(PolicyError) as refused:
        fitted(f"{LINE}/filer")
    assert str(refused.value).startswith(
        f"p.toml: rule r: the plant has no asset “{LINE}/filer”; "
        f"allowed: its site, areas, lines and units, nearest: {FILLER}"
    )
    with pytest.raises(PolicyError, match=f"“{SPEED}” is a point.* allowed: {FILLER} as a whole"):
        fitted(SPEED)
    with pytest.raises(PolicyError, match="no asset"):
        fitted(f"{FILLER}/none")


def test_a_rule_about_a_kind_of_action_that_is_none_is_refused():
    """A prohibition with a misspelt kind would forbid nothing, and nobody would notice."""
    text = policy.SHIPPED.replace('kinds = ["trust"]', 'kinds = ["trusts"]')
    with pytest.raises(PolicyError, match="kinds"):
        Policy.parse(text, "policy.toml")
