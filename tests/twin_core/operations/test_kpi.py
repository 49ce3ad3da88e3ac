"""Indicators by ISO 22400-2, and the traps in them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.twin_core import plant_fixture
from tests.twin_core.plant_fixture import BAG, LINE, T0, Feed, bakery
from twin_core.ingest import Twin
from twin_core.operations.kpi import Effectiveness
from twin_core.value import SECOND


def sums(**changes):
    usual = {
        "apt_s": 240.0,
        "pbt_s": 300.0,
        "known_s": 300.0,
        "planned_s": 216.0,
        "produced": 360.0,
        "good": 342.0,
    }
    return Effectiveness(**(usual | changes))


def lived(feed, seconds, chunk=30, start=0):
    twin = Twin(feed.plant)
    for event in feed.up():
        shifted = event.model_copy(update={"time": T0 + start * SECOND})
        twin.apply(shifted, T0)
    for s in range(start, start + seconds, chunk):
        twin.apply(feed.readings(s, s + chunk), T0 + (s + chunk) * SECOND)
    return twin.snapshot(T0 + (start + seconds) * SECOND).indicators[LINE]


def test_oee_is_availability_times_effectiveness_times_quality():
    s = sums()
    assert s.availability == pytest.approx(0.8)
    assert s.effectiveness == pytest.approx(0.9)
    assert s.quality == pytest.approx(0.95)
    assert s.oee == pytest.approx(0.8 * 0.9 * 0.95)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"pbt_s": 0.0}, "availability"),
        ({"apt_s": 0.0}, "effectiveness"),
        ({"produced": 0.0, "good": 0.0}, "quality"),
        ({"planned_s": None}, "effectiveness"),
    ],
)
def test_a_zero_or_unknown_denominator_gives_nothing_and_no_oee(changes, name):
    s = sums(**changes)
    assert getattr(s, name) is None
    assert s.oee is None


def test_without_planned_time_there_is_no_oee_but_the_availability_that_can_be_had():
    s = sums(pbt_s=None)
    assert s.availability == pytest.approx(0.8)
    assert s.oee is None


def test_sums_are_added_before_dividing_and_oees_never_averaged():
    full, idle = sums(apt_s=300.0, planned_s=300.0), sums(apt_s=0.0, planned_s=0.0, produced=0.0,
                                                          good=0.0)  # fmt: skip
    both = full + idle
    assert both.availability == pytest.approx(0.5)
    assert both.quality == pytest.approx(full.quality)
    assert (full + sums(produced=None)).quality is None


def test_a_line_has_its_rate_in_its_unit_of_flow():
    found = lived(Feed(bakery()), 600)
    assert found.unit == "{loaf}/min"
    assert found.rate == pytest.approx(100, rel=0.03)
    assert found.usual == pytest.approx(100, rel=0.03)
    assert (found.nominal, found.product) == (100, "toast")
    assert found.complete == 1.0
    assert found.oee is None


def test_state_times_say_how_long_each_machine_was_in_each_state():
    def bend(path, s, v):
        return 11.0 if path == f"{BAG}/state" and 400 <= s < 500 else v

    found = lived(Feed(bakery(), bend=bend), 600)
    times = next(s for s in found.states if s.asset == BAG)
    assert times.seconds[11] == pytest.approx(100, abs=4)
    assert sum(times.seconds.values()) == pytest.approx((times.end - times.start) / SECOND)
    assert found.availability == pytest.approx(200 / 300, abs=0.02)


def test_rejects_lower_the_quality_of_the_line_in_units_of_flow():
    thrown = {"n": 0.0}

    def bend(path, s, v):
        if path == f"{BAG}/defective":
            thrown["n"] = s / 60 * 2
            return float(int(thrown["n"]))
        return v

    found = lived(Feed(bakery(), bend=bend), 600)
    assert found.quality == pytest.approx(100 / 104, abs=0.01)


def test_with_shifts_a_planned_stop_is_no_loss_and_the_rest_is_oee():
    plant = bakery(shifts=True)
    start = datetime(2025, 6, 16, 10, 20, tzinfo=ZoneInfo("Europe/Copenhagen"))
    offset = int(start.timestamp()) - plant_fixture.T0 // SECOND

    def bend(path, s, v):
        return 5.0 if path == f"{BAG}/state" and s < offset + 600 else v

    feed = Feed(plant, bend=bend, rate=lambda s: 0.0 if s < offset + 600 else 100.0)
    found = lived(feed, 750, start=offset)
    assert found.availability == pytest.approx(1.0, abs=0.02)
    assert found.oee == pytest.approx(1.0, abs=0.05)
