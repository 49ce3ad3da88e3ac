"""Old rules on pasts whose answer is plain, and where they cannot say."""

import numpy as np
import pytest

from twin_core.simulation.limiting.signs import busiest, longest_active, pointed_at


def past(*machines):
    """Who waits when: a row of text a machine, `.` for waiting."""
    return np.array([[mark == "." for mark in row] for row in machines]).T


def test_the_busiest_works_the_largest_share_of_the_time():
    """Standing by itself is no work."""
    waits = past("xx..", "xxxx", "x.x.")
    assert busiest(waits, np.zeros_like(waits)) == 1
    down = past("xxxx", "....", "xxxx")
    assert busiest(waits, down) == 0


def test_the_longest_active_is_so_by_moments():
    """A machine that waits for nobody for long, whatever it does meanwhile, takes its moments."""
    assert longest_active(past("xx.xx.xx.", "xxxxxx...", ".x.x.x.x.")) == 1


def test_the_shifting_bottleneck_goes_to_whoever_holds_it_longest():
    """First one machine, then for longer the other."""
    assert longest_active(past("xxx......", "...xxxxxx")) == 1


@pytest.mark.parametrize(
    ("starved", "blocked", "place"),
    [
        ([0.0, 0.3, 0.3], [0.0, 0.0, 0.0], 0),
        ([0.0, 0.0, 0.0], [0.3, 0.3, 0.0], 2),
        ([0.0, 0.0, 0.3], [0.3, 0.0, 0.0], 1),
        ([0.0, 0.1, 0.0, 0.3], [0.0, 0.2, 0.0, 0.0], 2),
    ],
)
def test_arrows_point_to_the_bottleneck(starved, blocked, place):
    """Of several ends the severer one."""
    assert pointed_at(starved, blocked) == place


def test_where_nobody_waits_no_arrow_is_drawn():
    """Nor where there is nothing to see."""
    assert pointed_at([0.0, 0.0], [0.0, 0.0]) is None
    assert pointed_at([], []) is None
    assert longest_active(np.ones((5, 2), bool)) is None
    assert longest_active(np.zeros((0, 2), bool)) is None
    assert busiest(np.ones((5, 2), bool), np.zeros((5, 2), bool)) is None
