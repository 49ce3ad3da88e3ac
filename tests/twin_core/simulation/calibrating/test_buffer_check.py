"""Whether a buffer holds what the file says, from the counters at its ends.

In a cycle of 1,000 s the first machine fills the belt, one thing a second, and is blocked; then it
is held while the second takes everything out again and starves.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.simulation.calibrating.machine_days import (
    EXECUTE,
    HELD,
    SUSPENDED,
    line,
    machine,
    spans,
    states,
)
from twin_core.plant.assets import Buffer, Link
from twin_core.simulation.calibrating.buffer_check import check_buffer

CYCLES = 12


def pair(holds=120, *, blocked=True, takes=1):
    first, second, full, empty = [], [], [], []
    for at in range(0, 1000 * CYCLES, 1000):
        first += [(at, EXECUTE), (at + holds, SUSPENDED), (at + 400, HELD)]
        second += [(at, HELD), (at + 400, EXECUTE), (at + 400 + holds, SUSPENDED)]
        full.append((at + holds, at + 400))
        empty.append((at + 400 + holds, at + 1000))
    end = (1000 * CYCLES,)
    a = machine(
        states(*first, end), name="a", per_s=1.0, blocked=spans(*full) if blocked else spans()
    )
    b = machine(
        states(*second, end), name="b", per_s=1.0 / takes, starved=spans(*empty), flow=(takes, 1)
    )
    return a, b


def check(machines, capacity=120.0, travel=0.0):
    a, b = machines
    link = Link(
        kind="feeds", source=a.unit.id, target=b.unit.id,
        buffer=Buffer(capacity=capacity, travel_s=travel),
    )  # fmt: skip
    return check_buffer(line(a, b, end=1000 * CYCLES), link, a, b)


@pytest.mark.parametrize(
    ("file", "verdict"),
    [(120, "consistent"), (122, "consistent"), (100, "larger"), (160, "smaller"), (0, "larger")],
)
def test_a_capacity_is_held_against_what_was_seen_full(file, verdict):
    """Things in and not out when the first machine is blocked are what the belt holds."""
    found = check(pair(), file)
    assert found.verdict == verdict
    assert found.capacity.value == pytest.approx(120, abs=2)
    assert len(found.at) == 5
    assert verdict in found.sentence


def test_things_are_counted_in_what_the_first_machine_puts_out():
    """A packer that takes twelve at a time counts one case."""
    found = check(pair(takes=12))
    assert found.verdict == "consistent"
    assert found.capacity.holds(120)
    assert found.capacity.high - found.capacity.low > 12


def test_a_belt_that_was_never_full_is_not_called_right():
    """Only that what was in it fits is known."""
    found = check(pair(blocked=False))
    assert found.verdict == "not seen full"
    assert found.capacity is None
    assert "not seen full" in found.sentence
    assert found.most == pytest.approx(120, abs=2)


def test_more_in_it_than_it_holds_is_larger_even_if_it_was_never_blocked():
    """What was in it fits."""
    assert check(pair(blocked=False), 80).verdict == "larger"


def test_counters_that_restart_or_fall_silent_do_not_mislead():
    """Over a silence nothing is known of what is inside; the cycles around it tell."""
    a, b = pair()
    made = a.made.copy()
    made[75:85] = np.nan
    found = check((replace(a, made=made), b))
    assert found.verdict == "consistent"
    assert found.capacity.n < CYCLES


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"starved": None}, "does not tell when it is starved"),
        ({"starved": spans()}, "never starved"),
        ({"made": np.full(200, np.nan)}, "counts nothing"),
    ],
)
def test_what_cannot_be_checked_is_said(change, why):
    """Without flags, an empty moment or counters there is no verdict."""
    a, b = pair()
    found = check((a, replace(b, **change)))
    assert found.verdict == "not known"
    assert why in found.sentence


def test_travel_is_from_the_restart_to_the_end_of_starving():
    """With nothing on its way the first thing takes 25 s."""
    first, second, empty = [(0, EXECUTE)], [(0, EXECUTE)], []
    for k in range(8):
        at = 1000 * k
        first += [(at + 300, HELD), (at + 500, EXECUTE)]
        second += [(at + 325, SUSPENDED), (at + 525, EXECUTE)]
        empty.append((at + 325, at + 525))
    a = machine(states(*first, (8000,)), name="a", per_s=1.0, blocked=spans())
    b = machine(states(*second, (8000,)), name="b", per_s=1.0, starved=spans(*empty))
    found = check((a, b), travel=25.0)
    assert found.travel_s.value == 25
    assert found.travel_s.n == 8
    assert found.file_travel_s == 25
    assert found.verdict == "not seen full"
