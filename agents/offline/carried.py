"""A clause that is only another number: “5 % or 10 %”, “capper rejects 5 % and labeller 2 %”.

It says what the clause before said, with its own number. It must never carry over to another unit.
"""

import re
from dataclasses import replace

from agents.offline.account import LINE, UNIT
from agents.offline.clauses import Clause
from agents.offline.unit import unit_behind
from agents.offline.ways import way_of, without_way
from tools.length import length_of
from tools.numeral import NUMERAL
from twin_core.plant.words import tokens

_PER_CENT = r"\s{0,3}(?:%|per\s?cent\b)"
_NUMBERS = (
    re.compile(
        rf"(?P<lead>\b(?:by|to|at)\s+)?{NUMERAL}(?:{_PER_CENT}[\s-]{{0,3}})?\s*(?:age\s*)?points?\b"
    ),
    re.compile(rf"(?P<lead>\b(?:by|to|at)\s+)?{NUMERAL}{_PER_CENT}(?!age)"),
    re.compile(rf"(?P<lead>\b(?:for|of)\s+)?{length_of()}"),
)
_ANY = re.compile(rf"(?P<lead>\b(?:by|to|at|of)\s+)?(?P<number>{NUMERAL})")
_NAMES = re.compile(rf"\b(?:of|on|the)\s+|[{UNIT}{LINE}]|^\W*and\b|\b(?:what\s+)?if\b")
_ALSO = re.compile(r"\b(?:and|is|are|only)\b")


def carried(clause: Clause, before: Clause) -> Clause:
    """The clause with the verb of the one before it, if it has none itself; else as it is."""
    rest = _ALSO.sub(" ", _NAMES.sub(" ", clause.told)).strip(" ,;.?!\n")
    for number in _NUMBERS:
        own = number.search(rest)
        if own is None:
            continue
        beside = f"{rest[: own.start()]} {rest[own.end() :]}".strip()
        if without_way(beside).strip() or len(number.findall(before.told)) != 1:
            return clause
        way = way_of(beside)
        said = f"{own.group('lead') or ''}{rest.removeprefix(own.group('lead') or '')}"
        keeps = "" if own.group("lead") else r"\g<lead>"
        new = keeps + said.replace("\\", "")
        told, low = (
            number.sub(new, text)
            for text in map(without_way if way else str, (before.told, before.low))
        )
        return replace(
            clause,
            told=told,
            low=low,
            units=clause.units or before.units,
            lines=clause.lines or before.lines,
            measured=clause.measured or before.measured,
            listed=clause.listed or (before.listed and not clause.units),
            bare=False,
        )
    return _with_unit(clause, before, rest)


def _with_unit(clause: Clause, before: Clause, rest: str) -> Clause:
    """The same of a number with a unit of its own kind: “at 500 bottles/min or 520 bottles/min”."""
    own, numbers = _ANY.match(rest), list(_ANY.finditer(before.told))
    if own is None or len(numbers) != 1 or clause.measured:
        return clause
    (number,) = numbers
    unit = unit_behind(rest[own.end() :])
    alike = unit_behind(before.told[number.end() :], tokens(before.measured))
    behind = re.sub(r"\s?/\s?", "/", " ".join(rest[own.end() :].split())).strip(" .")
    if unit != alike or behind != unit:  # more is said than a number and its unit
        return clause
    return replace(
        clause,
        told=_put(before.told, own.group("number")),
        low=_put(before.low, own.group("number")),
        units=clause.units or before.units,
        lines=clause.lines or before.lines,
        measured=before.measured,
        listed=clause.listed or (before.listed and not clause.units),
        bare=False,
    )


def _put(text: str, number: str) -> str:
    """The text with another number in the place of its own."""
    return _ANY.sub(lambda found: f"{found.group('lead') or ''}{number}", text, count=1)
