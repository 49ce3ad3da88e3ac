"""Stretches of motion: they keep the limits, begin and end at rest, and their rates are true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.robots.cells import sample
from twin_core.simulation.robots.arm import Arm, Target
from twin_core.simulation.robots.motion import Planner, station_target
from twin_core.simulation.robots.path import NODES, Law, back, between, rest, straight

CELL = sample()
ARM = Arm(CELL.robots[0], CELL.case)
shares = st.floats(0.02, 5)
seeds = st.integers(0, 2**32 - 1)


def descent():
    """Straight down to a station."""
    down = Planner(CELL).down(0, station_target(CELL, CELL.stations[0]), ARM.home, "pick")
    assert down is not None
    return straight(ARM, down, 1.0)


@given(st.floats(0.01, 100), st.floats(0.01, 1000))
def test_a_law_goes_from_rest_to_rest(speed, acceleration):
    """It begins at 0, ends at 1, never turns back, never exceeds speed or acceleration."""
    law = Law(speed, acceleration)
    place, rate, pull = law.at(np.linspace(0, law.lasts_s, 501))
    assert place[0] == pytest.approx(0, abs=1e-9)
    assert place[-1] == pytest.approx(1, abs=1e-9)
    assert (np.diff(place) >= -1e-9).all()
    assert (rate <= speed * (1 + 1e-9)).all()
    assert (np.abs(pull) <= acceleration).all()
    assert rate[0] == pytest.approx(0, abs=1e-9)
    assert rate[-1] == pytest.approx(0, abs=1e-6 * speed + 1e-9)


@given(seeds, shares)
@settings(max_examples=60, deadline=None)
def test_a_travel_keeps_the_share_it_is_given(seed, share):
    """No joint is faster than its share of speed, nor accelerated more than its share squared."""
    random = np.random.default_rng(seed)
    a, b = random.uniform(ARM.low, ARM.high, size=(2, len(ARM.low)))
    stretch = between(ARM, a, b, share)
    t = np.linspace(0, stretch.lasts_s, 400)
    q, qd, qdd = stretch.at(t)
    assert np.allclose(q[0], a)
    assert np.allclose(q[-1], b)
    assert (np.abs(qd) <= share * ARM.speed * (1 + 1e-9) + 1e-9).all()
    assert (np.abs(qdd) <= share**2 * ARM.acceleration * (1 + 1e-9) + 1e-9).all()
    fastest = max(
        (np.abs(qd) / (share * ARM.speed)).max(),
        (np.abs(qdd) / (share**2 * ARM.acceleration)).max(),
    )
    assert fastest > 0.99


def test_speed_is_the_rate_of_place_and_acceleration_that_of_speed():
    """On a curved stretch too."""
    stretch = descent()
    t = np.linspace(0, stretch.lasts_s, 8001)
    q, qd, qdd = stretch.at(t)
    assert stretch.law is not None
    ramp = stretch.law.ramp_s
    smooth = (np.abs(t - ramp) > 0.01) & (np.abs(stretch.lasts_s - t - ramp) > 0.01)
    smooth &= (t > 0.01) & (t < stretch.lasts_s - 0.01)
    assert np.allclose(np.gradient(q, t, axis=0)[smooth], qd[smooth], atol=1e-3)
    assert np.allclose(np.gradient(qd, t, axis=0)[smooth], qdd[smooth], atol=1e-2)
    assert (np.abs(qd) <= ARM.speed).all()
    assert (np.abs(qdd) <= ARM.acceleration * (1 + 1e-6)).all()


def test_a_descent_is_straight_and_upright():
    """The gripper leaves the line by less than half a millimetre."""
    target = station_target(CELL, CELL.stations[0])
    at, turn = ARM.gripper(descent().at(np.linspace(0, 2, 300))[0])
    assert np.allclose(at[:, :2], target.at[:2], atol=5e-4)
    assert at[-1, 2] == pytest.approx(target.at[2], abs=5e-4)
    assert at[0, 2] == pytest.approx(target.at[2] + CELL.lift, abs=5e-4)
    assert np.allclose(turn[:, 2, 2], 1, atol=1e-6)


def test_the_way_back_is_the_same_way():
    """Its end is where the way there began."""
    ends = np.linspace(ARM.low / 2, ARM.high / 2, len(NODES))
    there = straight(ARM, ends, 0.5)
    again = back(there, ARM, 1.0)
    assert np.allclose(again.ends, there.at(np.zeros(1))[0][0])
    assert again.lasts_s < there.lasts_s


def test_going_nowhere_takes_no_time():
    """From a place to itself, and a rest that is none."""
    assert between(ARM, ARM.home, ARM.home, 1.0).lasts_s == 0
    q, qd, _ = rest(ARM.home, 0.0, upright=False).at(np.zeros(2))
    assert np.allclose(q, ARM.home)
    assert not qd.any()


def test_a_place_between_two_solutions_is_reached_by_the_nearer():
    """Coming from the left, an arm turns left."""
    place = Target((-1.5, -1.3, 1.2), 0.0)
    left, right = ARM.home.copy(), ARM.home.copy()
    left[-1], right[-1] = -2.0, 2.0
    assert ARM.bring(place, left).q[-1] < ARM.bring(place, right).q[-1]
