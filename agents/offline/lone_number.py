"""Lines and machines that are called by their number alone: “the packer on four”, “4, how is it?”.

Where a number stands as a name does, the name is written out. It must never make a name of one that
nothing in the plant bears.
"""

import re
from collections.abc import Sequence

from agents.offline.number_place import goes_on, is_owner, place_of
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

_CARDINAL_WORDS = "one two three four five six seven eight nine ten eleven twelve"
_ONES = _CARDINAL_WORDS.split()
_VALUES = {word: n for n, word in enumerate(_ONES, 1)}
_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINALS = {word: n for n, word in enumerate(_ORDINAL_WORDS.split(), 1)}
_N = rf"(?:\d{{1,2}}|{'|'.join(_ONES)})"
_JOINT = r"(?:\s*[/&+]\s*|\s+(?:and|or|vs\.?|versus|against|with|than)\s+)"
_NO_TIME = "".join(
    rf"(?<!\b{word} )" for word in ("since", "from", "at", "by", "till", "until", "after", "before")
)
"""A number behind these is a time, and no list begins with it: “since six, three or four”."""
_RUN = re.compile(
    r"(?<![\w.,:/%+°#-])(?P<number>(?:the )?(?:number|no\.|nr\.?)\s?)?"
    rf"(?P<run>(?:{_NO_TIME}{_N},\s+(?={_N}\b))*{_N}(?:{_JOINT}{_N})*)(?![\w%°/:+-]|[.,]\d)",
    re.IGNORECASE,
)
_EACH = re.compile(rf"\b{_N}\b", re.IGNORECASE)
_NTH = re.compile(
    rf"\bthe (?P<n>{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)) line\b(?! of\b)",
    re.IGNORECASE,
)
"""“The fourth line”."""
_OWN = re.compile(rf"\bthe (?P<n>{_N}) (?P<word>[a-z]{{4,}}(?: [a-z]{{4,}})?)\b", re.IGNORECASE)
"""“The 2 labeller”."""
_WITH = re.compile(
    rf"\b(?P<word>[a-z]{{3,}})s? with (?:the )?(?:number|no\.?|nr\.?) (?P<n>{_N})\b", re.IGNORECASE
)
"""“The compressor with number 1”."""
_SHORT = re.compile(r"\bln\.?\s?(?P<n>\d{1,2})\b", re.IGNORECASE)
_LETTER = re.compile(r"(?<![\w'’-])(?P<letter>[A-H])(?![\w'’-]|\s\d)")
_MOVED = re.compile(
    rf"\W*(?:(?:and|also|or|then|now|so|but|what about|how about)\s+)*(?:(?:on|for|of)\s+)?{_N}\W*",
    re.IGNORECASE,
)
"""Only a number, and what goes before it: it goes back to what was asked."""
_WORD = re.compile(r"[A-Za-z]{3,}")
_LOOKS_BACK = 15


def with_names(text: str, names: Names) -> str:
    """The text with the name written out where a line or a machine is called by its number alone.

    Args:
        text: as said.
        names: of the plant.
    """
    if _MOVED.fullmatch(text):
        return _EACH.sub(lambda found: str(_value(found.group())), text)
    return _lettered(_alone(_ordered(text, names), names), names)


def _ordered(text: str, names: Names) -> str:
    """The text with “the fourth line” and “the 2 labeller” as they are called."""

    def nth(found: "re.Match[str]") -> str:
        word = found["n"].lower()
        line = _line(_ORDINALS.get(word) or int(re.sub(r"\D", "", word) or 0), names)
        return line or found.group()

    def own(found: "re.Match[str]") -> str:
        words, n = found["word"].split(), _value(found["n"])
        if words[0].endswith("s"):  # “the two fillers”
            return found.group()
        for length in range(len(words), 0, -1):
            called = f"{' '.join(words[:length])} {n}"
            if _one(called, names):
                return " ".join((f"the {called}", *words[length:]))
        return found.group()

    def short(found: "re.Match[str]") -> str:
        return _line(_value(found["n"]), names) or found.group()

    def numbered(found: "re.Match[str]") -> str:
        called = f"{found['word']} {_value(found['n'])}"
        return called if _one(called, names) else found.group()

    return _WITH.sub(numbered, _OWN.sub(own, _NTH.sub(nth, _SHORT.sub(short, text))))


def _lettered(text: str, names: Names) -> str:
    """The text with the name of what is told apart from its like by a letter: “the air on A”."""
    if text.isupper() or not _LETTER.search(text):
        return text
    mentions = names.mentions(text)

    def whole(found: "re.Match[str]") -> str:
        start, end = found.span()
        before, after = text[:start], text[end:]
        named = any(m.start <= start < m.end for m in mentions)
        sure = place_of(before, after, found["letter"]) == "sure"
        return (not named and sure and _by_letter(found["letter"], names)) or found.group()

    return _LETTER.sub(whole, text)


def _by_letter(letter: str, names: Names) -> str:
    """The shortest name of the one machine that a letter tells apart; empty where none is so."""
    called = {
        unit.id: min(own, key=len)
        for unit in names.plant.units.values()
        if (own := [n for n in (unit.name, *unit.names) if n.endswith(f" {letter}")])
    }
    return next(iter(called.values())) if len(called) == 1 else ""


def _alone(text: str, names: Names) -> str:
    """The text with a name for each number that stands as one."""
    if not _RUN.search(text):
        return text
    mentions = names.mentions(text)
    written, at = "", 0
    for found in _RUN.finditer(text):
        end = found.end()
        if any(m.start < end and found.start() < m.end for m in mentions):
            continue
        numbers = [_value(n) for n in _EACH.findall(found["run"])]
        lead = text[: found.start()]
        called = _like_before(lead, numbers, names) if found["number"] else []
        called = called or _called(lead, text[end:], found["run"], mentions, names)
        if not called and written and goes_on(lead, text[end:]):
            called = [_line(n, names) for n in numbers]
        if called and all(called):
            written += text[at : found.start()] + _each(found["run"], called)
            at = end
    return written + text[at:]


def _like_before(lead: str, numbers: Sequence[int], names: Names) -> list[str]:
    """What “number two” is called: as the last thing before it: “compressor 1 or number 2”."""
    heads = [word.lower() for word in reversed(_WORD.findall(lead))][:_LOOKS_BACK]
    for head in heads:
        called = [f"{head.removesuffix('s')} {n}" for n in numbers]
        if all(_one(name, names) for name in called):
            return called
    return []


def _each(run: str, called: Sequence[str]) -> str:
    """The numbers of a list, each with its name."""
    rest = iter(called)
    listed = _EACH.sub(lambda _: next(rest), run)
    return re.sub(r"\s*[/&+]\s*", " and ", listed)


def _called(
    before: str, after: str, run: str, mentions: Sequence[Mention], names: Names
) -> list[str]:
    """The names that the numbers at a place stand for; none where they stand for no names."""
    numbers = [_value(n) for n in _EACH.findall(run)]
    one = numbers == [1]
    place = place_of(before, after, run, one=one)
    lines = [_line(n, names) for n in numbers]
    if place == "sure" or (is_owner(after) and not one):
        return lines
    kinds = _kinds(mentions, len(before), numbers, names) if place == "weighed" else []
    if kinds:
        return kinds
    if any(m.kind in {"line", "unit", "unknown"} and len(m.paths) <= 1 for m in mentions):
        return []
    return lines if place else []


def _kinds(mentions: Sequence[Mention], at: int, numbers: Sequence[int], names: Names) -> list[str]:
    """The machines of the kind that is named, nearest before the numbers, by these numbers."""
    kinds = [m for m in mentions if m.kind in {"unit", "line"} and m.text.isalpha()]
    if len(kinds) < sum(m.kind in {"unit", "line"} for m in mentions):  # one is named in full
        return []
    for kind in sorted(kinds, key=lambda m: (m.start > at, -m.start)):
        stem = kind.text.lower().removesuffix("s")
        called = [f"{stem} {n}" for n in numbers]
        if all(_one(name, names) for name in called):
            return called
    return []


def _value(said: str) -> int:
    return _VALUES.get(said.lower()) or int(said if said.isdigit() else 0)


def _line(number: int, names: Names) -> str:
    """What the production line of that number is called; empty where none is, or several are."""
    found = {
        line.id: name.lower()
        for line in names.plant.lines
        if line.kind == "production"
        for name in reversed((line.name, *line.names))
        if re.fullmatch(rf"[A-Za-z]{{3,}} {number}", name)
    }
    return next(iter(found.values())) if len(found) == 1 else ""


def _one(name: str, names: Names) -> bool:
    """Whether that is a name, as a whole, of one asset."""
    said = tokens(name)
    return any(
        tokens(mention.text) == said and len(mention.paths) == 1
        for mention in names.mentions(name)
        if mention.kind in {"unit", "line"}
    )
