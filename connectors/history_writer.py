"""The one thread that writes the history file: it gathers, inserts in columns, commits.

Between two commits it does a step of `history_upkeep.py`, if one is due. It must never write row
by row, and never acknowledge before the commit.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

import duckdb
import numpy as np
import structlog
from numpy.typing import NDArray

from connectors.arrow_columns import integers, table
from connectors.history_clocks import Clocks, up
from connectors.history_file import HistoryFile, beyond_use
from connectors.history_upkeep import Upkeep
from connectors.vendor_error import clause
from twin_core.errors import Conflict, StoreDown
from twin_core.ports import LogEntry
from twin_core.reading import Batch
from twin_core.value import Instant

log = structlog.get_logger(__name__)

Entry: TypeAlias = tuple[int, Batch | LogEntry]
"""A sequence number and what it numbers."""

ROWS_PER_COMMIT = 10_000
_LOG = "INSERT INTO log SELECT unnest($1), unnest($2), unnest($3), unnest($4)"


class HistoryWriter:
    """Owns the writing connection from construction to `close`.

    Args:
        db: the connection; nobody else may write with it.
        keys: the integer key of each point index.
        last: the newest sequence number in the file.
        commit_every_s: monotonic seconds between commits while fewer than `ROWS_PER_COMMIT` wait.
        clocks: of the sources; absent = all are right.
        upkeep: what is done between commits; absent = nothing.
        reopen: opens the file anew, once the connection is beyond use; absent = it stays so.

    Attributes:
        db: the connection, another one after the file was opened anew.
        last: the newest durable sequence number.
        rested: set while nothing waits and no upkeep is due.
    """

    def __init__(
        self,
        db: Any,
        keys: NDArray[np.int32],
        last: int,
        commit_every_s: float = 1.0,
        clocks: Clocks | None = None,
        upkeep: Upkeep | None = None,
        reopen: Callable[[], HistoryFile] | None = None,
    ) -> None:
        self.db = db
        self._reopen = reopen
        self._keys = keys
        self._clocks = clocks or Clocks([""] * len(keys))
        self._upkeep = upkeep
        self.rested = threading.Event()
        self._every_s = commit_every_s
        self.last = last
        self._waiting: list[tuple[Sequence[Entry], Future[None]]] = []
        self._rows = 0
        self._closing = False
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="history-writer", daemon=True)
        self._thread.start()

    def put(self, entries: Sequence[Entry]) -> "Future[None]":
        """Queue entries; the future resolves after their commit.

        Raises:
            StoreDown: closed.
        """
        done: Future[None] = Future()
        with self._turn:
            if self._closing:
                raise StoreDown("history", "closed")
            self.rested.clear()
            self._waiting.append((entries, done))
            self._rows += sum(len(item) for _, item in entries if isinstance(item, Batch))
            self._turn.notify()
        return done

    def close(self) -> None:
        """Commit what waits, end the thread, close the connection. Blocks."""
        with self._turn:
            self._closing = True
            self._turn.notify()
        self._thread.join()
        self.db.close()

    def _run(self) -> None:
        due = time.monotonic()
        restless = self._upkeep is not None
        while (work := self._next(due, restless=restless)) is not None:
            if work:
                self._commit(work)
                due = time.monotonic() + self._every_s
            restless = self._upkeep is not None and self._upkeep.step(self.last)
        self.rested.set()

    def _next(
        self, due: float, *, restless: bool
    ) -> "list[tuple[Sequence[Entry], Future[None]]] | None":
        """What is to be committed; nothing while upkeep may use the time; None to end."""
        with self._turn:
            while not (self._closing or self._rows >= ROWS_PER_COMMIT):
                rest = due - time.monotonic()
                if self._waiting and rest <= 0:
                    break
                if restless:
                    return []
                if not self._waiting:
                    self.rested.set()
                self._turn.wait(rest if self._waiting else None)
            work, self._waiting, self._rows = self._waiting, [], 0
            return None if self._closing and not work else work

    def _commit(self, work: list[tuple[Sequence[Entry], "Future[None]"]]) -> None:
        seq = self.last
        accepted: list[tuple[Sequence[Entry], Future[None]]] = []
        for entries, done in work:
            numbers = [seq, *(number for number, _ in entries)]
            if any(a >= b for a, b in itertools.pairwise(numbers)):
                done.set_exception(Conflict("sequence numbers", f"the log stands at {seq}"))
                continue
            accepted.append((entries, done))
            seq = numbers[-1]
        found = [entry for entries, _ in accepted for entry in entries]
        problem = self._tried(found)
        if problem is not None and self._mended(problem):
            # The commit that failed may have come through all the same.
            problem = None if self.last >= seq else self._tried(found)
            if problem is None:
                log.warning("the history had to be opened again; nothing in it is lost")
        if problem is not None:
            for _, done in accepted:
                done.set_exception(StoreDown("history", clause(problem)))
            return
        self.last = seq
        if self._upkeep is not None and accepted:
            self._upkeep.heard(max(_time(item) for items, _ in accepted for _, item in items))
        for _, done in accepted:
            done.set_result(None)

    def _tried(self, entries: list[Entry]) -> Exception | None:
        """Why they could not be stored; None when they are."""
        try:
            self._insert(entries)
        except Exception as problem:  # noqa: BLE001 (whatever it is, the waiting callers are told)
            self._undo()
            return problem
        return None

    def _mended(self, problem: Exception) -> bool:
        """Whether the file was beyond use and has been opened anew; else it is tried again."""
        if self._reopen is None or not beyond_use(self.db, problem):
            return False
        self.db.close()
        try:
            file = self._reopen()
        except StoreDown:
            return False
        self.db, self.last = file.db, file.last
        self._clocks, self._upkeep = file.clocks, file.upkeep
        return True

    def _insert(self, entries: list[Entry]) -> None:
        if not entries:
            return
        clocks = self._clocks.copy()
        batches: list[tuple[int, Batch]] = []
        instants: list[NDArray[np.int64]] = []
        for seq, item in entries:
            if isinstance(item, Batch):
                batches.append((seq, item))
                instants.append(clocks.instants(item))
            else:
                clocks.hear(item)
        tables: dict[str, Any] = {}
        if batches:
            tables["reading"] = self._readings(batches, np.concatenate(instants))
        texts = [(seq, at, text) for seq, b in batches for at, text in b.original.items()]
        if texts:
            seqs, places, words = zip(*texts, strict=True)
            # JSON may hold half a surrogate pair, which no UTF-8 can: one would stop the log.
            told = [word.encode(errors="backslashreplace").decode() for word in words]
            tables["original"] = table(
                {"seq": integers(seqs), "place": integers(places), "text": told}
            )
        if ups := list(_ups(entries)):
            seqs, names, ahead = zip(*ups, strict=True)
            tables["clock"] = table(
                {"seq": integers(seqs), "source": names, "ahead": integers(ahead)}
            )
        self.db.execute("BEGIN")
        self.db.execute(_LOG, self._log(entries))  # few: a table of its own costs more than they do
        for name, rows in tables.items():
            self.db.from_arrow(rows).insert_into(name)
        self.db.execute("COMMIT")
        self._clocks = clocks

    def _undo(self) -> None:
        try:
            self.db.execute("ROLLBACK")
        except duckdb.Error:
            return  # it had not begun, the failed commit undid it, or the file is beyond use

    @staticmethod
    def _log(entries: list[Entry]) -> list[Any]:
        rows = [
            (seq, item.kind, item.time, json.dumps(item.body))
            if isinstance(item, LogEntry)
            else (seq, "batch", _time(item), "null")
            for seq, item in entries
        ]
        return [list(column) for column in zip(*rows, strict=True)]

    def _readings(self, batches: list[tuple[int, Batch]], instants: NDArray[np.int64]) -> Any:
        lengths = [len(batch) for _, batch in batches]
        whole = Batch.joined([batch for _, batch in batches])
        late = np.zeros(len(whole), bool)
        late[list(whole.late)] = True
        return table(
            {
                "seq": np.repeat(np.asarray([seq for seq, _ in batches], np.int64), lengths),
                "place": np.concatenate([np.arange(n, dtype=np.int32) for n in lengths]),
                "point": self._keys[whole.point],
                "time": whole.time,
                "value": whole.value,
                "status": whole.status,
                "received": whole.received,
                "late": late,
                "instant": instants,
            }
        )


def _time(item: Batch | LogEntry) -> Instant:
    """Plant time of an entry, by our clock; 0 of a batch without readings."""
    if isinstance(item, LogEntry):
        return item.time
    return int(item.received[-1]) if len(item) else 0


def _ups(entries: Sequence[Entry]) -> Iterator[tuple[int, str, int]]:
    """How far the clock of each source was ahead of plant time when it came up."""
    for seq, item in entries:
        if isinstance(item, LogEntry) and (found := up(item)):
            yield seq, found[0], found[1]
