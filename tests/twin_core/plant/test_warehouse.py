"""The nouns of a warehouse say what cannot be, and how far it is."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from tests.twin_core.simulation.warehousing.depot import article, floors, order, stored
from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.plant.warehouse import Layout, PickOrder, Slot, Times, Warehouse

FLOOR = Layout(aisles=3, bays=10, bay_m=1.0, gap_m=4.0, end_m=1.5)


def test_a_walk_takes_the_nearer_cross_aisle():
    """Two bays near the back are joined by the back, two near the front by the front."""
    assert FLOOR.depth_m == 12.0
    assert FLOOR.walk_m((0, 1.5), (2, 2.5)) == 8.0 + 4.0
    assert FLOOR.walk_m((0, 10.5), (2, 9.5)) == 8.0 + 1.5 + 2.5
    assert FLOOR.walk_m((1, 1.5), (1, 9.5)) == 8.0


def test_a_middle_cross_aisle_shortens_the_way():
    """It lies in the gap that it makes between two bays."""
    crossed = FLOOR.model_copy(update={"crossings": (5,), "crossing_m": 3.0})
    assert crossed.across == (0.0, 7.5, 15.0)
    assert crossed.walk_m((0, crossed.y(4)), (1, crossed.y(5))) == 4.0 + 2.0 + 2.0
    assert crossed.walk_m((0, crossed.y(4)), (1, crossed.y(5))) < FLOOR.walk_m(
        (0, FLOOR.y(4)), (1, FLOOR.y(5))
    )


@settings(max_examples=40, deadline=None)
@given(floors(crossings=True))
def test_walking_is_a_metric(floor):
    """Never negative, as far there as back, never longer than by a third place."""
    layout, places = floor
    spots = [layout.home, *places]
    for a in spots:
        assert layout.walk_m(a, a) == 0.0
        for b, c in pairwise(spots):
            assert layout.walk_m(a, b) == pytest.approx(layout.walk_m(b, a))
            assert layout.walk_m(a, c) <= layout.walk_m(a, b) + layout.walk_m(b, c) + 1e-9


def test_there_is_a_slot_for_each_side_and_level():
    """As many as aisles, bays, two sides and levels make."""
    layout = Layout(aisles=2, bays=3, levels=4)
    assert len(set(layout.slots())) == 2 * 3 * 2 * 4
    assert all(layout.holds(slot) for slot in layout.slots())


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({"depot": 3}, "0 to 2"),
        ({"crossings": (0,)}, "1 to 9"),
        ({"crossings": (5, 5)}, "6 to 9, ascending"),
        ({"crossings": (10,)}, "1 to 9"),
    ],
)
def test_a_layout_that_cannot_be_says_what_could(given, allowed):
    """A depot beyond the aisles, a cross-aisle beyond the bays."""
    with pytest.raises(ImpossibleScenario, match=allowed):
        Layout(aisles=3, bays=10, **given)
    with pytest.raises(TooLarge, match="200000 slots"):
        Layout(aisles=200, bays=500, levels=20)


def test_goods_lie_in_slots_that_are_there_one_article_a_slot():
    """A slot beyond the layout, an article nobody knows, and two articles in one are refused."""
    with pytest.raises(ImpossibleScenario, match="3 aisles of 10 bays"):
        stored(FLOOR, nails=(3, 0))
    with pytest.raises(ImpossibleScenario, match="one article a slot"):
        stored(FLOOR, nails=(0, 0), screws=(0, 0))
    with pytest.raises(ImpossibleScenario, match="nails twice in one slot"):
        stored(FLOOR, nails=[(0, 0), (0, 0)])
    with pytest.raises(ImpossibleScenario, match="an article told twice"):
        Warehouse(layout=FLOOR, articles=(article("nails"), article("nails", 20.0)), faces={})
    with pytest.raises(UnknownName, match="screws"):
        Warehouse(
            layout=FLOOR, articles=(article("nails"),), faces={"screws": (Slot(aisle=0, bay=0),)}
        )


def test_orders_that_cannot_be_picked_are_refused():
    """No orders, an article nobody knows, one that lies nowhere."""
    floor = stored(FLOOR, nails=(0, 0), screws=[])
    with pytest.raises(ImpossibleScenario, match="one order or more"):
        floor.check([])
    with pytest.raises(UnknownName, match="glue"):
        floor.check([order("1", "glue")])
    with pytest.raises(ImpossibleScenario, match="lies nowhere"):
        floor.check([order("1", "screws")])


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, 1e12])
def test_times_of_orders_are_finite(bad):
    """A time that is not a time of this year is no arrival."""
    with pytest.raises(ValidationError):
        PickOrder(id="1", lines=order("x", "y").lines, arrival_s=bad, due_s=0.0)
    with pytest.raises(ValidationError):
        Times(speed_m_s=bad)


def test_weight_has_three_classes():
    """Up to 5 kg light, from 15 kg heavy."""
    assert [article("a", kg).weight for kg in (4.9, 5.0, 14.9, 15.0)] == [
        "light", "medium", "medium", "heavy",
    ]  # fmt: skip
