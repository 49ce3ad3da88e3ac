"""What is handed over from crew to crew: asked for by who takes over, or of what went on.

“What must the next crew know?”, “what do I tell the lads coming on?”, “what happened on line 3 this
shift?”. It must never take for it what asks for one thing: why, how fast, when.
"""

import re
from dataclasses import replace

from agents.offline import grammar
from agents.offline.assets import about
from agents.offline.question import Reading, Said
from tools.length import length_of
from tools.span import shift_said
from twin_core.plant.names import Names
from twin_core.plant.words import split, tokens

_MEN = r"(?:shift|crew|team|lads?|guys?|people|operators?|lot|ones?|boys|colleagues?|mates?|folks?)"
_NEXT = (
    rf"(?:(?:next|incoming|oncoming|coming|following|relieving|new|late|early|night|morning|day)\s+{_MEN}"
    rf"|relief|lates|earlies|nights|(?:{_MEN}|who(?:ever)?|those)\s+(?:(?:who|that)\s+)?"
    r"(?:(?:is|are|will|thats?|going to)\s+)*(?:com(?:e|es|ing)\s+(?:on|in|after)"
    r"|(?:after|behind)\s+(?:us|me)|tak(?:e|es|ing)\s+over|takes?\s+it\s+from|reliev(?:e|es|ing)|start(?:s|ing)?\s+after)\b)"
)
"""Who comes next."""
_MUST = r"(?:must|should|shall|ought|needs?|has|have|got)"
_KNOW = (
    r"(?:\w+\s+){0,3}?(?:know|hear|aware|told|warned|briefed|look out|watch out|watch for)\b"
    r"(?!\s+(?:why|how|when|where|whether|if|who|which))"
)
_TO = (
    r"(?:tell|brief|inform|warn|pass(?:ed|ing)?(?:\s+\w+)?\s+on\s+to|pass(?:ed|ing)?(?:\s+\w+)?\s+to"
    r"|hand(?:ed|ing)?\s+(?:\w+\s+){0,4}?(?:over\s+)?to|(?:say|mention(?:ed|ing)?)\s+to"
    r"|matters?\s+(?:for|to)|leave\s+(?:\w+\s+)?(?:for|to)"
    r"|(?:important|interesting|points?|notes?|things?|news|anything|something|brief(?:ing)?|report"
    r"|summary|log)\s+(?:for|to))"
)
_RECEIVED = re.compile(
    rf"\b{_NEXT}\b(?:\W+\w+){{0,2}}?\W+(?:{_MUST}|to)\s+{_KNOW}"
    rf"|\b{_MUST}\s+(?:the\s+|our\s+)?{_NEXT}\s+{_KNOW}"
    rf"|\bwhat\b.*\bthey\s+(?:\w+\s+)?{_MUST}\s+{_KNOW}"
    rf"|\b{_TO}\s+(?:the\s+|our\s+|my\s+|those\s+|these\s+)?{_NEXT}\b"
    rf"|\b{_NEXT}\b.*\b{_TO}\s+them\b"
    r"|\b(?:worth|what|everything|anything)\b.*\b(?:passing\s+on|handing\s+over|to\s+pass\s+on"
    r"|to\s+hand\s+over)\b"
    r"|\b(?:report|notes?|log|summary|sheet)\b.*\b(?:pass(?:ed)?\s+on|hand(?:ed)?\s+over)\b"
)
"""Says who is to be told, or that something is passed on."""
_ASKS = re.compile(
    r"\b(?:what|whats|which|anything|something|any|everything|points|things|news|give|write"
    r"|put together|draft|prepare|list)\b"
)
_HAPPENED = re.compile(
    r"\b(?:what|whats|anything|something|everything)\b(?: all| else)?(?: (?:has|have|is|was|were"
    r"|been|did|there))* (?:happen(?:s|ed|ing)?|went on|gone on|go on|going on|occurred"
    r"|took place)\b"
)
_HAPPENING_WORDS = """
happen happened happens happening went gone going on go occurred took place anything something
during everything all else tell whole plant site today shift
"""
_HAPPENING = frozenset(_HAPPENING_WORDS.split())
_LENGTH = re.compile(length_of(), re.IGNORECASE)
_LONG = re.compile(r"\b(?:since|today|yesterday|night|morning|week|day)\b", re.IGNORECASE)


def received(reading: Reading, said: Said) -> bool:
    """Whether it asks what those who take over are to be told."""
    points = {m.text.lower() for m in said.of_kind("measurement")} <= {"point", "points"}
    asked = _RECEIVED.search(said.plain) is not None and _ASKS.search(said.plain) is not None
    return asked and (points or not reading.measurement)


def went_on(reading: Reading, said: Said) -> bool:
    """Whether it asks, and no more, what happened at a place larger than a machine, in a shift."""
    over = reading.span and (shift_said(reading.span) or _LONG.search(reading.span))
    if not over or reading.measurement or not _HAPPENED.search(said.plain):
        return False
    if any(path.count("/") > 2 for path in reading.paths):
        return False
    timed = set(grammar.normal(reading.span).split())
    return not [w for w in said.content if w not in timed | _HAPPENING]


def of_place(reading: Reading, said: Said, names: Names) -> Reading:
    """The reading of a handover about the place that is meant.

    By the words that end the name of the site, “the station”, “the bakery”, all of it is meant,
    whatever part is called so too.
    """
    if _LENGTH.fullmatch(reading.span):  # “I am off in ten minutes, do my handover”
        reading = replace(reading, span="")
    if reading.unset:
        return reading
    own, words = tokens(names.plant.name), split(said.text)
    at = next((i for i, word in enumerate(words) if word.text == own[-1]), None)
    if at is None:
        return reading
    long = 1
    while long <= min(at, len(own) - 1) and words[at - long].text == own[-1 - long]:
        long += 1
    start, end = words[at - long + 1].start, words[at].end
    other = [m for m in said.of_kind("unit", "line", "area") if m.end <= start or m.start >= end]
    return reading if other else about(reading, (), names)
