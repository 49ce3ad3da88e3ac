"""The straight line from a reading to settled belief."""

import numpy as np
import pytest

from tests.twin_core.plant_fixture import BAG, GAS, LINE, OVEN, T0, Feed, bakery
from twin_core.errors import UnknownName, WrongKind
from twin_core.ingest import Edit, Twin
from twin_core.reading import BAD_SENSOR_FAILURE, GOOD, Batch, SourceEvent
from twin_core.value import SECOND
from twin_core.verdict import AHEAD, LATE, RANGE, STATUS, TWICE, TYPE

PRESSURE = f"{GAS}/pressure"
TEMPERATURE = f"{OVEN}/temperature"


def at(seconds):
    return T0 + int(seconds * SECOND)


def run(feed, seconds, twin=None, start=0, chunk=10):
    """A twin that has heard the feed; and every incident on the way."""
    if twin is None:
        twin = Twin(feed.plant)
        for event in feed.up():
            twin.apply(event, T0)
    incidents = []
    for s in range(start, seconds, chunk):
        end = min(s + chunk, seconds)
        incidents += twin.apply(feed.readings(s, end), at(end)).incidents
    return twin, incidents


def test_a_reading_is_believed_provisionally_at_once_and_settled_behind_the_watermark():
    feed = Feed(bakery())
    twin, _ = run(feed, 20, chunk=2)
    snapshot = twin.snapshot(at(20))
    i = feed.plant.index[PRESSURE]
    assert snapshot.time[i] > at(18)
    assert snapshot.settled_time[i] < snapshot.watermark <= at(17)
    assert snapshot.latest(PRESSURE).state == "good"


def test_source_times_are_corrected_by_the_offset_measured_on_connecting():
    feed = Feed(bakery(), offset_us=-7 * SECOND)
    twin, _ = run(feed, 60)
    believed = twin.snapshot(at(60)).latest(f"{BAG}/speed")
    assert believed.time == pytest.approx(at(58), abs=SECOND)
    assert believed.state == "good"


@pytest.mark.parametrize(
    ("path", "value", "status", "verdict"),
    [
        (PRESSURE, 900.0, GOOD, RANGE),
        (PRESSURE, float("nan"), GOOD, TYPE),
        (PRESSURE, float("inf"), GOOD, TYPE),
        (f"{BAG}/state", 5.5, GOOD, TYPE),
        (PRESSURE, 200.0, BAD_SENSOR_FAILURE, STATUS),
    ],
)
def test_a_refused_reading_is_never_shown_as_the_value(path, value, status, verdict):
    feed = Feed(bakery())
    twin, _ = run(feed, 60)
    i = feed.plant.index[path]
    outcome = twin.apply(Batch.of([(i, at(61), value, status, at(61))]), at(61))
    assert outcome.verdicts.tolist() == [verdict]
    believed = twin.snapshot(at(61)).latest(path)
    assert believed.state == "quarantined"
    assert believed.value is None
    assert believed.why


def test_a_point_that_is_refused_again_and_again_is_quarantined_and_released_when_good():
    bad = range(100, 120)
    feed = Feed(bakery(), bend=lambda p, s, v: 500.0 if p == PRESSURE and s in bad else v)
    twin, incidents = run(feed, 140)
    held = twin.snapshot(at(140)).quarantined[PRESSURE]
    assert held.rule == "range"
    assert "500" in held.reason
    assert [i.kind for i in incidents] == ["quarantine"]
    assert incidents[0].opened_by[0].value == 500.0
    assert np.isnan(twin.snapshot(at(140)).settled_value[feed.plant.index[PRESSURE]])
    _, incidents = run(feed, 700, twin, 140)
    snapshot = twin.snapshot(at(700))
    assert PRESSURE not in snapshot.quarantined
    assert snapshot.latest(PRESSURE).value == pytest.approx(200, abs=10)
    assert [(i.kind, i.closed is not None) for i in incidents] == [("quarantine", True)]


def test_a_person_can_release_a_point_and_new_evidence_quarantines_it_again():
    feed = Feed(bakery(), bend=lambda p, s, v: 500.0 if p == PRESSURE and s > 100 else v)
    twin, _ = run(feed, 140)
    assert PRESSURE in twin.snapshot(at(140)).quarantined
    twin.edit(Edit(kind="release", point=PRESSURE, user="ada", reason="checked"), at(140))
    twin.apply(SourceEvent(source="house_plc", kind="alive", time=at(140)), at(140))
    twin.apply(feed.readings(140, 146), at(146))
    assert PRESSURE not in twin.snapshot(at(146)).quarantined
    run(feed, 180, twin, 146)
    assert PRESSURE in twin.snapshot(at(180)).quarantined


def test_edits_and_events_of_unknown_things_are_refused_with_their_names():
    twin = Twin(bakery())
    with pytest.raises(UnknownName, match="nowhere"):
        twin.edit(Edit(kind="release", point="nowhere", user="ada"), T0)
    with pytest.raises(UnknownName, match="other_plc"):
        twin.apply(SourceEvent(source="other_plc", kind="up", time=T0), T0)
    with pytest.raises(WrongKind, match="point 99"):
        twin.apply(Batch.of([(99, T0, 1.0, GOOD, T0)]), T0)


def test_a_late_reading_is_marked_and_changes_nothing_settled():
    feed = Feed(bakery())
    twin, _ = run(feed, 60)
    before = twin.snapshot(at(60))
    i = feed.plant.index[PRESSURE]
    outcome = twin.apply(Batch.of([(i, at(30), 320.0, GOOD, at(60))]), at(60))
    assert outcome.verdicts.tolist() == [LATE]
    assert outcome.late == {0}
    after = twin.snapshot(at(60))
    assert after.digest == before.digest
    assert after.latest(PRESSURE).value == before.latest(PRESSURE).value


def test_a_reading_from_the_future_is_not_believed_and_moves_no_watermark():
    feed = Feed(bakery())
    twin, _ = run(feed, 60)
    i = feed.plant.index[PRESSURE]
    before = twin.snapshot(at(60))
    outcome = twin.apply(Batch.of([(i, at(4000), 210.0, GOOD, at(60))]), at(60))
    assert outcome.verdicts.tolist() == [AHEAD]
    assert twin.snapshot(at(60)).watermark == before.watermark
    assert twin.snapshot(at(60)).latest(PRESSURE) == before.latest(PRESSURE)


def test_a_reading_said_twice_counts_once():
    feed = Feed(bakery())
    twin, _ = run(feed, 60)
    i = feed.plant.index[f"{BAG}/produced"]
    row = (i, at(61), feed.made // 2, GOOD, at(61))
    assert twin.apply(Batch.of([row]), at(61)).verdicts.tolist() == [0]
    assert twin.apply(Batch.of([row]), at(61)).verdicts.tolist() == [TWICE]


def test_a_lost_source_has_no_data_and_never_an_old_value_or_rate():
    feed = Feed(bakery())
    twin, _ = run(feed, 400)
    assert twin.snapshot(at(400)).indicators[LINE].rate == pytest.approx(100, rel=0.05)
    down = SourceEvent(source="line_plc", kind="down", time=at(400), reason="connection refused")
    twin.apply(down, at(400))
    snapshot = twin.snapshot(at(400))
    believed = snapshot.latest(f"{BAG}/speed")
    assert (believed.state, believed.value) == ("no_data", None)
    assert believed.since == snapshot.sources["line_plc"].last
    assert np.isnan(snapshot.value[feed.plant.index[f"{BAG}/speed"]])
    assert snapshot.indicators[LINE].rate is None
    outcome = twin.tick(at(405))
    house = [p for p in feed.plant.index if p.startswith(GAS)]
    only = Feed(feed.plant, bend=lambda p, _s, v: v if p in house else None)
    found = twin.apply(only.readings(400, 420), at(420)).incidents + outcome.incidents
    assert [(i.kind, i.subject, i.closed) for i in found] == [("source_lost", "line_plc", None)]
    assert found[0].opened_by
    assert np.isnan(twin.snapshot(at(420)).settled_value[feed.plant.index[f"{BAG}/speed"]])
    assert twin.snapshot(at(420)).latest(PRESSURE).state == "good"
    twin.apply(SourceEvent(source="line_plc", kind="up", time=at(420)), at(420))
    assert twin.snapshot(at(420)).latest(f"{BAG}/speed").value is None
    _, found = run(feed, 440, twin, 420)
    assert [(i.kind, i.closed is not None) for i in found] == [("source_lost", True)]
    assert twin.snapshot(at(440)).latest(f"{BAG}/speed").state == "good"


def test_a_source_that_is_back_is_not_blamed_for_what_it_said_before_it_was_lost():
    feed = Feed(bakery())
    twin, _ = run(feed, 60)
    i = feed.plant.index[PRESSURE]
    twin.apply(Batch.of([(i, at(61), 200.0, BAD_SENSOR_FAILURE, at(61))]), at(61))
    for kind in ("down", "up"):
        twin.apply(SourceEvent(source="house_plc", kind=kind, time=at(62)), at(62))
    believed = twin.snapshot(at(62)).latest(PRESSURE)
    assert (believed.state, believed.why) == ("no_data", "")


def test_a_source_that_falls_silent_is_lost_and_holds_nobody_back():
    house = [i for i, p in enumerate(bakery().points) if p.source == "house_plc"]
    feed = Feed(bakery(), bend=lambda p, s, v: None if p.startswith(GAS) and s >= 100 else v)
    twin, _ = run(feed, 150)
    assert twin.snapshot(at(150)).watermark <= at(100)
    twin.tick(at(170))
    snapshot = twin.snapshot(at(170))
    assert not snapshot.sources["house_plc"].up
    assert snapshot.latest(PRESSURE).state == "no_data"
    assert snapshot.watermark >= at(140)
    assert np.isnan(snapshot.value[house]).all()


def test_a_source_taken_for_lost_whose_next_reading_is_older_than_that_is_up_again():
    """Its words were on the way when the clock ran out: they count, and what follows too."""
    feed = Feed(bakery(), bend=lambda p, s, v: None if p.startswith(GAS) and 100 <= s < 160 else v)
    twin, _ = run(feed, 150)
    lost = twin.tick(at(170)).incidents
    twin.apply(feed.readings(150, 168), at(171))
    _, found = run(feed, 200, twin, 168)
    assert twin.snapshot(at(200)).sources["house_plc"].up
    kinds = [(i.kind, i.subject, i.closed is None) for i in [*lost, *found]]
    assert kinds == [("source_lost", "house_plc", True), ("source_lost", "house_plc", False)]
    settled = twin.snapshot(at(200)).settled_value[feed.plant.index[PRESSURE]]
    assert settled == pytest.approx(200, abs=10)


def test_time_passes_without_any_source():
    feed = Feed(bakery())
    twin, _ = run(feed, 60)
    for source in ("line_plc", "house_plc"):
        twin.apply(SourceEvent(source=source, kind="down", time=at(60)), at(60))
    twin.tick(at(100))
    snapshot = twin.snapshot(at(100))
    assert snapshot.watermark == at(98)
    assert len([i for i in snapshot.incidents if i.kind == "source_lost"]) == 2


def test_a_gap_of_days_costs_no_more_than_an_hour_of_rows():
    feed = Feed(bakery())
    twin, _ = run(feed, 60)
    for source in ("line_plc", "house_plc"):
        twin.apply(SourceEvent(source=source, kind="down", time=at(60)), at(60))
    later = 5 * 86400
    twin.tick(at(later))
    recent = twin.snapshot(at(later)).recent
    assert len(recent.time) <= 361
    assert (np.diff(recent.time) == 10 * SECOND).all()
    assert np.isnan(recent.mean).all()
    for event in feed.up():
        twin.apply(event.model_copy(update={"time": at(later)}), at(later))
    twin.apply(feed.readings(later, later + 30), at(later + 30))
    assert twin.snapshot(at(later + 30)).latest(PRESSURE).state == "good"


def test_the_revision_grows_with_what_arrives_and_with_nothing_else():
    feed = Feed(bakery())
    twin, _ = run(feed, 20)
    first = twin.snapshot(at(20))
    assert twin.snapshot(at(21)).revision == first.revision
    twin.apply(feed.readings(20, 22), at(22))
    assert twin.snapshot(at(22)).revision == first.revision + 1


def test_a_snapshot_never_changes_after_it_was_made():
    feed = Feed(bakery())
    twin, _ = run(feed, 4000, chunk=100)
    snapshot = twin.snapshot(at(4000))
    digest, mean = snapshot.digest, snapshot.recent.mean.copy()
    assert len(snapshot.recent.time) == 360
    run(feed, 8000, twin, 4000, chunk=100)
    np.testing.assert_array_equal(snapshot.recent.mean, mean)
    assert type(snapshot).digest.func(snapshot) == digest
    with pytest.raises(ValueError, match="read-only"):
        snapshot.recent.mean[0, 0] = 1.0


def test_what_has_not_changed_says_the_same_at_another_time():
    """A tick that changes nothing makes no new snapshot needed; a reading does."""
    feed = Feed(bakery())
    twin, _ = run(feed, 30)
    assert twin.changed
    before = twin.snapshot(at(30))
    twin.tick(at(31))
    assert not twin.changed
    after = twin.snapshot(at(31))
    for name in ("value", "time", "status", "settled_value", "settled_time", "settled_status"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    for name in ("revision", "watermark", "quarantined", "sources", "incidents", "alarms"):
        assert getattr(after, name) == getattr(before, name)
    twin.apply(feed.readings(30, 31), at(31))
    assert twin.changed
