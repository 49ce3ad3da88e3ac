"""A question with slots where names, numbers and times stand, so that all plants read alike.

“What is the bowl pressure of filler 2 since 6 am?” and the example “what was the {point} of {unit}
over the last hour” then differ in little. It must never keep a name or a number.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from agents.offline import grammar
from agents.offline.ahead import ahead_in
from agents.offline.quantities import products_said
from agents.offline.question import INCIDENT, PROPOSAL, Said
from tools.length import length_of
from tools.span import find_span
from twin_core.plant.classes import Role
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

STATES = frozenset(
    {Role.STATE, Role.MODE, Role.STARVED, Role.BLOCKED, Role.STOP_REASON, Role.PRODUCT}
)
"""Roles of points that say what a machine does, and are no values."""
SPOKEN = {
    "_line": "line", "_unit": "machine", "_point": "measurement", "_n": "number",
    "_part": "pieces", "_product": "product", "_span": "past", "_ahead": "next", "_long": "time",
    "_proposal": "proposal", "_incident": "incident",
}  # fmt: skip
"""What a slot is called where its meaning counts."""
_WORDED = STATES | {Role.PRODUCED, Role.DEFECTIVE, Role.OUTPUT}
"""Roles of points whose names are words of the trade, which the examples have."""
_SLOTS = {
    "line": "_line", "area": "_line", "site": "_line", "unit": "_unit", "point": "_point",
    "n": "_n", "value": "_n", "part": "_part", "product": "_product",
}  # fmt: skip
_SLOT = re.compile(r"\{(?P<name>\w+)\}")
_BY_FORM = re.compile(r"\b(?:lines?|systems?|l)\s?(?:\d+|[a-d]\b)", re.IGNORECASE)
"""“Line 3”, “system A”: named by its form in any plant."""
_QUANTITY = re.compile(
    r"\b(?:pressures?|temperatures?|temps?|speeds?|flows?|levels?|torques?|vibrations?|voltages?"
    r"|vacuum|humidity)\b",
    re.IGNORECASE,
)
_SETTING = re.compile(r"\bset[\s-]?points?\b|\blimits?\b", re.IGNORECASE)
_PLAIN = re.compile(r"(?:limits?|current|points?)", re.IGNORECASE)
"""Names of points that are words of everyday speech too."""
_LENGTH = re.compile(length_of(), re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![\w_])[+\-−]?\d[\d.,:]*(?:\s?(?:%|per\s?cent\b|°\s?c?\b"
    r"|(?:_part|[a-z³]{1,12}) (?:per|an?) (?:sec|second|min|minute|h|hour)\b"
    r"|(?:_part|[a-z³]{1,12})\s?/\s?[a-z]{1,6}\b"
    r"|(?:b?p[mh]|rpm|bar|m?bar|kpa|kw|kwh|mm|m3|m³|nm|hz|amps?|degrees?|degc|volts?|v|c|l)\b))?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-zà-ÿ_]+|[?%]")
_APOSTROPHES = str.maketrans("", "", "'’")
_MOST_TIMES = 3
_PLANTS = 8


@dataclass(frozen=True, slots=True)
class _Own:
    """What a plant has words for: points that keep theirs, what flows, and what is made."""

    worded: frozenset[str]
    pieces: "re.Pattern[str]"
    products: "re.Pattern[str]"


@lru_cache(_PLANTS)
def does(names: Names) -> frozenset[str]:
    """The ids of points that say what a machine does, or whether it does it, and no values."""
    points = names.plant.points
    return frozenset(p.spec.id for p in points if p.spec.role in STATES or p.spec.type == "bool")


def of_question(said: Said, names: Names) -> str:
    """The words and slots of a question in a plant."""
    own, text = _own(names), said.text
    for mention in sorted(said.mentions, key=lambda m: -m.start):
        slot = _slot(mention, own)
        if slot:
            text = f"{text[: mention.start]} {slot} {text[mention.end :]}"
    return masked(own.products.sub(" _product ", own.pieces.sub("_part", text)))


def masked(text: str) -> str:
    """The words and slots of an example, or of a question whose names have their slots."""
    text = _SLOT.sub(lambda m: f" {_SLOTS.get(m['name'], '_n')} ", grammar.joined(text))
    text = _BY_FORM.sub(" _line ", text)
    text = _QUANTITY.sub("_point", text)
    text = INCIDENT.sub(" _incident ", PROPOSAL.sub(" _proposal ", text))
    ahead = ahead_in(text, measured="_point" in text)
    if ahead is not None:
        text = f"{text[: ahead.start]} _ahead {text[ahead.end :]}"
    for _ in range(_MOST_TIMES):
        span = find_span(text)
        if span is None:
            break
        text = text.replace(span, " _long " if _LENGTH.fullmatch(span) else " _span ", 1)
    # “every 10 minutes”; “how many an hour” asks for a rate
    text = _LENGTH.sub(lambda m: " _long " if m.group()[0].isdigit() else m.group(), text)
    plain = _NUMBER.sub(" _n ", text.lower()).translate(_APOSTROPHES)
    return " ".join(grammar.spelled(word) for word in _WORD.findall(plain))


def _slot(mention: Mention, own: _Own) -> str:
    """The slot of a name; empty where its own words say more."""
    if mention.kind == "unknown":
        return "_line" if mention.text.lower().startswith("l") else "_unit"
    if mention.kind in {"area", "site"} and grammar.knows([mention.text.lower()]):
        return ""
    if mention.kind != "measurement":
        return _SLOTS[mention.kind]
    if set(mention.paths) <= own.worded or _PLAIN.fullmatch(mention.text):
        return ""
    return "_point setpoint" if _SETTING.search(mention.text) else "_point"


@lru_cache(_PLANTS)
def _own(names: Names) -> _Own:
    plant = names.plant
    units = {str(unit.flow.unit_out) for unit in plant.units.values() if unit.flow}
    units |= {str(line.unit_of_flow) for line in plant.lines if line.unit_of_flow}
    return _Own(
        frozenset(point.spec.id for point in plant.points if point.spec.role in _WORDED),
        _any_of(unit.strip("{}") for unit in units),
        _any_of([p.name for p in plant.products] + _alone(names)),
    )


def _alone(names: Names) -> list[str]:
    """The words of products’ names that are none of everyday: “who is on lemonade”."""
    return [w for w in products_said(names) if w.isalpha() and not grammar.knows([w])]


def _any_of(words: Iterable[str]) -> "re.Pattern[str]":
    said = "|".join(f"{re.escape(word)}s?" for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{said or '(?!)'})(?!\w)", re.IGNORECASE)
