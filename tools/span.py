"""Spans of time as people say them: "last 30 min", "since 13:00", "this shift", "yesterday".

Given now and the plant's calendar they become plant time. It must never read a clock.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from tools.clock import CLOCK, HOUR, SPOKEN, clock_of, clock_on
from tools.dates import FORM, dated_span
from tools.length import COUNT, MINUS, UNIT, seconds_in
from tools.shifts import shift_meant
from tools.wording import local
from twin_core.errors import WrongKind
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

ALLOWED = (
    "“last 30 min”, “since 13:00”, “13:00 to 14:00”, “this shift”, “today”, “yesterday” or "
    "“last week of June 2020”"
)
_LONGEST_S = 31 * 86400.0 + 3600.0  # a month in which the clocks change

_CLOCK = rf"(?:{CLOCK}|{SPOKEN})"
_LATELY = 64
_PARTS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (22, 30)}
"""Hours of a day: from, to."""
_NOON = 12
_AROUND = timedelta(minutes=1)
_DAYS = [name.lower() for name in calendar.day_name]
_THIS_DAY = r"(?:,?\s+(?:today|this\s+(?:morning|afternoon|evening)))?"
_ON = r"(?:(?:this|the|our|my)\s+)?(?:this|current|actual|present|running|ongoing)"
"""Says of a shift that it is the one that is on."""
_OUR = r"(?:(?:the|this|our|my)\s+(?:current\s+)?)?"
_TO_NOW = r"\s+(?:to|(?:un)?til{1,2}|up\s+to)\s+(?:right\s+)?now"
_GONE = (
    r"(?:(?:(?:that|which)(?:\s+(?:has|is|have|are)|['’]s)\s+)?just\s+"
    r"(?:gone|past|passed|been|ended|elapsed|over)|(?:that|which)\s+(?:has|have)\s+(?:gone|passed)"
    r"|(?:that|which)\s+just\s+went)(?:\s+by)?"
)
"""“The hour just gone”, “the two hours that have just passed”."""
_UP_TO_NOW = rf"(?:{_TO_NOW})?"
_OF_DAY = (
    r"(?:today\b|(?:this|in\s+the)\s+(?:morning|afternoon|evening)\b|tonight\b|last\s+night\b)"
)
"""Beside an hour, in which half of the day it was."""
_FORMS = {
    "dates": FORM,
    "between": rf"(?:(?P<day_before>yesterday),?\s+)?(?:from|between)?\s*(?P<first>{_CLOCK})\s*"
    rf"(?:to|and|(?:un)?till?|-|–)\s*(?P<last>{_CLOCK})"
    rf"(?P<day_behind>\s+yesterday)?{_THIS_DAY}",
    "until": rf"(?:today\s+)?(?:(?:un)?till?|up\s+to)\s+(?P<upto>{_CLOCK})"
    rf"(?P<day_until>\s+yesterday)?{_THIS_DAY}",
    "since": r"(?:since|from(?!\s+(?!quarter)\w+\s+to\s)|after|starting)\s+"
    r"(?P<day_begin>yesterday\s+(?:at\s+)?)?"
    rf"(?P<begin>{_CLOCK})(?:\s+(?P<day_since>yesterday)(?!\s+(?:{'|'.join(_PARTS)})))?{_THIS_DAY}"
    rf"(?:(?:\s+on(?:wards?)?)?{_TO_NOW})?",
    "since_hour": rf"(?:since|from)\s+(?:about\s+)?(?P<hour>{HOUR})"
    rf"(?=\s*(?:$|[?!,;]|\.(?!\d)|o['’]?clock\b|{_OF_DAY}|on(?:wards?)?\s*(?:$|[?!,;.])))"
    rf"(?:\s*o['’]?clock\b)?(?:,?\s+(?P<since_day_part>{_OF_DAY}))?{_UP_TO_NOW}",
    "around_hour": rf"(?:(?P<at_day>{_OF_DAY}),?\s+)?at\s+(?:about\s+)?"
    rf"(?!one\b(?!\s+{_OF_DAY}))(?P<at_hour>{HOUR})"
    rf"(?=\s*(?:$|[?!]|\.(?!\d)|o['’]?clock\b|{_OF_DAY}))(?:\s*o['’]?clock\b)?"
    rf"(?:,?\s+(?P<at_day_part>{_OF_DAY}))?",
    "around": r"(?:(?P<day_said>yesterday|today|tonight),?\s+)?(?:at|around|about)\s+"
    rf"(?P<moment>{_CLOCK}){_THIS_DAY}",
    "opening": r"(?:(?:in|during|over|for)\s+)?(?:the\s+)?first\s+"
    rf"(?P<first_long>(?:{COUNT}\s*-?\s*)?{UNIT})\s+of\s+{_OUR}(?P<opened>shift|day)",
    "last_shift": r"(?:last|previous)\s+shift|shift\s+(?:just\s+gone|just\s+ended|before)",
    "shift": r"(?<!before )(?<!after )(?<!until )(?<!hand over )(?<!end of )"
    rf"(?:{_ON}|the|our|my)\s+shift(?!\s+(?:report|summary|handover|log|leader|changes?|ends?|is\s+over"
    r"|before|just|to\s+(?:come|date)|so\s+far))"
    rf"|(?:since|from)\s+(?:the\s+)?(?:{_OUR}shift\s+(?:start(?:ed)?|began|begun|begin)"
    rf"|(?:start|beginning)\s+of\s+{_OUR}shift){_UP_TO_NOW}"
    r"|since\s+(?:we|i)\s+(?:started|began|came\s+(?:on|in)|clocked\s+(?:on|in)|took\s+over)"
    rf"(?:\s+(?:on\s+)?{_OUR}shift|\s+work(?:ing)?)?(?=\s*(?:$|[?!,;]|\.(?!\d)|today\b|this\b))"
    rf"|(?:{_ON}\s+|the\s+|our\s+|my\s+)?shift(?:\s*[,:]?\s*(?:so\s+far|to\s+date)|\s+until\s+now)",
    "part": r"(?P<since_part>since\s+)?(?P<whose>this|yesterday|last)\s+"
    rf"(?P<hours>{'|'.join(_PARTS)})(?<!this night)",
    "weekday": rf"(?P<upon>on|last|since)\s+(?P<day_name>{'|'.join(_DAYS)})",
    "calendar_week": r"(?P<which_week>this|last|previous)\s+week(?!\s+(?:of|in)\b)",
    "calendar_month": r"(?P<which_month>this|last|previous)\s+month",
    "before_yesterday": r"(?:on\s+)?the\s+day\s+before\s+yesterday",
    "yesterday": r"(?P<since_day>since\s+)?yesterday(?:['’]?s)?",
    "today": r"today(?:['’]?s)?|so\s+far\s+today|since\s+midnight"
    rf"|since\s+(?:(?:the\s+)?(?:start|beginning)\s+of\s+{_OUR}day|the\s+day\s+(?:started|began))",
    "hour_before": rf"(?:the\s+)?(?P<before_last>{UNIT})\s+before\s+(?:the\s+)?last(?:\s+one)?",
    "ago_to_ago": rf"(?:from\s+|between\s+)?(?P<older>{COUNT}\s*-?\s*{UNIT})(?:\s+ago)?\s+"
    rf"(?:to|until|and)\s+(?P<newer>{COUNT}\s*-?\s*{UNIT})\s+ago",
    "ago_to_now": rf"(?:(?:from|between|since)\s+)?(?P<from_ago>{COUNT}\s*-?\s*{UNIT})\s+ago"
    rf"(?:{_TO_NOW}|\s+and\s+(?:right\s+)?now)",
    "gone": r"(?:(?:over|in|during|for|within)\s+)?(?:(?:the|this|these)\s+)?"
    rf"(?P<gone_by>(?:{COUNT}\s*-?\s*)?{UNIT})(?:\s+{_GONE}|{_TO_NOW})",
    "length": rf"(?:over\s+|in\s+|during\s+|for\s+|within\s+)?(?:(?:the|this|these)\s+)?"
    rf"(?:last|past|previous)\s+(?P<long>(?:(?:{MINUS})?{COUNT}\s*-?\s*)?{UNIT})"
    rf"|(?!an?\s+{UNIT}(?!\s+ago))(?P<bare>{COUNT}\s*-?\s*{UNIT})(?:\s+ago)?",
}
_NO_SPAN = re.compile(
    r"(?:[+]|\b(?:needs?|needed|takes?|took|requires?|required|lasts?|lasted|every|each|spare|spend"
    r"|have|has|got)\s+(?:(?:only|just|about|around|roughly|some|maybe|at\s+least|at\s+most|me|us|him"
    r"|her|them|another|for)\s+)*)\s?$",
    re.IGNORECASE,
)
"""Behind it a length is how long something takes, how often it comes or how far off it is."""
_SPAN = re.compile(
    "|".join(f"(?P<{name}>\\b(?:{form})(?!\\w))" for name, form in _FORMS.items()), re.IGNORECASE
)

WORDS = frozenset(re.findall(r"[a-z]{3,}", re.sub(r"\\\w|\(\?P<\w+>", " ", _SPAN.pattern)))
"""The words, some only in part, that spans are said with."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span of plant time, `start < end`, and how it was said."""

    start: Instant
    end: Instant
    said: str

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start) / SECOND


def find_span(text: str) -> str | None:
    """The first piece of a text that says a span of the past, as it was said."""
    found = _spans(text)
    return found[0].group(0).strip() if found else None


@lru_cache(_LATELY)
def _spans(text: str) -> tuple["re.Match[str]", ...]:
    """The spans of a text; none that only says how long something takes, or the next one is."""
    found = [one for one in _SPAN.finditer(text) if not _is_length(one)]
    kept = (
        one
        for one, following in pairwise(found)
        if not (one.group("bare") and following.group("between"))
        or text[one.end() : following.start()].strip(" ,")
    )
    return (*kept, *found[-1:])


def _is_length(found: "re.Match[str]") -> bool:
    """Whether it is a length and no span: “I need 5 min”, “every 10 min”, “+20 min”."""
    if not found.group("bare") or found.group(0).lower().endswith("ago"):
        return False
    return _NO_SPAN.search(found.string[: found.start()]) is not None


def find_second(text: str) -> str:
    """The second span of a text that says two (“today against yesterday”); else empty."""
    found = [match.group(0).strip() for match in _spans(text)]
    return found[1] if len(found) > 1 else ""


def find_between(text: str) -> str:
    """The first span of a text from one time of day to another, as it was said; else empty."""
    found = (match for match in _SPAN.finditer(text) if match.group("between"))
    return next((match.group(0).strip() for match in found), "")


def shift_said(text: str) -> Literal["", "this", "other"]:
    """Whether the span a text says is the shift that is on, or goes by another one."""
    found = _SPAN.search(text)
    if found is None:
        return ""
    if found.group("shift"):
        return "this"
    return "other" if found.group("last_shift") or found.group("opened") == "shift" else ""


def read_span(text: str, now: Instant, plant: Plant, default_s: float = 1800.0) -> Span:
    """The span a text says, ending at `now` at the latest; an empty text is the default.

    Raises:
        WrongKind: no span we know, one that ends before it starts or lies ahead, or longer than 31
            days.
    """
    if not text.strip():
        return Span(now - round(default_s * SECOND), now, f"last {default_s / 60:g} min")
    found = _SPAN.search(text)
    if found is None:
        raise WrongKind("Span of time", f"“{text}”", ALLOWED)
    start, end = _bounds(found, now, plant)
    if not start < end or end - start > _LONGEST_S * SECOND:
        raise WrongKind("Span of time", f"“{text}”", ALLOWED + ", at most 31 days")
    if start >= now:
        raise WrongKind("Span of time", f"“{text}”", f"{ALLOWED}, in the past")
    return Span(start, min(end, now), text.strip())


def to_come(text: str, now: Instant, plant: Plant) -> str:
    """How far ahead the time of today lies that a text says, “at 14:00”; empty if it has begun.

    The time of day of yesterday, if that is meant, is to be said so.
    """
    found, here = _SPAN.search(text), local(now, plant)
    if found is None or _of_yesterday(found):
        return ""
    if found.group("around") or found.group("around_hour"):
        then = _moment(found, here)
        return f"at {then:%H:%M}" if then > here else ""
    if found.group("until"):
        then = clock_on(found.group("upto"), here)
        return f"until {then:%H:%M}" if then > here and not found.group("day_until") else ""
    if found.group("part") and found.group("whose").lower() == "this":
        return found.group("part") if _PARTS[found.group("hours").lower()][0] > here.hour else ""
    return ""


def _bounds(found: "re.Match[str]", now: Instant, plant: Plant) -> tuple[Instant, Instant]:
    here = local(now, plant)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    dated = dated_span(found, here)
    if dated is not None:
        return _instant(dated[0]), _instant(dated[1])
    if found.group("between"):
        first = clock_on(found.group("first"), here)
        last = clock_on(found.group("last"), here)
        of_yesterday = found.group("day_before") or found.group("day_behind")
        if last > here or of_yesterday:  # a span of the past: the most recent one of that name
            first, last = _day_before(first), _day_before(last)
        if first > last:
            first = _day_before(first)
        return _instant(first), _instant(last)
    if found.group("until"):
        last = clock_on(found.group("upto"), here)
        last = _day_before(last) if last > here or found.group("day_until") else last
        return _instant(last.replace(hour=0, minute=0, second=0, microsecond=0)), _instant(last)
    if found.group("since"):
        first = clock_on(found.group("begin"), here)
        of_yesterday = found.group("day_begin") or found.group("day_since")
        return _instant(_day_before(first) if first >= here or of_yesterday else first), now
    if found.group("since_hour"):
        first = clock_on(clock_of(found.group("hour"), _half_of(found, "since_day_part")), here)
        return _instant(first if first < here else _day_before(first)), now
    if found.group("around") or found.group("around_hour"):
        moment = _moment(found, here)
        small_hours = found.group("around_hour") and moment.hour < _NOON  # “at two last night”
        earlier = moment > here or (_of_yesterday(found) and not small_hours)
        moment = _day_before(moment) if earlier else moment
        return _instant(moment - _AROUND), _instant(moment + _AROUND)
    if found.group("opening"):
        of_shift = found.group("opened").lower() == "shift"
        opened = _instant(shift_meant(here, plant)[0] if of_shift else midnight)
        return opened, opened + round((seconds_in(found.group("first_long")) or 0.0) * SECOND)
    if found.group("last_shift"):
        before = shift_meant(here, plant)[0] - timedelta(minutes=1)
        return _instant(shift_meant(before, plant)[0]), _instant(shift_meant(before, plant)[1])
    if found.group("shift"):
        return _instant(shift_meant(here, plant)[0]), now
    if found.group("part"):
        day = midnight if found.group("whose").lower() == "this" else _day_before(midnight)
        first, last = (day + timedelta(hours=hour) for hour in _PARTS[found.group("hours").lower()])
        return _instant(first), now if found.group("since_part") else _instant(last)
    if found.group("weekday"):
        back = (here.weekday() - _DAYS.index(found.group("day_name").lower()) - 1) % 7 + 1
        first = midnight - timedelta(days=back)
        since = found.group("upon").lower() == "since"
        return _instant(first), now if since else _instant(first + timedelta(days=1))
    if found.group("calendar_week"):
        first = midnight - timedelta(days=here.weekday())
        before = first - timedelta(days=7)
        this = found.group("which_week").lower() == "this"
        return (_instant(first), now) if this else (_instant(before), _instant(first))
    if found.group("calendar_month"):
        first = midnight.replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1)
        this = found.group("which_month").lower() == "this"
        return (_instant(first), now) if this else (_instant(before), _instant(first))
    if found.group("before_yesterday"):
        return _instant(_day_before(_day_before(midnight))), _instant(_day_before(midnight))
    if found.group("yesterday"):
        end = now if found.group("since_day") else _instant(midnight)
        return _instant(_day_before(midnight)), end
    if found.group("today"):
        return _instant(midnight), now
    return _back(found, now)


def _back(found: "re.Match[str]", now: Instant) -> tuple[Instant, Instant]:
    """So long ago, up to now or to another time ago."""
    ends = "long", "bare", "before_last", "older", "newer", "from_ago", "gone_by"
    lasts = {end: round((seconds_in(found.group(end) or "") or 0.0) * SECOND) for end in ends}
    if found.group("before_last"):
        return now - 2 * lasts["before_last"], now - lasts["before_last"]
    if found.group("older"):
        return now - lasts["older"], now - lasts["newer"]
    return now - max(lasts[end] for end in ends), now


def _moment(found: "re.Match[str]", here: datetime) -> datetime:
    """The time of day, of today, that something is asked about."""
    hour = found.group("at_hour")
    if hour:
        part = _half_of(found, "at_day_part") or _half_of(found, "at_day")
        return clock_on(clock_of(hour, part), here)
    moment = clock_on(found.group("moment"), here)
    tonight = (found.group("day_said") or "").lower() == "tonight" and moment.hour < 12
    return moment + timedelta(hours=12) if tonight else moment


def _of_yesterday(found: "re.Match[str]") -> bool:
    """Whether a time of day is said to be that of yesterday, or of last night."""
    said = (found.group(group) or "" for group in ("day_said", "at_day", "at_day_part"))
    return any(day.lower().startswith(("yesterday", "last")) for day in said)


def _half_of(found: "re.Match[str]", group: str) -> str:
    """The part of the day that is said beside an hour; empty where none is."""
    return (found.group(group) or "").split(" ")[-1]


def _day_before(when: datetime) -> datetime:
    return when - timedelta(days=1)


def _instant(when: datetime) -> Instant:
    return round(when.astimezone(ZoneInfo("UTC")).timestamp() * SECOND)
