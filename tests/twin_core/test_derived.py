"""Derived points in the twin: settled on rows, provisional at once, believed as their inputs."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes import FakeHistorian
from tests.twin_core.plant_fixture import GAS, LINE, OVEN, T0, Feed
from tests.twin_core.test_expression import made, plant
from twin_core.derived_history import buckets
from twin_core.ingest import Edit, Twin
from twin_core.plant.names import Names
from twin_core.reading import BAD, UNCERTAIN_SENSOR_NOT_ACCURATE, Batch, SourceEvent
from twin_core.value import SECOND

HEAT, RATIO, SUM = f"{OVEN}/heat", f"{OVEN}/ratio", f"{OVEN}/sum"
PLANT = plant(
    made('temperature - 20["Cel"]', "K", "limits: {low: 0, high: 300}, alarm_high: 215", "heat"),
    made('"house/gas/main/pressure" / heat', "mbar/K", "limits: {low: 0, high: 9}", "ratio"),
    made(
        '("../divider/speed" + "../slicer/speed") * 1["min"]', "1", "limits: {low: 0, high: 900}",
        "sum",
    ),
)  # fmt: skip
LAWS = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def at(seconds):
    return T0 + int(seconds * SECOND)


def run(seconds=120, *, bend=None, status=None):
    """A twin that has heard the bakery for so long; `status` by path of every reading."""
    twin, feed = Twin(PLANT), Feed(PLANT, bend=bend)
    for event in feed.up():
        twin.apply(event, T0)
    batch = feed.readings(0, seconds)
    if status:
        codes = [status.get(PLANT.points[p].id, 0) for p in batch.point]
        batch = Batch(
            batch.point, batch.time, batch.value, np.array(codes, np.uint32), batch.received
        )
    twin.apply(batch, at(seconds))
    return twin


def column(snapshot, path):
    return snapshot.recent.mean[:, PLANT.index[path]]


def test_a_row_is_worked_out_from_the_row_of_its_inputs():
    """Mean by mean, and a derived point from a derived one in the same row."""
    snapshot = run().snapshot(at(120))
    heat = column(snapshot, f"{OVEN}/temperature") - 20
    np.testing.assert_array_equal(column(snapshot, HEAT), heat)
    assert np.isfinite(heat).sum() >= 9
    pressure = column(snapshot, f"{GAS}/pressure")
    np.testing.assert_allclose(column(snapshot, RATIO), pressure / heat, rtol=1e-12)
    low, high = (x[:, PLANT.index[HEAT]] for x in (snapshot.recent.low, snapshot.recent.high))
    assert ((low <= heat) & (heat <= high)).all()


def test_the_latest_value_is_worked_out_from_the_latest_values():
    """Provisional and settled alike, as old as the oldest reading that it rests on."""
    snapshot = run().snapshot(at(120))
    seen, gas = snapshot.latest(f"{OVEN}/temperature"), snapshot.latest(f"{GAS}/pressure")
    found = snapshot.latest(RATIO)
    assert found.value == pytest.approx(gas.value / (seen.value - 20))
    assert (found.state, found.unit, found.why) == ("good", "mbar/K", "")
    assert found.time == min(seen.time, gas.time)
    settled = snapshot.settled_value[[PLANT.index[HEAT], PLANT.index[f"{OVEN}/temperature"]]]
    assert settled[0] == settled[1] - 20
    assert snapshot.as_of(HEAT, at(60)) == snapshot.as_of(f"{OVEN}/temperature", at(60)) - 20


@pytest.mark.parametrize(
    ("bend", "state", "why"),
    [
        (lambda p, s, v: 900.0 if p == f"{GAS}/pressure" and s > 40 else v, "quarantined",
         f"it rests on {GAS}/pressure: 900 mbar is outside"),
        (lambda p, s, v: None if p == f"{GAS}/pressure" and s > 40 else v, "quarantined",
         f"it rests on {GAS}/pressure: nothing comes from it"),
    ],
)  # fmt: skip
def test_what_rests_on_what_is_not_believed_is_not_believed(bend, state, why):
    """And it says which input, and why; no second incident, for there is one cause."""
    snapshot = run(180, bend=bend).snapshot(at(180))
    found = snapshot.latest(RATIO)
    assert (found.state, found.value) == (state, None)
    assert found.why.startswith(why)
    assert found.since is not None
    assert np.isnan(snapshot.settled_value[PLANT.index[RATIO]])
    assert np.isnan(column(snapshot, RATIO)[-1])
    assert snapshot.latest(HEAT).state == "good"
    assert [i.subject for i in snapshot.incidents] == [f"{GAS}/pressure"]


def test_doubt_is_handed_on():
    """What a source is not sure of makes uncertain; a source that is lost leaves no data."""
    shaky = {f"{OVEN}/temperature": UNCERTAIN_SENSOR_NOT_ACCURATE}
    twin = run(status=shaky)
    found = twin.snapshot(at(120)).latest(RATIO)
    assert (found.state, found.value is None) == ("uncertain", False)
    assert found.why == f"it rests on {OVEN}/temperature: its source is not sure of it"
    assert found.status == UNCERTAIN_SENSOR_NOT_ACCURATE
    lost = SourceEvent(source="house_plc", kind="down", time=at(121), reason="cable")
    twin.apply(lost, at(121))
    found = twin.snapshot(at(121)).latest(RATIO)
    assert (found.state, found.value) == ("no_data", None)
    assert found.why == f"it rests on {GAS}/pressure: cable"
    bad = run(status={f"{OVEN}/temperature": BAD}).snapshot(at(120))
    assert np.isnan(column(bad, HEAT)).all()


def test_outside_its_limits_it_is_not_believed():
    """Limits are what the value can be, for a derived point as for an instrument."""
    cold = run(bend=lambda p, s, v: 5 + s % 3 if p == f"{OVEN}/temperature" else v)
    found = cold.snapshot(at(120)).latest(HEAT)
    assert (found.state, found.value) == ("quarantined", None)
    assert "no value within its limits" in found.why


def test_an_alarm_on_a_derived_point_is_an_alarm():
    """Limits, dead band and incident as for any point."""
    hot = run(bend=lambda p, s, v: 240.0 + (s % 3) / 10 if "temperature" in p and s > 60 else v)
    snapshot = hot.snapshot(at(120))
    assert [(a.point, a.side) for a in snapshot.alarms] == [(HEAT, "high")]
    assert snapshot.incidents[0].line == LINE


def test_an_input_read_rarely_counts_on_until_it_is_missed():
    """Rows without a reading of the gas have what still stands of it."""
    rare = run(bend=lambda p, s, v: None if p == f"{GAS}/pressure" and s % 12 else v)
    ratio = column(rare.snapshot(at(120)), RATIO)
    assert np.isfinite(ratio[1:]).all()


def parts(seed, cuts):
    """The readings in another order and other batches, nothing later than the lateness allows."""
    feed = Feed(PLANT, bend=lambda p, s, v: 700.0 if p == f"{GAS}/pressure" and 40 < s < 60 else v)
    batch, rng = feed.readings(0, 100), np.random.default_rng(seed)
    received = batch.time + rng.integers(0, 2 * SECOND, len(batch))
    order = np.argsort(received, kind="stable")
    for which in np.split(order, sorted(c for c in cuts if c < len(order))):
        if len(which):
            yield Batch(batch.point[which], batch.time[which], batch.value[which],
                        batch.status[which], received[which])  # fmt: skip


@LAWS
@given(st.integers(0, 2**32), st.lists(st.integers(1, 2500), max_size=8))
def test_no_order_of_arrival_shows_in_what_is_derived(seed, cuts):
    """Digest, rows, settled values, alarms and the memory of quarantine are the same."""
    seen = []
    for each, at_ in ((0, []), (seed, cuts)):
        twin = Twin(PLANT)
        for event in Feed(PLANT).up():
            twin.apply(event, T0)
        for batch in parts(each, at_):
            twin.apply(batch, at(100))
        snapshot = twin.snapshot(at(100))
        rows = [x.tobytes() for x in (snapshot.recent.mean, snapshot.recent.low)]
        settled = [x.tobytes() for x in (snapshot.settled_value, snapshot.settled_time)]
        seen.append((snapshot.digest, rows, settled, snapshot.alarms, snapshot.provenance))
    assert seen[0] == seen[1]
    assert [s.point for s in seen[0][4].spells] == [f"{GAS}/pressure"]


def test_a_spell_of_quarantine_is_remembered_with_who_ended_it():
    """Since when, noticed when, until when, and by whom it was released; edits are kept too."""
    twin = run(90, bend=lambda p, s, v: 700.0 if p == f"{GAS}/pressure" and s > 40 else v)
    (held,) = twin.snapshot(at(90)).provenance.spells
    assert (held.rule, held.until, held.value) == ("range", None, 700.0)
    twin.edit(Edit(kind="release", point=f"{GAS}/pressure", user="eve", reason="checked"), at(91))
    for event in Feed(PLANT).up():
        twin.apply(event.model_copy(update={"kind": "alive", "time": at(110)}), at(110))
    past = twin.snapshot(at(110)).provenance
    (ended,) = past.spells
    assert (ended.released_by, ended.until) == ("eve", at(91))
    assert held.since == ended.since < held.noticed
    assert [(e.user, e.kind, e.reason) for e in past.edits] == [("eve", "release", "checked")]
    assert past.not_believed(f"{GAS}/pressure", at(80), at(81)) == (ended,)
    assert past.not_believed(f"{GAS}/pressure", at(95), at(99)) == ()


def test_a_release_of_what_became_derived_since_is_no_release():
    """A log may hold one, of a point that was read then; it changes nothing and stops nothing."""
    twin = run()
    digest = twin.snapshot(at(120)).digest
    twin.edit(Edit(kind="release", point=RATIO, user="eve"), at(60))
    assert twin.snapshot(at(120)).digest == digest


def test_no_reading_and_no_source_belongs_to_a_derived_point():
    """Connectors see those that are read; a name leads to the derived one all the same."""
    assert {p.source for p in PLANT.derived}.isdisjoint(s.id for s in PLANT.sources)
    assert Names(PLANT).point("heat", OVEN).id == HEAT
    assert [p.id for p in PLANT.points_of(PLANT.unit(OVEN))][-3:] == [HEAT, RATIO, SUM]
    assert PLANT.version != PLANT.model_copy(update={"derived": ()}).version


async def test_history_is_worked_out_when_it_is_asked_for():
    """From the history of the inputs; gaps that are not yet missed are bridged, longer ones not."""
    history = FakeHistorian([p.source for p in PLANT.read])
    t, g = PLANT.index[f"{OVEN}/temperature"], PLANT.index[f"{GAS}/pressure"]
    rows = [(t, at(s), 220.0 + s / 10, 0, at(s)) for s in range(0, 600, 2)]
    rows += [(g, at(s), 200.0, 0, at(s)) for s in (*range(0, 300, 10), *range(500, 600, 4))]
    await history.append([(1, Batch.of(rows))])
    heat = await buckets(PLANT, history, HEAT, at(0), at(600), 6)
    np.testing.assert_allclose(heat["mean"], [204.9, 214.9, 224.9, 234.9, 244.9, 254.9])
    assert heat["count"].tolist() == [10.0] * 6
    assert heat["low"][0] == pytest.approx(200.4)
    assert heat["high"][0] == pytest.approx(209.4)
    ratio = await buckets(PLANT, history, RATIO, at(0), at(600), 6)
    assert ratio["count"].tolist() == [10, 10, 10, 1, 0, 10]
    plain = await buckets(PLANT, history, f"{GAS}/pressure", at(0), at(600), 6)
    assert plain["mean"][0] == 200.0
