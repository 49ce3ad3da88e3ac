"""How many people mend what stops, and where: what a clause says, and clauses that go on with it.

A list of machines is one crew's, whether they are named before or after it. It must never let a
machine of a list go, nor give one crew to two lines: the tool says why that cannot be.
"""

import re
from collections.abc import Sequence

from agents.offline.clauses import Clause
from agents.offline.laws import COUNT, Said, count_of
from tools.length import find_length
from tools.numeral import NUMERAL
from twin_core.plant.names import Names

_NOUN = (
    r"(?:(?:maintenance|repair)\s+)?(?:people|persons?|man|men|woman|women|mechanics?|fitters?"
    r"|technicians?|operators?)\b"
)
_PEOPLE = re.compile(rf"(?P<count>{COUNT})\s+{_NOUN}")
_PLACED = re.compile(rf"{_NOUN}\s+(?:for|on|at|in)\s+(?:(?:both|the)\s+)*(?=\s|$)")
_MENDS = r"(?:mend\w*|repair\w*|fix\w*|maint\w+|work\w*)"
_AT_WORK = re.compile(rf"\b(?:{_MENDS}|only|just|with|have|has|had|there)\b")
_AS_MANY = re.compile(
    rf"\W*(?:only\s+|just\s+)?(?P<count>another|{COUNT})\s+(?:for|on|at|in|{_MENDS})\b(?!\s*\d)"
)
_FIRST = re.compile(r"\bfirst(?!\s+come)\b|\bpriority\b")
_SHARE = re.compile(rf"{NUMERAL}\s{{0,3}}(?:%|per\s?cent)")
_PARTS = re.compile(r"\b(?:but|except|excluding|other\s+than|apart\s+from|without|or|each)\b")
_POINTS = re.compile(r"\b(?:them|these|those|it|both|each)\b")
_ALTERNATIVE = re.compile(r"\b(?:or|versus|vs|rather|compared)\b")


class Crews:
    """Reads the crews of a text, one clause after the other.

    Attributes:
        goes_on: 1 if what was read last is the crew before with more to it; else 0.
        unread: the words that are not understood, when what was read last is empty.
    """

    def __init__(self, names: Names) -> None:
        self.goes_on, self.unread = 0, ""
        self._names = names
        self._crew: Said | None = None
        self._listed = ""

    def read(self, clause: Clause, waiting: Sequence[str], lines: Sequence[str]) -> Said | None:
        """The crew that a clause says, or goes on with; None if it speaks of none.

        Args:
            clause: the next one.
            waiting: units named by themselves before it.
            lines: the lines it is about.

        Returns:
            Empty: it speaks of one, and cannot be read whole.
        """
        more = _joined(clause, self._crew, self._names) if self._crew is not None else None
        self.unread, self.goes_on = clause.text, int(more is not None)
        if more is not None:
            self._crew, self._listed = more, clause.text
            return more
        if clause.bare and clause.units:
            return None
        units = list(dict.fromkeys([*waiting, *clause.units]))
        found = _crew(clause, units, lines, self._names, self._crew)
        if found is None and self._listed and clause.leads:
            # “… mends A, B and C stops”: the list may go on to C, or not even reach B.
            self.unread = f"{self._listed} … {clause.text}"
            return {}
        self._crew, self._listed = found, ""
        return found


def _crew(
    clause: Clause, units: Sequence[str], lines: Sequence[str], names: Names, before: Said | None
) -> Said | None:
    """Who mends what a clause names; None if it says nothing of people at work.

    Args:
        clause: what is read.
        units: the machines it is about, those of a list before it too.
        lines: the lines it is about.
        names: of the plant.
        before: the crew of the clause before, of which this one may be another: “and two for …”.

    Returns:
        Empty: people are spoken of, and not how many, or not where.
    """
    low = clause.low
    people = _PEOPLE.search(low)
    if people is not None and units and not (_AT_WORK.search(low) or _PLACED.search(low)):
        return None
    if people is None:
        people = _AS_MANY.match(low) if before is not None else None
    if people is None:
        return None
    said = people.group("count")
    count = 1.0 if said == "another" else count_of(said)
    two = len(_PEOPLE.findall(low)) > 1
    alone = (
        not two and find_length(low) is None and not _SHARE.search(low) and not _PARTS.search(low)
    )
    pointing = not (units or clause.lines) and _POINTS.search(low)
    if count is None or not alone or pointing or not (units or lines):
        return {}
    crew: Said = {"kind": "people", "value": count}
    if _FIRST.search(low):
        if len(units) != 1:
            return {}
        line = names.plant.line(units[0]).id
        return {"asset": names.full_name(line), "to": names.full_name(units[0]), **crew}
    first, *others = (names.full_name(path) for path in units or lines)
    return {"asset": first, **({"also": others} if others else {}), **crew}


def _joined(clause: Clause, crew: Said, names: Names) -> Said | None:
    """The crew of the clauses before with what this one adds; None if it adds nothing.

    Returns:
        Empty: it could be something else.
    """
    of_line = names.asset(crew["asset"]) not in names.plant.units
    if _FIRST.search(clause.low) and len(clause.units) == 1 and not _PEOPLE.search(clause.low):
        first = names.full_name(clause.units[0])
        mended = (crew["asset"], *crew.get("also", ()))
        sure = "to" not in crew and (of_line or first in mended)
        return {**crew, "to": first} if sure else {}
    if not clause.bare:
        return None
    here = [names.full_name(path) for path in clause.units or (clause.lines if of_line else ())]
    more = [name for name in here if name not in (crew["asset"], *crew.get("also", ()))]
    if not more:
        return crew if here else None
    if _ALTERNATIVE.search(clause.joint) or (of_line and clause.units) or "to" in crew:
        return {}
    return {**crew, "also": [*crew.get("also", ()), *more]}
