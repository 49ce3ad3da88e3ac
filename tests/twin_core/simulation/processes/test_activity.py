"""What the machines of a line draw as potentials and scenario move them."""

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import (
    BELT,
    LINE,
    LOOP,
    MAIN,
    MAIN_2,
    PLANER,
    SAW,
    STACKER,
    T0,
    Mill,
)
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.model import Model
from twin_core.simulation.processes.activity import STANDSTILL, Activity
from twin_core.simulation.processes.moves import moves_of
from twin_core.simulation.processes.trains import trains_of
from twin_core.simulation.scenario import Outage, SetPoint, Speed

T = np.arange(0.0, 901.0, 10.0)
SHARES = {MAIN: ((SAW, 30.0), (PLANER, 25.0)), MAIN_2: (), LOOP: ((SAW, 20.0),)}
FED = {f"{PLANER}/speed": 60.0, f"{STACKER}/speed": 6.0}
"""The planer and the stacker turn as they are fed, by the saw."""
USUAL = {MAIN: 5.0, MAIN_2: 5.0, LOOP: 10.0}


def activity(*changes, stops=None, mill=None):
    snapshot = (mill or Mill(columns=FED)).snapshot()
    rows = Rows(snapshot, T0)
    trains = trains_of(rows, {SAW, PLANER}, 6)
    moves = moves_of(snapshot.plant, changes, 0.0, rows)
    return Activity(snapshot.plant, trains, USUAL, SHARES, moves, stops or {}, T)


def drawn(found, **held):
    column = np.array([[p] for p in {**USUAL, **held}.values()])
    return np.array([found.drawn(k, column)[:, 0] for k in range(len(T))])


def test_the_slowest_machine_sets_the_pace_of_all():
    """At the saw's 60 boards a minute the planer, rated at 66, draws by 60."""
    found = drawn(activity())[0]
    planer = 25 * (STANDSTILL + (1 - STANDSTILL) * 60 / 66)
    assert found[0] == pytest.approx(30 + planer)
    assert found[1:] == pytest.approx([0.0, 20.0])


def test_only_what_commands_a_pace_bounds_it():
    """A machine that nothing commands, as who opens a tap, draws as it was seen to."""
    fast = {**FED, f"{SAW}/speed": 84.0}
    told, free = (
        activity(mill=Mill(columns={**fast, f"{SAW}/pace": pace})) for pace in (60.0, np.nan)
    )
    assert drawn(told)[0, 2] == pytest.approx(20.0)
    assert drawn(free)[0, 2] == pytest.approx(20 * (STANDSTILL + (1 - STANDSTILL) * 1.4))


def test_a_machine_that_can_do_more_than_the_slowest_may_lose_that_unseen():
    """A planer slowed by a twentieth is still faster than the saw."""
    assert drawn(activity(Speed(asset=PLANER, factor=0.95))) == pytest.approx(drawn(activity()))


def test_a_slower_setpoint_slows_the_line():
    """The saw at 30: all draw by 30."""
    found = drawn(activity(SetPoint(point=f"{SAW}/pace", value=30)))[0]
    assert found[2] == pytest.approx(20 * (STANDSTILL + (1 - STANDSTILL) * 0.5))


def test_what_one_medium_slows_draws_less_of_another():
    """Too little suction slows the saw, which then heats less coolant."""
    found = activity()
    assert drawn(found, **{MAIN: 3.0})[0, 2] < 0.8 * drawn(found, **{MAIN: 5.0})[0, 2]


def test_neighbours_run_on_until_the_buffers_between_are_empty_or_full():
    """10 boards on the belt: the planer goes on for ten seconds, as fast as it can."""
    found = drawn(activity(Outage(asset=SAW, duration_s=600)))
    assert found[0, 0] == pytest.approx(30 * STANDSTILL + 25)
    assert found[2, 0] == pytest.approx(55 * STANDSTILL)
    assert found[-1, 0] == pytest.approx(drawn(activity())[0, 0])


def test_machines_before_one_that_stands_wait_when_there_is_no_room():
    """A stacker that stands lets the saw run until the way to it is full."""
    found = drawn(activity(Outage(asset=STACKER, duration_s=2000)))[:, 2]
    full_s = 60 * ((80 - 10) + 40 * 0.5) / 60
    assert found[full_s - 10 > T] == pytest.approx(20.0)
    assert found[full_s + 10 < T] == pytest.approx(20 * STANDSTILL)


def test_a_line_in_its_break_draws_what_standing_machines_do():
    """And the same before anything is done, where it stands in one now."""
    stops = {LINE: ((-60.0, 300.0),)}
    found = activity(stops=stops)
    assert drawn(found)[0, 0] == pytest.approx(55 * STANDSTILL)
    assert drawn(found)[40, 0] == pytest.approx(drawn(activity())[0, 0])


def test_what_is_drawn_at_the_start_is_by_the_paces_seen_then():
    """A line that stands draws what standing machines do, and goes back to how it ran lately."""
    pace = np.where(np.arange(360) < 354, 60.0, 0.0)
    stood = {f"{m}/speed": pace for m in (SAW, PLANER)}
    mill = Mill(columns=stood)
    found = activity(mill=mill)
    trains = trains_of(Rows(mill.snapshot(), T0), {SAW, PLANER}, 6)
    assert found.reference(trains)[0] == pytest.approx(55 * STANDSTILL)
    drawn_then = drawn(found)[:, 0]
    assert drawn_then[0] == pytest.approx(55 * STANDSTILL)
    assert (np.diff(drawn_then) > 0).all()
    assert drawn_then[-1] == pytest.approx(5.5 + 0.9 * 0.9 * (30 + 25 * 60 / 66), rel=0.01)


def test_a_belt_without_a_believed_level_is_half_full():
    """The planer then runs on for 40 seconds."""
    mill = Mill(columns={**FED, f"{BELT}/level": np.nan})
    found = drawn(activity(Outage(asset=SAW, duration_s=600), mill=mill))[:, 0]
    assert found[3] > 10
    assert found[5] == pytest.approx(55 * STANDSTILL)


def test_a_line_whose_paces_are_not_believed_draws_its_share():
    """Without commanded speeds the nameplate's stand for them."""
    mill = Mill(columns={f"{SAW}/pace": np.nan, f"{PLANER}/pace": np.nan})
    assert np.isfinite(drawn(activity(mill=mill))).all()


def test_a_stopped_line_lets_the_draft_rise():
    """The balance is given what the line does: a saw that stands draws little."""
    model = Model(Mill().snapshot(), LINE, T0)
    out = Outage(asset=SAW, duration_s=900)
    held = model.simulate([out], 0.0, 900.0, 3, 6).potentials[MAIN].mean(axis=0)
    assert held[-1] > 5.3
