"""What is counted onto a belt and not off it lies there; a level that differs is wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis import balance
from twin_core.diagnosis.window import cut
from twin_core.value import SECOND

NORTH = "quay/hall/north"
LEVEL = f"{NORTH}/belt_1/load"
DAYS = {
    "calm": quay.Day(minor_stops=False),
    "minor stops": quay.Day(),
    "a slow machine": quay.Day(slow={f"{NORTH}/sealer": 0.6}),
    "a machine that stops": quay.Day(stops={f"{NORTH}/doser": (40.0, 60.0)}),
    "many rejects": quay.Day(shift={f"{NORTH}/doser/heat": -25.0}),
}


def seen(day, change=None):
    values = quay.series(day)
    if change is not None:
        values[LEVEL] = change(values[LEVEL].copy())
    return {s.point: s for s in balance.observe(cut(quay.snapshot(values)))}


@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
def test_whatever_the_line_does_its_levels_add_up(day):
    assert seen(day) == {}


@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
@pytest.mark.parametrize(("offset", "shows"), [(90.0, "rising"), (-90.0, "falling")])
def test_a_level_that_moved_without_anything_on_it_is_the_instruments(day, offset, shows):
    def change(level):
        level[-200:] += offset
        return level

    sign = seen(day, change)[LEVEL]
    assert (sign.shows, sign.sure) == (shows, True)
    assert sign.now - sign.usual == pytest.approx(offset, abs=10.0)
    struck = quay.START + int(day.minutes * 60 - 200 * quay.STEP_S) * SECOND
    assert abs(sign.onset - struck) <= (sign.onset_s + 20) * SECOND


def test_where_little_is_counted_nothing_is_said():
    values = quay.series(DAYS["calm"])
    values[LEVEL][-200:] += 90.0
    for point in (f"{NORTH}/washer/made", f"{NORTH}/doser/made"):
        values[point] = np.floor(values[point] / 200.0)  # as if it counted pallets
    assert LEVEL not in {s.point for s in balance.observe(cut(quay.snapshot(values)))}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), offset=st.floats(-15.0, 15.0))
def test_what_is_too_small_to_matter_is_not_told(seed, offset):
    def change(level):
        level[-150:] += offset
        return level

    assert LEVEL not in seen(quay.Day(seed=seed), change)
