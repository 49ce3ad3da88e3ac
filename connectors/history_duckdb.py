"""The log, the readings and their tiers in one DuckDB file: a Historian.

Every reading is kept as it came: value, status, receive time, whether it was late and, where it
was no number, its text. Nothing here judges or corrects a reading; after their time they are let
go (`history_retention.py`). Writing is `history_writer.py`'s alone; this reads, through cursors.
"""

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import numpy as np
from numpy.typing import NDArray

from connectors import bounded_duckdb
from connectors.history_buckets import bucketed
from connectors.history_cuts import cuts, shares
from connectors.history_file import HistoryFile
from connectors.history_frame import framed
from connectors.history_retention import Retention
from connectors.history_tiers import MINUTE
from connectors.history_writer import Entry, HistoryWriter
from connectors.vendor_error import clause
from twin_core.errors import StoreDown
from twin_core.ports import Health, LogEntry
from twin_core.reading import Batch
from twin_core.value import SECOND, Instant

if TYPE_CHECKING:
    import pandas as pd

_T = TypeVar("_T")
_PAGE = 500  # log entries looked at together in a replay; their readings are read in parts

_RAW = """
    SELECT r.*, o.text FROM kept r LEFT JOIN original o USING (seq, place)
    WHERE r.point IN ({keys}) AND r.{clock} >= $1 AND r.{clock} < $2
"""
_MINUTELY = f"""
    SELECT instant // {MINUTE} * {MINUTE} AS start, count(*) FROM kept
    WHERE point IN ({{keys}}) AND instant >= $1 AND instant < $2 GROUP BY start ORDER BY start
"""  # noqa: S608 (our constants)
_LOG = "SELECT seq, kind, time, body FROM log WHERE seq > $1 ORDER BY seq LIMIT $2"
_COUNTS = "SELECT seq, count(*) AS count FROM logged WHERE seq BETWEEN $1 AND $2 GROUP BY seq"
_READINGS = """
    SELECT r.*, o.text FROM logged r
    LEFT JOIN (FROM original WHERE seq BETWEEN $1 AND $2) o USING (seq, place)
    WHERE r.seq BETWEEN $1 AND $2
"""


class HistoryDuckDB:
    """A Historian in a file.

    A commit is made once 10,000 rows wait or `commit_every_s` have passed since the last one,
    whichever is first: callers append what they have as soon as they have it, and need no timer.

    Args:
        path: the file; made when absent. Only one process can have it open.
        points: ids in the order of `Plant.points`; the file keeps its own stable integer keys.
        aliases: former id → id, so that a renamed point keeps its past.
        sources: the source of each point; where it is absent its clock is taken to be right.
        commit_every_s: monotonic seconds between commits while little arrives.
        keep: how long readings and tiers are kept; by default for ever.

    Raises:
        StoreDown: the file cannot be opened, or is of a newer schema.
    """

    def __init__(
        self,
        path: Path,
        points: Sequence[str],
        aliases: Mapping[str, str] | None = None,
        sources: Sequence[str] = (),
        commit_every_s: float = 1.0,
        keep: Retention | None = None,
    ) -> None:
        open_file = functools.partial(
            HistoryFile.opened,
            path,
            points,
            aliases or {},
            tuple(sources) or ("",) * len(points),
            keep or Retention(),
        )
        file = open_file()
        self._ids = tuple(points)
        self._keys = np.asarray(file.keys, dtype=np.int32)
        # One entry more than there are keys: what the plant no longer has maps to -1.
        self._index = np.full(int(self._keys.max(initial=-1)) + 2, -1, dtype=np.int32)
        self._index[self._keys] = np.arange(len(self._keys), dtype=np.int32)
        self._writer = HistoryWriter(
            file.db, self._keys, file.last, commit_every_s, file.clocks, file.upkeep, open_file
        )

    async def append(self, entries: Sequence[Entry]) -> None:
        """Store entries; returns once they are durable.

        Raises:
            Conflict: a sequence number at or before the one before it; nothing was stored.
            StoreDown: the file cannot be written, or is closed; nothing was stored.
        """
        await asyncio.shield(asyncio.wrap_future(self._writer.put(entries)))

    async def raw(self, points: Sequence[int], start: Instant, end: Instant) -> Batch:
        """Readings of these points with `start ≤ source time < end`, by point, then time."""
        query = _RAW.format(keys=self._listed(points), clock="time")
        ask = functools.partial(_columns, query=query, given=(start, end))
        rows = await self._read(ask)
        order = np.lexsort((rows["place"], rows["seq"], rows["time"], self._indices(rows)))
        return self._batch(rows, order)

    async def heard(
        self, points: Sequence[int], start: Instant, end: Instant
    ) -> AsyncIterator[Batch]:
        """Readings of these points with `start ≤ plant time < end`, by plant time, then point.

        Their `time` is plant time, from 1970 on; batches are of about 100,000, none is empty.
        Nothing is held open between two of them.
        """
        keys = self._listed(points)
        query = _RAW.format(keys=keys, clock="instant")
        span = [max(0, start), end]
        minutes = await self._read(
            lambda db: db.execute(_MINUTELY.format(keys=keys), span).fetchall()
        )
        for cut in pairwise(cuts(minutes, *span)):
            ask = functools.partial(_columns, query=query, given=cut)
            rows = await self._read(ask)
            order = np.lexsort((rows["place"], rows["seq"], self._indices(rows), rows["instant"]))
            if len(order):
                yield self._batch({**rows, "time": rows["instant"]}, order)

    async def frame(self, points: Sequence[int], start: Instant, end: Instant) -> "pd.DataFrame":
        """What `heard` gives, as one pandas frame; see `history_frame.py`."""
        return framed([batch async for batch in self.heard(points, start, end)], self._ids)

    async def buckets(
        self, point: int, start: Instant, end: Instant, n: int
    ) -> dict[str, NDArray[np.float64]]:
        """`n` equal buckets: middle time (s), mean, low, high, count; empty ones NaN and 0.

        Times are plant time: source time less what the source's clock was ahead when it last came
        up. Readings of Bad status and those without a finite number are left out. Which tier
        serves, and what that means at the edges, is told in `history_buckets.py`.
        """
        key = int(self._keys[point])
        rows = await self._read(lambda db: bucketed(db, key, start, end, n))
        out = {name: np.full(n, np.nan) for name in ("mean", "low", "high")}
        out["time"] = (start + (end - start) / n * (np.arange(n) + 0.5)) / SECOND
        out["count"] = np.zeros(n)
        for name in ("mean", "low", "high", "count"):
            out[name][rows["bucket"]] = rows[name]
        return out

    async def replay(self, after: int = 0) -> AsyncIterator[Entry]:
        """The log in sequence order, from the entry after `after`.

        Readings of points that the plant no longer has are left out of their batch.
        """
        while log := await self._read(functools.partial(_rows, query=_LOG, given=(after, _PAGE))):
            ends = [log[0][0], log[-1][0]]
            rows = await self._read(functools.partial(_columns, query=_COUNTS, given=ends))
            counts = dict(zip(rows["seq"].tolist(), rows["count"].tolist(), strict=True))
            for share in shares([(*row, counts.get(row[0])) for row in log]):
                for entry in await self._entries(share):
                    yield entry
            after = ends[1]

    async def last_seq(self) -> int:
        """The newest durable sequence number, 0 when empty."""
        return self._writer.last

    async def health(self) -> Health:
        """Up; what is wrong with the file is told by whoever meets it."""
        return Health(source="duckdb", up=True, detail=f"whole up to entry {self._writer.last}")

    async def rested(self) -> None:
        """Returns once nothing waits and nothing is due: tiers whole, closed hours packed."""
        await asyncio.to_thread(self._writer.rested.wait)

    async def close(self) -> None:
        """Commit what waits and let go of the file."""
        await asyncio.to_thread(self._writer.close)

    async def _read(self, ask: Callable[[Any], _T]) -> _T:
        def run() -> _T:
            try:
                with bounded_duckdb.cursor(self._writer.db) as cursor:
                    return ask(cursor)
            except duckdb.Error as problem:
                raise StoreDown("history", clause(problem)) from problem

        return await asyncio.to_thread(run)

    async def _entries(self, log: Sequence[Sequence[Any]]) -> list[Entry]:
        """Entries whole, from their rows of the log."""
        ends = [log[0][0], log[-1][0]]
        rows = await self._read(functools.partial(_columns, query=_READINGS, given=ends))
        order = np.lexsort((rows["place"], rows["seq"]))
        order = order[self._indices(rows)[order] >= 0]
        seqs = rows["seq"][order]
        found: list[Entry] = []
        for seq, kind, when, body, _ in log:
            if kind == "batch":
                left, right = np.searchsorted(seqs, [seq, seq + 1])
                found.append((seq, self._batch(rows, order[left:right])))
            else:
                found.append((seq, LogEntry(seq=seq, kind=kind, time=when, body=json.loads(body))))
        return found

    def _listed(self, points: Sequence[int]) -> str:
        """Their keys as SQL writes a list; one that no point has stands for none."""
        return ", ".join(map(str, self._keys[np.asarray(points, dtype=np.int64)])) or "-1"

    def _indices(self, rows: dict[str, Any]) -> NDArray[np.int32]:
        found: NDArray[np.int32] = self._index[np.minimum(rows["point"], len(self._index) - 1)]
        return found

    def _batch(self, rows: dict[str, Any], take: NDArray[np.intp]) -> Batch:
        texts = np.ma.masked_array(rows["text"])[take]
        return Batch(
            point=self._indices(rows)[take],
            time=np.asarray(rows["time"])[take],
            value=np.asarray(rows["value"])[take],
            status=np.asarray(rows["status"])[take],
            received=np.asarray(rows["received"])[take],
            original={int(i): str(texts[i]) for i in np.flatnonzero(~np.ma.getmaskarray(texts))},
            late=frozenset(np.flatnonzero(np.asarray(rows["late"])[take]).tolist()),
        )


def _rows(db: Any, query: str, given: Sequence[int]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = db.execute(query, list(given)).fetchall()
    return found


def _columns(db: Any, query: str, given: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = db.execute(query, list(given)).fetchnumpy()
    return found
