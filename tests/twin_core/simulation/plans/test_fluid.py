"""The fluid line: conservation, blocking and starving, bottleneck, known two-machine lines."""

from math import exp, inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.simulation.plans.fluid import run
from twin_core.simulation.plans.layout import (
    BufferPlan,
    BufferSetting,
    LinePlan,
    MachinePlan,
    MachineSetting,
)
from twin_core.simulation.stream import Stream


def streams(seed, replication=0):
    made: dict = {}

    def stream(machine, law):
        return made.setdefault((machine, law), Stream((replication, machine, law), seed))

    return stream


def machine(rate, rejects=0.0, mtbf=None, mttr=30.0, **more):
    hazards, laws = ((1.0 / mtbf,), (mttr,)) if mtbf else ((), ())
    return MachinePlan((MachineSetting(0.0, rate, rejects, hazards),), laws, **more)


def buffer(capacity, contents=0.0, carries=inf, **more):
    return BufferPlan((BufferSetting(0.0, capacity, carries),), contents, **more)


def line(machines, buffers, horizon=900.0, counted=None):
    last = len(machines) - 1 if counted is None else counted
    return LinePlan(tuple(machines), tuple(buffers), last, horizon)


rates = st.floats(0.1, 20)
machines = st.builds(
    machine, rates, st.floats(0, 0.3), st.one_of(st.none(), st.floats(20, 2000)), st.floats(1, 200)
)
buffers = st.builds(
    lambda capacity, share, travel: buffer(capacity, share * capacity, travel_s=travel),
    st.floats(0, 300),
    st.floats(0, 1),
    st.sampled_from([0.0, 1.0, 8.0, 30.0]),
)


@st.composite
def lines(draw):
    n = draw(st.integers(1, 6))
    return line(
        draw(st.lists(machines, min_size=n, max_size=n)),
        draw(st.lists(buffers, min_size=n - 1, max_size=n - 1)),
    )


@settings(max_examples=120, deadline=None)
@given(lines(), st.integers(0, 2**31))
def test_what_goes_in_comes_out_or_is_rejected_or_lies_on_a_conveyor(plan, seed):
    """For every line: made upstream - taken downstream = change of the contents between."""
    got = run(plan, streams(seed))
    for j, between in enumerate(plan.buffers):
        gained = got.contents[j] - between.contents
        assert got.made[j] - got.taken[j + 1] == pytest.approx(gained, abs=1e-4)
        assert -1e-6 <= got.contents[j] <= between.settings[0].capacity + 1e-4
    for i, one in enumerate(plan.machines):
        lost = got.taken[i] - got.made[i]
        assert got.rejected[i] == lost
        assert lost == pytest.approx(got.taken[i] * one.settings[0].rejects, abs=1e-6)
        assert got.taken[i] <= one.settings[0].rate * (plan.horizon_s - got.down[i]) + 1e-4


@settings(max_examples=60, deadline=None)
@given(lines(), st.integers(0, 2**31))
def test_the_same_seed_gives_the_same_realisation(plan, seed):
    """A realisation is a function of plan and random numbers alone."""
    assert run(plan, streams(seed)) == run(plan, streams(seed))


def test_a_deterministic_line_runs_at_its_bottleneck():
    """Without stops the slowest machine sets the rate."""
    got = run(
        line([machine(12), machine(10), machine(11)], [buffer(100, 50), buffer(100, 50)]),
        streams(1),
    )
    assert got.made[1] == pytest.approx(900 * 10)
    assert got.counted == pytest.approx(900 * 10 + 50)


def test_a_full_buffer_slows_what_feeds_it():
    """Blocking: once the place is used up the machine before runs at the rate of the one after."""
    got = run(line([machine(10), machine(4)], [buffer(60)]), streams(1))
    assert got.contents[0] == pytest.approx(60)
    assert got.taken[0] == pytest.approx(900 * 4 + 60)


def test_an_outage_upstream_starves_the_line_when_the_buffer_is_used_up():
    """A buffer of 100 at 5 a second lasts 20 of the 60 seconds the feeder is out."""
    got = run(line([machine(5, outages=((100, 60),)), machine(5)], [buffer(100, 100)]), streams(1))
    assert got.counted == pytest.approx(5 * (900 - 40))


def test_travel_delays_what_an_empty_conveyor_delivers():
    """The first thing put on an empty conveyor arrives after the travel time."""
    got = run(line([machine(5), machine(5)], [buffer(1000, travel_s=30)]), streams(1))
    assert got.counted == pytest.approx(5 * 870)
    assert got.contents[0] == pytest.approx(150)


def test_a_slow_conveyor_is_a_bottleneck():
    """Nothing passes a conveyor faster than it carries."""
    got = run(line([machine(10), machine(10)], [buffer(100, carries=6)]), streams(1))
    assert got.counted == pytest.approx(900 * 6)


def test_what_has_gathered_at_the_end_of_a_slow_conveyor_is_taken_at_full_speed():
    """A stop of the machine after it lets 200 gather, which it then takes at its own rate."""
    ends = [machine(6), machine(10, outages=((0, 100),))]
    got = run(line(ends, [buffer(1000, carries=2)], horizon=125), streams(1))
    assert got.made[1] == pytest.approx(10 * 25)
    later = run(line(ends, [buffer(1000, carries=2)], horizon=225), streams(1))
    assert later.made[1] == pytest.approx(10 * 25 + 2 * 100)
    assert later.contents[0] == pytest.approx(6 * 225 - 450)


def test_what_is_held_back_comes_as_it_is_carried():
    """A conveyor full of things that have not reached its end gives them at its own pace."""
    held = buffer(300, 300, carries=3, held_back=300)
    got = run(line([machine(0.001), machine(10)], [held], horizon=90), streams(1))
    assert got.made[1] == pytest.approx(3 * 90)


def test_a_standing_conveyor_gives_and_takes_nothing():
    """Whatever lies on it stays."""
    got = run(line([machine(5), machine(5)], [buffer(100, 50, carries=0.0)]), streams(1))
    assert got.contents[0] == 50
    assert got.counted == 0
    assert got.taken[0] == 0


def test_a_smaller_place_than_contents_blocks_until_it_is_drained():
    """A buffer cut to less than lies on it takes nothing until it fits again."""
    cut = BufferPlan((BufferSetting(0, 100), BufferSetting(100, 40)), contents=100)
    got = run(line([machine(5), machine(5)], [cut]), streams(1))
    assert got.contents[0] == pytest.approx(40)
    assert got.counted == pytest.approx(5 * 900)
    assert got.taken[0] == pytest.approx(5 * 900 - 60)


def test_a_line_without_any_buffer_loses_every_stop_once():
    """Buzacott: without buffers the efficiency is 1 / (1 + sum of mttr / mtbf)."""
    laws = [(600, 60), (900, 30), (400, 40)]
    plan = line(
        [machine(10, mtbf=a, mttr=b) for a, b in laws], [buffer(0), buffer(0)], horizon=40_000
    )
    made = np.array([run(plan, streams(5, r)).counted / 400_000 for r in range(30)])
    expected = 1 / (1 + sum(b / a for a, b in laws))
    half = 2.58 * made.std(ddof=1) / np.sqrt(len(made))
    assert abs(made.mean() - expected) < half


def gershwin_two_machines(mu, p1, r1, p2, r2, n):
    """Throughput of the continuous two-machine line with equal speeds (Gershwin 1994, ch. 3).

    Stationary densities g·(1, 1, (r1+r2)/(p1+p2), (p1+p2)/(r1+r2)) with g = exp(k x) inside and
    masses at the empty and the full buffer from the balance there.
    """
    up, down = (r1 + r2) / (p1 + p2), (p1 + p2) / (r1 + r2)
    k = (-(p1 + r2) + p2 * up + r1 * down) / mu
    inside = n if abs(k * n) < 1e-9 else (exp(k * n) - 1) / k
    g_n = exp(k * n)
    empty_both, full_both = mu / p2, mu * g_n / p1
    starved, blocked = (p1 + p2) / r1 * empty_both, (p1 + p2) / r2 * full_both
    total = inside * (2 + up + down) + empty_both + full_both + starved + blocked
    return mu * (inside * (1 + up) + empty_both + full_both) / total


@pytest.mark.parametrize(
    ("law1", "law2", "capacity"),
    [((600, 60), (600, 60), 300), ((900, 90), (500, 40), 150), ((400, 50), (800, 60), 500)],
)
def test_two_machines_with_a_finite_buffer_make_what_theory_says(law1, law2, capacity):
    """The mean over replications agrees with the stationary solution (99 % interval)."""
    plan = line(
        [machine(10, mtbf=law1[0], mttr=law1[1]), machine(10, mtbf=law2[0], mttr=law2[1])],
        [buffer(capacity, capacity / 2)],
        horizon=60_000,
    )
    made = np.array([run(plan, streams(11, r)).counted / 60_000 for r in range(25)])
    expected = gershwin_two_machines(
        10, 1 / law1[0], 1 / law1[1], 1 / law2[0], 1 / law2[1], capacity
    )
    half = 2.8 * made.std(ddof=1) / np.sqrt(len(made))
    assert abs(made.mean() - expected) < half


@pytest.mark.parametrize("back_s", [100.1 + 0.7 * k for k in range(12)])
@pytest.mark.parametrize("before", [True, False])
def test_a_place_that_fills_or_empties_in_no_time_does_not_stop_the_clock(before, back_s):
    """A store that nothing limits moves a billion a second when it is back; the run still ends."""
    store = machine(1e9, outages=((50.3, back_s - 50.3),))
    ends = [store, machine(4.7)] if before else [machine(4.7), store]
    got = run(line(ends, [buffer(37.3, 37.3 if before else 0.0)]), streams(1))
    lost = back_s - 50.3 - 37.3 / 4.7
    assert got.made[1 if before else 0] == pytest.approx(4.7 * (900 - lost), abs=1.0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(1e6, 1e10), st.floats(0, 0.3)), min_size=2, max_size=4))
def test_flows_of_any_size_settle(given_machines):
    """A billion a second is rounded to a ten-millionth, and that is no reason to go on for ever."""
    plan = line([machine(*one) for one in given_machines], [buffer(0)] * (len(given_machines) - 1))
    got = run(plan, streams(1))
    assert got.taken[1:] == pytest.approx(got.made[:-1])


def test_common_random_numbers_make_differences_sharper_than_independent_ones():
    """The same streams in both scenarios cut the variance of the difference."""

    def made(rate, seed, r):
        ends = [machine(11, mtbf=500, mttr=40), machine(rate, mtbf=600), machine(11, mtbf=700)]
        return run(line(ends, [buffer(150, 75)] * 2, 1800), streams(seed, r)).counted

    common = [made(10.0, 3, r) - made(9.5, 3, r) for r in range(40)]
    apart = [made(10.0, 3, r) - made(9.5, 4, r) for r in range(40)]
    assert np.var(common) < 0.35 * np.var(apart)


def test_a_law_added_does_not_shift_the_stops_of_the_others():
    """Each law has its own stream: stops of length nothing change nothing."""
    one = machine(10, mtbf=300, mttr=40)
    more = MachinePlan((MachineSetting(0, 10, 0, (1 / 300, 1 / 50)),), (40.0, 1e-9))
    first = run(line([one, machine(9)], [buffer(50)]), streams(2)).counted
    second = run(line([more, machine(9)], [buffer(50)]), streams(2)).counted
    assert second == pytest.approx(first, abs=1e-3)
