"""The pump: sources → log and twin → history. Start, stop, back-pressure; no law of its own.

One ingest thread alone owns the Twin; the serving loop only swaps in finished snapshots. Nothing
here decides what is believed.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import structlog

from api.amending import Amending, Resettled
from api.replaying import Replay, progress, written
from api.waiting import gathered, tell, weight
from twin_core.amendment import Amendment, Tick
from twin_core.errors import Busy, OpsTwinError, StoreDown, UnknownName, WrongKind
from twin_core.ingest import Twin
from twin_core.ports import Checkpoints, Clock, Historian, LogEntry, ReadingSource, Saved
from twin_core.reading import Arrival, Batch, SourceEvent
from twin_core.settling import Edit
from twin_core.soft_sensor import SoftSensors
from twin_core.twin import Snapshot
from twin_core.value import Instant

log = structlog.get_logger(__name__)

_WAITING = 256
"""Arrivals that may wait for the ingest thread before sources are held back."""
_UNSTORED = 1_000_000
"""Readings that may wait to be durable before sources are held back, and pushes refused."""
_LOG = {"ingest", "history"}  # failures with which nothing more is stored
_STOPPING_S = 2.0  # host seconds in which what closed sources have said must be taken over

Logged: TypeAlias = Arrival | Edit | Amendment | SoftSensors
"""What is logged: what sources say, what people change, what was fitted."""
Input: TypeAlias = Logged | Resettled
"""What the ingest thread is handed."""


class Pump:
    """Moves what sources say into the twin and its history.

    Attributes:
        beside: is shown the twin, and plant time, in the ingest thread whenever something was taken
            in and its snapshot stands; it must not change it, wait or raise.

    Args:
        tick_s: host seconds between two ticks of the twin.
        checkpoints: where twins are saved for the next start; absent = the log is replayed whole.
        checkpoint_s: host seconds between two saved twins.
    """

    def __init__(
        self,
        twin: Twin,
        sources: Mapping[str, ReadingSource],
        historian: Historian,
        clock: Clock,
        tick_s: float,
        checkpoints: Checkpoints | None = None,
        checkpoint_s: float = 300.0,
    ) -> None:
        self._twin = twin
        self._sources = sources
        self._historian = historian
        self._clock = clock
        self._tick_s = tick_s
        self._checkpoints = checkpoints
        self._checkpoint_s = checkpoint_s
        self._saved: Saved | None = None
        self._replay = Replay(lambda: Twin(twin.plant), historian, checkpoints, progress(clock))
        self._amending = Amending(self._resettled, self._hand_in)
        self._queue: queue.SimpleQueue[Input | asyncio.Future[None] | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(_WAITING)
        self._unwritten: list[tuple[int, Batch | LogEntry]] = []
        self._awaited: list[asyncio.Future[None]] = []
        self._unstored = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self._write = asyncio.Event()
        self._ended = False
        self._written = 0
        self._durable = asyncio.Condition()
        self._snapshot = twin.snapshot(clock.plant())
        self._recalled = self._snapshot
        self._seq = 0
        self._idle: Instant | None = None  # a tick that changed nothing while nothing is stored
        self._thread: threading.Thread | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures: dict[str, str] = {}
        self.beside: Callable[[Twin, Instant], None] = lambda *_: None

    @property
    def amending(self) -> bool:
        """Whether the past is being settled again, because a person has amended it."""
        return self._amending.pending

    @property
    def failure(self) -> str:
        """What does not work at present, in words; empty when all does."""
        return "; ".join(filter(None, (*self._failures.values(), self._amending.failure)))

    def snapshot(self) -> Snapshot:
        """The newest finished snapshot."""
        return self._snapshot

    def recalled(self) -> Snapshot:
        """Belief as the log left it, before any source was heard."""
        return self._recalled

    async def wires(self) -> dict[str, str]:
        """By source what its connector says: points read, refused, readings dropped; or why not."""
        found = await asyncio.gather(*(source.health() for source in self._sources.values()))
        return {health.source: health.detail for health in found}

    async def start(self) -> None:
        """Bring back what the log holds, then begin to listen."""
        self._loop = asyncio.get_running_loop()
        if self._checkpoints is not None:
            last = await self._historian.last_seq()
            await asyncio.to_thread(self._checkpoints.cut, last)
        self._twin, self._seq = await self._replay.newest(self._twin)
        self._recalled = self._twin.snapshot(self._clock.plant())
        for name, state in self._recalled.sources.items():
            if state.up:
                down = SourceEvent(
                    source=name, kind="down", time=self._clock.plant(), reason="restarted"
                )
                self._count(weight(down))
                self._queue.put(down)
        self._snapshot = self._twin.snapshot(self._clock.plant())
        self._thread = threading.Thread(target=self._ingest, name="ingest", daemon=True)
        self._thread.start()
        self._tasks = [
            asyncio.create_task(self._listen(name, source), name=f"listen {name}")
            for name, source in self._sources.items()
        ]
        self._tasks.append(asyncio.create_task(self._store(), name="store"))

    async def stop(self) -> None:
        """Close the sources, finish what was heard, make it durable."""
        closed = await asyncio.gather(
            *(source.close() for source in self._sources.values()), return_exceptions=True
        )
        for name, problem in zip(self._sources, closed, strict=True):
            if isinstance(problem, Exception):
                log.warning("a source could not be closed", source=name, problem=str(problem))
        if listening := self._tasks[:-1]:
            _, stuck = await asyncio.wait(listening, timeout=_STOPPING_S)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join, 10.0)
        # Never cancelled: what it is writing must not be left out of the log's middle.
        self._ended = True
        self._write.set()
        await asyncio.gather(*self._tasks[-1:])
        await self._amending.stop()
        await self._commit()
        if self._thread is not None and not self._failures.keys() & _LOG:
            await asyncio.to_thread(self._save)
            await self._keep()

    def _save(self) -> None:
        """Save the twin for the next start, unless it has not heeded every amendment."""
        if self._checkpoints is not None and not self._amending.unheeded:
            self._saved = self._checkpoints.save(self._twin, self._seq)

    async def _resettled(self, seq: int, start: Instant) -> Twin:
        """The twin that heeds the amendment numbered `seq`, once that is durable."""
        async with self._durable:
            await self._durable.wait_for(lambda: self._written >= seq)
        return await self._replay.amended(seq, start)

    async def _hand_in(self, arrival: "Input") -> None:
        await self._room.acquire()
        self._queue.put(arrival)

    async def edit(self, edit: Edit | Amendment) -> None:
        """A person's edit enters the log like any other input.

        After an amendment belief stays as it was until the past is settled again (`amending`).

        Raises:
            StoreDown: nothing is taken in any more.
        """
        await self._enter(edit)

    async def learn(self, found: SoftSensors) -> None:
        """Fitted soft sensors enter the log, so that a replay judges by the same.

        Raises:
            StoreDown: nothing is taken in any more.
        """
        await self._enter(found)

    async def _enter(self, entry: Logged) -> None:
        if "ingest" in self._failures:
            raise StoreDown("log", self._failures["ingest"])
        await self._hand_in(entry)

    async def push(self, arrivals: Sequence[Arrival]) -> None:
        """What was pushed to us enters the log like any other input; returns once it is durable.

        Raises:
            Busy: too much waits already; nothing of it was taken.
            StoreDown: it is not known to be durable. It may be in the log, or get there later.
        """
        if self._failures.keys() & _LOG:
            raise StoreDown("log", self.failure)
        if self._room.locked() or not self._drained.is_set():
            raise Busy("Too many readings wait to be stored", 1)
        for arrival in arrivals:
            await self._put(arrival)
        self._queue.put(done := asyncio.get_running_loop().create_future())
        await done

    async def _put(self, arrival: Arrival) -> None:
        await self._room.acquire()
        self._count(weight(arrival))
        self._queue.put(arrival)

    def _count(self, readings: int) -> None:
        """So many more readings (or less) wait to be durable."""
        self._unstored += readings
        if self._unstored < _UNSTORED:
            self._drained.set()
        else:
            self._drained.clear()

    async def _listen(self, name: str, source: ReadingSource) -> None:
        try:
            async for arrival in source.readings():
                await self._drained.wait()
                await self._put(arrival)
        except Exception as problem:  # a connector's bug stops that source alone, and is in /health
            self._failures[name] = f"source {name}: {problem}"
            log.exception("a source's connector failed", source=name)

    def _ingest(self) -> None:
        assert self._loop is not None
        due = self._clock.monotonic() + self._tick_s
        save_at = self._clock.monotonic() + self._checkpoint_s
        while True:
            found, ended = gathered(self._queue, max(0.0, due - self._clock.monotonic()))
            awaited = [item for item in found if isinstance(item, asyncio.Future)]
            arrivals = [item for item in found if not isinstance(item, asyncio.Future)]
            now = self._clock.plant()
            entries: list[tuple[int, Batch | LogEntry]] = []
            refused = 0
            try:
                if arrivals and self._idle is not None:
                    entries.append(self._passed(self._idle))
                for arrival in arrivals:
                    if isinstance(arrival, Resettled):
                        self._twin = self._amending.successor(self._twin, arrival)
                        continue
                    self._seq += 1
                    try:
                        entries.append((self._seq, self._taken(arrival, now)))
                    except (UnknownName, WrongKind) as problem:
                        self._seq -= 1
                        refused += weight(arrival)
                        self._refuse(problem)
                if self._clock.monotonic() >= due or ended:
                    due = self._clock.monotonic() + self._tick_s
                    self._twin.tick(now)
                    if self._twin.changed or ended or "history" not in self._failures:
                        entries.append(self._passed(now))
                    else:
                        self._idle = now
                if self._twin.changed:
                    self._snapshot = self._twin.snapshot(now)
                else:
                    self._snapshot = replace(self._snapshot, now=now)
                self.beside(self._twin, now)
                if self._clock.monotonic() >= save_at:
                    save_at = self._clock.monotonic() + self._checkpoint_s
                    self._save()
            except Exception as problem:  # the thread ends; who waits, and /health, must be told
                self._failures["ingest"] = f"ingest: {problem}"
                log.exception("ingest failed")
                broken = StoreDown("log", self._failures["ingest"])
                self._loop.call_soon_threadsafe(tell, awaited, broken)
                awaited = []
                return
            finally:
                self._loop.call_soon_threadsafe(
                    self._hand_over, entries, len(arrivals), awaited, refused
                )
            if ended:
                return

    def _refuse(self, problem: OpsTwinError) -> None:
        """What the plant cannot have is neither believed nor logged: a connector's bug, told."""
        if "refused" not in self._failures:
            log.warning("what a source said is refused", problem=str(problem))
        self._failures["refused"] = f"what a source said is refused: {problem}"

    def _taken(self, arrival: Logged, now: Instant) -> Batch | LogEntry:
        """Put one arrival into the twin; what the log says of it."""
        entry = written(self._seq, arrival, now)
        if isinstance(arrival, Amendment):
            assert self._loop is not None
            self._amending.begin(self._loop, self._seq, arrival.start)
            return entry
        if isinstance(arrival, Edit):
            self._twin.edit(arrival, now)
        elif isinstance(arrival, SoftSensors):
            self._twin.learn(arrival, now)
        else:
            late = self._twin.apply(arrival, now).late
            if late and isinstance(arrival, Batch):
                entry = replace(arrival, late=late)
        self._amending.note((self._seq, arrival, now))
        return entry

    def _passed(self, now: Instant) -> tuple[int, Batch | LogEntry]:
        """What the log says of a tick, and with it of all that were left out before it."""
        self._seq += 1
        self._idle = None
        self._amending.note((self._seq, Tick(now), now))
        return self._seq, written(self._seq, Tick(now), now)

    def _hand_over(
        self,
        entries: list[tuple[int, Batch | LogEntry]],
        arrivals: int,
        awaited: "list[asyncio.Future[None]]",
        refused: int,
    ) -> None:
        self._count(-refused)
        self._unwritten.extend(entries)
        self._awaited.extend(awaited)
        self._write.set()
        for _ in range(arrivals):
            self._room.release()

    async def _store(self) -> None:
        while not self._ended:
            await self._write.wait()
            self._write.clear()
            try:
                await self._commit()
            except OpsTwinError as problem:
                if "history" not in self._failures:
                    log.warning("history cannot be written", problem=str(problem))
                self._failures["history"] = str(problem)
            else:
                self._failures.pop("history", None)
                await self._keep()

    async def _keep(self) -> None:
        """Store the saved twin, once all that it knows is durable."""
        kept, self._saved = self._saved, None
        if kept is None or self._checkpoints is None:
            return
        if kept.seq > await self._historian.last_seq():
            self._saved = self._saved or kept
            return
        try:
            await asyncio.to_thread(self._checkpoints.keep, kept)
        except OpsTwinError as problem:
            log.warning("a twin cannot be saved", problem=str(problem))

    async def _commit(self) -> None:
        entries, self._unwritten = self._unwritten, []
        awaited, self._awaited = self._awaited, []
        try:
            if entries:
                await self._historian.append(entries)
        except OpsTwinError as problem:
            self._unwritten = entries + self._unwritten
            tell(awaited, problem)
            raise
        except asyncio.CancelledError:
            tell(awaited, StoreDown("history", "the server stops"))
            raise
        self._count(-sum(weight(entry) for _, entry in entries))
        if entries:
            async with self._durable:
                self._written = entries[-1][0]
                self._durable.notify_all()
        tell(awaited, None)
