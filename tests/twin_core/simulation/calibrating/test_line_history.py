"""From readings to what a line did."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.simulation.calibrating.machine_days import (
    EXECUTE,
    HELD,
    SUSPENDED,
    T0,
    instants,
    line,
    machine,
    spans,
    states,
)
from tests.twin_core.simulation.sawmill import LINE, sawmill
from twin_core.errors import WrongKind
from twin_core.simulation.calibrating.line_history import (
    counts_of,
    planned_of,
    running,
    spans_of,
    spells_of,
)
from twin_core.value import SECOND


def test_readings_of_a_state_make_spells_that_end_with_the_next_state():
    """A spell lasts to the first reading of another state, or to the last one before a silence."""
    time = instants([0, 10, 20, 30, 200, 210])
    found = spells_of(time, np.array([6.0, 6, 11, 11, 6, np.nan]), silent_s=30)
    assert ((found[:, :2] - T0) // SECOND).tolist() == [[0, 20], [20, 30], [200, 200]]
    assert found[:, 2].tolist() == [EXECUTE, HELD, EXECUTE]


def test_a_stop_that_began_while_starved_is_not_its_own():
    """The cause lay outside when it went down."""
    time = instants([0, 10, 20])
    found = spells_of(time, np.array([6.0, 11, 6]), 30, excused=spans((5, 15)))
    assert found[:, 3].tolist() == [1, 0, 1]


def test_yes_or_no_points_make_spans():
    """Starved from the first yes to the next no."""
    time = instants([0, 10, 20, 30])
    assert (spans_of(time, np.array([0.0, 1, 1, 0]), 30) - T0).tolist() == [[10e6, 30e6]]


def test_counters_restart_and_fall_silent():
    """A restart counts from nought; what was made over a silence belongs to no span."""
    time = instants([0, 60, 120, 180, 600, 660])
    value = np.array([10.0, 20, 4, 9, 50, 55])
    made = counts_of(time, value, instants([60, 120, 180, 600, 660]), end=1e9, most=10, silent_s=90)
    assert made[1:].tolist() == pytest.approx([4, 5, np.nan, 5], nan_ok=True)
    assert np.isnan(made[0])


def test_counting_without_readings_is_not_known():
    """No reading, no count."""
    empty = np.empty(0, np.int64)
    assert np.isnan(
        counts_of(empty, np.empty(0), instants([1, 2]), end=1, most=1, silent_s=1)
    ).all()


def test_running_is_execute_without_waiting_and_planned_stops():
    """Suspended, starved in Execute and planned to stand are no operating time."""
    m = machine(
        states((0, EXECUTE), (100, SUSPENDED), (150, EXECUTE), (300,)), starved=spans((20, 30))
    )
    found = running(m, spans((200, 250)))
    assert ((found - T0) // SECOND).tolist() == [[0, 20], [30, 100], [150, 200], [250, 300]]


def test_a_part_of_a_history_ends_earlier_and_keeps_the_ages():
    """What is later is cut off, and the last spell goes on at the cut."""
    m = machine(states((0, EXECUTE), (100, HELD), (150, EXECUTE), (300,)), going_on=False)
    part = line(m, end=300).between(*instants([50, 120]).tolist())
    (cut,) = part.machines
    assert cut.going_on
    assert ((cut.spells[:, 1] - T0) // SECOND).tolist() == [100, 120]
    assert (part.start - T0) // SECOND == 50


def test_the_digest_is_of_the_content():
    """Equal histories have equal digests, and one second more is another history."""
    a = line(machine(states((0, EXECUTE), (100,))), end=100)
    b = line(machine(states((0, EXECUTE), (100,))), end=100)
    c = line(machine(states((0, EXECUTE), (101,))), end=100)
    assert a.digest == b.digest != c.digest


@pytest.mark.parametrize("wrong", ["overlap", "backwards"])
def test_what_cannot_be_is_refused(wrong):
    """Spells that overlap and counts that go back in time are said."""
    good = machine(states((0, EXECUTE), (100, HELD), (200,)), per_s=1)
    spells, time = good.spells.copy(), good.time.copy()
    if wrong == "overlap":
        spells[0, 1] += 5 * SECOND
    else:
        time = time[::-1]
    with pytest.raises(WrongKind, match="s/a/l/m"):
        replace(good, spells=spells, time=time)


def test_planned_stops_come_from_the_calendar():
    """Between the shifts' spans nothing is to be made; without shifts nothing is planned."""
    plant = sawmill(shifts=True)
    day = 86_400 * SECOND
    planned = planned_of(plant, LINE, T0, T0 + day)
    assert len(planned)
    assert (planned[:, 1] > planned[:, 0]).all()
    assert not len(planned_of(sawmill(), LINE, T0, T0 + day))
