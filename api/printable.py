"""Text from outside as it may stand in a sentence or on a terminal.

Plants, documents, models and arguments may hold characters that move a cursor, turn the direction
of writing or cannot be written at all; none of them is ever passed on.
"""

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

_CLIPPED = 40
_SECOND = 1_000_000  # microseconds; our values' module loads pydantic, which --help need not


def printable(text: str) -> str:
    """The text, with a replacement character for all that is neither seen nor a space or line."""
    return "".join(
        c
        if c.isprintable() or c == "\n" or unicodedata.category(c) == "Zs"
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def clock(at: int, zone: str) -> str:
    """`11-25 22:00:00 GMT`: a moment in microseconds, in a plant's time zone."""
    return datetime.fromtimestamp(at / _SECOND, ZoneInfo(zone)).strftime("%m-%d %H:%M:%S %Z")


def clipped(text: str) -> str:
    """The text on one line and short, as an error quotes it."""
    short = text if len(text) <= _CLIPPED else f"{text[:_CLIPPED]}…"
    return printable(short).replace("\n", "\N{REPLACEMENT CHARACTER}")
