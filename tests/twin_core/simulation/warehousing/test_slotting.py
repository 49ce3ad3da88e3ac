"""Where goods should lie."""

from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.warehousing.depot import order, stored
from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.plant.warehouse import Layout, Slot, Times, Weight
from twin_core.simulation.warehousing.slot_swaps import by_order_s
from twin_core.simulation.warehousing.slotting import Rule, misplaced, one_by_one_s, slotted

FLOOR = Layout(aisles=2, bays=4, gap_m=3.0)
TIMES = Times()
RULES: tuple[Rule, ...] = get_args(Rule)
NAMES = ["bolts", "glue", "nails", "screws", "wire"]


def wanted(**lines):
    return [order(f"{name} {k}", name) for name, n in lines.items() for k in range(n)]


def bay(floor, name):
    return min(
        floor.layout.walk_m(floor.layout.home, floor.layout.spot(s)) for s in floor.faces[name]
    )


@pytest.mark.parametrize("rule", RULES)
def test_what_is_wanted_most_comes_to_lie_nearest(rule):
    """By every rule, where each order is one line."""
    floor = stored(FLOOR, bolts=(1, 3), glue=(1, 2), nails=(0, 0))
    made = slotted(floor, wanted(bolts=9, glue=3, nails=1), TIMES, rule)
    assert bay(made, "bolts") == 1.5
    assert bay(made, "bolts") <= bay(made, "glue") <= bay(made, "nails")
    assert set(made.faces) == set(floor.faces)


def test_popularity_forgets_space_and_cube_per_order_does_not():
    """Six lines over four slots are worth less nearness than five over one."""
    narrow = Layout(aisles=1, bays=3)
    floor = stored(narrow, bulk=[(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)], tiny=(0, 2))
    orders = wanted(bulk=6, tiny=5)
    assert bay(slotted(floor, orders, TIMES, "popularity"), "tiny") == 3.5
    by_cube = slotted(floor, orders, TIMES, "cube_per_order")
    assert bay(by_cube, "tiny") == 1.5
    assert one_by_one_s(by_cube, orders, TIMES) == pytest.approx(
        one_by_one_s(slotted(floor, orders, TIMES, "assignment"), orders, TIMES)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=5, max_size=5), st.booleans())
def test_the_assignment_is_the_least_of_all(counts, heavy):
    """Of every arrangement of single lines, heavy goods on the floor or not."""
    layout = Layout(aisles=1, bays=2, levels=2)
    floor = stored(
        layout, {"bolts": 20, "glue": 20}, bolts=(0, 0), glue=(0, 0, 1), nails=(0, 1),
        screws=(0, 1, 1), wire=(0, 0, 0, 1),
    )  # fmt: skip
    orders = wanted(**dict(zip(NAMES, counts, strict=True))) or wanted(bolts=1)
    limits: dict[Weight, int] = {"heavy": 0} if heavy else {}
    reach = {s: 2 * layout.walk_m((0, 0.0), layout.spot(s)) + 4 * s.level for s in layout.slots()}
    counts = [sum(o.lines[0].article == name for o in orders) for name in NAMES]
    best = min(
        sum(n * reach[s] for n, s in zip(counts, chosen, strict=True))
        for chosen in permutations(reach, 5)
        if not heavy or chosen[0].level == chosen[1].level == 0
    )
    made = slotted(floor, orders, TIMES, "assignment", highest=limits)
    assert one_by_one_s(made, orders, TIMES) == pytest.approx(best)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_the_rule_goods_keep_their_slots_and_limits(data):
    """As many slots as before, no two in one, none higher than allowed; swaps never do worse."""
    layout = Layout(aisles=2, bays=2, levels=2)
    slots = data.draw(st.permutations(list(layout.slots())))
    floor = stored(layout, {"bolts": 20}, **{n: [] for n in NAMES})
    each = data.draw(st.lists(st.integers(1, 3), min_size=5, max_size=5))
    lies, rest = {}, iter(slots)
    for name, n in zip(NAMES, each, strict=True):
        lies[name] = tuple(next(rest) for _ in range(n))
    floor = floor.moved(lies)
    orders = [
        order(str(k), *data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)))
        for k in range(8)
    ]
    for rule in RULES:
        made = slotted(floor, orders, TIMES, rule, highest={"heavy": 0}, seed=3)
        taken = [slot for slots in made.faces.values() for slot in slots]
        assert len(set(taken)) == len(taken)
        assert {a: len(s) for a, s in made.faces.items()} == {a: len(s) for a, s in lies.items()}
        assert all(slot.level == 0 for slot in made.faces["bolts"])
    for rule in RULES[1:3]:
        start = slotted(floor, orders, TIMES, rule, highest={"heavy": 0})
        assert by_order_s(made, orders, TIMES) <= by_order_s(start, orders, TIMES) + 1e-9


def test_what_is_ordered_together_comes_to_lie_together():
    """Swaps see it; rules by single lines cannot."""
    layout = Layout(aisles=3, bays=1, gap_m=20.0, depot=1)
    floor = stored(
        layout,
        bolts=(0, 0),
        nails=(2, 0),
        glue=(0, 0, 1),
        wire=(2, 0, 1),
        tape=(1, 0),
        rope=(1, 0, 1),
    )
    orders = [
        order(f"{k}", *pair) for k in range(5) for pair in (("bolts", "nails"), ("glue", "wire"))
    ]
    orders += wanted(tape=9, rope=9)
    made = slotted(floor, orders, TIMES, "swaps")
    assert made.faces["bolts"][0].aisle == made.faces["nails"][0].aisle
    assert made.faces["glue"][0].aisle == made.faces["wire"][0].aisle


def test_the_dearest_misplacement_is_told_first():
    """With what fetching its lines there would save."""
    floor = stored(FLOOR, bolts=(1, 3), glue=(0, 1), nails=(0, 0))
    orders = wanted(bolts=9, glue=1, nails=1)
    better = slotted(floor, orders, TIMES, "assignment")
    (first, *_) = misplaced(floor, better, orders, TIMES)
    assert first.article == "bolts"
    assert first.lies == (Slot(aisle=1, bay=3),)
    assert first.saves_s == pytest.approx(9 * 2 * (3 + 4.5 - 1.5))
    assert misplaced(better, better, orders, TIMES) == ()


def test_what_finds_no_place_is_refused():
    """Three heavy articles, two slots on the floor; or more than an exact assignment can do."""
    layout = Layout(aisles=1, bays=1, levels=2)
    heavy = dict.fromkeys(["a", "b", "c"], 20)
    floor = stored(layout, heavy, a=(0, 0), b=(0, 0, 1), c=(0, 0, 0, 1))
    for rule in RULES:
        with pytest.raises(ImpossibleScenario, match=r"low levels|levels it may"):
            slotted(floor, wanted(a=1), TIMES, rule, highest={"heavy": 0})
    with pytest.raises(UnknownName):
        slotted(floor, wanted(z=1), TIMES, "popularity")
    huge = Layout(aisles=200, bays=100, levels=5)
    many = stored(huge, bulk=[(0, b) for b in range(100)])
    with pytest.raises(TooLarge):
        slotted(many, wanted(bulk=1), TIMES, "assignment")
