"""Reports over any remembered span: ISO 22400 and its traps, state times, MTBF, MTTR."""

import pickle
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.twin_core.lived import START, live
from tests.twin_core.plant_fixture import BAG, GAS, LINE, OVEN, T0, Feed, bakery
from twin_core.errors import NoData
from twin_core.ingest import Twin
from twin_core.operations.past import Past
from twin_core.operations.report import reach, report
from twin_core.reading import SourceEvent
from twin_core.value import SECOND

SLICER = f"{LINE}/slicer"


def lived(*given, **how):
    """The plant, and the past of those minutes."""
    snapshot = live(*given, **how)
    return snapshot.plant, snapshot.past


def over(lived_through, asset=LINE, start=0, end=600, offset=0):
    plant, past = lived_through
    at = START + offset * SECOND
    return report(plant, past, asset, at + start * SECOND, at + end * SECOND)


def test_state_times_are_exact_and_the_time_seen_is_told():
    found = over(lived([(BAG, 100, 160, 11), (BAG, 300, 400, 5)]), BAG)
    assert found.seconds[11] == pytest.approx(60, abs=2.1)
    assert found.seconds[5] == pytest.approx(100, abs=2.1)
    assert sum(found.seconds.values()) == pytest.approx(600, abs=0.01)
    assert found.complete == pytest.approx(1)


def test_a_failure_is_a_stop_of_its_own_and_neither_starved_nor_blocked():
    past = lived(
        [(SLICER, 60, 90, 11), (SLICER, 120, 150, 11), (SLICER, 200, 260, 5),
         (SLICER, 300, 310, 10), (SLICER, 310, 330, 11), (SLICER, 400, 420, 2)],
        starved=[(SLICER, 115, 150)],
    )  # fmt: skip
    found = over(past, SLICER)
    assert (found.failures, found.restored) == (2, 2)
    assert found.operating_s == pytest.approx(600 - 30 - 30 - 60 - 30 - 20, abs=6)
    assert found.mtbf_s == pytest.approx(found.operating_s / 2)
    assert found.mttr_s == pytest.approx(30, abs=2.1)


def test_without_a_failure_there_is_no_mtbf_but_the_time_observed():
    found = over(lived(), SLICER)
    assert (found.failures, found.mtbf_s, found.mttr_s) == (0, None, None)
    assert found.operating_s == pytest.approx(600, abs=0.01)


def test_a_failure_that_goes_on_counts_and_is_not_restored():
    found = over(lived([(SLICER, 500, 9999, 9)]), SLICER)
    assert (found.failures, found.restored, found.mttr_s) == (1, 0, None)


def test_failures_of_a_line_are_those_of_all_its_machines():
    found = over(lived([(SLICER, 60, 90, 11), (OVEN, 200, 210, 9)]))
    assert found.failures == 2


def test_a_silence_is_no_state_and_lowers_what_was_seen():
    found = over(lived(silent=[(200, 380)]))
    assert found.complete == pytest.approx(420 / 600, abs=0.02)
    assert found.availability == pytest.approx(1)
    assert found.good == pytest.approx(100 * 7, abs=120)


def test_a_line_without_shifts_has_its_availability_and_no_oee():
    found = over(lived([(BAG, 0, 150, 5)]))
    assert (found.planned, found.oee) == (False, None)
    assert found.availability == pytest.approx(450 / 600, abs=0.01)
    assert found.rate == pytest.approx(100, rel=0.03)


def test_only_planned_time_counts_and_no_planned_time_gives_nothing():
    plant = bakery(shifts=True)
    at = datetime(2025, 6, 16, 9, 55, tzinfo=ZoneInfo("Europe/Copenhagen"))
    offset = int(at.timestamp()) - START // SECOND
    past = lived([(BAG, 120, 180, 11)], plant=plant, offset=offset)
    whole = over(past, offset=offset)
    assert whole.planned
    assert whole.availability == pytest.approx(4 / 5, abs=0.01)  # the break began after 5 minutes
    assert whole.oee == pytest.approx(whole.availability * whole.effectiveness * whole.quality)
    planned = over(past, offset=offset, start=360)
    assert (planned.availability, planned.oee) == (None, None)


def test_nothing_made_has_no_quality_and_a_machine_that_counts_no_rejects_neither():
    found = over(lived(rate=0.0))
    assert (found.produced, found.quality) == (0.0, None)
    assert found.effectiveness == 0.0
    assert over(lived(), SLICER).quality is None
    assert over(lived(), BAG).quality == 1.0


def test_a_machine_counts_in_its_own_unit_and_is_held_against_the_lines_rate():
    bagger, line = over(lived(), BAG), over(lived())
    assert (bagger.unit, line.unit) == ("{bag}", "{loaf}")
    assert bagger.good == pytest.approx(line.good / 2)
    assert bagger.effectiveness == pytest.approx(line.effectiveness, abs=0.01)


def test_the_site_is_the_sum_of_its_lines_before_dividing():
    past = lived([(BAG, 0, 150, 5)])
    assert over(past, "northmill").availability == over(past).availability


def test_a_span_is_cut_to_what_is_remembered_and_nothing_is_made_up():
    past = lived()
    found = over(past, start=-86400)
    assert found.start == reach(past[1])
    with pytest.raises(NoData, match="what is remembered begins at 2025-06-15 15:0"):
        over(past, start=-86400, end=-80000)
    with pytest.raises(NoData, match="Gas main since it tells no state"):
        over(past, GAS)


def test_a_source_that_was_away_gives_no_spell_across_the_gap():
    plant = bakery()
    feed = Feed(plant)
    twin = Twin(plant)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, 60), T0 + 60 * SECOND)
    down = SourceEvent(source="line_plc", kind="down", time=T0 + 70 * SECOND, reason="gone")
    twin.apply(down, T0 + 70 * SECOND)
    up = SourceEvent(source="line_plc", kind="up", time=T0 + 400 * SECOND)
    twin.apply(up, T0 + 400 * SECOND)
    twin.apply(feed.readings(400, 500), T0 + 500 * SECOND)
    spells = twin.snapshot(T0 + 500 * SECOND).past.spells
    lengths = (spells[:, 3] - spells[:, 2]) / SECOND
    assert len(spells) == 2 * 4
    assert lengths.max() < 120


def test_workers_that_simulate_are_sent_nothing_of_the_past():
    _, past = lived()
    other = pickle.loads(pickle.dumps(past))  # noqa: S301 (our own bytes)
    assert isinstance(other, Past)
    assert len(other.minute) == 0
    assert np.array_equal(other.spells, Past.nothing().spells)
