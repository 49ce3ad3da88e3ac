"""Changes of a what-if out of plain words: "compressor stops for 20 min", "at 90 % of its speed".

What is changed comes from the plant's names and classes, the verbs from English. It must never
fill in a number that was not said.
"""

import re
from collections.abc import Sequence
from typing import Any

from tools.span import seconds_in
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

_STOPS = re.compile(
    r"\b(?:stops?|stopped|stopping|fails?|failed|trips?|tripped|breaks?|broke|goes down|is down"
    r"|went down|shuts? down|shut|is off|goes off|switched off|turned off|out of service"
    r"|unavailable|lose|loses|lost|without|outage)\b"
)
_NUMBER = (
    r"(?<![\w.,])(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,6})?(?:e[+-]?\d{1,2})?)"
    r"(?![\w]|[.,]\d)"
)
"""A whole number as people write it; what only begins like one (4OO) is none."""
_PERCENT = re.compile(
    rf"(?P<by>by\s{{1,3}})?{_NUMBER}\s{{0,3}}(?:%|per\s?cent)\s{{0,3}}"
    r"(?P<way>slower|faster|less|more|lower|higher|up|down|of)?"
)
_LESS = re.compile(r"\b(?:slower|less|lower|reduce|reduced|slow|slowed|decrease|cut|down|drop)\b")
_MORE = re.compile(r"\b(?:faster|more|higher|raise|raised|increase|increased|speed up|up)\b")
_TARGET = re.compile(rf"\b(?:to|at|of|=)\s{{0,3}}{_NUMBER}(?!\s{{0,3}}(?:%|per\s?cent|[:\d]))")
_REJECTS = re.compile(r"\b(?:reject|rejects|rejecting|scrap|scraps|waste)\b")
_DEMAND = re.compile(r"\b(?:demand|consumption|draw|draws|use|uses|consume|consumes|leak)\b")
_FOR = re.compile(
    r"\bfor\s+(?:the\s+next\s+)?"
    r"(?P<length>[\w.\s]*?(?:s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?))\b"
)
_OPTIONS = re.compile(r"\b(?:or|versus|vs\.?|rather than|compared (?:to|with))\b", re.IGNORECASE)
_AND = re.compile(r"\band\b|,(?!\d{3}\b)", re.IGNORECASE)
_KIND_OF_MODEL = {"producer": "capacity", "header": "demand"}


def _valued(found: re.Match[str]) -> float:
    """The number of a match, thousands separators taken out."""
    return float(found.group("number").replace(",", ""))


def options_in(text: str, names: Names) -> list[dict[str, Any]]:
    """The changes a text says, one an option, in order; what is no change is left out."""
    lines = _lines(text, names)
    parts = (_change(part, names, lines) for part in _OPTIONS.split(text))
    return [change for change in parts if change is not None]


def changes_in(text: str, names: Names) -> list[dict[str, Any]]:
    """The changes a text says together."""
    lines = _lines(text, names)
    whole = _change(text, names, lines)
    parts = [c for part in _AND.split(text) if (c := _change(part, names, lines)) is not None]
    if len(parts) > 1:
        return parts
    return [whole] if whole is not None else parts


def _lines(text: str, names: Names) -> tuple[str, ...]:
    return tuple(p for m in names.mentions(text) if m.kind == "line" for p in m.paths)


def _change(text: str, names: Names, lines: Sequence[str]) -> dict[str, Any] | None:
    """The change one clause says, with the arguments of the what-if tool's schema."""
    found = names.mentions(text)
    paths = names.meant(found)
    if len(paths) > 1:
        paths = tuple(p for p in paths if any(p.startswith(line + "/") for line in lines))
    unit = next((p for p in paths if p in names.plant.units), None)
    low = _blanked(text, found).lower()
    measured = next((m.text for m in found if m.kind == "measurement"), "")
    percent = _PERCENT.search(low)
    if unit is None or len(paths) > 1:
        return None
    change: dict[str, Any] = {"asset": names.full_name(unit)}
    if percent is not None:
        return {**change, **_relative(low, percent, unit, names)}
    target = _TARGET.search(low)
    if target is not None and measured:
        value = _valued(target)
        return {**change, "kind": "set", "measurement": measured, "value": value}
    if _STOPS.search(low):
        length = _FOR.search(low)
        said = (
            length.group("length").strip() if length and seconds_in(length.group("length")) else ""
        )
        return {**change, "kind": "stop", "duration": said}
    return None


def _relative(low: str, percent: "re.Match[str]", unit: str, names: Names) -> dict[str, Any]:
    """A change in per cent of what is now, or of the output for rejects."""
    number = _valued(percent)
    if _REJECTS.search(low):
        return {"kind": "rejects", "value": number}
    model = names.plant.class_of(unit).model
    kind = "demand" if _DEMAND.search(low) else _KIND_OF_MODEL.get(model, "speed")
    way = percent.group("way") or ""
    differs = percent.group("by") or way not in {"", "of"}
    if differs and (way in {"slower", "less", "lower", "down"} or _LESS.search(low)):
        return {"kind": kind, "value": 100.0 - number}
    if differs and (way in {"faster", "more", "higher", "up"} or _MORE.search(low)):
        return {"kind": kind, "value": 100.0 + number}
    return {"kind": kind, "value": number}


def _blanked(text: str, found: tuple[Mention, ...]) -> str:
    """The text without the names in it, so that the numbers of names are not taken for values."""
    for mention in found:
        if mention.kind != "measurement":
            text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text
