"""Sources that tell only what changes: silence of a point means that it stands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import BAG, OVEN, T0, Feed, bakery
from twin_core.ingest import Twin
from twin_core.reading import BAD_SENSOR_FAILURE, GOOD, Batch, SourceEvent
from twin_core.value import SECOND
from twin_core.verdict import LATE

PLANT = bakery({"reports: every_period": "reports: on_change"})
SETPOINT = "northmill/bread/toast/divider/speed_setpoint"
PRODUCT = "northmill/bread/toast/divider/product"
HEAT = f"{OVEN}/temperature"
STILL = f"{BAG}/motor_current"


def at(seconds):
    return T0 + int(seconds * SECOND)


def heard(twin, first, last, *sources):
    """Sources, both if none is named, are alive and say nothing, every other second."""
    for s in range(first, last + 1, 2):
        for source in sources or ("line_plc", "house_plc"):
            twin.apply(SourceEvent(source=source, kind="alive", time=at(s)), at(s))


def index(path):
    return PLANT.index[path]


def told(*rows):
    """Readings (path, value, source time s, receive time s[, status])."""
    return Batch.of(
        [(index(p), at(t), v, rest[0] if rest else GOOD, at(r)) for p, v, t, r, *rest in rows]
    )


def changes(batch):
    """Of a recording what a server that tells only changes would have said of its line."""
    last: dict[int, float] = {}
    keep = []
    for i in range(len(batch)):
        point = int(batch.point[i])
        line = PLANT.points[point].source == "line_plc"
        keep.append(not line or last.get(point) != batch.value[i])
        last[point] = batch.value[i]
    which = np.flatnonzero(keep)
    return Batch(
        batch.point[which], batch.time[which], batch.value[which], batch.status[which],
        batch.received[which],
    )  # fmt: skip


def listening(until, bend=None):
    """A twin that heard only changes of the line, and the other source in full."""
    twin = Twin(PLANT)
    feed = Feed(PLANT, bend=bend)
    for event in feed.up():
        twin.apply(event, T0)
    batch = changes(feed.readings(0, until))
    for start in range(0, until, 10):
        which = (batch.time >= at(start)) & (batch.time < at(start + 10))
        part = Batch(*(c[which] for c in (batch.point, batch.time, batch.value, batch.status,
                                          batch.received)))  # fmt: skip
        twin.apply(part, at(start + 10))
    return twin


def test_what_does_not_change_is_believed_for_as_long_as_its_source_is_heard():
    twin = listening(600)
    snapshot = twin.snapshot(at(600))
    assert snapshot.quarantined == {}
    for path in (SETPOINT, PRODUCT):
        believed = snapshot.latest(path)
        assert believed.state == "good"
        assert at(590) <= believed.time <= at(600)
    column = snapshot.recent.mean[:, index(SETPOINT)]
    assert len(column) >= 58
    assert (column == 100.0).all()
    assert snapshot.settled_time[index(SETPOINT)] > at(580)


def test_a_source_of_the_same_kind_that_tells_every_period_misses_such_a_point():
    plant = bakery()
    twin = Twin(plant)
    feed = Feed(plant, bend=lambda p, s, v: v if p != SETPOINT or s < 2 else None)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, 120), at(120))
    assert twin.snapshot(at(120)).quarantined[SETPOINT].rule == "missing"


def test_a_point_that_is_never_told_is_missing():
    twin = listening(120, bend=lambda p, _s, v: None if p == SETPOINT else v)
    assert twin.snapshot(at(120)).quarantined[SETPOINT].rule == "missing"


def test_a_first_word_holds_from_the_connection_on_however_old_its_source_time():
    twin = Twin(PLANT)
    for event in Feed(PLANT).up():
        twin.apply(event, T0)
    outcome = twin.apply(told((SETPOINT, 90.0, -86_400, 1)), at(1))
    assert outcome.late == frozenset()
    heard(twin, 2, 60)
    snapshot = twin.snapshot(at(60))
    assert snapshot.latest(SETPOINT).value == 90.0
    assert snapshot.settled_value[index(SETPOINT)] == 90.0
    assert (snapshot.recent.mean[:, index(SETPOINT)] == 90.0).all()


def test_a_word_that_comes_behind_the_watermark_is_late_and_holds_from_the_watermark_on():
    twin = listening(120)
    outcome = twin.apply(told((SETPOINT, 80.0, 110, 121)), at(121))
    assert outcome.late == {0}
    heard(twin, 122, 160)
    snapshot = twin.snapshot(at(160))
    assert snapshot.latest(SETPOINT).value == 80.0
    assert snapshot.settled_value[index(SETPOINT)] == 80.0
    before = snapshot.recent.time <= at(110)
    assert (snapshot.recent.mean[before, index(SETPOINT)] == 100.0).all()


def test_an_older_word_that_comes_late_changes_nothing():
    twin = listening(120)
    twin.apply(told((SETPOINT, 80.0, 119, 120)), at(120))
    outcome = twin.apply(told((SETPOINT, 70.0, 60, 121)), at(121))
    assert outcome.late == {0}
    heard(twin, 122, 160)
    assert twin.snapshot(at(160)).latest(SETPOINT).value == 80.0
    assert twin.snapshot(at(160)).settled_value[index(SETPOINT)] == 80.0


def test_a_wild_clock_does_not_shut_out_what_comes_after_it():
    twin = listening(60)
    twin.apply(told((SETPOINT, 10.0, 400_000_000, 61)), at(61))
    twin.apply(told((SETPOINT, 95.0, 62, 62)), at(62))
    assert twin.snapshot(at(62)).latest(SETPOINT).value == 95.0


def test_a_bad_status_is_told_once_and_stands_until_it_is_taken_back():
    twin = listening(120)
    twin.apply(told((HEAT, float("nan"), 120, 120, BAD_SENSOR_FAILURE)), at(120))
    heard(twin, 122, 180)
    assert twin.snapshot(at(180)).quarantined[HEAT].rule == "status"
    assert np.isnan(twin.snapshot(at(180)).settled_value[index(HEAT)])
    twin.apply(told((HEAT, 231.0, 181, 181)), at(181))
    heard(twin, 182, 1000)
    snapshot = twin.snapshot(at(1000))
    assert snapshot.latest(HEAT).value == 231.0
    assert snapshot.settled_value[index(HEAT)] == 231.0


def test_a_lost_source_lets_nothing_stand_and_tells_all_anew():
    twin = listening(120)
    twin.apply(SourceEvent(source="line_plc", kind="down", time=at(121), reason="cut"), at(121))
    assert twin.snapshot(at(121)).latest(SETPOINT).state == "no_data"
    heard(twin, 122, 180, "house_plc")
    column = twin.snapshot(at(180)).recent.mean[:, index(SETPOINT)]
    assert np.isnan(column[-4:]).all()
    twin.apply(SourceEvent(source="line_plc", kind="up", time=at(181)), at(181))
    assert twin.snapshot(at(181)).latest(SETPOINT).state == "no_data"
    twin.apply(told((SETPOINT, 90.0, 0, 182)), at(182))
    assert twin.snapshot(at(182)).latest(SETPOINT).value == 90.0


def test_a_source_that_was_only_silent_let_its_points_stand():
    twin = listening(120)
    twin.tick(at(200))
    assert twin.snapshot(at(200)).latest(SETPOINT).state == "no_data"
    heard(twin, 202, 260)
    snapshot = twin.snapshot(at(260))
    assert snapshot.latest(SETPOINT).value == 100.0
    assert snapshot.settled_value[index(SETPOINT)] == 100.0


def test_a_sensor_that_has_always_varied_and_stands_is_stuck():
    twin = listening(2400, bend=lambda p, s, v: 12.3 if p == STILL and s >= 1800 else v)
    assert twin.snapshot(at(2400)).quarantined[STILL].rule == "stuck"


def test_a_sensor_that_seldom_changes_is_not_stuck():
    def coarse(path, _s, value):
        return round(value) if path == STILL else value

    twin = listening(2400, bend=coarse)
    assert STILL not in twin.snapshot(at(2400)).quarantined


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_settled_belief_is_the_same_for_every_arrival_order(seed):
    feed = Feed(PLANT)
    batch = changes(feed.readings(0, 90))

    def digest(order, received):
        twin = Twin(PLANT)
        for event in feed.up():
            twin.apply(event, T0)
        for part in np.array_split(order, 40):
            columns = (batch.point, batch.time, batch.value, batch.status)
            outcome = twin.apply(Batch(*(c[part] for c in (*columns, received))), T0)
            assert not (outcome.verdicts == LATE).any()
        return twin.snapshot(at(90)).digest

    rng = np.random.default_rng(seed)
    received = batch.time + rng.integers(0, 2 * SECOND, len(batch))
    straight = np.arange(len(batch))
    assert digest(np.argsort(received, kind="stable"), received) == digest(straight, batch.received)


@pytest.mark.parametrize(
    ("source", "on_change"),
    [
        ("kind: opcua", True),
        ("kind: opcua, reports: every_period", False),
        ("kind: modbus", False),
        ("kind: mqtt", False),
        ("kind: mqtt, reports: on_change", True),
        ("kind: mqtt, options: {payload: sparkplug}", True),
    ],
)
def test_a_protocol_that_tells_only_changes_is_known_as_such(source, on_change):
    told = 'kind: opcua, url: "opc.tcp://127.0.0.1:4900/", reports: every_period'
    plant = bakery({told: f'{source}, url: "opc.tcp://127.0.0.1:4900/"'})
    assert plant.sources[0].on_change is on_change
