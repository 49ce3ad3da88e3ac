"""DuckDB as we open it everywhere: within a bound of memory, and never fetching an extension."""

from pathlib import Path
from typing import Any

import duckdb


def opened(path: Path | str, memory: str, **more: str) -> Any:
    """A connection.

    Args:
        path: of the file, or `:memory:`.
        memory: the most it takes, such as `128MB`.
        more: DuckDB's own settings.

    Raises:
        duckdb.Error: it cannot be opened.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "threads": "1",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        **more,
    }
    return duckdb.connect(str(path), config=config)
