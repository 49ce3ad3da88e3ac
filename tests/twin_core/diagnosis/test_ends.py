"""A belt at an end of its room is believed only while its neighbours agree."""

import numpy as np
import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis import ends
from twin_core.diagnosis.window import cut
from twin_core.value import SECOND

NORTH = "quay/hall/north"
LEVEL = f"{NORTH}/belt_1/load"
CALM = quay.Day(minor_stops=False)


def seen(value=None, day=CALM):
    values = quay.series(day)
    if value is not None:
        values[LEVEL] = values[LEVEL].copy()
        values[LEVEL][-200:] = value
    return {s.point: s for s in ends.observe(cut(quay.snapshot(values)))}


def test_levels_between_the_ends_are_not_looked_at():
    assert seen() == {}


@pytest.mark.parametrize(
    ("value", "shows"),
    [(0.0, "falling"), (quay.CAPACITY, "rising"), (1.4 * quay.CAPACITY, "rising")],
)
def test_an_end_that_nobody_feels_is_the_instruments(value, shows):
    sign = seen(value)[LEVEL]
    assert (sign.shows, sign.now, sign.sure) == (shows, value, True)
    struck = quay.START + int(CALM.minutes * 60 - 200 * quay.STEP_S) * SECOND
    assert abs(sign.onset - struck) <= 30 * SECOND


def test_a_belt_that_is_full_because_what_follows_stands_is_believed():
    stands = quay.Day(minor_stops=False, stops={f"{NORTH}/doser": (3600.0, 3600.0)})
    level = quay.series(stands)[LEVEL]
    assert np.median(level[-60:]) > 0.9 * quay.CAPACITY
    assert LEVEL not in seen(quay.CAPACITY, stands)
