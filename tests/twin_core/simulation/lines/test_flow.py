"""SimPy as the examiner of the fast engine, and what only it can say."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings

from tests.twin_core.simulation.lines.lines import lines, reworking, shared
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines import flow, recursion
from twin_core.simulation.lines.line import (
    ENDLESS,
    Buffer,
    Crew,
    Duration,
    Failure,
    Line,
    Machine,
    Rework,
    Setting,
)

ONE = Machine(Duration(1.0))


@given(lines())
@settings(max_examples=120, deadline=None)
def test_both_engines_agree_part_by_part_to_the_microsecond(drawn):
    """For the same random numbers every figure of every machine and buffer is the same."""
    fast = recursion.run(drawn, seed=11, replications=2, steps=7)
    slow = flow.run(drawn, 11, 2, steps=7)
    for field in fields(fast):
        np.testing.assert_array_equal(getattr(fast, field.name), getattr(slow, field.name))


@given(shared())
@settings(max_examples=120, deadline=None)
def test_both_engines_have_people_mend_the_same_machines_at_the_same_time(drawn):
    """With crews, ranks and several people the same holds."""
    line, crews = drawn
    fast = recursion.run(line, seed=11, replications=2, crews=crews, steps=7)
    slow = flow.run(line, 11, 2, crews=crews, steps=7)
    for field in fields(fast):
        np.testing.assert_array_equal(getattr(fast, field.name), getattr(slow, field.name))


@given(reworking())
@settings(max_examples=120, deadline=None)
def test_both_engines_send_the_same_parts_back_at_the_same_time(drawn):
    """Also in the very microsecond in which the machine that they go to begins."""
    line, crews, back = drawn
    fast = recursion.run(line, seed=11, replications=2, crews=crews, rework=back, steps=7)
    slow = flow.run(line, 11, 2, crews=crews, rework=back, steps=7)
    for field in fields(fast):
        np.testing.assert_array_equal(getattr(fast, field.name), getattr(slow, field.name))


def test_room_that_comes_by_the_clock_is_seen_before_a_later_call():
    """A machine that waits for a buffer to be enlarged fails, and calls, before the next one."""
    fails = [(Failure(Duration(a), Duration(b)),) for a, b in ((2.5, 1.0), (20.3, 30.0))]
    first, last = Machine(Duration(1.0), fails[0]), Machine(Duration(100.0), fails[1])
    line = Line((first, last), (Buffer(0, 1, 1, resized=(5.0, 100)),), 60.0)
    for engine in (flow, recursion):
        assert engine.run(line, 1, 1, crews=[Crew((0, 1))]).cycles.tolist() == [[22, 0]]


def test_of_those_who_call_at_once_the_rank_and_then_the_number_decides():
    """Three stop in the same microsecond, in either engine."""
    law = (Failure(Duration(3.0), Duration(5.0)),)
    three = Line((Machine(Duration(1.0), law),) * 3, (), 9.0)
    for engine in (flow, recursion):
        down = engine.run(three, 1, 1, crews=[Crew((0, 1, 2), first=(2,))]).down[0] / 1e6
        assert down.tolist() == [6.0, 6.0, 5.0]


def test_courses_agree_where_far_more_is_taken_than_put_at_once():
    """A machine that throws nearly all out works off what gathered while it stood."""
    throws = Machine(Duration(1.0), outages=((0, 1500),), settings=(Setting(0, rejects=0.97),))
    ends = Buffer(0, 1), Buffer(1, 2, 5)
    line = Line((Machine(Duration(0.5)), throws, Machine(Duration(0.7, "exponential"))), ends, 3000)
    fast, slow = recursion.run(line, 3, 1, steps=50), flow.run(line, 3, 1, steps=50)
    for name in ("good", "levels", "extremes"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name))


def test_a_machine_that_has_put_nothing_yet_tells_no_moment_of_an_earlier_replication():
    """What it throws out for a while is not what the one before put."""
    kinds = Setting(0, 0.5, rejects=1.0), Setting(7, 0.5)
    line = Line.serial([ONE, Machine(Duration(1.0), settings=kinds), ONE], [5, 1], 60.0)
    fast, slow = recursion.run(line, 11, 3, steps=7), flow.run(line, 11, 3, steps=7)
    np.testing.assert_array_equal(fast.good, slow.good)
    np.testing.assert_array_equal(fast.levels, slow.levels)


def test_one_crew_mends_one_machine_at_a_time():
    """Two machines fail together: with one crew the second waits for the first."""
    law = Failure(Duration(100), Duration(50))
    both = Line((Machine(Duration(1.0), failures=(law,)),) * 2, (), 200.0)
    alone = flow.run(both, 1, 1)
    shared = flow.run(both, 1, 1, crews=[Crew((0, 1))])
    assert alone.down[0].tolist() == [50e6, 50e6]
    assert shared.down[0].tolist() == [50e6, 100e6]


def test_whom_a_crew_mends_first_waits_least():
    """Three stop together: the last by number is mended before the second, never interrupted."""
    law = Failure(Duration(100), Duration(50))
    three = Line((Machine(Duration(1.0), failures=(law,)),) * 3, (), 400.0)
    in_turn = flow.run(three, 1, 1, crews=[Crew((0, 1, 2))]).down[0]
    ranked = flow.run(three, 1, 1, crews=[Crew((0, 1, 2), first=(2,))]).down[0]
    assert in_turn.tolist() == sorted(in_turn)
    assert ranked[2] < ranked[1]
    alike = Crew((0, 1, 2), first=(0, 1, 2))
    assert flow.run(three, 1, 1, crews=[alike]).down[0].tolist() == in_turn.tolist()


def test_what_cannot_be_put_in_order_is_for_simpy():
    """The recursion refuses what it cannot order, and says what it can."""
    law = Failure(Duration(10), Duration(5), calendar=True)
    calls = Line((replace(ONE, failures=(law,)),), (), 60.0)
    endless = Line((ONE, ONE), (Buffer(0, 1),), 60.0)
    crews, back = {"crews": [Crew((0,))]}, {"rework": [Rework(1, 0, 1.0)]}
    for line, more, allowed in (
        (calls, crews, "laws of work"), (endless, crews, "some end"), (endless, back, "some end")
    ):  # fmt: skip
        flow.run(line, 1, 1, **more)
        with pytest.raises(ImpossibleScenario, match=allowed):
            recursion.run(line, 1, 1, **more)


def halved(share, target, machines=3, reject=0.5):
    """A row whose last machine rejects; what came of it, with so much of that sent back."""
    last = Machine(Duration(1.0), settings=(Setting(0.0, rejects=reject),))
    row = Line.serial([ONE] * (machines - 1) + [last], [50] * (machines - 1), 4000.0)
    back = [Rework(machines - 1, target, share)] if share else []
    return flow.run(row, 3, 1, rework=back)


@pytest.mark.parametrize("target", [0, 1, 2])
def test_what_is_sent_back_is_made_at_last(target):
    """Nothing is lost: all that a machine takes goes on, is thrown out or comes again."""
    found = halved(1.0, target)
    assert found.rejected[0].tolist() == [0, 0, 0]
    assert found.cycles[0, 2] == pytest.approx(2000, abs=120)
    assert found.again[0].tolist() == [0, 0, pytest.approx(2000, abs=120)]
    # so much is in front of the last machine besides what comes back
    fresh = found.cycles[0, target] - (found.again[0, 2] if target < 2 else 0)
    assert fresh >= found.cycles[0, 2]


def test_a_share_of_what_is_thrown_out_comes_back():
    """Of half thrown out three quarters: an eighth of all that the machine does is lost."""
    found = halved(0.75, 2)
    done = found.cycles[0, 2] + found.again[0, 2]
    assert found.again[0, 2] / done == pytest.approx(0.375, abs=0.03)
    assert found.rejected[0, 2] / done == pytest.approx(0.125, abs=0.02)


def test_nothing_sent_back_changes_nothing():
    """The same parts are thrown out as without it."""
    with_it, without = halved(1.0, 0, reject=0.0), halved(0.0, 0, reject=0.0)
    assert with_it.cycles.tolist() == without.cycles.tolist()


def test_what_was_put_right_goes_first():
    """A starved machine takes it at once, one that is fed takes it before what is on the belt."""
    thrown = Setting(0.0, rejects=1.0)
    row = Line(
        (Machine(Duration(1e4)), Machine(Duration(1.0), settings=(thrown, Setting(3.5)))),
        (Buffer(0, 1, 10, contents=2),), 8.0,
    )  # fmt: skip
    found = flow.run(row, 1, 1, rework=[Rework(1, 1, 1.0)])
    assert (found.again[0, 1], found.cycles[0, 1], found.contents[0, 0]) == (3, 2, 0)


def test_rework_that_cannot_be_is_refused():
    """Forwards, of more than there is, twice, apart, of several parts a cycle, to a carrier."""
    row = Line.serial([ONE] * 2, [5], 10.0)
    pairs = Line((ONE, ONE), (Buffer(0, 1, 10, takes=(2,)),), 10.0)
    passing = Line((ONE,) * 3, (Buffer(0, 1, 10, until=1), Buffer(1, 2, 10)), 10.0)
    for engine in (flow, recursion):
        for back in ([Rework(0, 1, 1.0)], [Rework(1, 0, 1.5)], [Rework(1, 0, 0.5)] * 2):
            with pytest.raises(ImpossibleScenario, match="at or before it"):
                engine.run(row, 1, 1, rework=back)
        with pytest.raises(ImpossibleScenario, match="part by part"):
            engine.run(pairs, 1, 1, rework=[Rework(1, 0, 1.0)])
        apart = Line((ONE,) * 3, (Buffer(0, 1, 10),), 10.0)
        with pytest.raises(ImpossibleScenario, match="its parts come from"):
            engine.run(apart, 1, 1, rework=[Rework(2, 1, 1.0)])
        with pytest.raises(ImpossibleScenario, match="more than to pass on"):
            engine.run(passing, 1, 1, rework=[Rework(2, 1, 1.0)])


def test_machines_side_by_side_make_as_much_together_and_parts_overtake():
    """Two of two seconds are as fast as one of one; a quick part leaves before a slow one."""
    two = Line((Machine(Duration(2.0)),), (), 100.0)
    assert flow.run(two, 1, 1, beside=[2]).cycles[0, 0] == 100
    spread = Line((ONE, Machine(Duration(2.0, "exponential"))), (Buffer(0, 1, ENDLESS),), 2000.0)
    assert flow.run(spread, 1, 1, beside=[1, 3]).cycles[0, 1] > 1900


def test_what_does_not_fit_is_refused():
    """Machines side by side, at least one; crews of somebody, for machines that are there, once."""
    for crews in ([Crew((0,), 0)], [Crew((1,))], [Crew((0,))] * 2, [Crew((0,), first=(1,))]):
        for engine in (flow, recursion):
            with pytest.raises(ImpossibleScenario, match="Crew"):
                engine.run(Line((ONE,), (), 10), 1, 1, crews=crews)
    with pytest.raises(ImpossibleScenario, match="side by side"):
        flow.run(Line((ONE,), (), 10), 1, 1, beside=[0])
    with pytest.raises(ImpossibleScenario, match="horizon"):
        flow.run(Line((ONE,), (), 0), 1, 1)
