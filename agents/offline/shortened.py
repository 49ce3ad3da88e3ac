"""Words of measurements as people shorten them: “vibs”, “brg temp”, “dewpoint”, “P on header B”.

They are written in full where the plant has the word that is meant. It must never shorten a word,
nor write one out in a plant that has the short one itself or lacks the long one.
"""

import re
from functools import lru_cache
from itertools import pairwise

from agents.offline import grammar
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

_SHORT = {
    "vib": "vibration", "vibs": "vibration", "vibes": "vibration",
    "brg": "bearing", "brgs": "bearing",
}  # fmt: skip
_LETTERS = {"P": "pressure", "T": "temperature"}
_LETTER = re.compile(r"(?<![\w'’-])(?<!\d )(?P<letter>[PT])(?!['’-]?\w|\s?[\d+=.])")
"""“The bowl P”, and no “P1”, “P-7” or “T+60”."""
_PV = re.compile(r"\bpv\b", re.IGNORECASE)
_SHAKING = re.compile(
    r"\b(?P<the>the|its) (?:shaking|shakes|trembling|shuddering|juddering)\b", re.IGNORECASE
)
_SHAKEN = "vibration"
_GLUED = re.compile(
    r"(?<![\w.,:/-])(?P<n>\d+(?:[.,]\d+)?)(?P<unit>m?bar|kpa|kw|hz|nm|bp[mh]|rpm|deg|degrees|degc|c)\b",
    re.IGNORECASE,
)
"""“5.5bar”, “150c”."""
_WORD = re.compile(r"[A-Za-z]{3,}")
_JOINED_FROM = 5
_PLANTS = 8


def in_full(text: str, names: Names) -> str:
    """The text with the words of measurements written in full.

    Args:
        text: as said.
        names: of the plant.
    """
    known = names.measures

    def long(found: "re.Match[str]") -> str:
        word = found.group().lower()
        if word in names.vocabulary:
            return found.group()
        meant = _SHORT.get(word, "")
        return meant if meant in known else _apart(word, names) or found.group()

    def letter(found: "re.Match[str]") -> str:
        meant = _LETTERS[found["letter"]]
        return meant if meant in known else found.group()

    if not text.isupper():
        text = _LETTER.sub(letter, text)
    text = text if "pv" in names.vocabulary else _PV.sub("value", text)
    text = _SHAKING.sub(rf"\g<the> {_SHAKEN}", text) if _SHAKEN in known else text
    return _WORD.sub(long, _GLUED.sub(r"\g<n> \g<unit>", text))


def _apart(word: str, names: Names) -> str:
    """The two words of a measurement that are written as one: “dewpoint”, “dewpt”."""
    if len(word) < _JOINED_FROM or grammar.knows([word]):
        return ""
    found = {
        f"{first} {second}"
        for first, second in _pairs(names)
        if word.startswith(first) and _shortens(word[len(first) :], second)
    }
    return found.pop() if len(found) == 1 else ""


def _shortens(short: str, word: str) -> bool:
    """Whether a word is another one, or its first and last letters and some between: “pt”."""
    letters = iter(word)
    return short == word or (
        len(short) > 1
        and len(word) >= _JOINED_FROM
        and short[0] == word[0]
        and short[-1] == word[-1]
        and all(letter in letters for letter in short)
    )


@lru_cache(_PLANTS)
def _pairs(names: Names) -> frozenset[tuple[str, str]]:
    """Every two words that stand side by side in the name of a measurement."""
    told = (
        tokens(name.replace("_", " "))
        for point in names.plant.points
        for name in (point.spec.id, point.spec.name, *point.names)
    )
    return frozenset(
        (first, second)
        for words in told
        for first, second in pairwise(words)
        if min(len(first), len(second)) > 2 and grammar.content(first)
    )
