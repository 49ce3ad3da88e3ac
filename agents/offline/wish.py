"""A set-point with its value that a person asks to have proposed, out of plain words.

What stands behind the words that ask for a proposal is read as a change is. It must never take a
number for a set-point where words are left that it does not understand.
"""

import re
from typing import Any

from agents.offline import grammar
from agents.offline.changes import Changes, changes_in
from agents.offline.clauses import point_called
from agents.offline.question import SETTABLE, Said, blanked
from agents.offline.spoken import Spoken
from agents.offline.telling import told
from agents.offline.unit import is_unit, unit_behind
from tools.numeral import NUMERAL, value_of
from twin_core.plant.names import Names

_ASKS = re.compile(
    r"(?:^|(?<=\W))(?:(?:please|kindly|i|we|you|can|could|would|will|may|like|want|wish|need|id"
    r"|i['’]d|let['’]?s|us|to|now|ok|okay|and|then|also)\s+)*"
    r"(?:propos(?:e|ing)|submit(?:ting)?|hand(?:ing)?\s+in|put(?:ting)?\s+(?:it\s+)?forward"
    r"|initiat(?:e|ing)|suggest(?:ing)?|(?:draft|make|raise|create|write|open|draw\s+up)(?=\s+an?\s+"
    r"proposal)|(?:ask|request)(?:ing)?\s+(?:for\s+)?(?:approval|permission))\b"
    r"(?:\s+(?:a\s+|the\s+)?(?:proposal|change))?[:,]?"
    r"(?:\s+(?:for|to|that|we|you|they|us|it|this|please|should|be|is|are|me))*",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"[,;:–-]?\s*(?:(?:please|and|then)\s+)*(?:i(?:['’]d|\s+would)?\s+)?"
    r"(?:(?:propose|submit|suggest)(?:\s+(?:it|that|this))?|(?:hand|put|send)\s+(?:it|that|this)"
    r"(?:\s+(?:in|forward|up))?(?:\s+for\s+approval)?)(?:\s+(?:please|pls|ok|thanks))*\W*$",
    re.IGNORECASE,
)
"""“…, propose it”: asked behind what is wanted."""
_NUMBER = re.compile(rf"(?P<number>{NUMERAL})")
_IDLE_WORDS = """
a an the to at on of for set setting setpoint run runs running put with please now it back can you
just bring change
"""
_IDLE = frozenset(_IDLE_WORDS.split())
_WAY_WORDS = """
slow speed down up throttle ramp drop cut raise lower increase reduce decrease
"""
_WAYS = frozenset(_WAY_WORDS.split())
"""Say less or more: with “to” and a number where it goes, never with “at” or “by” one."""
_GOES_TO = re.compile(r"\bto\s*$")


def wish_in(said: Said, names: Names, near: tuple[str, ...]) -> Changes:
    """The one change that a proposal is asked to make; nothing where none is said.

    What cannot be taken for its unit, or as a number, is left unread: it must be asked back.
    """
    found = changes_in(_wished(said, names), names, near)
    wished = len(found.said) == 1 and found.said[0]["kind"] in SETTABLE
    return found if (wished and not found.unread) or found.unit or found.numeral else Changes()


def wish_of(said: Said, names: Names, spoken: Spoken) -> Changes:
    """The same of what was spoken of before."""
    found = spoken.change(_wished(said, names), names)
    return found if found.said and found.said[0]["kind"] in SETTABLE else Changes()


def _wished(said: Said, names: Names) -> str:
    """The words behind those that ask for a proposal, and of them those that say a number."""
    text = _BEHIND.sub(" ", said.text, count=1)
    text = _ASKS.sub(" ", text, count=1).strip(" ,:;")
    return told(text, names, numbered=True).text


def bare_set(text: str, names: Names, near: tuple[str, ...]) -> dict[str, Any] | None:
    """“Filler 3 to 520”, “480 bottles/min on filler 1”: a machine, and a number for it."""
    mentions = names.mentions(text)
    units = {m.paths[0] for m in mentions if m.kind == "unit" and len(m.paths) == 1}
    unit = next(iter(units or {p for p in near if p in names.plant.units}), "")
    measured = [m for m in mentions if m.kind == "measurement"]
    if len(units) > 1 or not unit or len(measured) > 1:
        return None
    low = blanked(text, mentions).lower()
    numbers = list(_NUMBER.finditer(low))
    value = value_of(numbers[0].group("number")) if len(numbers) == 1 else None
    if value is None:
        return None
    written = unit_behind(low[numbers[0].end() :])
    left = f"{low[: numbers[0].start()]} {low[numbers[0].end() :].replace(written, ' ', 1)}"
    words = set(grammar.normal(left).split())
    goes = _GOES_TO.search(low[: numbers[0].start()]) and not words & {"at", "by", "from"}
    if words - (_IDLE | _WAYS if goes else _IDLE):
        return None
    said: dict[str, Any] = {"asset": names.full_name(unit), "kind": "set", "value": value}
    if measured:
        point = point_called(measured[0].text, unit, names)
        fits = point is not None and (not written or is_unit(written, point.spec.unit))
        return {**said, "measurement": measured[0].text} if fits else None
    if not written:
        return said
    fit = [
        p for p in names.plant.units[unit].points if p.writable and is_unit(written, p.spec.unit)
    ]
    return {**said, "measurement": fit[0].spec.name} if len(fit) == 1 else None
