"""How far ahead a question looks: “in the next 2 h”, “an hour from now”, “until 2 pm”.

“In 30 min” may be past, or how long something takes; it lies ahead where what is asked is yet to
come. It must never take a time that is past for one to come, nor when a change begins.
"""

import re
from dataclasses import dataclass

from agents.offline import grammar
from tools.span import CLOCK, length_of

_LENGTH = length_of()
_ONE = rf"(?:{_LENGTH}|(?:half\s+)?hour|shift|day)"
_LEAD = r"(?:(?:in|over|within|for|during|across)\s+)?(?:about\s+|around\s+|some\s+)?(?:the\s+)?"
_NEXT = (
    rf"{_LEAD}(?:next|coming)\s+(?P<length>{_LENGTH}|(?:[\w.,]+\s*)?(?:s|secs?|seconds?|mins?"
    r"|minutes?|h|hrs?|hours?)\b)"
    r"|\b(?P<day>tomorrow|tonight|next\s+(?:week|month|shift))\b"
)
_END = (
    r"(?:(?:the\s+)?end\s+of\s+(?:(?:the|this|our|my|today['’]?s)\s+)?(?:current\s+)?(?:shift|day|week)"
    r"|(?:the\s+|this\s+|our\s+|my\s+)?(?:current\s+)?shift['’]?s?\s+(?:is\s+over|ends?|finish(?:es)?|is"
    r"\s+done)\b)"
)
_AT = rf"\s+at\s+(?:{CLOCK}(?!\w)|\w+(?=\s*(?:$|[?.,;!])))"
_AWAY = (
    rf"|{_LEAD}(?P<away>{_ONE})\s+(?:from\s+now(?!\s+on)\b|ahead(?:\s+of\s+us)?\b|to\s+come\b)"
    rf"|\bin\s+(?:about\s+|around\s+)?(?P<off>{_LENGTH})['’]?s?['’]?\s+time\b"
    rf"|\b(?:(?:for|over|during|in)\s+)?(?:the\s+)?(?:rest|remainder)\s+of\s+"
    r"(?P<rest>(?:the|this|our|my|today['’]?s)\s+(?:current\s+)?(?:shift|day|week))\b"
    rf"|\b(?:(?:from\s+)?now(?:\s+on)?\s+(?:and\s+)?(?:un)?til{{1,2}}|(?:from\s+)?now(?:\s+on)?\s+to"
    rf"|between\s+now\s+and|(?:un)?til{{1,2}}|by|before|up\s+to)\s+(?P<end>{_END})(?:{_AT})?"
    rf"|\b(?:from\s+now(?:\s+on)?|between\s+now|now)\s+(?:un)?(?:til{{1,2}}|to|and)\s+(?P<till>{CLOCK})"
    r"(?!\w)"
)
_IN = rf"|\b(?:in|after|within)\s+(?:about\s+|around\s+)?(?P<in>{_LENGTH})(?!\s+(?:ago|of)\b)"
_TO_COME = (
    rf"|\b(?P<at>(?:(?:un)?til{{1,2}}|by|before|at|up\s+to)\s+{CLOCK})(?!\w)"
    r"|\b(?:(?:for|over|during|in)\s+)?(?P<this>(?:this|the)\s+(?:shift|week)|today)\b"
)
_AHEAD = re.compile(_NEXT, re.IGNORECASE)
_OF_THAT = re.compile(_NEXT + _AWAY, re.IGNORECASE)
_OF_VALUES = re.compile(_NEXT + _AWAY + _IN, re.IGNORECASE)
_OF_ALL = re.compile(_NEXT + _AWAY + _IN + _TO_COME, re.IGNORECASE)
_COMING = re.compile(
    r"^(?!.*\b(?:did|was|were|has|had|been|ago|since|so far|yesterday|last|past)\b).*"
    r"(?:\b(?:will|shall|going to|gon+a|expect|(?:is|are) expected|expected to|forecast\w*"
    r"|predict\w*|foresee\w*|anticipate|estimate|prognos\w+|yet to|still to)\b|['’]ll\b)",
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
    r"|(?<!which )(?<!what )(?<!planned )(?<!scheduled )(?<!any )(?<!next )\bstops?\b"
    r"|\b(?:set|put|run|rais|lower|reduc|increas|start|stopp|shut|clos|open)\w*\b[^?.,]{0,60}\d",
    re.IGNORECASE,
)
"""May say a change: a time beside it may be that of the change."""


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
    if not _SUPPOSED.search(grammar.UNCHANGED.sub(" ", text)):
        bare = measured and not _IS_OR_WAS.search(text)
        form = _OF_ALL if _COMING.search(text) else _OF_VALUES if bare else _OF_THAT
    found = form.search(text)
    if found is None:
        return None
    said = next(group for group in found.groups() if group)
    return Ahead(*found.span(), said)
