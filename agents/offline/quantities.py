"""Whether a question asks how much was made: “how many cases did packer 2 make”, “packer 2 cases”.

It must never take a rate, a stock or a loss for it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from agents.offline import grammar
from agents.offline.pieces import pieces
from agents.offline.question import Reading, Said
from tools.span import find_span
from twin_core.plant.classes import Role
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

_MADE = (
    r"(?:ma[dk]e|produced?|put (?:out|through)|packed|pack|filled|fill|capped|labelled|labeled"
    r"|palleti[sz]ed?|depalleti[sz]ed?|rinsed|turn(?:ed)? out|finish(?:ed)?|completed?|processed"
    r"|handled|delivered|(?:come|came|gone|went|left|leave) (?:off|out of|through)|run off"
    r"|left(?! (?:in|on|at|over|there)\b)|get done|got done)"
)
_COUNTS = re.compile(
    rf"\bhow (?:many|much)\b.*\b{_MADE}\b|\bwhat (?:did|has|have)\b.*\b{_MADE}\b"
    r"|\bproduction (?:figures?|counts?|totals?|volumes?)\b"
    r"|\b(?:total|count|number) (?:of|output|production|made|produced)\b"
)
_OUTWEIGHS = re.compile(
    rf"\b(?:{_MADE}|took|taken|take|used?|drew|drawn|consumed?|got|given|received)\b.*\b(?:more|most|less|least"
    r"|fewer|fewest)\b|\boutput\b"
    rf"|\b(?:compare[ds]?|against|versus|vs|than)\b.*\b(?:{_MADE}|taken|used|drawn|consumed|received)\b"
)
_AHEAD = re.compile(r"\b(?:more|most|less|least|fewer|fewest|ahead|behind)\b")
"""“Who has more bottles”, “which one is ahead on cases”."""
_COUNTING = frozenset(
    {"made", "produced", "done", "total", "count", "number", "figure", "deliver", "delivered"}
    | {"pumped"}
)
_OF_COUNTS = _COUNTING | frozenset(
    {"many", "much", "m3", "m³", "litres", "liters", "cubic", "metres", "meters"}
)
"""Words beside a piece, or alone, that ask how many there were."""
_DID = re.compile(
    r"\bhow (?:many|much) (?:\w+ )?(?:did|has|have)\b.*\b(?:do|done|get|got|manage)\b"
)
MONEY = re.compile(
    r"\b(?:margins?|profits?|money|euros?|eur|cents|costs?|earn(?:ed|s|t)?|revenue)\b"
)
_OTHERS = re.compile(
    r"\b(?:los\w+|reject\w*|defect\w*|scrap\w*|per cent|percentage|bad|nok|duds?|wast\w+|binned"
    r"|stop(?:s|ped)?|fail\w*|alarms?|orders?|proposals?)\b"
    r"|\bhow many (?:times|hours|minutes|people)\b|\b(?:by|and) whom?\b"
    r"|\bdone (?:to|on|about|with)\b|\b(?:per|a|an) (?:second|minute|hour)\b(?! ago)"
)
"""Speaks of another count than that of what was made, or of a rate."""


_FELT = frozenset({Role.PROCESS, Role.POTENTIAL})


@lru_cache(8)
def products_said(names: Names) -> frozenset[str]:
    """The words of what the plant's products are called."""
    return frozenset(word for product in names.plant.products for word in tokens(product.name))


def outweighs(reading: Reading, said: Said, names: Names) -> bool:
    """Whether it asks which of several made, or took, more: of what is counted, all of them."""
    if len(reading.paths) < 2 or _OTHERS.search(said.plain):
        return False
    of_pieces = pieces(names) & {word.removesuffix("s") for word in said.content}
    if not _OUTWEIGHS.search(said.plain) and not (of_pieces and _AHEAD.search(said.plain)):
        return False
    return all(counted(path, names) for path in reading.paths)


def counted(path: str, names: Names) -> bool:
    """Whether what leaves a line or machine is counted."""
    plant = names.plant
    unit = plant.units.get(path) or plant.counter(plant.line(path))
    return unit is not None and unit.with_role(Role.PRODUCED) is not None


def _is_felt(points: Sequence[str], names: Names) -> bool:
    """Whether points of these ids measure how a thing is, and nothing that flows or is counted."""
    return all(p.spec.role in _FELT for p in names.plant.points if p.spec.id in points)


def counts(said: Said, names: Names) -> bool:
    """Whether it asks how much was made; also by the bare word for it: “packer 2 cases today”."""
    if MONEY.search(said.plain):
        return False
    span = set(grammar.normal(find_span(said.rest) or "").split())
    left = set(said.content) - span - {"vs", "versus", "compare", "against", "compared"}
    made = pieces(names)
    counted = {word.removesuffix("s") for word in left - _OF_COUNTS}
    measured = any(_is_felt(m.paths, names) for m in said.of_kind("measurement"))
    if not measured and counted <= made and (counted or left & (_COUNTING | made)):
        return not _OTHERS.search(said.plain)
    if span and _DID.search(said.plain) and not measured and not _OTHERS.search(said.plain):
        return True
    return _COUNTS.search(said.plain) is not None and not _OTHERS.search(said.plain)
