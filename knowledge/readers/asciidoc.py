"""AsciiDoc: its headings and words. Includes are not followed, macros are read as their words."""

import re

from knowledge.readers.section import Contents, Outline, decoded

_HEADING = re.compile(r"^(={1,6}) +(\S.*?)(?: +=+)? *$")
_ATTRIBUTE = re.compile(r"^:!?[\w-]+!?:")
_VERSION = re.compile(r"^:revnumber: *(.+?) *$|^v?(\d+(?:\.\d+)+)(?:,.*)?$")
_BLOCK = re.compile(r"^(-{4,}|\.{4,}|\+{4,}|/{4,}|_{4,}|\*{4,}|={4,}|\|={3,})$")
_VERBATIM = "-.+/"
"""How a block begins in which nothing is a heading; the last is a comment."""
_DROPPED = re.compile(r"^(?://(?!/)|include::|image::|video::|ifdef::|ifndef::|endif::|ifeval::)")
_ANCHOR = re.compile(r"^\[.*\]$")
_WORDS = (
    (re.compile(r"\(\(\([^()]*\)\)\)|\[\[[^\]]*\]\]|indexterm:\[[^\]]*\]"), ""),
    (re.compile(r"\(\(([^()]*)\)\)"), r"\1"),
    (re.compile(r"<<[^,<>]*,([^<>]*)>>"), r"\1"),
    (re.compile(r"<<([^<>]*)>>"), r"\1"),
    (re.compile(r"(?:link|xref|kbd|btn|menu|image|https?):[^\s\[]*\[([^\]]*)\]"), r"\1"),
)


def read(data: bytes, file: str) -> Contents:
    """Sections by their headings; comments, attributes and anchors are left out.

    Raises:
        DocumentError: no text.
    """
    outline, front = Outline(file), dict[str, object]()
    title, block = "", ""
    for line in decoded(data, file).split("\n"):
        if block:
            if line == block:
                block = ""
            elif block[0] != "/":
                outline.line(line)
        elif _BLOCK.match(line):
            block = line if line[0] in _VERBATIM else ""
        elif found := _HEADING.match(line):
            words = _plain(found[2])
            title = title or (words if len(found[1]) == 1 else "")
            outline.heading(len(found[1]), words)
        elif told := _VERSION.match(line):
            front.setdefault("version", told[1] or told[2])
        elif not (_ATTRIBUTE.match(line) or _DROPPED.match(line) or _ANCHOR.match(line)):
            outline.line(_plain(line))
    return Contents(title, outline.sections(), front)


def _plain(line: str) -> str:
    for mark, words in _WORDS:
        line = mark.sub(words, line)
    return line
