"""A text as its words and numbers. It must never know what is a name."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\d(?:st|[nr]d|th)\b|[a-zà-ÿ]+|(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")


@dataclass(frozen=True, slots=True)
class Word:
    """One of them, lower case, with its place: end excluded."""

    text: str
    start: int
    end: int


def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a name, lower case: `Line4's` → `line`, `4`."""
    return tuple(word.text for word in split(text))


def split(text: str) -> list[Word]:
    """The words and numbers of a text with their places."""
    plain = _POSSESSIVE.sub(lambda found: " " * len(found.group(0)), text.lower())
    return [Word(m.group(0), m.start(), m.end()) for m in _TOKEN.finditer(plain)]


def plural(phrase: tuple[str, ...]) -> tuple[str, ...]:
    """A name as it is said of several; one with a number at its end stays as it is."""
    if not phrase or phrase[-1].isdigit() or phrase[-1].endswith("s"):
        return phrase
    return (*phrase[:-1], phrase[-1] + "s")
