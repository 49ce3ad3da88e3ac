"""Scenarios ranked by what is wanted of them, and where chance may be it."""

import numpy as np
import pytest

from tests.twin_core.simulation.paid_sawmill import paid_mill
from tests.twin_core.simulation.sawmill import FAN, LINE, MAIN, PLANER, SAW, T0, Mill
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation import ranking
from twin_core.simulation.indicators import Indicators
from twin_core.simulation.measured import Measured, estimate
from twin_core.simulation.model import Experiment, Model
from twin_core.simulation.objective import Objective, Term
from twin_core.simulation.ranking import rank
from twin_core.simulation.sampling import Sampled
from twin_core.simulation.scenario import (
    Capacity,
    Demand,
    Running,
    Scenario,
    Speed,
    Staffing,
    Stops,
)

MILL = paid_mill().snapshot()
GO_ON = Scenario(name="go on", line=LINE, horizon_s=180.0)
SPEED = Objective()


def change(name, *changes, **more):
    return GO_ON.model_copy(update={"name": name, "changes": changes, **more})


SLOW = change("slow", Speed(asset=SAW, factor=0.8))
SAME = change("same", Speed(asset=SAW, factor=1.0))
LEAK = change("leak", Demand(asset=MAIN, factor=6), Capacity(asset=FAN, factor=0.2))


def by(*names, kind="weighted", **more):
    return Objective(kind=kind, terms=tuple(Term(indicator=n, **more) for n in names))


def test_the_fastest_comes_first_and_the_same_is_not_told_apart():
    """What changes nothing stands beside what it does not change."""
    found = rank(MILL, [GO_ON, SLOW, SAME], SPEED, 1, 40)
    assert [r.place for r in found.ranked] == [0, 2, 1]
    assert [r.rank for r in found.ranked] == [1, 2, 3]
    assert found.ranked[0].like == (2,)
    assert found.ranked[2].like == ()
    same, slow = found.ranked[1:]
    assert same.behind is not None
    assert same.behind.mean == 0.0
    assert slow.score is not None
    assert slow.score.mean == pytest.approx(-20, abs=3)
    assert slow.behind is not None
    assert slow.behind.low > 0
    assert {f.scenario.name for f in found.best} == {"go on", "same"}
    assert (found.level, found.replications, found.seed) == (0.90, 40, 1)


def test_money_may_outweigh_speed():
    """A slow saw saves energy: who cares for nothing else prefers it."""
    thrifty = rank(MILL, [GO_ON, SLOW], by("cost"), 1, 40)
    assert thrifty.forecasts[thrifty.ranked[0].place].scenario.name == "slow"
    assert thrifty.ranked[0].gains["cost"].unit == "NOK"
    assert thrifty.ranked[0].gains["cost"].mean < 0
    both = Objective(terms=(Term(indicator="rate", weight=2), Term(indicator="cost")))
    assert rank(MILL, [GO_ON, SLOW], both, 1, 40).ranked[0].place == 0


def test_what_is_better_may_be_said():
    """Who wants less output gets it."""
    least = Objective(terms=(Term(indicator="rate", better="less"),))
    assert rank(MILL, [GO_ON, SLOW], least, 1, 8).ranked[0].place == 1


def test_risk_counts_in_percentage_points():
    """A main that surely falls below its limit is a hundred points worse than one that does not."""
    found = rank(MILL, [GO_ON, LEAK], by("risk"), 1, 40)
    assert found.forecasts[0].others["risk"].mean == 0.0
    assert found.forecasts[1].others["risk"].mean == 1.0
    assert found.ranked[1].score == estimate(np.full(40, -100.0), "%")


def test_lateness_counts_by_the_horizon():
    """A slower saw ends an order later; an order that ends as it is due is no reason to explode."""
    early, late = (
        s.model_copy(update={"running": Running(order="o-1", made=5000)}) for s in (GO_ON, SLOW)
    )
    found = rank(MILL, [early, late], by("lateness"), 1, 40)
    worse = found.ranked[1]
    assert worse.score is not None
    assert worse.score.mean == pytest.approx(-100 * worse.gains["lateness"].mean / 180)
    assert worse.gains["lateness"].unit == "s"


def test_the_first_term_decides_where_it_can():
    """Risk before speed: a leak is last although nothing else is asked of it."""
    found = rank(MILL, [LEAK, GO_ON, SLOW], by("risk", "rate", kind="lexicographic"), 1, 40)
    names = [found.forecasts[r.place].scenario.name for r in found.ranked]
    assert names == ["go on", "slow", "leak"]
    assert [r.decided_by for r in found.ranked] == [None, "rate", "risk"]
    assert found.ranked[0].score is None


@pytest.mark.parametrize(
    ("scenarios", "objective", "why"),
    [
        ([GO_ON], SPEED, "2 to 200"),
        ([GO_ON, change("far", horizon_s=99.0)], SPEED, "180 s"),
        ([GO_ON, SAME], by("house_suction_main_1_draft"), "more, or less"),
        ([GO_ON, change("crew", Staffing(people=1))], by("cost"), "count the people"),
        ([GO_ON, change("crew", Staffing(people=1))], by("unit_cost"), "count the people"),
        ([GO_ON, change("crew", Staffing(people=1))], by("crew_cost"), "has no crew_cost"),
    ],
)
def test_what_cannot_be_ranked_says_why(scenarios, objective, why):
    """One alone, other questions, indicators that mean something else or are not there."""
    with pytest.raises(ImpossibleScenario, match=why):
        rank(MILL, scenarios, objective, 1, 2)


def test_an_indicator_that_nobody_gives_is_unknown():
    """Without prices there is no cost; the names that there are stand in the sentence."""
    with pytest.raises(UnknownName, match="rate"):
        rank(Mill().snapshot(), [GO_ON, SLOW], by("cost"), 1, 2)


def test_a_ranking_is_a_function_of_its_arguments():
    """Twice the same is the same."""
    asked = (MILL, [GO_ON, SLOW, SAME], by("rate", "cost"), 5, 10)
    assert rank(*asked) == rank(*asked)


def falsely_told_apart(kind, names):
    """In how many of 400 contests of five equals somebody is told apart from somebody."""
    wrong, random = 0, np.random.default_rng(4)
    run = Experiment(Model(MILL, LINE, T0), (), 0.0, 900.0, 1, 2)
    objective = by(*names, kind=kind)
    for _ in range(400):
        shared = random.normal(100, 3, 40)
        found = []
        for _ in range(5):
            told = {n: Measured(shared + random.normal(0, 1, 40), "1") for n in names}
            found.append(Sampled(GO_ON, run, [Indicators(shared, told, {}, {}, ())]))
        wrong += any(len(r.like) < 4 for r in ranking._ranked(objective, found))
    return wrong / 400


@pytest.mark.parametrize(
    ("kind", "names"), [("weighted", ["rate"]), ("lexicographic", ["rate", "oee"])]
)
def test_equals_are_seldom_told_apart(kind, names):
    """All pairs together at most one time in ten, and Bonferroni is not twice too careful."""
    assert 0.02 < falsely_told_apart(kind, names) <= 0.13


def test_a_scenario_that_stops_more_is_ranked_by_its_stops():
    """Twenty minor stops an hour at the planer cost output, and that is not chance."""
    ill = change("ill", Stops(asset=PLANER, per_hour=40, mean_s=30), horizon_s=900.0)
    found = rank(MILL, [change("well", horizon_s=900.0), ill], SPEED, 1, 80)
    assert [r.place for r in found.ranked] == [0, 1]
    assert found.ranked[0].like == ()
