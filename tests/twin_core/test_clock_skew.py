"""Clocks that go wrong while their source is connected."""

import pytest

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core.ingest import Twin
from twin_core.reading import Batch, SourceEvent
from twin_core.value import SECOND
from twin_core.verdict import AHEAD, LATE

PRESSURE = f"{GAS}/pressure"
LINE_POINTS = {f"{BAG}/speed", f"{OVEN}/temperature"}


def at(seconds):
    return T0 + int(seconds * SECOND)


def lived(shift, seconds, source="line_plc", chunk=10):
    """A twin whose one source has its clock moved by `shift(s)` seconds, and its turns."""
    feed = Feed(bakery())
    twin = Twin(feed.plant)
    mine = [p.source == source for p in feed.plant.points]
    for event in feed.up():
        twin.apply(event, T0)
    turns, verdicts = [], set()
    for s in range(0, seconds, chunk):
        batch = feed.readings(s, s + chunk)
        for i, p in enumerate(batch.point):
            if mine[p]:
                batch.time[i] += int(shift((batch.received[i] - T0) / SECOND) * SECOND)
        outcome = twin.apply(batch, at(s + chunk))
        twin.tick(at(s + chunk))
        verdicts |= set(outcome.verdicts.tolist())
        turns += [(feed.plant.points[t.point].id, t.rule, t.held, s + chunk) for t in outcome.turns]
    return twin.snapshot(at(seconds)), turns, verdicts


@pytest.mark.parametrize(
    ("jump", "verdict"),
    [(3600, AHEAD), (-3600, LATE), (13 * 365 * 86_400, AHEAD), (T0 // -SECOND, LATE)],
)
def test_a_clock_that_jumps_is_named_and_stops_nobody_else(jump, verdict):
    """An hour ahead or back, 2038 and 1970: no point is “missing”, no source “silent”."""
    snapshot, turns, verdicts = lived(lambda s: jump if s >= 100 else 0, 300)
    assert verdict in verdicts
    held = {t[0] for t in turns if t[2]}
    assert held >= LINE_POINTS
    assert {t[1] for t in turns} == {"clock"}
    assert PRESSURE not in held
    assert max(t[3] for t in turns) <= 170
    assert snapshot.sources["line_plc"].up
    assert snapshot.watermark >= at(290)
    assert "clock is wrong" in snapshot.latest(f"{BAG}/speed").why
    assert snapshot.latest(PRESSURE).state == "good"


def test_a_clock_that_is_put_right_is_believed_again():
    """What was held for its clock is let go once its times have been right for a while."""
    snapshot, turns, _ = lived(lambda s: 3600 if 100 <= s < 130 else 0, 1000)
    assert snapshot.quarantined == {}
    assert {t[1] for t in turns} == {"clock"}


def test_a_clock_that_was_behind_from_the_first_holds_nobody_back():
    """A controller in the wrong time zone is named, and the site settles without it."""
    snapshot, turns, _ = lived(lambda _s: -3600, 500)
    assert snapshot.watermark >= at(480)
    assert {t[1] for t in turns} == {"clock"}


def test_a_clock_that_creeps_ahead_makes_its_readings_uncertain():
    """Twenty seconds ahead are within what is taken, and said."""
    snapshot, turns, _ = lived(lambda s: 20 if s >= 100 else 0, 400)
    assert turns == []
    believed = snapshot.latest(f"{BAG}/speed")
    assert believed.state == "uncertain"
    assert "20 s ahead" in believed.why
    assert snapshot.latest(PRESSURE).state == "good"


def test_one_old_reading_among_current_ones_accuses_no_clock():
    """Back-filled readings are late, and nothing more."""
    feed = Feed(bakery())
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    for s in range(0, 300, 10):
        twin.apply(feed.readings(s, s + 10), at(s + 10))
        old = [
            (feed.plant.index[PRESSURE], at(s - 7200 + k), 200.0, 0, at(s + 10)) for k in range(5)
        ]
        assert set(twin.apply(Batch.of(old), at(s + 10)).verdicts.tolist()) == {LATE}
    assert twin.snapshot(at(300)).quarantined == {}


def test_a_source_that_tells_only_changes_may_tell_old_ones_but_not_go_back():
    """An old first word stands; one that is older than what was told before is a wrong clock."""
    plant = bakery()
    plant = plant.model_copy(
        update={
            "sources": tuple(s.model_copy(update={"reports": "on_change"}) for s in plant.sources)
        }
    )
    i = plant.index[PRESSURE]
    twin = Twin(plant)
    for event in Feed(plant).up():
        twin.apply(event, T0)
    twin.apply(Batch.of([(i, at(-86_400), 200.0, 0, at(1))]), at(1))
    for s in range(10, 130, 10):
        for name in ("line_plc", "house_plc"):
            twin.apply(SourceEvent(source=name, kind="alive", time=at(s)), at(s))
    assert twin.snapshot(at(120)).latest(PRESSURE).state == "good"
    twin.apply(Batch.of([(i, at(125), 201.0, 0, at(125))]), at(125))
    assert twin.apply(Batch.of([(i, at(-3000), 250.0, 0, at(200))]), at(200)).verdicts == [LATE]
    for s in range(200, 300, 10):
        for name in ("line_plc", "house_plc"):
            twin.apply(SourceEvent(source=name, kind="alive", time=at(s)), at(s))
    assert twin.snapshot(at(300)).quarantined[PRESSURE].rule == "clock"
