"""What the search finds keeps the law, is as good as trying everything, and comes again."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.scheduling.shops import best_of_all, job, machine, op, shop, shops
from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.simulation.scheduling.dispatch import RULES, dispatch
from twin_core.simulation.scheduling.run import run
from twin_core.simulation.scheduling.schedule import Schedule, broken
from twin_core.simulation.scheduling.search import Found, NoneExists, NoneYet, cost, search
from twin_core.simulation.scheduling.shop import Fleet, Job
from twin_core.simulation.scheduling.solve import Limits

LIMITS = Limits(effort=0.5, seconds=60.0)
AIMS = st.sampled_from(["makespan", "tardiness"])


def found_in(given_shop, aim="makespan", limits=LIMITS, **more):
    """A search that finds something."""
    answer = search(given_shop, aim, limits, **more)
    assert isinstance(answer, Found)
    return answer


def due(given_shop):
    return any(one.due is not None for one in given_shop.jobs)


@settings(max_examples=40, deadline=None)
@given(shops(), AIMS)
def test_what_is_found_keeps_every_rule_and_is_never_worse_than_dispatching(given_shop, aim):
    """The law finds nothing, the simulation nothing later, and no rule of the floor does better."""
    assume(aim == "makespan" or due(given_shop))
    found = found_in(given_shop, aim)
    assert broken(given_shop, found.schedule) == ()
    assert all(end <= s.end for s, _, end in run(given_shop, found.schedule).stints)
    assert found.bound <= found.value == cost(given_shop, aim, found.schedule)
    assert all(found.value <= cost(given_shop, aim, dispatch(given_shop, r)) for r in RULES)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(shops(most_jobs=3, most_operations=2), AIMS)
def test_a_proven_optimum_is_what_trying_everything_finds(given_shop, aim):
    """Over every machine, sequence and round that there is, each run by the simulation."""
    assume(sum(len(one.operations) for one in given_shop.jobs) <= 4)
    assume(aim == "makespan" or due(given_shop))
    found = found_in(given_shop, aim, Limits(effort=20.0))
    assert found.proven
    dues = {one.id: one for one in given_shop.jobs if one.due is not None}

    def late(ran):
        ends = ran.ends()
        return sum(one.weight * max(0, ends[name] - one.due) for name, one in dues.items())

    costs = late if aim == "tardiness" else lambda ran: ran.makespan
    assert found.value == best_of_all(given_shop, costs)


def test_of_schedules_equally_late_the_soonest_is_found():
    """Nothing is ever late here, so lateness alone would allow any changeovers there are."""
    families = ["red", "blue"] * 3
    table = {"red": {"blue": 9}, "blue": {"red": 9}}
    never = shop(
        [machine("m", changeovers=table, family="red")],
        [job(f"j{i}", ("m", 5), family=f, due=900) for i, f in enumerate(families)],
    )
    found = found_in(never, "tardiness")
    assert (found.value, found.schedule.makespan) == (0, 6 * 5 + 9)


def flow(n, **more):
    """`n` jobs through three machines, of lengths that do not sort themselves."""
    return shop(
        [machine("a"), machine("b"), machine("c")],
        [
            job(f"j{i}", *((m, 1 + (7 * i + 5 * k) % 11) for k, m in enumerate("abc")), **more)
            for i in range(n)
        ],
    )


def test_the_same_question_has_the_same_answer():
    """Effort and seed decide; also when the effort ends the search."""
    short = Limits(effort=0.02, seconds=60.0)
    first, second = search(flow(12), "makespan", short), search(flow(12), "makespan", short)
    assert first == second


def test_deadlines_that_one_job_cannot_keep_name_it():
    """With the earliest moment at which it could end."""
    one = shop([machine("m", (2, 9))], [job("a", ("m", 5), deadline=11), job("b", ("m", 1))])
    answer = search(one, "makespan", LIMITS)
    assert isinstance(answer, NoneExists)
    assert answer.jobs == ("a",)
    assert "deadline at 11 s" in answer.told
    assert "ends at 12 s" in answer.told


def test_deadlines_that_jobs_cannot_keep_together_name_as_few_as_can_be():
    """Three jobs of 4 s by 10 s cannot be; who has time enough is not named."""
    jobs = [job(name, ("m", 4), deadline=10) for name in "abc"]
    one = shop([machine("m")], [job("free", ("m", 4)), *jobs, job("late", ("m", 4), deadline=99)])
    answer = search(one, "makespan", LIMITS)
    assert isinstance(answer, NoneExists)
    assert answer.jobs == ("a", "b", "c")


def test_a_deadline_that_no_rule_of_the_floor_keeps_is_kept():
    """Whoever is last in the file may have to be first."""
    one = shop([machine("m")], [job("a", ("m", 5)), job("b", ("m", 6), deadline=6)])
    found = found_in(one)
    assert found.schedule.order("m")[0].job == "b"


def test_none_found_in_time_is_an_answer_of_its_own():
    """Deadlines that dispatching misses, and no effort to keep them."""
    tight = flow(10)
    best = found_in(tight, limits=Limits(effort=20.0)).value
    tight = shop(tight.machines, [j.model_copy(update={"deadline": best}) for j in tight.jobs])
    answer = search(tight, "makespan", Limits(effort=1e-6))
    assert isinstance(answer, NoneYet)
    assert answer.ended == "effort"


def test_progress_is_told_and_can_end_the_search():
    """Told of values that fall and bounds that rise; False ends it with the best so far."""
    heard = []

    def told(progress):
        heard.append(progress)
        return len(heard) < 3

    found = found_in(flow(14), told=told)
    assert found.ended in {"told", "proven"}
    assert len(heard) <= 3
    values = [p.value for p in heard if p.value is not None]
    assert values == sorted(values, reverse=True)


def test_what_fails_while_it_is_told_is_not_swallowed():
    """The search ends, and the failure comes out."""

    def told(_):
        raise KeyError("listener")

    with pytest.raises(KeyError, match="listener"):
        search(flow(14), "makespan", LIMITS, told=told)


def test_nothing_to_do_takes_no_time():
    """An empty shop has the empty schedule, proven."""
    found = found_in(shop([machine("m")], []))
    assert (found.value, found.bound, found.schedule) == (0, 0, Schedule())
    assert found.proven


def test_lateness_without_a_due_time_is_refused():
    """Nothing can be late: the aim means nothing."""
    with pytest.raises(ImpossibleScenario, match="no job has a due time"):
        search(flow(2), "tardiness", LIMITS)


def test_a_start_that_breaks_rules_is_refused():
    """With the rule, in its own words."""
    with pytest.raises(ImpossibleScenario, match="is not scheduled"):
        search(flow(2), "makespan", LIMITS, start=Schedule())


def test_more_than_can_be_weighed_is_refused():
    """Six hundred trips, each after each."""
    places = {"m": {"n": 1}, "n": {"m": 1}}
    jobs = [Job(id=f"j{i}", operations=(op(("m", 1)), op(("n", 1)))) for i in range(300)]
    big = shop([machine("m"), machine("n")], jobs, fleet=Fleet(vehicles=2, travel=places))
    with pytest.raises(TooLarge):
        search(big, "makespan", LIMITS)
