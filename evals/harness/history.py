"""A plant's past, played on the stand-in once and kept: what it was like, and what was heard of it.

It is kept by everything it is made of, so that a changed plant file, fault or line of the twin
makes it anew. It must never hold what an assistant made of it.
"""

import asyncio
import hashlib
import io
import pickle
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from api.directory import DataDirectory
from api.outside import keep_log
from api.replaying import written
from api.settings import Settings
from evals.emulator.crew import Order
from evals.emulator.faults import full_path
from evals.emulator.nameplate import catalogue_of, read_faults
from evals.exam.telling import at_load
from evals.harness.case import History, Onset
from evals.harness.kept import code, making
from evals.harness.load import plant_of
from evals.harness.truth import Record
from evals.inprocess import World
from twin_core.amendment import Tick
from twin_core.canonical import digest
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.plant.names import Names
from twin_core.ports import LogEntry
from twin_core.reading import Arrival, Batch
from twin_core.value import SECOND, Instant

WORLD = "world.pickle"
"""The stand-in at the end of a past: what the folder of each holds, and no other."""
FEED_S = 10
"""Plant seconds between two feedings of the twin, and between two notes of what is true."""
LOADS = (1.0, 0.97, 1.02, 0.95)
"""By epoch: nominal rates, as a share of the plant file's."""
_TRUTH = "truth.pickle"
_SHIFT_MIN = 2
_MONDAY = "2026-01-05"
_MADE_BY = (
    "twin_core", "evals/emulator", "evals/inprocess.py", "evals/harness/history.py",
    "evals/harness/truth.py", "api/outside.py", "api/replaying.py", "connectors",
    "evals/faults.yaml", "evals/faults_highfield.yaml",
)  # fmt: skip


@dataclass(frozen=True)
class Lived:
    """A plant with its past, of one epoch.

    Attributes:
        plant: as stand-in and twin have it, at the load of the epoch.
        folder: `data`, in which a server can go on; the rest is ours.
        renamed: by point, as which other point its readings are heard; None = as itself.
    """

    history: History
    epoch: int
    plant: Plant
    folder: Path
    renamed: NDArray[np.int32] | None = None

    @property
    def data(self) -> Path:
        """A data directory with the log, and the twin at its end."""
        return self.folder / "data"

    def world(self) -> World:
        """The stand-in at the end of the past: another at each call."""
        world: World = _Reader(io.BytesIO(self._world), self.plant).load()
        return world

    @cached_property
    def record(self) -> Record:
        """What was true all along."""
        record: Record = _Reader(io.BytesIO(self._kept(_TRUTH)), self.plant).load()
        return record

    @cached_property
    def names(self) -> Names:
        """What people call things in the plant."""
        return Names(self.plant)

    @cached_property
    def _world(self) -> bytes:
        return self._kept(WORLD)

    def _kept(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


def lived(history: History, epoch: int, cache: Path, *, shuffled: bool = False) -> Lived:
    """The past of a plant, from the cache, or played and put there.

    Args:
        history: what happens.
        epoch: seed epoch + 1, every onset 2·epoch minutes later, at a load of its own.
        cache: a folder; two processes may make the same history there at the same time.
        shuffled: whether readings are heard under the names of other points of their kind.
    """
    plant = at_load(plant_of(history.plant), LOADS[epoch])
    renamed = _shuffled(plant, epoch) if shuffled else None
    folder = cache / f"{history.id}-{epoch}-{_digest(plant, history, epoch, shuffled=shuffled)}"
    found = Lived(history, epoch, plant, folder, renamed)
    with making(folder) as partial:
        if partial is not None:
            _make(replace(found, folder=partial))
    return found


def start_of(history: History, plant: Plant) -> Instant:
    """Plant time at which it begins."""
    local = datetime.fromisoformat(f"{_MONDAY}T{history.start}").replace(
        tzinfo=ZoneInfo(plant.timezone)
    )
    return round(local.timestamp()) * SECOND


def happens(history: History, epoch: int) -> Iterator[tuple[float, Onset]]:
    """What happens, with the plant seconds after its beginning at which it does, in order."""
    for event in sorted(history.events, key=lambda event: event.at_min):
        yield (event.at_min + _SHIFT_MIN * epoch) * 60.0, event


def renaming(arrival: Arrival, renamed: NDArray[np.int32] | None) -> Arrival:
    """An arrival as it is heard."""
    if renamed is None or not isinstance(arrival, Batch):
        return arrival
    return replace(arrival, point=renamed[arrival.point])


def _make(found: Lived) -> None:
    """Play it, and put it into its folder."""
    plant, history, epoch = found.plant, found.history, found.epoch
    world, twin = World(plant, epoch + 1, start_of(history, plant)), Twin(plant)
    record = Record(plant)
    record.note(world.standin)
    log: list[Batch | LogEntry] = []

    def take(entry: Arrival | Tick, act: Callable[[], object]) -> None:
        act()
        log.append(written(len(log) + 1, entry, world.clock.plant()))

    events, passed = list(happens(history, epoch)), 0.0
    while passed < history.minutes * 60.0:
        while events and events[0][0] <= passed:
            befall(world, events.pop(0)[1])
        for arrival in world.turn(FEED_S):
            heard, now = renaming(arrival, found.renamed), world.clock.plant()
            take(heard, lambda heard=heard, now=now: twin.apply(heard, now))  # type: ignore[misc]
        now = world.clock.plant()
        take(Tick(now), lambda now=now: twin.tick(now))  # type: ignore[misc]
        record.note(world.standin)
        passed += FEED_S
    for source in world.sources.values():
        source.lose()
    directory = DataDirectory(found.data)
    asyncio.run(keep_log(Settings(data=found.data), plant, directory, log, twin, tidy=True))
    for name, one in {WORLD: world, _TRUTH: record}.items():
        with (found.folder / name).open("wb") as file:
            _Writer(file, plant).dump(one)


def befall(world: World, event: Onset) -> None:
    """Let something happen now."""
    site = world.plant.site
    if event.case is not None:
        for fault in read_faults(catalogue_of(site)).case(event.case).faults:
            world.standin.inject(fault)
    if event.fault is not None:
        world.standin.inject(event.fault)
    if event.silence is not None:
        world.sources[event.silence].stopped = True
    for asset, task in event.order.items():
        key = f"history-{len(world.crew.jobs) + 1}"
        world.crew.take(Order(key=key, asset=full_path(asset, site), task=task))


def _shuffled(plant: Plant, epoch: int) -> NDArray[np.int32]:
    """Each point as another of the same measurement at another asset of the same class."""
    alike: dict[tuple[str, str, str], list[int]] = {}
    for i, point in enumerate(plant.read):
        class_id = plant.units[point.unit_id].class_id
        alike.setdefault((class_id, point.spec.id, point.spec.unit), []).append(i)
    found = np.arange(len(plant.read), dtype=np.int32)
    stream = random.Random(f"{epoch}/shuffled")  # noqa: S311 (not for secrets)
    for members in alike.values():
        by = stream.randrange(1, len(members)) if len(members) > 1 else 0
        found[members] = members[by:] + members[:by]
    return found


def _digest(plant: Plant, history: History, epoch: int, *, shuffled: bool) -> str:
    """Of everything that a history is made of."""
    made = hashlib.sha256(code(*_MADE_BY).encode())
    made.update(f"{plant.version} {digest(history)} {epoch} {shuffled}".encode())
    return made.hexdigest()[:16]


def _parts(plant: Plant) -> list[object]:
    """What a world shares with its plant, in an order that depends on the plant alone."""
    parts: list[object] = [plant, *plant.units.values(), *plant.classes.values()]
    return [*parts, *plant.lines, *plant.links, *plant.points, *plant.sources, *plant.products]


class _Writer(pickle.Pickler):
    """Writes a world without its plant."""

    def __init__(self, out: Any, plant: Plant) -> None:
        super().__init__(out, protocol=5)
        self._place = {id(part): place for place, part in enumerate(_parts(plant))}

    def persistent_id(self, shown: Any) -> int | None:
        return self._place.get(id(shown))


class _Reader(pickle.Unpickler):
    """Reads one of our own cache into a plant that is there already."""

    def __init__(self, source: io.BytesIO, plant: Plant) -> None:
        super().__init__(source)
        self._parts = _parts(plant)

    def persistent_load(self, place: Any) -> object:
        return self._parts[place]
