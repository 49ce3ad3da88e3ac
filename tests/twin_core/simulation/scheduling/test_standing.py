"""How orders stand by their plan: what the planner calls “before”, and nothing better."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.scenery import riverside
from tests.twin_core.simulation.sawmill import LINE
from tests.twin_core.simulation.scheduling.test_order_book import MINUTES, MONDAY, order, plant
from twin_core.simulation.scheduling.plan import Wish, planned
from twin_core.simulation.scheduling.standing import line_plans
from twin_core.value import SECOND

FOUR = plant(
    *(order(name, kind) for name, kind in zip("abcd", ("plank", "lath") * 2, strict=True)),
    changeovers=MINUTES,
)


@settings(max_examples=20, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["plank", "lath"]), min_size=1, max_size=5),
    running=st.sampled_from(["plank", "lath"]),
    due_s=st.one_of(st.none(), st.integers(1, 20_000)),
)
def test_the_times_are_those_that_the_planner_compares_with(kinds, running, due_s):
    """To the second, so that both tools tell the same."""
    due = None if due_s is None else MONDAY + due_s * SECOND
    orders = tuple(order(name, kind, due=due) for name, kind in zip("abcde", kinds, strict=False))
    of = plant(*orders, changeovers=MINUTES)
    (plan,) = line_plans(of, MONDAY, (LINE,), {LINE: running})
    turns = {t.order: t for t in planned(of, MONDAY, Wish(running={LINE: running})).turns}
    for one in plan.orders:
        turn = turns[one.order.id]
        assert (one.start, one.end, one.due) == (turn.start_before, turn.end_before, turn.due)
        assert (one.late_s or 0) == turn.late_before_s
    assert [one.place for one in plan.orders] == list(range(1, len(kinds) + 1))


def test_what_a_line_makes_now_is_held_against_what_its_first_order_wants():
    """Not seen, nothing speaks against it."""
    for running, fits in (({LINE: "plank"}, True), ({LINE: "lath"}, False), ({}, True)):
        (plan,) = line_plans(FOUR, MONDAY, (LINE,), running)
        assert plan.as_set_up is fits


def test_a_line_that_cannot_be_timed_keeps_its_orders_and_says_why():
    """A changeover that is needed and not given: no time is made up."""
    lacking = FOUR.model_copy(update={"changeovers": {LINE: {"plank": {"lath": 10.0}}}})
    (plan,) = line_plans(lacking, MONDAY, (LINE,), {})
    assert [one.order.id for one in plan.orders] == ["a", "b", "c", "d"]
    assert all(one.end is None and one.late_s is None for one in plan.orders)
    assert "no changeover from lath to plank" in plan.orders[0].why


def test_lines_are_told_in_the_order_asked_and_those_without_orders_not_at_all():
    """However the plant lists them."""
    lines = ("riverside/packaging/line3", "riverside/utilities/air", "riverside/packaging/line1")
    found = line_plans(riverside(), MONDAY, lines, {})
    assert [plan.line for plan in found] == [lines[0], lines[2]]
