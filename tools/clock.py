"""Times of day as people say them: “14:00”, “2 pm”, “14 Uhr”, “ten to seven”, “half past six”.

An hour said without its half of the day is that of the morning, until something tells more. It
must never read a clock.
"""

import re
from datetime import datetime, timedelta

from twin_core.errors import WrongKind

ALLOWED_CLOCK = "00:00 to 23:59"
_O_CLOCK = r"\s?(?:o\s?['’]?\s?clock|uhr)\b"
CLOCK = rf"\d{{1,2}}(?::\d{{2}}(?::\d{{2}})?(?:\s?[ap]m\b|{_O_CLOCK})?|\s?(?:am|pm)\b|{_O_CLOCK})"
"""A time of day in figures, as part of a pattern."""
_HOURS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
HOUR = rf"(?:\d{{1,2}}|{'|'.join(_HOURS)})"
"""An hour alone, as part of a pattern: a time of day only where something else tells so."""
_MINUTES = {"quarter": 15, "half": 30, "five": 5, "ten": 10, "twenty": 20, "twenty five": 25}
_PART = r"(?:(?:a\s+)?quarter|(?:twenty[\s-]five|twenty|ten|five|25|20|10|5)(?:\s+min(?:ute)?s?)?)"
_DIAL = rf"(?:1[0-2]|0?[1-9]|{'|'.join(_HOURS)})"
SPOKEN = rf"(?:half\s+past|{_PART}\s+(?:past|to))\s+{_DIAL}\b"
"""Minutes past or to an hour, as part of a pattern."""
_SPOKEN = re.compile(
    rf"(?:a\s+)?(?P<part>[\w\s-]+?)(?:\s+min(?:ute)?s?)?\s+(?P<way>past|to)\s+(?P<hour>{_DIAL})",
    re.IGNORECASE,
)
_HALF_DAY = timedelta(hours=12)
_DAY = timedelta(days=1)


def clock_on(clock: str, day: datetime) -> datetime:
    """A time of day on a day.

    Raises:
        WrongKind: none that is.
    """
    hour, minute, second = _parts(clock)
    if hour > 23 or minute > 59 or second > 59:
        raise WrongKind("Time of day", f"“{clock}”", ALLOWED_CLOCK)
    return day.replace(hour=hour, minute=minute, second=second, microsecond=0)


def clock_to_come(clock: str, here: datetime) -> datetime:
    """The next time of day of that name: at 07:20 “2:00” is that of the afternoon, as on a dial.

    “2 am” and “14:00” are what they are.

    Raises:
        WrongKind: none that is.
    """
    then = clock_on(clock, here)
    either = 0 < then.hour <= 12 and re.search(r"[ap]m$", clock.strip().lower()) is None
    while then < here:
        then += _HALF_DAY if either else _DAY
    return then


def clock_of(said: str, part: str = "") -> str:
    """An hour or a time of day, and the part of the day beside it, as “HH:MM”.

    Args:
        said: “two”, “half past two”, “2:15”, “2 pm”.
        part: “morning”, “afternoon”, “evening”, “night” or “tonight”; empty: none said.

    Raises:
        WrongKind: no time of day.
    """
    hour, minute, _ = _parts(said)
    later = {"afternoon": 1, "evening": 4, "night": 6, "tonight": 6}.get(part.lower(), 12)
    hour += 12 if later <= hour < 12 else 0
    if hour > 23 or minute > 59:
        raise WrongKind("Time of day", f"“{said}”", ALLOWED_CLOCK)
    return f"{hour:02d}:{minute:02d}"


def _parts(clock: str) -> tuple[int, int, int]:
    """Hour, minute and second as they were said."""
    spoken = _SPOKEN.fullmatch(clock.strip())
    if spoken is not None:
        hour = _hour(spoken["hour"])
        part = " ".join(re.split(r"[\s-]+", spoken["part"].lower()))
        minutes = _MINUTES[part] if part in _MINUTES else int(part)
        total = (60 * hour + (minutes if spoken["way"].lower() == "past" else -minutes)) % 1440
        return total // 60, total % 60, 0
    words = re.sub(rf"{_O_CLOCK}|\s", "", clock.strip().lower())
    digits = [_hour(part) for part in words.removesuffix("am").removesuffix("pm").split(":")]
    hour, minute, second = (*digits, 0, 0)[:3]
    if words.endswith(("am", "pm")):
        hour = hour % 12 + (12 if words.endswith("pm") else 0)
    return hour, minute, second


def _hour(word: str) -> int:
    return int(word) if word.isdigit() else _HOURS[word.lower()]
