"""A plant's orders as planned now, beside the best order of work: what a planner is shown."""

import pickle
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.scenery import riverside
from tests.twin_core.simulation.sawmill import LINE
from tests.twin_core.simulation.scheduling.test_order_book import MINUTES, MONDAY, order, plant
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation.scheduling.offer import Offer
from twin_core.simulation.scheduling.plan import Plan, Totals, Wish, planned, plans
from twin_core.simulation.scheduling.solve import Limits
from twin_core.simulation.scheduling.trial import Upsets
from twin_core.value import SECOND

FOUR = plant(
    *(order(name, kind) for name, kind in zip("abcd", ("plank", "lath") * 2, strict=True)),
    changeovers=MINUTES,
)


def offered(found: Plan) -> tuple[Offer, Totals, Totals]:
    """The offer of a plan, and what is planned and offered comes to."""
    assert isinstance(found.outcome, Offer)
    assert found.before is not None
    assert found.offered is not None
    return found.outcome, found.before, found.offered


def test_as_planned_orders_follow_each_other_as_listed():
    """Plank, lath, plank, lath: three changeovers; offered is one fewer of each kind."""
    found = planned(FOUR, MONDAY, Wish(running={LINE: "plank"}))
    made, before, after = offered(found)
    assert (before.changeovers, before.changeover_s) == (3, 600 + 1200 + 600)
    assert (after.changeovers, after.changeover_s) == (1, 600)
    assert before.end - after.end == 1800 * SECOND
    assert found.better
    assert made.proven
    turns = {turn.order: turn for turn in found.turns}
    assert [turns[name].start_before for name in "abcd"] == sorted(
        turn.start_before for turn in found.turns
    )
    assert [turn.product for turn in found.turns] == ["plank", "plank", "lath", "lath"]
    assert all(turn.due is None for turn in found.turns)


def test_where_something_is_due_lateness_comes_first():
    """The last of four, due first, goes first, whatever that costs in changeovers."""
    orders = (*FOUR.orders[:3], order("d", "lath", due=MONDAY + 2000 * SECOND))
    found = planned(FOUR.model_copy(update={"orders": orders}), MONDAY, Wish())
    assert found.aim == "tardiness"
    made, before, after = offered(found)
    assert (before.late, after.late) == (1, 0)
    assert before.late_s == made.value_before > 0
    assert found.turns[0].order == "d"
    assert found.turns[0].due == MONDAY + 2000 * SECOND
    assert found.turns[0].late_before_s == before.late_s


def test_a_plan_that_is_best_already_is_offered_as_it_is():
    """Then nothing is better, and it is said."""
    found = planned(plant(order("a", "plank")), MONDAY, Wish())
    assert not found.better
    assert found.before == found.offered


def test_a_horizon_leaves_out_what_begins_later_and_is_not_due():
    """What is due in it stays, however late it would begin, and so does what is before it."""
    a, b, c, d = FOUR.orders
    c = c.model_copy(update={"due": MONDAY + 900 * SECOND})
    one = FOUR.model_copy(update={"orders": (a, b, c, d)})
    found = planned(one, MONDAY, Wish(horizon_s=900))
    assert {turn.order for turn in found.turns} == {"a", "b", "c"}
    assert found.left_out == {"d": "it neither begins nor is due so soon"}
    assert any(told.startswith("no due time is given of a, b:") for told in found.unsaid)
    alone = planned(FOUR, MONDAY, Wish(horizon_s=900))
    assert [turn.order for turn in alone.turns] == ["a"]
    made = Wish(horizon_s=900, made=dict.fromkeys("abcd", 600.0))
    with pytest.raises(ImpossibleScenario, match="no order to schedule"):
        planned(one, MONDAY, made)


def test_both_plans_meet_the_same_upsets():
    """As planned first; without upsets there is no trial."""
    assert offered(planned(FOUR, MONDAY, Wish()))[0].trial is None
    tried = offered(planned(FOUR, MONDAY, Wish(upsets=Upsets(spread=0.1)), seed=3))[0].trial
    assert tried is not None
    assert len(tried.outlooks) == 2
    assert tried.seed == 3
    assert tried.gains[1].mean > 0


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(4)), st.sampled_from([None, "plank", "lath"]))
def test_an_offer_is_never_later_than_the_plan(listed, running):
    """Whatever is listed first; and it comes again from a copy sent elsewhere."""
    orders = tuple(FOUR.orders[i] for i in listed)
    wish = Wish(running={LINE: running} if running else {})
    asked = (FOUR.model_copy(update={"orders": orders}), MONDAY, wish)
    found = planned(*asked)
    _, before, after = offered(found)
    assert after.end <= before.end
    assert planned(*pickle.loads(pickle.dumps(asked))) == found  # noqa: S301 (our own bytes)


def test_what_cannot_be_planned_is_refused():
    """Lines that are not, lateness of what is never late."""
    with pytest.raises(UnknownName):
        planned(FOUR, MONDAY, Wish(lines=("riverside/packaging/line9",)))
    with pytest.raises(ImpossibleScenario, match="no job has a due time"):
        planned(FOUR, MONDAY, Wish(aim="tardiness"))


def test_orders_that_may_change_lines_begin_from_the_best_of_each_line():
    """Two lines, one with nothing to do: never worse than its own line alone."""
    busy = riverside()
    line = "riverside/packaging/line"
    orders = tuple(o for o in busy.orders if o.line.endswith("line4"))[:4]
    one = busy.model_copy(update={"orders": orders})
    both = (f"{line}3", f"{line}4")
    apart = planned(one, MONDAY, Wish(lines=both))
    shared = planned(one, MONDAY, Wish(lines=both, any_line=True, limits=Limits(effort=0.5)))
    _, before, alone = offered(apart)
    _, same, after = offered(shared)
    assert before == same
    assert {turn.line for turn in apart.turns} == {f"{line}4"}
    assert {turn.line for turn in shared.turns} == set(both)
    assert after.end < alone.end
    assert after.late_s <= alone.late_s


class Watcher:
    """Hears of searches, and ends them once it has heard enough."""

    def __init__(self, enough):
        self.heard, self.enough = [], enough

    def told(self, progress):
        self.heard.append(progress)
        return len(self.heard) < self.enough

    @contextmanager
    def ending(self, _end):
        yield


def test_who_watches_hears_each_search_by_its_line_and_changes_nothing():
    """Best so far under its bound, with what is made small; the answer is the same."""
    watcher = Watcher(enough=10**6)
    wish = Wish(aim="makespan")
    assert plans(FOUR, MONDAY, wish, watch=watcher) == plans(FOUR, MONDAY, wish)
    assert {one.of for one in watcher.heard} == {(LINE,)}
    assert {one.aim for one in watcher.heard} == {"makespan"}
    assert all(one.value is None or one.bound <= one.value for one in watcher.heard)


def test_a_search_that_is_ended_offers_the_best_so_far():
    """What was run by the simulation, and no worse than what is planned."""
    eight = plant(*(order(f"o{k}", ("plank", "lath")[k % 2]) for k in range(8)),
                      changeovers=MINUTES)  # fmt: skip
    (found,) = plans(eight, MONDAY, Wish(aim="makespan"), watch=Watcher(enough=1)).plans
    assert isinstance(found.outcome, Offer)
    assert found.outcome.value <= found.outcome.value_before
    assert found.outcome.ended in {"told", "proven"}
