"""A plan as parts: conservation, blocking and starving, bottleneck, known two-machine lines."""

from dataclasses import fields, replace
from math import exp, inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.simulation.lines import recursion
from twin_core.simulation.lines.coded import Coded
from twin_core.simulation.plans.layout import BufferPlan, LinePlan, MachinePlan
from twin_core.simulation.plans.parts import grain_of, parts, realise


def run(plan, seed, first=0):
    """In grains of the size the model takes; beside what came of it that grain."""
    grain, fastest = size(plan)
    return realise(plan, grain, fastest, seed, first), grain


def size(plan):
    rates = np.concatenate([m.rate[0] for m in plan.machines])
    fastest = rates[rates < 1e6].max()
    smallest = min((b.capacity[0, 0] for b in plan.buffers), default=inf)
    return grain_of(fastest, plan.horizon_s, smallest), fastest


def times(plan, n):
    """The same plan for each of n replications."""
    return together([plan] * n)


def together(plans):
    """Plans of one structure as one of so many replications."""

    def joined(parts):
        told = {f.name: [getattr(p, f.name) for p in parts] for f in fields(parts[0])}
        rows = {k: np.concatenate(v) for k, v in told.items() if isinstance(v[0], np.ndarray)}
        return replace(parts[0], **rows)

    machines, buffers = (
        tuple(joined(one) for one in zip(*parts, strict=True))
        for parts in ([p.machines for p in plans], [p.buffers for p in plans])
    )
    return replace(plans[0], machines=machines, buffers=buffers)


def row(*values):
    return np.array([values], float)


def machine(rate, rejects=0.0, mtbf=None, mttr=30.0, **more):
    laws = ((1.0 / mtbf, mttr),) if mtbf else ()
    return changing([(0.0, rate, rejects, tuple(h for h, _ in laws))], [s for _, s in laws], **more)


def changing(settings, laws=(), down_s=0.0, outages=()):
    at, rate, rejects, hazards = zip(*settings, strict=True)
    often = np.array(hazards, float).reshape(1, len(at), len(laws))
    out, down = np.array(outages, float).reshape(1, -1, 2), row(down_s)[0]
    return MachinePlan(row(*at), row(*rate), row(*rejects), often, row(*laws), down, out)


def buffer(capacity, contents=0.0, carries=inf, **more):
    return resized([(0.0, capacity, carries)], contents, **more)


def resized(settings, contents=0.0, held_back=0.0, **more):
    at, capacity, carries = zip(*settings, strict=True)
    more.setdefault("conveyor", min(carries) < inf)
    lies = row(contents)[0], row(held_back)[0]
    return BufferPlan(row(*at), row(*capacity), row(*carries), *lies, **more)


def line(machines, buffers, horizon=900.0, counted=None):
    last = len(machines) - 1 if counted is None else counted
    return LinePlan(tuple(machines), tuple(buffers), last, horizon)


rates = st.floats(0.1, 20)
machines = st.builds(
    machine, rates, st.floats(0, 0.3), st.one_of(st.none(), st.floats(20, 2000)), st.floats(1, 200)
)
buffers = st.builds(
    lambda capacity, share, travel, conveyor: buffer(
        capacity, share * capacity, travel_s=travel, arriving=2.0, conveyor=conveyor
    ),
    st.floats(0, 300),
    st.floats(0, 1),
    st.sampled_from([0.0, 1.0, 8.0, 30.0]),
    st.booleans(),
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
    """For every line: made upstream less taken downstream = contents gained."""
    got, grain = run(plan, seed)
    for j, between in enumerate(plan.buffers):
        gained = got.contents[0, j] - between.contents[0]
        taken = got.made[0, j + 1] + got.rejected[0, j + 1]
        # a machine and a carrier may each have a grain inside, before and after
        assert got.made[0, j] - taken == pytest.approx(gained, abs=4.01 * grain)
        assert -1e-6 <= got.contents[0, j] <= between.capacity[0, 0] + 3.01 * grain
    for i, one in enumerate(plan.machines):
        done = got.made[0, i] + got.rejected[0, i]
        assert done <= one.rate[0, 0] * got.worked_s[0, i] * 1.001 + grain
    states = got.worked_s + got.down_s + got.starved_s + got.blocked_s
    assert states == pytest.approx(plan.horizon_s)


@settings(max_examples=30, deadline=None)
@given(lines(), st.integers(0, 2**31))
def test_a_replication_is_the_same_in_whatever_share_it_is_run(plan, seed):
    """A realisation is a function of plan, seed and its number alone."""
    whole, _ = run(times(plan, 3), seed)
    last, _ = run(plan, seed, first=2)
    assert (whole.made[2] == last.made[0]).all()
    assert (whole.contents[2] == last.contents[0]).all()


@st.composite
def alike(draw):
    """Three plans of one structure, which resize, stand, stop and lie otherwise."""
    n = draw(st.integers(1, 4))
    conveyors = draw(st.lists(st.booleans(), min_size=n - 1, max_size=n - 1))
    some = st.sampled_from([0.0, 3.0, 40.0])
    found = []
    for _ in range(3):
        steps = [(0.0, *draw(st.tuples(rates, st.floats(0, 0.3), st.tuples(some, some)))),
                 (draw(st.sampled_from([5.0, 80.0])), draw(rates), 0.1, (0.0, 1e9))]  # fmt: skip
        outages = [(draw(some), draw(some)), (draw(some), draw(some)), (700.0, draw(some))]
        machines = [
            changing(steps, [30.0, draw(st.floats(0.01, 90))], draw(some), outages)
            for _ in range(n)
        ]
        between = [
            resized(
                [(0, draw(some), draw(rates)), (50, draw(some), draw(st.sampled_from([0.0, 4.0])))],
                draw(some),
                draw(some),
                travel_s=7.0,
                arriving=2.0,
                conveyor=conveyor,
            )
            for conveyor in conveyors
        ]
        found.append(line(machines, between))
    return found


@settings(max_examples=60, deadline=None)
@given(alike(), st.integers(0, 2**31))
def test_lines_in_columns_are_the_lines_they_say_they_are(plans, seed):
    """What the engine is given of columns is what it is given of their lines, one by one."""
    found = parts(together(plans), *size(plans[0]))
    lines_ = [found.line(r) for r in range(3)]
    ours, theirs = Coded.of_row(found), Coded.of(lines_)
    for name in ("horizon", "machines", "buffers", "puts", "takes", "into", "out", "parts"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    for one, other in zip((*ours.laws, ours.closed), (*theirs.laws, theirs.closed), strict=True):
        both = min(one.shape[2], other.shape[2])
        assert np.array_equal(one[:, :, :both], other[:, :, :both])
    same = recursion.run(found, seed, 3), recursion.run(lines_, seed, 3)
    assert all(np.array_equal(*(getattr(s, f.name) for s in same)) for f in fields(same[0]))


def test_a_deterministic_line_runs_at_its_bottleneck():
    """Without stops the slowest machine sets the rate."""
    got, grain = run(
        line([machine(12), machine(10), machine(11)], [buffer(100, 50), buffer(100, 50)]), 1
    )
    assert got.made[0, 1] == pytest.approx(900 * 10, abs=grain)
    assert got.made[0, 2] == pytest.approx(900 * 10 + 50, abs=2 * grain)


def test_a_full_buffer_slows_what_feeds_it():
    """Blocking: once the place is used up the machine before runs at the rate of the one after."""
    got, grain = run(line([machine(10), machine(4)], [buffer(60)]), 1)
    assert got.contents[0, 0] == pytest.approx(60)
    assert got.made[0, 0] == pytest.approx(900 * 4 + 60, abs=2 * grain)


def test_an_outage_upstream_starves_the_line_when_the_buffer_is_used_up():
    """A buffer of 100 at 5 a second lasts 20 of the 60 seconds the feeder is out."""
    ends = [machine(5, outages=((100, 60),)), machine(5)]
    got, grain = run(line(ends, [buffer(100, 100)]), 1)
    assert got.made[0, 1] == pytest.approx(5 * (900 - 40), abs=2 * grain)


def test_a_machine_that_stands_now_goes_on_when_it_has_stood_long_enough():
    """For ninety seconds more nothing is made."""
    got, grain = run(line([machine(5, down_s=90)], []), 1)
    assert got.made[0, 0] == pytest.approx(5 * 810, abs=grain)


@pytest.mark.parametrize("conveyor", [False, True])
def test_travel_delays_what_an_empty_conveyor_delivers(conveyor):
    """The first thing put on an empty conveyor arrives after the travel time."""
    between = buffer(1000, travel_s=30, conveyor=conveyor)
    got, grain = run(line([machine(5), machine(5)], [between]), 1)
    assert got.made[0, 1] == pytest.approx(5 * 870, abs=3 * grain)
    assert got.contents[0, 0] == pytest.approx(150, abs=2 * grain)


@pytest.mark.parametrize("conveyor", [False, True])
def test_what_is_on_its_way_at_the_start_arrives_as_it_was_put(conveyor):
    """Sixty things on a way of thirty seconds come at two a second; nothing follows them."""
    between = buffer(100, 60, travel_s=30, arriving=2.0, conveyor=conveyor)
    got, grain = run(line([machine(0), machine(10)], [between], horizon=15), 1)
    assert got.made[0, 1] == pytest.approx(30, abs=2 * grain)


def test_a_slow_conveyor_is_a_bottleneck():
    """Nothing passes a conveyor faster than it carries."""
    got, grain = run(line([machine(10), machine(10)], [buffer(100, carries=6)]), 1)
    assert got.made[0, 1] == pytest.approx(900 * 6, abs=3 * grain)


def test_what_has_gathered_at_the_end_of_a_slow_conveyor_is_taken_at_full_speed():
    """A stop of the machine after it lets 200 gather, which it then takes at its own rate."""
    ends = [machine(6), machine(10, outages=((0, 100),))]
    got, grain = run(line(ends, [buffer(1000, carries=2)], horizon=125), 1)
    assert got.made[0, 1] == pytest.approx(10 * 25, abs=2 * grain)
    later, grain = run(line(ends, [buffer(1000, carries=2)], horizon=225), 1)
    assert later.made[0, 1] == pytest.approx(10 * 25 + 2 * 100, abs=3 * grain)
    assert later.contents[0, 0] == pytest.approx(6 * 225 - 450, abs=3 * grain)


def test_what_is_held_back_comes_as_it_is_carried():
    """A conveyor full of things that have not reached its end gives them at its own pace."""
    held = buffer(300, 300, carries=3, held_back=300)
    got, grain = run(line([machine(0.001), machine(10)], [held], horizon=90), 1)
    assert got.made[0, 1] == pytest.approx(3 * 90, abs=2 * grain)


@pytest.mark.parametrize("conveyor", [False, True])
def test_a_standing_conveyor_gives_and_takes_nothing(conveyor):
    """Whatever lies on it stays."""
    stands = buffer(100, 50, carries=0.0, conveyor=conveyor)
    got, grain = run(line([machine(5), machine(5)], [stands]), 1)
    assert got.contents[0, 0] == pytest.approx(50, abs=2 * grain)
    assert got.made.sum() == 0


def test_a_conveyor_that_stands_for_a_while_loses_that_while():
    """Ninety seconds of neither giving nor taking, then on as before."""
    between = resized([(0, 100, 9), (300, 100, 0), (390, 100, 9)], 50)
    got, grain = run(line([machine(5), machine(5)], [between]), 1)
    assert got.made[0, 1] == pytest.approx(5 * 810, abs=2 * grain)


@pytest.mark.parametrize("conveyor", [False, True])
def test_a_smaller_place_than_contents_blocks_until_it_is_drained(conveyor):
    """A buffer cut to less than lies on it takes nothing until it fits again."""
    for at in (0, 100):
        sizes = [(0, 100, inf), (at, 40, inf)] if at else [(0, 40, inf)]
        cut = resized(sizes, contents=100, conveyor=conveyor)
        got, grain = run(line([machine(5), machine(5)], [cut]), 1)
        assert got.contents[0, 0] == pytest.approx(40, abs=2 * grain)
        assert got.made[0, 1] == pytest.approx(5 * 900, abs=2 * grain)
        assert got.made[0, 0] == pytest.approx(5 * 900 - 60, abs=3 * grain)


def test_a_line_without_any_buffer_loses_every_stop_once():
    """Buzacott: without buffers the efficiency is 1 / (1 + sum of mttr / mtbf)."""
    laws = [(600, 60), (900, 30), (400, 40)]
    plan = line(
        [machine(10, mtbf=a, mttr=b) for a, b in laws], [buffer(0), buffer(0)], horizon=40_000
    )
    made = run(times(plan, 60), 5)[0].made[:, -1] / 400_000
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
    made = run(times(plan, 60), 11)[0].made[:, -1] / 60_000
    expected = gershwin_two_machines(
        10, 1 / law1[0], 1 / law1[1], 1 / law2[0], 1 / law2[1], capacity
    )
    half = 2.8 * made.std(ddof=1) / np.sqrt(len(made))
    assert abs(made.mean() - expected) < half


@pytest.mark.parametrize("back_s", [100.1 + 0.7 * k for k in range(12)])
@pytest.mark.parametrize("before", [True, False])
def test_a_store_that_nothing_limits_is_back_at_once(before, back_s):
    """It moves a billion a second when it is back; what it lost is what the buffer did not hold."""
    store = machine(1e9, outages=((50.3, back_s - 50.3),))
    ends = [store, machine(4.7)] if before else [machine(4.7), store]
    got, _ = run(line(ends, [buffer(37.3, 37.3 if before else 0.0)]), 1)
    lost = back_s - 50.3 - 37.3 / 4.7
    assert got.made[0, 1 if before else 0] == pytest.approx(4.7 * (900 - lost), abs=3.0)


def test_a_stock_of_any_size_is_a_stock():
    """A billion in a store, or room for a billion, is as good as what the horizon needs."""
    for contents, capacity in ((1e9, 2e9), (0.0, 1e9), (1e9, 1e9)):
        got, grain = run(line([machine(0), machine(5)], [buffer(capacity, contents)]), 1)
        assert got.made[0, 1] == pytest.approx(4500 if contents else 0, abs=grain)
    full, grain = run(line([machine(5), machine(2)], [buffer(1e9, 1e9 - 100)]), 1)
    assert full.made[0, 0] == pytest.approx(1800 + 100, abs=3 * grain)


def test_hazards_follow_the_setting_and_not_the_speed():
    """So many stops per running hour at full rate, whatever that rate is."""
    for rate in (5.0, 10.0):
        slow = changing([(0, 10, 0, (1 / 300,)), (10, rate, 0, (1 / 300,))], [100.0])
        share = run(times(line([slow], [], 40_000), 40), 3)[0].down_s.mean() / 40_000
        assert share == pytest.approx(0.25, abs=0.01)
    never = changing([(0, 10, 0, (0.0,))], [100.0])
    assert run(line([never], []), 3)[0].down_s.sum() == 0


def test_common_random_numbers_make_differences_sharper_than_independent_ones():
    """The same numbers in both scenarios cut the variance of the difference."""

    def made(rate, seed):
        ends = [machine(11, mtbf=500, mttr=40), machine(rate, mtbf=600), machine(11, mtbf=700)]
        return run(times(line(ends, [buffer(150, 75)] * 2, 1800), 60), seed)[0].made[:, -1]

    common, apart = made(10.0, 3) - made(9.5, 3), made(10.0, 3) - made(9.5, 4)
    assert np.var(common) < 0.35 * np.var(apart)


def test_a_law_added_does_not_shift_the_stops_of_the_others():
    """Each law has its own numbers: stops of length nothing change nothing."""
    one = machine(10, mtbf=300, mttr=40)
    more = changing([(0, 10, 0, (1 / 300, 1 / 50))], [40.0, 1e-9])
    first, grain = run(line([one, machine(9)], [buffer(50)]), 2)
    second, _ = run(line([more, machine(9)], [buffer(50)]), 2)
    assert second.made[0, 1] == pytest.approx(first.made[0, 1], abs=grain)


def test_a_grain_is_one_unit_unless_that_were_too_many_or_too_few():
    """Slow lines are cut finer, long horizons coarser, small buffers are still seen."""
    assert grain_of(10, 900, 100) == 1
    assert grain_of(0.1, 900, 100) == pytest.approx(90 / 2000)
    assert grain_of(10, 28_800, inf) == pytest.approx(14.4)
    assert grain_of(10, 28_800, 100) == 5
    assert grain_of(10, 28_800, 1) == pytest.approx(1.44)
    assert grain_of(0, 900, 1) == 1
