"""The parts of a sentence that tell a change, apart from those that only ask, remark or explain.

“If filler 3 goes to 520, what does line 3 make over 4 h? Nozzles are new.” tells one change, asks
4 h ahead, and remarks on nozzles. It must never drop a part that says a number of anything but
time.
"""

import re
from dataclasses import dataclass

from agents.offline.account import TELLING
from agents.offline.question import blanked
from agents.offline.stops import STOPS
from tools.clock import CLOCK
from tools.length import find_length, length_of
from tools.numeral import NUMERAL
from twin_core.plant.names import Names

_ASKED = (
    r"how|what|why|does(?!\s+(?:only\s+)?\d)|do(?!\s+\d)|did|will|would"
    r"|can|could|where(?=\s+(?:is|are|will|would|does|do)\b)|effects?|impact|consequences?|outcome|whether"
    r"|any(?=\s+(?:gain|differen|effect|change|idea|harm|risk|good|problem))"
)
_CUTS = re.compile(
    r"[,;](?!\d)|[.:?!](?=\s|$)|\s[-–—]+\s"
    r"|(?<=\w)(?<!\bof)(?<!\bthan)(?<!\bas)(?<!\bso)(?<!\bby)\s+"
    rf"(?=(?:{_ASKED}|if|when|whichever|because|supposing)\b)"
    r"(?<!\bwhat)(?<!\btell me)"
    rf"|(?<=\w)\s+(?=should\s+(?:\S+\s+){{1,4}}?(?:{STOPS.pattern}))"
    r"|(?<=\w)\s+(?=with\b[^,;:.?]{0,60}\d)|(?<=\w)\s+(?=please\b)"
    r"|(?<=\w)\s+(?=(?:hits?|affects?|hurts?|means?\s+for|mean|costs?|matters?)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"\W*(?:(?:and|then|so|but|please)\s+)*(?:(?:with|at|in|on|by|to)\s+(?=which|what))?(?:{_ASKED}"
    r"|to(?=\s+(?:get|have|make|gain|win)\b)|which(?:ever)?|who|whom|whose|where|is|are|was"
    r"|were|when(?!\b.*\d)|give\s+me|tell\s+me|show|better|worse|look|because|hits?|affects?|hurts?|means?|costs?|matters?)\b"
    r"(?!.*\bif\b)",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(NUMERAL)
_WITH = re.compile(r"\s*with\b", re.IGNORECASE)
_SO_DOES = re.compile(r"\W*(?:and\s+)?so\s+(?:do|does|did|will|would)\b", re.IGNORECASE)
_SAY = re.compile(rf"(?:(?:say|about|maybe|perhaps|for)\s+)*{length_of()}", re.IGNORECASE)
_BEGINS = re.compile(
    rf"\s*(?:(?:starting|beginning|to\s+(?:begin|start))\b|(?:from|at)\s+{CLOCK}|in\s+{length_of()})",
    re.IGNORECASE,
)
_IDLE = re.compile(
    r"\bor\s+not\b|\beither\b|\bfor\s+a\s+while\b"
    r"|\b(?:(?:i['’]?m|we['’]?re|i\s+am|we\s+are|i|we|can(?:no|['’]?)t|just|still)\s+)*(?:(?:trying|have|need)\s+to\s+)?"
    r"(?:deciding|decide|choosing|choose|torn|undecided)\s+between\b"
    r"|\b(?:(?:i|we)\s+have\s+)?(?:the\s+)?two\s+(?:options|choices|possibilities|alternatives|ways)\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"(?<![\w'’])(?!(?:nobody|no|neither|never|not)\b)(?:\w+\s+){1,3}?"
    r"(?:(?:would|['’]d)\s+(?:now\s+)?(?:like|prefer|love)\s+to|(?:wants?|needs?|intends?|plans?|means)\s+to"
    r"|ask(?:s|ed|ing)?(?:\s+me)?\s+(?:whether|if)\s+(?:he|she|they|i|we)\s+(?:may|can|could|should|might))\s+"
    r"(?!know\b|see\b|hear\b)",
    re.IGNORECASE,
)
"""Who wants a change: “the operator would like to take it to 95 %”; what he wants is supposed."""
_FROM_NOW = re.compile(
    rf"\b(?:(?:until|till?|through|by|over|for|within|across|look)\s+)(?:the\s+)?(?:next\s+)?"
    rf"(?P<length>{length_of()})\s+(?:from\s+now|ahead)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(rf"{length_of()}(?!\s*(?:/|per\b))|{CLOCK}|\b[a-z]+-\d+\b", re.IGNORECASE)
"""Numbers that are times, or stand in the name of an order."""
_LOSES = re.compile(r"\b(?:lose[sd]?|losing|lost)\b")
_LAWS = re.compile(
    r"\b(?:twice|double\w*|doubling|halve[sd]?|halving|half|skip\w*|cancel\w*|no|without|leav\w+\s+out"
    r"|buffer\w*|accumulation|room|changeover|cleaning|break|mechanics?|fitters?|people|rework\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence tells.

    Attributes:
        text: the parts that may tell a change, commas between them.
        ahead: how far ahead the rest asks, as it was said; empty if it does not.
    """

    text: str
    ahead: str


def told(text: str, names: Names, *, numbered: bool = False) -> Told:
    """The parts of a text that may tell a change; all of it, if none of them does.

    Args:
        text: as it was said.
        names: of the plant.
        numbered: where parts say a number, only those tell anything.
    """
    kept: list[str] = []
    far = _FROM_NOW.search(text)
    ahead = far.group("length") if far is not None else ""
    text = _WANTED.sub("", _IDLE.sub(" ", _FROM_NOW.sub(" ", text, count=1)), count=1)
    for part in _parts(text, names):
        if kept and _goes_on(kept[-1], part, names):
            kept[-1] += f" {part.strip()}"
        elif _tells(part, names):
            kept.append(part.strip())
        elif not ahead:
            ahead = find_length(part) or ""
    said = [part for part in kept if _says_number(part, names)] if numbered else []
    kept = said or kept
    return Told(", ".join(kept), ahead) if kept else Told(text, "")


def _goes_on(before: str, part: str, names: Names) -> bool:
    """Whether a part only names what the one before says a number of, or the other way round.

    Or says how long it takes.
    """
    if _SAY.fullmatch(part.strip(" .?!")) or _BEGINS.match(part):
        return True
    found = names.mentions(part)
    numbered = _says_number(part, names)
    if _WITH.match(part):
        named = any(m.kind in {"unit", "line"} for m in found)
        return not numbered or not (named or _says_number(before, names))
    return numbered and not found and not _says_number(before, names) and not _stops(before)


def _says_number(part: str, names: Names) -> bool:
    low = blanked(part, names.mentions(part))
    return _NUMBER.search(_TIMES.sub(" ", low)) is not None


def _stops(part: str) -> bool:
    return STOPS.search(part.lower()) is not None


def _parts(text: str, names: Names) -> list[str]:
    """The text cut; never inside a name."""
    found = names.mentions(text)
    cuts = [
        cut
        for cut in _CUTS.finditer(text)
        if not any(
            m.start < cut.end() and cut.start() < m.end for m in found if cut.group().strip()
        )
    ]
    starts, ends = [0, *(c.end() for c in cuts)], [*(c.start() for c in cuts), len(text)]
    return [part for a, b in zip(starts, ends, strict=True) if (part := text[a:b]).strip(" .?!")]


def _tells(part: str, names: Names) -> bool:
    """Whether a part says a number that is no time, a stop, or names what the next speaks of."""
    found = names.mentions(part)
    low = blanked(part, found).lower()
    if _says_number(part, names):
        return True
    stops = STOPS.search(low if found else _LOSES.sub(" ", low))
    if stops and (find_length(low) or (found and not _ASKS.match(part))):
        return True
    if _ASKS.match(part):
        return _SO_DOES.match(part) is not None
    only_turns = bool(low.strip()) and TELLING.issuperset(low.split())  # “…, while”
    return bool(found) or only_turns or _LAWS.search(low) is not None
