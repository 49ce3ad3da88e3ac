"""The log and the readings in InfluxDB 2: a Historian for more than one machine.

`append` returns once the lines are on this machine's disk, in a bounded buffer; one thread sends
them on. Whatever reads waits until all that was appended before is with the server, or fails: a
reader never sees less than was acknowledged. The server must have been reached once before
anything is taken, since it knows where the log stands; after that it may be away.

There are no tiers: the server makes buckets out of readings, and lets go of readings itself, by
the age of their plant time. What is let go of is gone from a replay too; the log's other entries
are kept for ever. Which tests ran on what is told in the README.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from connectors import influx_queries
from connectors.backoff import Backoff
from connectors.history_clocks import Clocks, up
from connectors.history_cuts import cuts, shares
from connectors.history_frame import framed
from connectors.history_writer import Entry
from connectors.influx_lines import Lines
from connectors.influx_pages import together
from connectors.influx_rows import Rows
from connectors.influx_server import Access, InfluxServer, Series
from connectors.influx_shipper import Shipper
from connectors.influx_spool import MEBIBYTE, Spool
from twin_core.errors import Conflict, StoreDown
from twin_core.ports import Health, LogEntry
from twin_core.reading import Batch
from twin_core.value import SECOND, Instant

if TYPE_CHECKING:
    import pandas as pd

_PAGE = 500  # log entries read at once in a replay
_PATIENCE_S = 10.0  # monotonic seconds for which a reader waits for what is on its way


class HistoryInfluxDB:
    """A Historian on a server, with a folder on this machine for what waits.

    Args:
        access: where the server is.
        folder: for the buffer (`*.lp`) and the lines that the server refused (`refused.txt`).
        points: ids in the order of `Plant.points`.
        aliases: former id → id, so that a renamed point keeps its past.
        sources: the source of each point; where it is absent its clock is taken to be right.
        keep_days: how long the server keeps readings; None = for ever.
        buffer_bytes: how much may wait on disk.
        send_every_s: monotonic seconds for which fewer than 5,000 lines wait for more.
        backoff: how long to wait between tries to reach the server.

    Raises:
        StoreDown: the folder cannot be used.
        WrongKind: an address that cannot be.
    """

    def __init__(
        self,
        access: Access,
        folder: Path,
        points: Sequence[str],
        aliases: Mapping[str, str] | None = None,
        sources: Sequence[str] = (),
        keep_days: float | None = None,
        buffer_bytes: int = 1024 * MEBIBYTE,
        send_every_s: float = 1.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._server = InfluxServer(access)
        self._spool = Spool(folder, buffer_bytes)
        self._shipper = Shipper(
            self._spool, self._server, folder / "refused.txt", send_every_s, backoff
        )
        self._ids = tuple(points)
        self._sources = tuple(sources) or ("",) * len(points)
        self._names = influx_queries.Names(points, aliases or {})
        self._keep_days = keep_days
        self._lines: Lines | None = None
        self._last = 0
        self._ahead = (0, 0)  # the most that any clock was ever behind and ahead, µs
        self._closed = False
        self._hand = ThreadPoolExecutor(1, "influx-append")

    async def append(self, entries: Sequence[Entry]) -> None:
        """Store entries; returns once they are on this machine's disk, to be sent on.

        Raises:
            Conflict: a sequence number at or before the one before it; nothing was stored.
            StoreDown: the buffer is full, the disk refuses, the server was never reached, or
                closed; nothing was stored.
        """
        if self._closed:
            raise StoreDown("history", "closed")
        await asyncio.shield(asyncio.wrap_future(self._hand.submit(self._append, entries)))

    async def raw(self, points: Sequence[int], start: Instant, end: Instant) -> Batch:
        """Readings of these points with `start ≤ source time < end`, by point, then time."""
        await self._ready()
        behind, ahead = self._ahead
        rows = await self._rows(points, start - ahead, end - behind)
        inside = np.flatnonzero((rows.time >= start) & (rows.time < end))
        order = np.lexsort([c[inside] for c in (rows.place, rows.seq, rows.time, rows.point)])
        return rows.batch(inside[order])

    async def heard(
        self, points: Sequence[int], start: Instant, end: Instant
    ) -> AsyncIterator[Batch]:
        """Readings of these points with `start ≤ plant time < end`, by plant time, then point.

        Their `time` is plant time, from 1970 on; batches are of about 100,000, none is empty.
        """
        start = max(0, start)
        counts: dict[Instant, int] = {}
        for condition in self._names.conditions(points):
            for found in await self._asked(influx_queries.minutes(condition, start, end)):
                for at, count in found.rows:
                    counts[at // 1000] = counts.get(at // 1000, 0) + count
        for low, high in pairwise(cuts(sorted(counts.items()), start, end)):
            rows = await self._rows(points, low, high)
            order = np.lexsort((rows.place, rows.seq, rows.point, rows.instant))
            if len(order):
                yield rows.batch(order, plant_time=True)

    async def frame(self, points: Sequence[int], start: Instant, end: Instant) -> "pd.DataFrame":
        """What `heard` gives, as one pandas frame; see `history_frame.py`."""
        return framed([batch async for batch in self.heard(points, start, end)], self._ids)

    async def buckets(
        self, point: int, start: Instant, end: Instant, n: int
    ) -> dict[str, NDArray[np.float64]]:
        """`n` equal buckets: middle time (s), mean, low, high, count; empty ones NaN and 0.

        The server makes them. A reading less than n nanoseconds before an edge may stand in the
        next bucket; every reading counts once and no extreme is lost.
        """
        out = {name: np.full(n, np.nan) for name in ("mean", "low", "high")}
        out["time"] = (start + (end - start) / n * (np.arange(n) + 0.5)) / SECOND
        out["count"] = np.zeros(n)
        (condition,) = self._names.conditions([point])
        statement, width = influx_queries.buckets(condition, start, end, n)
        for found in await self._asked(statement):
            for at, mean, low, high, count in found.rows:
                # What the rounded width leaves over at the end belongs to the last bucket.
                i = min((at - start * 1000) // width, n - 1)
                before = out["count"][i]
                whole = before + count
                out["mean"][i] = (
                    (out["mean"][i] * before + mean * count) / whole if before else mean
                )
                out["low"][i] = np.fmin(out["low"][i], low)
                out["high"][i] = np.fmax(out["high"][i], high)
                out["count"][i] = whole
        return out

    async def replay(self, after: int = 0) -> AsyncIterator[Entry]:
        """The log in sequence order, from the entry after `after`.

        Readings of points that the plant no longer has are left out of their batch.
        """
        log = self._server.access.log
        while found := await self._asked(influx_queries.entries(after, _PAGE), log):
            (series,) = found
            for rows in shares(series.rows):
                for entry in await self._entries(rows):
                    yield entry
            after = series.rows[-1][0]

    async def last_seq(self) -> int:
        """The newest durable sequence number, 0 when empty."""
        await self._ready()
        return self._last

    async def health(self) -> Health:
        """Whether the server is there, what waits on disk, what it refused."""
        parts = [self._shipper.away] if self._shipper.away else []
        if self._spool.waiting and self._shipper.away:
            parts.append(f"{self._spool.waiting / MEBIBYTE:.1f} MiB of readings wait on disk")
        if refused := self._shipper.refused_lines:
            parts.append(f"{refused} lines refused since the start, kept in refused.txt")
        return Health(
            source="influxdb",
            up=not self._shipper.away,
            detail="; ".join(parts) or "all is with the server",
        )

    async def close(self) -> None:
        """Send what goes quickly; what does not stays on disk and is sent after the next start."""
        self._closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._shipper.close()  # first: whoever waits until all is with the server goes on
        self._hand.shutdown()
        self._spool.close()
        self._server.close()

    def _append(self, entries: Sequence[Entry]) -> None:
        self._open()
        assert self._lines is not None
        numbers = [self._last, *(seq for seq, _ in entries)]
        if any(a >= b for a, b in pairwise(numbers)):
            raise Conflict("sequence numbers", f"the log stands at {self._last}")
        if not entries:
            return
        lines = self._lines.copy()
        text = list(itertools.chain(*(lines.of(seq, item) for seq, item in entries)))
        self._spool.put(text)
        self._lines, self._last = lines, numbers[-1]
        for _, item in entries:
            if isinstance(item, LogEntry) and (came := up(item)):
                self._ahead = (min(self._ahead[0], came[1]), max(self._ahead[1], came[1]))
        self._shipper.added()

    def _open(self) -> None:
        """Learn from the server where the log stands; once."""
        if self._lines is not None:
            return
        server = self._server
        if self._shipper.away:
            self._shipper.flush()
        server.prepare(self._keep_days)
        self._shipper.flush()
        log = server.access.log
        clocks, index = Clocks(self._sources), {point: i for i, point in enumerate(self._ids)}
        for found in server.query(log, influx_queries.AHEAD):
            for _, ahead in found.rows:
                clocks.set(found.tags["source"], ahead)
        for found in server.query(log, influx_queries.EXTREMES):
            for _, behind, ahead in found.rows:
                self._ahead = (min(0, behind), max(0, ahead))
        newest = [
            (int(found.tags["lane"]), index[found.tags["point"]], at)
            for found in server.query(server.access.bucket, influx_queries.NEWEST)
            for at, _ in found.rows
            if found.tags["point"] in index
        ]
        self._last = max(
            (at for found in server.query(log, influx_queries.LAST) for at, *_ in found.rows),
            default=0,
        )
        self._lines = Lines(self._ids, clocks, newest)

    async def _ready(self) -> None:
        """Everything appended so far is with the server."""
        if self._closed:
            raise StoreDown("history", "closed")
        await asyncio.wrap_future(self._hand.submit(self._open))
        await asyncio.to_thread(self._shipper.flush, _PATIENCE_S)

    async def _asked(self, statement: str, bucket: str = "") -> list[Series]:
        await self._ready()
        where = bucket or self._server.access.bucket
        return await asyncio.to_thread(self._server.query, where, statement)

    async def _rows(self, points: Sequence[int], start: Instant, end: Instant) -> Rows:
        found: list[Series] = []
        for condition in self._names.conditions(points):
            found += await self._asked(influx_queries.readings(condition, start, end))
        return Rows.of(found, self._names.index)

    async def _entries(self, log: Sequence[Sequence[Any]]) -> list[Entry]:
        """Entries of the log, from their rows (seq, kind, at, body, n, spans) in order."""
        first, last = log[0][0], log[-1][0]
        found: list[Series] = []
        for span in together(span for row in log for span in json.loads(row[5] or "[]")):
            found += await self._asked(influx_queries.logged(first, last, span))
        rows = Rows.of(found, self._names.index)
        order = np.lexsort((rows.place, rows.seq))
        seqs = rows.seq[order]
        entries: list[Entry] = []
        for seq, kind, at, body, *_ in log:
            if kind == "batch":
                left, right = np.searchsorted(seqs, [seq, seq + 1])
                entries.append((seq, rows.batch(order[left:right])))
            else:
                entries.append((seq, LogEntry(seq=seq, kind=kind, time=at, body=json.loads(body))))
        return entries
