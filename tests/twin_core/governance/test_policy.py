"""Policy: what nothing permits is refused, and the rule that decided is named."""

from itertools import combinations, product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.governance.scene import (
    FILLER,
    LINE,
    PEOPLE,
    PLANT,
    SHIPPED,
    SPEED,
    draft,
    proposal,
    world,
)
from twin_core.answer import Asker, Role
from twin_core.errors import PolicyError
from twin_core.governance import policy
from twin_core.governance.policy import Policy
from twin_core.governance.request import Kind, Request, Tier, Verb
from twin_core.governance.ruling import evaluated, may
from twin_core.governance.stakes import Stakes

HEAD = 'schema = 2\nname = "n"\n'


def ruled(rules):
    """A policy file with these rules."""
    return f"{HEAD}rules = '''{rules}'''"


def request(user="olga", verb="propose", **more):
    """A request about the filler."""
    given = {"kind": "write_plan", "site": "site", "assets": (FILLER,), **more}
    return Request(who=PEOPLE[user], verb=verb, **given)


@pytest.mark.parametrize(
    ("user", "verb", "kind", "allowed"),
    [
        ("olga", "propose", "write_plan", True),
        ("olga", "propose", "work_order", True),
        ("olga", "propose", "schedule_change", True),
        ("olga", "propose", "model_promotion", False),
        ("olga", "report", "work_order", True),
        ("vera", "report", "work_order", False),
        ("olga", "release", "release", False),
        ("eve", "release", "release", True),
        ("sam", "unlock", "lock", True),
        ("eve", "unlock", "lock", False),
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


_JOBS = ("work_order", "inspection", "schedule_change", "stock_move")
_BELIEF = ("release", "confirm_cause")
_ASKED = ("write_plan", *_JOBS, *_BELIEF)
_UNDO = ("cancel", "roll_back", "resolve")
CORPUS = {
    **{("propose", kind): {"operator", "supervisor", "engineer"} for kind in _ASKED},
    **{("approve", kind): {"supervisor"} for kind in _ASKED},
    **{("approve", kind): {"supervisor", "engineer"} for kind in _BELIEF},
    **{("report", kind): {"operator", "supervisor", "engineer"} for kind in _JOBS},
    ("release", "release"): {"supervisor", "engineer"},
    ("unlock", "lock"): {"supervisor"},
    ("propose", "model_promotion"): {"supervisor", "engineer"},
    ("approve", "model_promotion"): {"supervisor", "engineer"},
    **{(verb, kind): {"supervisor", "engineer"} for verb in _UNDO for kind in get_args(Kind)},
    ("configure", "trust"): {"engineer"},
    ("configure", "standing_rule"): {"engineer"},
    ("lift", "freeze"): {"supervisor", "engineer"},
}
"""Of the shipped policy: which roles may what; everything else is refused."""


@pytest.mark.parametrize("verb", get_args(Verb))
@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_decision_of_the_shipped_policy(verb, kind):
    """Each role alone and each pair, at every tier, small and large, here and elsewhere."""
    allowed = CORPUS.get((verb, kind), set())
    for held in [*combinations(get_args(Role), 1), *combinations(get_args(Role), 2)]:
        for tier, share, sites in product(get_args(Tier), (0.0, 1.0), (("site",), ("elsewhere",))):
            who = Asker(user="x", name="X", roles=held, sites=sites)
            asked = Request(
                who=who,
                verb=verb,
                kind=kind,
                site="site",
                assets=(FILLER,),
                tier=tier,
                stakes=Stakes(share=share),
            )  # fmt: skip
            right = bool(allowed & set(held)) and sites == ("site",)
            assert SHIPPED.evaluate(asked).allowed is right, asked
    asked = request("vera", verb, kind=kind)
    assert set(SHIPPED.approvers(asked)) == allowed


@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_a_hostile_name_is_a_name(user, name):
    """Quotes, braces and rules in a user's id change nothing of what he may do."""
    for roles, right in ((("operator",), True), (("viewer",), False)):
        who = Asker(user=user, name=name, roles=roles, sites=("site",))
        asked = Request(who=who, verb="propose", kind="write_plan", site="site", assets=(FILLER,))
        assert SHIPPED.evaluate(asked).allowed is right


@pytest.mark.catches("a rule overflows at run time, and from then on nothing is allowed")
@pytest.mark.parametrize(
    "words",
    ["context.permille * 4000000000 > 5", "context.money + 1 > 5", "5 - context.lines > -9",
     "-context.permille < 0"],
)  # fmt: skip
def test_a_rule_does_no_sums(words):
    """What could overflow on some question is refused when the policy is read."""
    rule_ = f'@id("f") forbid (principal, action, resource) when {{ {words} }};'
    with pytest.raises(PolicyError, match="rule f: a rule does sums"):
        Policy.parse(ruled(rule_), "f")


@pytest.mark.catches("a prohibition that can never hold is taken, and forbids nothing")
@pytest.mark.parametrize(
    "words",
    [
        'principal == Role::"operator"',
        '!(principal != Role::"operator")',
        'principal in Asset::"site"',
        'Asset::"site" in resource',
        'context.kind == Tier::"major"',
        '[Role::"operator"].contains(principal)',
        "context has permile && context.permile > 5",
        "principal has shift",
        'resource.hasTag("x")',
        "resource is Asset",
    ],
)
def test_a_rule_that_can_never_hold_is_refused(words):
    """Two kinds of things are never the same, whatever the engine says of it."""
    rule = f'@id("f") forbid (principal, action, resource) when {{ {words} }};'
    with pytest.raises(PolicyError, match="rule f"):
        Policy.parse(ruled(rule), "policy.toml")


@pytest.mark.catches("a prohibition on a line alone forbids nothing on its machines")
def test_a_rule_on_a_line_means_what_is_in_it():
    """`==` of a line is refused; of a machine, and `in`, are not."""
    for words, fits in (
        (f'resource == Asset::"{LINE}"', False),
        (f'[Asset::"{LINE}"].contains(resource)', False),
        (f'resource in Asset::"{LINE}"', True),
        (f'resource == Asset::"{FILLER}"', True),
    ):
        rule = f'@id("f") forbid (principal, action, resource) when {{ {words} }};'
        policy = Policy.parse(ruled(rule), "p.toml")
        if fits:
            assert not policy.fitting(PLANT, "p.toml").evaluate(request()).allowed
        else:
            with pytest.raises(PolicyError, match="alone"):
                policy.fitting(PLANT, "p.toml")


@pytest.mark.catches("a policy's text takes the process down")
@pytest.mark.parametrize(
    "words",
    [
        "(" * 2000 + "true" + ")" * 2000,
        "[" * 5000 + "]" * 5000 + " == 1",
        "1" + "+1" * 1900 + " > 2",
        "1" + "+1" * 20_000 + " > 2",
        "if true then " * 5000 + "true" + " else false" * 5000,
        "!" * 3000 + "true",
    ],
)
def test_a_text_beyond_the_engines_stack_is_refused(words):
    """It parses by recursion in its own language, and no handler catches that."""
    rule = f'@id("f") forbid (principal, action, resource) when {{ {words} }};'
    with pytest.raises(PolicyError):
        Policy.parse(ruled(rule), "policy.toml")


def test_brackets_in_strings_and_remarks_are_no_brackets():
    """What is no rule's structure is not counted."""
    text = (
        f'// {"(" * 100}\n@id("f") forbid (principal == Person::"{"(" * 100}", action, resource);'
    )
    assert Policy.parse(ruled(text), "policy.toml").ids == ("f",)


@pytest.mark.parametrize("role", ["service", "pusher", "viewer"])
def test_nothing_makes_those_decide_who_are_no_people_of_the_plant(role):
    """A rule that permits everything does not."""
    anything = Policy(name="open", rules='@id("all") permit (principal, action, resource);')
    who = Asker(user="x", name="X", roles=(role,), sites=("site",))
    here = world(policy=anything, people={**PEOPLE, "x": who})
    for verb in ("approve", "cancel", "roll_back", "resolve"):
        decision = may(proposal(draft()), here, verb, "x", "standard")
        assert (decision.allowed, decision.rule) == (False, "human-only")
    assert set(anything.approvers(request())) == {"operator", "supervisor", "engineer", "admin"}


@pytest.mark.catches("a prohibition that fails on a missing attribute is skipped, and it is Allow")
def test_f71_a_rule_can_only_speak_of_what_is_always_there():
    """What is not in every question is refused when the policy is read, not when it is asked."""
    for words in ("context.weight > 5", "principal.shift == 1", "resource.line == 4"):
        rule = f'@id("f") forbid (principal, action, resource) when {{ {words} }};'
        with pytest.raises(PolicyError, match="rule f"):
            Policy.parse(ruled(rule), "policy.toml")


def test_a_rule_may_name_a_person():
    """Whom it names it is about, and nobody else with his roles."""
    rules = '@id("not-him") forbid (principal == Person::"olga", action, resource);'
    policy = Policy(name="one", rules=SHIPPED.rules + rules)
    assert policy.evaluate(request("olga")).rule == "not-him"
    assert policy.evaluate(request("sam")).allowed
    other = Asker(user="otto", name="Otto", roles=PEOPLE["olga"].roles, sites=("site",))
    assert policy.evaluate(request().model_copy(update={"who": other})).allowed
    nobody = rules.replace("olga", "")
    with pytest.raises(PolicyError, match="is nobody"):
        Policy.parse(ruled(nobody), "policy.toml")


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
    rule = f'forbid (principal, action == Action::"propose", resource in Asset::"{FILLER}");'
    strict = Policy(name="strict", rules=f'{SHIPPED.rules} @id("not-the-filler") {rule}')
    assert strict.evaluate(request()).rule == "not-the-filler"
    assert strict.evaluate(request(assets=("site/area/line/capper",))).allowed
    assert strict.evaluate(request(assets=("site/area/line/filler_2",))).allowed


def test_size_narrows_a_permission_and_opens_a_prohibition():
    """Thousandths of the range bound what is permitted, and forbid only what lies above."""
    may = 'permit (principal in Role::"operator", action == Action::"propose", resource)'
    small = Policy(name="small", rules=f'@id("p") {may} when {{ context.permille <= 200 }};')
    assert small.evaluate(request(stakes=Stakes(share=0.2))).allowed
    assert not small.evaluate(request(stakes=Stakes(share=0.21))).allowed
    large = "forbid (principal, action, resource) when { context.permille > 500 };"
    capped = Policy(name="capped", rules=f'@id("p") {may}; @id("f") {large}')
    assert capped.evaluate(request(stakes=Stakes(share=0.5))).allowed
    assert not capped.evaluate(request(stakes=Stakes(share=0.51))).allowed


@given(
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(["propose", "approve", "cancel", "roll_back", "resolve", "configure"]),
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3),
    st.floats(0, 1),
)
def test_a_permission_must_cover_every_asset(user, verb, names, share):
    """What is permitted on one asset is never permitted on another beside it."""
    rule = """@id("p") permit (principal, action == Action::"propose", resource in Asset::"site/a")
    when { principal in [Role::"operator", Role::"supervisor"] && context.permille <= 500 };"""
    policy = Policy(name="one", rules=rule)
    asked = request(
        user, verb, assets=tuple(f"site/{n}" for n in names), stakes=Stakes(share=share)
    )
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
    text = 'schema = 2\nname = "n"\n[limits]\nwindow_s = 60\n'
    assert Policy.parse(text, "f").version == Policy.parse(text + "# remark\n", "f").version
    assert Policy.parse(text.replace("60", "61"), "f").version != Policy.parse(text, "f").version


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "not TOML"),
        ('name = "n"', "schema = 2"),
        ('schema = 1\nname = "n"', "schema = 2"),
        (f"{HEAD}wrong = 1", "wrong"),
        (f"{HEAD}[limits.major]\nshare = 2", "limits.major.share"),
        (f"{HEAD}[limits]\nwindow_s = 1e303", "limits.window_s"),
        (f"{HEAD}[limits]\nexpires_s = inf", "limits.expires_s"),
        (f"{HEAD}[limits]\napprovals = {{standard = 2, major = 1}}", "fewer people"),
        (f"{HEAD}[limits]\napprovals = {{standard = true}}", "limits.approvals.standard"),
        (f"{HEAD}[limits.writes]\npoint = 1{'0' * 40}", "limits.writes.point"),
        (f"schema = {'1' * 5000}", "not TOML"),
        (f"x = {'[' * 5000}", "not TOML"),
        ('schema = 2\nname = "a\\u202eb"', "name"),
        (ruled('@id("A b") permit (principal, action, resource);'), "small letters"),
        (ruled("permit (principal, action, resource);"), "rule 1 of 1 has no @id"),
        (ruled('@id("p") permit (principal, action == Action::"fly", resource);'),
         'rules: rule p, unrecognized action `Action::"fly"`'),
        (ruled('@id("p") permit (principal in Role::"boss", action, resource);'), '"boss"'),
        (ruled('@id("p") permit (principal, action, resource) when { context.size > 1 };'),
         "rule p, attribute `size`"),
        (ruled('@id("p") permit (principal == ?principal, action, resource);'), "template"),
        (ruled('@id("p") permit (principal, action, resource'), "rules: unexpected end of input"),
        (ruled('@id("p") permit (principal, action, resource);' * 2), 'two rules are @id."p".'),
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
    assert "lets Olga propose a standard write plan" in allowed
    refused = SHIPPED.explain(request("olga", "approve"))
    assert refused.startswith("Refused by no-permission")
    assert "needed: supervisor" in refused


@pytest.mark.catches("a prohibition on a misspelt machine forbids nothing")
@pytest.mark.parametrize("rule", ["permit", "forbid"])
def test_a_rule_on_what_the_plant_does_not_have_is_refused(rule):
    """A rule names site, area, line or unit of the plant; anything else is told with what fits."""

    def fitted(asset):
        where = f'resource in Asset::"{LINE}" || resource in Asset::"{asset}"'
        text = ruled(f'@id("r") {rule} (principal, action, resource) when {{ {where} }};')
        return Policy.parse(text, "p.toml").fitting(PLANT, "p.toml")

    for asset in (PLANT.site, "site/area", LINE, FILLER):
        assert fitted(asset).name == "n"
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
    text = policy.SHIPPED.replace('Kind::"trust"', 'Kind::"trusts"')
    with pytest.raises(PolicyError, match=r'rule engineers-configure-trust: .*"trusts"'):
        Policy.parse(text, "policy.toml")
