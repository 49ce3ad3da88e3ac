"""Spans of time as people say them: "last 30 min", "since 13:00", "this shift", "yesterday".

Given now and the plant's calendar they become plant time. It must never read a clock.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tools.clock import CLOCK, HOUR, SPOKEN, clock_of, clock_on
from tools.dates import FORM, dated_span
from tools.numeral import value_of
from tools.wording import local
from twin_core.errors import WrongKind
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

ALLOWED = (
    "“last 30 min”, “since 13:00”, “13:00 to 14:00”, “this shift”, “today”, “yesterday” or "
    "“last week of June 2020”"
)
_LONGEST_S = 31 * 86400.0 + 3600.0  # a month in which the clocks change

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_HALF = r"\s+and\s+a\s+(?:half|quarter)\b"
_UNIT = rf"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b(?:{_HALF})?+"
_ONES = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0,
}  # fmt: skip
_TENS = {
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "sixty": 60.0,
    "ninety": 90.0,
}
_WORDS = {
    "a": 1.0, "an": 1.0, **_ONES, "ten": 10.0, "twelve": 12.0, "fifteen": 15.0, **_TENS,
    **{f"{ten} {one}": _TENS[ten] + _ONES[one] for ten in _TENS for one in _ONES},
    "half": 0.5, "half an": 0.5, "half a": 0.5, "1/2": 0.5, "1/2 an": 0.5, "½": 0.5, "½ an": 0.5,
    "quarter": 0.25, "a quarter": 0.25,
    "quarter of an": 0.25, "a quarter of an": 0.25, "1/4": 0.25, "¼": 0.25, "3/4": 0.75, "¾": 0.75,
    "three quarters of an": 0.75, "3/4 of an": 0.75, "one and a half": 1.5, "1 1/2": 1.5,
    "couple of": 2.0, "a couple of": 2.0, "few": 3.0,
}  # fmt: skip
_SPELT = "|".join(
    re.escape(word).replace(r"\ ", r"[\s-]") for word in sorted(_WORDS, key=len, reverse=True)
)
_COUNT = rf"(?:(?<![\d/.,])\b(?:{_SPELT})(?=[\s-])|(?<![\w.,/])\d{{1,6}}(?:[.,]\d{{1,3}})?)"
_MINUTES = r"\s{0,3}(?:and\s{1,3})?(?P<more>\d{1,4})\s{0,3}(?:minutes?|mins?)\b"
"""What may follow upon hours."""
_MINUS = r"(?<!\S)[-−]\s?(?=\d)"
_CLOCK = rf"(?:{CLOCK}|{SPOKEN})"
_PER_TIME = re.compile(
    r"(?<=[\d.]\d)\s?(?:[a-z]{1,12}\s)?an?\s(?:second|minute|hour)\b(?!\s+and\s+a)", re.IGNORECASE
)
"""“450 a minute”, “450 bottles an hour”: how fast, not how long."""
_LENGTH = re.compile(
    rf"(?P<minus>{_MINUS})?(?P<count>{_COUNT})?\s{{0,3}}-?\s{{0,3}}(?<![A-Za-z])(?P<unit>{_UNIT})",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\s*(?:(?:for|over|in|within|during|after|about|the|this|next|coming|following|last|past|"
    r"previous)\s+)*",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*(?:ahead|from\s+now|long)?\s*[.?!]?\s*", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:,|and\b)?\s*", re.IGNORECASE)
_PARTS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (22, 30)}
"""Hours of a day: from, to."""
_AROUND = timedelta(minutes=1)
_DAYS = [name.lower() for name in calendar.day_name]
_THIS_DAY = r"(?:,?\s+(?:today|this\s+(?:morning|afternoon|evening)))?"
_OUR = r"(?:(?:the|this|our|my)\s+(?:current\s+)?)?"
_TO_NOW = r"\s+(?:to|(?:un)?till?|up\s+to)\s+now"
_UP_TO_NOW = rf"(?:{_TO_NOW})?"
_FORMS = {
    "dates": FORM,
    "between": rf"(?:(?P<day_before>yesterday),?\s+)?(?:from|between)?\s*(?P<first>{_CLOCK})\s*"
    rf"(?:to|and|(?:un)?till?|-|–)\s*(?P<last>{_CLOCK})"
    rf"(?P<day_behind>\s+yesterday)?{_THIS_DAY}",
    "until": rf"(?:today\s+)?(?:(?:un)?till?|up\s+to)\s+(?P<upto>{_CLOCK}){_THIS_DAY}",
    "since": r"(?:since|from(?!\s+(?!quarter)\w+\s+to\s)|after|starting)\s+"
    r"(?P<day_begin>yesterday\s+(?:at\s+)?)?"
    rf"(?P<begin>{_CLOCK})(?:\s+(?P<day_since>yesterday)(?!\s+(?:{'|'.join(_PARTS)})))?{_THIS_DAY}"
    rf"(?:(?:\s+on(?:wards?)?)?{_TO_NOW})?",
    "since_hour": rf"(?:since|from)\s+(?:about\s+)?(?P<hour>{HOUR})"
    r"(?=\s*(?:$|[?!,;]|\.(?!\d)|o['’]?clock\b|today\b|this\s+morning\b|last\s+night\b"
    r"|on(?:wards?)?\s*(?:$|[?!,;.])))(?:\s*o['’]?clock\b)?(?P<of_night>\s+last\s+night)?",
    "around_hour": rf"at\s+(?:about\s+)?(?!one\b)(?P<at_hour>{HOUR})"
    r"(?=\s*(?:$|[?!]|\.(?!\d)|o['’]?clock\b|today\b|this\s+morning\b))(?:\s*o['’]?clock\b)?",
    "around": r"(?:(?P<day_said>yesterday|today)\s+)?(?:at|around|about)\s+"
    rf"(?P<moment>{_CLOCK}){_THIS_DAY}",
    "opening": r"(?:(?:in|during|over|for)\s+)?(?:the\s+)?first\s+"
    rf"(?P<first_long>(?:{_COUNT}\s*-?\s*)?{_UNIT})\s+of\s+{_OUR}(?P<opened>shift|day)",
    "last_shift": r"(?:last|previous)\s+shift|shift\s+(?:just\s+gone|just\s+ended|before)",
    "shift": r"(?<!before )(?<!after )(?<!until )(?<!hand over )(?<!end of )"
    r"(?:this|the|current)\s+shift(?!\s+(?:report|summary|handover|log|leader|changes?|ends?|is\s+over))"
    rf"|(?:since|from)\s+(?:the\s+)?(?:{_OUR}shift\s+(?:start(?:ed)?|began|begun|begin)"
    rf"|(?:start|beginning)\s+of\s+{_OUR}shift){_UP_TO_NOW}"
    r"|since\s+(?:we|i)\s+(?:started|began|came\s+(?:on|in)|clocked\s+(?:on|in)|took\s+over)"
    rf"(?:\s+(?:on\s+)?{_OUR}shift|\s+work(?:ing)?)?(?=\s*(?:$|[?!,;]|\.(?!\d)|today\b|this\b))"
    r"|shift\s+so\s+far",
    "part": r"(?P<since_part>since\s+)?(?P<whose>this|yesterday|last)\s+"
    rf"(?P<hours>{'|'.join(_PARTS)})(?<!this night)",
    "weekday": rf"(?P<upon>on|last|since)\s+(?P<day_name>{'|'.join(_DAYS)})",
    "calendar_week": r"(?P<which_week>this|last|previous)\s+week(?!\s+(?:of|in)\b)",
    "calendar_month": r"(?P<which_month>this|last|previous)\s+month",
    "before_yesterday": r"(?:on\s+)?the\s+day\s+before\s+yesterday",
    "yesterday": r"(?P<since_day>since\s+)?yesterday(?:['’]?s)?",
    "today": r"today(?:['’]?s)?|so\s+far\s+today|since\s+midnight"
    rf"|since\s+(?:(?:the\s+)?(?:start|beginning)\s+of\s+{_OUR}day|the\s+day\s+(?:started|began))",
    "hour_before": rf"(?:the\s+)?(?P<before_last>{_UNIT})\s+before\s+(?:the\s+)?last(?:\s+one)?",
    "ago_to_ago": rf"(?:from\s+|between\s+)?(?P<older>{_COUNT}\s*-?\s*{_UNIT})(?:\s+ago)?\s+"
    rf"(?:to|until|and)\s+(?P<newer>{_COUNT}\s*-?\s*{_UNIT})\s+ago",
    "length": rf"(?:over\s+|in\s+|during\s+|for\s+|within\s+)?(?:the\s+)?"
    rf"(?:last|past|previous)\s+(?P<long>(?:(?:{_MINUS})?{_COUNT}\s*-?\s*)?{_UNIT})"
    rf"|(?!an?\s+{_UNIT}(?!\s+ago))(?P<bare>{_COUNT}\s*-?\s*{_UNIT})(?:\s+ago)?",
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


def length_of() -> str:
    """A length of time, “20 min” or “1 h 30 min”, as part of a pattern."""
    hours = (
        rf"{_COUNT}\s{{0,3}}-?\s{{0,3}}(?:h|hrs?|hours?)\b"
        rf"(?:{_HALF}|{_MINUTES.replace('?P<more>', '?:')})?"
    )
    return rf"(?:{hours}|{_COUNT}\s{{0,3}}-?\s{{0,3}}{_UNIT})"


def find_span(text: str) -> str | None:
    """The first piece of a text that says a span of the past, as it was said."""
    found = _spans(text)
    return found[0].group(0).strip() if found else None


def _spans(text: str) -> list["re.Match[str]"]:
    """The spans of a text; none that only says how long something takes, or the next one is."""
    found = [one for one in _SPAN.finditer(text) if not _is_length(one)]
    return [
        one
        for one, following in pairwise(found)
        if not (one.group("bare") and following.group("between"))
        or text[one.end() : following.start()].strip(" ,")
    ] + found[-1:]


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


def find_length(text: str) -> str | None:
    """The first duration of a text that says how long (“20 min”), as it was said."""
    found = re.search(rf"(?:{_MINUS})?{length_of()}", _PER_TIME.sub(_blank, text), re.IGNORECASE)
    return found.group(0).strip() if found else None


def _blank(found: "re.Match[str]") -> str:
    return " " * len(found.group(0))


def seconds_in(text: str) -> float | None:
    """The length in seconds of the first duration said (“20 min”, “half an hour”).

    None where there is none, it is less than none, or its number could be two (see `numeral.py`).
    """
    found = _LENGTH.search(text)
    if found is None or found.group("minus"):
        return None
    count = " ".join(re.split(r"[\s-]+", (found.group("count") or "1").lower()))
    times = _WORDS[count] if count in _WORDS else value_of(count)
    if times is None:
        return None
    unit = found.group("unit")[0].lower()
    part = re.search(_HALF, found.group("unit"), re.IGNORECASE)
    times += 0.0 if part is None else 0.5 if part.group().lower().endswith("half") else 0.25
    more = re.compile(_MINUTES, re.IGNORECASE).match(text, found.end()) if unit == "h" else None
    return times * _UNITS[unit] + (60.0 * float(more.group("more")) if more else 0.0)


def length_said(text: str) -> float | None:
    """Seconds of a text that says how long and nothing else: “20 min”, “the next 1 h 30 min”.

    None for any other, so that no part of it is passed over in silence: “nan min” is not a minute.
    """
    lead = _LEAD.match(text)
    at, total, bare = lead.end() if lead else 0, 0.0, False
    while (found := _LENGTH.match(text, at)) is not None and not bare:
        seconds = seconds_in(found.group(0))
        bare = not found.group("count")
        if seconds is None or (bare and total):
            return None
        total += seconds
        joint = _JOINT.match(text, found.end())
        at, end = joint.end() if joint else found.end(), found.end()
        if _TAIL.fullmatch(text, end):
            return total
    return None


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
        last = last if last <= here else _day_before(last)
        return _instant(last.replace(hour=0, minute=0, second=0, microsecond=0)), _instant(last)
    if found.group("since"):
        first = clock_on(found.group("begin"), here)
        of_yesterday = found.group("day_begin") or found.group("day_since")
        return _instant(_day_before(first) if first >= here or of_yesterday else first), now
    if found.group("since_hour"):
        part = "night" if found.group("of_night") else ""
        first = clock_on(clock_of(found.group("hour"), part), here)
        return _instant(first if first < here else _day_before(first)), now
    if found.group("around") or found.group("around_hour"):
        moment = clock_on(found.group("moment") or clock_of(found.group("at_hour")), here)
        earlier = moment > here or (found.group("day_said") or "").lower() == "yesterday"
        moment = _day_before(moment) if earlier else moment
        return _instant(moment - _AROUND), _instant(moment + _AROUND)
    if found.group("opening"):
        of_shift = found.group("opened").lower() == "shift"
        opened = _instant(shift_at(here, plant)[0] if of_shift else midnight)
        return opened, opened + round((seconds_in(found.group("first_long")) or 0.0) * SECOND)
    if found.group("last_shift"):
        before = shift_at(here, plant)[0] - timedelta(minutes=1)
        return _instant(shift_at(before, plant)[0]), _instant(shift_at(before, plant)[1])
    if found.group("shift"):
        return _instant(shift_at(here, plant)[0]), now
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
    ends = "long", "bare", "before_last", "older", "newer"
    lasts = {end: round((seconds_in(found.group(end) or "") or 0.0) * SECOND) for end in ends}
    if found.group("before_last"):
        return now - 2 * lasts["before_last"], now - lasts["before_last"]
    if found.group("older"):
        return now - lasts["older"], now - lasts["newer"]
    return now - (lasts["long"] or lasts["bare"]), now


def _day_before(when: datetime) -> datetime:
    return when - timedelta(days=1)


def _instant(when: datetime) -> Instant:
    return round(when.astimezone(ZoneInfo("UTC")).timestamp() * SECOND)


def shift_at(when: datetime, plant: Plant) -> tuple[datetime, datetime]:
    """Start and end of the shift that holds a moment, by the plant's calendar."""
    for shift in plant.shifts:
        hour, minute = (int(part) for part in shift.start.split(":"))
        for days in (0, 1):
            day = when - timedelta(days=days)
            start = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
            end = start + timedelta(minutes=shift.duration_min)
            if start.weekday() in shift.days and start <= when < end:
                return start, end
    raise WrongKind("Span of time", "a shift the plant's calendar does not have now", ALLOWED)
