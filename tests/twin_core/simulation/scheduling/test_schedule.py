"""The law of a schedule: every rule has a schedule that breaks it alone, and is named."""

import pytest
from pydantic import ValidationError

from tests.twin_core.simulation.scheduling.shops import job, machine, shop
from twin_core.simulation.scheduling.schedule import (
    Changeover,
    Schedule,
    Stint,
    Trip,
    broken,
    tardiness,
    use,
)
from twin_core.simulation.scheduling.shop import Fleet

CHANGES = {"red": {"blue": 2}, "blue": {"red": 3}}
TRAVEL = {"dock": {"m": 2, "n": 2}, "m": {"n": 3, "dock": 2}, "n": {"m": 3, "dock": 2}}
SHOP = shop(
    [machine("m", (10, 14)), machine("n", (20, 25), pauses=False, changeovers=CHANGES)],
    [
        job("a", ("m", 6), ("n", 4), family="red", release=1, due=30, weight=2),
        job("b", ("n", 5), family="blue", deadline=40),
    ],
    fleet=Fleet(vehicles=1, travel=TRAVEL, dock="dock"),
)
GOOD = Schedule(
    stints=(
        Stint(job="a", operation=0, machine="m", start=5, end=15),
        Stint(job="a", operation=1, machine="n", start=25, end=29),
        Stint(job="b", operation=0, machine="n", start=33, end=38),
    ),
    changeovers=(Changeover(machine="n", start=30, end=32, job="b", operation=0),),
    trips=(
        Trip(vehicle=0, job="a", operation=0, origin="dock", target="m", start=1, end=3),
        Trip(vehicle=0, job="a", operation=1, origin="m", target="n", start=15, end=18),
        Trip(vehicle=0, job="b", operation=0, origin="dock", target="n", start=20, end=22),
    ),
)


def bent(kind, index, **changes):
    """The good schedule with one thing changed."""
    things = list(getattr(GOOD, kind))
    things[index] = things[index].model_copy(update=changes)
    return GOOD.model_copy(update={kind: tuple(things)})


def without(kind, index):
    """The good schedule with one thing missing."""
    things = list(getattr(GOOD, kind))
    del things[index]
    return GOOD.model_copy(update={kind: tuple(things)})


def test_a_schedule_that_keeps_every_rule_breaks_none():
    """The one from which all the others here are bent."""
    assert broken(SHOP, GOOD) == ()


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (without("stints", 2), "operation 1 of b is not scheduled"),
        (bent("stints", 2, job="z"), "no operation of the shop"),
        (bent("stints", 2, operation=7), "no operation of the shop"),
        (
            GOOD.model_copy(update={"stints": (*GOOD.stints, GOOD.stints[2])}),
            "scheduled 2 times",
        ),
        (bent("stints", 0, machine="n"), "cannot be done on n"),
        (bent("stints", 0, machine="nowhere"), "cannot be done on nowhere"),
        (bent("stints", 0, end=16), "has 7 open s on m, and needs 6"),
        (bent("stints", 0, start=0, end=6), "before its release"),
        (bent("stints", 0, start=-3, end=3), "before the shop's start"),
        (bent("stints", 0, start=11, end=20), "begins while m is closed"),
        (bent("stints", 0, end=14), "ends while m is closed"),
        (bent("stints", 1, start=14, end=18), "begins before operation 1 of a has ended"),
        (bent("stints", 1, start=18, end=27), "runs on while n is closed"),
        (bent("stints", 2, start=36, end=41), "ends after its deadline"),
        (bent("stints", 2, start=28, end=33), "overlap on n"),
        (without("changeovers", 0), "the changeover to operation 1 of b is missing"),
        (bent("changeovers", 0, end=31), "has 1 open s on n, and needs 2"),
        (bent("changeovers", 0, start=28, end=30), "does not lie between"),
        (bent("changeovers", 0, start=32, end=34), "does not lie between"),
        (bent("changeovers", 0, job="a"), "is made for nothing"),
        (bent("changeovers", 0, machine="nowhere"), "which is no machine of the shop"),
        (
            GOOD.model_copy(update={"changeovers": GOOD.changeovers * 2}),
            "is made 2 times",
        ),
        (without("trips", 1), "has 0 trips, and needs 1"),
        (bent("trips", 1, origin="n", target="m"), "goes from n to m"),
        (bent("trips", 1, start=14, end=17), "before the job is ready"),
        (bent("trips", 1, start=23, end=26), "after the operation has begun"),
        (bent("trips", 1, end=19), "takes 4 s, and needs 3"),
        (bent("trips", 2, start=19, end=21), "before vehicle 0 can be there"),
        (bent("trips", 2, vehicle=1), "there is no vehicle 1"),
        (bent("trips", 2, origin="nowhere"), "cannot come"),
        (bent("trips", 2, job="z"), "is made for nothing"),
    ],
)
def test_each_rule_is_named_when_it_is_broken(schedule, said):
    """One thing bent, and the sentence that says so."""
    assert any(said in problem for problem in broken(SHOP, schedule)), broken(SHOP, schedule)


def test_without_vehicles_every_trip_is_for_nothing():
    """A trip in a shop that has no fleet is none of it."""
    on_foot = SHOP.model_copy(update={"fleet": None})
    assert len(broken(on_foot, GOOD)) == 3


def test_measures_are_of_work_and_open_time():
    """Pauses are no work, windows no open time, and a second of lateness counts its weight."""
    assert GOOD.makespan == 38
    assert tardiness(SHOP, GOOD) == 0
    late = SHOP.model_copy(
        update={"jobs": (SHOP.jobs[0].model_copy(update={"due": 20}), SHOP.jobs[1])}
    )
    assert tardiness(late, GOOD) == 2 * 9
    m, n = use(SHOP, GOOD)
    assert (m.working, m.changing, m.open) == (6, 0, 34)
    assert (n.working, n.changing, n.open) == (9, 2, 33)
    assert n.share == 9 / 33


def test_an_empty_schedule_of_an_empty_shop_is_good():
    """Nothing to do is done at 0, and no machine was open for it."""
    empty = shop([machine("m")], [])
    assert broken(empty, Schedule()) == ()
    assert Schedule().makespan == 0
    assert use(empty, Schedule())[0].share is None


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: machine("m", (5, 5)), "not after"),
        (lambda: machine("m", (0, 5), (5, 9)), "does not lie after"),
        (lambda: machine("m", (6, 9), (0, 5)), "does not lie after"),
        (lambda: machine("two words"), "pattern"),
        (lambda: shop([], []), "at least 1"),
        (lambda: shop([machine("m"), machine("m")], []), "two machines have one id"),
        (lambda: shop([machine("m")], [job("a", ("m", 1))] * 2), "two jobs have one id"),
        (lambda: shop([machine("m")], [job("a", ("x", 1))]), "which is no machine"),
        (lambda: job("a", ("m", 0)), "greater than or equal to 1"),
        (lambda: job("a", ("m", 10**12)), "less than or equal"),
        (lambda: job("a", ("m", float("nan"))), "finite number"),
        (
            lambda: shop([machine("m", changeovers=CHANGES)], [job("a", ("m", 1))]),
            "has no family",
        ),
        (
            lambda: shop(
                [machine("m", changeovers=CHANGES)],
                [job("a", ("m", 1), family="red"), job("b", ("m", 1), family="pink")],
            ),
            "no changeover is given from pink to red",
        ),
        (
            lambda: shop(
                [machine("m"), machine("n")],
                [job("a", ("m", 1), ("n", 1))],
                fleet=Fleet(vehicles=1, travel={"m": {"n": 1}}),
            ),
            "no travel time is given from n to m",
        ),
    ],
)
def test_a_shop_that_leaves_something_open_is_refused(make, said):
    """What must be given and is not, or is given twice, is named."""
    with pytest.raises(ValidationError, match=said):
        make()
