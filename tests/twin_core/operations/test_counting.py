"""Counters that restart or wrap, and machine states, in rows of the common grid."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import BAG, T0, bakery
from twin_core.columns import Columns
from twin_core.operations.counting import Counting, StateClock
from twin_core.value import SECOND

PLANT = bakery()
POINT = PLANT.index[f"{BAG}/produced"]
STATE = PLANT.index[f"{BAG}/state"]


def counted(values, step_s=2.0):
    counting = Counting(PLANT, Columns.of(PLANT))
    for k, value in enumerate(values):
        at = np.array([T0 + int(k * step_s * SECOND)])
        counting.add(np.array([POINT]), at, np.array([float(value)]))
        counting.close()
    return counting


def test_what_is_made_is_the_difference_of_readings_over_the_time_between_them():
    counting = counted([100, 102, 104, 106])
    assert counting.made(POINT, 3) == (6.0, 6.0)
    assert counting.made(POINT, 1) == (2.0, 2.0)


def test_a_counter_that_restarts_goes_on_from_what_it_shows():
    assert counted([500, 502, 1, 3]).made(POINT, 3) == (5.0, 6.0)


def test_the_readings_at_both_ends_are_those_that_were_shown_also_over_a_restart():
    counting = counted([500, 502, 1, 3])
    assert counting.readings(POINT, 3) == [(T0 + 2 * SECOND, 502.0), (T0 + 6 * SECOND, 3.0)]
    assert counting.readings(POINT, 1) == [(T0 + 6 * SECOND, 3.0)]
    assert counted([]).readings(POINT, 2) == []


def test_a_counter_that_wraps_at_its_end_loses_nothing():
    assert counted([999_998, 999_999, 1, 3]).made(POINT, 3) == (5.0, 6.0)


def test_a_step_that_no_machine_can_make_is_not_counted():
    assert counted([100, 102, 90_000, 90_002]).made(POINT, 3) == (4.0, 6.0)


def test_a_counter_that_is_not_read_any_more_has_no_rate():
    counting = counted([100, 102, 104])
    counting.close()
    counting.close()
    assert counting.made(POINT, 3) is None


@given(st.lists(st.integers(0, 15), min_size=4, max_size=40), st.integers(1, 30))
def test_a_restart_is_never_counted_twice_and_a_visible_one_loses_nothing(steps, restart):
    shown, raw, visible = [], 0, True
    for k, step in enumerate(steps):
        again = bool(k) and k % restart == 0
        visible &= not again or step < raw
        raw = step if again else raw + step
        shown.append(raw)
    made, _ = counted(shown).made(POINT, len(steps))
    assert made == sum(steps[1:]) if visible else 0 <= made <= sum(steps[1:])


def test_a_machine_runs_in_a_row_only_if_it_was_never_seen_otherwise():
    clock = StateClock(PLANT)
    m = clock.machines[BAG]
    for states, running, free in (
        ([6, 6], True, True),
        ([6, 11], False, False),
        ([5, 6], False, True),
        ([], False, False),
    ):
        for state in states:
            clock.add(np.array([STATE]), np.array([float(state)]))
        ran, was_free = clock.close()
        assert (bool(ran[m]), bool(was_free[m])) == (running, free)
    np.testing.assert_allclose(clock.shares(m, 4)[:, 6], [1, 0.5, 0.5, 0])
