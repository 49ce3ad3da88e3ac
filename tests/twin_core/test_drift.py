"""An instrument that drifts is told from a process that moves; both from noise."""

import numpy as np
import pytest

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from tests.twin_core.rig import GAIN, NAMES, NOISE, PATHS, ROW, SPAN, judge, lesson, rows
from twin_core.cusum import ARL0_ROWS, LIMIT, SLACK, Shifts, interval, run_length
from twin_core.fitting import Lesson, fit
from twin_core.ingest import Edit, Twin
from twin_core.soft_sensor import Input, SoftSensor, SoftSensors
from twin_core.value import SECOND

TEMPERATURE, SPEED, PRESSURE = f"{OVEN}/temperature", f"{OVEN}/speed", f"{GAS}/pressure"


@pytest.mark.parametrize(("h", "rows_"), [(4.0, 168.0), (5.0, 465.0)])
def test_the_run_length_is_that_of_the_tables(h, rows_):
    """Montgomery, table 9.3 (k = 1/2): 168 rows at h = 4, 465 at h = 5."""
    assert run_length(0.5, h) == pytest.approx(rows_, rel=0.02)
    assert interval(0.5, run_length(0.5, h)) == pytest.approx(h, abs=1e-6)


def test_the_run_length_is_what_happens():
    """Many healthy statistics at once raise false alarms as seldom as the formula says."""
    n, most = 2000, 1500
    rng = np.random.default_rng(5)
    shifts, at, one = Shifts(n, 0), np.arange(n), np.ones(n)
    first = np.full(n, np.inf)
    for k in range(most):
        shifts.take(at, k, rng.standard_normal(n), one, np.ones(n, bool))
        first[(shifts.height > 5.0) & np.isinf(first)] = k + 1
    # Exponential up to the first alarm: rows lived by all, over alarms.
    alarms = np.isfinite(first)
    assert np.minimum(first, most).sum() / alarms.sum() == pytest.approx(465, rel=0.1)
    assert run_length(SLACK, LIMIT) == pytest.approx(ARL0_ROWS, rel=1e-6)


def test_a_healthy_rig_is_never_accused():
    """Two days of a load that wanders."""
    assert judge(rows(2, 17_280)).accused == []


@pytest.mark.parametrize("which", range(5))
@pytest.mark.parametrize("sign", [1, -1])
def test_a_drifting_instrument_is_the_odd_one_out(which, sign):
    """Each instrument in turn drifts by 3 % of its span in ten minutes; it alone is named."""
    value = rows(3, 1200)
    ramp = np.clip((np.arange(1200) - 300) / 60, 0, 1) * 0.03 * SPAN[which] * sign
    truth = value[:, which].copy()
    value[:, which] += ramp
    found = judge(value)
    assert [one.point for _, one in found.accused] == [which]
    k, one = found.accused[0]
    assert 300 < k < 400
    assert 280 * ROW < one.since <= k * ROW
    assert one.estimate == pytest.approx(truth[k], abs=6 * NOISE[which])
    assert found.drift.estimates[which] == pytest.approx(truth[-1], abs=6 * NOISE[which])
    assert found.agreed == []


def test_a_mended_instrument_is_believed_again():
    """Ten minutes of agreement with its neighbours, and none less."""
    value = rows(4, 1500)
    value[300:800, 0] += 4
    found = judge(value)
    assert [one.point for _, one in found.accused] == [0]
    ((k, point),) = found.agreed
    assert point == 0
    assert 860 <= k < 920


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(lambda v, _k: v + GAIN * 2.5, id="the load leaves all that was learned"),
        pytest.param(lambda v, k: v + GAIN * 0.5 * (k > 400), id="the load steps"),
        pytest.param(
            lambda v, k: v + np.array([0, 0, 12.0, 8.0, 4.0, 0]) * min(1, (k - 300) / 30),
            id="a bearing takes more power, current and heat",
        ),
        pytest.param(lambda v, _k: v + np.array([4.0, 0, 0, 6, 0, 0]), id="two break at once"),
    ],
)
def test_a_process_that_moves_is_no_drift(bend):
    """Where neighbours move too nothing is said."""
    value = rows(5, 1500)
    for k in range(300, 1500):
        value[k] = bend(value[k], k)
    assert judge(value).accused == []


def test_without_two_neighbours_to_ask_nobody_is_accused():
    """One word against another is no verdict."""
    value = rows(6, 900)
    value[300:, 0] += 5
    value[:, 2:] = np.nan
    assert judge(value).accused == []


def test_what_moves_with_nothing_gets_no_model():
    """The resting oil is a witness, and says why it is no more than that."""
    found = {s.point: s for s in fit(lesson(rows(1, 4000)))}
    oil = found[PATHS[NAMES.index("oil")]]
    assert (oil.accuses, oil.inputs) == (False, ())
    assert oil.why == "it moves by no more than its own noise"
    assert all(s.accuses and s.fit > 0.9 for path, s in found.items() if path != oil.point)


def test_what_the_neighbours_do_not_explain_gets_no_model():
    """A level of its own is no residual."""
    value = rows(1, 4000)
    value[:, 0] = rows(77, 4000)[:, 0]
    found = {s.point: s for s in fit(lesson(value))}
    assert found[PATHS[0]].why == "its neighbours do not explain how it moves"


def test_a_model_that_nobody_could_bear_out_does_not_accuse():
    """Of two that move together neither can be told to be the odd one."""
    value, two = rows(1, 4000)[:, :2], PATHS[:2]
    pair = Lesson(two, ("", ""), two, value, np.ones(value.shape, bool), NOISE[:2], NOISE[:2])
    assert [(s.accuses, s.why) for s in fit(pair)] == [
        (False, "fewer than 2 neighbours could bear it out")
    ] * 2


def test_what_a_failure_mode_shows_on_alone_is_never_accused():
    """A plugged filter and a drifting transmitter look the same on one instrument."""
    told = ("strainer plugged", *[""] * 5)
    (flow,) = [s for s in fit(lesson(rows(1, 4000), told)) if s.point == PATHS[0]]
    assert (flow.accuses, flow.why) == (False, "strainer plugged would show on it alone")
    value = rows(3, 900)
    value[300:, 0] += 5
    assert judge(value, told=told).accused == []


def test_a_machine_that_did_not_run_teaches_nothing():
    """Rows without Execute are no rows."""
    value = rows(1, 4000)
    steady = np.zeros(value.shape, bool)
    steady[:300] = True
    assert fit(lesson(value, steady=steady)) == ()


def taught(accuses=True):
    """An oven's temperature by a model, its speed and the gas as witnesses."""

    def sensor(point, rest, scale, *inputs, **more):
        return SoftSensor(
            point=point, inputs=inputs, intercept=rest, scale=scale, fit=0.9, rows=999,
            **{"accuses": False, **more},
        )  # fmt: skip

    gas = Input(point=PRESSURE, weight=0.1, low=150, high=250)
    return SoftSensors(
        start=T0 - 1,
        end=T0,
        sensors=(
            sensor(TEMPERATURE, 210.0, 0.4, gas, accuses=accuses),
            sensor(SPEED, 100.0, 1.0),
            sensor(PRESSURE, 200.0, 0.7),
        ),
    )


def at(seconds):
    return T0 + int(seconds * SECOND)


def lived(bend, seconds, edits=()):
    """A bakery that was taught, its turns, and the twin."""
    feed = Feed(bakery(), bend=bend)
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    twin.learn(taught(), T0)
    turns = []
    for s in range(0, seconds, 10):
        turned = list(twin.apply(feed.readings(s, s + 10), at(s + 10)).turns)
        turned += [t for when, e in edits if when == s for t in twin.edit(e, at(s + 10)).turns]
        turns += [(feed.plant.points[t.point].id, t.rule, t.held, s + 10) for t in turned]
    return twin, turns


def drifting(path, s, v):
    return v + min(10.0, max(0.0, (s - 300) / 20)) if path == TEMPERATURE else v


def test_a_drifting_point_is_quarantined_and_its_estimate_offered_never_substituted():
    """The value is gone, the rule, onset and reason told, and beside it what the neighbours say."""
    twin, turns = lived(drifting, 900)
    assert [t[:3] for t in turns] == [(TEMPERATURE, "drift", True)]
    snapshot = twin.snapshot(at(900))
    held = snapshot.quarantined[TEMPERATURE]
    assert at(290) < held.since < at(400)
    assert taught().version in held.reason
    believed = snapshot.latest(TEMPERATURE)
    assert (believed.state, believed.value) == ("quarantined", None)
    assert snapshot.estimates[TEMPERATURE] == pytest.approx(230, abs=1)
    assert "by its neighbours it would be 230 °C now" in believed.why
    assert np.isnan(snapshot.settled_value[snapshot.plant.index[TEMPERATURE]])
    (incident,) = [i for i in snapshot.incidents if i.subject == TEMPERATURE]
    assert incident.kind == "quarantine"


def test_a_person_who_says_that_the_point_is_right_ends_the_model():
    """After a release the old model accuses no more; its neighbours' knowledge of it goes too."""
    release = Edit(kind="release", point=TEMPERATURE, user="erik", reason="calibrated")
    twin, turns = lived(drifting, 1500, edits=[(900, release)])
    assert [t[1:3] for t in turns] == [("drift", True), ("drift", False)]
    snapshot = twin.snapshot(at(1500))
    assert TEMPERATURE not in snapshot.sensors
    assert snapshot.latest(TEMPERATURE).state == "good"
    assert snapshot.quarantined == {}


def test_a_process_that_moves_with_its_neighbours_is_believed():
    """The oven gets hotter because there is more gas."""

    def bend(path, s, v):
        more = min(20.0, max(0.0, (s - 300) / 10))
        return v + {TEMPERATURE: 0.1 * more, PRESSURE: more}.get(path, 0)

    twin, turns = lived(bend, 1200)
    assert turns == []
    assert twin.snapshot(at(1200)).latest(TEMPERATURE).state == "good"


def test_what_was_fitted_for_points_that_are_no_longer_there_is_left_out():
    """A plant file may have changed since."""
    twin = Twin(bakery())
    gone = taught().sensors[0].model_copy(update={"point": f"{BAG}/gone"})
    twin.learn(SoftSensors(start=0, end=1, sensors=(gone, *taught().sensors[1:])), T0)
    for event in Feed(twin.plant).up():
        twin.apply(event, T0)
    twin.apply(Feed(twin.plant).readings(0, 30), at(30))
    assert set(twin.snapshot(at(30)).sensors) == {SPEED, PRESSURE}
