"""Rates and reject shares from counters that count whole things."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.calibrating.machine_days import (
    EXECUTE,
    HELD,
    SUSPENDED,
    line,
    machine,
    spans,
    states,
)
from twin_core.simulation.calibrating.cycle_times import rates_of, rejects_of

LONG = ((0, EXECUTE), (20_000,))


def share(history, m):
    return rejects_of(history, m)


def rate(m, history=None):
    found, missing = rates_of(history or line(m), m)
    assert not missing
    return found[-1]


@pytest.mark.parametrize("per_s", [0.007, 0.31, 0.87, 1.0, 9.7])
def test_a_steady_machine_has_its_rate(per_s):
    """From a pallet in minutes to ten bottles a second, within the interval and 1 %."""
    found = rate(
        machine(states((0, EXECUTE), (200_000 if per_s < 0.1 else 20_000,)), per_s=per_s),
    )
    assert found.value == pytest.approx(60 * per_s, rel=0.01)
    assert found.holds(60 * per_s)


def test_standing_waiting_and_planned_stops_do_not_slow_it():
    """Only minutes in which it ran all through are counted."""
    told = [(0, EXECUTE)]
    for k in range(20):
        at = 1000 * k
        told += [(at + 300, HELD), (at + 345, EXECUTE), (at + 600, SUSPENDED), (at + 700, EXECUTE)]
    m = machine(states(*told, (20_000,)), per_s=0.9, starved=spans((150, 170)))
    assert rate(m, line(m, planned=spans((800, 900)))).value == pytest.approx(54, rel=0.005)


def test_stretches_that_something_unseen_slowed_are_left_out():
    """A tenth of the time at three quarters of the speed leaves the rate where it is."""
    m = machine(states(*LONG), per_s=1.1)
    made = m.made.copy()
    made[100:133] *= 0.75
    assert rate(replace(m, made=made)).value == pytest.approx(66, rel=0.003)


def test_a_machine_that_is_fed_less_than_it_turns_is_not_taken_for_slow():
    """Where its speed is told, minutes in which it makes less than that are left out."""
    m = machine(states(*LONG), per_s=1.0)
    made = m.made.copy()
    made[50:] *= 0.9
    m = replace(m, made=made, speed=np.full(len(made), 60.0))
    assert rate(m).value == pytest.approx(60, rel=0.003)


def test_each_product_has_its_rate():
    """By the number of what was made; -1 where nobody tells."""
    fast, slow = machine(states(*LONG), per_s=1.0), machine(states(*LONG), per_s=0.8)
    product = np.where(np.arange(len(fast.time)) < 150, 3, 7)
    made = np.where(product == 3, fast.made, slow.made)
    found, _ = rates_of(line(fast), replace(fast, made=made, product=product))
    assert found[3].value == pytest.approx(60, rel=0.003)
    assert found[7].value == pytest.approx(48, rel=0.003)


@settings(max_examples=40, deadline=None)
@given(
    made=st.lists(st.integers(0, 200), min_size=1, max_size=60),
    rejected=st.lists(st.one_of(st.integers(0, 20), st.none()), min_size=60, max_size=60),
)
def test_whatever_was_counted_a_rate_lies_between_the_slowest_and_the_fastest(made, rejected):
    """Any counts give a finite rate inside what was seen, or a reason."""
    m = machine(states((0, EXECUTE), (60 * len(made) + 20,)))
    bad = np.array([np.nan if x is None else x for x in rejected[: len(made)]])
    m = replace(m, made=np.array(made, float), rejected=bad)
    found, missing = rates_of(line(m), m)
    assert found or missing
    for one in found.values():
        assert one.holds(one.value)
        assert 0 <= one.value <= max(made) + 20
    assert share(line(m), m)


def test_too_little_is_said():
    """A machine that seldom runs freely has no rate, and why is told."""
    m = machine(states((0, EXECUTE), (200, HELD), (2000,)), per_s=1.0)
    found, missing = rates_of(line(m), m)
    assert not found
    assert "are needed" in missing[-1]


def test_nothing_counted_is_said():
    """Counters that were never heard give neither rate nor share."""
    m = machine(states(*LONG), per_s=1.0)
    silent = np.full(len(m.time), np.nan)
    m = replace(m, made=silent, rejected=silent)
    assert not rates_of(line(m), m)[0]
    assert share(line(m), m) == "nothing was counted"


def test_a_machine_that_counts_no_rejects_has_a_rate_and_no_share():
    """What nothing counts is not taken for none."""
    m = machine(states(*LONG), per_s=1.0)
    m = replace(m, rejected=np.full(len(m.time), np.nan))
    assert rate(m).value == pytest.approx(60, rel=0.003)
    assert share(line(m), m) == "nothing was counted"


def test_a_share_has_the_interval_of_a_binomial():
    """One percent of 16,000: between 0.87 and 1.14 percent (Jeffreys)."""
    random = np.random.default_rng(2)
    m = machine(states((0, EXECUTE), (16_020,)), per_s=1.0)
    bad = random.binomial(60, 0.01, len(m.time)).astype(float)
    found = share(line(m), replace(m, rejected=bad, made=60 - bad))
    assert found.holds(0.01)
    assert found.high - found.low == pytest.approx(
        2 * 1.645 * (0.01 * 0.99 / found.n) ** 0.5, rel=0.1
    )


def test_rejects_in_bunches_are_less_sure():
    """Where ten come at a time the interval is about three times as wide."""
    random = np.random.default_rng(3)
    m = machine(states((0, EXECUTE), (60_060,)), per_s=1.0)
    bad = 10.0 * (random.random(len(m.time)) < 0.06)
    found = share(line(m), replace(m, rejected=bad, made=60 - bad))
    single = 2 * 1.645 * (0.01 * 0.99 / found.n) ** 0.5
    assert 2 * single < found.high - found.low < 5 * single
    assert "bunched" in found.by


def test_no_reject_at_all_has_an_upper_limit():
    """None of 1,200: the share may still be a fifth of a percent."""
    m = machine(states((0, EXECUTE), (1260,)), per_s=1.0)
    found = share(line(m), m)
    assert (found.value, found.low) == (0, 0)
    assert 0.0005 < found.high < 0.003
