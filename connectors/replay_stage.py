"""Readings of files, in the order of time, on disk beside us until they are replayed.

Files are read once and sorted by DuckDB within a bound of memory, whatever their size; what is
staged lies in a temporary folder (TMPDIR) and goes with the stage. What cannot be a reading is
told with file and line, counted, and never stops the rest. Blocking; one thread at a time.
"""

import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from connectors import bounded_duckdb
from connectors.replay_file import REJECTS, TableFile
from connectors.replay_options import ReplayAddress, ReplayOptions
from connectors.vendor_error import clause
from twin_core.errors import SourceDown
from twin_core.value import SECOND, Instant

PAGE = 10_000
"""Readings read back at once."""
_MEMORY = "128MB"
_TOLD = 20  # bad rows that are told one by one
_ROW = 80  # characters of a bad row that are told


@dataclass
class Staged:
    """What was staged of some files.

    Attributes:
        rows: readings.
        first, last: times of the first and the last, microseconds UTC.
        points: of how many points.
        bad: rows that are no readings, as far as was counted.
        told: some of them, one sentence each, with file and line.
        refused: files that cannot be read at all, one clause each.
    """

    rows: int = 0
    first: Instant = 0
    last: Instant = 0
    points: int = 0
    bad: int = 0
    told: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Stage:
    """A place for the readings of one source's files.

    Args:
        source: its id, for errors.
        options: how the files are written.
        points: index → address of the points that are read.
    """

    def __init__(
        self, source: str, options: ReplayOptions, points: Mapping[int, ReplayAddress]
    ) -> None:
        self._source, self._options, self._points = source, options, points
        self._turn = threading.Lock()
        self._folder: Path | None = None
        self._db: Any = None
        self._closed = False

    def take(self, files: Sequence[Path]) -> Staged:
        """Stage the readings of these files in place of those before.

        Raises:
            SourceDown: none of them can be read, or there is no room.
        """
        with self._turn:
            db = self._open()
            try:
                return self._taken(db, files)
            except (duckdb.Error, OSError) as problem:
                raise SourceDown(self._source, clause(problem)) from problem

    def page(self, at: int) -> dict[str, Any]:
        """Columns t, p, v, x, s of at most `PAGE` readings from the `at`-th on, masked arrays.

        Raises:
            SourceDown: the stage is closed, or its disk fails.
        """
        with self._turn:
            db = self._open()
            try:
                query = "SELECT t, p, v, x, s FROM reading WHERE rowid >= $1 AND rowid < $2"
                found: dict[str, Any] = db.execute(query, [at, at + PAGE]).fetchnumpy()
            except duckdb.Error as problem:
                raise SourceDown(self._source, clause(problem)) from problem
            return found

    def close(self) -> None:
        """Let go of everything, also of what is being read."""
        self._closed = True
        if (db := self._db) is not None:
            db.interrupt()
        with self._turn:
            if self._db is not None:
                self._db.close()
                self._db = None
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _open(self) -> Any:
        if self._closed:
            raise SourceDown(self._source, "closed")
        if self._db is None:
            try:
                self._folder = Path(tempfile.mkdtemp(prefix="opstwin-replay-"))
                file, spill = self._folder / "stage.duckdb", str(self._folder / "spill")
                self._db = bounded_duckdb.opened(file, _MEMORY, temp_directory=spill)
                self._db.execute(f"SET TimeZone = '{self._options.timezone or 'UTC'}'")
            except (duckdb.Error, OSError) as problem:
                raise SourceDown(self._source, clause(problem)) from problem
        return self._db

    def _taken(self, db: Any, files: Sequence[Path]) -> Staged:
        done = Staged()
        for table in ("reading", "raw"):
            db.execute(f"DROP TABLE IF EXISTS {table}")
        db.execute("CREATE TABLE raw (t BIGINT, p INTEGER, v DOUBLE, x VARCHAR, s VARCHAR)")
        for path in files:
            try:
                self._read(db, path, done)
            except SourceDown as problem:
                done.refused.append(problem.reason)
            except (duckdb.Error, OSError) as problem:
                if self._closed:
                    raise
                done.refused.append(f"{path.name}: {clause(problem)}")
        start = self._options.start
        least = 0 if start is None else round(start.timestamp() * SECOND)
        db.execute(
            "CREATE TABLE reading AS SELECT t, p, v, x, s FROM raw WHERE p >= 0 AND t >= $1 "
            "ORDER BY t, p",
            [least],
        )
        db.execute("DROP TABLE raw")
        found = db.execute("SELECT count(*), min(t), max(t), count(DISTINCT p) FROM reading")
        done.rows, first, last, done.points = found.fetchone()
        done.first, done.last = first or 0, last or 0
        if not done.rows and done.refused:
            raise SourceDown(self._source, done.refused[0])
        return done

    def _read(self, db: Any, path: Path, done: Staged) -> None:
        file = TableFile.opened(db, path, self._options)
        for table in (REJECTS, f"{REJECTS}_scan"):
            db.execute(f"DROP TABLE IF EXISTS {table}")
        timeless = "SELECT count(*) FROM raw WHERE p < 0"
        (before,) = db.execute(timeless).fetchone()
        query = file.readings(db, self._source, self._options, self._points)
        db.execute(f"INSERT INTO raw {query}")
        (after,) = db.execute(timeless).fetchone()
        if after > before:
            done.bad += after - before
            done.told.append(f"{path.name}: {after - before} without a time")
        if path.name.lower().endswith(".parquet"):
            return
        (refused,) = db.execute(f"SELECT count(DISTINCT line) FROM {REJECTS}").fetchone()  # noqa: S608
        done.bad += refused
        rows = db.execute(
            f"SELECT line, first(error_message), first(csv_line) FROM {REJECTS} "  # noqa: S608
            f"GROUP BY line ORDER BY line LIMIT {_TOLD}"
        ).fetchall()
        room = max(0, _TOLD - len(done.told))
        done.told += [
            f"{path.name}:{line}: {clause(ValueError(why))} — {(row or '').strip()[:_ROW]}"
            for line, why, row in rows[:room]
        ]
