"""A file becomes passages: read by its kind, cut where it is long, each with an id that stays.

What a file says is data. It must never be carried out, and a file decides nothing but its own
number, title, version and what it is about, and even these only where who files it says nothing.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath

from pydantic import Field, ValidationError

from knowledge.passages import Passage
from knowledge.readers import asciidoc, docx, html, markdown, pdf, table
from knowledge.readers.section import MOST_BYTES, Contents, Section
from twin_core.errors import DocumentError
from twin_core.value import Slug, Value

READERS: Mapping[str, Callable[[bytes, str], Contents]] = {
    "md": markdown.read,
    "markdown": markdown.read,
    "txt": markdown.read,
    "adoc": asciidoc.read,
    "asciidoc": asciidoc.read,
    "html": html.read,
    "htm": html.read,
    "csv": table.read,
    "docx": docx.read,
    "pdf": pdf.read,
}
"""Ending of a file's name → what reads it."""

_LONG = 1800
"""Characters of a passage: about as much as a person reads to find one thing."""
_MOST = 50_000
_FRONT = ("document", "title", "version", "classes", "sites")


class Filing(Value):
    """What who files a document says of it; what is empty is taken from the file, if it tells.

    Attributes:
        document: its number, as people cite it; at last the file's name without ending.
        title: at last its number.
        version: at last the first letters of its digest.
        classes: equipment classes it is about; () = any.
        sites: where it holds; () = everywhere.
    """

    document: str = Field(default="", max_length=100)
    title: str = Field(default="", max_length=300)
    version: str = Field(default="", max_length=100)
    classes: tuple[Slug, ...] = Field(default=(), max_length=200)
    sites: tuple[Slug, ...] = Field(default=(), max_length=200)


def filed(data: bytes, file: str, filing: Filing | None = None) -> tuple[Passage, ...]:
    """The passages of a file, in its order.

    Args:
        data: its bytes.
        file: its name, of which the ending says what it is.
        filing: what is known of it.

    Raises:
        DocumentError: what it is cannot be told or read, it is empty, or larger than is taken.
    """
    ending = PurePath(file).suffix.lower().removeprefix(".")
    if ending not in READERS:
        raise DocumentError(file, f"“.{ending}” is not read", ", ".join(READERS))
    if not data or len(data) > MOST_BYTES:
        raise DocumentError(file, f"it has {len(data)} bytes", f"1 to {MOST_BYTES}")
    contents = READERS[ending](data, file)
    said = _said(contents, file, filing or Filing())
    number = said.document or PurePath(file).stem[:100]
    head = {
        "document": number,
        "title": said.title or contents.title[:300] or number,
        "version": said.version or hashlib.sha256(data).hexdigest()[:8],
        "sites": said.sites,
    }
    found = [
        Passage(
            id=identity, section=section.heading or str(head["title"]), page=section.page,
            classes=said.classes or section.classes, text=section.text, **head,
        )
        for identity, section in _named(_slug(number) or "document", contents.sections)
    ]  # fmt: skip
    if not found:
        raise DocumentError(file, "it holds no words", "text")
    if len(found) > _MOST:
        raise DocumentError(file, f"it holds {len(found)} passages", f"at most {_MOST}")
    return tuple(found)


def _said(contents: Contents, file: str, filing: Filing) -> Filing:
    """What the filer said, filled up with what the file says of itself."""
    own = {key: contents.front[key] for key in _FRONT if contents.front.get(key)}
    for key in ("document", "title", "version"):
        if key in own:
            own[key] = str(own[key])
    try:
        told = Filing.model_validate(own)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        raise DocumentError(file, f"{key}: {first['msg'].lower()}", ", ".join(_FRONT)) from problem
    given = {key: value for key, value in filing if value}
    return told.model_copy(update=given)


def _named(document: str, sections: Sequence[Section]) -> Iterator[tuple[str, Section]]:
    """Each piece with its id: `document/heading`, a second of that name `document/heading-2`."""
    often: dict[str, int] = {}
    for section in sections:
        heading = re.sub(r"^[\d.]+\s+", "", section.heading.rsplit(" › ", 1)[-1])
        name = _slug(section.key or heading)[:80] or "text"
        for piece in _cut(section.text):
            often[name] = often.get(name, 0) + 1
            last = f"-{often[name]}" if often[name] > 1 else ""
            yield f"{document}/{name}{last}", section._replace(text=piece)


def _cut(text: str) -> Iterator[str]:
    """Pieces of at most `_LONG`, cut where a paragraph, line, sentence or word ends if it can."""
    while len(text) > _LONG:
        piece = text[:_LONG]
        end = next(
            (at + len(mark) for mark in ("\n\n", "\n", ". ", " ")
             if (at := piece.rfind(mark)) > _LONG // 3),
            _LONG,
        )  # fmt: skip
        if kept := text[:end].strip():
            yield kept
        text = text[end:]
    if text.strip():
        yield text.strip()


def _slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-_")
