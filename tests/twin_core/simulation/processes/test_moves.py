"""Changes sorted by what they move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.simulation.sawmill import LINE, PLANER, SAW, T0, Mill, sawmill
from twin_core.simulation.forecaster import compare
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.processes.moves import Moves, StopLaws, moves_of
from twin_core.simulation.scenario import Failures, Scenario, Staffing

T = np.linspace(0.0, 900.0, 46)


def moved(*changes, after_s=0.0):
    return moves_of(sawmill(), changes, after_s, Rows(Mill().snapshot(), T0))


def gain(*changes, after_s=0.0):
    """Of a saw that stands for a minute every six or seven, in boards a minute."""
    state = np.where(np.arange(360) % 40 < 7, 11.0, 6.0)
    state[-40:] = 6.0
    mill = Mill(columns={f"{SAW}/state": state})
    scenario = Scenario(name="x", line=LINE, horizon_s=900.0, after_s=after_s, changes=changes)
    base = scenario.model_copy(update={"changes": (), "after_s": 0.0})
    return compare(mill.snapshot(), base, [scenario], 1, 80)[0].gain


def test_what_happens_to_one_machine_twice_adds_up():
    """Lives and lengths multiply; the last length in seconds holds."""
    found = moved(
        Failures(asset=SAW, life=2, repair=0.5),
        Failures(asset=SAW, life=3, repair=0.5, repair_s=90),
        Failures(asset=SAW),
    )
    assert found.failures == {SAW: StopLaws(6.0, 0.25, 90.0)}
    assert found.failures[SAW].length_s(1000.0) == 90.0
    assert StopLaws(repair=0.25).length_s(np.array([1000.0])) == 250.0


def test_crews_are_told_as_they_are_given():
    """No machines: all of the line's."""
    found = moved(Staffing(people=1, machines=(SAW,)), Staffing(people=2, first=(PLANER,)))
    assert found.crews == (((SAW,), 1, ()), ((), 2, (PLANER,)))


@given(
    after_s=st.sampled_from([0.0, 300.0, 900.0]),
    life=st.floats(0.01, 100),
    repair=st.floats(0.01, 100),
    lengths=st.lists(st.floats(1, 100), min_size=1, max_size=4),
)
def test_stop_laws_change_from_a_moment_on(after_s, life, repair, lengths):
    """Before it stops come as often and last as long as ever; what is not the machine's own stays.

    Load by stops (how often times how long) is what changes, whatever laws carry it.
    """
    moves = Moves(after_s=after_s, failures={SAW: StopLaws(life, repair)})
    hazards = [np.full(len(T), 0.001 * (i + 1)) for i in range(len(lengths))]
    own = len(lengths) // 2
    found, often = moves.laws(SAW, T, [np.full(2, s) for s in lengths], hazards, own)
    assert len(found) == len(often) >= len(lengths)
    load = sum(mean_s[1] * h for mean_s, h in zip(found, often, strict=True))
    factor = np.where(moves.on(T), repair / life, 1.0)
    mine = sum(m * h for m, h in zip(lengths[:own], hazards[:own], strict=True)) * factor
    rest = sum(m * h for m, h in zip(lengths[own:], hazards[own:], strict=True))
    assert load == pytest.approx(mine + rest)


def test_a_machine_whose_laws_stay_has_the_same_laws():
    """Nothing is copied, scaled or added."""
    hazards = [np.ones(len(T))]
    lengths = [np.array([3.0])]
    assert Moves().laws(SAW, T, lengths, hazards, 1) == (lengths, hazards)


def test_half_as_many_stops_or_half_as_long_win_back_about_half():
    """And in half of the time half of it, with the same luck."""
    never = gain(Failures(asset=SAW, life=100)).mean
    assert never > 1.5
    halves = (
        gain(Failures(asset=SAW, life=2)),
        gain(Failures(asset=SAW, repair=0.5)),
        gain(Failures(asset=SAW, life=100), after_s=450),
    )
    assert all(0.2 * never < half.mean < 0.8 * never for half in halves)


def test_more_and_longer_stops_cost():
    """Two minutes instead of one; ten times as many; five minutes from half-time on."""
    assert gain(Failures(asset=SAW, repair_s=120)).high <= 1e-9
    assert gain(Failures(asset=SAW, repair_s=120)).mean < -1.5
    assert gain(Failures(asset=PLANER, life=0.1)).mean < -0.6
    assert gain(Failures(asset=SAW, life=0.2, repair_s=300), after_s=450).mean < -4
