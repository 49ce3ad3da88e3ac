"""Whether a change accounts for all that its words tell; what is left was not understood.

Each kind of change has the phrases that can say it, each to be said once; numbers are such phrases,
so that none is used twice or not at all. Of what is left, a number, a sign, the words that turn a
meaning (“not”, “except”, “until”) and words that no example of a change has are not passed over;
one that changes are asked with is, since what was understood is said back. It must never let a
number pass.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.offline.examples import changing
from agents.offline.figures import counted
from agents.offline.grammar import AS_IT_IS, normal, unheard
from agents.offline.stops import LIMITED, STOPS
from agents.offline.unit import unit_behind
from agents.offline.ways import way_of, without_way
from tools.clock import CLOCK
from tools.length import length_of
from tools.numeral import NUMERAL
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

SET_POINT = r"(?:set[\s-]?points?|set\s+values?|settings?|targets?)"
"""A set-point, whatever it is of."""
UNIT, LINE = "\ue000", "\ue001"
"""What stands in a clause for the name of a machine, and of a line."""
_IDLE_WORDS = """
a an the what if when suppose supposing supposed simulate assume assuming imagine say let lets us
please we i you me they our its it it's that this there was is were are be been being had has have
would will can could get gets then just only simply also too so do does did compare
and or from now on onwards onward
"""
IDLE = frozenset(_IDLE_WORDS.split()) - {"from", "on", "or", "onwards", "onward"}
"""The words that mean nothing in a change."""
_ASKS = re.compile(
    r"\W*(?:and\s+|then\s+)?(?:how|what|which|does|do|did|is|are|will|would|compare|better|can|tell"
    r"|simulate|forecast|predict)\b"
)
_OPENS = re.compile(r"\b(?:if|when|suppose|supposing|assuming)\b|:(?!\d)")
_INSTEAD = re.compile(r"\binstead\b(?!\s+of\b)")
_AS_NOW = re.compile(r"\bthan\s+(?:(?:it|they)\s+(?:is|are)\s+)?(?:now|before|today|usual)\b")
_WORD = re.compile(r"[^\W_]+(?:['’.,:][^\W_]+)*|[^\s\w.,;:!?()\[\]\"'“”‘’–—-]|_")
_JOINT = r"(?:\s*,\s*(?:and\s+)?|\s+(?:and|as\s+well\s+as)\s+)"
_THE = r"(?:(?:the|its|both|all|every|each)\s+)*"
_NAMES = re.compile(
    rf"(?:\b(?:of|on|at|in|for|with|by|behind)\s+)?{_THE}[{UNIT}{LINE}]"
    rf"(?:{_JOINT}{_THE}[{UNIT}{LINE}])*(?:\s+(?:each|both|all)\b)?"
)
_NUMBER = rf"(?:about\s+)?{NUMERAL}"
_COUNT = (
    rf"(?:{NUMERAL}|\b(?:no|an?|one|single|another|two|three|four|five|six|seven|eight|nine|ten)\b)"
)
_PER_CENT = r"\s{0,3}(?:%|per\s?cent\b)"
_SHARE = (
    rf"(?:\bfrom\s+{NUMERAL}(?:{_PER_CENT})?\s+(?=to\b))?"
    rf"(?:\b(?:by|to|at|of|with)\s+)?{_NUMBER}{_PER_CENT}"
)
_LENGTH = rf"(?:(?:about|another)\s+)?{length_of()}"
_HORIZON = rf"\b(?:for|over)\s+(?:the\s+next\s+)?{_LENGTH}"
_FROM_NOW = r"\bfrom\s+now(?:\s+on(?:wards?)?)?\b|\bnow\b"
_TIMES = (
    rf"(?:\b(?:half|twice|double)|{_COUNT}\s+times|{NUMERAL}{_PER_CENT})\s+as\s+(?:long|often"
    r"|frequent|frequently|much|many|fast|quick|quickly|big|large|rarely|seldom)\b"
    r"(?:\s+as\s+(?:now|before|today|usual)\b)?"
    r"|\b(?:double[sd]?|doubling|halve[sd]?|halving)\b"
)
_RUNS = (
    r"\b(?:runs?|ran|running|works?|operates?|goes|go|went|going|set|put|turn(?:s|ed)?"
    r"|st(?:ands?|ood))\b"
)
_SETS = (
    r"\b(?:set(?:ting)?|put|goes|go|went|turn(?:s|ed)?|changes?|changed|make|run|runs|ran|running"
    r"|open(?:s|ed|ing)?|clos(?:e|es|ed|ing)|st(?:ands?|ood))\b(?:\s+back\b)?"
)
_AFTER = (
    rf"\b(?:in|after|(?:starting|beginning|to\s+(?:begin|start))(?:\s+(?:in|after))?)\s+(?:a\s+)?{_LENGTH}"
    r"(?:\s+(?:from\s+now|time))?"
    rf"|\b(?:(?:starting|beginning)\s+)?(?:at|from|to|after)\s+{CLOCK}"
    r"(?!\w)(?:\s+on\b)?"
)
_STOPS = (
    rf"{STOPS.pattern}|\b(?:(?:is|are|was|were|goes|go|went)\s+)?(?:off|down)\b"
    r"|\b(?:repair\w*|mend\w*|fix(?:es|ed|ing)?|maintenance|servic\w+|maintained)\b"
)
_WHO = (
    rf"(?:{_COUNT}\s+)?\b(?:people|persons?|man|men|woman|women|mechanics?|fitters?|technicians?"
    r"|operators?)\b"
)
_MENDS = (
    r"\b(?:mend\w*|repair\w*|fix\w*|maint\w+|work\w*)\b(?:\s+(?:everything|what\s+stops|stops))?"
)
_REJECTS = r"\b(?:reject(?:s|ing|ed|ion)?|scraps?|scrapped|scrapping|waste[sd]?)\b"
_MADE = (
    r"\bof\s+(?:(?:its|the|their)\s+(?:output|production|throughput)|what\s+(?:it|they)\s+makes?)\b"
)
_OF_NOW = r"\b(?:of\s+)?(?:(?:what|than)\s+(?:it|they)\s+rejects?\s+)?(?:now|today|at\s+present)\b"
_FACTOR = (rf"{_TIMES}|{_SHARE}",)
_ROOM = r"\b(?:of\s+)?(?:buffers?|buffering|accumulation|room|space)\b"
_BETWEEN = (
    rf"\b(?:between|behind|after|downstream\s+of)\s+(?:the\s+)?{UNIT}"
    rf"(?:\s+and\s+(?:the\s+)?{UNIT})?"
)
_ROOM_FOR = (
    rf"(?:\b(?:by|to|of|for|is|at|with)\s+)?{_NUMBER}(?:\s+(?:more|extra)(?=\s+\w+\s+of\b))?"
)
_HOLDS = r"\b(?:holds?|holding|takes?|taking|add(?:s|ed|ing)?|remov\w+|enlarg\w+|extend\w*|minus)\b"
_PLANNED = r"\b(?:planned\s+)?(?:breaks?|changeovers?|cleanings?|maintenance|stops?)\b"
_VERB = re.compile(
    r"^\W*(?:(?:and|then|so|please|what|if|when|suppose|we|i|you|they|let|us|lets|could|can|would|to)\s+)*"
    rf"(?P<verb>[a-z]+)(?=\s+(?:(?:the|our|its|that)\s+)?{UNIT}\s*(?:up\s+|down\s+|back\s+)?to\s+{NUMERAL})"
)
"""Whatever is done to a machine so that it comes to a number: “crank it up to”, “notch it to”."""
_ADDS = re.compile(r"\b(?:add|remov|tak|enlarg|extend|minus)")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "speed": (_SHARE, _RUNS, r"\b(?:of\s+)?(?:(?:its|the|their|full)\s+)?speeds?\b", _HORIZON),
    "capacity": (
        _SHARE, _RUNS, r"\b(?:of\s+)?(?:(?:its|the)\s+)?(?:capacity|output|speed)\b", _HORIZON,
    ),
    "demand": (
        _SHARE, _RUNS, r"\b(?:demands?|consumption|draws?|uses?|consumes?|leak\w*)\b", _HORIZON,
    ),
    "rejects": (_SHARE, _REJECTS, _MADE, r"\bgo(?:es)?\b", _HORIZON),
    "more_rejects": (
        rf"(?:\bby\s+)?{_NUMBER}\s{{0,3}}(?:(?:%|per\s?cent(?:age)?)[\s-]{{0,3}})?points?\b|{_SHARE}",
        _REJECTS,
        _MADE,
        r"\bgo(?:es)?\b",
        _HORIZON,
    ),
    "rejects_share": (*_FACTOR, _REJECTS, _OF_NOW, r"\bgo(?:es)?\b", _HORIZON),
    "rework": (
        rf"{_NUMBER}{_PER_CENT}|\b(?:all|everything|half)\b", r"\bof\s+(?:what|the)\b",
        (r"\b(?:rework\w*|re-?feed\w*|re-?fed|(?:put|fed|go(?:es)?|sent|comes?)\s+(?:right|back|again))"
        r"\b(?:\s+(?:and\s+fed\s+again))?"), _REJECTS,
        rf"\b(?:to|into|at|in|by)\s+(?:the\s+)?{UNIT}", _HORIZON,
    ),
    "stop": (_AFTER, rf"(?:\b(?:for|of)\s+)?{_LENGTH}", _STOPS, _WHO, _RUNS),
    "minor_stops": (
        (rf"{_COUNT}\s+(?:more|extra|additional|further|fewer|less)\s+(?:(?:minor|short|micro|small)"
        r"[\s-]*)?stop(?:s|pages?)?\s*(?:per|an?|each|every|/)\s*h(?:our)?\b"),
        rf"(?:\b(?:of|for|lasting)\s+)?{_LENGTH}(?:\s+each\b)?",
    ),
    "life": (
        *_FACTOR, r"\b(?:fails?|failed|breaks?\s+down|stops?|jams?|runs?|ran|running)\b",
        r"\b(?:the\s+)?(?:mtbf|(?:running\s+|run\s+)?time)\b",
        r"(?<=less |more )(?:often|frequently)\b",
        r"\bbetween\s+(?:its\s+|the\s+|two\s+)?(?:stops|failures|breakdowns|stoppages|jams)\b",
        _HORIZON,
    ),
    "repair": (
        *_FACTOR, r"\b(?:repair\w*|mend\w*|fix(?:es|ed|ing)?|mttr)\b(?:\s+times?\b)?",
        r"\b(?:minor\s+)?(?:stops?|failures?|breakdowns?|jams?|downtimes?|stoppages?)\b",
        r"\b(?:lasts?|takes?|took)\b", _HORIZON,
    ),
    "repair_time": (
        rf"(?:\b(?:of|to|in)\s+)?{_LENGTH}", r"\b(?:repair\w*|mend\w*|fix(?:es|ed|ing)?|mttr)\b",
        r"\b(?:stops?|failures?|breakdowns?|jams?|downtimes?|stoppages?)\b",
        r"\b(?:lasts?|takes?|took|long)\b",
    ),
    "buffer": (_BETWEEN, _ROOM_FOR, _ROOM, _HOLDS, _HORIZON),
    "more_buffer": (_BETWEEN, _ROOM_FOR, _ROOM, _HOLDS, r"\b(?:away|out|off)\b", _HORIZON),
    "buffer_share": (_BETWEEN, *_FACTOR, _ROOM, _HORIZON),
    "no_buffer": (_BETWEEN, r"\b(?:no|without(?:\s+(?:a|any|the))?)\s+(?=buffer|accum)", _ROOM),
    "people": (
        _WHO.removeprefix("(?:").replace(r"\s+)?\b", r"\s+(?:(?:maintenance|repair)\s+)?\b", 1),
        rf"\A\W*(?:only\s+|just\s+|and\s+)?{_COUNT}\s+(?=for|on|at|in|mend|repair|fix|maint|work)",
        _MENDS, r"\b(?:at\s+|as\s+)?(?:first|priority)\b", r"\b(?:everything|what\s+stops|stops)\b",
        r"\bwith(?=\s)", r"\bgoes\b", rf"\b(?:on|for|to)\s+(?:the\s+)?{UNIT}", r"\bby\b",
    ),
    "planned_stop": (
        _AFTER,
        (r"\b(?:planned\s+(?:stop|break|maintenance|cleaning)|breaks?|pauses?|cleaning"
        r"|stands?\s+(?:still|as\s+planned))\b"), rf"(?:\b(?:of|for)\s+)?{_LENGTH}",
        r"\b(?:takes?|took|makes?|planned)\b", STOPS.pattern,
    ),
    "product": (_AFTER, (r"\b(?:makes?|made|making|changes?|changed|switch(?:es|ed)?|runs?|ran)\b"
                r"(?:\s+over)?(?:\s+to\b)?"), r"\b(?:product|to)\b"),
    "move_stop": (
        rf"\bto\s+(?={_AFTER})", _AFTER, rf"(?:\bby\s+)?{_LENGTH}", _PLANNED,
        (r"\b(?:mov\w+|shift(?:s|ed|ing)?|postpon\w+|delay\w*|put\w*|push\w*|pull\w*|bring\w*"
        r"|brought|begins?|starts?|comes?)\b"),
        r"\b(?:later|earlier|sooner|forward|back|before)\b",
    ),
    "left_out": (
        _PLANNED,
        r"\b(?:leav\w+|left|skip\w*|cancel\w*|drop(?:s|ped)?|no|without)\b(?:\s+out\b)?",
        r"\bout\b",
    ),
}  # fmt: skip
_WAYS = frozenset(
    {"speed", "capacity", "demand", "rejects", "more_rejects", "rejects_share", "life", "repair"}
    | {"more_buffer", "buffer_share", "set", "shift"}
)
"""Kinds that may be said with a way to go, once."""
_QUANTITY = re.compile(
    rf"(?:\bfrom\s+{NUMERAL}\s+(?:[^\s\d]+\s+)?(?=to\b))?"
    rf"(?:\b(?:to|at|of|by|on|with)\s+|=\s{{0,3}})?{_NUMBER}"
)


def left_over(
    told: str, changes: Sequence[Mapping[str, Any]], measured: str, names: Names
) -> tuple[str, ...]:
    """The words of a clause that its changes do not account for.

    Args:
        told: lower case, with `UNIT` and `LINE` where names stand.
        changes: what it was read as, of one kind; none, if it says no change.
        measured: what is measured, as it was said.
        names: of the plant.
    """
    told = _AS_NOW.sub(" ", _INSTEAD.sub(" ", told))
    asks = _ASKS.match(told) is not None
    opens = _OPENS.search(told)
    asking = told[: opens.start()] if asks and opens else told if asks else ""
    told = told[len(asking) :]
    if changes:
        told = _spent(f"{asking} {told}" if not opens else told, changes[0], measured, names)
        asking = asking if opens else ""
    else:
        told, alike = AS_IT_IS.subn(" ", told)
        told = re.sub(r"\b(?:everything|all)\b", " ", told) if alike else told
    if asks and not opens:
        asking, told = f"{asking} {told}", ""
    return tuple(word for word in _words(f"{asking} {told}", names) if _tells(word, names))


_TELLING_WORDS = """
not never no without except but besides unless until till before instead other than rather half
twice double third quarter triple every each often long times while or neither nor fewer less more
most least per up back as many few several some any none maybe perhaps possibly hardly barely almost
nearly rarely seldom sometimes often usually again after yesterday daily gradually slowly already
everywhere between behind
"""
TELLING = frozenset(_TELLING_WORDS.split())
"""Words that turn the meaning of what is said beside them."""


def _tells(word: str, names: Names) -> bool:
    """Whether a word may turn the meaning of what is said beside it: also one that is not ours."""
    plain = normal(word) if word.replace("'", "").replace("’", "").isalpha() else ""
    if word in TELLING or not plain or counted(word) or STOPS.fullmatch(word) or way_of(word):
        return True
    ours = plain in changing() or word in names.words
    return not ours and bool(unheard([plain]))


def _words(text: str, names: Names) -> Iterator[str]:
    """The words of a text that are neither names nor what machines put out."""
    text = _NAMES.sub(" ", text)
    counted = {p for u in names.plant.units.values() if u.flow for p in tokens(u.flow.unit_out)}
    plural = counted | {f"{one}s" for one in counted}
    for found in _WORD.finditer(text):
        if not found.group().isalpha() or found.group() not in plural:
            yield found.group()


def _spent(text: str, change: Mapping[str, Any], measured: str, names: Names) -> str:
    """The text without the words that say the change, each phrase once."""
    kind = change["kind"]
    verb = _VERB.match(text) if kind == "set" else None
    if verb is not None and verb.group("verb") not in TELLING:
        text = text[: verb.start("verb")] + text[verb.end("verb") :]
    if kind == "buffer" and not re.search(r"\d", text):
        kind = "no_buffer"
    if kind == "move_stop" and not (change.get("after") or "value" in change):
        kind = "left_out"
    timed = re.search(_TIMES, text) or ("buffer" in kind and _ADDS.search(text))
    if measured and kind in {"set", "shift", "speed", "capacity", "demand"}:
        owned = r"(?:\b(?:of|with|as|to)\s+)?(?:\b(?:its|their|the|full|an?)\s+)?"
        noun = rf"(?:\bset\s+)?\b{re.escape(measured.lower())}\b(?:\s+{SET_POINT})?"
        text = re.sub(rf"{owned}{noun}", " ", text)
    if kind == "product":
        text = _without_product(text, change["product"], names)
    if kind in {"set", "shift", "speed", "capacity"}:
        text = re.sub(r"\bup\s+(?=to\b)", " ", text, count=1)
        text = re.sub(r"\bback\b", " ", text, count=1)
    if kind in {"set", "shift"}:
        text = _without_quantity(text, measured)
        text = LIMITED.sub(" ", text, count=1)
        text = re.sub(r"\bagain\b", " ", text, count=1) if kind == "set" else text
        text = re.sub(_SETS, " ", re.sub(_HORIZON, " ", text, count=1), count=1)
    for phrase in _KINDS.get(kind, ()):
        if phrase is _AFTER and not change.get("after"):
            continue
        text = re.sub(phrase, " ", text, count=1)
    if change["kind"] in _WAYS and not timed:
        text = without_way(text, level=kind == "set")
    return re.sub(_FROM_NOW, " ", text, count=1)


def _without_quantity(text: str, measured: str) -> str:
    """The text without the number that is set, and its unit."""
    found = _QUANTITY.search(text)
    if found is None:
        return text
    behind = text[found.end() :]
    unit = unit_behind(behind, tokens(measured))
    parts = [re.escape(part) for part in re.findall(r"/|[^\s/]+", unit)]
    said = re.match(r"[\s(\[–-]{0,4}" + r"\s?".join(parts), behind) if parts else None
    return text[: found.start()] + " " + behind[said.end() if said else 0 :]


def _without_product(text: str, product: str, names: Names) -> str:
    """The text without the name of a product, the longest that it has."""
    spelled = [t for p in names.plant.products if p.id == product for t in (p.name, p.id)]
    for name in sorted(spelled, key=len, reverse=True):
        form = r"\W*".join(map(re.escape, tokens(name)))
        text, found = re.subn(rf"(?:\bto\s+)?\b{form}\b", " ", text, count=1)
        if found:
            break
    return text
