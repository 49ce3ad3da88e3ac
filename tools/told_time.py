"""The time of which a report speaks: a moment, a span, a day; or one that is not understood.

What names a time that cannot be read is never of now. It must never read a clock.
"""

import re

from tools.clock import CLOCK
from tools.dates import FORM
from tools.length import length_of
from tools.span import find_between, read_span
from tools.starts import ALLOWED_MOMENT, find_moment, moment_said
from tools.wording import local
from twin_core.errors import WrongKind
from twin_core.plant.assets import Plant
from twin_core.value import Instant

ALLOWED = f"{ALLOWED_MOMENT}, “07:40 to 07:50”, “yesterday”, “last shift” or “4 January 2026”"
"""What of time is understood."""
_FLAGS = re.IGNORECASE
_SINCE = re.compile(r"\b(?:since|from|until|till|by|before|after)\b(?=\s+\d)", _FLAGS)
_DAY = re.compile(rf"\b(?:{FORM})\b", _FLAGS)
_AGO = re.compile(rf"(?<!and )\b{length_of()}\s+ago\b", _FLAGS)
_YESTERDAY = re.compile(r"\byesterday\b", _FLAGS)
_NAMED = re.compile(
    r"(?<!before )\b(?:yesterday(?!\s+(?:morning|noon|afternoon|evening|night))|today"
    r"|(?:this|last|previous|the\s+current)\s+shift|this\s+(?:morning|afternoon))\b",
    _FLAGS,
)
_CLOCK = re.compile(r"(?<![\d:.])\d{1,2}(?::\d{2}(?::\d{2})?)(?![\d:])", _FLAGS)
_TO_COME = re.compile(r"\btomorrow\b|\bnext\s+(?:shift|week|month)\b|\d{7,}\s*\w+\s+ago\b", _FLAGS)
"""What no report can be of: times to come, and such as were before any plant."""
_UNITS = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|weekends?|fortnights?|months?|years?"
    r"|decades?|centur(?:y|ies)|shifts?|nights?|mornings?|afternoons?|evenings?|seasons?|quarters?"
    r"|spring|summer|autumn|fall|winter|christmas|easter)"
)
_WEEKDAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tue|wed|thu|fri|sat|sun"
_MONTHS = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_UNREAD = re.compile(
    r"\bago\b|\b(?:tonight|tomorrow|midday|noon|midnight|o['’]?clock|earlier|later|recently|soon"
    r"|lately|formerly|previously|overnight|eventually|the\s+other\s+day|yesterday|once\s+before)\b"
    r"|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b"
    rf"|\b(?:in|since|last|next|this|early|late|mid|during|until|till|by|of|from)[\s-]+{_MONTHS}\b"
    rf"|\b{_MONTHS}\s+\d{{1,4}}(?:st|nd|rd|th)?\b|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}\b"
    rf"|\b(?:last|next|previous|coming|following|past)\s+(?:\w+\s+)?(?:{_UNITS}|{_WEEKDAYS})\b"
    rf"|\b(?:this|that|in\s+the|on\s+the|at|by|during\s+the|over\s+the|since\s+the|one|the\s+same)\s+"
    r"(?:early\s+|late\s+|other\s+)?(?:week|weekend|month|year|night|morning|afternoon|evening|day"
    r"|spring|summer|autumn|winter|christmas|easter|(?:night|day|early|late)\s+shift)\b"
    rf"|\b(?:in|within|after|since)\s+(?:about\s+|around\s+|the\s+)?(?:\d+(?:[.,]\d+)?|an?|one|two"
    rf"|three|four|five|six|seven|eight|nine|ten|twelve|half\s+an?|a\s+few|some|several)\s*-?\s*{_UNITS}\b"
    r"|\bon\s+(?:christmas|easter)\b|\b(?:half|quarter)\s+(?:past|to)\s+\w+|\b(?:in|since|back\s+in|of)\s+(?:19|20)\d{2}\b"
    r"|\bat\s+(?:about\s+|around\s+)?(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve)\s*(?=$|[,.;!?]|\s(?:in|today|this|yesterday)\b)",
    _FLAGS,
)
"""What tells of a time."""


def told_time(words: str, said: Instant, plant: Plant) -> tuple[Instant, Instant] | None:
    """The first and the last moment of which words speak: `said`, where of none; None if unread.

    Args:
        words: what is told, without names of machines.
        said: plant time at which it is said.
        plant: of whose calendar days and shifts are.

    Raises:
        WrongKind: a time that is none, or to come.
    """
    strange = _TO_COME.search(words)
    if strange is not None:
        raise WrongKind("Time of a report", f"“{strange.group(0)}”", ALLOWED_MOMENT)
    if _UNREAD.search(_without_read(words)) is not None:
        return None
    between, day = find_between(words), _DAY.search(words)
    if between:
        on = day or _YESTERDAY.search(words)
        until = said if on is None else read_span(on.group(0), said, plant).end
        span = read_span(between, until, plant)
        return span.start, span.end
    moment = find_moment(_SINCE.sub("at", words))
    clock = _CLOCK.search(words)
    if not moment and clock is not None:
        moment = clock.group(0)
    named = day or _NAMED.search(words)
    if named is not None and (day is not None or not moment):
        span, at = read_span(named.group(0), said, plant), re.search(f"{CLOCK}$", moment)
        if at is None:
            return span.start, span.end
        moment = f"{local(span.start, plant):%Y-%m-%d} {at.group(0)}"
    when = moment_said(moment, said, plant) if moment else said
    return when, when


def _without_read(words: str) -> str:
    """The words without the times that are understood."""
    for form in (_DAY, _AGO, _NAMED):
        words = form.sub(" ", words)
    return words
