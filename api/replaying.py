"""What the log holds, put into a twin again: at a start, and when a person amends the past.

It must never give another twin than the same log gave before.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import structlog

from twin_core.amendment import Amended, Amendment, Entry, Logged, Tick, take
from twin_core.condition import ConditionReport
from twin_core.errors import UnknownName
from twin_core.ingest import Edit, Twin
from twin_core.ports import Checkpoints, Clock, Historian, LogEntry
from twin_core.reading import Batch, SourceEvent
from twin_core.soft_sensor import SoftSensors
from twin_core.value import Instant

log = structlog.get_logger(__name__)

_TOLD_S = 5.0  # host seconds between two words on a replay
_TOGETHER = 200
"""Entries that are put into a twin in one go, off the loop."""


def entry_of(seq: int, logged: Batch | LogEntry) -> Entry:
    """An entry of the log as the twin takes it."""
    if isinstance(logged, Batch):
        return seq, logged, int(logged.received.max()) if len(logged) else 0
    if logged.kind == "tick":
        return seq, Tick(logged.time), logged.time
    if logged.kind == "event":
        return seq, SourceEvent.model_validate(logged.body), logged.time
    if logged.kind == "condition":
        return seq, ConditionReport.model_validate(logged.body), logged.time
    if logged.kind == "sensors":
        return seq, SoftSensors.model_validate(logged.body), logged.time
    amends = isinstance(logged.body, dict) and logged.body.get("kind") == "amend"
    return seq, (Amendment if amends else Edit).model_validate(logged.body), logged.time


def written(seq: int, entry: Logged, now: Instant) -> Batch | LogEntry:
    """What the log says of an entry that the twin took at plant time `now`."""
    if isinstance(entry, Batch):
        return entry
    if isinstance(entry, Tick):
        return LogEntry(seq=seq, kind="tick", time=now, body=None)
    kinds = {SourceEvent: "event", ConditionReport: "condition", SoftSensors: "sensors"}
    body = entry.model_dump(mode="json", exclude_defaults=isinstance(entry, ConditionReport))
    return LogEntry(seq=seq, kind=kinds.get(type(entry), "edit"), time=now, body=body)


def put(twin: Twin, entries: Iterable[Entry]) -> None:
    """Put entries into a twin, in their order.

    What is about a source or point that the plant no longer has is left out, as readings are.
    """
    for _, entry, now in entries:
        try:
            take(twin, entry, now)
        except UnknownName:
            continue


def progress(clock: Clock) -> Callable[[int, int], None]:
    """Tells the log how far a replay is, now and then."""
    told = clock.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal told
        if clock.monotonic() - told > _TOLD_S:
            told = clock.monotonic()
            log.info("replaying the log", done=done, of=of)

    return tell


class Replay:
    """Builds twins from saved ones and the log.

    Args:
        blank: makes a twin that knows nothing.
        historian: the log.
        checkpoints: saved twins; absent = the log is replayed whole.
        told: called with (entries done, entries in all) while a replay goes on.
    """

    def __init__(
        self,
        blank: Callable[[], Twin],
        historian: Historian,
        checkpoints: Checkpoints | None,
        told: Callable[[int, int], None],
    ) -> None:
        self._blank = blank
        self._historian = historian
        self._checkpoints = checkpoints
        self._told = told

    async def newest(self, blank: Twin) -> tuple[Twin, int]:
        """The twin that the whole log gives, and the log's last sequence number.

        Args:
            blank: one that knows nothing yet; it is used if none was saved.
        """
        last = await self._historian.last_seq()
        twin, first = await self._saved(last, None) or (blank, 0)
        seq = first
        async for some in self._entries(first, last):
            if any(isinstance(entry, Amendment) for _, entry, _ in some):
                # The newest heeds every entry before it, so all of them are heeded at once.
                *_, (made, amendment) = [found async for found in self._amendments(seq, last)]
                return await self._put(await self.amended(made, amendment.start), made, last)
            await asyncio.to_thread(put, twin, some)
            seq = some[-1][0]
            self._told(seq - first, last - first)
        return twin, seq

    async def _put(self, twin: Twin, after: int, last: int) -> tuple[Twin, int]:
        """The twin with what came after an entry, and the last entry."""
        async for some in self._entries(after, last):
            await asyncio.to_thread(put, twin, some)
        return twin, last

    async def amended(self, seq: int, start: Instant) -> Twin:
        """The twin that the log up to `seq` gives with every amendment in it heeded.

        Args:
            seq: of the newest amendment.
            start: from when on it changes something.
        """
        while True:
            twin, first = await self._saved(seq, start) or (self._blank(), 0)
            found = [made async for made in self._amendments(first, seq)]
            earliest = min(entry.start for _, entry in found)
            if first == 0 or earliest >= start:
                break
            start = earliest
        amended = Amended(twin, found)
        async for some in self._entries(first, seq):
            await asyncio.to_thread(amended.gather, some)
        amended.gathered()
        async for some in self._entries(first, seq):
            await asyncio.to_thread(put, twin, amended.entries(some))
            self._told(some[-1][0] - first, seq - first)
        await asyncio.to_thread(put, twin, amended.rest())
        return twin

    async def _saved(self, seq: int, reach: Instant | None) -> tuple[Twin, int] | None:
        if self._checkpoints is None:
            return None
        return await asyncio.to_thread(self._checkpoints.newest, seq, reach)

    async def _amendments(self, after: int, last: int) -> AsyncIterator[tuple[int, Amendment]]:
        async for some in self._entries(after, last):
            for seq, entry, _ in some:
                if isinstance(entry, Amendment):
                    yield seq, entry

    async def _entries(self, after: int, last: int) -> AsyncIterator[list[Entry]]:
        """Entries after `after` up to `last`, some at a time."""
        some: list[Entry] = []
        async for seq, logged in self._historian.replay(after=after):
            if seq > last:
                break
            some.append(entry_of(seq, logged))
            if len(some) == _TOGETHER:
                yield some
                some = []
        if some:
            yield some
