import asyncio

import numpy as np
import pytest

from api.replaying import entry_of, put
from api.service import Pump
from tests.fakes import FakeClock, FakeHistorian, FakeSource
from tests.twin_core.plant_fixture import T0, Feed, bakery
from twin_core.condition import ConditionEvent, ConditionReport
from twin_core.errors import StoreDown
from twin_core.ingest import Twin
from twin_core.ports import LogEntry
from twin_core.reading import Batch, SourceEvent
from twin_core.settling import Edit
from twin_core.value import SECOND


class World:
    """A bakery whose sources say what a Feed gives them."""

    def __init__(self, historian=None):
        self.plant = bakery()
        self.clock = FakeClock(plant=T0)
        self.sources = {s.id: FakeSource(s.id) for s in self.plant.sources}
        self.historian = historian or FakeHistorian()
        self.pump = Pump(Twin(self.plant), self.sources, self.historian, self.clock, 0.01)

    def feed(self, seconds=120):
        """Two plant minutes of a steady bakery, said by its sources."""
        feed = Feed(self.plant)
        for event in feed.up():
            self.sources[event.source].say(event)
        batch = feed.readings(0, seconds)
        for name, source in self.sources.items():
            own = np.array([self.plant.points[i].source == name for i in batch.point])
            source.say(
                Batch(
                    point=batch.point[own],
                    time=batch.time[own],
                    value=batch.value[own],
                    status=batch.status[own],
                    received=batch.received[own],
                )
            )
        # Plant time alone: a tick of the pump must not overtake what its sources say.
        self.clock.set_plant(self.clock.plant() + seconds * SECOND)

    async def settled(self, what, tries=400):
        """Let the loop run until `what()` holds."""
        for _ in range(tries):
            if what():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it never came to be")


async def test_what_sources_say_is_believed_and_logged():
    """Readings become belief, and the log holds everything that made it, in order."""
    world = World()
    await world.pump.start()
    world.feed()
    await world.settled(lambda: world.pump.snapshot().watermark > T0 + 60 * SECOND)
    await world.pump.stop()
    entries = [entry async for entry in world.historian.replay()]
    assert [seq for seq, _ in entries] == sorted({seq for seq, _ in entries})
    assert any(isinstance(entry, Batch) for _, entry in entries)
    assert np.isfinite(world.pump.snapshot().value).any()


async def test_a_restart_believes_again_what_the_log_holds():
    """Replaying the log gives the settled digest that was there before the stop."""
    world = World()
    await world.pump.start()
    world.feed()
    await world.settled(lambda: world.pump.snapshot().watermark > T0 + 60 * SECOND)
    await world.pump.stop()
    again = Twin(world.plant)
    put(again, [entry_of(*logged) async for logged in world.historian.replay()])
    assert again.snapshot(world.clock.plant()).digest == world.pump.snapshot().digest


async def test_after_a_restart_no_source_is_up_until_it_is_heard():
    """A source that was up in the last life is down in this one until it connects."""
    world = World()
    await world.pump.start()
    world.feed(30)
    await world.settled(lambda: any(s.up for s in world.pump.snapshot().sources.values()))
    await world.pump.stop()
    second = Pump(Twin(world.plant), {}, world.historian, world.clock, 0.01)
    await second.start()
    try:
        await world.settled(lambda: not any(s.up for s in second.snapshot().sources.values()))
    finally:
        await second.stop()


async def test_a_reading_behind_the_watermark_is_marked_late_in_the_log():
    """A late reading is kept and so marked; the others are not."""
    world = World()
    await world.pump.start()
    world.feed()
    await world.settled(lambda: world.pump.snapshot().watermark > T0 + 60 * SECOND)
    name = world.plant.points[0].source
    row = (0, T0 + SECOND, 6.0, 0, world.clock.plant())
    world.sources[name].say(Batch.of([row, (0, *row[1:])]))
    await asyncio.sleep(0.05)
    await world.pump.stop()
    batches = [b async for _, b in world.historian.replay() if isinstance(b, Batch)]
    assert batches[-1].late == {0, 1}


async def test_an_edit_is_logged_like_any_other_input():
    """What a person changes stands in the log with his name."""
    world = World()
    await world.pump.start()
    point = world.plant.points[0].id
    await world.pump.edit(Edit(kind="release", point=point, user="ada", reason="checked"))
    await world.settled(lambda: True)
    await world.pump.stop()
    entries = [entry async for _, entry in world.historian.replay()]
    edits = [e for e in entries if isinstance(e, LogEntry) and e.kind == "edit"]
    assert [(e.body["user"], e.body["point"]) for e in edits] == [("ada", point)]


@pytest.mark.catches("a log that cannot be replayed after an edit of the plant file")
async def test_what_the_plant_no_longer_has_is_left_out_of_a_replay():
    """After a source or point was taken out of the plant file the rest is believed again."""
    world = World()
    gone = SourceEvent(source="gone", kind="up", time=T0).model_dump(mode="json")
    edit = Edit(kind="release", point="bakery/gone", user="ada", reason="x").model_dump(mode="json")
    await world.historian.append(
        [
            (1, LogEntry(seq=1, kind="event", time=T0, body=gone)),
            (2, LogEntry(seq=2, kind="edit", time=T0, body=edit)),
        ]
    )
    await world.pump.start()
    world.feed(30)
    await world.settled(lambda: any(s.up for s in world.pump.snapshot().sources.values()))
    await world.pump.stop()


class Stubborn(FakeSource):
    """A connector that cannot be closed."""

    async def close(self):
        await super().close()
        raise OSError("the socket is gone")


async def test_a_source_that_cannot_be_closed_costs_nobody_his_readings():
    """What the other sources said last is durable all the same."""
    world = World()
    first = next(iter(world.sources))
    world.sources[first] = Stubborn(first)
    await world.pump.start()
    world.feed(30)
    await world.pump.stop()
    log = [entry async for _, entry in world.historian.replay()]
    heard = {world.plant.points[i].source for b in log if isinstance(b, Batch) for i in b.point}
    assert heard == set(world.sources) - {s.id for s in world.plant.sources if s.kind == "cmms"}


@pytest.mark.catches("dropped readings that are counted and told to nobody")
async def test_what_a_connector_says_of_its_wire_is_told():
    """Points refused and readings dropped, as a connector counts them, can be asked for."""
    world = World()
    told = await world.pump.wires()
    assert told == dict.fromkeys(world.sources, "told so")


@pytest.mark.catches("an edit that waits for ever on a thread that is gone")
async def test_after_ingest_broke_it_is_told_and_no_edit_is_taken(monkeypatch):
    """A bug in belief shows in the pump's failure, and an edit is refused rather than lost."""
    world = World()

    def broken(_arrival, _now):
        raise RuntimeError("a bug")

    monkeypatch.setattr(world.pump._twin, "apply", broken)
    await world.pump.start()
    world.feed(30)
    await world.settled(lambda: "ingest: a bug" in world.pump.failure)
    point = world.plant.points[0].id
    with pytest.raises(StoreDown, match="a bug"):
        await world.pump.edit(Edit(kind="release", point=point, user="ada", reason="checked"))
    await world.pump.stop()


class FullDisk(FakeHistorian):
    """A historian whose disk is full until it is told otherwise."""

    full = True

    async def append(self, entries):
        if self.full:
            raise StoreDown("history", "no space left on device")
        await super().append(entries)


async def test_a_full_disk_is_told_and_nothing_is_lost():
    """While history cannot be written the pump says so; afterwards every entry is there."""
    disk = FullDisk()
    world = World(disk)
    await world.pump.start()
    world.feed(30)
    await world.settled(lambda: "no space" in world.pump.failure)
    disk.full = False
    await world.settled(lambda: not world.pump.failure)
    await world.pump.stop()
    seqs = [seq async for seq, _ in world.historian.replay()]
    assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.catches("memory that fills with ticks for as long as the disk is full")
async def test_while_nothing_can_be_stored_time_alone_takes_no_room():
    """Ticks that change nothing are left out; what the log says is still all that was believed."""
    disk = FullDisk()
    world = World(disk)
    await world.pump.start()
    world.feed(30)
    await world.settled(lambda: world.pump.snapshot().watermark > T0 + 20 * SECOND)
    await world.settled(lambda: "no space" in world.pump.failure)

    async def passes(steps):
        for _ in range(steps):
            await asyncio.sleep(0.02)
            world.clock.turn(0.5)

    await passes(5)
    waiting = len(world.pump._unwritten)
    await passes(30)
    assert len(world.pump._unwritten) == waiting
    point = world.plant.points[0].id
    await world.pump.edit(Edit(kind="release", point=point, user="ada", reason="checked"))
    await passes(100)  # all sources fall silent, and that is no tick to leave out
    disk.full = False
    await world.settled(lambda: not world.pump.failure)
    await world.pump.stop()
    log = [entry async for entry in world.historian.replay()]
    assert [seq for seq, _ in log] == list(range(1, len(log) + 1))
    again = Twin(world.plant)
    put(again, [entry_of(*entry) for entry in log])
    now = world.clock.plant()
    assert again.snapshot(now).digest == world.pump.snapshot().digest
    assert again.snapshot(now).sources == world.pump.snapshot().sources


class Broken(FakeSource):
    """A connector with a bug."""

    async def readings(self):
        for _ in range(1):
            raise RuntimeError("a bug")
        yield SourceEvent(source=self.source, kind="alive", time=0)


async def test_a_connector_that_breaks_is_told():
    """A bug in one connector shows in the pump's failure; the others go on."""
    world = World()
    name = next(iter(world.sources))
    world.sources[name] = Broken(name)
    await world.pump.start()
    await world.settled(lambda: f"source {name}: a bug" in world.pump.failure)
    await world.pump.stop()


async def test_what_a_controller_reports_survives_a_restart():
    """A report of its own alarms is in the log, and is believed again, as not certain."""
    world = World()
    await world.pump.start()
    source = world.plant.sources[0].id
    said = ConditionEvent(condition="c", time=T0, severity=700, retain=True, message="Low")
    world.sources[source].say(SourceEvent(source=source, kind="up", time=T0))
    world.sources[source].say(ConditionReport(source=source, time=T0, events=(said,)))
    await world.settled(lambda: bool(world.pump.snapshot().conditions))
    (before,) = world.pump.snapshot().conditions
    await world.pump.stop()
    log = [entry async for _, entry in world.historian.replay()]
    assert sum(isinstance(e, LogEntry) and e.kind == "condition" for e in log) == 1
    again = World(world.historian)
    await again.pump.start()
    await again.settled(lambda: not again.pump.snapshot().conditions[0].certain)
    (after,) = again.pump.snapshot().conditions
    assert (before.certain, after) == (True, before.model_copy(update={"certain": False}))
    await again.pump.stop()


@pytest.mark.catches("a connector's bug that ends all belief")
async def test_what_the_plant_cannot_have_is_refused_and_the_rest_goes_on():
    """A point index out of range, a source nobody knows: told, counted by nobody, not logged."""
    world = World()
    await world.pump.start()
    name = world.plant.points[0].source
    for point in (-1, len(world.plant.points), 2**31 - 1):
        row = (point, T0, 1.0, 0, T0)
        world.sources[name].say(Batch.of([row, (0, *row[1:])]))
    world.sources[name].say(SourceEvent(source="stranger", kind="up", time=T0))
    world.sources[name].say(ConditionReport(source="stranger", time=T0, events=()))
    world.sources[name].say(Batch.of([]))
    await world.settled(lambda: "stranger" in world.pump.failure)
    world.feed()
    await world.settled(lambda: world.pump.snapshot().watermark > T0 + 60 * SECOND)
    await world.settled(lambda: world.pump._unstored == 0)
    await world.pump.stop()
    seqs = [seq async for seq, _ in world.historian.replay()]
    assert seqs == list(range(1, len(seqs) + 1))
    again = Twin(world.plant)
    put(again, [entry_of(*logged) async for logged in world.historian.replay()])
    assert again.snapshot(world.clock.plant()).digest == world.pump.snapshot().digest


class Slow(FakeHistorian):
    """Fails the append under way when it is told to, and no other."""

    def __init__(self):
        super().__init__()
        self.under_way, self.go = asyncio.Event(), asyncio.Event()
        self.once = False

    async def append(self, entries):
        if self.once:
            self.once = False
            self.under_way.set()
            await asyncio.shield(self.go.wait())
            raise StoreDown("history", "no space left on device")
        await super().append(entries)


@pytest.mark.catches("a log with a hole, of what was being written when the server was stopped")
async def test_what_is_being_written_at_a_stop_is_not_left_out_of_the_log():
    """The write under way fails while we stop; the log has no hole all the same."""
    slow = Slow()
    world = World(slow)
    await world.pump.start()
    slow.once = True
    world.feed(30)
    await slow.under_way.wait()
    stopping = asyncio.create_task(world.pump.stop())
    await asyncio.sleep(0.05)
    slow.go.set()
    await stopping
    seqs = [seq async for seq, _ in world.historian.replay()]
    assert seqs == list(range(1, len(seqs) + 1))
