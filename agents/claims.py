"""What a sentence claims in numbers, times, codes and paths, and the same for what was seen.

Units are brought to one spelling and durations to seconds, so that claims can be compared. No
digit escapes: what is part of no number, time, date or code is a code by itself. It must never
decide whether a claim is true: `grounding.py` does.

What is a claim: every number, with decimals of the answer's style (`tongues.style_of`), sign, power
(“10^3”, “1e3”, “5k”) and words that multiply; both ends of a range, the unit of the second also the
first's; what is written out in words (`numerals.py`), of small numbers in other languages than
English and German only those before what is counted (“trois alarmes”), and “no alarm”; “half an
hour”; “twice”, “half of”, “1/3”, which are ratios.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from agents.forms import (
    AHEAD,
    CALLED_ABOUT,
    COARSE,
    COUNT,
    FIGURE,
    FIRST,
    FORMS,
    JOINS,
    LETTER,
    TOKEN,
    UNIT,
)
from agents.numerals import Spelled, spelled_at
from agents.tongues import (
    COUNTED,
    FUNCTION,
    KNOWN,
    MONTHS,
    TIMES,
    UNITS,
    Style,
    read_number,
)
from twin_core.value import JSON

Kind = Literal["number", "clock", "spoken", "date", "code", "path", "ratio", "none"]
"""`spoken` is a time of day that may be of either half of the day."""

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_INSTANT = 10**14
_RATIOS = {
    "twice": 2.0, "double": 2.0, "tripled": 3.0, "trebled": 3.0, "three times": 3.0, "halved": 0.5,
    "half": 0.5, "doppelt": 2.0, "verdoppelt": 2.0, "halbiert": 0.5, "hälfte": 0.5, "moitié": 0.5,
    "doble": 2.0, "mitad": 0.5, "doppio": 2.0, "metà": 0.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written or seen.

    Attributes:
        value: its value, durations in seconds.
        unit: one spelling of its unit, or of what is counted; None where none is known.
        step: the smallest step its spelling shows (0.1 for 1.5), in the same unit.
        signed: whether a sign was written.
        about: whether it was called approximate.
        behind: the word behind it, where it is no unit known.
    """

    value: float
    unit: str | None
    step: float = 0.0
    signed: bool = False
    about: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable piece of a sentence, as written, and where it stands in it."""

    kind: Kind
    text: str
    number: Number | None = None
    start: int = 0
    end: int = 0


def claims(text: str, units: frozenset[str], style: Style = "point") -> Iterator[Claim]:
    """The claims of a text in order.

    Args:
        text: with names and citations already taken out.
        units: spellings that count as units; another word after a number is just a word.
        style: what begins decimals in it.
    """
    last: Claim | None = None
    for claim in _found(text, units, style):
        if last is not None:
            yield _ranged(last, claim, text)
        last = claim
    if last is not None:
        yield last


def _found(text: str, units: frozenset[str], style: Style) -> Iterator[Claim]:
    """Word by word, so that a text costs what its figures cost."""
    form, done = FORMS[style], 0
    for token in TOKEN.finditer(text):
        start, end = max(token.start(), done), token.end()
        word = token.group(0)
        if not FIGURE.search(word):
            claim = _in_words(form, token, start, units, style) if start < end else None
            if claim is not None:
                yield claim
                done = claim.end
            continue
        while start < end:
            match = form.search(text, start, end + AHEAD)
            if match is None or match.start() >= end:
                yield from _numerals(word, token.start())
                break
            claim = _read(match, text, units, style)
            yield claim
            start = done = max(claim.end, match.start() + 1)


def _numerals(word: str, start: int) -> Iterator[Claim]:
    """Signs of number that no form reads, of whatever script."""
    for at, char in enumerate(word):
        if char > "\x7f" and char not in "³²" and unicodedata.numeric(char, None) is not None:
            yield Claim("code", char, None, start + at, start + at + 1)


def _in_words(
    form: "re.Pattern[str]", token: "re.Match[str]", start: int, units: frozenset[str], style: Style
) -> Claim | None:
    """What begins at a word without digits, behind what opens before it."""
    text = token.string
    word = LETTER.search(text, start, token.end())
    start = word.start() if word else start
    spelled = spelled_at(text, start)
    if spelled is not None and spelled.plain:
        return _spelled(spelled, text, start, units)
    found = form.match(text, start) if _begins(text[start : token.end()]) else None
    if found is not None:
        return _read(found, text, units, style)
    return _spelled(spelled, text, start, units) if spelled is not None else None


def _begins(word: str) -> bool:
    """Whether a word without digits may begin a claim."""
    return word.lower().strip("(“\"'„«‘") in FIRST or word.count("/") > 1 or "-" in word


def _read(match: "re.Match[str]", text: str, units: frozenset[str], style: Style) -> Claim:
    if match.group("number"):
        return _number(match, text, units, style)
    return _other(match, style)


def _ranged(claim: Claim, after: Claim, text: str) -> Claim:
    """The claim with the unit of the other end of its range."""
    one, other = claim.number, after.number
    if one is None or other is None or one.unit is not None or other.unit is None:
        return claim
    if not JOINS.fullmatch(text, claim.end, after.start):
        return claim
    scale = _scale(text[after.start : after.end]) if other.unit == "s" else 1.0
    number = replace(
        one, value=one.value * scale, step=one.step * scale, unit=other.unit, behind=""
    )
    return replace(claim, number=number)


def _scale(written: str) -> float:
    unit = re.search(r"[^\W\d_]+$", written.strip())
    return _SECONDS.get(spelled(unit.group(0)), 1.0) if unit else 1.0


def _other(match: "re.Match[str]", style: Style) -> Claim:
    said, start, end = match.group(0), match.start(), match.end()
    if match.group("path"):
        return Claim("path", said, None, start, end)
    if match.group("iso"):
        return Claim("date", said, None, start, end)
    if match.group("dmy"):
        return Claim("date", _day(said, match.group("sep"), style), None, start, end)
    if match.group("said"):
        return Claim("date", _named_day(said), None, start, end)
    if match.group("clock"):
        return Claim("clock", _clock(said), None, start, end)
    if match.group("halfhour"):
        seconds = 900.0 if "quarter" in said.lower() else 1800.0
        return Claim("number", said, Number(seconds, "s"), start, end)
    if match.group("ratio"):
        return Claim("ratio", said, Number(_ratio(said.lower()), None), start, end)
    if match.group("none"):
        return Claim("none", COUNTED[match.group("nothing").lower()], None, start, end)
    return Claim("code", said, None, start, end)


def _is_about(text: str, start: int) -> bool:
    return CALLED_ABOUT.search(text, max(0, start - 24), start) is not None


def _day(said: str, sep: str, style: Style) -> str:
    """ISO date of `27.11.2026`; as written where day and month could be either."""
    first, second, year = (part.strip() for part in said.split(sep))
    if style == "point" and sep == "/" and int(first) <= 12 and first != second:
        return said
    return f"{year}-{int(second):02d}-{int(first):02d}"


def _named_day(said: str) -> str:
    """`-11-27` or `2026-11-27` of a date with the month's name."""
    word = next(w for w in re.findall(r"[^\W\d_]+", said.lower()) if w in MONTHS)
    figures = re.findall(r"\d+", said)
    year = figures[1] if len(figures) > 1 else ""
    return f"{year}-{MONTHS[word]:02d}-{int(figures[0]):02d}"


def _clock(said: str) -> str:
    """`14:30` or `14:30:20` of a time of day."""
    figures = re.findall(r"\d+", said)
    hour = int(figures[0])
    half = re.search(r"([ap])\.?m", said.lower())
    if half:
        hour = hour % 12 + (12 if half.group(1) == "p" else 0)
    return ":".join([f"{hour:02d}", *(figures[1:] or ["00"])])


def _ratio(said: str) -> float:
    over = re.fullmatch(r"(\d+)/(\d+)", said)
    if over:
        return int(over.group(1)) / int(over.group(2)) if int(over.group(2)) else float("inf")
    figure = re.match(r"\d+(?:[.,]\d+)?", said)
    if figure:
        return float(figure.group(0).replace(",", "."))
    return next(value for word, value in _RATIOS.items() if word in said)


@lru_cache(maxsize=512)
def spelled(unit: str) -> str:
    """One spelling of a unit: UCUM codes and what people write come out alike."""
    text = unit.strip().lower().replace("{", "").replace("}", "").replace("\xa0", "")
    text = re.sub(r"^(?:per|pour|por|per|por)\s?(?:cent|ciento|cento)$", "%", text)
    text = re.sub(r"\s?\b(?:per|pro|par|an?)\s", "/", text).replace("·", ".").replace("³", "3")
    text = text.replace("²", "2").replace("μ", "µ")
    top, slash, below = text.partition("/")
    top = UNITS.get(top.strip(), top.strip())
    if len(top) > 3 and top.endswith("s"):
        top = top[:-1]
    below = UNITS.get(below.strip(), below.strip())
    return UNITS.get(top + slash + below, top + slash + below)


def numbers_in(data: JSON, unit: str | None = None) -> Iterator[Number]:
    """The numbers of evidence data; a dict's `unit`, or a key ending in `_s`, says their unit."""
    if isinstance(data, Mapping):
        own = data.get("unit")
        unit = spelled(own) if isinstance(own, str) and own else unit
        for key, value in data.items():
            within = "s" if str(key).endswith("_s") else "%" if key == "interval" else unit
            yield from numbers_in(value, within)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from numbers_in(value, unit)
    elif isinstance(data, int | float) and not isinstance(data, bool) and data < _INSTANT:
        yield Number(float(data), unit)


def instants_in(data: JSON) -> Iterator[int]:
    """The points in time of evidence data: integers too large to be anything else."""
    if isinstance(data, Mapping):
        for value in data.values():
            yield from instants_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from instants_in(value)
    elif isinstance(data, int) and not isinstance(data, bool) and data >= _INSTANT:
        yield data


def words_in(data: JSON) -> Iterator[str]:
    """The strings of evidence data."""
    if isinstance(data, Mapping):
        for value in data.values():
            yield from words_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from words_in(value)
    elif isinstance(data, str):
        yield data


def _spelled(read: Spelled, text: str, start: int, units: frozenset[str]) -> Claim | None:
    """What is written out, with what stands behind it; None where it may be another word."""
    said, end = text[start : read.end], read.end
    if read.kind == "clock":
        hour, minute = divmod(int(read.value), 60)
        return Claim("spoken", f"{hour:02d}:{minute:02d}", None, start, end)
    if read.kind == "ratio":
        return Claim("ratio", said, Number(read.value, None), start, end)
    after = UNIT.match(text, end)
    assert after is not None  # it may be empty
    unit, end, behind = _unit(after, units)
    if not (unit or read.plain or read.value == 0 or COUNT.match(text, read.end)):
        return None
    sign = "-" if read.signed else ""
    return _measured(abs(read.value), read.step, sign, (unit, end, behind), text, (start, read.end))


def _number(match: "re.Match[str]", text: str, units: frozenset[str], style: Style) -> Claim:
    """A number with what stands before and behind it; a code where it cannot be read as one."""
    start, first = match.start(), match.start("number")
    read = read_number(match.group("number"), style)
    if read is None:
        stop = match.end("number")
        return Claim("code", text[first:stop], None, start, stop)
    value, step = _powered(*read, match)
    unit, end, behind = _unit(match, units)
    glued = (match.group("unit") or " ")[0] not in " \xa0"
    if not unit and (glued or text[end : end + 1] == "_"):
        return Claim("code", text[first : match.end()], None, start, match.end())
    if match.group("money"):
        unit, behind = spelled(match.group("money")), ""
    sign = (match.group("sign") or "").strip()
    at = (start, len(text) if match.group("times") else match.end("number"))
    return _measured(value, step, sign, (unit, end, behind), text, at)


def _measured(
    value: float, step: float, sign: str, of: tuple[str, int, str], text: str, at: tuple[int, int]
) -> Claim:
    """A number with its unit, or what it counts; `at` is where it begins and its digits end."""
    (unit, end, behind), (start, stop) = of, at
    count = COUNT.match(text, stop) if unit in {"", "line"} or unit in _COUNTS else None
    if count is not None:
        unit, end, behind = COUNTED[count.group("thing").lower()], count.end(), ""
    scale = _SECONDS.get(unit, 1.0)
    number = Number(
        value * scale * (-1 if sign in {"-", "−"} else 1),
        "s" if unit in _SECONDS else unit or None,
        step * scale,
        sign in {"+", "-", "−"},
        _is_about(text, start),
        behind,
    )
    return Claim("number", text[start:end].strip(), number, start, end)


_COUNTS = frozenset(COUNTED.values())


def _powered(value: float, step: float, match: "re.Match[str]") -> tuple[float, float]:
    power, times = match.group("raised"), (match.group("times") or "").strip()
    factor = 1.0
    if power:
        exponent = int(re.findall(r"[-−]?\d+$", power)[0].replace("−", "-"))
        if power.startswith("^"):
            if value**1 > 1e6 or abs(exponent) > 20:
                return float("inf"), 0.0
            return (value**exponent if value else 0.0), 0.0
        factor = 10.0 ** max(-30, min(30, exponent))
    if times:
        factor *= {"k": 1e3, "M": 1e6}.get(times) or TIMES[times.lower()]
    return value * factor, min(step * factor, COARSE * value * factor) if factor != 1.0 else step


def _unit(match: "re.Match[str]", units: frozenset[str]) -> tuple[str, int, str]:
    """Unit, where the claim ends, and the word behind the number if that is no unit."""
    written = match.group("unit") or ""
    bare = match.start("unit") if match.group("unit") else match.end()
    unit = spelled(written)
    if not unit:
        return "", match.end(), ""
    if unit in units or (unit in KNOWN and not _is_word(written)):
        return unit, match.end(), ""
    top, slash, _ = unit.partition("/")
    if not slash:
        word = written.strip().lower()
        part = match.string[match.end() : match.end() + 1] in {"-", "_"} or word[-1:].isdigit()
        return "", bare, "" if part or word in FUNCTION else word
    if re.search(r"/|\b(?:per|pro|par|an?)\b", written) and top not in FUNCTION:
        return unit, match.end(), ""
    return "", bare, ""


def _is_word(written: str) -> bool:
    """Whether what could be a unit is more likely a small word: “in”, “a”, “t”, “l”."""
    word = written.strip()
    return (
        word in {"a", "in", "t", "l", "f", "m", "n", "w", "j", "k", "c"} and written[:1].isspace()
    )
