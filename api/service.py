"""The pump: sources → log and twin → history. Start, stop, back-pressure; no law of its own.

One ingest thread alone owns the Twin; the serving loop only swaps in finished snapshots. Nothing
here decides what is believed.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import structlog

from twin_core.errors import OpsTwinError, StoreDown, UnknownName
from twin_core.ingest import Twin
from twin_core.ports import Clock, Historian, LogEntry, ReadingSource
from twin_core.reading import Arrival, Batch, SourceEvent
from twin_core.settling import Edit
from twin_core.soft_sensor import SoftSensors
from twin_core.twin import Snapshot
from twin_core.value import Instant

log = structlog.get_logger(__name__)

Entry: TypeAlias = Arrival | Edit | SoftSensors
"""What the ingest thread takes: what sources say, what people change, what was fitted."""

_WAITING = 256
"""Arrivals that may wait for the ingest thread before sources are held back."""
_STOPPING_S = 2.0  # host seconds in which what closed sources have said must be taken over


class Pump:
    """Moves what sources say into the twin and its history.

    Args:
        tick_s: host seconds between two ticks of the twin.
    """

    def __init__(
        self,
        twin: Twin,
        sources: Mapping[str, ReadingSource],
        historian: Historian,
        clock: Clock,
        tick_s: float,
    ) -> None:
        self._twin = twin
        self._sources = sources
        self._historian = historian
        self._clock = clock
        self._tick_s = tick_s
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(_WAITING)
        self._unwritten: list[tuple[int, Batch | LogEntry]] = []
        self._write = asyncio.Event()
        self._snapshot = twin.snapshot(clock.plant())
        self._seq = 0
        self._thread: threading.Thread | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures: dict[str, str] = {}

    @property
    def failure(self) -> str:
        """What does not work at present, in words; empty when all does."""
        return "; ".join(self._failures.values())

    def snapshot(self) -> Snapshot:
        """The newest finished snapshot."""
        return self._snapshot

    async def wires(self) -> dict[str, str]:
        """By source what its connector says: points read, refused, readings dropped; or why not."""
        found = await asyncio.gather(*(source.health() for source in self._sources.values()))
        return {health.source: health.detail for health in found}

    async def start(self) -> None:
        """Bring back what the log holds, then begin to listen."""
        self._loop = asyncio.get_running_loop()
        async for seq, entry in self._historian.replay():
            await asyncio.to_thread(self._again, entry)
            self._seq = seq
        for name, state in self._twin.snapshot(self._clock.plant()).sources.items():
            if state.up:
                self._queue.put(
                    SourceEvent(
                        source=name, kind="down", time=self._clock.plant(), reason="restarted"
                    )
                )
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
        for task in self._tasks[-1:]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._commit()

    async def edit(self, edit: Edit) -> None:
        """A person's edit enters the log like any other input.

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

    async def _enter(self, entry: Entry) -> None:
        if "ingest" in self._failures:
            raise StoreDown("log", self._failures["ingest"])
        await self._room.acquire()
        self._queue.put(entry)

    def _again(self, entry: Batch | LogEntry) -> None:
        """Put one entry of the log into the twin, as it was at first.

        What is about a source or point that the plant no longer has is left out, as readings are.
        """
        with contextlib.suppress(UnknownName):
            if isinstance(entry, Batch):
                if len(entry):
                    self._twin.apply(entry, int(entry.received.max()))
            elif entry.kind == "event":
                self._twin.apply(SourceEvent.model_validate(entry.body), entry.time)
            elif entry.kind == "edit":
                self._twin.edit(Edit.model_validate(entry.body), entry.time)
            elif entry.kind == "sensors":
                self._twin.learn(SoftSensors.model_validate(entry.body), entry.time)
            else:
                self._twin.tick(entry.time)

    async def _listen(self, name: str, source: ReadingSource) -> None:
        try:
            async for arrival in source.readings():
                await self._room.acquire()
                self._queue.put(arrival)
        except Exception as problem:
            self._failures[name] = f"source {name}: {problem}"
            log.exception("a source's connector failed", source=name)

    def _ingest(self) -> None:
        assert self._loop is not None
        due = self._clock.monotonic() + self._tick_s
        while True:
            arrivals, ended = self._waiting(max(0.0, due - self._clock.monotonic()))
            now = self._clock.plant()
            entries: list[tuple[int, Batch | LogEntry]] = []
            try:
                for arrival in arrivals:
                    self._seq += 1
                    entries.append((self._seq, self._logged(arrival, now)))
                    if isinstance(arrival, Edit):
                        self._twin.edit(arrival, now)
                    elif isinstance(arrival, SoftSensors):
                        self._twin.learn(arrival, now)
                    else:
                        late = self._twin.apply(arrival, now).late
                        if late and isinstance(arrival, Batch):
                            entries[-1] = (self._seq, replace(arrival, late=late))
                if self._clock.monotonic() >= due or ended:
                    due = self._clock.monotonic() + self._tick_s
                    self._seq += 1
                    entries.append(
                        (self._seq, LogEntry(seq=self._seq, kind="tick", time=now, body=None))
                    )
                    self._twin.tick(now)
                self._snapshot = self._twin.snapshot(now)
            except Exception as problem:
                self._failures["ingest"] = f"ingest: {problem}"
                log.exception("ingest failed")
                return
            finally:
                self._loop.call_soon_threadsafe(self._hand_over, entries, len(arrivals))
            if ended:
                return

    def _waiting(self, timeout: float) -> tuple[list[Entry], bool]:
        """Everything in the queue, waiting at most `timeout` seconds for the first."""
        found: list[Entry] = []
        try:
            item = self._queue.get(timeout=timeout) if timeout > 0 else self._queue.get_nowait()
            while item is not None:
                found.append(item)
                item = self._queue.get_nowait()
        except queue.Empty:
            return found, False
        return found, True

    def _logged(self, arrival: Entry, now: Instant) -> Batch | LogEntry:
        if isinstance(arrival, Batch):
            return arrival
        kind = "event"
        if not isinstance(arrival, SourceEvent):
            kind = "edit" if isinstance(arrival, Edit) else "sensors"
        return LogEntry(seq=self._seq, kind=kind, time=now, body=arrival.model_dump(mode="json"))

    def _hand_over(self, entries: list[tuple[int, Batch | LogEntry]], arrivals: int) -> None:
        self._unwritten.extend(entries)
        self._write.set()
        for _ in range(arrivals):
            self._room.release()

    async def _store(self) -> None:
        while True:
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

    async def _commit(self) -> None:
        entries, self._unwritten = self._unwritten, []
        if not entries:
            return
        try:
            await self._historian.append(entries)
        except OpsTwinError:
            self._unwritten = entries + self._unwritten
            raise
