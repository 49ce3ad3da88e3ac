"""A unit said once for several numbers: “at 500 or 570 bottles per minute”, “for 20 or 40 min”.

It is written behind each of them, as it was said. It must never give a unit to the number of a
name, nor to one that has a unit of its own.
"""

import re

from agents.offline.unit import unit_behind
from tools.numeral import NUMERAL
from twin_core.plant.names import Names

_NEXT = re.compile(
    rf"\s*(?:,\s*(?:and|or)?|\b(?:and|or|versus|vs\.?|against|with|than|rather than"
    r"|compared (?:to|with))\b)"
    rf"\s*(?:(?:at|to|by|for|of)\s+)?(?P<next>{NUMERAL})",
    re.IGNORECASE,
)
_NUMBER = re.compile(NUMERAL)


def with_units(text: str, names: Names) -> str:
    """The text with the unit of the last number of a list behind each number of it."""
    named = [(m.start, m.end) for m in names.mentions(text)]
    for number in reversed(list(_NUMBER.finditer(text))):
        if any(start < number.end() and number.start() < end for start, end in named):
            continue
        follows = _NEXT.match(text, number.end())
        if follows is None or any(
            a < follows.end("next") and follows.start("next") < b for a, b in named
        ):
            continue
        unit = _unit(text[follows.end("next") :])
        if unit:
            text = f"{text[: number.end()]} {unit}{text[number.end() :]}"
    return text


def _unit(behind: str) -> str:
    """The unit at the start of a text as it stands there; empty if none does."""
    said = unit_behind(behind.lower())
    parts = [re.escape(part) for part in re.findall(r"/|[^\s/]+", said)]
    if not parts:
        return ""
    found = re.match(r"\s{0,4}(?P<unit>" + r"\s?".join(parts) + ")", behind, re.IGNORECASE)
    return found.group("unit") if found else ""
