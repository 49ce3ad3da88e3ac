"""The laws of a line part by part; that it is exact is held in test_flow.py."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from tests.twin_core.simulation.lines.lines import lines
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines.allowed import check
from twin_core.simulation.lines.line import (
    ENDLESS,
    Buffer,
    Duration,
    Failure,
    Line,
    Machine,
    Setting,
)
from twin_core.simulation.lines.recursion import run

ONE = Machine(Duration(1.0))
ALONE = Line((ONE,), (), 10.0)
FLEETING = (Failure(Duration(1e-6), Duration(1e-6), calendar=True),)
HOUR = 3600.0


def set_to(*settings):
    return Machine(Duration(1.0), settings=settings)


WORN = Machine(
    Duration(1.0), (Failure(Duration(1.0), Duration(1.0)),), settings=(Setting(5, haste=(1e5,)),)
)


@given(lines())
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost_and_every_moment_is_accounted_for(line):
    """What was put and not taken lies on a buffer; the four states add up to the horizon."""
    found = run(line, seed=3, replications=2)
    states = found.worked + found.down + found.starved + found.blocked
    assert (states == round(line.horizon_s * 1e6)).all()
    assert (found.rejected <= found.cycles).all()
    assert (found.contents >= 0).all()
    for b, buffer in enumerate(line.buffers):
        sizes = [buffer.capacity, *(buffer.resized or ())[1:], buffer.contents + buffer.underway]
        assert (found.contents[:, b] <= max(sizes)).all()
        if buffer.puts == buffer.takes == (1,):
            lay = buffer.contents + buffer.underway
            good = (found.cycles - found.rejected)[:, buffer.source] + lay
            taken = good - found.contents[:, b]
            held = taken - found.cycles[:, buffer.target]
            assert ((held == 0) | (held == 1)).all()  # one may be in the machine


@given(lines())
@settings(max_examples=30, deadline=None)
def test_a_replication_is_the_same_in_whatever_share_it_is_run(line):
    """Two and two are four; the same line given four times is the line given once."""
    whole = run(line, seed=5, replications=4)
    parts = [run(line, seed=5, replications=2, first=at) for at in (0, 2)]
    again = run([line] * 4, seed=5, replications=4)
    for name in ("cycles", "worked", "down", "starved", "blocked", "contents"):
        found = getattr(whole, name)
        np.testing.assert_array_equal(found, np.concatenate([getattr(p, name) for p in parts]))
        np.testing.assert_array_equal(found, getattr(again, name))


@given(lines())
@settings(max_examples=30, deadline=None)
def test_to_tell_a_course_changes_nothing_and_it_ends_where_the_line_does(line):
    """What is made only grows, up to what is made; no level leaves what it was at its extremes."""
    silent, told = run(line, seed=3, replications=2), run(line, seed=3, replications=2, steps=9)
    for name in ("cycles", "rejected", "worked", "down", "starved", "blocked", "contents"):
        np.testing.assert_array_equal(getattr(silent, name), getattr(told, name))
    assert silent.good.size == silent.levels.size == silent.extremes.size == 0
    assert told.good.shape[2] == told.levels.shape[2] == 10
    assert (told.good[..., 0] == 0).all()
    assert (np.diff(told.good, axis=2) >= 0).all()
    np.testing.assert_array_equal(told.good[..., -1], told.cycles - told.rejected)
    assert (told.extremes[..., :1] <= told.levels).all()
    assert (told.levels <= told.extremes[..., 1:]).all()
    alone = [b for b, one in enumerate(line.buffers) if one.until is None]
    np.testing.assert_array_equal(told.levels[:, alone, -1], told.contents[:, alone])


def test_a_course_is_told_at_equal_steps_with_all_that_has_happened_by_then():
    """A part a second, and one every two: a place fills by half a part a second up to its room."""
    found = run(Line.serial([ONE, Machine(Duration(2.0))], [5], 20.0), 1, 1, steps=5)
    assert found.good[0].tolist() == [[0, 4, 8, 11, 13, 15], [0, 1, 3, 5, 7, 9]]
    assert found.levels[0, 0].tolist() == [0, 2, 4, 5, 5, 5]
    assert found.extremes[0, 0].tolist() == [0, 5]


def test_the_fullest_and_emptiest_are_those_between_the_moments_too():
    """Four lie there, are used up while the first machine stands, and come again after it."""
    first = Machine(Duration(1.0), outages=((0.0, 30.0),))
    second = Machine(Duration(2.0), outages=((40.0, 1000.0),))
    line = Line((first, second), (Buffer(0, 1, 9, contents=4),), 100.0)
    found = run(line, 1, 1, steps=1)
    assert found.levels[0, 0].tolist() == [3, 9]  # one is in the machine at once
    assert found.extremes[0, 0].tolist() == [0, 9]


def test_room_up_to_the_end_of_a_conveyor_is_its_level():
    """What the carrier has in hand takes up room too."""
    carrier, stopped = Machine(Duration(0.1)), Machine(Duration(1000.0))
    ends = Buffer(0, 1, 8, contents=1, until=1), Buffer(1, 2, 8, contents=2)
    found = run(Line((ONE, carrier, stopped), ends, 100.0), 1, 1, steps=1)
    assert found.levels[0, :, 1].tolist() == [8, 8]
    assert found.extremes[0].tolist() == [[2, 8], [1, 8]]


def test_more_parts_than_a_ring_has_places_are_weighed_rightly():
    """Twenty thousand gather behind a machine that stands, and are worked off."""
    late = Machine(Duration(0.5), outages=((0.0, 20_000.0),))
    for until in (None, 1):
        line = Line(
            (ONE, Machine(Duration(0.1)), late),
            (Buffer(0, 1, until=until), Buffer(1, 2)),
            45_000.0,
        )
        found = run(line, 1, 1, steps=9)
        assert found.extremes[0, 1].tolist() == [0, 19_999]
        assert found.levels[0, 1, [4, 9]].tolist() == [19_998, 0]


def test_what_lies_at_the_end_of_a_conveyor_at_the_start_is_its_level_too():
    """Also where nothing ever comes."""
    stands = Machine(Duration(1.0), outages=((0.0, 1e3),))
    ends = Buffer(0, 1, 8, until=1), Buffer(1, 2, 8, contents=3)
    found = run(Line((stands, Machine(Duration(0.1)), stands), ends, 100.0), 1, 1, steps=1)
    assert found.extremes[0].tolist() == [[2, 2], [2, 2]]  # one is in the machine that stands


@pytest.mark.parametrize("steps", [-1, 1001])
def test_a_course_has_so_many_steps_at_most(steps):
    """A thousand, and not fewer than none."""
    with pytest.raises(ImpossibleScenario, match="0 to 1,000"):
        run(ALONE, 1, 1, steps=steps)


def test_a_line_makes_what_its_slowest_machine_makes():
    """Without failures the slowest sets the pace; those before it are blocked, after it starved."""
    line = Line.serial([ONE, Machine(Duration(2.0)), ONE], [5, 5], HOUR)
    found = run(line, seed=1, replications=1)
    assert found.cycles[0].tolist() == [1805, 1799, 1799]
    assert found.blocked[0, 0] > 0.45 * HOUR * 1e6
    assert found.starved[0, 2] > 0.45 * HOUR * 1e6


def test_a_machine_alone_runs_for_its_share_of_the_time():
    """A single machine's availability is life / (life + repair), by work or by the calendar."""
    for calendar in (False, True):
        law = Failure(Duration(300, "exponential"), Duration(100, "weibull", 2.0), calendar)
        line = Line((Machine(Duration(1.0), failures=(law,)),), (), 100 * HOUR)
        found = run(line, seed=2, replications=20)
        share = found.worked / (100 * HOUR * 1e6)
        assert share.mean() == pytest.approx(0.75, abs=0.01)


def test_a_failure_of_the_calendar_comes_to_a_machine_that_waits():
    """A starved machine uses up no life that is counted in work."""
    slow = Machine(Duration(10.0))
    by = {
        calendar: Machine(Duration(1.0), failures=(Failure(Duration(100), Duration(50), calendar),))
        for calendar in (False, True)
    }
    down = {
        calendar: run(Line.serial([slow, machine], [5], HOUR), 1, 1).down[0, 1] / 1e6
        for calendar, machine in by.items()
    }
    assert down[False] == 3 * 50  # 359 s of work
    assert down[True] > 0


def test_a_speed_and_an_outage_take_effect_when_they_say():
    """Half the speed from 1800 s on, and none for ten minutes."""
    machine = Machine(Duration(1.0), settings=(Setting(1800, 0.5),), outages=((600, 600),))
    found = run(Line((machine,), (), HOUR), 1, 1)
    assert found.cycles[0, 0] == 600 + 600 + 900
    assert found.down[0, 0] == 600e6


def test_parts_travel():
    """The first part is at the far end after the way; nothing is made faster or slower by it."""
    line = Line((ONE, ONE), (Buffer(0, 1, ENDLESS, travel_s=60.0),), HOUR)
    found = run(line, 1, 1)
    assert found.cycles[0].tolist() == [3600, 3539]


def test_lots_and_joins():
    """Twelve bottles and a box make a case, forty cases a pallet."""
    line = Line(
        (Machine(Duration(0.5)), Machine(Duration(3.0)), ONE, ONE),
        (
            Buffer(0, 2, 100, takes=(12,)),
            Buffer(1, 2, 10),
            Buffer(2, 3, 100, takes=(40,)),
        ),
        HOUR,
    )
    found = run(line, 1, 1)
    cases = found.cycles[0, 2]
    assert cases == math.floor((HOUR - 1.0) / 6.0)
    assert found.cycles[0, 3] == cases // 40


def test_what_is_thrown_out_goes_no_further():
    """A share of the cycles puts nothing; no machine after it sees them."""
    line = Line.serial(
        [Machine(Duration(1.0), settings=(Setting(0.0, rejects=0.1),)), ONE], [10], 100 * HOUR
    )
    found = run(line, 1, 5)
    share = found.rejected[:, 0] / found.cycles[:, 0]
    assert share.mean() == pytest.approx(0.1, abs=0.003)
    assert (found.cycles[:, 1] <= found.cycles[:, 0] - found.rejected[:, 0]).all()


def test_a_longer_buffer_meets_the_same_failures():
    """With common random numbers more room never costs a part."""
    law = Failure(Duration(200, "exponential"), Duration(40, "exponential"))
    machines = [Machine(Duration(1.0), failures=(law,))] * 4
    made = [
        run(Line.serial(machines, [size] * 3, 8 * HOUR), 7, 20).cycles[:, -1]
        for size in (1, 5, 20, 80)
    ]
    assert all((b >= a).all() for a, b in pairwise(made))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (Line((), (), 10), "without machines"),
        (Line((ONE,), (), 0), "horizon of 0 s"),
        (Line((ONE,), (), math.nan), "horizon of nan s"),
        (Line((Machine(Duration(0)),), (), 10), "mean 0 s"),
        (Line((Machine(Duration(math.nan)),), (), 10), "mean nan s"),
        (Line((Machine(Duration(1, "weibull", -1)),), (), 10), "shape -1"),
        (Line((Machine(Duration(1, "lognormal", math.inf)),), (), 10), "shape inf"),
        (Line((Machine(Duration(1e-6)),), (), 1e7), r"1e\+13 cycles or failures"),
        (Line((Machine(Duration(1), failures=FLEETING),), (), 1e7), "cycles or failures"),
        (Line((Machine(Duration(1), failures=FLEETING * 31),), (), 10), "31 laws"),
        (Line((set_to(Setting(5, rejects=1.5)),), (), 10), "rejects 1.5"),
        (Line((set_to(Setting(5), Setting(2)),), (), 10), "settings at"),
        (Line((set_to(Setting(5, -1)),), (), 10), "speed -1"),
        (Line((set_to(Setting(-5)),), (), 10), "settings at"),
        (Line((set_to(Setting(math.nan)),), (), 10), "settings at"),
        (Line((set_to(Setting(5, math.inf)),), (), 10), "speed inf"),
        (Line((set_to(Setting(5, haste=(1,))),), (), 10), "haste"),
        (Line((WORN,), (), 1e5), "cycles or failures"),
        (Line((Machine(Duration(1), outages=((-5, 1),)),), (), 10), "outages"),
        (Line((Machine(Duration(1), outages=((5, math.inf),)),), (), 10), "outages"),
        (Line((ONE, ONE), (Buffer(0, 1, -1),), 10), "holds -1"),
        (Line((ONE, ONE), (Buffer(1, 0, 1),), 10), "from machine 1 to 0"),
        (Line((ONE, ONE), (Buffer(0, 1, 5, takes=(12,)),), 10), "holds 5"),
        (Line((ONE, ONE), (Buffer(0, 1, 5, takes=(0,)),), 10), "no parts"),
        (Line((ONE, ONE), (Buffer(0, 1, 5, travel_s=-1),), 10), "travels -1 s"),
        (Line((ONE, ONE), (Buffer(0, 1, 5, contents=3, underway=3),), 10), "holds 5"),
        (Line((ONE, ONE), (Buffer(0, 1, 5, closed=((5, -1),)),), 10), "closed"),
        (Line((ONE, ONE), (Buffer(0, 1, 5, resized=(5, 0)),), 10), "holds 0 from 5 s on"),
        (Line((ONE,) * 3, (Buffer(0, 2, 5, resized=(5, 9)), Buffer(1, 2)), 10), "in a row"),
        (Line((ONE, ONE), (Buffer(0, 1, 5, until=1),), 10), "until buffer 1"),
        (Line((ONE,) * 3, (Buffer(0, 1, 5, until=1), Buffer(1, 2, contents=6)), 10), "holds 5"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_what_is_allowed(line, said):
    """The sentence names the machine or buffer, and what it may be."""
    with pytest.raises(ImpossibleScenario, match=said):
        check(line)


def test_what_happens_after_the_horizon_is_not_lived_through():
    """A repair or a cycle of decades, beside failures by the millisecond, ends at once."""
    often = Failure(Duration(0.001, "exponential"), Duration(0.001), calendar=True)
    decades = Failure(Duration(1.0), Duration(1e9), calendar=True)
    worn = Failure(Duration(0.001), Duration(0.001))
    for failures in ((often, decades), (worn,)):
        line = Line((Machine(Duration(1e9), failures=failures),), (), 10.0)
        found = run(line, 1, 1)
        assert found.cycles[0, 0] == 0
        assert found.worked[0, 0] + found.down[0, 0] == 10e6


@pytest.mark.parametrize(
    ("given", "replications"), [([], 0), ([], 1), (ALONE, 0), ([ALONE] * 2, 3)]
)
def test_there_is_a_line_for_each_replication_or_one_for_all(given, replications):
    """Anything else is refused."""
    with pytest.raises(ImpossibleScenario, match="one for each"):
        run(given, 1, replications)


def test_a_line_in_which_each_waits_for_the_other_ends():
    """Three are put where two are taken and three have room: what is left over blocks for ever."""
    line = Line((ONE, ONE), (Buffer(0, 1, 3, puts=(3,), takes=(2,)),), 100.0)
    found = run(line, 1, 1)
    assert found.cycles[0].tolist() == [1, 1]
    assert found.blocked[0, 0] == 98e6


def test_haste_uses_up_a_life_faster_or_not_at_all():
    """Of 100 s of life 50 are left: they last 12.5 s at four times the haste, at none for ever."""
    law = Failure(Duration(100), Duration(10))
    for haste, fails in ((4.0, 62.5), (1.0, 100.0), (0.0, 1000.0)):
        machine = Machine(Duration(1.0), (law,), settings=(Setting(50, haste=(haste,)),))
        for horizon, down in ((fails, 0.0), (fails + 12, 0.0 if haste == 0 else 10.0)):
            assert run(Line((machine,), (), horizon), 1, 1).down[0, 0] == down * 1e6


def test_what_is_underway_comes_one_after_the_other():
    """Four on a belt of 40 s are there after 10, 20, 30 and 40 s."""
    slow = Machine(Duration(1000.0))
    line = Line((slow, ONE), (Buffer(0, 1, 9, 40.0, contents=1, underway=4),), 36.0)
    found = run(line, 1, 1)
    assert found.cycles[0, 1] == 4
    assert found.starved[0, 1] == 32e6


def test_a_closed_buffer_gives_and_takes_nothing():
    """What lies on it stays, and what is made waits for it."""
    line = Line(
        (ONE, ONE),
        (
            Buffer(
                0,
                1,
                9,
                contents=5,
                closed=((0, 20), (15, 15)),
            ),
        ),
        31.0,
    )
    found = run(line, 1, 1)
    assert found.cycles[0].tolist() == [2, 1]
    assert found.blocked[0, 0] == 29e6
    assert found.starved[0, 1] == 30e6


def test_a_resized_buffer_holds_more_or_is_drained_first():
    """From then on its room is the new one; nothing that lies on it is lost."""
    slow = Machine(Duration(10.0))
    for to, lies in ((9, 9), (2, 2)):
        line = Line((ONE, slow), (Buffer(0, 1, 5, resized=(100.0, to)),), 1000.0)
        assert run(line, 1, 1).contents[0, 0] == lies
    early = Line((ONE, slow), (Buffer(0, 1, 5, resized=(100.0, 2)),), 99.0)
    assert run(early, 1, 1).contents[0, 0] == 5


def test_room_may_be_taken_up_until_the_end_of_a_conveyor():
    """A carrier between two machines makes no room for the first by carrying on."""
    carrier, stopped = Machine(Duration(0.1)), Machine(Duration(1000.0))
    ends = Buffer(0, 1, 8, contents=1, until=1), Buffer(1, 2, 8, contents=2)
    found = run(Line((ONE, carrier, stopped), ends, 100.0), 1, 1)
    assert found.contents[0].tolist() == [0, 8]
    assert found.cycles[0, 0] == 6  # one of the three went into the stopped machine
    both = run(Line((ONE, carrier, stopped), (Buffer(0, 1, 8), Buffer(1, 2, 8)), 100.0), 1, 1)
    assert both.contents[0].sum() == 16
