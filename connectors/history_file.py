"""A history file, open: at the start, and anew after an error that left DuckDB refusing everything.

On a full disk DuckDB may give a file up as a whole (“database has been invalidated”) though
nothing durable is lost; it must be closed and opened again before it serves. Nothing here writes
an entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from connectors import bounded_duckdb
from connectors.history_clocks import Clocks
from connectors.history_packing import ROW_GROUP
from connectors.history_retention import Retention
from connectors.history_schema import key_points, migrate
from connectors.history_upkeep import Upkeep
from connectors.vendor_error import clause
from twin_core.errors import StoreDown

_BEYOND_USE = (duckdb.FatalException, duckdb.ConnectionException)
"""Errors after which the connection serves nobody any more; the second: it was closed."""

_MEMORY = "64MB"
"""An hour of 10,000 points at 1 Hz is packed in it; more only caches what the system caches too."""


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """What is known of a file when it has been opened.

    Attributes:
        db: the connection.
        keys: of the points, in their order.
        last: the newest durable sequence number, 0 when empty.
    """

    db: Any
    keys: list[int]
    last: int
    clocks: Clocks
    upkeep: Upkeep

    @classmethod
    def opened(
        cls,
        path: Path,
        points: Sequence[str],
        aliases: Mapping[str, str],
        sources: Sequence[str],
        keep: Retention,
    ) -> "HistoryFile":
        """Open the file, made when absent; only one process can have it open.

        Raises:
            StoreDown: it cannot be opened, or is of a newer schema.
        """
        source_of = dict(zip(points, sources, strict=True))
        source_of.update({old: source_of[new] for old, new in aliases.items()})
        db = None
        try:
            db = bounded_duckdb.opened(path, _MEMORY, ROW_GROUP, allocator_flush_threshold="8MB")
            migrate(db, source_of)
            keys = key_points(db, points, aliases)
            newest = db.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
            clocks = Clocks.of(db, sources)
            return cls(db, keys, newest[0] if newest else 0, clocks, Upkeep(db, keep))
        except duckdb.Error as problem:
            if db is not None:
                db.close()
            raise StoreDown("history", clause(problem)) from problem


def beyond_use(db: Any, problem: Exception) -> bool:
    """Whether the connection serves nobody any more, after that problem with it.

    DuckDB may also name an ordinary one, and have given up the file all the same.
    """
    if isinstance(problem, _BEYOND_USE):
        return True
    try:
        db.execute("SELECT seq FROM log LIMIT 1")
    except duckdb.Error:
        return True
    return False
