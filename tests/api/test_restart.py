"""A restart begins from the newest saved twin, or from the log where that cannot be used."""

import pytest

from api import service
from api.service import Pump
from connectors.checkpoints import FileCheckpoints
from tests.api.test_service import World
from tests.twin_core.plant_fixture import T0, Feed, bakery
from twin_core.ingest import Twin
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
    whole = Twin(world.plant)
    replaying = Pump(whole, {}, world.historian, world.clock, 0.01)
    async for _, entry in world.historian.replay():
        replaying._again(entry)
    assert again.pump.snapshot().digest == whole.snapshot(again.clock.plant()).digest


async def test_two_are_kept(lived):
    world, folder = lived
    await started(world, folder)
    await started(world, folder)
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 2
    assert f"twin-{await world.historian.last_seq()}.checkpoint" in names


@pytest.mark.parametrize("place", [0, 20, 300, -1])
async def test_a_damaged_one_is_left_out_and_the_log_replayed(lived, place):
    world, folder = lived
    (path,) = folder.iterdir()
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    again = await started(world, folder)
    assert again.counting.replayed == [0]
    assert again.pump.snapshot().digest


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
    assert path.name == f"twin-{await world.historian.last_seq()}.checkpoint"


async def test_a_partial_file_is_never_read(lived):
    world, folder = lived
    (path,) = folder.iterdir()
    path.rename(path.with_suffix(".partial"))
    assert (await started(world, folder)).counting.replayed == [0]


@pytest.mark.catches("memory that grows while the disk is full")
async def test_a_history_that_cannot_be_written_holds_the_sources_back(monkeypatch, tmp_path):
    monkeypatch.setattr(service, "_UNWRITTEN", 500)
    world = Saving(tmp_path)
    await world.pump.start()
    world.historian.down = True
    for _ in range(20):
        world.feed(60)
    await world.settled(lambda: world.pump.failure)
    said = 20 * len(Feed(world.plant).readings(0, 60))
    assert 500 < world.pump._held < said / 2
    world.historian.down = False
    await world.settled(lambda: not world.pump.failure)
    await world.settled(
        lambda: sum(len(b) for _, b in world.historian.log if isinstance(b, Batch)) == said
    )
    await world.pump.stop()
