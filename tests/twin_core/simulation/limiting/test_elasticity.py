"""Elasticities against what is known of lines, and what may be called the largest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.simulation.limiting.elasticity import Turn, Turned, largest, measure
from twin_core.simulation.lines.line import Duration, Failure, Line, Machine, Setting
from twin_core.simulation.lines.recursion import run

STEP = 0.02


def elasticities(cycles, *, failures=(), capacity=5, horizon_s=2000.0, replications=1):
    """Of a serial line to each machine's speed, and of its repairs (last) together."""

    def rates(what, factor, look):
        machines = [
            Machine(
                Duration(cycle),
                settings=(Setting(0.0, factor if what == i else 1.0),),
                failures=tuple(
                    Failure(f.life, Duration(f.repair.mean_s / factor, f.repair.law))
                    if what == "repairs"
                    else f
                    for f in failures
                ),
            )
            for i, cycle in enumerate(cycles)
        ]
        line = Line.serial(machines, [capacity] * (len(cycles) - 1), horizon_s)
        return run(line, look, replications).cycles[:, -1] / horizon_s

    things = [*range(len(cycles)), *(["repairs"] if failures else [])]
    turns = [Turn(i, 1 - STEP, 1 + STEP) for i in things]
    found = measure(turns, rates, tight=10.0, looks=1)
    return [float(found[i].influence.mean()) for i in things]


@given(
    st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.8]), max_size=3),
    st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.8]), max_size=3),
    st.integers(1, 10),
)
@settings(max_examples=15, deadline=None)
def test_a_deterministic_line_answers_to_its_slowest_machine_alone(before, after, capacity):
    """In proportion; to others not at all."""
    found = elasticities([*before, 1.0, *after], capacity=capacity)
    wanted = [0.0] * len(before) + [1.0] + [0.0] * len(after)
    assert found == pytest.approx(wanted, abs=0.03)


@given(st.integers(2, 5), st.integers(1, 10))
@settings(max_examples=10, deadline=None)
def test_machines_equally_slow_share_it(count, capacity):
    """Any of them slower slows the line, none of them faster hastens it: half each."""
    assert elasticities([1.0] * count, capacity=capacity) == pytest.approx([0.5] * count, abs=0.03)


LAW = Failure(Duration(100, "exponential"), Duration(10, "exponential"))
LONG = {"failures": (LAW,), "horizon_s": 20_000.0, "replications": 20}
APART = st.lists(st.sampled_from([0.8, 0.85, 0.9, 0.95, 1.0]), min_size=1, max_size=4, unique=True)


@given(APART, st.integers(1, 20))
@settings(max_examples=12, deadline=None)
def test_elasticities_of_speeds_and_repairs_add_up_to_one(cycles, capacity):
    """A line in which everything is quicker is that much quicker (Euler's theorem)."""
    assert sum(elasticities(cycles, capacity=capacity, **LONG)) == pytest.approx(1.0, abs=0.08)


@given(st.integers(2, 4), st.integers(1, 20))
@settings(max_examples=8, deadline=None)
def test_machines_equally_slow_that_fail_share_more_than_one(count, capacity):
    """The rate has a kink there: at most half for each, and never less than all of it."""
    found = sum(elasticities([1.0] * count, capacity=capacity, **LONG))
    assert 1.0 - 0.08 <= found <= count / 2 + 0.08


def column(mean, scatter, n=40, seed=0):
    noise = np.random.default_rng(seed).standard_normal(n)
    return mean + scatter * (noise - noise.mean())


def test_what_cannot_be_told_from_the_largest_stays_beside_it():
    """The largest first; who is surely less is out."""
    found = largest({"a": column(0.5, 0.3, seed=1), "b": column(0.55, 0.3), "c": column(0.1, 0.1)})
    assert found == ("b", "a")


def test_nothing_limits_where_nothing_surely_matters():
    """A line fed by a trickle answers to no machine."""
    assert largest({"a": column(0.0, 0.3), "b": column(0.01, 0.3, seed=3)}) == ()
    assert largest({"a": np.zeros(16), "b": np.zeros(16)}) == ()
    assert largest({}) == ()


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_difference_under_the_same_luck_is_seen_through_the_noise(seed):
    """Pairs decide, not intervals side by side."""
    luck = np.random.default_rng(seed).standard_normal(30)
    assert largest({"a": 0.5 + luck, "b": 0.6 + 1.001 * luck, "c": 0.2 + luck}) in {
        ("b",),
        (),  # where the luck is so bad that even the largest is not surely above 0
    }


def test_a_line_that_makes_nothing_answers_to_nothing():
    """It has no elasticity, and that is no error."""
    nothing = np.zeros(8)
    assert not Turned(nothing, nothing, nothing, 0.1).influence.any()


def test_what_is_known_well_enough_is_not_looked_at_again():
    """Only rivals and what is still loose cost more runs."""
    asked = []

    def run(what, factor, look):
        asked.append((what, look))
        noise = np.random.default_rng(look).standard_normal(16)
        pull = {None: 0.0, "rival 1": 0.5, "rival 2": 0.5 + 0.01 * noise, "idle": 0.0}[what]
        return 100 * (1 + pull * (factor - 1)) * (1 + 0.001 * noise)

    turns = [Turn(what, 0.95, 1.05) for what in ("rival 1", "idle", "rival 2")]
    found = measure(turns, run, tight=0.1, looks=3)
    assert len(found["rival 1"].base) == len(found["rival 2"].base) == 48
    assert len(found["idle"].base) == 16
    assert ("idle", 1) not in asked


def test_what_is_turned_one_way_needs_one_run():
    """Where it can go no higher, it is compared with as it is."""
    asked = []

    def run(what, factor, look):
        asked.append(factor)
        return np.full(4, 100.0 * factor) + np.arange(4)

    (found,) = measure([Turn("a", 0.9, 1.0)], run, tight=0.5, looks=1).values()
    assert asked == [1.0, 0.9]
    assert found.influence.mean() == pytest.approx(10 / np.log(1 / 0.9) / 101.5)
    assert not found.gain.any()
