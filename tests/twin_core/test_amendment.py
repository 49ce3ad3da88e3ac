"""An amended past is settled as if it had been so from the first."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core.amendment import Amended, Amendment, take
from twin_core.ingest import Twin
from twin_core.reading import BAD, GOOD, Batch
from twin_core.value import SECOND

PLANT = bakery()
SPAN = 150
HEAT = f"{OVEN}/temperature"
LAWS = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def at(seconds):
    return T0 + int(seconds * SECOND)


def cut(batch, which):
    return Batch(
        batch.point[which], batch.time[which], batch.value[which], batch.status[which],
        batch.received[which],
    )  # fmt: skip


def log(late, seed=0, offset_us=0):
    """A logged recording in which `late` of the readings came half a minute after their time."""
    feed = Feed(PLANT, seed=3, offset_us=offset_us)
    batch = feed.readings(0, SPAN)
    rng = np.random.default_rng(seed)
    # The line's slow readings come late; what the watermark rests on comes on time.
    slow = np.flatnonzero(
        (rng.random(len(batch)) < late) & (batch.time < at(SPAN - 40) + offset_us)
    )
    received = batch.received.copy()
    received[slow] += 30 * SECOND
    order = np.argsort(received, kind="stable")
    batch = replace(batch, received=received)
    twin, entries = Twin(PLANT), []
    for seq, event in enumerate(feed.up(), 1):
        twin.apply(event, T0)
        entries.append((seq, event, T0))
    for part in np.array_split(order, 60):
        one = cut(batch, part)
        now = int(one.received.max())
        entries.append((len(entries) + 1, replace(one, late=twin.apply(one, now).late), now))
    return entries, twin


def straight(entries, change=lambda batch: batch):
    """The twin of a log whose readings all came on time, `change`d."""
    batch = Batch.joined([entry for _, entry, _ in entries if isinstance(entry, Batch)])
    batch = change(replace(batch, late=frozenset()))
    twin = Twin(PLANT)
    for _, entry, now in entries:
        if not isinstance(entry, Batch):
            twin.apply(entry, now)
    order = np.argsort(batch.time - offsets(twin, batch), kind="stable")
    for part in np.array_split(order, 60):
        one = cut(batch, part)
        time = one.time - offsets(twin, one)
        twin.apply(replace(one, received=np.full(len(one), int(time.max()) + 100)), T0)
    return twin


def offsets(twin, batch):
    place = {s.id: i for i, s in enumerate(PLANT.sources)}
    return twin.offsets[[place[PLANT.points[p].source] for p in batch.point]]


def amended(entries, *amendments, base=0):
    """Settled again from a twin that has taken the first `base` entries."""
    twin = Twin(PLANT)
    for _, entry, now in entries[:base]:
        take(twin, entry, now)
    made = [(len(entries) + 1 + i, a) for i, a in enumerate(amendments)]
    again = Amended(twin, made)
    again.gather(entries[base:])
    again.gathered()
    for _, entry, now in [*again.entries(entries[base:]), *again.rest()]:
        take(twin, entry, now)
    return twin


def settled(twin):
    snapshot = twin.snapshot(at(SPAN))
    rows = snapshot.recent
    return (
        snapshot.digest, snapshot.watermark, snapshot.alarms, snapshot.incidents,
        rows.time.tobytes(), rows.mean.tobytes(), rows.low.tobytes(),
    )  # fmt: skip


def recompute(start, end=SPAN - 10):
    return Amendment(start=at(start), end=at(end), user="ada", reason="the link was slow")


@LAWS
@given(seed=st.integers(0, 1000), offset_s=st.sampled_from([0, -40, 7200]))
def test_late_readings_count_as_if_they_had_come_on_time(seed, offset_s):
    entries, live = log(0.2, seed, offset_s * SECOND)
    assert sum(len(e.late) for _, e, _ in entries if isinstance(e, Batch)) > 100
    again = amended(entries, recompute(0))
    assert settled(again) == settled(straight(entries))
    assert settled(again) != settled(live)


@LAWS
@given(base=st.integers(0, 25), seed=st.integers(0, 1000))
def test_it_does_not_matter_from_which_saved_twin_the_past_is_settled_again(base, seed):
    entries, _ = log(0.2, seed)
    twin = Twin(PLANT)
    for _, entry, now in entries[:base]:
        take(twin, entry, now)
    start = max(60, (twin.settled - T0) / SECOND)
    assert settled(amended(entries, recompute(start), base=base)) == settled(
        amended(entries, recompute(start))
    )


def test_late_readings_from_before_the_start_stay_late():
    entries, live = log(0.2)
    again = amended(entries, recompute(SPAN - 20))
    assert settled(again) == settled(live)


@LAWS
@given(start=st.integers(20, 80), length=st.integers(5, 40), value=st.floats(-5, 390))
def test_another_value_is_believed_as_if_it_had_been_read(start, length, value):
    entries, _ = log(0)
    value = round(value, 1)
    change = Amendment(point=HEAT, start=at(start), end=at(start + length), value=value, user="ada")

    def changed(batch):
        mine = batch.point == PLANT.index[HEAT]
        mine &= (batch.time >= at(start)) & (batch.time < at(start + length))
        return replace(
            batch,
            value=np.where(mine, value, batch.value),
            status=np.where(mine, GOOD, batch.status).astype(np.uint32),
        )

    assert settled(amended(entries, change)) == settled(straight(entries, changed))


def test_what_is_declared_not_believed_is_not():
    entries, _ = log(0)
    change = Amendment(point=HEAT, start=at(30), end=at(80), user="ada")
    snapshot = amended(entries, change).snapshot(at(SPAN))
    column = snapshot.recent.mean[:, PLANT.index[HEAT]]
    inside = (snapshot.recent.time > at(40)) & (snapshot.recent.time <= at(80))
    assert np.isnan(column[inside]).all()
    assert not (entries[-1][1].status == BAD).any()  # the log keeps what came


@pytest.mark.catches("a minute that was disowned, and a quarter of an hour that was not believed")
def test_what_is_disowned_ends_with_its_span():
    """Fifty readings were disowned: the next are believed, the spell is as long as was said."""
    entries, _ = log(0)
    change = Amendment(point=HEAT, start=at(30), end=at(80), user="ada", reason="probe out")
    twin = amended(entries, change)
    take(twin, change, at(SPAN))
    snapshot = twin.snapshot(at(SPAN))
    (spell,) = snapshot.provenance.not_believed(HEAT, at(0), at(SPAN))
    assert spell.until is not None
    assert at(80) <= spell.until <= at(90)
    assert spell.released_by == "ada"
    assert HEAT not in snapshot.quarantined
    (said,) = snapshot.provenance.amended
    assert (said.point, said.start, said.end, said.value) == (HEAT, at(30), at(80), None)


def test_what_came_after_it_was_said_is_not_amended():
    entries, _ = log(0)
    change = Amendment(point=f"{GAS}/pressure", start=at(0), end=at(SPAN), value=1.0, user="ada")
    twin = Twin(PLANT)
    again = Amended(twin, [(30, change)])
    again.gather(entries)
    again.gathered()
    found = {
        seq: entry.value[entry.point == PLANT.index[f"{GAS}/pressure"]]
        for seq, entry, _ in again.entries(entries)
        if isinstance(entry, Batch)
    }
    assert all((values == 1.0).all() for seq, values in found.items() if seq < 30)
    assert all((values > 100).all() for seq, values in found.items() if seq > 30)


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError, match="ends before it begins"):
        Amendment(point=f"{BAG}/speed", start=at(2), end=at(1), value=1.0, user="ada")
    with pytest.raises(ValidationError):
        Amendment(point=f"{BAG}/speed", start=at(1), end=at(2), value=float("nan"), user="ada")
