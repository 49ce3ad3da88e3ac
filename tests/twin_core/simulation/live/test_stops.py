"""What is believed of a machine's stops: nameplate first, then what is seen."""

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import SAW, T0, Mill
from twin_core.simulation.live.seen import Rows, Seen
from twin_core.simulation.live.stops import StopHistory, StopLaw
from twin_core.simulation.numbers import Draws

MTBF, MTTR = 3000.0, 30.0


def history(begun, rows=360, seconds=30.0):
    starts = np.zeros(rows)
    starts[list(begun)] = 1
    lengths = tuple((i, seconds, True) for i in begun)
    return StopHistory(np.full(rows, 10.0), starts, lengths)


def test_without_history_the_nameplate_holds():
    """Nothing seen: the nameplate's rate and length."""
    rate, length = StopLaw.learn(MTBF, MTTR, None).mean()
    assert (rate, length) == pytest.approx((1 / MTBF, MTTR))


def test_an_hour_as_the_nameplate_says_changes_little():
    """One stop in an hour is what was expected."""
    rate, _ = StopLaw.learn(MTBF, MTTR, history([100])).mean()
    assert 0.6 / MTBF < rate < 1.6 / MTBF


def test_a_machine_that_began_to_stop_is_believed():
    """Seven stops in the last ten minutes are a changed law, not bad luck."""
    begun = range(304, 360, 8)
    rate, _ = StopLaw.learn(MTBF, MTTR, history(begun)).mean()
    assert rate > 20 / 3600
    calm, _ = StopLaw.learn(MTBF, MTTR, history(begun), changing=False).mean()
    assert calm < rate / 3


def test_one_stop_is_not_a_changed_law():
    """A single stop a minute ago moves the rate by less than a factor of three."""
    rate, _ = StopLaw.learn(MTBF, MTTR, history([354])).mean()
    assert rate < 3 / MTBF


def test_one_stop_tells_much_where_the_law_is_known_to_have_changed():
    """What is known of a machine's trouble from elsewhere need not be seen in its stops again."""
    unknown, _ = StopLaw.learn(MTBF, MTTR, history([354])).mean()
    known, _ = StopLaw.learn(MTBF, MTTR, history([354]), since=330).mean()
    assert known > 3 * unknown
    early, _ = StopLaw.learn(MTBF, MTTR, history([100]), since=330).mean()
    assert early < known


def test_longer_stops_are_learned():
    """Lengths seen move the mean length."""
    _, length = StopLaw.learn(MTBF, MTTR, history([50, 120, 200, 300], seconds=90)).mean()
    assert 50 < length < 90


def test_the_longer_it_stands_the_longer_it_will():
    """A stop far past its mean is taken for a breakdown."""
    law = StopLaw.learn(MTBF, MTTR, None)
    random = Draws(1, 400).of(0)
    young, old = (np.median(law.remaining(s, random, np.full(400, MTTR))) for s in (10, 600))
    assert young < 40
    assert old > 300


def test_stops_are_read_from_states_and_planned_ones_left_out():
    """A held machine has stopped; a break is nobody's stop."""
    state = np.full(360, 6.0)
    state[100:104] = 11
    state[200:220] = 2
    snapshot = Mill(columns={f"{SAW}/state": state}).snapshot()
    seen = Seen(Rows(snapshot, T0), snapshot.plant.unit(SAW))
    excused = np.zeros(360, dtype=bool)
    excused[195:225] = True
    found = StopHistory.of(seen, excused)
    assert found.lengths == ((100, 30.0, True),)
    assert found.begun.sum() == 1
    assert found.run_s.sum() == pytest.approx((360 - 4 - 30) * 10)
