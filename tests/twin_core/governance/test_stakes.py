"""What is at stake in a change can only make it heavier, and what is not known counts as most."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.plant_file import read_plant
from tests.twin_core.governance.scene import (
    FILLER,
    LINE,
    PLANT,
    SHIPPED,
    TORQUE,
    draft,
    effect,
    job,
    proposal,
    step,
    world,
)
from twin_core.governance.policy import Limits, Policy
from twin_core.governance.ruling import rule
from twin_core.governance.stakes import MOST, Bounds, Stakes, money, reached, stakes_of
from twin_core.plant.assets import Link, Plant
from twin_core.plant.production import Prices

RIVERSIDE = read_plant(Path("plants/riverside.yaml"))
TIERS = ("standard", "major")


def priced(**margin):
    """The plant with the margins of its products."""
    fields = {name: getattr(PLANT, name) for name in Plant.model_fields}
    return Plant(**{**fields, "prices": Prices(currency="EUR", margin=margin)})


def test_what_supplies_every_line_is_felt_by_every_line():
    """Reach follows the links: a compressor reaches all that its header supplies, a filler one."""
    (air,) = {u for u in RIVERSIDE.units if u.endswith("/compressor_1")} or {""}
    if not air:
        air = next(k.source for k in RIVERSIDE.links if k.medium == "air")
    production = {line.id for line in RIVERSIDE.lines if line.kind == "production"}
    assert set(reached(RIVERSIDE, (air,))) == production
    filler = next(u for u in RIVERSIDE.units if u.endswith("line4/filler"))
    assert set(reached(RIVERSIDE, (filler,))) == {RIVERSIDE.line(filler).id}


def test_without_links_every_line_may_feel_it():
    """A plant whose links nobody has given: what is not known counts as the most."""
    fields = {name: getattr(RIVERSIDE, name) for name in Plant.model_fields}
    bare = Plant(**{**fields, "links": ()})
    filler = next(u for u in bare.units if u.endswith("line4/filler"))
    assert len(set(reached(bare, (filler,)))) == sum(x.kind == "production" for x in bare.lines)


def test_a_circle_of_links_ends():
    """Links that lead back are walked once."""
    fields = {name: getattr(PLANT, name) for name in Plant.model_fields}
    there = Link(kind="feeds", source=FILLER, target=f"{LINE}/capper")
    back = Link(kind="controls", source=f"{LINE}/capper", target=FILLER)
    assert tuple(reached(Plant(**{**fields, "links": (there, back)}), (FILLER,))) == (LINE,)


def test_money_is_the_farther_end_of_the_forecast():
    """90 of 80 ± 10 a minute, for ten minutes, at the dearest margin; a loss counts as a gain."""
    assert money(priced(a=0.05, b=0.1), draft()) == pytest.approx(90 * 10 * 0.1)
    assert money(priced(a=0.1), draft(effect=effect(gain=-80))) == pytest.approx(90 * 10 * 0.1)


@pytest.mark.parametrize(
    ("plant", "given", "known"),
    [
        (PLANT, draft(), False),
        (priced(), draft(), False),
        (priced(a=1.0), draft(effect=None), False),
        (priced(a=1.0), draft(action=job(), effect=None), False),
        (priced(a=1.0), draft(), True),
    ],
    ids=["no prices", "no margin", "no forecast", "a job without forecast", "both"],
)
def test_money_that_nobody_can_tell_passes_every_bound(plant, given, known):
    """No price, no money in the answer; and a policy that bounds it takes it for the most."""
    found = stakes_of(plant, given)
    assert (found.money is not None) is known
    assert known or found.amount == MOST
    assert known or Bounds(money=1e12).passed(found)


@given(
    share=st.floats(0, 1),
    lines=st.integers(0, 10),
    money=st.none() | st.floats(0, 1e6),
    more=st.fixed_dictionaries(
        {"share": st.floats(0, 1), "lines": st.integers(0, 10), "money": st.floats(0, 1e6)}
    ),
    bounds=st.builds(
        Bounds,
        share=st.none() | st.floats(0, 1),
        lines=st.none() | st.integers(0, 10),
        money=st.none() | st.floats(0, 1e6),
    ),
)
def test_more_at_stake_is_never_lighter(share, lines, money, more, bounds):
    """Whatever the bounds: with more of anything a change is as heavy or heavier."""
    limits = Limits(major=bounds)
    less = Stakes(share=share, lines=lines, money=money)
    heavier = Stakes(
        share=max(share, more["share"]),
        lines=max(lines, more["lines"]),
        money=None if money is None else max(money, more["money"]),
    )
    assert TIERS.index(limits.tier(heavier)) >= TIERS.index(limits.tier(less))
    unknown = less.model_copy(update={"money": None})
    assert TIERS.index(limits.tier(unknown)) >= TIERS.index(limits.tier(less))


def with_limits(**limits):
    """The shipped rules with other bounds."""
    return Policy(name="bounded", rules=SHIPPED.rules, limits=Limits(**limits))


def test_the_ruling_says_what_makes_it_major():
    """Who must approve is told with the reason why two must."""
    found = rule(proposal(), world(policy=with_limits(major=Bounds(lines=0))))
    assert found.tier == "major"
    assert found.needed == 2
    assert found.why.endswith("it is major: 1 production lines can feel it, more than 0")
    assert rule(proposal(), world()).tier == "standard"


def test_what_is_forbidden_nobody_can_approve():
    """A bound of what is forbidden refuses before any rule is asked, and says which."""
    found = rule(proposal(), world(policy=with_limits(forbidden=Bounds(share=0.1))))
    assert (found.allowed, found.rule) == (False, "forbidden")
    assert "16%" in found.why


def test_a_policy_sees_what_is_at_stake_and_what_the_machine_does():
    """Rules can speak of lines, money and the machine's state; what is not known is the most."""
    text = """@id("dear") forbid (principal, action, resource) when { context.money > 1000 };"""
    dear = Policy(name="dear", rules=SHIPPED.rules + text)
    assert rule(proposal(), world(policy=dear)).rule == "dear"
    given = draft(step(TORQUE, value=2.5, check=0.1))
    text = """@id("held") forbid (principal, action, resource)
    unless { context.state == State::"held" };"""
    held = Policy(name="held", rules=SHIPPED.rules + text)
    assert rule(proposal(given), world(given, policy=held)).rule == "held"
