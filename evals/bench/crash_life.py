"""One life of a process that keeps a plant's history, until it is killed: pump, twin, file, twins.

It first looks at what the lives before left, and tells it; then it lives: readings a hundred
times faster than a plant's, people who amend the past, twins that are saved again and again. It
must never say “stored” before the history did.
"""

import asyncio
import hashlib
import json
import os
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from api.replaying import Replay
from api.service import Pump
from connectors.checkpoints import FileCheckpoints
from connectors.history_duckdb import HistoryDuckDB
from connectors.history_writer import Entry
from evals.bench.plant_load import T0, PlantLoad
from twin_core.amendment import Amendment
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.ports import Health, LogEntry, Saved
from twin_core.reading import BAD, Arrival, Batch, SourceEvent
from twin_core.value import SECOND, Instant

FACTOR = 300
"""Plant seconds in a second, so that hours close and are packed."""
_HOUR = 3600 * SECOND
_BEGIN = (T0 + 2700) * SECOND  # a quarter before an hour closes
_CHECKPOINT_S = 0.15
_COMMIT_S = 0.05
_AMENDED = 0.05  # with this chance the past is amended in a tenth of a second
_LOG_BYTES = "300KB"
"""DuckDB's own log is taken into the file at each of so many: far more often than it would be."""


@dataclass(frozen=True, slots=True)
class Left:
    """What the lives before have left.

    Attributes:
        entries: sequence number → digest of what it numbers.
        restored, replayed: settled digest of the newest saved twin put forward by the log's rest,
            and of a twin that was given the whole log.
        faults: what is not as it must be, one sentence each.
    """

    entries: dict[int, str]
    restored: str
    replayed: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Entries of which the history has said that they are durable."""

    entries: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doing:
    """What has begun besides storing readings, or ended."""

    what: str
    begun: bool


def digest(entry: Batch | LogEntry) -> str:
    """What tells an entry from every other; whether a reading came late is no part of it."""
    if isinstance(entry, Batch):
        columns = (entry.point, entry.time, entry.value, entry.status, entry.received)
        told = b"batch" + b"".join(np.ascontiguousarray(column).tobytes() for column in columns)
    else:
        told = json.dumps([entry.kind, entry.time, entry.body]).encode()
    return hashlib.sha256(told).hexdigest()[:24]


def live(pipe: Connection, folder: Path, plant: Plant) -> None:
    """Live in the folder, until killed."""
    os.dup2(2, 1)  # what is logged is not what the bench prints
    asyncio.run(_Life(pipe, folder, plant).lived())


class _Clock:
    """Plant time goes on where the log ended, faster than the host's."""

    def __init__(self, begin: Instant) -> None:
        self._begin, self._started = begin, monotonic()

    def plant(self) -> Instant:
        return self._begin + int((monotonic() - self._started) * FACTOR * SECOND)

    def ledger(self) -> Instant:
        return self.plant()

    def host(self) -> Instant:
        return self.plant()

    def plant_at(self, ledger: Instant) -> Instant:
        return ledger

    def monotonic(self) -> float:
        return monotonic()


class _Controllers:
    """One source of all: every point once a plant second, from a second on.

    What a second brings depends on it alone, and none comes twice in all lives.
    """

    def __init__(self, plant: Plant, clock: _Clock) -> None:
        self._load = PlantLoad(plant)
        self._clock = clock
        self._closed = False

    async def readings(self) -> AsyncIterator[Arrival]:
        second = self._clock.plant() // SECOND - T0 + 1
        for source in self._load.plant.sources:
            yield SourceEvent(source=source.id, kind="up", time=self._clock.plant())
        while not self._closed:
            while self._clock.plant() >= (T0 + second + 1) * SECOND:
                yield self._load.second(second)
                second += 1
            await asyncio.sleep(0.5 / FACTOR)

    async def health(self) -> Health:
        return Health(source="all", up=True, detail="")

    async def close(self) -> None:
        self._closed = True


class _Life:
    def __init__(self, pipe: Connection, folder: Path, plant: Plant) -> None:
        self._pipe, self._plant = pipe, plant
        self._one = threading.Lock()
        self._history = HistoryDuckDB(
            folder / "history.duckdb",
            [p.id for p in plant.read],
            sources=[p.source for p in plant.read],
            commit_every_s=_COMMIT_S,
        )
        self._checkpoints = FileCheckpoints(folder / "snapshots", plant)

    async def lived(self) -> None:
        left, newest = await self._left()
        self._tell(left)
        self._watch()
        clock = _Clock(max(_BEGIN, newest + SECOND))
        source = _Controllers(self._plant, clock)
        pump = Pump(Twin(self._plant), {"all": source}, self, clock, 1 / 20, self, _CHECKPOINT_S)
        await pump.start()
        amending, rng = False, np.random.default_rng(len(left.entries))
        while not pump.failure:
            await asyncio.sleep(0.1)
            if pump.amending != amending:
                amending = pump.amending
                self._tell(Doing("amending", amending))
            if rng.random() < _AMENDED:
                for _ in range(rng.integers(1, 3)):  # the second faster than the first is heeded
                    await pump.edit(self._amendment(pump.snapshot().watermark, rng))
        raise SystemExit(pump.failure)

    def _amendment(self, settled: Instant, rng: np.random.Generator) -> Amendment:
        point = self._plant.read[rng.integers(len(self._plant.read))]
        start = max(0, settled - int(rng.integers(60, 600)) * SECOND)
        value = (None, point.spec.limits.low)[rng.integers(2)]
        end, reason = start + 30 * SECOND, str(rng.random())
        return Amendment(
            point=point.id, start=start, end=end, value=value, user="ada", reason=reason
        )

    # What the pump is given instead of history and saved twins: the same, and what they do is told.

    def __getattr__(self, name: str) -> Any:
        return getattr(self._history, name)

    async def append(self, entries: Sequence[Entry]) -> None:
        told = {seq: digest(entry) for seq, entry in entries}
        await self._history.append(entries)
        self._tell(Stored(told))

    def save(self, twin: Twin, seq: int) -> Saved:
        return self._checkpoints.save(twin, seq)

    def keep(self, saved: Saved) -> None:
        self._tell(Doing("saving a twin", begun=True))
        self._checkpoints.keep(saved)
        self._tell(Doing("saving a twin", begun=False))

    def cut(self, last_seq: int) -> None:
        self._checkpoints.cut(last_seq)

    def newest(self, last_seq: int, reach: Instant | None = None) -> tuple[Twin, int] | None:
        return self._checkpoints.newest(last_seq, reach)

    def _watch(self) -> None:
        """Tell of the history's background work, and have its file written more often."""
        writer = self._history._writer  # noqa: SLF001 (a bench that looks inside, at nobody's cost)
        writer.db.execute(f"SET wal_autocheckpoint = '{_LOG_BYTES}'")
        upkeep = writer._upkeep  # noqa: SLF001
        assert upkeep is not None
        step = upkeep._step  # noqa: SLF001

        def told(seq: int) -> bool:
            self._tell(Doing("upkeep", begun=True))
            done = step(seq)
            self._tell(Doing("upkeep", begun=False))
            return done

        upkeep._step = told  # type: ignore[method-assign] # noqa: SLF001

    async def _left(self) -> tuple[Left, Instant]:
        """What stands in the folder, looked at by every way there is; and its newest time."""
        log = [entry async for entry in self._history.replay()]
        faults = []
        seqs = [seq for seq, _ in log]
        if seqs != list(range(1, len(log) + 1)):
            faults.append("the log's numbers are not 1, 2, 3 …")
        n = sum(len(entry) for _, entry in log if isinstance(entry, Batch))
        points = range(len(self._plant.read))
        raw = await self._history.raw(points, 0, 2**62)
        if len(raw) != n:
            faults.append(f"the log has {n} readings, the raw table {len(raw)}")
        await self._history.rested()
        faults += await self._tiers(raw)
        last = await self._history.last_seq()
        self._checkpoints.cut(last)
        restored = await self._twin(self._checkpoints)
        replayed = await self._twin(None)
        times = [e.time if isinstance(e, LogEntry) else int(e.received.max()) for _, e in log]
        left = Left({s: digest(e) for s, e in log}, restored, replayed, tuple(faults))
        return left, max(times, default=0)

    async def _tiers(self, raw: Batch) -> list[str]:
        """Whether minutes and hours hold each reading once."""
        start, hours = _BEGIN // _HOUR * _HOUR, 4
        usable = np.isfinite(raw.value) & (raw.status < BAD)
        for point in range(0, len(self._plant.read), 7):
            mine = raw.time[usable & (raw.point == point)]
            wanted = np.histogram(mine, [start + h * _HOUR for h in range(hours + 1)])[0]
            found = await self._history.buckets(point, start, start + hours * _HOUR, hours)
            if found["count"].tolist() != wanted.tolist():
                return [f"tiers of point {point}: {found['count']} readings, not {wanted}"]
        return []

    async def _twin(self, checkpoints: FileCheckpoints | None) -> str:
        replay = Replay(lambda: Twin(self._plant), self._history, checkpoints, lambda _a, _b: None)
        twin, _ = await replay.newest(Twin(self._plant))
        return twin.snapshot(0).digest

    def _tell(self, what: Left | Stored | Doing) -> None:
        with self._one:
            self._pipe.send(what)
