"""A CSV or Parquet table of another system, all cells as text.

It must never guess what a cell is.
"""

import csv
from pathlib import Path

from twin_core.errors import BadInput

_MISSING = frozenset({"", "NA", "N/A", "nan", "NaN", "null", "NULL", "None"})


def read_table(path: Path) -> dict[str, list[str | None]]:
    """Column → cells, None where there is nothing.

    Raises:
        BadInput: it cannot be read, or a row has more cells than there are columns.
    """
    try:
        if path.suffix == ".parquet":
            return _parquet(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            head = [name.strip() for name in next(rows, [])]
            found: dict[str, list[str | None]] = {name: [] for name in head}
            for row in rows:
                if len(row) > len(head) and any(row[len(head) :]):
                    raise BadInput(
                        f"{path}, line {rows.line_num}: {len(row)} cells; allowed: {len(head)}."
                    )
                for i, name in enumerate(head):
                    said = row[i].strip() if i < len(row) else ""
                    found[name].append(None if said in _MISSING else said)
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"{path} cannot be read as a table: {problem}.") from problem


def _parquet(path: Path) -> dict[str, list[str | None]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except pa.ArrowInvalid as problem:
        raise BadInput(f"{path} is no Parquet file.") from problem
    return {
        name: [None if (cell := one.as_py()) is None else _said(cell) for one in table[name]]
        for name in table.column_names
    }


def _said(cell: object) -> str:
    return str(cell.isoformat()) if hasattr(cell, "isoformat") else str(cell)
