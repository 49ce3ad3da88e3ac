"""CSV: each row a section, its cells named by the first row."""

import csv
import io
import re
from collections.abc import Sequence

from knowledge.readers.section import MOST_TEXT, Contents, Section, decoded
from twin_core.errors import DocumentError

_ROWS = 50_000
_COLUMNS = 500
_KEYS = 3
"""Of the first columns, so many at most tell rows apart; else their numbers do."""
_CLASS = re.compile(r"^(?:asset|equipment)?[ _-]?(?:class|type)$", re.IGNORECASE)


def read(data: bytes, file: str) -> Contents:
    """A row a section, headed by the first cells that tell it from the others.

    A column “class” (“asset class”, “equipment type”) says which equipment class a row is about.

    Raises:
        DocumentError: no table, a row of another width, or larger than is taken.
    """
    text = decoded(data, file)
    header, *rows = _rows(text, file)
    names = [name.strip() or f"column {i}" for i, name in enumerate(header, 1)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DocumentError(file, f"two columns are named “{twice}”", "a name for each column")
    keys = _keys(rows)
    kinds = [i for i, name in enumerate(names) if _CLASS.match(name)]
    sections = []
    for number, row in enumerate(rows, 2):
        heading = ", ".join(cell.strip() for cell in row[:keys]) if keys else f"row {number}"
        said = "\n".join(
            f"{name}: {' '.join(cell.split())}"
            for name, cell in zip(names, row, strict=True)
            if cell.strip()
        )
        classes = tuple(slug for i in kinds if (slug := _slug(row[i])))
        sections.append(Section(heading[:200], said, key=heading, classes=classes))
    return Contents("", sections)


def _rows(text: str, file: str) -> list[list[str]]:
    first = text.split("\n", 1)[0]
    separator = max(",;\t|", key=first.count)
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator, strict=True):
            if not any(cell.strip() for cell in row):
                continue
            if found and len(row) != len(found[0]):
                raise DocumentError(
                    file, f"row {len(found) + 1} has {len(row)} cells", f"{len(found[0])}, as above"
                )
            found.append(row)
            if len(found) > _ROWS or len(row) > _COLUMNS:
                raise DocumentError(
                    file, "the table is too large", f"at most {_ROWS} rows of {_COLUMNS} cells"
                )
    except csv.Error as problem:
        raise DocumentError(file, f"row {len(found) + 1}: {problem}", "CSV") from problem
    if len(found) < 2 or len(text) + len(found) * sum(map(len, found[0])) > 4 * MOST_TEXT:
        raise DocumentError(
            file, "it has no rows, or too many words", "a first row of names, and rows below it"
        )
    return found


def _keys(rows: Sequence[Sequence[str]]) -> int:
    for n in range(1, min(_KEYS, len(rows[0])) + 1):
        found = {tuple(cell.strip() for cell in row[:n]) for row in rows}
        if len(found) == len(rows) and ("",) * n not in found:
            return n
    return 0


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:100]
