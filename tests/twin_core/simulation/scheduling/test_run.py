"""Sequences executed: never later than planned, and by the floor's own rules under upsets."""

from math import inf

import pytest
from hypothesis import given, settings

from tests.twin_core.simulation.scheduling.shops import job, machine, shop, shops
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.scheduling.dispatch import RULES, dispatch
from twin_core.simulation.scheduling.run import AS_GIVEN, Luck, run, timed
from twin_core.simulation.scheduling.schedule import Schedule, Stint, broken
from twin_core.simulation.scheduling.shop import Fleet


def stint(name, k, on, start, end):
    return Stint(job=name, operation=k, machine=on, start=start, end=end)


@settings(max_examples=100, deadline=None)
@given(shops())
def test_with_times_as_given_nothing_ends_later_than_planned(given_shop):
    """What is executed breaks no rule either, and every operation ends by its planned end."""
    for rule in RULES:
        planned = dispatch(given_shop, rule)
        ran = run(given_shop, planned)
        assert ran.waiting == ()
        assert broken(given_shop, timed(ran)) == ()
        assert all(end <= stint.end for stint, _, end in ran.stints)


def test_idle_time_that_nothing_asks_for_is_not_kept():
    """The sequences are executed, not the times."""
    one = shop([machine("m")], [job("a", ("m", 5)), job("b", ("m", 5))])
    lazy = Schedule(stints=(stint("a", 0, "m", 10, 15), stint("b", 0, "m", 40, 45)))
    assert timed(run(one, lazy)).makespan == 10


def test_sequences_that_wait_for_each_other_are_told():
    """Two jobs in opposite order on two machines never begin."""
    jobs = [job("a", ("m", 5), ("n", 5)), job("b", ("n", 5), ("m", 5))]
    crossed = Schedule(
        stints=(
            stint("b", 1, "m", 0, 5), stint("a", 0, "m", 5, 10),
            stint("a", 1, "n", 0, 5), stint("b", 0, "n", 5, 10),
        )
    )  # fmt: skip
    assert len(run(shop([machine("m"), machine("n")], jobs), crossed).waiting) == 4


def test_a_machine_that_pauses_goes_on_after_its_window():
    """Eight seconds of work from 0, closed from 3 to 10: done at 15."""
    one = shop([machine("m", (3, 10))], [job("a", ("m", 8))])
    assert run(one, dispatch(one, "fifo")).makespan == 15


def test_a_machine_that_may_not_pause_waits_until_there_is_room():
    """Eight seconds do not fit before 3: they begin at 10."""
    one = shop([machine("m", (3, 10), pauses=False)], [job("a", ("m", 8))])
    assert run(one, dispatch(one, "fifo")).makespan == 18


def test_what_overruns_on_a_machine_that_may_not_pause_puts_off_its_window():
    """Begun because three fit before 4; it takes six, so the window lasts from 6 to 8."""
    one = shop([machine("m", (4, 6), pauses=False)], [job("a", ("m", 3)), job("b", ("m", 1))])
    twice = Luck(lambda name, _: 2 if name == "a" else 1, AS_GIVEN.stop)
    ran = run(one, dispatch(one, "fifo"), twice)
    assert [(s, e) for _, s, e in ran.stints] == [(0, 6), (8, 9)]
    assert ran.shut["m"] == 2


def test_a_stop_costs_its_repair_and_no_work():
    """A machine that stops after 4 s of work for 10 s ends 8 s of work at 18."""
    one = shop([machine("m")], [job("a", ("m", 8))])
    stops = iter([(4, 10), (inf, 0)])
    ran = run(one, dispatch(one, "fifo"), Luck(lambda *_: 1, lambda _: next(stops)))
    assert ran.makespan == 18
    assert ran.working["m"] == 8


def test_a_vehicle_comes_empty_and_then_brings():
    """One vehicle, two jobs: out with one, back for the other, out again."""
    fleet = Fleet(vehicles=1, travel={"dock": {"m": 4}, "m": {"dock": 3}}, dock="dock")
    one = shop([machine("m")], [job("a", ("m", 1)), job("b", ("m", 1))], fleet=fleet)
    assert [(s, e) for _, s, e in run(one, dispatch(one, "fifo")).trips] == [(0, 4), (7, 11)]


def test_what_the_shop_has_not_is_refused():
    """Unknown jobs, machines and trips, and what is there twice."""
    one = shop([machine("m")], [job("a", ("m", 5))])
    for stints in (
        [stint("z", 0, "m", 0, 5)],
        [stint("a", 1, "m", 0, 5)],
        [stint("a", 0, "elsewhere", 0, 5)],
        [stint("a", 0, "m", 0, 5), stint("a", 0, "m", 5, 10)],
    ):
        with pytest.raises(ImpossibleScenario):
            run(one, Schedule(stints=tuple(stints)))
