"""Text from outside as it may stand in a sentence or on a terminal.

Plants, documents, models and arguments may hold characters that move a cursor, turn the direction
of writing or cannot be written at all; none of them is ever passed on.
"""

import unicodedata

_CLIPPED = 40


def printable(text: str) -> str:
    """The text, with a replacement character for all that is neither seen nor a space or line."""
    return "".join(
        c
        if c.isprintable() or c == "\n" or unicodedata.category(c) == "Zs"
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def clipped(text: str) -> str:
    """The text on one line and short, as an error quotes it."""
    short = text if len(text) <= _CLIPPED else f"{text[:_CLIPPED]}…"
    return printable(short).replace("\n", "\N{REPLACEMENT CHARACTER}")
