"""A clause that is only another number: “5 % or 10 %”, “capper rejects 5 % and labeller 2 %”.

It says what the clause before said, with its own number. It must never carry over to another unit.
"""

import re
from dataclasses import replace

from agents.offline.account import LINE, UNIT
from agents.offline.clauses import Clause
from agents.offline.ways import way_of, without_way
from tools.numeral import NUMERAL
from tools.span import length_of

_PER_CENT = r"\s{0,3}(?:%|per\s?cent\b)"
_NUMBERS = (
    re.compile(
        rf"(?P<lead>\b(?:by|to|at)\s+)?{NUMERAL}(?:{_PER_CENT}[\s-]{{0,3}})?\s*(?:age\s*)?points?\b"
    ),
    re.compile(rf"(?P<lead>\b(?:by|to|at)\s+)?{NUMERAL}{_PER_CENT}(?!age)"),
    re.compile(rf"(?P<lead>\b(?:for|of)\s+)?{length_of()}"),
)
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
    return clause
