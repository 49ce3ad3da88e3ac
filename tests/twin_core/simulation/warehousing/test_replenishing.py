"""When goods are fetched from reserve, and how often a picker finds too little."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.warehousing.depot import order
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.plant.warehouse import Fetching, MinMax, Stock
from twin_core.simulation.warehousing.replenishing import rules_of, supplied

TRIP = Fetching(fetchers=1, trip_s=100.0, scatter=0.0)
BOLTS = Stock(article="bolts", capacity=10, forward=4, reserve=100)
EVERY_MINUTE = [order(f"{k:02d}", "bolts", at=60.0 * k) for k in range(30)]


def day(stocks=(BOLTS,), rules=(), orders=EVERY_MINUTE, fetching=TRIP):
    return supplied(orders, stocks, rules, fetching, 1, days=2, alike=False)


def test_without_a_rule_somebody_is_fetched_for_when_too_little_is_left():
    """Four units last four minutes; the fifth picker waits, and the next one behind him."""
    found = day()
    # short: 240 s and 300 s; the trip ends at 340 with 10 + 2, which last to 900; and again
    assert found.trips.mean == 3
    assert found.urgent.mean == 3
    assert found.stock_outs.mean == pytest.approx(6 / 30 * 100)
    assert found.waited.mean == pytest.approx(3 * (100 + 40) / 30)
    assert found.unmet.mean == 0


def test_a_minimum_above_the_demand_of_a_trip_leaves_no_picker_short():
    """Two units are picked in a trip's time; at two left somebody goes."""
    found = day(rules=[MinMax(article="bolts", low=2, high=10)])
    assert found.stock_outs.mean == 0
    assert found.urgent.mean == 0
    assert found.trips.mean >= 3


def test_what_reserve_does_not_hold_stays_unmet():
    """Four forward, three in reserve, thirty wanted."""
    found = day([BOLTS.model_copy(update={"reserve": 3})])
    assert found.unmet.mean == pytest.approx(23 / 30 * 100)


def test_an_order_for_more_than_fits_is_served_from_a_trip():
    """Twenty-five at once, where ten fit."""
    found = day(orders=[order("big", "bolts", quantity=25)])
    assert found.unmet.mean == 0
    assert found.waited.mean == pytest.approx(100)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_units_are_neither_made_nor_lost(data):
    """Whatever the rule: lines are served while forward and reserve last, and never after."""
    units = st.integers(0, 30)
    stock = Stock(article="bolts", capacity=10, forward=data.draw(units), reserve=data.draw(units))
    high = data.draw(st.integers(1, 10))
    rules = [MinMax(article="bolts", low=data.draw(st.integers(0, high - 1)), high=high)]
    found = day([stock], data.draw(st.sampled_from([(), rules])))
    assert found.unmet.mean == pytest.approx(max(0, 30 - stock.forward - stock.reserve) / 30 * 100)
    assert 0 <= found.stock_outs.mean <= 100
    assert found.held.mean >= 0


def test_rules_hold_what_a_trip_takes():
    """The minimum rises with the trip and the service asked for, and fits under the maximum."""
    few, many = (
        rules_of(EVERY_MINUTE, [BOLTS], Fetching(trip_s=s), served)[0].low
        for s, served in ((60, 0.9), (200, 0.99))
    )
    assert 1 < few < many < BOLTS.capacity
    (unwanted,) = rules_of(
        EVERY_MINUTE, [Stock(article="glue", capacity=5, forward=0, reserve=0)], TRIP
    )
    assert (unwanted.low, unwanted.high) == (0, 5)
    (tiny,) = rules_of(EVERY_MINUTE, [BOLTS.model_copy(update={"capacity": 1})], TRIP)
    assert (tiny.low, tiny.high) == (0, 1)


def test_the_same_seed_gives_the_same_days():
    """And other rules meet the same demand."""
    asked = (EVERY_MINUTE, [BOLTS], (), Fetching(), 7)
    assert supplied(*asked, days=3) == supplied(*asked, days=3)


def test_what_cannot_be_says_what_can():
    """A minimum above the maximum, a maximum that does not fit, goods nobody has, no orders."""
    with pytest.raises(ImpossibleScenario, match="at most 10"):
        day(rules=[MinMax(article="bolts", low=1, high=11)])
    with pytest.raises(ImpossibleScenario, match="below the maximum"):
        day(rules=[MinMax(article="bolts", low=5, high=5)])
    with pytest.raises(UnknownName, match="glue"):
        day(rules=[MinMax(article="glue", low=1, high=5)])
    with pytest.raises(UnknownName, match="bolts"):
        day(stocks=())
    with pytest.raises(ImpossibleScenario, match="one order or more"):
        day(orders=[])
    for served in (0.2, 1.0, float("nan")):
        with pytest.raises(ImpossibleScenario, match=r"0\.5 to 0\.9999"):
            rules_of(EVERY_MINUTE, [BOLTS], TRIP, served)


def test_who_waits_for_what_is_not_to_be_had_keeps_nobody_else_waiting():
    """Four left and none in reserve: fifty cannot be had, and the four are picked one by one."""
    asked = [order("big", "bolts", quantity=50), *EVERY_MINUTE[1:7]]
    found = day([BOLTS.model_copy(update={"reserve": 0})], orders=asked)
    assert found.unmet.mean == pytest.approx(3 / 7 * 100)
    # three came: one is brought to seven, which do for whoever came behind the fifty
    found = day([BOLTS.model_copy(update={"reserve": 3})], orders=asked)
    assert found.unmet.mean == pytest.approx(1 / 7 * 100)
