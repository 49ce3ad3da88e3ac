"""Remedies that were carried out, by counters made by hand."""

from dataclasses import replace

import pytest

from evals.bench import diagnosis_remedies
from evals.emulator.nameplate import read_faults
from evals.exam import remedies
from evals.exam.remedies import Carried
from twin_core.simulation.scenario import Estimate

TOLD = Estimate(mean=50.0, low=40.0, high=60.0, unit="x/min")
DONE = Carried(
    case="case", seed=1, group="machines", ends=("repaired",), right=True, kind="job",
    forecast=TOLD, gained=45.0, lost=100.0, left=5.0,
)  # fmt: skip


def test_the_loss_won_back_is_what_the_remedy_left_of_it():
    """Of no loss all is won back; a remedy that makes it worse wins less than none."""
    assert DONE.won == pytest.approx(0.95)
    assert replace(DONE, lost=0.0).won == 1.0
    assert replace(DONE, left=120.0).won == pytest.approx(-0.2)


def test_a_write_where_only_a_job_helps_is_in_vain_and_a_gain_outside_was_told_wrong():
    """Sensors count for vain writes and not for losses."""
    vain = replace(DONE, kind="write", gained=10.0, left=90.0, right=False)
    sensor = replace(DONE, ends=("no_loss",), kind="job", forecast=None)
    found = {r.name: r for r in diagnosis_remedies.rows([DONE, vain, sensor])}
    assert found["diagnosis.remedies.won"].value == 0.5
    assert found["diagnosis.remedies.won"].n == 2
    assert found["diagnosis.remedies.won.right"].value == 1.0
    assert found["diagnosis.remedies.no_vain_write"].value == pytest.approx(2 / 3)
    assert found["diagnosis.remedies.inside"].value == 0.5
    assert found["diagnosis.remedies.inside"].n == 2


def test_every_case_is_carried_out_once_on_a_plant_of_its_own():
    """Quick is a sixth of them."""
    cases = read_faults().cases
    every = remedies.jobs(cases, quick=False)
    assert [c for c, _ in every] == list(cases)
    assert len({seed for _, seed in every}) == len(cases)
    assert len(remedies.jobs(cases, quick=True)) < 8
