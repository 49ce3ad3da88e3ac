"""The exam of the process engine: what is asked is possible, and figures say what they judge."""

from pathlib import Path

import pytest

from api.plant_file import read_plant
from evals.bench.process_cases import situations
from evals.bench.simulation_process import QUANTITIES, Case, forecast_rows
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import Scenario

PLANT = Path(__file__).resolve().parents[3] / "plants" / "riverside.yaml"


def case(quantity, *, ours=2.0, learnt=1.0, last=10.0):
    return Case("steady", quantity, f"{quantity}/1", 1, ours, learnt, last, 8.0)


def named(cases):
    return {row.name.removeprefix("process."): row for row in forecast_rows(cases, "made by hand")}


def test_every_situation_is_one_the_plant_could_be_in():
    """What is told to the twin passes the same check as a person's question."""
    plant = read_plant(PLANT)
    for situation in situations(plant.site):
        line = f"{plant.site}/packaging/line4"
        check(plant, Scenario(name=situation.name, line=line, changes=situation.told))


def test_nameplates_and_numbers_learnt_are_judged_alike():
    """By the same bar, each in a row of its own."""
    found = named([case(q, ours=7.0, learnt=3.0) for q in QUANTITIES])
    assert found["header_pressure.p90"].met is False
    assert found["header_pressure.p90.learnt"].met is True
    assert found["steam_pressure.p90"].met is None


def test_cases_in_which_nothing_moved_do_not_hide_those_in_which_it_did():
    """Where the last value is as good, the forecast has shown nothing."""
    calm = [case(q, ours=0.1, learnt=0.1, last=0.1) for q in QUANTITIES for _ in range(9)]
    moved = [case(q, ours=9.0, learnt=9.0) for q in QUANTITIES]
    found = named(calm + moved)
    assert found["tank_level.median"].value == pytest.approx(0.1)
    assert found["tank_level.moved.median"].value == pytest.approx(9.0)
    assert found["tank_level.moved.median"].n == 1
    assert named(calm)["tank_level.moved.p90"].why
