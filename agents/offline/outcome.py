"""Whose value a what-if asks for: “what would the pressure of header A be if the tie were at 50 %”.

It parts what is asked from what is changed. It must never take the one for the other, nor a value
that is asked as of now for one that is supposed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.offline import grammar
from agents.offline.measured import LEVELS
from agents.offline.question import blanked
from tools.clock import CLOCK
from tools.length import find_length, length_of
from tools.numeral import NUMERAL
from twin_core.errors import BadInput
from twin_core.plant.assets import Point
from twin_core.plant.classes import SETTINGS, Role
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

_SENTENCES = re.compile(r"[?;!]|\.(?=\s|$)")
_PARTS = re.compile(
    rf",(?!\d)|{_SENTENCES.pattern}|\s[-–—]+\s|\s(?=(?:if|when)\s)"
    r"|\s(?=(?:where|how|what)(?:[’']s|\s(?:is|are|do|does|will|would))\s)",
    re.IGNORECASE,
)
_SUPPOSES = re.compile(
    r"^\W*(?:and |so |but )*(?:what )?(?:if|when|suppose|supposing)\b", re.IGNORECASE
)
_TIMES = re.compile(rf"\b(?:in|after|over|for)?\s*{length_of()}|{CLOCK}", re.IGNORECASE)
_NUMBER = re.compile(NUMERAL)
_ITS = re.compile(
    r"\b(?:its|the|that)\s+(?:set[\s-]?points?|set value|target|setting)\b(?!\s+of\b)",
    re.IGNORECASE,
)
_IT = re.compile(r"\b(?:its?|that|this)\b|^\W*(?:and\s+)?back\s+(?:to|at)\b")
_ASKING_WORDS = """
what is the a of on for to then rate output throughput production effect effects impact result
better best makes make happens with in and per minute be go going where then goes gets get come
comes how does do will would we it have
"""
_ASKING = frozenset(_ASKING_WORDS.split())
_SHOWN = frozenset({Role.POTENTIAL, Role.PROCESS, Role.LEVEL})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is asked, and the rest.

    Attributes:
        asset, measurement: names of what the value is asked of.
        horizon: how far ahead, as it was said; empty if it was not.
        rest: the words of the change.
    """

    asset: str
    measurement: str
    horizon: str
    rest: str


def outcome(text: str, names: Names, spoken: str = "") -> Outcome | None:
    """The value that is asked, where one part of a sentence asks it and another says a change.

    Args:
        text: the sentence.
        names: of the plant.
        spoken: path of the machine that “it” goes back to; empty if there is none.
    """
    for parting in (_SENTENCES, _PARTS):
        found = _parted([part for part in parting.split(text) if part.strip()], names, spoken)
        if found is not None:
            return found
    return None


def _parted(parts: Sequence[str], names: Names, spoken: str) -> Outcome | None:
    """The value that one of the parts asks, and the change that the others say."""
    for at, part in enumerate(parts):
        rest = ", ".join(other.strip() for other in (*parts[:at], *parts[at + 1 :]))
        if not rest:
            continue
        changed = [p for m in names.mentions(rest) if m.kind == "unit" for p in m.paths]
        beside = frozenset(path.rsplit("/", 1)[0] for path in changed or [spoken] if path)
        point = _asked(part, beside, names) or _of_changed(part, rest, names)
        if point is None:
            continue
        asset, name = names.full_name(point.unit_id), point.spec.name
        if any(p.spec.measures == point.spec.id for p in names.plant.unit(point.unit_id).points):
            rest = _ITS.sub(f"the {name} setpoint of {asset}", rest, count=1)
        if _changes(rest, names):
            return Outcome(asset, name, find_length(part) or "", rest)
    return None


def _asked(part: str, beside: frozenset[str], names: Names) -> Point | None:
    """The one value that a part without a number is about.

    Of several machines of one name, or of none, on a line `beside`: of the one that is changed.
    """
    found = names.mentions(part)
    measured = [m for m in found if m.kind == "measurement"]
    meant = names.meant([m for m in found if m.kind != "measurement"])
    if len(meant) > 1:
        meant = tuple(path for path in meant if path.rsplit("/", 1)[0] in beside)
    if measured and len(measured) == len(found):
        meant = tuple(beside)
    plain = _TIMES.sub(" ", blanked(part, found))
    if len(meant) != 1 or _SUPPOSES.match(part) or _NUMBER.search(plain):
        return None
    if not measured:
        unit = names.plant.units.get(meant[0])
        bare = set(re.findall(r"\w+", plain.lower())) <= _ASKING
        return unit.with_role(Role.POTENTIAL) if unit is not None and bare else None
    try:
        point = names.point(max((m.text for m in measured), key=len), meant[0])
    except BadInput:  # nothing there is called so, or several are: then no value is asked
        return None
    return point if point.spec.role in _SHOWN else None


def _of_changed(part: str, rest: str, names: Names) -> Point | None:
    """The one value of the machine that is changed which a part calls by two words of its name.

    “Which temperature would the glue reach?”, “how hot does the glue get?”
    """
    changed = [m for m in names.mentions(rest) if m.kind == "unit"]
    named = any(m.kind != "measurement" for m in names.mentions(part))
    if len(changed) != 1 or len(changed[0].paths) != 1 or named or _NUMBER.search(part):
        return None
    words = {LEVELS.get(word, word) for word in tokens(part) if grammar.content(word)}
    shown = [p for p in names.plant.unit(changed[0].paths[0]).points if p.spec.role in _SHOWN]
    called = [p for p in shown if len(words & set(tokens(p.spec.name))) > 1]
    return called[0] if len(called) == 1 else None


def own_value(change: Mapping[str, Any], names: Names) -> tuple[str, str]:
    """The asset and the measurement that a set-point is to bring somewhere; empty if it is none.

    Who only supposes that the glue is set hotter wants to know how hot it gets.
    """
    if change["kind"] != "set" or not change.get("measurement"):
        return "", ""
    unit = names.plant.unit(names.asset(change["asset"]))
    try:
        point = names.point(change["measurement"], unit.id)
    except BadInput:  # which is meant the simulation asks back
        return "", ""
    shown = unit.point(point.spec.measures or "") if point.spec.role in SETTINGS else point
    if shown is None or shown.spec.role not in _SHOWN:
        return "", ""
    return change["asset"], shown.spec.name


def _changes(rest: str, names: Names) -> bool:
    """Whether it names something and says a number of it that is no time."""
    found = names.mentions(rest)
    units = any(m.kind in {"unit", "line"} for m in found) or _IT.search(rest.lower())
    return bool(units) and _NUMBER.search(_TIMES.sub(" ", blanked(rest, found))) is not None
