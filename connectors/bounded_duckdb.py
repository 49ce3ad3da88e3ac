"""DuckDB as we open it everywhere: within a bound of memory, and never fetching an extension."""

from pathlib import Path
from typing import Any

import duckdb

_FILE = "file"  # what the file is called inside
_QUIET = "SET enable_progress_bar = false"
"""A worker process has no main file; DuckDB takes it for a person at a screen."""


def opened(path: Path | str, memory: str, row_group: int = 0, **more: str) -> Any:
    """A connection.

    Args:
        path: of the file, or `:memory:`.
        memory: the most it takes, such as `128MB`.
        row_group: rows in each group of a table, a multiple of 2,048; 0 = DuckDB's 122,880. Of
            each group it keeps some 20 kB in memory, beyond the bound, while the file is open.
        more: DuckDB's own settings.

    Raises:
        duckdb.Error: it cannot be opened.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "threads": "1",
        # beside the file, as DuckDB has it by itself only where the file is not attached
        "temp_directory": "" if str(path) == ":memory:" else f"{path}.tmp",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        **more,
    }
    db = duckdb.connect(":memory:" if row_group else str(path), config=config)
    try:
        db.execute(_QUIET)
        if row_group:
            where = str(path).replace("'", "''")
            db.execute(f"ATTACH '{where}' AS {_FILE} (ROW_GROUP_SIZE {row_group})")
            db.execute(f"USE {_FILE}")
    except duckdb.Error:
        db.close()
        raise
    return db


def cursor(db: Any) -> Any:
    """Another connection to a file with row groups of its own size."""
    found = db.cursor()
    found.execute(f"{_QUIET}; USE {_FILE}")
    return found
