"""Lengths of time as people say them: “20 min”, “half an hour”, “1 h 30 min”, in seconds.

It must never take how fast something goes for how long it takes.
"""

import re

from tools.numeral import value_of

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_HALF = r"\s+and\s+a\s+(?:half|quarter)\b"
UNIT = rf"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b(?:{_HALF})?+"
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
COUNT = rf"(?:(?<![\d/.,])\b(?:{_SPELT})(?=[\s-])|(?<![\w.,/])\d{{1,6}}(?:[.,]\d{{1,3}})?)"
_MINUTES = r"\s{0,3}(?:and\s{1,3})?(?P<more>\d{1,4})\s{0,3}(?:minutes?|mins?)\b"
"""What may follow upon hours."""
MINUS = r"(?<!\S)[-−]\s?(?=\d)"
"""Patterns of how many, of what, and that it is less than none."""
_PER_TIME = re.compile(
    r"(?<=[\d.]\d)\s?(?:[a-z]{1,12}\s)?an?\s(?:sec(?:ond)?|min(?:ute)?|hr|hour)\b(?!\s+and\s+a)",
    re.IGNORECASE,
)
"""“450 a minute”, “450 bottles an hour”: how fast, not how long."""
_LENGTH = re.compile(
    rf"(?P<minus>{MINUS})?(?P<count>{COUNT})?\s{{0,3}}-?\s{{0,3}}(?<![A-Za-z])(?P<unit>{UNIT})",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\s*(?:(?:for|over|in|within|during|after|about|the|this|next|coming|following|last|past|"
    r"previous)\s+)*",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*(?:ahead|from\s+now|long)?\s*[.?!]?\s*", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:,|and\b)?\s*", re.IGNORECASE)


def length_of() -> str:
    """A length of time, “20 min” or “1 h 30 min”, as part of a pattern."""
    hours = (
        rf"{COUNT}\s{{0,3}}-?\s{{0,3}}(?:h|hrs?|hours?)\b"
        rf"(?:{_HALF}|{_MINUTES.replace('?P<more>', '?:')})?"
    )
    return rf"(?:{hours}|{COUNT}\s{{0,3}}-?\s{{0,3}}{UNIT})"


def find_length(text: str) -> str | None:
    """The first duration of a text that says how long (“20 min”), as it was said."""
    found = re.search(rf"(?:{MINUS})?{length_of()}", _PER_TIME.sub(_blank, text), re.IGNORECASE)
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
