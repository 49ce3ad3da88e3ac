"""A restart begins from the newest saved twin, or from the log where that cannot be used."""

import numpy as np
import pytest

from api import service
from api.replaying import entry_of, put
from api.service import Pump
from connectors.checkpoints import FileCheckpoints
from tests.api.test_service import World
from tests.twin_core.plant_fixture import OVEN, T0, Feed, bakery
from twin_core.amendment import Amendment
from twin_core.ingest import Twin
from twin_core.ports import Saved
from twin_core.reading import Batch
from twin_core.value import SECOND


class Counting:
    """Asks a historian, and notes from where on it was replayed."""

    def __init__(self, historian):
        self._historian = historian
        self.replayed = []

    def __getattr__(self, name):  # noqa: D105 (says itself)
        return getattr(self._historian, name)

    def replay(self, after=0):
        self.replayed.append(after)
        return self._historian.replay(after)


class Saving(World):
    def __init__(self, folder, historian=None, plant=None):
        super().__init__(historian)
        self.checkpoints = FileCheckpoints(folder, plant or self.plant)
        self.counting = Counting(self.historian)
        self.pump = Pump(
            Twin(self.plant), self.sources, self.counting, self.clock, 0.01, self.checkpoints
        )


@pytest.fixture
async def lived(tmp_path):
    """A bakery that was heard for a minute and stopped, and its folder."""
    world = Saving(tmp_path)
    await world.pump.start()
    world.feed()
    await world.settled(lambda: world.pump.snapshot().watermark > T0 + 60 * SECOND)
    await world.pump.stop()
    return world, tmp_path


async def started(world, folder, **other):
    again = Saving(folder, world.historian, **other)
    again.clock.turn(120)
    await again.pump.start()
    await again.pump.stop()
    return again


async def test_a_restart_replays_only_what_came_after_the_saved_twin(lived):
    world, folder = lived
    last = await world.historian.last_seq()
    again = await started(world, folder)
    assert again.counting.replayed == [last]
    assert again.pump.snapshot().digest == await replayed(world)


async def replayed(world):
    """The digest of an empty twin that was given the whole log."""
    whole = Twin(world.plant)
    put(whole, [entry_of(*logged) async for logged in world.historian.replay()])
    return whole.snapshot(0).digest


async def test_each_stop_saves_the_twin(lived):
    world, folder = lived
    await started(world, folder)
    await started(world, folder)
    last = await world.historian.last_seq()
    assert any(path.name.startswith(f"twin-{last}-") for path in folder.iterdir())


@pytest.mark.parametrize("place", [0, 20, 300, -1])
async def test_a_damaged_one_is_left_out_and_the_log_replayed(lived, place):
    world, folder = lived
    (path,) = folder.iterdir()
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    again = await started(world, folder)
    assert again.counting.replayed == [0]
    assert again.pump.snapshot().digest == await replayed(world)


@pytest.mark.catches("a twin that knows what its log has lost")
async def test_one_that_knows_more_than_the_log_is_removed(lived):
    world, folder = lived
    world.historian.log = world.historian.log[:3]
    again = await started(world, folder)
    assert again.counting.replayed == [0]


async def test_one_of_another_plant_is_not_used(lived):
    world, folder = lived
    other = bakery({"Toast line": "Toasting line"})
    again = await started(world, folder, plant=other)
    assert again.counting.replayed == [0]


async def test_nothing_is_saved_that_is_not_durable(tmp_path):
    world = Saving(tmp_path)
    await world.pump.start()
    world.historian.down = True
    world.pump._saved = world.checkpoints.save(Twin(world.plant), 10_000)
    world.feed(20)
    await world.settled(lambda: world.pump.failure)
    assert list(tmp_path.iterdir()) == []
    world.historian.down = False
    await world.settled(lambda: not world.pump.failure)
    assert list(tmp_path.iterdir()) == []
    await world.pump.stop()
    (path,) = tmp_path.iterdir()
    assert path.name.startswith(f"twin-{await world.historian.last_seq()}-")


async def test_a_partial_file_is_never_read(lived):
    world, folder = lived
    (path,) = folder.iterdir()
    path.rename(path.with_suffix(".partial"))
    assert (await started(world, folder)).counting.replayed == [0]


@pytest.mark.catches("memory that grows while the disk is full")
async def test_a_history_that_cannot_be_written_holds_the_sources_back(monkeypatch, tmp_path):
    monkeypatch.setattr(service, "_UNSTORED", 500)
    world = Saving(tmp_path)
    await world.pump.start()
    world.historian.down = True
    for _ in range(20):
        world.feed(60)
    await world.settled(lambda: world.pump.failure)
    said = 20 * len(Feed(world.plant).readings(0, 60))
    assert 500 < world.pump._unstored < said / 2
    world.historian.down = False
    await world.settled(lambda: not world.pump.failure)
    await world.settled(
        lambda: sum(len(b) for _, b in world.historian.log if isinstance(b, Batch)) == said
    )
    await world.pump.stop()


async def test_an_amended_past_is_believed_and_believed_again_after_a_restart(lived):
    """From the amendment on live belief, a restart and a whole replay say the same."""
    world, folder = lived
    again = Saving(folder, world.historian)
    again.clock.turn(120)
    point = f"{OVEN}/temperature"
    column = world.plant.index[point]
    await again.pump.start()
    change = Amendment(
        point=point, start=T0 + 20 * SECOND, end=T0 + 40 * SECOND, value=222.0, user="ada"
    )
    await again.pump.edit(change)
    await again.settled(lambda: 222.0 in again.pump.snapshot().recent.mean[:, column])
    assert not again.pump.amending
    rows = again.pump.snapshot().recent
    told = (rows.time > change.start) & (rows.time <= change.end)
    assert (rows.mean[told, column][1:] == 222.0).all()
    assert not (rows.mean[~told, column] == 222.0).any()
    before = again.pump.snapshot()
    await again.pump.stop()
    last = await world.historian.last_seq()
    third = await started(world, folder)
    assert third.counting.replayed == [last]
    for path in folder.iterdir():
        path.unlink()
    fourth = await started(world, folder)
    for pump in (third.pump, fourth.pump):
        found = pump.snapshot()
        assert np.array_equal(found.recent.mean[:12], before.recent.mean[:12], equal_nan=True)
    original = [b for _, b in world.historian.log if isinstance(b, Batch)]
    assert not any((b.value[b.point == column] == 222.0).any() for b in original)


@pytest.mark.catches("a restart that settles the past again for every amendment there ever was")
async def test_a_restart_settles_the_past_again_once_however_often_it_was_amended(lived):
    """The newest amendment heeds all before it: three cost a start no more readings of the log."""
    world, folder = lived
    point = f"{OVEN}/temperature"
    column, asked = world.plant.index[point], []

    def believed(pump, value):
        return value in pump.snapshot().recent.mean[:, column]

    for value in (222.0, 223.0, 224.0):
        again = Saving(folder, world.historian)
        again.clock.turn(120)
        await again.pump.start()
        change = Amendment(
            point=point, start=T0 + 20 * SECOND, end=T0 + 40 * SECOND, value=value, user="ada"
        )
        await again.pump.edit(change)
        await again.settled(lambda pump=again.pump, value=value: believed(pump, value))
        before = again.pump.snapshot().recent.mean[:12]
        await again.pump.stop()
        for path in folder.iterdir():
            path.unlink()
        fresh = await started(world, folder)
        asked.append(len(fresh.counting.replayed))
        assert np.array_equal(fresh.pump.snapshot().recent.mean[:12], before, equal_nan=True)
        assert believed(fresh.pump, value)
    assert asked == [asked[0]] * 3


async def test_the_newest_and_one_an_hour_are_kept(tmp_path):
    checkpoints = FileCheckpoints(tmp_path, bakery())
    for n in range(200):
        checkpoints.keep(Saved(n + 1, T0 + n * 600 * SECOND, b"x"))
    kept = sorted(int(path.name.split("-")[1]) for path in tmp_path.iterdir())
    assert kept[-2:] == [199, 200]
    assert len(kept) <= 12
    assert kept[0] < 200 - 18 * 6  # a day back
    assert len([n for n in kept if n > 200 - 36]) >= 6


@pytest.mark.catches("an amendment that is forgotten because it failed once")
async def test_an_amendment_that_failed_is_heeded_by_the_next_start(lived, monkeypatch):
    """No twin that lacks it is saved; a restart heeds it, and says the same as a whole replay."""
    world, folder = lived
    again = Saving(folder, world.historian)
    again.clock.turn(120)
    await again.pump.start()

    async def fails(_seq, _start):
        raise RuntimeError("a bug")

    monkeypatch.setattr(again.pump._replay, "amended", fails)
    point = f"{OVEN}/temperature"
    change = Amendment(
        point=point, start=T0 + 20 * SECOND, end=T0 + 40 * SECOND, value=222.0, user="ada"
    )
    await again.pump.edit(change)
    await again.settled(lambda: "a bug" in again.pump.failure)
    await again.pump.stop()
    third = await started(world, folder)
    column = world.plant.index[point]
    assert 222.0 in third.pump.snapshot().recent.mean[:, column]
    for path in folder.iterdir():
        path.unlink()
    fourth = await started(world, folder)
    assert third.pump.recalled().digest == fourth.pump.recalled().digest


async def test_what_a_killed_process_left_half_written_is_removed(lived):
    world, folder = lived
    (folder / "twin-7-0.partial").write_bytes(b"half")
    await started(world, folder)
    assert not list(folder.glob("*.partial"))


@pytest.mark.catches("a saved twin that holds, unsettled, the very readings that were amended")
async def test_what_a_saved_twin_has_taken_and_not_settled_is_amended_too(lived):
    """An amendment that begins between settled and newest: from a saved twin, the same as whole."""
    world, folder = lived
    again = Saving(folder, world.historian)
    again.clock.set_plant(T0 + 240 * SECOND)
    point = f"{OVEN}/temperature"
    await again.pump.start()
    settled = again.pump.recalled().watermark
    change = Amendment(
        point=point, start=settled, end=settled + 2 * SECOND, value=150.0, user="ada"
    )
    await again.pump.edit(change)
    await again.settled(lambda: any(
        getattr(e, "kind", "") == "edit" for _, e in again.historian.log
    ))  # fmt: skip
    await again.settled(lambda: not again.pump.amending)
    await again.pump.stop()
    for path in folder.iterdir():
        if path.name.startswith(f"twin-{await world.historian.last_seq()}-"):
            path.unlink()  # the one that has heeded it: leaves the one before
    third = await started(world, folder)
    for path in folder.iterdir():
        path.unlink()
    fourth = await started(world, folder)
    assert third.pump.recalled().digest == fourth.pump.recalled().digest
