"""Spans of the calendar as people say them: “June 2020”, “last week of April '20”, “2020-06-05”.

A year is always said, so that “may” is no month. The first week of a month is its first seven
days, the last its last seven. It must never read a clock.
"""

import calendar
import re
from datetime import datetime, timedelta

from twin_core.errors import WrongKind

_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?:(?:19|20)\d{2}|['’]\d{2})"
_WEEKS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_PREFIX = r"(?:(?:in|from|during|of|for|on|over)\s+)?(?:the\s+)?"
FORM = (
    rf"{_PREFIX}(?:(?P<week>{'|'.join(_WEEKS)})\s+week\s+(?:of|in)\s+)?"
    rf"(?:(?P<day>\d{{1,2}})\s+)?(?P<month>{_MONTH})\s*(?:(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?)?"
    rf"[\s,]{{0,2}}(?P<year>{_YEAR})"
    rf"|{_PREFIX}(?P<yearweek>{'|'.join(_WEEKS)})\s+week\s+(?:of|in)\s+(?P<wholeyear>{_YEAR})"
    r"|(?:on\s+)?(?P<iso>(?:19|20)\d{2}-\d{2}-\d{2})"
)
ALLOWED = "“June 2020”, “last week of June 2020”, “2020-06-05”"
_WEEK = timedelta(days=7)


def dated_span(found: "re.Match[str]", here: datetime) -> tuple[datetime, datetime] | None:
    """First moment and end of a span of the calendar; None if the match says none.

    Args:
        found: a match of a pattern that `FORM` is part of.
        here: any moment in the plant's time zone.

    Raises:
        WrongKind: a day that is not, such as 31 June.
    """
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if found.group("iso"):
            year, month, day = (int(part) for part in found.group("iso").split("-"))
            first = midnight.replace(year=year, month=month, day=day)
            return first, first + timedelta(days=1)
        if found.group("wholeyear"):
            first = midnight.replace(year=_year(found.group("wholeyear")), month=1, day=1)
            return _week(found.group("yearweek"), first, first.replace(year=first.year + 1))
        if not found.group("month"):
            return None
        year = _year(found.group("year"))
        month = _MONTHS[found.group("month").lower().rstrip(".")]
        first = midnight.replace(year=year, month=month, day=1)
        day_said = found.group("day") or found.group("day2")
        if day_said:
            first = first.replace(day=int(day_said))
            return first, first + timedelta(days=1)
        end = first.replace(year=year + month // 12, month=month % 12 + 1)
        return _week(found.group("week"), first, end)
    except ValueError as problem:
        raise WrongKind("Span of time", f"“{found.group(0).strip()}”", ALLOWED) from problem


def _week(said: str | None, first: datetime, end: datetime) -> tuple[datetime, datetime]:
    if said is None:
        return first, end
    at = _WEEKS[said.lower()]
    begin = end - _WEEK if at < 0 else first + at * _WEEK
    return begin, begin + _WEEK


def _year(said: str) -> int:
    return int(said) if said[0] not in "'’" else 2000 + int(said[1:])
