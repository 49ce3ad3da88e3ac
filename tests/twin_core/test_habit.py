"""What is usual of a point is learned from readings that were made, not from asking twice."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import GAS, T0, bakery
from twin_core.columns import Columns
from twin_core.habit import Habit
from twin_core.value import SECOND

PRESSURE = f"{GAS}/pressure"


def habit_of(period_s=10.0):
    plant = bakery()
    columns, p = Columns.of(plant), plant.index[PRESSURE]
    columns.period_s[p] = period_s
    return Habit(columns), p


def told(habit, p, values, every_s, start_s=0):
    """Readings one after the other; whether the point was ever said to be broken."""
    steady, before, broken = np.ones(len(habit.run), bool), values[0], False
    for k, x in enumerate(values):
        t = T0 + int((start_s + (k + 1) * every_s) * SECOND)
        jump = abs(x - before)
        habit.learn(np.array([p]), np.array([t]), np.array([float(x)]), np.array([float(jump)]))
        broken |= bool(habit.broken(steady)[p])
        before = x
    return broken


def test_a_value_that_is_asked_for_more_often_than_it_is_made_is_not_stuck():
    habit, p = habit_of()
    made = np.random.default_rng(3).integers(198, 203, 120)
    assert not told(habit, p, np.repeat(made, 5), every_s=2)


def test_a_value_that_is_asked_for_more_often_than_it_is_made_is_found_when_it_sticks():
    habit, p = habit_of()
    made = np.random.default_rng(3).integers(198, 203, 120)
    told(habit, p, np.repeat(made, 5), every_s=2)
    assert told(habit, p, np.full(5 * 30, 200), every_s=2, start_s=1200)


@settings(max_examples=200)
@given(st.lists(st.integers(198, 202), min_size=2, max_size=60), st.sampled_from([2, 10, 30]))
def test_a_run_taken_at_once_teaches_what_its_readings_teach_one_by_one(values, every_s):
    x = np.array(values, float)
    t = T0 + np.arange(1, len(x) + 1) * every_s * SECOND
    jump = np.abs(np.diff(x, prepend=x[0]))
    one, p = habit_of()
    told(one, p, x, every_s)
    other, _ = habit_of()
    assert other.learn_run(p, t, x, jump, outlier=1e9) == len(x)
    assert other.run[p] == one.run[p]
    assert other.run_since[p] == one.run_since[p] or one.run[p] == 0
    assert other._same[p] == one._same[p]
