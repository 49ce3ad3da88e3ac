"""Lots moved between places so that each covers its demand, at least cost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.plant.warehouse import Lot
from twin_core.simulation.warehousing.rebalancing import (
    Haul,
    Move,
    Need,
    covered,
    moved,
    rebalanced,
)


def lot(name, place, quantity, age_s=0.0, article="bolts"):
    return Lot(id=name, article=article, place=place, quantity=quantity, age_s=age_s)


def need(place, quantity, article="bolts"):
    return Need(place=place, article=article, quantity=quantity)


def ways(**costs):
    return [Haul(source=k[0], target=k[1], cost=c) for k, c in costs.items()]


def test_goods_come_from_where_they_are_spare_by_the_cheapest_way():
    """Taking c's unit for b lets a's go the cheap way to d: 2 + 1 beats 1 + 9."""
    lots = [lot("1", "a", 1), lot("2", "c", 1)]
    found = rebalanced(lots, [need("b", 1), need("d", 1)], ways(ab=1, ad=1, cb=2, cd=9))
    assert {(m.source, m.target, m.quantity) for m in found.moves} == {("a", "d", 1), ("c", "b", 1)}
    assert found.cost == 3
    assert found.uncovered == ()


def test_a_place_keeps_what_it_needs_and_the_oldest_lots_go():
    """Eight there, five needed: three go, of the older lot first."""
    lots = [lot("new", "a", 6, 10), lot("old", "a", 2, 99)]
    found = rebalanced(lots, [need("a", 5), need("b", 7)], ways(ab=2))
    assert [(m.lot, m.quantity, m.cost) for m in found.moves] == [("old", 2, 4.0), ("new", 1, 2.0)]
    assert found.uncovered == (need("b", 4),)


def test_what_no_way_reaches_stays_uncovered():
    """Stock without a way, a way without stock, another article."""
    found = rebalanced([lot("1", "a", 9)], [need("b", 2), need("b", 1, "glue")], ways(cb=1))
    assert found.moves == ()
    assert found.uncovered == (need("b", 2), need("b", 1, "glue"))
    assert rebalanced([], [], []).moves == ()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_moves_cover_all_they_can_and_more_than_nobody_has(data):
    """With every way open, what is uncovered is what there is too little of."""
    places = ["a", "b", "c", "d"]
    amounts = st.integers(0, 20)
    lots = [lot(str(k), data.draw(st.sampled_from(places)), data.draw(amounts)) for k in range(6)]
    needs = [need(p, data.draw(amounts)) for p in places]
    costs = {f"{a}{b}": data.draw(st.integers(1, 9)) for a in places for b in places if a != b}
    found = rebalanced(lots, needs, ways(**costs))
    has, wants = sum(x.quantity for x in lots), sum(n.quantity for n in needs)
    assert sum(n.quantity for n in found.uncovered) == max(0, wants - has)
    assert found.cost == pytest.approx(
        sum(m.quantity * costs[m.source + m.target] for m in found.moves)
    )
    after = moved(lots, found.moves)
    assert sum(x.quantity for x in after) == has
    left = {n.place: n.quantity for n in found.uncovered}
    for one in needs:
        lies = sum(x.quantity for x in after if x.place == one.place)
        assert lies >= one.quantity - left.get(one.place, 0)


def test_moves_are_worth_what_demand_finds_after_them():
    """All stock in one place, demand in two: half before, nearly all after; paired."""
    lots, needs = [lot("1", "a", 240)], [need("a", 100), need("b", 100)]
    found = rebalanced(lots, needs, ways(ab=1))
    told = covered(lots, needs, found.moves, 3)
    assert 47 < told.before.mean < 53
    assert told.after.mean > 90
    assert told.gain.low > 30
    nothing = covered(lots, needs, (), 3)
    assert (nothing.gain.low, nothing.gain.high) == (0, 0)
    assert told == covered(lots, needs, found.moves, 3)


def test_a_move_takes_what_lies_there_and_no_more():
    """A wrong place, a wrong lot, too much."""
    lots = [lot("1", "a", 5)]
    move = Move(lot="1", article="bolts", source="a", target="b", quantity=5, cost=0)
    assert {(x.place, x.quantity) for x in moved(lots, [move])} == {("a", 0), ("b", 5)}
    assert moved([*lots, lot("1", "b", 2)], [move])[1].quantity == 7
    for bad in ({"quantity": 6}, {"source": "c"}, {"lot": "2"}):
        with pytest.raises(ImpossibleScenario, match="at most"):
            moved(lots, [move.model_copy(update=bad)])


def test_what_cannot_be_asked_is_refused():
    """A lot told twice of one place; more places than are taken at once."""
    with pytest.raises(ImpossibleScenario, match="once a place"):
        rebalanced([lot("1", "a", 1), lot("1", "a", 1)], [], [])
    with pytest.raises(TooLarge):
        rebalanced([], [need(str(k), 1) for k in range(201)], [])


def test_it_is_as_cheap_as_any_assignment_of_single_units():
    """Beside scipy's assignment, where every place spares or lacks one."""
    from scipy.optimize import linear_sum_assignment

    random = np.random.default_rng(1)
    costs = random.integers(1, 99, (6, 6))
    lots = [lot(str(i), f"g{i}", 1) for i in range(6)]
    needs = [need(f"t{j}", 1) for j in range(6)]
    hauls = [
        Haul(source=f"g{i}", target=f"t{j}", cost=float(costs[i, j]))
        for i in range(6)
        for j in range(6)
    ]
    assert rebalanced(lots, needs, hauls).cost == costs[linear_sum_assignment(costs)].sum()


def test_more_of_an_article_than_can_be_told_is_refused():
    """Each need may be, and all of them together not."""
    needs = [Need(place="q", article="a", quantity=10**15)] * 2
    with pytest.raises(ImpossibleScenario, match="in all"):
        rebalanced([Lot(id="l", article="a", place="p", quantity=10)], needs, [])
