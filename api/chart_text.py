"""Text on a chart: what a name from outside may look like there. It must never read markup."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from api.printable import printable

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

_MOST = 400
_UNSEEN = "\N{REPLACEMENT CHARACTER}"
_CUT = "…"
_SIZE_PX = 100


def legible(text: str) -> str:
    """The text on one line, every character that the font does not have replaced by one it has."""
    known = _glyphs()
    seen = "".join(c if ord(c) in known else _UNSEEN for c in printable(" ".join(text.split())))
    return seen[:_MOST]


def wide(text: str) -> float:
    """How long a text is, in its font's size; bold text is a sixth longer."""
    return sum(_advance(c) for c in text)


def wrapped(text: str, width: float, lines: int) -> str:
    """The same in lines that are no wider; what does not fit into as many is cut off.

    Args:
        text: from anywhere.
        width: of a line, as `wide` measures; a word that is longer is broken.
        lines: at most.
    """
    found = [""]
    for word in legible(text).split():
        if found[-1] and wide(f"{found[-1]} {word}") <= width:
            found[-1] = f"{found[-1]} {word}"
            continue
        pieces = list(_broken(word, width))
        found = [*found, *pieces] if found[-1] else pieces
    if len(found) > lines:
        found = [*found[: lines - 1], cut(" ".join(found[lines - 1 :]), width)]
    return "\n".join(found)


def cut(text: str, width: float) -> str:
    """The text on one line that is no wider, with dots where it was longer."""
    seen = legible(text)
    if wide(seen) <= width:
        return seen
    return next(_broken(seen, width - wide(_CUT))).rstrip() + _CUT


def _broken(word: str, width: float) -> Iterator[str]:
    """The pieces of a text that are no wider each; a character is one at least."""
    piece = ""
    for c in word:
        if piece and wide(piece + c) > width:
            yield piece
            piece = ""
        piece += c
    yield piece


@cache
def _advance(character: str) -> float:
    glyph = _font().load_char(ord(character))
    return float(glyph.linearHoriAdvance) / 65536 / _SIZE_PX


@cache
def _font() -> "FT2Font":
    """The font that comes with the library, one hundred pixels high."""
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    font = FT2Font(findfont("DejaVu Sans"))
    font.set_size(_SIZE_PX, 72)
    return font


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(_font().get_charmap())
