"""The sweep by distance sees what looking at every moment sees."""

import numpy as np
import pytest

from evals.bench.planted_cell import clean, least_slack, planted
from tests.twin_core.simulation.robots.cells import BULLET, alone, both, sample, without_rule
from twin_core.simulation.robots.body import build, client
from twin_core.simulation.robots.cell import motion, validate
from twin_core.simulation.robots.sweep import step, sweep
from twin_core.simulation.robots.watch import Watch

pytestmark = BULLET
CELL = sample()


def test_nothing_moves_more_than_a_step_between_two_moments():
    """On the grid the bound of every robot rises by no more than a fifth of the clearance."""
    with client() as (bullet, world):
        bodies = build(CELL, (), bullet, world)
        watch = Watch(CELL, bodies, motion(CELL, both(), bodies).tracks)
    assert watch.step_m == CELL.clearance / 5
    for moved in watch.moved:
        rises = np.diff(moved)
        assert (rises >= 0).all()
        assert rises.max() <= watch.step_m * 1.000001


def test_a_step_never_goes_farther_than_it_may():
    """The last moment within reach; always at least the next; never past the end."""
    moved = np.array([0.0, 0.1, 0.2, 0.2, 0.9, 1.0])
    assert step(moved, 0, 0.2, 5) == 3
    assert step(moved, 0, 0.05, 5) == 1
    assert step(moved, 3, 0.5, 5) == 4
    assert step(moved, 0, 10, 4) == 4


@pytest.mark.parametrize("seed", range(6))
def test_a_planted_collision_is_found_with_who_what_and_when(seed):
    """Solids from a millimetre, partners and columns at drawn places."""
    random = np.random.default_rng(1000 + seed)
    *_, one = planted(CELL, random, 1 + seed)
    report = validate(one.cell, one.sequence, dynamics=False)
    assert one.found(report.troubles), (one, report.troubles)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_clean_at_every_moment_is_clean(seed):
    """And what comes nearer than nine tenths of the clearance is told."""
    sequence = clean(CELL, np.random.default_rng(2000 + seed))
    slack = least_slack(CELL, sequence, 0.02)
    troubles = validate(CELL, sequence, dynamics=False).troubles
    if slack >= 0:
        assert not troubles
    elif slack < -CELL.clearance / 10:
        assert troubles


def test_the_smallest_gap_is_that_of_looking_everywhere():
    """The worst of a collision is as deep as dense looking says, to a tenth of the clearance."""
    cell = without_rule(CELL)
    dense = least_slack(cell, both(), 0.004) + cell.clearance
    worst = min(t.value for t in validate(cell, both(), dynamics=False).troubles)
    assert worst == pytest.approx(dense, abs=cell.clearance / 10)


def test_it_looks_seldom_where_nothing_is_near():
    """Far fewer looks than there are moments."""
    with client() as (bullet, world):
        bodies = build(CELL, (0,), bullet, world)
        watch = Watch(CELL, bodies, motion(CELL, alone(), bodies).tracks)
        swept = sweep(watch)
    assert swept.looks < len(watch.t) / 5
