"""Steps that cannot swing, however fast what moves would be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.simulation.processes.stiff import implicit

NONE = np.array([[-np.inf]]), np.array([[np.inf]])


def step(moved, state, bounds=NONE):
    return implicit(moved, state, *bounds)


def towards(goal, rate_x_step):
    return lambda state: rate_x_step * (goal - state)


@given(st.floats(1e-3, 1e7), st.floats(-50.0, 50.0), st.floats(-50.0, 50.0))
def test_what_settles_never_goes_beyond_where_it_settles(rate_x_step, start, goal):
    """A step of ten million time constants lands there, one of a thousandth goes a thousandth."""
    state = np.array([[start]])
    left = abs(float(step(towards(goal, rate_x_step), state)[0, 0]) - goal)
    assert left <= abs(start - goal) / (1.0 + rate_x_step) * (1 + 1e-3) + 1e-3


@given(st.integers(0, 10_000), st.floats(0.01, 1e5))
def test_what_one_loses_to_another_the_other_gets(seed, rate_x_step):
    """Nothing is lost on the way between headers of any size, and no end passes the other."""
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.uniform(-2, 2, (2, 1))
    state = rng.uniform(0.0, 5.0, (2, 3))

    def moved(at):
        passes = rate_x_step * (at[0] - at[1])
        return np.stack([-passes, passes]) / size

    gone = step(moved, state) - state
    assert (gone * size).sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-3 * size.max())
    before, after = np.diff(state, axis=0), np.diff(state + gone, axis=0)
    assert (before * after >= -1e-3).all()


def test_each_replication_moves_by_itself():
    """The same as alone, in whatever company."""
    state = np.array([[1.0, 4.0, 9.0], [2.0, 2.0, 2.0]])

    def moved(at):
        flow = 30.0 * np.sqrt(np.maximum(at[0], 0.0)) - 7.0 * at[1]
        return np.stack([-flow, flow])

    together = step(moved, state)
    for j in range(3):
        assert step(moved, state[:, j : j + 1])[:, 0] == pytest.approx(together[:, j], rel=1e-5)


def test_what_stands_stays():
    """To the last digit."""
    state = np.array([[3.0], [3.0]])
    assert (step(lambda at: 1e6 * (at[::-1] - at), state) == state).all()


@given(st.floats(0.1, 1e6), st.floats(0.01, 2.0), st.floats(0.0, 9.0), st.floats(1.0, 8.0))
def test_a_controller_comes_off_its_limit_where_it_should(rate_x_step, band, start, setpoint):
    """At a limit it has no slope that would tell where that is: within one step, and once."""

    def moved(at):
        asked = np.clip(0.5 + (setpoint - at) / band, 0.0, 1.0)
        return rate_x_step * (100.0 * asked - 50.0)

    bounds = np.array([[0.0]]), np.array([[10.0]])
    state = np.array([[start, 5.0]])
    after = step(moved, state, bounds)
    held = np.clip(state + moved(after), 0.0, 10.0)
    assert after == pytest.approx(held, abs=1e-3) or np.abs(after - setpoint).max() < 1e-3
    assert (np.minimum(state, setpoint) - 1e-3 <= after).all()
    assert (after <= np.maximum(state, setpoint) + 1e-3).all()


def test_what_cannot_go_further_stays_at_its_bound():
    """An instrument shows no more."""
    bounds = np.array([[-1.0], [0.0]]), np.array([[16.0], [9.0]])
    after = step(lambda at: np.full_like(at, 1e5), np.array([[3.0], [9.0]]), bounds)
    assert after[:, 0] == pytest.approx([16.0, 9.0])
