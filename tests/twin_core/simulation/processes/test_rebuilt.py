"""Belief rebuilt from a history, and the stretches a forecast is held against."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.simulation.processes.lived_mill import lived_mill
from tests.twin_core.simulation.sawmill import COOLER, SAW, sawmill
from twin_core.simulation.processes.history import ProcessHistory
from twin_core.simulation.processes.rebuilt import LONGEST_ROWS, believed, courses
from twin_core.simulation.scenario import Outage, Restored, SetPoint
from twin_core.value import SECOND

TARGET, STATE = f"{SAW}/blade_heat_target", f"{COOLER}/state"
N = 2000


def history(asked=None, state=None):
    columns = {TARGET: np.full(N, 40.0) if asked is None else asked,
               STATE: np.full(N, 6.0) if state is None else state}  # fmt: skip
    return ProcessHistory(10.0, columns, 1_000 * SECOND)


def test_belief_is_of_the_hour_before_and_no_later():
    """What comes after the moment is not in it."""
    lived = lived_mill(3)
    snapshot = believed(sawmill(), lived, 500)
    column = sawmill().index[f"{SAW}/blade_heat"]
    assert (
        snapshot.recent.mean[:, column].tolist() == lived.of(f"{SAW}/blade_heat")[140:500].tolist()
    )
    assert snapshot.now == snapshot.recent.time[-1] == lived.at(500)
    assert snapshot.latest(TARGET).point == TARGET


def test_a_stretch_begins_with_what_was_done_and_ends_before_the_next():
    """And is told it."""
    asked = np.full(N, 40.0)
    asked[700:760] = 44.0
    asked[760:] = 41.0
    found = list(courses(sawmill(), history(asked), 650))
    told = {c.first: c.done for c in found}
    assert told[700] == (SetPoint(point=TARGET, value=44.0),)
    assert told[760] == (SetPoint(point=TARGET, value=41.0),)
    assert next(c for c in found if c.first == 700).last == 760


def test_a_producer_that_stops_and_comes_back_is_told():
    """It stands for as long as the stretch, then is as it was before."""
    state = np.full(N, 6.0)
    state[800:850] = 9.0
    found = {c.first: c.done for c in courses(sawmill(), history(state=state), 400)}
    assert found[800] == (Outage(asset=COOLER, duration_s=500.0),)
    assert found[850] == (Restored(asset=COOLER, before=history().at(800)),)


@given(
    st.lists(st.tuples(st.integers(0, N - 1), st.floats(20, 60)), max_size=12),
    st.integers(0, N + 5),
)
def test_stretches_are_ascending_and_apart_wherever_things_are_done(moves, first):
    """None is longer than half an hour, none reaches beyond the history."""
    asked = np.full(N, 40.0)
    for row, value in sorted(moves):
        asked[row:] = value
    found = list(courses(sawmill(), history(asked), first))
    ends = [first, *(end for c in found for end in (c.first, c.last))]
    assert ends == sorted(ends)
    assert all(c.last - c.first <= LONGEST_ROWS and c.last <= N for c in found)


def test_nothing_heard_is_no_stretch_with_something_done():
    """Gaps are no moves."""
    asked = np.full(N, np.nan)
    asked[::7] = 40.0
    assert all(not c.done for c in courses(sawmill(), history(asked), 100))
