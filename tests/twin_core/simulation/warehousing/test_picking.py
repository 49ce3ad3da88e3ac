"""Pickers at work: what a strategy makes of an order history."""

import pickle
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.twin_core.simulation.warehousing.depot import order, stored
from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.plant.warehouse import Crew, Layout, Times
from twin_core.simulation.paired import paired
from twin_core.simulation.warehousing import batching
from twin_core.simulation.warehousing.batching import MOST_TOGETHER, baskets_of, batches
from twin_core.simulation.warehousing.picking import day_of, work, zones_of
from twin_core.simulation.warehousing.picking_ranked import Option, compare
from twin_core.simulation.warehousing.slotting import slotted
from twin_core.simulation.warehousing.strategy import Batch, Single, Strategy, Wave, Zone, releases
from twin_core.simulation.warehousing.tours import s_shapes_m

FLOOR = Layout(aisles=4, bays=10, bay_m=1.0, gap_m=4.0, end_m=1.5)
GOODS = stored(FLOOR, bolts=(0, 0), glue=(1, 4), nails=(2, 9), screws=(3, 2), wire=(3, 9))
EVEN = Times(scatter=0.0)
ONE = Crew(pickers=1)
ORDERS = [
    order("a", "bolts", "glue", at=0, due=4000),
    order("b", "nails", at=100, due=2000),
    order("c", "screws", "wire", at=200, due=3000),
    order("d", "bolts", at=4000, due=9000),
]
EVERY = [
    Single(),
    Batch(window_s=600),
    Batch(window_s=600, method="seed", routing="largest_gap"),
    Zone(routing="shortest"),
    Zone(zones=3, passing="sequential"),
    Zone(zones=4, window_s=600),
    Wave(every_s=1000, lead_s=500),
]


def worked(strategy, crew=ONE, orders=ORDERS, times=EVEN, floor=GOODS):
    day = day_of(orders, times.scatter, np.random.default_rng(1), alike=False)
    return work(floor.layout, crew, times, strategy, day, baskets_of(floor, orders, times))


def test_one_order_takes_what_its_steps_take():
    """Set-up, the way there and back, search and one light unit."""
    found = worked(Single(), orders=[order("a", "bolts", at=10)])
    assert found.walked_m == 3.0
    assert found.done_s == pytest.approx([10 + 60 + 3 + 8 + 2])
    assert found.busy_s == pytest.approx(73)


def test_levels_and_weight_take_longer():
    """Two levels up and heavy: twice the reach, eight seconds a unit."""
    floor = stored(Layout(aisles=1, bays=1, levels=3), {"anvil": 20}, anvil=(0, 0, 1, 2))
    found = worked(Single(), orders=[order("a", "anvil", quantity=3)], floor=floor)
    assert found.busy_s == pytest.approx(60 + 3 + 8 + 2 * 4 + 3 * 8)


def test_a_batch_walks_once_and_sorts():
    """Two orders from one slot: one walk, one set-up, two lines to sort."""
    twice = [order("a", "bolts"), order("b", "bolts")]
    found = worked(Batch(window_s=600), orders=twice)
    assert found.tours == 1
    assert found.walked_m == 3.0
    assert found.done_s == pytest.approx([600 + 60 + 3 + 2 * (8 + 2 + 3)] * 2)


def test_the_most_urgent_order_goes_first():
    """Of those that wait for the only picker."""
    waiting = [order("a", "bolts"), order("b", "nails", at=20), order("c", "wire", at=30, due=900)]
    found = worked(Single(), orders=waiting)
    assert found.done_s[0] < found.done_s[2] < found.done_s[1]


def test_zones_pick_at_once_or_one_after_the_other():
    """In parallel an order is done when its parts are put together, in turn when the last is."""
    across = [order("a", "bolts", "screws")]
    crew = Crew(pickers=2)
    parallel = worked(Zone(), crew, across)
    in_turn = worked(Zone(passing="sequential"), crew, across)
    assert parallel.tours == in_turn.tours == 2
    assert parallel.beside_s == 30
    # at home at the front of aisle 0 and, of aisles 1 to 3, of aisle 2
    near, far = 60 + 2 * 1.5 + 10, 60 + 2 * (4 + 3.5) + 10
    assert parallel.done_s[0] == pytest.approx(far + 30)
    assert in_turn.done_s[0] == pytest.approx(near + 15 + far)


def test_a_wave_holds_what_is_due_together_and_leaves_whom_it_missed():
    """Due from 2000 to 3999: released at 1500; who comes later goes alone."""
    orders = [*ORDERS[:3], order("d", "bolts", at=1600, due=2500)]
    found = releases(
        Wave(every_s=2000, lead_s=500),
        [o.arrival_s for o in orders],
        [o.due_s for o in orders],
        lambda pool, _: [tuple(pool)],
    )
    assert {(r.at_s, r.members) for r in found} == {
        (3500.0, (0,)),
        (1500.0, (1, 2)),
        (1600.0, (3,)),
    }


def test_a_narrow_aisle_makes_pickers_wait():
    """Two pickers, one aisle, one at a time in it: the same work, more waiting."""
    twice = [order("a", "bolts"), order("b", "bolts")]
    wide = worked(Single(), Crew(pickers=2), twice)
    narrow = worked(Single(), Crew(pickers=2, narrow=1), twice)
    assert wide.blocked_s == 0
    assert narrow.blocked_s == pytest.approx(3 + 8 + 2)
    assert narrow.busy_s == pytest.approx(wide.busy_s + narrow.blocked_s)
    assert narrow.walked_m == wide.walked_m


@pytest.mark.parametrize("strategy", EVERY)
@pytest.mark.parametrize("narrow", [None, 1])
def test_every_order_is_done_once_and_after_it_came(strategy, narrow):
    """Whatever the strategy, and never before its set-up."""
    found = worked(strategy, Crew(pickers=4, narrow=narrow))
    assert (found.done_s > [o.arrival_s + 60 for o in ORDERS]).all()
    assert found.walked_m > 0
    assert found.busy_s <= 4 * found.done_s.max()


@settings(max_examples=50)
@given(st.data())
def test_batching_drops_no_order_and_overloads_no_cart(data):
    """Each order in one tour; only an order that is too large by itself exceeds the cart."""
    n = data.draw(st.integers(1, 12))
    names = st.lists(st.sampled_from(sorted(GOODS.faces)), min_size=1, max_size=4, unique=True)
    orders = [
        order(str(i), *data.draw(names), quantity=data.draw(st.integers(1, 6))) for i in range(n)
    ]
    crew = Crew(pickers=1, most_orders=data.draw(st.integers(1, 4)), most_m3=0.01)
    baskets = baskets_of(GOODS, orders, EVEN)
    for method in ("seed", "savings"):
        found = batches(FLOOR, crew, baskets, method)
        assert sorted(i for tour in found for i in tour) == list(range(n))
        for tour in found:
            assert len(tour) <= crew.most_orders
            assert len(tour) == 1 or sum(baskets[i].m3 for i in tour) <= crew.most_m3 + 1e-12


def test_orders_that_lie_together_are_batched_together():
    """Two near the front of aisle 0, two at the back of aisle 3: no tour does both."""
    near, far = order("n", "bolts"), order("f", "wire")
    baskets = baskets_of(GOODS, [near, far, near, far], EVEN)
    for method in ("seed", "savings"):
        found = batches(FLOOR, Crew(pickers=1, most_orders=2), baskets, method)
        assert sorted(found) == [(0, 2), (1, 3)]


def plain_savings(baskets, crew, floor):
    """Clarke and Wright's pairs one after the other, as the paper tells them."""

    def far(*those):
        return float(s_shapes_m(floor, np.max([b.far for b in those], axis=0)[None])[0])

    pairs = [
        (far(baskets[a]) + far(baskets[b]) - far(baskets[a], baskets[b]), a, b)
        for a, b in combinations(range(len(baskets)), 2)
    ]
    tours = [[i] for i in range(len(baskets))]
    for saved, i, j in sorted(pairs, key=lambda pair: -pair[0]):
        a, b = (next(tour for tour in tours if k in tour) for k in (i, j))
        load = sum(baskets[k].m3 for k in (*a, *b))
        fits = len(a) + len(b) <= crew.most_orders and load <= crew.most_m3
        if saved > 0 and a is not b and min(len(a), len(b)) == 1 and fits:
            tours.remove(b)
            a += b
    return sorted((tuple(sorted(tour)) for tour in tours), key=min)


@given(st.data())
def test_savings_are_those_of_pairs_taken_one_by_one(data):
    """However many are looked at together: the same tours."""
    wants = st.lists(st.sampled_from(sorted(GOODS.faces)), min_size=1, max_size=3, unique=True)
    sizes = st.integers(1, 300)
    asked = data.draw(st.lists(st.tuples(wants, sizes), min_size=1, max_size=14))
    orders = [order(str(i), *w, quantity=n) for i, (w, n) in enumerate(asked)]
    baskets = baskets_of(GOODS, orders, EVEN)
    crew = Crew(pickers=1, most_orders=data.draw(st.integers(1, 6)))
    at_once = data.draw(st.sampled_from([1, 2, 7, 4096]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(batching, "_AT_ONCE", at_once)
        found = batches(FLOOR, crew, baskets, "savings")
    assert found == plain_savings(baskets, crew, FLOOR)


def test_more_orders_than_can_be_paired_are_refused_by_savings_alone():
    """All pairs of very many orders fill memory before any cart; the seed method looks at none."""
    baskets = baskets_of(GOODS, [order("n", "bolts")], EVEN) * (MOST_TOGETHER + 1)
    with pytest.raises(TooLarge, match="a shorter window, or “seed”"):
        batches(FLOOR, ONE, baskets, "savings")
    assert len(batches(FLOOR, Crew(pickers=1, most_orders=3000, most_m3=9e9), baskets, "seed")) == 1
    with pytest.raises(TooLarge, match="at most 6,000 of them are taken"):
        batches(FLOOR, ONE, baskets * 3, "seed")


@given(st.integers(1, 4), st.lists(st.sampled_from(sorted(GOODS.faces)), min_size=1, max_size=9))
def test_zones_are_every_aisle_once(zones, wanted):
    """In order, none empty."""
    found = zones_of(FLOOR, baskets_of(GOODS, [order("a", w) for w in wanted], EVEN), zones)
    assert [aisle for zone in found for aisle in zone] == list(range(4))
    assert len(found) == zones
    assert all(found)


def option(strategy, name="", crew=None, floor=GOODS):
    return Option(
        name=name or strategy.kind, warehouse=floor, crew=crew or Crew(pickers=4), strategy=strategy
    )


def test_options_are_ranked_on_the_same_days_and_ties_are_told():
    """A copy under another name is tied with its original; two pickers walk no less than four."""
    options = [
        option(Single()), option(Single(), "again"), option(Batch(window_s=1000)),
    ]  # fmt: skip
    found = compare(options, ORDERS * 8, Times(), 3, days=8)
    by_name = {one.picked.option: one for one in found}
    assert found[0].picked.option == "batch"
    assert found[0].behind.mean == 0
    assert by_name["single"].tied == ("again",)
    assert by_name["again"].picked.indicators == by_name["single"].picked.indicators
    assert by_name["single"].behind.low > 0


def test_a_better_slotting_or_a_larger_crew_is_an_option_like_another():
    """Goods nearer the depot walk less; more hands are done earlier with the same work."""
    near = slotted(GOODS, ORDERS, EVEN, "swaps")
    options = [
        option(Single(), "as it lies"), option(Single(), "near", floor=near),
        option(Single(), "alone", crew=ONE),
    ]  # fmt: skip
    found = {
        one.picked.option: one.picked.indicators
        for one in compare(options, ORDERS * 4, EVEN, 1, days=4, objective="flow")
    }
    assert found["near"]["travel"].mean < found["as it lies"]["travel"].mean
    assert found["alone"]["flow"].mean > found["as it lies"]["flow"].mean
    assert found["alone"]["labour"].mean == pytest.approx(found["as it lies"]["labour"].mean)


def test_the_same_seed_gives_the_same_ranking():
    """Here and after a pickle, whatever else is compared."""
    asked = ([option(s, f"{i}") for i, s in enumerate(EVERY)], ORDERS, Times(), 5)
    first = compare(*asked, days=3)
    assert compare(*pickle.loads(pickle.dumps(asked)), days=3) == first  # noqa: S301
    (alone,) = compare([option(EVERY[3], "3")], ORDERS, Times(), 5, days=3)
    assert alone.picked == next(o.picked for o in first if o.picked.option == "3")
    assert compare(*asked[:3], 6, days=3) != first


def test_the_order_of_the_history_does_not_matter():
    """It is sorted by arrival."""
    asked = [option(Single())]
    assert compare(asked, ORDERS, EVEN, 1, days=2) == compare(asked, ORDERS[::-1], EVEN, 1, days=2)


def test_what_cannot_be_done_says_what_can():
    """More zones than pickers or aisles, no orders, two options of one name, unknown goods."""
    with pytest.raises(ImpossibleScenario, match="1 to 2 zones"):
        compare([option(Zone(zones=3), crew=Crew(pickers=2))], ORDERS, EVEN, 1)
    with pytest.raises(ImpossibleScenario, match="1 to 4, one an aisle"):
        compare([option(Zone(zones=5), crew=Crew(pickers=9))], ORDERS, EVEN, 1)
    with pytest.raises(ImpossibleScenario, match="one order or more"):
        compare([option(Single())], [], EVEN, 1)
    with pytest.raises(ImpossibleScenario, match="a name each"):
        compare([option(Single()), option(Batch(), "single")], ORDERS, EVEN, 1)
    with pytest.raises(TooLarge, match="5000000 lines"):
        compare([option(Single())], ORDERS, EVEN, 1, days=10**6)
    with pytest.raises(UnknownName, match="glass"):
        compare([option(Single())], [order("x", "glass")], EVEN, 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "teleport"},
        {"kind": "batch", "window_s": 0},
        {"kind": "wave", "every_s": float("nan")},
        {"kind": "zone", "zones": 0},
        {"kind": "single", "routing": "straight through"},
    ],
)
def test_no_strategy_is_made_of_nonsense(bad):
    """The kinds and their ranges are closed."""
    with pytest.raises(ValidationError):
        TypeAdapter(Strategy).validate_python(bad)


def test_single_orders_by_several_pickers_are_the_queue_of_the_textbook():
    """M/M/2: Poisson arrivals, exponential times; mean time in the system by Erlang's C.

    Gross et al., *Fundamentals of Queueing Theory*, 4th ed., 2.3.
    """
    tiny = Layout(aisles=1, bays=1, bay_m=1e-6, gap_m=1e-6, end_m=1e-6)
    floor = stored(tiny, bolts=(0, 0))
    times = Times(setup_s=0, search_s=100, light_s=0, scatter=1.0)
    servers, load = 2, 1.4
    rate = load / 100
    waits = []
    for seed in range(6):
        arrivals = np.cumsum(np.random.default_rng(seed).exponential(1 / rate, 1500))
        orders = [order(f"{i:05d}", "bolts", at=float(t), due=1e7) for i, t in enumerate(arrivals)]
        day = day_of(orders, 1.0, np.random.default_rng([seed, 1]), alike=False)
        found = work(tiny, Crew(pickers=2), times, Single(), day, baskets_of(floor, orders, times))
        waits.append(float((found.done_s - arrivals).mean()))
    waiting = load**servers / factorial(servers) * servers / (servers - load)
    chance = waiting / (sum(load**k / factorial(k) for k in range(servers)) + waiting)
    expected = 100 + chance * 100 / (servers - load)
    measured = paired(np.array(waits), "s")
    assert measured.low < expected < measured.high
