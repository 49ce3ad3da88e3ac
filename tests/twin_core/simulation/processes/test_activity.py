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
USUAL = {MAIN: 5.0, MAIN_2: 5.0, LOOP: 10.0}


def activity(*changes, stops=None, mill=None):
    snapshot = (mill or Mill()).snapshot()
    rows = Rows(snapshot, T0)
    trains = trains_of(rows, {SAW, PLANER})
    moves = moves_of(snapshot.plant, changes, 0.0, rows)
    return Activity(snapshot.plant, trains, SHARES, moves, stops or {}, T)


def drawn(found, **held):
    potentials = {**USUAL, **held}
    column = {u: np.array([p]) for u, p in potentials.items()}
    return np.array([found.drawn(k, column)[:, 0] for k in range(len(T))])


def test_the_slowest_machine_sets_the_pace_of_all():
    """At the saw's 60 boards a minute the planer, rated at 66, draws by 60."""
    found = drawn(activity())[0]
    planer = 25 * (STANDSTILL + (1 - STANDSTILL) * 60 / 66)
    assert found[0] == pytest.approx(30 + planer)
    assert found[1:] == pytest.approx([0.0, 20.0])


def test_a_machine_that_can_do_more_than_the_slowest_may_lose_that_unseen():
    """A planer slowed by a twentieth is still faster than the saw."""
    assert drawn(activity(Speed(asset=PLANER, factor=0.95))) == pytest.approx(drawn(activity()))


def test_a_slower_setpoint_slows_the_line():
    """The saw at 30: all draw by 30."""
    found = drawn(activity(SetPoint(point=f"{SAW}/pace", value=30)))[0]
    assert found[2] == pytest.approx(20 * (STANDSTILL + (1 - STANDSTILL) * 0.5))


def test_what_one_medium_slows_draws_less_of_another():
    """Too little suction slows the saw, which then heats less coolant."""
    weak = {u: np.array([p]) for u, p in {**USUAL, MAIN: 3.0}.items()}
    found = activity()
    assert found.drawn(0, weak)[2, 0] < 0.8 * found.drawn(0, {**weak, MAIN: np.array([5.0])})[2, 0]


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
    assert found.reference(USUAL)[0] == pytest.approx(55 * STANDSTILL)
    assert found.reference(USUAL, running=True)[0] == pytest.approx(drawn(activity())[0, 0])


def test_a_belt_without_a_believed_level_is_half_full():
    """The planer then runs on for 40 seconds."""
    mill = Mill(columns={f"{BELT}/level": np.nan})
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
