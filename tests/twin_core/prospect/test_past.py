"""What a line made as it is, and what that says of a gain: laws, on a sawmill and on numbers."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.sawmill import LINE, PLANER, SAW, T0, Mill, sawmill
from twin_core.prospect.past import Held, Past, as_before, gained, held_of, past_of, reached
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.live.start import start_of
from twin_core.value import SECOND

RNG = np.random.default_rng(7)
USUAL = RNG.normal(500.0, 10.0, 64)
GAIN = 30.0 - 0.8 * (USUAL - 500.0) + RNG.normal(0.0, 3.0, 64)


def asked(mill, what):
    snapshot = mill.snapshot()
    return what(snapshot, snapshot.plant.line(LINE), Rows(snapshot, T0))


def held(mill):
    snapshot = mill.snapshot()
    return held_of(snapshot, start_of(snapshot, LINE, T0), Rows(snapshot, T0))


def steps(first, then, rows=360, at=200):
    return np.where(np.arange(rows) < at, first, then)


def test_what_it_made_is_its_rate_while_it_is_set_as_now():
    """It ran at 40 while the planer was set to 44: only what came after counts."""
    columns = {f"{PLANER}/pace": steps(44.0, 66.0)}
    past = asked(Mill(rate=steps(40.0, 60.0), columns=columns), past_of)
    assert past.rate == pytest.approx(60.0, abs=0.5)


def test_planned_stops_are_no_loss():
    """What is not made in a break is not missed."""
    plant = sawmill(shifts=True)
    assert asked(Mill(plant=plant), past_of).rate == pytest.approx(60.0, abs=0.5)


def test_of_a_few_minutes_nothing_is_said():
    """Ten minutes since the planer was set anew; its product's rate is then taken as reached."""
    late = Mill(columns={f"{PLANER}/pace": steps(44.0, 66.0, at=300)})
    assert asked(late, past_of) is None
    assert asked(late, reached).mean == 1.0


def test_a_line_that_runs_at_its_pace_misses_nothing():
    """The saw sets it."""
    assert held(Mill()).missed == 0.0
    assert held(Mill()).pace == pytest.approx(60.0, rel=0.01)


def test_what_passes_slower_than_what_sets_the_pace_is_held_up_on_its_way():
    """The planer could take 58 a minute, nothing stands, and 55 pass."""
    columns = {f"{PLANER}/pace": 58.0, f"{PLANER}/speed": 58.0, f"{SAW}/blocked": 1.0}
    slow = held(Mill(rate=55.0, columns=columns))
    assert slow.pace == pytest.approx(58.0)
    assert slow.missed == pytest.approx(3.0, abs=0.3)


def test_what_is_lost_to_stops_is_not_held_up_on_its_way():
    """The saw stands every second minute, and the line makes half: the model knows stops."""
    stands = np.arange(360) % 12 >= 6
    columns = {f"{SAW}/state": np.where(stands, 9.0, 6.0)}
    assert held(Mill(rate=np.where(stands, 0.0, 60.0), columns=columns)).missed == 0.0


@settings(deadline=None)
@given(rate=st.floats(400, 600), sd=st.floats(0.5, 200))
def test_what_was_made_never_widens_what_is_known(rate, sd):
    """The mean lies in its interval, and the interval is no wider than without."""
    plain, told = gained(USUAL, GAIN, None), gained(USUAL, GAIN, Past(rate, sd))
    assert told.low <= told.mean <= told.high
    assert told.high - told.low <= 1.05 * (plain.high - plain.low)


def test_a_line_that_makes_less_than_the_model_says_has_more_to_gain():
    """Where replications that make less gain more; what is hardly known changes hardly anything."""
    plain = gained(USUAL, GAIN, None)
    assert gained(USUAL, GAIN, Past(490.0, 3.0)).mean > plain.mean + 5.0
    assert gained(USUAL, GAIN, Past(490.0, 1e6)).mean == pytest.approx(plain.mean, abs=0.1)


def test_what_is_held_up_on_its_way_is_won_by_what_does_away_with_it():
    """It comes on top, for as long as the line runs; and the interval says it is not sure of it."""
    plain, told = gained(USUAL, GAIN, None), gained(USUAL, GAIN, None, Held(510.0, 25.0, 1.0))
    assert told.mean == pytest.approx(plain.mean + 25.0 * USUAL.mean() / 510.0)
    assert told.high - told.low > plain.high - plain.low


@pytest.mark.parametrize(("before", "same"), [(60.0, False), (45.0, True)])
def test_a_loss_that_was_there_before_is_no_news(before, same):
    """Ten rows ago an incident opened: the hour before ran well, or as badly every third row."""
    rate = np.where(np.arange(360) % 3 == 0, before, 60.0)
    rate[-16:] = 55.0 if same else 45.0
    since = T0 - 100 * SECOND
    assert asked(Mill(rate=rate), partial(as_before, since=since)) is same


def test_what_has_stood_for_longer_than_is_remembered_is_as_before():
    """Nothing that is remembered came before it, so nothing came over it; half an hour is not."""
    mill = Mill(rate=45.0)
    assert asked(mill, partial(as_before, since=T0 - 4000 * SECOND))
    assert not asked(mill, partial(as_before, since=T0 - 1800 * SECOND))


def test_two_words_on_what_is_held_up_are_weighed_and_their_quarrel_is_told():
    """The model with the change makes 530: beside 530 - 480 the measured 25 on top of the gain."""
    slow = Held(510.0, 25.0, 1.0)
    alone = gained(USUAL, GAIN, None, slow)
    agrees, differs = (gained(USUAL, GAIN, Past(rate, 3.0), slow) for rate in (475.0, 440.0))
    assert alone.low < agrees.mean < alone.high
    assert differs.mean > agrees.mean
    assert differs.high - differs.low > agrees.high - agrees.low
    assert gained(USUAL, GAIN, Past(440.0, 1e6), slow).mean == pytest.approx(alone.mean, abs=0.1)
