"""The rules by which a point is believed or not, each on a plant that is otherwise well."""

import numpy as np
import pytest

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core.columns import Columns
from twin_core.ingest import Edit, Twin
from twin_core.reading import BAD_OUT_OF_RANGE, BAD_TYPE_MISMATCH, UNCERTAIN, SourceEvent
from twin_core.value import SECOND
from twin_core.verdict import BELIEVED, RANGE, STATUS, TYPE, judge, refused_status

PRESSURE, VALVE = f"{GAS}/pressure", f"{GAS}/valve"
CURRENT, SETPOINT = f"{BAG}/motor_current", "northmill/bread/toast/divider/speed_setpoint"
TEMPERATURE = f"{OVEN}/temperature"


def at(seconds):
    return T0 + int(seconds * SECOND)


def lived(bend, seconds, chunk=10):
    """A twin after so many seconds of a bent feed, and what became of points on the way."""
    feed = Feed(bakery(), bend=bend)
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    turns = []
    for s in range(0, seconds, chunk):
        turned = twin.apply(feed.readings(s, s + chunk), at(s + chunk)).turns
        turns += [(feed.plant.points[t.point].id, t.rule, t.held, s + chunk) for t in turned]
    return twin.snapshot(at(seconds)), turns


def on(path, change):
    return lambda p, s, v: change(s, v) if p == path else v


def test_a_healthy_plant_has_no_quarantine():
    snapshot, turns = lived(None, 3600, chunk=60)
    assert turns == []
    assert snapshot.quarantined == {}


def test_each_reading_is_judged_alone_by_type_status_and_range():
    plant = bakery()
    columns = Columns.of(plant)
    i, state = plant.index[PRESSURE], plant.index[f"{BAG}/state"]
    point = np.array([i, i, i, i, i, state, i], np.int32)
    value = np.array([200.0, 400.04, 400.1, -5.0, np.nan, 6.5, 200.0])
    status = np.array([0, 0, 0, 0, 0, 0, 0x80310000], np.uint32)
    expected = [BELIEVED, BELIEVED, RANGE, RANGE, TYPE, TYPE, STATUS]
    code = judge(columns, point, value, status)
    assert code.tolist() == expected
    shown = refused_status(code, status).tolist()
    assert shown[2] == BAD_OUT_OF_RANGE
    assert shown[4] == BAD_TYPE_MISMATCH
    assert shown[6] == 0x80310000


def test_an_uncertain_reading_is_believed_and_says_so():
    feed = Feed(bakery())
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    batch = feed.readings(0, 10)
    batch.status[:] = UNCERTAIN
    twin.apply(batch, at(10))
    believed = twin.snapshot(at(10)).latest(PRESSURE)
    assert believed.state == "uncertain"
    assert believed.value is not None


def test_one_refused_reading_is_not_believed_and_accuses_nobody():
    snapshot, turns = lived(on(PRESSURE, lambda s, v: 900.0 if s == 100 else v), 200)
    assert turns == []
    assert not (snapshot.recent.high[:, snapshot.plant.index[PRESSURE]] > 300).any()


def test_a_change_faster_than_physics_is_refused_by_rate():
    _, turns = lived(on(TEMPERATURE, lambda s, v: v + 60 if s >= 100 else v), 130)
    assert turns[0][:3] == (TEMPERATURE, "rate", True)


def test_outliers_are_never_believed_and_enough_of_them_quarantine_the_point():
    def bend(s, v):
        return v + 60 if s > 100 and s % 24 in {0, 2} else v

    snapshot, turns = lived(on(PRESSURE, bend), 400)
    assert turns[0][:3] == (PRESSURE, "spike", True)
    assert turns[0][3] <= 220
    assert np.nanmax(snapshot.recent.high[:, snapshot.plant.index[PRESSURE]]) < 220
    held = snapshot.quarantined[PRESSURE]
    assert held.value == pytest.approx(260, abs=10)
    assert "stand out" in held.reason


def test_a_real_step_is_believed_after_it_has_proved_itself():
    snapshot, turns = lived(on(PRESSURE, lambda s, v: v - 40 if s >= 100 else v), 300)
    assert turns == []
    column = snapshot.recent.mean[:, snapshot.plant.index[PRESSURE]]
    np.testing.assert_allclose(column[-15:], 160, atol=5)


def test_a_measurement_without_its_usual_variation_is_stuck():
    snapshot, turns = lived(on(PRESSURE, lambda s, v: 200.3 if s >= 300 else v), 500)
    assert [t[:3] for t in turns] == [(PRESSURE, "stuck", True)]
    assert turns[0][3] <= 360
    held = snapshot.quarantined[PRESSURE]
    assert held.since == pytest.approx(at(302), abs=SECOND)
    assert "200.3 mbar" in held.reason


def test_what_stands_still_because_its_machine_stands_still_is_not_stuck():
    def bend(path, s, v):
        stopped = 300 <= s < 900
        if path == f"{BAG}/state":
            return 11.0 if stopped else v
        if path in {CURRENT, f"{BAG}/speed"}:
            return 0.4 if stopped else v
        return v

    _, turns = lived(bend, 1200)
    assert turns == []


def test_a_setpoint_and_an_opening_that_never_varied_may_stand_for_hours():
    snapshot, turns = lived(None, 7200, chunk=120)
    assert turns == []
    for path in (SETPOINT, VALVE):
        assert snapshot.latest(path).state == "good"


def test_a_measurement_at_the_end_of_its_scale_is_not_stuck():
    _, turns = lived(on(PRESSURE, lambda s, v: 0.0 if s >= 300 else v), 700)
    assert [t for t in turns if t[1] == "stuck"] == []


def test_a_point_that_says_nothing_while_its_source_speaks_is_missing():
    _, turns = lived(on(PRESSURE, lambda s, v: None if 100 <= s < 200 else v), 400)
    assert [t[:3] for t in turns] == [(PRESSURE, "missing", True), (PRESSURE, "missing", False)]
    assert turns[0][3] <= 130
    assert 260 <= turns[1][3] <= 290


def test_a_point_that_never_said_anything_is_missing_from_when_its_source_came_up():
    snapshot, turns = lived(on(PRESSURE, lambda _s, _v: None), 60)
    assert [t[:3] for t in turns] == [(PRESSURE, "missing", True)]
    held = snapshot.quarantined[PRESSURE]
    assert (held.since, held.value) == (T0, None)


def test_a_missing_point_is_not_said_to_have_shown_an_old_value_when_its_source_came_back():
    feed = Feed(bakery(), bend=lambda p, s, v: None if p == PRESSURE and s >= 60 else v)
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, 60), at(60))
    for kind, s in (("down", 60), ("up", 100)):
        twin.apply(SourceEvent(source="house_plc", kind=kind, time=at(s)), at(s))
    found = twin.apply(feed.readings(100, 140), at(140)).incidents
    held = twin.snapshot(at(140)).quarantined[PRESSURE]
    assert (held.rule, held.since, held.value) == ("missing", at(100), None)
    assert [i.opened_by for i in found if i.kind == "quarantine"] == [()]


def test_a_stuck_point_is_believed_again_only_when_it_varies_again():
    _, turns = lived(on(PRESSURE, lambda s, v: 200.3 if 300 <= s < 500 else v), 700)
    assert [t[:3] for t in turns] == [(PRESSURE, "stuck", True), (PRESSURE, "stuck", False)]
    assert 560 <= turns[1][3] <= 600


def test_a_counter_that_jumps_absurdly_is_not_believed_and_one_that_restarts_is():
    path = f"{BAG}/produced"
    snapshot, turns = lived(on(path, lambda s, v: 800000.0 if s == 100 else v), 200)
    assert turns == []
    assert snapshot.recent.high[:, snapshot.plant.index[path]].max() < 1000
    first: list[float] = []

    def restart(s, v):
        if s < 100:
            return v + 5000
        first.append(v)
        return v - first[0]

    snapshot, turns = lived(on(path, restart), 300)
    assert turns == []
    assert snapshot.indicators["northmill/bread/toast"].rate == pytest.approx(100, rel=0.03)


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        (PRESSURE, lambda v: v / 10, None),
        (PRESSURE, lambda v: v * 10, "10 times"),
        (TEMPERATURE, lambda v: v * 1.8 + 32, "in °F,"),
        (CURRENT, lambda v: v * 100, "100 times"),
        (CURRENT, lambda v: v / 10, "1/10 of"),
    ],
)
def test_a_value_in_another_unit_is_quarantined_as_that(path, change, told):
    """After a wrong configuration; a header that falls to a tenth may just have emptied."""
    snapshot, turns = lived(on(path, lambda s, v: change(v) if s >= 100 else v), 260)
    if told is None:
        assert turns == []
        return
    assert [t[:3] for t in turns] == [(path, "unit", True)]
    assert turns[0][3] <= 160
    assert f"is {told} what it was" in snapshot.quarantined[path].reason


def test_a_unit_that_a_person_confirms_is_believed():
    """A release says that the new values are right."""
    feed = Feed(bakery(), bend=on(CURRENT, lambda s, v: v / 10 if s >= 100 else v))
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    for s in range(0, 300, 10):
        twin.apply(feed.readings(s, s + 10), at(s + 10))
    assert CURRENT in twin.snapshot(at(300)).quarantined
    twin.edit(Edit(kind="release", point=CURRENT, user="erik", reason="new transducer"), at(300))
    for s in range(300, 420, 10):
        assert not [t for t in twin.apply(feed.readings(s, s + 10), at(s + 10)).turns if t.held]
    assert twin.snapshot(at(420)).latest(CURRENT).state == "good"


def test_a_machine_that_stops_has_no_new_unit():
    """What falls to a tenth with its machine is standing still."""

    def bend(path, s, v):
        stopped = s >= 300
        if path == f"{BAG}/state":
            return 11.0 if stopped else v
        return v / 10 if stopped and path == CURRENT else v

    _, turns = lived(bend, 900)
    assert turns == []
