"""The warehouse bench: its order history, its optimum and its peer."""

import numpy as np
import pytest

from evals.bench.order_history import articles, at_random, orders
from evals.bench.simulation_warehouse import _best_of_all, _nearest_first
from twin_core.plant.warehouse import Layout, Lot, Times
from twin_core.simulation.warehousing.rebalancing import Haul, Need
from twin_core.simulation.warehousing.slot_swaps import by_order_s
from twin_core.simulation.warehousing.slotting import slotted


def test_a_history_is_made_by_its_seed_and_skewed():
    """The same orders again; a fifth of the articles has most of the lines; due after arrival."""
    named = articles(100, np.random.default_rng(1))
    first, again = (orders(500, named, np.random.default_rng(2), popular=3) for _ in range(2))
    assert first == again
    wanted = [line.article for order in first for line in order.lines]
    counts = sorted((wanted.count(a.id) for a in named), reverse=True)
    assert 0.5 < sum(counts[:20]) / sum(counts) < 0.8
    assert all(order.due_s >= order.arrival_s + 3600 for order in first)


def test_the_optimum_of_all_arrangements_is_no_worse_than_any_rule():
    """And some rule may meet it."""
    random = np.random.default_rng(4)
    named = articles(4, random)
    shift = orders(12, named, random, popular=1)
    floor = at_random(Layout(aisles=2, bays=2), named, random)
    best = _best_of_all(floor, shift)
    assert best <= by_order_s(floor, shift, Times())
    assert best == pytest.approx(
        by_order_s(slotted(floor, shift, Times(), "swaps"), shift, Times())
    )


def test_the_peer_takes_from_the_nearest_place_by_place():
    """The first place takes the near stock, the second must fetch from afar."""
    lots = [
        Lot(id="1", article="x", place="a", quantity=1),
        Lot(id="2", article="x", place="c", quantity=1),
    ]
    needs = [Need(place=p, article="x", quantity=1) for p in ("b", "d")]
    costs = {"ab": 1, "cb": 2, "ad": 1, "cd": 9}
    hauls = [Haul(source=k[0], target=k[1], cost=c) for k, c in costs.items()]
    assert _nearest_first(lots, needs, hauls) == 1 + 9
