"""Moments that people speak of: from where a what-if starts, when in it something begins, when.

“as of 22:00”, “as of 2026-11-25 22:00”, “as of 2 h ago”, “if everything were healthy”; “at 14:00”.
A time of day is of the past where a start is meant, and to come where something begins. It must
never read a clock.
"""

import re
from datetime import datetime, timedelta

from tools.clock import ALLOWED_CLOCK, CLOCK, clock_on, clock_to_come
from tools.length import length_of, seconds_in
from tools.wording import local
from twin_core.errors import ImpossibleScenario, WrongKind
from twin_core.plant.assets import Plant
from twin_core.simulation.scenario import AsOf, Healthy, Live, Start
from twin_core.value import SECOND, Instant

ALLOWED = "“22:00”, “yesterday 22:00”, “2026-11-25 22:00”, “2 h ago”, “healthy” or nothing: now"
ALLOWED_MOMENT = "a past “10:00”, “yesterday 14:20”, “2026-11-25 22:00” or “2 h ago”"
_FLAGS = re.IGNORECASE | re.ASCII
_DATE = r"\d{4}-\d{2}-\d{2}(?:\s+|T)"
_MOMENT = (
    rf"(?:(?:{_DATE}|yesterday\s+(?:at\s+)?|today\s+(?:at\s+)?)?{CLOCK}(?:\s+yesterday)?"
    rf"|{length_of()}\s+ago)"
)
_AS_OF = re.compile(
    rf",?\s*\b(?:as\s+of|starting\s+(?:from|at)|as\s+it\s+was(?:\s+at)?)\s+(?P<moment>{_MOMENT})"
    r"(?![\w:])\s*,?",
    _FLAGS,
)
_WHOLE = re.compile(rf"\s*(?P<moment>{_MOMENT})\s*", _FLAGS)
_AT = re.compile(
    rf"\b(?:at|around|about)\s+(?P<moment>{_MOMENT})(?![\w:])"
    rf"|\b(?P<told>(?:{_DATE}|(?:yesterday|today)\s+(?:at\s+)?){CLOCK}|{CLOCK}\s+yesterday"
    rf"|{length_of()}\s+ago)(?![\w:])",
    _FLAGS,
)
HEALTHY = re.compile(r"\b(?:were|was|is|are)\s+(?:all\s+)?healthy\b", _FLAGS)
"""What is said of all, or of a line, that is to start so."""
_SPEAKS = re.compile(r"\bas\s+of\b(?!\s+now)", _FLAGS)
_AS_USUAL = "goes on as it is"
_DAY = timedelta(days=1)


def find_start(text: str) -> tuple[str, str]:
    """From where a what-if starts, as it was said (empty: now), and the text without it."""
    found = _AS_OF.search(text)
    if found is not None:
        return found.group("moment").strip(), f"{text[: found.start()]} {text[found.end() :]}"
    found = HEALTHY.search(text)
    if found is not None:
        return "healthy", f"{text[: found.start()]}{_AS_USUAL}{text[found.end() :]}"
    return "", text


def find_moment(text: str) -> str:
    """The first moment of the past that a text names: “10:00”, “yesterday at 14:20”, “2 h ago”."""
    found = _AT.search(text)
    return "" if found is None else (found.group("moment") or found.group("told")).strip()


def moment_said(said: str, now: Instant, plant: Plant) -> Instant:
    """The moment that was said; the most recent of that name.

    Raises:
        WrongKind: none we know, or one that is not past.
    """
    match = _WHOLE.fullmatch(said.strip())
    try:
        found = None if match is None else _past(match.group("moment").strip(), now, plant)
    except ImpossibleScenario:  # a day or time of day that is none
        found = None
    if found is None or not 0 < found <= now:
        raise WrongKind("Moment", f"“{said}”", ALLOWED_MOMENT)
    return found


def speaks_of_start(text: str) -> bool:
    """Whether a text without its start still speaks of one: a moment that we do not know."""
    return _SPEAKS.search(text) is not None


def start_said(said: str, now: Instant, plant: Plant) -> Start:
    """The start that was said; the most recent moment of that name.

    Raises:
        ImpossibleScenario: none we know, or one that is not past, with what is allowed.
    """
    words = said.strip()
    if not words or words.lower() in {"now", "live"}:
        return Live()
    if words.lower().removeprefix("if everything were ").strip() == "healthy":
        return Healthy()
    match = _AS_OF.fullmatch(words) or _WHOLE.fullmatch(words)
    if match is None:
        raise ImpossibleScenario(f"A start “{said}”", ALLOWED)
    moment = _past(match.group("moment").strip(), now, plant)
    if not 0 < moment <= now:
        raise ImpossibleScenario(f"A start “{said}” that is yet to come", ALLOWED)
    return AsOf(at=moment)


def seconds_until(clock: str, begins: Instant, plant: Plant) -> float | None:
    """From a moment to the next time of day of that name, as on a dial; None if none is said.

    Raises:
        ImpossibleScenario: a time of day that is none.
    """
    if re.fullmatch(CLOCK, clock.strip(), _FLAGS) is None:
        return None
    here = local(begins, plant)
    try:
        then = clock_to_come(clock.strip(), here)
    except WrongKind:
        raise ImpossibleScenario(f"A time “{clock.strip()}”", ALLOWED_CLOCK) from None
    return then.timestamp() - begins / SECOND


def _past(words: str, now: Instant, plant: Plant) -> Instant:
    if words.lower().endswith("ago"):
        return now - round((seconds_in(words) or 0.0) * SECOND)
    here = local(now, plant)
    clock = re.search(rf"{CLOCK}$", re.sub(r"\s+yesterday$", "", words, flags=_FLAGS), _FLAGS)
    assert clock is not None
    dated = re.match(r"\d{4}-\d{2}-\d{2}", words)
    if dated is not None:
        try:
            day = datetime.fromisoformat(dated.group(0)).replace(tzinfo=here.tzinfo)
        except ValueError:
            raise ImpossibleScenario(f"A start “{words}”", ALLOWED) from None
        return _instant(_at(clock.group(0), day))
    then = _at(clock.group(0), here - _DAY if "yesterday" in words.lower() else here)
    over = then <= here or "today" in words.lower()
    return _instant(then if over else _at(clock.group(0), here - _DAY))


def _at(clock: str, day: datetime) -> datetime:
    try:
        return clock_on(clock, day)
    except WrongKind:
        raise ImpossibleScenario(f"A time “{clock}”", ALLOWED_CLOCK) from None


def _instant(when: datetime) -> Instant:
    return round(when.timestamp() * SECOND)
