"""How far ahead a question looks: “in the next 2 h”, “an hour from now”, “until 2 pm”.

“In 30 min” may be past, or how long something takes; it lies ahead where what is asked is yet to
come. It must never take a time that is past for one to come, nor when a change begins.
"""

import re
from dataclasses import dataclass

from agents.offline import grammar
from tools.clock import CLOCK, HOUR, SPOKEN, clock_of
from tools.length import length_of
from twin_core.errors import WrongKind

_LENGTH = length_of()
_ONE = rf"(?:{_LENGTH}|(?:half\s+)?hour|shift|day)"
_LEAD = r"(?:(?:in|over|within|for|during|across)\s+)?(?:about\s+|around\s+|some\s+)?(?:the\s+)?"
_NEXT = (
    rf"{_LEAD}(?:next|coming)\s+(?P<length>{_LENGTH}|(?:[\w.,]+\s*)?(?:s|secs?|seconds?|mins?"
    r"|minutes?|h|hrs?|hours?)\b(?:\s+and\s+a\s+(?:half|quarter)\b)?)"
    r"|\b(?P<day>tomorrow|tonight(?!,?\s+at\b)|next\s+(?:week|month|shift))\b"
)
_END = (
    r"(?:(?:the\s+)?end\s+of\s+(?:today\b|(?:(?:the|this|our|my|today['’]?s)\s+)?(?:current\s+)?"
    r"(?:shift|day|week))|(?:the\s+)?(?:shift\s+change|change\s+of\s+shifts?)\b"
    r"|(?:we|i|you|they)\s+(?:hand\s+over|knock\s+off|finish|clock\s+(?:off|out)|go\s+home)\b"
    r"|(?:the\s+|this\s+|our\s+|my\s+)?(?:current\s+)?shift['’]?s?\s+(?:is\s+over|ends?|finish(?:es)?|is"
    r"\s+done)\b)"
)
_PART = (
    r"(?:this\s+|in\s+the\s+)(?:early\s+|late\s+)?(?P<part{n}>morning|afternoon|evening)"
    r"|(?P<night{n}>tonight)"
)
_OF_DAY = rf",?\s+(?:today|{_PART})"
_NO_AMOUNT = (
    r"(?!\w|\s*(?:[-–/%]|(?:per|bars?|degrees?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?"
    r"|weeks?|shifts?|more|of)\b))"
)
_ENDS = (
    r"(?=\s*(?:$|[?!,;]|\.(?!\d)"
    r"|(?:today|tonight|this|in\s+the|if|when|while|as|so|what|how)\b))"
)


def _clock(n: int, *, joined: bool = False) -> str:
    """A time of day as part of a pattern, and the part of the day beside it.

    Args:
        n: of its groups, `clock…`, `part…` and `night…`.
        joined: “now” stands before it: then an hour alone is one, whatever follows but a unit.
    """
    hour = rf"{HOUR}{_NO_AMOUNT}" if joined else rf"{HOUR}\b{_ENDS}"
    of_day = _OF_DAY.format(n=n)
    return rf"(?P<clock{n}>(?:{CLOCK}|{SPOKEN})(?!\w)|{hour})(?:{of_day})?"


_AT = rf"\s+at\s+(?:{CLOCK}(?!\w)|\w+(?=\s*(?:$|[?.,;!])))"
_TILL = r"(?:(?:un)?til{1,2}|to|up\s+to|and|before?)"
_AWAY = (
    rf"|{_LEAD}(?P<away>{_ONE})\s+(?:from\s+(?:now(?!\s+on)|this\s+moment)\b|hence\b|ahead(?:\s+of\s+us)?\b|to\s+come\b)"
    rf"|\bin\s+(?:about\s+|around\s+)?(?P<off>{_LENGTH})['’]?s?['’]?\s+time\b"
    rf"|\b(?:in|after)\s+another\s+(?P<another>{_ONE})|\bafter\s+(?P<more>{_LENGTH})\s+more\b"
    r"|\b(?:in|after)\s+one\s+more\s+(?P<one_more>minute|hour|day)\b"
    rf"|(?<![\w.,])(?:(?:t|now)\s?)?(?:[+]|(?<=[tw]\s)plus\b)\s?(?P<plus>{_LENGTH})"
    rf"|\b(?P<forecast>{_LENGTH})[\s-]+(?=(?:forecast|prediction|outlook|projection|prognosis)\b)"
    rf"|\bahead\s+(?:by\s+)?(?P<forward>{_LENGTH})|\bwithin\s+the\s+(?P<within>hour)\b"
    rf"|\b(?:(?:for|over|during|in)\s+)?(?:the\s+)?(?:rest|remainder)\s+of\s+"
    r"(?P<rest>(?:the|this|our|my|today['’]?s)\s+(?:current\s+)?(?:shift|day|week))\b"
    r"|\b(?:(?:for|over|during|in)\s+)?(?:the\s+)?(?:remaining|(?:rest|remainder)\s+of)\s+"
    r"(?P<left>shift)\b"
    rf"|\b(?:(?:from\s+)?now(?:\s+on)?\s+(?:and\s+)?(?:un)?til{{1,2}}|(?:from\s+)?now(?:\s+on)?\s+to"
    rf"|between\s+now\s+and|(?:un)?til{{1,2}}|by(?:\s+the\s+time)?|before?|up\s+to)\s+(?P<end>{_END})(?:{_AT})?"
    r"|\b(?:from\s+now(?:\s+on(?:wards?)?)?|between\s+now|now)\s+"
    rf"{_TILL}\s+{_clock(1, joined=True)}"
    rf"|\bup\s+to\s+{_clock(2)}\s+from\s+now\b"
)
_IN = rf"|\b(?:in|after|within)\s+(?:about\s+|around\s+)?(?P<in>{_LENGTH})(?!\s+(?:ago|of)\b)"
_FRONT = rf"|(?:^|[,;:–]\s+)in\s+(?:about\s+|around\s+)?(?P<front>{_LENGTH})(?!\s+(?:ago|of)\b)"
"""Said in front of what is asked: “in 20 min the glue has what temperature”."""
_UP = r"(?<!\bgo )(?<!\bgoes )(?<!\brise )(?<!\brun )(?<!\bget )(?<!\bclimb )"
_CHANGED = r"(?<!rise )(?<!fall )(?<!drop )(?<!up )(?<!down )(?<!change )(?<!increase )"
_BEFORE = (
    rf"|\b(?P<by>(?:un)?til{{1,2}}|{_CHANGED}by|before?|{_UP}up\s+to|come|towards)\s+(?:about\s+|around"
    rf"\s+)?{_clock(3)}"
)
_STAYS = r"(?<!stay )(?<!keep )(?<!hold )(?<!remain )(?<!run )(?<!look )(?<!is )"
_TO_COME = (
    rf"{_BEFORE}|\b(?:(?:today|this\s+(?P<day_part>morning|afternoon|evening)|tonight)\s+)?{_STAYS}"
    rf"(?:at|around|about)\s+(?:about\s+|around\s+)?(?!one\b){_clock(4)}"
    rf"|\b(?:(?:at|come|when|once)\s+)?(?P<ending>{_END})(?!\s+at\b)"
    r"|\b(?:(?:for|over|during|in)\s+)?(?P<this>(?:this|the)\s+(?:shift|week)|today)\b"
)
_PLAIN = re.compile(r"\d{1,2}:\d{2}(?:\s?[ap]m)?|\d{1,2}\s?[ap]m", re.IGNORECASE)
_AHEAD = re.compile(_NEXT, re.IGNORECASE)
_OF_THAT = re.compile(_NEXT + _AWAY, re.IGNORECASE)
_OF_FRONT = re.compile(_NEXT + _AWAY + _FRONT, re.IGNORECASE)
_OF_PLAN = re.compile(_NEXT + _AWAY + _BEFORE, re.IGNORECASE)
_OF_VALUES = re.compile(_NEXT + _AWAY + _IN, re.IGNORECASE)
_OF_ALL = re.compile(_NEXT + _AWAY + _IN + _TO_COME, re.IGNORECASE)
_FOUR = re.compile(
    r"(?<=[a-z]\s)(?<!of\s)(?<!to\s)(?<!than\s)(?<!make\s)(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)"
    r"(?=\s?(?:h|hrs)?\W*$)",
    re.IGNORECASE,
)
"""“Predicted level 1400”."""
_FORECAST = re.compile(r"\b(?:forecast|predict|prognos|project)\w*\b", re.IGNORECASE)
_PLANNED = re.compile(
    r"^(?!.*\b(?:did|was|were|had|been|ago|since|so far|yesterday|last|past|made)\b).*"
    r"\b(?:plan(?:ned|s)?|scheduled?|due|upcoming|com(?:e|es|ing)\s+up)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What is asked is in the plan."""
_OVER = re.compile(
    r"\b(?:did|was|were|had|been|made|ago|since|so far|yesterday|last|past|over|during|mean"
    r"|average|avg|change\w*|\w+ed)\b",
    re.IGNORECASE,
)
"""What is asked may be over."""
_WAS = re.compile(
    r"\b(?:did|was|were|had|has|have|been|ago|so far|yesterday|stood|read|showed|went|reached)\b",
    re.IGNORECASE,
)
"""What is asked is over."""
_COMING = re.compile(
    r"^(?!.*\b(?:did|was|were|has|had|been|ago|since|so far|yesterday|last|past)\b).*"
    r"(?:\b(?:will|shall|going to|gon+a|expect|(?:is|are) expected|expected to|forecast\w*"
    r"|predict\w*|projected|foresee\w*|anticipate|estimate|prognos\w+|yet to|still to"
    r"|heading|stands?(?= at))\b|['’]ll\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What is asked is yet to come."""
_IS_OR_WAS = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|made|last|past|ago|since|per|rate|counts?|how"
    r"|mean|average|avg|max\w*|(?<!\d )min|minimum|peak|highest|lowest|change\w*|stops?|\w+ed)\b",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    rf"{grammar.SUPPOSES.pattern}|\b(?:would|could|stopped|stopping|slow(?:s|ed|ing)?)\b"
    r"|(?<!which )(?<!what )(?<!planned )(?<!scheduled )(?<!any )(?<!next )(?<!the )\bstops?\b"
    r"|\b(?:set|put|run|rais|lower|reduc|increas|start|stopp|shut|clos|open)\w*\b[^?.,]{0,60}\d",
    re.IGNORECASE,
)
"""May say a change: a time beside it may be that of the change."""
_SUPPOSES_NOTHING = re.compile(
    r"\b(?:if|when) nothing (?:\w+ )?(?:changes|changed)\b"
    r"|\b(?:could|would) you\b|\b(?:decid\w*|unsure|depends|find out|remember|matters?) if\b",
    re.IGNORECASE,
)
"""“If” that is “whether”, or before what changes nothing; and what only asks politely."""
_WHEN = re.compile(
    r"\b(?:when(?= (?:will|would|is|are|does|do|did|can|could|was|were|has|have)\b)|how long"
    r"|how soon|what time)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:\w{2,}[^\We]ed|began|came|took|went|left|got|saw|fell|rose|ran|broke)\b[^,;.?!]*$",
    re.IGNORECASE,
)
"""Before a time of day: that of something that is over, “the fitter came at 6”."""
_NAMED = re.compile(r"\b(?:shifts?|day|week|today)\b", re.IGNORECASE)
_SPELT = {
    "till": "until", "til": "until", "untill": "until", "befor": "before", "come": "at",
    "towards": "at",
}  # fmt: skip
"""How what stands before a time of day is told: the same in one word."""


def is_over(text: str) -> bool:
    """Whether what is asked is over, by the words for it."""
    return _WAS.search(text) is not None and _COMING.search(text) is None


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where a text says how far ahead it looks, and how far, as it was said."""

    start: int
    end: int
    said: str


def ahead_in(text: str, *, measured: bool) -> Ahead | None:
    """How far ahead a text looks; None if it does not.

    Args:
        text: as said.
        measured: whether it names a measurement: “header pressure in 1 h” is of what comes.
    """
    form = _AHEAD
    if not _SUPPOSED.search(_SUPPOSES_NOTHING.sub(" ", grammar.UNCHANGED.sub(" ", text))):
        bare = measured and not _IS_OR_WAS.search(text)
        front = measured and not _OVER.search(text)
        form = (
            _OF_ALL if _COMING.search(text)
            else _OF_PLAN if _PLANNED.search(text)
            else _OF_VALUES if bare
            else _OF_FRONT if front
            else _OF_THAT
        )  # fmt: skip
    found = [(one, _said(one)) for one in form.finditer(text)]
    told = [(one, said) for one, said in found if said]
    four = _FOUR.search(text) if not told and form is _OF_ALL and _FORECAST.search(text) else None
    if four is not None:
        return Ahead(*four.span(), f"at {four['hour']}:{four['minute']}")
    # “the truck is here at nine, will it be ready by eight?”
    told.sort(key=lambda one: one[0].groupdict().get("clock4") is not None)
    return Ahead(*told[0][0].span(), told[0][1]) if told else None


def _said(found: "re.Match[str]") -> str | None:
    """How far ahead, as it was said, but hours in words as times of day; None if none is."""
    parts = found.groupdict()
    n = next((n for n in range(1, 5) if parts.get(f"clock{n}")), 0)
    if not n:
        told = next(group for group in found.groups() if group)
        ends = parts.get("end") or parts.get("ending")
        return told if not ends or _NAMED.search(ends) else "the shift"  # “when we knock off”
    said, part = parts[f"clock{n}"], parts[f"part{n}"] or parts[f"night{n}"] or ""
    if n == 4:
        part = part or parts["day_part"] or ""
        if said.isalnum() and _WHEN.search(found.string):
            return None  # “when will the level be at 9?” asks for a time, of a level
        if _DONE.search(found.string[: found.start()]):
            return None
    lead = parts["by"].lower() if n == 3 else "at" if n == 4 else ""
    try:
        clock = said if _PLAIN.fullmatch(said) and not part else clock_of(said, part)
    except WrongKind:
        return None
    lead = "until" if lead.startswith("up") else _SPELT.get(lead, lead)
    return f"{lead} {clock}".strip()
