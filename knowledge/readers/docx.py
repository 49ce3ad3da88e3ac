"""DOCX: paragraphs, headings and tables. Macros are refused, links and pictures not followed."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from knowledge.readers.section import Contents, Outline
from twin_core.errors import DocumentError

if TYPE_CHECKING:
    from docx.document import Document

_PARTS = 5_000
_UNPACKED = 256 << 20
_RATIO = 200
"""So many times smaller than its content, and beyond a mebibyte, a part is a trap."""
_HEADING = re.compile(r"^heading (\d)$", re.IGNORECASE)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def read(data: bytes, file: str) -> Contents:
    """Sections by heading styles; a row of a table is a line. What was struck out is left out.

    Raises:
        DocumentError: no DOCX, encrypted, with macros, or one that unpacks to too much.
    """
    _sound(data, file)
    import docx

    try:
        document = docx.Document(BytesIO(data))
        outline, title = Outline(file), str(document.core_properties.title or "").strip()
        for level, words in _lines(document):
            if level:
                outline.heading(level, words)
            else:
                outline.line(words)
        return Contents(title, outline.sections())
    except DocumentError:
        raise
    except Exception as problem:  # whatever a library makes of a file that was made to break it
        raise DocumentError(
            file, f"it cannot be read ({type(problem).__name__})", "DOCX"
        ) from problem


def _sound(data: bytes, file: str) -> None:
    """Refuse what would be unpacked to more than there is room for, or brings programs."""
    if data[:8] == bytes.fromhex("d0cf11e0a1b11ae1"):
        raise DocumentError(
            file, "it is encrypted, or of Word before 2007", "DOCX without password"
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
        raise DocumentError(file, "it is no DOCX", "a file that Word saved") from problem
    names = {part.filename for part in parts}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise DocumentError(file, "it brings macros", "DOCX without macros")
    if "word/document.xml" not in names:
        raise DocumentError(file, "it has no word/document.xml", "DOCX")
    swollen = [
        part.filename
        for part in parts
        if part.file_size > max(1 << 20, _RATIO * part.compress_size)
    ]
    if swollen or len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
        where = swollen[0] if swollen else f"its {len(parts)} parts"
        raise DocumentError(
            file, f"{where} unpacks to too much",
            f"at most {_PARTS} parts, {_UNPACKED >> 20} MiB, {_RATIO} times what is packed",
        )  # fmt: skip


def _lines(document: "Document") -> Iterator[tuple[int, str]]:
    """(level of a heading, or 0; words)."""
    from docx.table import Table

    for item in document.iter_inner_content():
        if isinstance(item, Table):
            for row in item.rows:
                cells = {id(cell._tc): cell for cell in row.cells}  # noqa: SLF001 (a merged cell comes once a column)
                yield 0, " | ".join(" ".join(_words(cell._tc).split()) for cell in cells.values())  # noqa: SLF001
            yield 0, ""
            continue
        words = _words(item._p)  # noqa: SLF001 (its own text leaves out what was inserted under review)
        name = (item.style.name or "") if item.style is not None else ""
        found = _HEADING.match(name)
        if words.strip() and (found or name.lower() == "title"):
            yield (int(found[1]) + 1 if found else 1), words
        else:
            yield 0, words
            yield 0, ""


def _words(element: Any) -> str:
    """All text below, each once: a drawing has its text a second time for old programs."""
    found, left = [], [element]
    while left:
        one = left.pop()
        if one.tag == f"{_W}t":
            found.append(one.text or "")
        elif one.tag in {f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}p"} and found:
            found.append(" ")
        if one.tag not in {_FALLBACK, f"{_W}del", f"{_W}tabs"}:
            left += reversed(one)
    return "".join(found)
