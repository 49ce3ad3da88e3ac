"""The host's clock and time that goes on: a jump is told once, drift is none."""

from api.clock_watch import ClockWatch, behind
from twin_core.value import SECOND


def told(pairs):
    """What a watch says to (host s, monotonic s) pairs in order."""
    watch = ClockWatch()
    return [watch.jumped(round(ledger * SECOND), monotonic) for ledger, monotonic in pairs]


def test_clocks_that_go_together_are_silent():
    """Small differences, for ever, are no jump."""
    assert not any(told([(t * 1.0001, float(t)) for t in range(0, 100_000, 60)]))


def test_a_jump_forward_is_told_once():
    """An hour forward is told when it is seen, and not again."""
    assert told([(0, 0), (3601, 1), (3602, 2), (3603, 3)]) == [0, 3600, 0, 0]


def test_a_clock_set_back_is_a_jump_back():
    """It is told at once, by how much, and not again while time goes on from there."""
    found = told([(1000, 0), *((400 + t, float(t)) for t in range(1, 100))])
    assert [seconds for seconds in found if seconds] == [-600]


def test_a_clock_behind_the_ledger_is_said_by_how_much():
    """Some seconds are no matter: another machine's clock, or one that was just set right."""
    assert behind(1000 * SECOND, 996 * SECOND) == ""
    assert "604 s behind" in behind(1000 * SECOND, 396 * SECOND)


def test_after_the_clocks_have_gone_together_a_jump_is_told_again():
    """A second jump after a calm time is a new one."""
    pairs = [(0, 0), (3600, 0), *((3600 + t, float(t)) for t in range(1, 200)), (9000, 200)]
    assert [seconds for seconds in told(pairs) if seconds] == [3600, 5200]
