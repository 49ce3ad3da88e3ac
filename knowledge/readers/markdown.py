"""Markdown, and plain text as Markdown without headings."""

import re
from itertools import pairwise

import yaml

from knowledge.readers.section import Contents, Outline, decoded
from twin_core.errors import DocumentError

_FRONT = re.compile(r"\A---\n(.*?)\n---(?:\n|\Z)", re.DOTALL)
_ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LONGEST_FRONT = 64 << 10


def read(data: bytes, file: str) -> Contents:
    """Sections by their headings (`#` or underlined); a front matter is what it says of itself.

    Raises:
        DocumentError: no text, or a front matter that is none.
    """
    text = decoded(data, file)
    front: dict[str, object] = {}
    if match := _FRONT.match(text):
        front, text = _front(match[1], file), text[match.end() :]
    outline, title, fence, skip = Outline(file), "", "", False
    for line, after in pairwise([*text.split("\n"), ""]):
        if skip:
            skip = False
            continue
        if mark := _FENCE.match(line):
            # A fence is closed by one of its own kind that is as long.
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
        if not fence and (found := _ATX.match(line)):
            level, words = len(found[1]), found[2]
        elif not fence and line.strip() and _is_underlined(line, after):
            level, words, skip = (1 if after.strip()[0] == "=" else 2), line, True
        else:
            outline.line(line)
            continue
        outline.heading(level, words)
        title = title or (words.strip() if level == 1 else "")
    return Contents(title, outline.sections(), front)


def _is_underlined(line: str, after: str) -> bool:
    """A table's row, a list and a rule stand above dashes too, and are no headings."""
    return bool(
        _SETEXT.match(after)
        and len(after.strip()) > 2
        and not _SETEXT.match(line)
        and line.lstrip()[0] not in "|-*+>#"
    )


def _front(text: str, file: str) -> dict[str, object]:
    if len(text) > _LONGEST_FRONT:
        raise DocumentError(file, "its front matter is too long", f"{_LONGEST_FRONT} characters")
    try:
        for token in yaml.scan(text):
            if isinstance(token, yaml.AliasToken):  # a few of them can stand for gigabytes
                raise DocumentError(file, "its front matter has an alias (*…)", "plain YAML")
        told = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as problem:
        raise DocumentError(file, "its front matter is not YAML", "key: value lines") from problem
    if not isinstance(told, dict):
        raise DocumentError(file, "its front matter has no keys", "key: value lines")
    return {str(key): value for key, value in told.items()}
