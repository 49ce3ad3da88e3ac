"""A table in CSV as cells that know where they stand (RFC 4180; `;`, tab and `|` divide too).

It must never know what a cell means.
"""

from collections.abc import Iterator
from typing import NamedTuple

_MARKS = ",;\t|"


class Cell(NamedTuple):
    """A cell's text without blanks around it; line and column count from 1."""

    text: str
    line: int
    column: int


def cells(text: str) -> Iterator[list[Cell]]:
    """The rows that hold anything; a quoted cell may go over several lines."""
    mark = _mark(text)
    row: list[Cell] = []
    said: list[str] = []
    line, column = 1, 1
    begin = (1, 1)
    quoted = False
    at = 0
    while at < len(text):
        sign = text[at]
        if quoted:
            if sign == '"' and text[at + 1 : at + 2] == '"':
                said.append('"')
                at += 1
                column += 1
            elif sign == '"':
                quoted = False
            else:
                said.append(sign)
        elif sign == '"' and not "".join(said).strip():
            quoted, said = True, []
        elif sign in {mark, "\n"}:
            row.append(Cell("".join(said).strip(), *begin))
            said, begin = [], (line, column + 1)
            if sign == "\n":
                begin = (line + 1, 1)
                yield from _full(row)
                row = []
        else:
            said.append(sign)
        line, column = (line + 1, 1) if sign == "\n" else (line, column + 1)
        at += 1
    row.append(Cell("".join(said).strip(), *begin))
    yield from _full(row)


def _full(row: list[Cell]) -> Iterator[list[Cell]]:
    if any(cell.text for cell in row):
        yield row


def _mark(text: str) -> str:
    """What divides: the mark that most lines have most of."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    return max(_MARKS, key=lambda mark: sum(line.count(mark) for line in lines))
