"""Laws of belief that hold for every order of arrival, every batch split and every nonsense."""

import functools

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core.ingest import Edit, Twin
from twin_core.reading import BAD_SENSOR_FAILURE, Batch, SourceEvent
from twin_core.value import SECOND
from twin_core.verdict import LATE

PLANT = bakery()
SPAN = 150
LAWS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def at(seconds):
    return T0 + int(seconds * SECOND)


@functools.cache
def recorded():
    """Readings with faults in them, as columns in order of source time."""

    def bend(path, s, value):
        if path == f"{GAS}/pressure" and 40 <= s < 60:
            return 700.0
        if path == f"{BAG}/motor_current" and s >= 30:
            return 12.3
        if path == f"{OVEN}/temperature" and s >= 70:
            return None
        return value

    feed = Feed(PLANT, bend=bend)
    return [feed.readings(0, SPAN)], feed.up()


def entries(seed, cuts):
    """The recording in another order and other batches, nothing later than the lateness allows."""
    (batch,), ups = recorded()
    rng = np.random.default_rng(seed)
    received = batch.time + rng.integers(0, 2 * SECOND, len(batch))
    order = np.argsort(received, kind="stable")
    ends = sorted({min(c, len(batch)) for c in cuts} | {len(batch)})
    parts = []
    start = 0
    for end in ends:
        which = order[start:end]
        if len(which):
            parts.append(
                Batch(
                    batch.point[which], batch.time[which], batch.value[which],
                    batch.status[which], received[which],
                )
            )  # fmt: skip
        start = end
    return [*ups, *parts]


def heard(log, *, lost=None):
    twin = Twin(PLANT)
    late = 0
    for entry in log:
        outcome = twin.apply(entry, T0)
        late += len(outcome.late)
    if lost is not None:
        twin.apply(SourceEvent(source=lost, kind="down", time=at(SPAN)), at(SPAN))
    return twin, late


def settled(twin):
    """Everything that settled belief shows, not only its digest."""
    snapshot = twin.snapshot(at(SPAN))
    rows = snapshot.recent
    return (
        snapshot.digest,
        snapshot.watermark,
        [snapshot.alarms, snapshot.incidents, snapshot.quarantined],
        rows.time.tobytes(),
        *(column.tobytes() for column in (rows.mean, rows.low, rows.high)),
        {line: i.model_dump() for line, i in snapshot.indicators.items()},
    )


def straight():
    return settled(heard(entries(0, range(0, 4000, 40)))[0])


@LAWS
@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(1, 2000), max_size=60),
)
def test_settled_belief_is_the_same_for_every_arrival_order_and_batch_split(seed, cuts):
    twin, late = heard(entries(seed, cuts))
    assert late == 0
    assert settled(twin) == straight()


@LAWS
@given(cuts=st.lists(st.integers(1, 400), max_size=20))
def test_a_source_that_speaks_again_unannounced_is_settled_the_same_for_every_batch_split(cuts):
    def heard_again(cuts):
        feed = Feed(PLANT, bend=lambda p, s, v: None if p.startswith(GAS) and s < 100 else v)
        twin = Twin(PLANT)
        twin.apply(feed.up()[0], T0)
        twin.apply(SourceEvent(source="house_plc", kind="up", time=T0), T0)
        twin.apply(feed.readings(0, 90), at(90))
        twin.tick(at(90))
        batch = feed.readings(90, SPAN)
        for part in np.split(np.arange(len(batch)), sorted({c for c in cuts if c < len(batch)})):
            some = Batch(
                batch.point[part], batch.time[part], batch.value[part], batch.status[part],
                batch.received[part],
            )  # fmt: skip
            twin.apply(some, at(SPAN))
        return settled(twin)

    assert heard_again(cuts) == heard_again([])


@LAWS
@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(1, 2000), max_size=20))
def test_the_same_log_twice_gives_the_same_twin(seed, cuts):
    log = entries(seed, cuts)
    first, _ = heard(log, lost="line_plc")
    second, _ = heard(log, lost="line_plc")
    assert settled(first) == settled(second)
    assert first.snapshot(T0).revision == second.snapshot(T0).revision


@LAWS
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, len(PLANT.points) - 1),
            st.floats(-50, SPAN - 5),
            st.floats(allow_nan=True, allow_infinity=True),
        ),
        max_size=30,
    )
)
def test_late_readings_change_nothing_that_is_settled(rows):
    twin, _ = heard(entries(0, range(0, 4000, 100)))
    before = settled(twin)
    late = Batch.of([(p, at(s), v, 0, at(SPAN)) for p, s, v in rows])
    outcome = twin.apply(late, at(SPAN))
    assert (outcome.verdicts == LATE).all()
    assert settled(twin) == before


@LAWS
@given(
    nonsense=st.lists(
        st.tuples(
            st.integers(0, len(PLANT.points) - 1),
            st.integers(0, 100),
            st.integers(1, 60),
            st.one_of(
                st.just(float("nan")), st.floats(-1e9, 1e9), st.just(float("inf")), st.just(None)
            ),
            st.booleans(),
        ),
        max_size=12,
    ),
    release=st.booleans(),
)
def test_what_is_quarantined_or_refused_is_never_shown_as_a_value(nonsense, release):
    bad = {}
    for point, start, length, value, status in nonsense:
        for s in range(start, start + length):
            bad[PLANT.points[point].id, s] = (value, status)

    def bend(path, s, value):
        return bad[path, int(s)][0] if (path, int(s)) in bad else value

    feed = Feed(PLANT, bend=bend)
    twin = Twin(PLANT)
    for event in feed.up():
        twin.apply(event, T0)
    for s in range(0, SPAN, 10):
        batch = feed.readings(s, s + 10)
        status = batch.status.copy()
        for i in range(len(batch)):
            key = (PLANT.points[batch.point[i]].id, int((batch.time[i] - T0) // SECOND))
            if bad.get(key, (0, False))[1]:
                status[i] = BAD_SENSOR_FAILURE
        batch = Batch(batch.point, batch.time, batch.value, status, batch.received)
        twin.apply(batch, at(s + 10))
        snapshot = twin.snapshot(at(s + 10))
        for path in snapshot.quarantined:
            i = PLANT.index[path]
            assert snapshot.latest(path).value is None
            assert np.isnan(snapshot.value[i])
            assert np.isnan(snapshot.settled_value[i])
            if release:
                twin.edit(Edit(kind="release", point=path, user="ada"), at(s + 10))
        for i, point in enumerate(PLANT.points):
            limits, slack = point.spec.limits, point.spec.resolution
            for column in (
                snapshot.value[i],
                snapshot.settled_value[i],
                *snapshot.recent.mean[:, i],
            ):
                assert np.isnan(column) or limits.low - slack <= column <= limits.high + slack


@LAWS
@given(
    seed=st.integers(0, 1000), lost=st.sampled_from(["line_plc", "house_plc"]), back=st.booleans()
)
def test_a_lost_source_shows_no_value_anywhere(seed, lost, back):
    twin, _ = heard(entries(seed, range(0, 4000, 50)), lost=lost)
    if back:
        twin.apply(SourceEvent(source=lost, kind="up", time=at(SPAN + 1)), at(SPAN + 1))
    twin.tick(at(SPAN + 2))
    snapshot = twin.snapshot(at(SPAN + 2))
    for i, point in enumerate(PLANT.points):
        if point.source == lost:
            assert np.isnan(snapshot.value[i])
            assert snapshot.latest(point.id).value is None
            if not back:
                assert snapshot.latest(point.id).state == "no_data"


def test_the_recording_these_laws_are_shown_on_has_faults_of_several_kinds():
    twin, _ = heard(entries(0, range(0, 4000, 40)))
    snapshot = twin.snapshot(at(SPAN))
    rules = {quarantine.rule for quarantine in snapshot.quarantined.values()}
    assert rules == {"range", "stuck", "missing"}
    assert len(snapshot.incidents) == 3
