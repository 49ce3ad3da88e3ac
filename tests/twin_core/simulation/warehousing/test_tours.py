"""Routes past the places of a tour."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.twin_core.simulation.warehousing.depot import floors
from twin_core.errors import ImpossibleScenario
from twin_core.plant.warehouse import Layout
from twin_core.simulation.warehousing.shortest_tour import EXACT_PLACES, held_karp, shortest
from twin_core.simulation.warehousing.tours import length_m, s_shape_m, s_shapes_m, tour

FLOOR = Layout(aisles=4, bays=10, bay_m=1.0, gap_m=4.0, end_m=1.5)


def distances(layout, places):
    spots = [layout.home, *sorted(places)]
    return np.array([[layout.walk_m(a, b) for b in spots] for a in spots])


def round_trip(metres, order):
    return sum(metres[a, b] for a, b in pairwise([*order, order[0]]))


@settings(max_examples=60, deadline=None)
@given(floors())
def test_the_exact_route_is_as_short_as_the_shortest_order_of_its_places(floor):
    """Over one block, by Held and Karp's dynamic programming over every order."""
    layout, places = floor
    metres = distances(layout, places)
    assert length_m(layout, shortest(layout, places)) == pytest.approx(
        round_trip(metres, held_karp(metres))
    )


@settings(max_examples=60, deadline=None)
@given(floors(crossings=True))
def test_it_is_the_shortest_over_several_blocks_too_while_places_are_few(floor):
    """Up to EXACT_PLACES of them."""
    layout, places = floor
    metres = distances(layout, places)
    assert len(places) <= EXACT_PLACES
    assert length_m(layout, shortest(layout, places)) == pytest.approx(
        round_trip(metres, held_karp(metres))
    )


@settings(max_examples=60, deadline=None)
@given(floors())
def test_every_route_is_a_walk_past_every_place_and_home(floor):
    """Along an aisle or along a cross-aisle, never through a rack, never shorter than exact."""
    layout, places = floor
    exact = length_m(layout, shortest(layout, places))
    for routing in ("s_shape", "largest_gap", "shortest"):
        walk = tour(layout, places, routing)
        assert walk[0] == walk[-1] == layout.home
        assert places <= set(walk)
        for (a, y), (b, z) in pairwise(walk):
            assert a == b or (y == z and y in layout.across)
        assert length_m(layout, walk) >= exact - 1e-9


@settings(max_examples=60, deadline=None)
@given(floors())
def test_the_length_of_an_s_shape_needs_the_farthest_pick_of_each_aisle(floor):
    """The short form, that of many at once, and the walk agree."""
    layout, places = floor
    far = {a: max(y for b, y in places if b == a) for a, _ in places}
    walk = tour(layout, places, "s_shape")
    assert s_shape_m(layout, far) == pytest.approx(length_m(layout, walk))
    by_aisle = np.zeros((2, layout.aisles))
    by_aisle[1, list(far)] = list(far.values())
    assert s_shapes_m(layout, by_aisle) == pytest.approx([0.0, length_m(layout, walk)])


def test_held_and_karp_find_what_all_permutations_find():
    """On points that no warehouse has."""
    random = np.random.default_rng(3)
    for n in range(1, 7):
        at = random.uniform(0, 9, (n, 2))
        metres = np.abs(at[:, None] - at[None]).sum(axis=2)
        best = min(round_trip(metres, (0, *p)) for p in permutations(range(1, n)))
        assert round_trip(metres, held_karp(metres)) == pytest.approx(best)


def test_routes_of_a_known_floor():
    """Three aisles: S-shape goes through all, largest gap turns round in the middle one."""
    places = {(0, 5.5), (1, 2.5), (1, 9.5), (2, 3.5)}
    # 12 m deep: through aisle 0, through aisle 1, into aisle 2 and back, home
    assert length_m(FLOOR, tour(FLOOR, places, "s_shape")) == 12 + 12 + 2 * 3.5 + 16
    # through aisles 0 and 2, from both ends into aisle 1
    assert length_m(FLOOR, tour(FLOOR, places, "largest_gap")) == 12 + 12 + 2 * 2.5 + 2 * 2.5 + 16


def test_no_places_make_no_tour():
    """Nothing to fetch, nowhere to go."""
    assert tour(FLOOR, set(), "s_shape") == ()
    assert length_m(FLOOR, ()) == 0.0


def test_rules_for_one_block_are_refused_where_there_are_more():
    """They would be walked in a way nobody defined."""
    crossed = FLOOR.model_copy(update={"crossings": (5,)})
    with pytest.raises(ImpossibleScenario, match="shortest"):
        tour(crossed, {(0, 1.5)}, "s_shape")


def test_many_places_over_several_blocks_are_walked_without_crossing_oneself():
    """No two legs of a 2-optimal tour can be exchanged for shorter ones."""
    crossed = Layout(aisles=6, bays=20, crossings=(10,), depot=2)
    random = np.random.default_rng(5)
    places = {(int(random.integers(6)), crossed.y(int(random.integers(20)))) for _ in range(25)}
    walk = shortest(crossed, places)
    assert places <= set(walk)
    apart = sum(2 * crossed.walk_m(crossed.home, place) for place in places)
    assert length_m(crossed, walk) < 0.5 * apart
