"""Many points at once say what each says alone."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core.errors import UnknownName
from twin_core.ingest import Twin
from twin_core.latest import latest
from twin_core.reading import BAD_SENSOR_FAILURE, Batch, SourceEvent
from twin_core.twin import Quarantine
from twin_core.value import SECOND

PLANT = bakery()


def believed(events=(), now=130.0):
    feed = Feed(PLANT)
    twin = Twin(PLANT)
    for event in feed.up():
        twin.apply(event, event.time)
    batch = feed.readings(0, 120)
    status = batch.status.copy()
    status[batch.point == PLANT.index[f"{OVEN}/speed"]] = BAD_SENSOR_FAILURE
    status[batch.point == PLANT.index[f"{BAG}/speed"]] = 0x40000000
    twin.apply(Batch(batch.point, batch.time, batch.value, status, batch.received), T0)
    for event in events:
        twin.apply(event, event.time)
    return twin.snapshot(T0 + int(now * SECOND))


DOWN = SourceEvent(source="house_plc", kind="down", time=T0 + 125 * SECOND, reason="gone")


DOUBT = Quarantine(point=f"{GAS}/pressure", rule="drift", since=T0, value=1.0, reason="one of two")


@pytest.mark.parametrize(
    ("snapshot", "states"),
    [
        (Twin(PLANT).snapshot(T0), {"no_data"}),
        (believed(), {"good", "uncertain", "quarantined"}),
        (believed(now=160), {"stale", "quarantined"}),
        (believed(events=[DOWN]), {"good", "no_data", "uncertain", "quarantined"}),
        (replace(believed(), doubted={DOUBT.point: DOUBT}), {"uncertain"}),
        (replace(believed(), skewed={"house_plc": 20.0}), {"uncertain"}),
    ],
    ids=["empty", "usual", "late", "down", "doubted", "skewed"],
)
def test_many_points_say_what_each_says_alone(snapshot, states):
    """Value, time, status and state, for every state that a point can be in."""
    paths = [point.id for point in PLANT.points]
    found = latest(snapshot, paths)
    alone = [snapshot.latest(path) for path in paths]
    rows = list(zip(*found, strict=True))
    assert rows == [(b.value, b.time, b.status, b.state) for b in alone]
    assert states <= set(found.state)
    assert not any(value is not None and np.isnan(value) for value in found.value)


def test_a_former_id_finds_its_point_and_an_unknown_one_is_an_error():
    """As everywhere."""
    snapshot = believed()
    assert latest(snapshot, [f"{GAS}/p"]) == latest(snapshot, [f"{GAS}/pressure"])
    with pytest.raises(UnknownName):
        latest(snapshot, [f"{GAS}/nothing"])
