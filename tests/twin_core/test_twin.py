"""What a snapshot says, and that it can travel."""

import pickle

import numpy as np
import pytest

from tests.twin_core.plant_fixture import BAG, GAS, LINE, OVEN, T0, Feed, bakery
from twin_core.errors import UnknownName
from twin_core.ingest import Twin
from twin_core.reading import Batch
from twin_core.recent import Grid, Rows
from twin_core.value import SECOND

PRESSURE = f"{GAS}/pressure"


def at(seconds):
    return T0 + int(seconds * SECOND)


def unpack(data):
    return pickle.loads(data)  # noqa: S301 (packed a line before)


@pytest.fixture(scope="module")
def snapshot():
    feed = Feed(bakery())
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    for s in range(0, 600, 20):
        twin.apply(feed.readings(s, s + 20), at(s + 20))
    return twin.snapshot(at(600))


def test_before_anything_was_heard_nothing_is_believed():
    twin = Twin(bakery())
    empty = twin.snapshot(at(0))
    believed = empty.latest(PRESSURE)
    assert (believed.state, believed.value, believed.why) == ("no_data", None, "never heard")
    assert (empty.watermark, len(empty.recent.time)) == (0, 0)
    assert empty.indicators[LINE].rate is None
    assert len(empty.digest) == 64


def test_a_value_grows_stale_by_plant_time(snapshot):
    twin = Twin(snapshot.plant)
    feed = Feed(snapshot.plant)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, 10), at(10))
    assert twin.snapshot(at(12)).latest(PRESSURE).state == "good"
    stale = twin.snapshot(at(40)).latest(PRESSURE)
    assert stale.state == "stale"
    assert stale.value is not None


def test_a_believed_value_carries_its_unit_time_and_status(snapshot):
    believed = snapshot.latest(PRESSURE)
    assert (believed.unit, believed.state, believed.status) == ("mbar", "good", 0)
    assert believed.value == pytest.approx(200, abs=6)
    assert at(597) <= believed.time <= at(600)
    with pytest.raises(UnknownName):
        snapshot.latest(f"{GAS}/nothing")


def test_a_former_id_finds_the_same_point(snapshot):
    assert snapshot.latest(f"{GAS}/p").point == PRESSURE


def test_neighbours_are_all_links_of_a_unit(snapshot):
    kinds = {(k.kind, k.source, k.target) for k in snapshot.neighbours(OVEN)}
    assert ("supplies", GAS, OVEN) in kinds
    assert len(kinds) == 3


def test_a_snapshot_travels_whole_and_the_plant_is_unpacked_once_a_process(snapshot):
    data = pickle.dumps(snapshot)
    first, second = unpack(data), unpack(data)
    assert first.digest == snapshot.digest
    assert first.plant == snapshot.plant
    assert first.plant is second.plant
    for name in ("value", "time", "settled_value", "settled_status"):
        np.testing.assert_array_equal(getattr(first, name), getattr(snapshot, name))
    for name in ("time", "mean", "low", "high"):
        np.testing.assert_array_equal(getattr(first.recent, name), getattr(snapshot.recent, name))
        assert getattr(first.recent, name).dtype == getattr(snapshot.recent, name).dtype
    assert first.indicators == snapshot.indicators
    assert first.latest(PRESSURE) == snapshot.latest(PRESSURE)


def test_the_digest_is_of_settled_state_alone(snapshot):
    twin = Twin(snapshot.plant)
    feed = Feed(snapshot.plant)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, 30), at(30))
    before = twin.snapshot(at(30))
    i = snapshot.plant.index[PRESSURE]
    twin.apply(Batch.of([(i, at(29), 203.3, 0, at(31))]), at(31))
    after = twin.snapshot(at(31))
    assert after.revision > before.revision
    assert (after.value != before.value).any()
    assert after.watermark == before.watermark
    assert after.digest == before.digest


def test_the_sign_of_nothing_leaves_no_trace_in_the_digest():
    digests = set()
    for zero in (0.0, -0.0):

        def valve(point, _second, value, zero=zero):
            return zero if point == f"{GAS}/valve" else value

        feed = Feed(bakery(), bend=valve)
        twin = Twin(feed.plant)
        for event in feed.up():
            twin.apply(event, T0)
        twin.apply(feed.readings(0, 30), at(30))
        digests.add(twin.snapshot(at(30)).digest)
    assert len(digests) == 1


def test_rows_of_the_recent_past_lie_on_a_common_grid_and_hold_what_was_believed(snapshot):
    recent = snapshot.recent
    assert (recent.time % (10 * SECOND) == 0).all()
    assert (np.diff(recent.time) == 10 * SECOND).all()
    i = snapshot.plant.index[PRESSURE]
    assert (recent.low[:, i] <= recent.mean[:, i]).all()
    assert (recent.mean[:, i] <= recent.high[:, i]).all()
    counter = recent.mean[:, snapshot.plant.index[f"{BAG}/produced"]]
    assert (np.diff(counter) >= 0).all()
    assert (counter == np.floor(counter)).all()
    rows = recent.span(at(100), at(200))
    assert recent.time[rows][0] > at(100)
    assert recent.time[rows][-1] <= at(200)


def test_a_bucket_holds_mean_and_extremes_and_the_last_of_what_lasts():
    plant = bakery()
    from twin_core.columns import Columns
    from twin_core.derived import Derived

    grid = Grid(Columns.of(plant), Derived.of(plant))
    pressure, state = plant.index[PRESSURE], plant.index[f"{BAG}/state"]
    for value, condition in ((10.0, 6.0), (20.0, 11.0), (60.0, 5.0)):
        grid.add(np.array([pressure, state]), np.array([value, condition]))
    standing = np.full(len(plant.points), np.nan)
    mean = grid.close(T0, standing)
    recent = grid.recent()
    assert mean[pressure] == 30.0
    assert mean[state] == 5.0
    assert (recent.low[0, pressure], recent.high[0, pressure]) == (10.0, 60.0)
    assert (recent.low[0, state], recent.high[0, state]) == (5.0, 11.0)
    assert np.isnan(mean).sum() == len(plant.points) - 2
    assert np.isnan(grid.close(T0 + 10 * SECOND, standing)).all()


def test_a_view_of_rows_never_changes_however_many_follow():
    rows = Rows((1,), np.float64, keep=4)
    views = []
    for k in range(40):
        rows.append(np.array([float(k)]))
        views.append((k, rows.view()))
    for k, view in views:
        np.testing.assert_array_equal(view[:, 0], np.arange(max(0, k - 3), k + 1))
    rows.clear()
    assert len(rows.view()) == 0
    assert views[-1][1][-1, 0] == 39.0


def test_the_past_is_told_as_it_was_believed_and_not_beyond_memory(snapshot):
    """As-of: the bucket that holds the moment; nothing before the first and after the watermark."""
    recent, column = snapshot.recent, snapshot.plant.index[PRESSURE]
    end = int(recent.time[5])
    for moment in (end, end - 1, end - 10 * SECOND + 1):
        assert snapshot.as_of(PRESSURE, moment) == recent.mean[5, column]
    assert snapshot.as_of(PRESSURE, int(recent.time[0]) - 10 * SECOND) is None
    assert snapshot.as_of(PRESSURE, int(recent.time[-1]) + 1) is None
    with pytest.raises(UnknownName):
        snapshot.as_of("nowhere/at/all", end)
