"""Changes of a what-if out of plain words: "compressor stops for 20 min", "at 90 % of its speed".

What is changed comes from the plant's names and classes, the verbs from English. It must never
fill in a number that was not said, nor pass over a change it does not understand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.offline.account import SET_POINT, left_over
from agents.offline.amounts import absolute, by_the_minute, relative, shifted, stop
from agents.offline.carried import carried
from agents.offline.clauses import Clause, clauses, point_called
from agents.offline.crews import Crews
from agents.offline.laws import line_law, rework_law, room_law, unit_law, without_after
from agents.offline.stops import STOPS
from agents.offline.unit import is_unit, unit_behind
from agents.offline.ways import way_of, way_to
from tools.length import length_of
from tools.numeral import NUMERAL, value_of
from twin_core.plant.names import Names
from twin_core.plant.words import tokens
from twin_core.units import unit_text

_NUMBER = rf"(?P<number>{NUMERAL})"
_DIGIT = re.compile(r"\d")
_SHARE = r"\s{0,3}(?:%|per\s?cent)"
_AMOUNT = re.compile(rf"{_NUMBER}(?P<share>{_SHARE})?")
_TIMES = re.compile(rf"{length_of()}(?!\s*(?:/|per\b))", re.IGNORECASE)
_UP_TO = re.compile(r"(?P<lead>\b(?:at|of|by)\s+)?\bup\s+to\s*$")
"""A number that is not said to be reached."""
_TO = re.compile(r"\bto\s{1,3}$")
_CLOCK = re.compile(r"(?<![\d:])\d{1,2}(?::\d{2}|\s?[ap]m\b)")
_OPTIONS = re.compile(
    r"\b(?:or(?:\s+rather)?|versus|vs\.?|against|rather than|compared (?:to|with))\b|,(?!\d)",
    re.IGNORECASE,
)
_COMPARED = re.compile(rf"{_OPTIONS.pattern}|\b(?:and|with|than)\b", re.IGNORECASE)
ALTERNATIVES = re.compile(
    r"\b(?:or|versus|vs|against|rather than|compared (?:to|with))\b", re.IGNORECASE
)
"""Words between changes of which only one is to be made."""
_AND = re.compile(r"\b(?:and|then)\b|[,;](?!\d)", re.IGNORECASE)
_ASKS = re.compile(
    r"\W*(?:and |then )?(?:how|does|do|did|will|would|is|are|can|could|which|when|where|who|why"
    r"|what)\b(?!.*\b(?:if|when|suppose)\b)",
    re.IGNORECASE | re.DOTALL,
)
_ANY_SET = re.compile(SET_POINT, re.IGNORECASE)
_FOR = re.compile(r"\W*(?:and\s+)?(?:for|to\s+help)\b")
"""Opens what a change is to do good, or what it is weighed for: “for header B, …”."""
_NOT = re.compile(r"\b(?:not|never)\b|n[’']t\b|\b(?:at|from)\s+after\b")
"""What is said not to be is not made the change that it denies."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a text says is to change.

    Attributes:
        said: one change each, with the arguments of the what-if tool's schema, in order.
        unread: the words of a change that was not understood; empty if there is none.
        numeral: the number in them, if that is what was not understood.
        unit: the unit said, if that is what cannot be taken; `needed` the one that can.
        passed: words about a unit that say no change we know.
        words: those of `unread` that nothing accounts for, if the rest was understood.
    """

    said: tuple[dict[str, Any], ...] = ()
    unread: str = ""
    numeral: str = ""
    unit: str = ""
    needed: str = ""
    passed: str = ""
    words: tuple[str, ...] = ()


def options_in(
    text: str, names: Names, near: Sequence[str] = (), *, compared: bool = False
) -> Changes:
    """The changes a text says as options; `near` are the assets it is about.

    In a comparison (`compared`) “and”, “with” and “than” stand between options too.
    """
    found = _changes(text, names, near, _COMPARED if compared else _OPTIONS)
    last = found.said[-1] if found.said else {}
    if last.get("duration"):  # “losing compressor 1 or compressor 2 for 30 min”
        alike = {"kind": last["kind"], "duration": ""}
        said = tuple(
            {**one, "duration": last["duration"]} if alike.items() <= one.items() else one
            for one in found.said
        )
        return replace(found, said=said)
    return found


def changes_in(text: str, names: Names, near: Sequence[str] = ()) -> Changes:
    """The changes a text says together; `near` are the assets it is about."""
    found = _changes(text, names, near, _AND)
    if found.said:
        return found
    # One change may be said in two clauses: “raise the speed, by some per cent”.
    whole = _changes(text, names, near, None)
    return whole if whole.said else found


def _changes(
    text: str, names: Names, near: Sequence[str], parting: "re.Pattern[str] | None"
) -> Changes:
    """The changes of all clauses; a clause that names no unit is about the one named before.

    None where a name could mean several units: which is meant must be asked first.
    """
    parts = list(clauses(text, names, near, parting))
    if any(clause.vague for clause in parts):
        return Changes()
    open_ = not parts[-1].text and ALTERNATIVES.search(parts[-1].joint)  # “or” what?
    if open_ or (not parts[0].text and any("than" in part.joint for part in parts[1:2])):
        return Changes(unread=text.strip(" ?!.\n"))
    named = list(dict.fromkeys(unit for clause in parts for unit in clause.units))
    alone = [path for path in near if path in names.plant.units]
    subject = (named or alone)[:1] if len(named or alone) == 1 else []
    found = _read([part for part in parts if part.text], subject, near, names, parting)
    found = replace(found, said=_once(found.said))
    if not found.unread and (parting is None or parting is _AND) and _twice(found.said):
        return replace(found, unread=text.strip(" ?!.\n"))
    return found


def _read(
    parts: Sequence[Clause],
    subject: list[str],
    near: Sequence[str],
    names: Names,
    parting: "re.Pattern[str] | None",
) -> Changes:
    """The changes of clauses, one after the other, `subject` being what they are about at first."""
    said: list[dict[str, Any]] = []
    waiting: list[str] = []
    beside: list[str] = []
    crews = Crews(names)
    predicate: Clause | None = None
    passed, stray = "", Changes()
    before: Clause | None = None
    for piece in parts:
        clause = piece if before is None else carried(piece, before)
        if _NOT.search(STOPS.sub(" ", clause.low)) and not _ASKS.match(clause.text):
            return Changes(tuple(said), clause.text)
        if clause.bare and clause.lines and not clause.units and not _ASKS.match(clause.text):
            beside += clause.lines
        lines = list(dict.fromkeys([*beside, *clause.lines])) or _lines(clause, near, parts)
        people = crews.read(clause, waiting, lines)
        if people is None and clause.bare and clause.units:
            waiting += () if _FOR.match(clause.low) else clause.units
            continue
        law = [people] if people is not None else _law(clause, lines, names)
        if law is not None:
            # An option is one change: what is said of every machine of a line is several.
            if not all(law) or (len(law) > 1 and parting in {_OPTIONS, _COMPARED}):
                return Changes(tuple(said), crews.unread)
            left = _left(clause, law, names)
            if left.unread:
                return replace(left, said=tuple(said))
            said[len(said) - crews.goes_on :] = law
            waiting = waiting if people is None else []
            beside, predicate, before = [], None, clause
            subject = list(clause.units[:1]) or subject
            continue
        subject = list(clause.units) or subject
        units = list(dict.fromkeys([*waiting, *subject]))
        asks = _ASKS.match(clause.text) is not None
        if said and asks:
            stray = stray if stray.unread else _left(clause, (), names)
            continue
        if len(subject) > 1 and not (clause.listed and parting is _AND):
            if _speaks(clause.low):
                return Changes(tuple(said), clause.text)
            stray = stray if stray.unread else _left(clause, (), names)
            continue
        found = _of_each(clause, units, names)
        if found.unread and (found.said or not found.words):
            return replace(found, said=tuple(said))
        if found.said:
            said += found.said
            waiting, predicate, before = [], clause, clause
            continue
        stray = stray if stray.unread else found
        if clause.units and not asks:
            passed = passed or clause.text
    late = _of_waiting(waiting if said else (), predicate, subject, names)
    if late.unread:
        return replace(late, said=tuple(said))
    said += late.said
    if said and stray.unread:
        return replace(stray, said=tuple(said))
    return Changes(tuple(said), passed=passed)


def _of_waiting(
    waiting: Sequence[str], predicate: Clause | None, subject: Sequence[str], names: Names
) -> Changes:
    """What is said of the others is said of the units that wait for it too; else it is not read.

    But no bare number of a machine of another class: a pressure is no share of a valve.
    """
    if not waiting:
        return Changes()
    if predicate is None:
        return Changes(unread=" and ".join(map(names.full_name, waiting)))
    said = tuple(c for unit in waiting for c in _change(predicate, unit, names).said)
    other = [u for u in waiting if not _alike(u, predicate.units or subject, names)]
    if other and any(c["kind"] == "set" and "measurement" not in c for c in said):
        return Changes(unread=" and ".join(map(names.full_name, other)))
    return Changes(said)


def _alike(unit: str, others: Sequence[str], names: Names) -> bool:
    """Whether a unit is of the class of any other: a bare number of one may be meant of both."""
    return any(names.plant.class_of(unit).id == names.plant.class_of(one).id for one in others)


def _of_each(clause: Clause, units: Sequence[str], names: Names) -> Changes:
    """What a clause says of each unit, and what of it is not understood."""
    found = [_change(clause, unit, names) for unit in units] or [_unplaced(clause)]
    unread = next((f for f in found if f.unread), None)
    if unread is not None:
        return unread
    said = tuple(change for f in found for change in f.said)
    return replace(_left(clause, said, names), said=said)


def _left(clause: Clause, said: Sequence[dict[str, Any]], names: Names) -> Changes:
    """Nothing, if the changes account for each word and machine of a clause; else what is left."""
    left = left_over(clause.told, said, clause.measured, names)
    of = {name for one in said for name in (one["asset"], one.get("to", ""), *one.get("also", ()))}
    left += tuple(name for name in map(names.full_name, clause.units) if said and name not in of)
    return Changes(unread=clause.text, words=left) if left else Changes()


def _once(said: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The changes, each once: “isolate pump 2 – what if it goes off” says one."""
    return tuple(one for at, one in enumerate(said) if one not in said[:at])


def _twice(said: Sequence[dict[str, Any]]) -> bool:
    """Whether two changes say different things of the same."""
    of = [(one["asset"], one["kind"], one.get("measurement"), one.get("after")) for one in said]
    return len(set(of)) < len(of)


def _lines(clause: Clause, near: Sequence[str], parts: Sequence[Clause]) -> list[str]:
    """The lines a clause is about: those it names, else those named elsewhere, or near."""
    named = clause.lines or [line for part in parts for line in part.lines]
    lines = list(dict.fromkeys(named or [path for path in near if len(path.split("/")) == 3]))
    of_units = [unit.rsplit("/", 1)[0] for part in parts for unit in part.units]
    return lines or list(dict.fromkeys(of_units))


def _law(clause: Clause, lines: Sequence[str], names: Names) -> list[dict[str, Any]] | None:
    """What a clause says of a pair of machines, or of lines or all machines of one.

    None if it says nothing of that; a change that is empty is one not understood.
    """
    for told in (room_law(clause, names), rework_law(clause, names)):
        if told is not None:
            return [told]
    if len(clause.lines) > 1 or (len(lines) > 1 and clause.units):
        return None
    laws = [line_law(clause, line, names) for line in lines]
    if laws and laws[0] is not None:
        return [law for law in laws if law is not None]
    each = unit_law(clause.low) if clause.lines and not clause.units else None
    if each is None:
        return None
    machines = [m for line in lines for m in names.plant.machines(names.plant.line(line))]
    return [{**each, "asset": names.full_name(m.id)} for m in machines] if each else [{}]


def _unplaced(clause: Clause) -> Changes:
    """A change of nothing that has a name: not understood, if it says a number."""
    says = _meant(clause.low) or _CLOCK.search(clause.low)
    return Changes(unread=clause.text) if says else Changes()


def _change(clause: Clause, unit: str, names: Names) -> Changes:
    """The change one clause says of a unit."""
    low = clause.low
    asset = {"asset": names.full_name(unit)}
    law = unit_law(low)
    if law is not None:
        return Changes(({**asset, **law},)) if law else Changes(unread=clause.text)
    without, after = without_after(low)
    if _CLOCK.search(low):
        # at a time of day something stops, and nothing else is known to begin
        alone = STOPS.search(low) and after and not _CLOCK.search(without)
        begun = stop(low) if alone else None
        return Changes(({**asset, **begun},)) if begun else Changes(unread=clause.text)
    point = point_called(clause.measured, unit, names)
    amounts = _meant(low)
    if len(amounts) > 1:
        return Changes(unread=clause.text)
    found: dict[str, Any] | None = None
    for number in amounts:
        start, end = number.span("number")
        up_to = _UP_TO.search(low[:start])
        if up_to is not None and (up_to.group("lead") or way_of(low) == -1):
            return Changes(unread=clause.text)
        value = value_of(number.group("number"))
        if value is None:
            return Changes(unread=clause.text, numeral=number.group("number").rstrip(".,"))
        if number.group("share"):
            found = relative(low, number, value, unit, point, names)
            continue
        written = unit_behind(low[end:], tokens(clause.measured))
        value, written = by_the_minute(value, written, unit, names)
        if point is not None and _ANY_SET.fullmatch(clause.measured):
            point = None  # which is meant its other words say, or its unit
        if point is not None and written and not is_unit(written, point.spec.unit):
            needed = unit_text(point.spec.unit) or "numbers without a unit"
            return Changes(unread=clause.text, unit=written, needed=needed)
        way = way_to(low, start, end)
        if way:
            found = shifted(way, value, written, unit, point, names)
        elif way == 0 and (written or not STOPS.search(low)):
            measured = "" if _ANY_SET.fullmatch(clause.measured) else clause.measured
            found = absolute(low, written, value, unit, measured, point, names)
    if not amounts and STOPS.search(low):
        found = stop(low)
    if found is None:
        return Changes(unread=clause.text) if _speaks(low) else Changes()
    of_point = found["kind"] in {"set", "shift"} and point is not None
    named = {"measurement": clause.measured} if of_point else {}
    return Changes(({**asset, **named, **found},))


def _meant(low: str) -> list["re.Match[str]"]:
    """The numbers that say how much, no times; of “from … to …” the second."""
    times = [m.span() for m in _TIMES.finditer(low)]
    found = [
        m
        for m in _AMOUNT.finditer(low)
        if not any(start <= m.start() < end for start, end in times)
    ]
    to = [m for m in found if _TO.search(low[: m.start("number")])]
    return to if len(found) > 1 and len(to) == 1 else found


def _speaks(low: str) -> bool:
    """Whether words say a number, a stop, more or less, so that they may not be passed over."""
    return way_of(low) != 0 or any(p.search(low) for p in (_DIGIT, STOPS))
