"""What a floor does without a plan keeps every rule, and each rule is its own."""

import pytest
from hypothesis import given, settings

from tests.twin_core.simulation.scheduling.shops import job, machine, shop, shops
from twin_core.simulation.scheduling.dispatch import RULES, dispatch
from twin_core.simulation.scheduling.schedule import broken


@settings(max_examples=100, deadline=None)
@given(shops())
def test_no_rule_of_any_shop_is_broken(given_shop):
    """Windows, changeovers, vehicles and releases are kept, whatever is taken first."""
    for rule in RULES:
        assert broken(given_shop, dispatch(given_shop, rule)) == ()


@pytest.mark.parametrize(("rule", "order"), [("fifo", "abc"), ("due", "cab"), ("shortest", "bca")])
def test_each_rule_takes_what_it_says(rule, order):
    """First come, earliest due, shortest first."""
    jobs = [job("a", ("m", 9), due=50), job("b", ("m", 2), due=60), job("c", ("m", 4), due=40)]
    made = dispatch(shop([machine("m")], jobs), rule)
    assert "".join(s.job for s in made.order("m")) == order
