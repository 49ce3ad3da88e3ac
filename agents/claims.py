"""What a sentence claims in numbers, times, codes and paths, and the same for what was seen.

Units are brought to one spelling and durations to seconds, so that claims can be compared. It
must never decide whether a claim is true: `grounding.py` does.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from twin_core.value import JSON

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SPELLINGS = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "minute": "min", "minutes": "min", "mins": "min",
    "hour": "h", "hours": "h", "hrs": "h", "hr": "h", "day": "d", "days": "d",
    "percent": "%", "cel": "°c", "degc": "°c", "degrees": "°c",
    "bpm": "bottle/min",
}  # fmt: skip
_NUMBER = (
    r"(?<![\w.])(?P<sign>[+\-−±]\s?)?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<unit>\s?(?:%|‰|°[CF]?)"
    r"|\s?(?:per\s?cent)\b"
    r"|\s?[A-Za-zµΩ]+[·³²]?[A-Za-z³²]*(?:\s?(?:/|per)\s?[A-Za-z]+)?[0-9]?)?"
)
_CLAIM = re.compile(
    r"(?P<path>\b[a-z0-9_-]+(?:/[a-z0-9_-]+){2,4}\b)"
    r"|(?P<date>\b\d{4}-\d{2}-\d{2}\b)"
    r"|(?P<clock>\b\d{1,2}:\d{2}(?::\d{2})?\b)"
    r"|(?P<code>\b(?=[\w-]*[A-Za-z])(?=[\w-]*\d)[A-Za-z][\w-]*(?:\.\d+)*\b|\b\d+(?:\.\d+){2,}\b)"
    r"|" + _NUMBER
)
_ABOUT = re.compile(r"(?:\b(?:about|around|roughly|nearly|almost|approximately)|[~≈])\s*$")
_INSTANT = 10**14


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written or seen.

    Attributes:
        value: its value, durations in seconds.
        unit: one spelling of its unit; None where none is known.
        step: the smallest step its spelling shows (0.1 for 1.5), in the same unit.
        signed: whether a sign was written.
        about: whether it was called approximate.
    """

    value: float
    unit: str | None
    step: float = 0.0
    signed: bool = False
    about: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable piece of a sentence, as written."""

    kind: Literal["number", "clock", "date", "code", "path"]
    text: str
    number: Number | None = None


def claims(text: str, units: frozenset[str]) -> Iterator[Claim]:
    """The claims of a text in order.

    Args:
        text: with names and citations already taken out.
        units: spellings that count as units; another word after a number is just a word.
    """
    for found in _CLAIM.finditer(text):
        if found.group("number"):
            yield _number(found, text, units)
            continue
        kind = found.lastgroup
        assert kind in {"path", "date", "clock", "code"}
        yield Claim(kind, found.group(0))  # type: ignore[arg-type]


def spelled(unit: str) -> str:
    """One spelling of a unit: UCUM codes and what people write come out alike."""
    text = unit.strip().lower().replace("{", "").replace("}", "").replace("per cent", "%")
    text = re.sub(r"\s?per\s?", "/", text).replace("·", ".").replace("³", "3").replace("²", "2")
    top, slash, below = text.partition("/")
    top = _SPELLINGS.get(top.strip(), top.strip())
    if len(top) > 3 and top.endswith("s"):
        top = top[:-1]
    below = _SPELLINGS.get(below.strip(), below.strip())
    return _SPELLINGS.get(top + slash + below, top + slash + below)


def numbers_in(data: JSON, unit: str | None = None) -> Iterator[Number]:
    """The numbers of evidence data; a dict's `unit`, or a key ending in `_s`, says their unit."""
    if isinstance(data, Mapping):
        own = data.get("unit")
        unit = spelled(own) if isinstance(own, str) and own else unit
        for key, value in data.items():
            within = "s" if str(key).endswith("_s") else "%" if key == "interval" else unit
            yield from numbers_in(value, within)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from numbers_in(value, unit)
    elif isinstance(data, int | float) and not isinstance(data, bool) and data < _INSTANT:
        yield Number(float(data), unit)


def instants_in(data: JSON) -> Iterator[int]:
    """The points in time of evidence data: integers too large to be anything else."""
    if isinstance(data, Mapping):
        for value in data.values():
            yield from instants_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from instants_in(value)
    elif isinstance(data, int) and not isinstance(data, bool) and data >= _INSTANT:
        yield data


def words_in(data: JSON) -> Iterator[str]:
    """The strings of evidence data."""
    if isinstance(data, Mapping):
        for value in data.values():
            yield from words_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from words_in(value)
    elif isinstance(data, str):
        yield data


def _number(found: "re.Match[str]", text: str, units: frozenset[str]) -> Claim:
    digits = found.group("number").replace(",", "")
    sign = (found.group("sign") or "").strip()
    value = float(digits) * (-1 if sign in {"-", "−"} else 1)
    step = 10.0 ** -len(digits.partition(".")[2])
    unit = spelled(found.group("unit") or "")
    shown = found.group(0)
    if unit not in units and "/" in unit and unit.partition("/")[0] in units:
        unit = unit.partition("/")[0]
    if unit not in units:
        unit, shown = "", shown[: len(shown) - len(found.group("unit") or "")]
    scale = _SECONDS.get(unit, 1.0)
    number = Number(
        value * scale,
        "s" if unit in _SECONDS else unit or None,
        step * scale,
        sign in {"+", "-", "−"},
        _ABOUT.search(text[: found.start()]) is not None,
    )
    return Claim("number", shown.strip(), number)
