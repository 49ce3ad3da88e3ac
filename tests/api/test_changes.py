"""The stream of changes: all at first, then what differs, and never a queue."""

import json
from dataclasses import replace

import pytest

from api import changes
from tests.twin_core.plant_fixture import BAG, OVEN, T0, Feed, bakery
from twin_core.changes import Glance
from twin_core.ingest import Twin
from twin_core.reading import Batch, SourceEvent
from twin_core.twin import Quarantine
from twin_core.value import SECOND

PLANT = bakery()
HEAT, SPEED = f"{OVEN}/temperature", f"{BAG}/speed"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(changes, "_LOOK_S", 0)


class Watched:
    """A twin that takes the next step whenever the stream looks again; gone after the last."""

    def __init__(self, *steps):
        self.twin, self.feed = Twin(PLANT), Feed(PLANT)
        for event in self.feed.up():
            self.twin.apply(event, T0)
        self.twin.apply(self.feed.readings(0, 60), T0 + 60 * SECOND)
        self.now, self.steps = 60.0, list(steps)
        self.shown = self.twin.snapshot(T0 + 60 * SECOND)
        self.first = True

    def tell(self, path, value, after=2.0):
        self.now += after
        at = T0 + int(self.now * SECOND)
        self.twin.apply(Batch.of([(PLANT.index[path], at, value, 0, at)]), at)
        self.shown = self.twin.snapshot(at)

    async def gone(self):
        if self.first:
            self.first = False
            return False
        if not self.steps:
            return True
        self.steps.pop(0)(self)
        return False

    async def heard(self, *paths):
        events = [e async for e in changes.stream(lambda: self.shown, paths, self.gone)]
        return [json.loads(e.split("data: ")[1]) for e in events if e.startswith("event: values")]


async def test_first_everything_then_only_what_differs():
    world = Watched(
        lambda w: w.tell(HEAT, 231.5), lambda _w: None, lambda w: w.tell(SPEED, 99.0),
        lambda w: w.tell(HEAT, 231.5),
    )  # fmt: skip
    first, *later = await world.heard(HEAT, SPEED)
    assert first["points"] == [HEAT, SPEED]
    assert first["state"] == ["good", "good"]
    assert [(e["points"], e["value"]) for e in later] == [([HEAT], [231.5]), ([SPEED], [99.0])]


async def test_what_was_not_asked_for_is_not_told():
    world = Watched(lambda w: w.tell(SPEED, 99.0))
    assert [e["points"] for e in await world.heard(HEAT)] == [[HEAT]]


async def test_a_lost_source_a_quarantine_and_a_doubt_are_changes():
    def lose(w):
        at = T0 + 61 * SECOND
        w.twin.apply(SourceEvent(source="line_plc", kind="down", time=at, reason="cut"), at)
        w.shown = w.twin.snapshot(at)

    def doubt(w):
        why = Quarantine(point=HEAT, rule="drift", since=T0, value=1.0, reason="one of two")
        w.shown = replace(w.shown, doubted={HEAT: why})

    found = await Watched(doubt, lose).heard(HEAT)
    assert [e["state"] for e in found] == [["good"], ["uncertain"], ["no_data"]]
    assert found[-1]["value"] == [None]


async def test_a_value_that_grows_too_old_is_a_change():
    def late(w):
        w.shown = w.twin.snapshot(T0 + 110 * SECOND)

    assert [e["state"] for e in await Watched(late).heard(HEAT)] == [["good"], ["stale"]]


def test_a_glance_at_the_same_finds_nothing():
    snapshot = Watched().shown
    before = Glance.of(snapshot)
    assert Glance.of(snapshot, before).differing(before).tolist() == []
    assert len(before.differing(None)) == len(PLANT.points)
