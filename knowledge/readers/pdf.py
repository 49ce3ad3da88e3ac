"""PDF: the text of each page, under the bookmark that it stands below."""

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from knowledge.readers.section import MOST_TEXT, Contents, Section
from twin_core.errors import DocumentError

if TYPE_CHECKING:
    from pypdf import PdfReader

_PAGES = 5_000
_BOOKMARKS = 20_000
_OFTEN = 0.6
"""A line on so many of the pages, at their top or foot, is no text of any of them."""
_FEW = 5


def read(data: bytes, file: str) -> Contents:
    """A page a section, headed by the last bookmark at or before it; pages count from 1.

    Raises:
        DocumentError: no PDF, encrypted, without text (a scan), or with too many pages.
    """
    import pypdf

    if not data[:1024].lstrip().startswith(b"%PDF-"):
        raise DocumentError(file, "it is no PDF", "a file that begins with %PDF-")
    try:
        reader = pypdf.PdfReader(BytesIO(data), strict=False)
        _readable(reader, file)
        pages = _pages(reader, file)
        title = str((reader.metadata.title if reader.metadata else "") or "").strip()
        headings = _headings(reader, len(pages))
    except DocumentError:
        raise
    except Exception as problem:  # whatever a library makes of a file that was made to break it
        raise DocumentError(
            file, f"it cannot be read ({type(problem).__name__})", "PDF"
        ) from problem
    sections = [
        Section(heading or f"page {number}", text, number, key=f"p{number}")
        for number, (heading, text) in enumerate(zip(headings, _bare(pages), strict=True), 1)
        if text
    ]
    if not sections:
        raise DocumentError(file, "no page of it has text; it may be a scan", "PDF with text")
    return Contents(title, sections)


def _readable(reader: "PdfReader", file: str) -> None:
    if reader.is_encrypted:
        raise DocumentError(file, "it is encrypted", "PDF without password")
    if len(reader.pages) > _PAGES:
        raise DocumentError(file, f"it has {len(reader.pages)} pages", f"at most {_PAGES}")


def _pages(reader: "PdfReader", file: str) -> list[str]:
    found, size = [], 0
    for page in reader.pages:
        text = page.extract_text().replace("\0", "")
        # Half a pair of UTF-16 is no character, and cannot be stored.
        found.append(text.encode("utf-8", "replace").decode("utf-8"))
        size += len(text)
        if size > MOST_TEXT:
            raise DocumentError(
                file, "it holds too much text", f"at most {MOST_TEXT >> 20} million characters"
            )
    return found


def _bare(pages: list[str]) -> Iterator[str]:
    """Pages without their running heads and feet."""
    lines = [[line.strip() for line in page.split("\n")] for page in pages]
    edges = Counter(line for page in lines for line in {*page[:2], *page[-2:]} if line)
    running = {line for line, n in edges.items() if n > max(_FEW, _OFTEN * len(pages))}
    for page in lines:
        last = len(page) - 2
        kept = [x for i, x in enumerate(page) if not (x in running and (i < 2 or i >= last))]
        yield "\n".join(kept).strip()


def _headings(reader: "PdfReader", pages: int) -> list[str]:
    """The last bookmark at or before each page, "" before the first."""
    begins: dict[int, str] = {}
    left: list[Any] = list(reversed(reader.outline))
    for _ in range(_BOOKMARKS):
        if not left:
            break
        one = left.pop()
        if isinstance(one, list):
            left += reversed(one)
            continue
        number = reader.get_destination_page_number(one)
        if number is not None and 0 <= number < pages:
            begins.setdefault(number, " ".join(str(one.title).split())[:200])
    found, heading = [], ""
    for number in range(pages):
        heading = begins.get(number, heading)
        found.append(heading)
    return found
