"""Words that a sentence may hold whatever was seen: they name no thing, no person and no deed.

Small words, words of talking, comparing and doubting, and what every plant has: lines, machines,
values, causes, alarms; in nine languages, in `words/`. Whatever else a sentence says must stand in
what was seen (`binding.py`). No substance, place, role, permission, danger or repair may be added.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from agents.tongues import COUNTED, FUNCTION, KNOWN, MONTHS, NONE, UNITS

_FOLDER = files("agents") / "words"
_ENDINGS = (
    "ations", "ation", "ingly", "ements", "ement", "ments", "ment", "ically", "ional", "ions",
    "ings", "edly", "ing", "ion", "ers", "ens", "als", "ies", "ied", "ed", "er", "es", "en", "em",
    "al", "ly", "us", "os", "is", "as", "s", "e", "a", "o",
)  # fmt: skip
_SURE = frozenset({"s", "ed", "ing"})
_SHORTEST = 4
"""Letters that are left at least; of what ends surely one fewer."""
_APOSTROPHE = re.compile(r"['’]s?$|^(?:[a-zà-ÿ]{1,2}|qu|lorsqu|jusqu|dell|dall|nell|all|sull)['’]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PART, _LONGEST = 4, 40
"""Letters that a part of a compound has at least, and all of it at most."""


@lru_cache(maxsize=16_384)
def root(word: str) -> str:
    """A word without its ending, roughly and in any language, so that its forms are alike."""
    plain = _APOSTROPHE.sub("", word.lower())
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= (
            3 if ending in _SURE else _SHORTEST
        ):
            plain = plain[: -len(ending)]
            break
    if len(plain) >= _SHORTEST and plain[-1] == plain[-2]:
        return plain[:-1]
    return plain[:-1] if plain.endswith("e") and len(plain) > _SHORTEST else plain


def roots(text: str) -> frozenset[str]:
    """The roots of the words of a text."""
    return frozenset(root(word) for word in _WORD.findall(text))


def strange(text: str, shown: frozenset[str]) -> Iterator[str]:
    """The words of a text that are neither harmless nor, by their roots, among those shown."""
    known = harmless()
    for word in _WORD.findall(text):
        own = root(word)
        if own not in known and own not in shown and not _is_compound(word.lower(), shown):
            yield word


def _is_compound(word: str, shown: frozenset[str]) -> bool:
    """Whether a word is made of two that may be said: “Gegendrucksollwert” is three."""
    known = harmless()

    def may_be_said(part: str) -> bool:
        return root(part) in known or root(part) in shown or part in known

    if len(word) > _LONGEST:
        return False
    for at in range(_PART, len(word) - _PART + 1):
        first, rest = word[:at], word[at:]
        if (may_be_said(first) or (first.endswith("s") and may_be_said(first[:-1]))) and (
            may_be_said(rest) or _is_compound(rest, shown)
        ):
            return True
    return False


@cache
def harmless() -> frozenset[str]:
    """The roots of all these words, and of what is counted and measured."""
    said = [word for file in _FOLDER.iterdir() for word in file.read_text("utf-8").split()]
    tables = (COUNTED, FUNCTION, KNOWN, MONTHS, NONE, UNITS)
    return frozenset(map(root, [*said, *(word for table in tables for word in table)]))
