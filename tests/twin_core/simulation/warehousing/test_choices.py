"""What a planner may choose in a warehouse, weighed on its own orders."""

import pickle

import numpy as np
import pytest

from tests.twin_core.simulation.warehousing.depot import order, stored
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.plant.warehouse import (
    Crew,
    Fetching,
    Layout,
    MinMax,
    Stock,
    Storehouse,
    Times,
    Warehouse,
)
from twin_core.simulation.warehousing import choices
from twin_core.simulation.warehousing import slotting as slotting_module
from twin_core.simulation.warehousing.choices import (
    NOW,
    SERVED,
    picking,
    replenishing,
    slotting,
    strategies,
)
from twin_core.simulation.warehousing.picking_ranked import REPLICATIONS

NAMES = [f"a{i}" for i in range(8)]
FLOOR = stored(
    Layout(aisles=4, bays=10),
    **{name: (3 - i // 3, 9 - i % 3) for i, name in enumerate(NAMES)},
)
"""Everything lies far off, the most wanted farthest."""


def store(warehouse: Warehouse = FLOOR, **more) -> Storehouse:
    return Storehouse(
        id="depot", name="Depot", warehouse=warehouse, crew=more.pop("crew", Crew(pickers=2)),
        times=Times(), **more,
    )  # fmt: skip


def day(seed: int, n: int = 40):
    """Orders of one or two lines over four hours, the first articles wanted most."""
    random = np.random.default_rng(seed)
    share = np.arange(1, 9) ** -1.2
    wants = (random.choice(NAMES, size=2, replace=False, p=share / share.sum()) for _ in range(n))
    return [
        order(f"o{k:02d}", *map(str, pair), at=360.0 * k, due=360.0 * k + 7200)
        for k, pair in enumerate(wants)
    ]


def test_every_way_to_pick_is_compared_on_the_same_days():
    """Order by order, batches, zones, waves; how it is done now is known by name."""
    found = picking(store(picks="batch"), day(1), "labour", 3)
    assert {one.picked.option for one in found.ranked} == {"single", "batch", "zone", "wave"}
    assert (found.now, found.orders, found.lines) == ("batch", 40, 80)
    means = [one.picked.indicators["labour"].mean for one in found.ranked]
    assert means == sorted(means)
    again, orders = pickle.loads(pickle.dumps((store(picks="batch"), day(1))))  # noqa: S301 (our own)
    assert picking(again, orders, "labour", 3) == found


def test_ways_that_cannot_be_walked_here_are_not_compared():
    """No zones for a picker alone; past middle cross-aisles the shortest route only."""
    assert "zone" not in strategies(store(crew=Crew(pickers=1)))
    crossed = store(stored(Layout(aisles=2, bays=6, crossings=(3,)), bolts=(0, 0)))
    assert {way.routing for way in strategies(crossed).values()} == {"shortest"}
    alone = store(crew=Crew(pickers=1), picks="zone")
    assert picking(alone, day(1), "flow", 1).now == "single"


def test_very_many_orders_at_once_are_batched_by_seeds_on_fewer_days(monkeypatch):
    """Pairs of thousands of orders are neither all weighed, nor weighed day after day."""
    one = [order(str(i), NAMES[i % 8], at=30.0) for i in range(60)]
    assert picking(store(), one, "labour", 1).ranked[0].picked.days == REPLICATIONS
    monkeypatch.setattr(choices, "MOST_TOGETHER", 50)
    monkeypatch.setattr(choices, "_MOST_PICKED", 1500)
    methods = {name: getattr(way, "method", "") for name, way in strategies(store(), one).items()}
    assert methods == {"single": "", "batch": "seed", "wave": "seed", "zone": "seed"}
    spread = [each.model_copy(update={"arrival_s": 600.0 * i}) for i, each in enumerate(one)]
    assert getattr(strategies(store(), spread)["batch"], "method", "") == "savings"
    assert picking(store(), one, "labour", 1).ranked[0].picked.days == 5


def test_a_better_slotting_is_made_from_days_before_and_judged_on_the_last():
    """What is wanted most comes to the front, and that is surely less work on other orders."""
    found = slotting(store(), [day(1), day(2), day(3)], 1)
    assert (found.made_from, found.judged_on) == (80, 40)
    assert found.best is not None
    assert found.ranked[-1].picked.option == NOW
    assert found.misplaced[0].article in {"a0", "a1", "a2"}
    assert 0 < found.moves <= 8
    alone = slotting(store(), [day(1)], 1)
    assert (alone.made_from, alone.judged_on) == (20, 20)


def test_where_goods_lie_well_nothing_is_offered():
    """One article alone in the nearest slot."""
    best = stored(Layout(aisles=1, bays=1), bolts=(0, 0))
    found = slotting(store(best), [[order(f"{i}", "bolts", at=60.0 * i) for i in range(40)]], 1)
    assert (found.best, found.misplaced, found.moves) == (None, (), 0)


def test_a_rule_that_would_take_too_long_is_left_out_and_that_is_said(monkeypatch):
    """The others are weighed all the same; many lines are picked on fewer days."""
    monkeypatch.setattr(choices, "MOST_SWAPPED", 10)
    monkeypatch.setattr(slotting_module, "MOST_CELLS", 10)
    monkeypatch.setattr(choices, "_MOST_PICKED", 10)
    found = slotting(store(), [day(1), day(2)], 1)
    assert set(found.left_out) == {"swaps", "assignment"}
    assert {one.picked.option for one in found.ranked} == {NOW, "popularity", "cube_per_order"}
    assert {one.picked.days for one in found.ranked} == {5}


STOCKS = tuple(Stock(article=name, capacity=12, forward=6, reserve=500) for name in NAMES)


def test_rules_are_drawn_for_several_levels_of_service():
    """More service never has more lines that find too little; none now, and the best is offered."""
    kept = store(stocks=STOCKS, fetching=Fetching(trip_s=600.0))
    found = replenishing(kept, [day(1), day(2)], 1)
    assert [level.served for level in found.levels] == list(SERVED)
    short = [level.supplied.stock_outs.mean for level in found.levels]
    assert short == sorted(short, reverse=True)
    assert found.best is not None
    assert all(old is None for old, _ in found.changes)
    assert not found.same


def test_rules_that_are_as_good_as_any_stay():
    """Full shelves that are never emptied: nothing drawn is better."""
    full = tuple(Stock(article=n, capacity=500, forward=500, reserve=500) for n in NAMES)
    kept = store(stocks=full, rules=tuple(MinMax(article=n, low=1, high=500) for n in NAMES))
    found = replenishing(kept, [day(1)], 1)
    assert (found.best, found.changes, found.same) == (None, (), True)


def test_what_cannot_be_weighed_says_what_can():
    """No stock, stock of other goods, too few orders."""
    with pytest.raises(ImpossibleScenario, match="no stock of depot is told"):
        replenishing(store(), [day(1)], 1)
    with pytest.raises(UnknownName, match="stock of article"):
        replenishing(store(stocks=STOCKS[:1]), [day(1)], 1)
    with pytest.raises(ImpossibleScenario, match="20 or more"):
        slotting(store(), [day(1, n=3)], 1)
