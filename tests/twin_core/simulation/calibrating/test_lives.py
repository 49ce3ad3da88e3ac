"""Lives in operating time: what ends one, what pauses it, what is cut off."""

import numpy as np
import pytest

from tests.twin_core.simulation.calibrating.machine_days import (
    ABORTED,
    EXECUTE,
    HELD,
    IDLE,
    STOPPED,
    SUSPENDED,
    line,
    machine,
    spans,
    states,
)
from twin_core.simulation.calibrating.lives import lives_of


def lives(*told, minor_s=None, start=0, planned=None, foreign=(), **given):
    m = machine(states(*told, foreign=foreign), **given)
    history = line(
        m, start=start, end=int(told[-1][0]), planned=spans() if planned is None else planned
    )
    return lives_of(history, m, minor_s)


def told(durations):
    return list(
        zip(
            durations.seconds.round(6).tolist(), durations.ended.tolist(),
            durations.entered_s.round(6).tolist(), durations.met.tolist(), strict=True,
        )
    )  # fmt: skip


def test_a_life_ends_with_a_failure_and_the_last_is_cut_off():
    """The first was met half-way, the second is whole, the third goes on."""
    (one,) = lives(
        (0, EXECUTE), (100, HELD), (130, EXECUTE), (330, ABORTED), (350, EXECUTE), (400,)
    )
    assert told(one.between) == [
        (100, True, 0, True), (200, True, 0, False), (50, False, 0, False)
    ]  # fmt: skip
    assert told(one.lengths) == [(30, True, 0, False), (20, True, 0, False)]


@pytest.mark.parametrize("other", [SUSPENDED, STOPPED, IDLE])
def test_other_causes_pause_a_life(other):
    """Waiting, being stopped and being idle neither age a machine nor end its life."""
    (one,) = lives(
        (0, EXECUTE), (10, HELD), (20, EXECUTE), (60, other), (500, EXECUTE), (560, HELD), (570,)
    )
    assert told(one.between)[1] == (100, True, 0, False)
    assert one.between.events == 2


def test_starving_in_execute_pauses_a_life():
    """What says starved does not run, whatever its state says."""
    (one,) = lives(
        (0, EXECUTE), (10, HELD), (20, EXECUTE), (220, HELD), (230,), starved=spans((50, 100))
    )
    assert told(one.between)[1][0] == 150


def test_a_stop_whose_cause_was_outside_is_no_failure():
    """It pauses the life."""
    (one,) = lives(
        (0, EXECUTE), (10, HELD), (20, EXECUTE), (50, HELD), (60, EXECUTE), (90, HELD), (95,),
        foreign=(50,),
    )  # fmt: skip
    assert told(one.between)[1] == (60, True, 0, False)
    assert len(one.lengths.seconds) == 2


def test_a_planned_stop_is_no_failure_and_cuts_a_repair_off():
    """What goes down in a break did not fail; what is down when it comes may be repaired later."""
    (one,) = lives(
        (0, EXECUTE), (100, HELD), (200, EXECUTE), (280, HELD), (400, EXECUTE), (500,),
        planned=spans((90, 210), (300, 350)),
    )  # fmt: skip
    assert told(one.between) == [(90 + 70, True, 0, True), (100, False, 0, False)]
    assert told(one.lengths) == [(20, False, 0, False)]


def test_a_restart_that_fails_at_once_is_the_same_failure():
    """Without operating time between them two stops are one."""
    (one,) = lives((0, EXECUTE), (50, HELD), (60, STOPPED), (65, HELD), (90, EXECUTE), (100,))
    assert told(one.lengths) == [(40, True, 0, False)]
    assert one.between.events == 1


def test_time_that_was_not_seen_ends_no_life():
    """Before a silence the life is cut off, after it the next is met half-way."""
    (one,) = lives(
        (0, EXECUTE), (10, HELD), (20, EXECUTE), (100, None), (300, EXECUTE), (350, HELD), (360,)
    )
    assert told(one.between) == [
        (10, True, 0, True), (80, False, 0, False), (50, True, 0, True)
    ]  # fmt: skip


def test_a_stop_whose_beginning_was_not_seen_has_no_length():
    """Nobody knows how long it had lasted."""
    (one,) = lives((0, HELD), (50, EXECUTE), (80, HELD), (100, EXECUTE), (120,))
    assert told(one.lengths) == [(20, True, 0, False)]


def test_the_stop_that_goes_on_is_cut_off():
    """Its end was not seen."""
    (one,) = lives((0, EXECUTE), (80, HELD), (100,))
    assert told(one.lengths) == [(20, False, 0, False)]


def test_a_life_that_began_before_the_span_enters_with_its_age():
    """Its beginning is known from before, so it counts as seen from its age on."""
    (one,) = lives((0, EXECUTE), (10, HELD), (20, EXECUTE), (220, HELD), (230,), start=120)
    assert told(one.between) == [(200, True, 100, False)]


def test_a_life_met_before_the_span_is_met_at_its_start():
    """Only what lies in the span is counted of it."""
    (one,) = lives((0, EXECUTE), (200, HELD), (230,), start=120)
    assert told(one.between) == [(80, True, 0, True)]


def test_minor_stops_and_failures_have_clocks_of_their_own():
    """A minor stop neither ends nor ages the life until the next failure."""
    minor, failure = lives(
        (0, EXECUTE), (50, HELD), (60, EXECUTE), (160, HELD), (600, EXECUTE), (700, HELD),
        (720, EXECUTE), (800, HELD), (1200, EXECUTE), (1300,), minor_s=300,
    )  # fmt: skip
    assert (minor.kind, failure.kind) == ("minor_stop", "failure")
    assert told(minor.between) == [
        (50, True, 0, True), (200, True, 0, False), (180, False, 0, False)
    ]  # fmt: skip
    assert told(failure.between) == [
        (150, True, 0, True), (180, True, 0, False), (100, False, 0, False)
    ]  # fmt: skip
    assert minor.lengths.seconds.tolist() == [10, 20]
    assert minor.lengths.below_s == 300
    assert told(failure.lengths) == [(440, True, 300, False), (400, True, 300, False)]


def test_a_short_stop_that_a_break_prolongs_is_still_minor():
    """Planned time in it does not make a failure of it, and how long it took nobody knows."""
    minor, failure = lives(
        (0, EXECUTE), (50, HELD), (60, EXECUTE), (160, HELD), (1000, EXECUTE), (1100,),
        minor_s=300, planned=spans((200, 900)),
    )  # fmt: skip
    assert minor.between.events == 2
    assert minor.lengths.seconds.tolist() == [10]
    assert not failure.between.events


def test_one_that_still_lasts_and_is_short_may_become_either_kind():
    """It has a place in the lives, and no length yet."""
    minor, failure = lives(
        (0, EXECUTE), (50, HELD), (60, EXECUTE), (160, HELD), (200,), minor_s=300
    )
    assert minor.between.events == 2
    assert minor.lengths.seconds.tolist() == [10]
    assert not failure.between.events


def test_a_machine_that_never_told_its_state_has_no_lives():
    """Nothing seen, nothing counted."""
    for one in lives_of(
        line(machine(np.empty((0, 4), np.int64))), machine(np.empty((0, 4), np.int64))
    ):
        assert not len(one.between.seconds)
        assert not len(one.lengths.seconds)
