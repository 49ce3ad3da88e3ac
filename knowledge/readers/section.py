"""What a reader makes of a file: its sections in order. The common word of all readers.

Readers look at bytes that anybody may have made. They must never follow a reference, open another
file, run what they find, or read without a bound.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from twin_core.errors import DocumentError

MOST_BYTES = 32 << 20
"""Of a file."""
MOST_TEXT = 16 << 20
"""Characters of a file's text: a thousand pages hold three million."""
_LONGEST_HEADING = 200


class Section(NamedTuple):
    """Words under one heading.

    Attributes:
        heading: with its number; "" before the first.
        text: paragraphs parted by empty lines.
        page: it begins on, from 1; None where there are no pages.
        key: what its id is made of; "" = its heading.
        classes: equipment classes that it alone is about.
    """

    heading: str
    text: str
    page: int | None = None
    key: str = ""
    classes: tuple[str, ...] = ()


class Contents(NamedTuple):
    """What a file says.

    Attributes:
        title: its own; "" if it has none.
        sections: in its order, those without words left out.
        front: what it says of itself (`document`, `title`, `version`, `classes`, `sites`).
    """

    title: str
    sections: Sequence[Section]
    front: Mapping[str, object] = MappingProxyType({})


class Outline:
    """Lines and headings, as they come, put together to sections.

    Args:
        file: its name, for errors.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._path: list[tuple[int, str]] = []
        self._lines: list[str] = []
        self._size = 0
        self._found: list[Section] = []

    def heading(self, level: int, words: str) -> None:
        """A heading; level 1 is the highest."""
        self._close()
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, " ".join(words.split())[:_LONGEST_HEADING]))

    def line(self, words: str) -> None:
        """A line of text; an empty one parts paragraphs.

        Raises:
            DocumentError: the file holds more text than is taken.
        """
        self._size += len(words) + 1
        if self._size > MOST_TEXT:
            raise DocumentError(
                self._file,
                "it holds too much text",
                f"at most {MOST_TEXT >> 20} million characters",
            )
        self._lines.append(words.rstrip())

    def sections(self) -> list[Section]:
        """All of them, the last one ended. A heading is told with the one above it."""
        self._close()
        return self._found

    def _close(self) -> None:
        text = "\n".join(self._lines).strip()
        self._lines = []
        if text:
            # The one at the top is most often the title, which every passage has anyway.
            steps = [words for level, words in self._path if level > 1] or [
                words for _, words in self._path
            ]
            self._found.append(Section(" › ".join(steps[-2:]), text))


def decoded(data: bytes, file: str) -> str:
    """Bytes as text: UTF-8, or UTF-16 that says so by its first two bytes.

    Raises:
        DocumentError: it is neither, with the place of the first byte that is not.
    """
    coding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError as problem:
        raise DocumentError(
            file, f"byte {problem.start} is no text in {coding.removesuffix('-sig').upper()}",
            "UTF-8, or UTF-16 with its mark",
        ) from problem  # fmt: skip
    if "\0" in text:
        raise DocumentError(file, f"character {text.index(chr(0))} is a zero byte", "text")
    return text.replace("\r\n", "\n").replace("\r", "\n")
