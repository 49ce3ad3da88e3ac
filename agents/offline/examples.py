"""Example questions of each kind, and the words of the trade that they are said with.

They come from `examples/`, one file a kind and one question a line; what is a plant's own stands
there as a slot: `{line}`, `{unit}`, `{point}`, `{value}`. It must never hold a plant's name.
"""

import re
from collections import Counter
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

UNCLEAR = "unclear"
"""The kind of what is none of a plant's business."""
_FOLDER = files("agents") / "offline" / "examples"
_WORD = re.compile(r"(?<![\w{])[a-z]{2,}(?![\w}])")
_HEARD = 3
"""Questions that a word's stem must stand in: one alone may be a slip, or of one plant only."""
_LATELY = 8192
_CHANGES = frozenset({"what_if", "compare", "propose", "decide"})


@cache
def questions() -> tuple[tuple[str, str], ...]:
    """Kind and question of each example, in a fixed order."""
    found = sorted((f for f in _FOLDER.iterdir() if f.name.endswith(".txt")), key=lambda f: f.name)
    return tuple(
        (file.name.removesuffix(".txt"), line)
        for file in found
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    )


@cache
def kinds() -> tuple[str, ...]:
    """Every kind there are examples of, in order of the alphabet."""
    return tuple(dict.fromkeys(kind for kind, _ in questions()))


@cache
def vocabulary() -> frozenset[str]:
    """The words that questions of a plant are said with, each as it stands there."""
    return frozenset(word for word in _counted()[0] if knows(word))


@lru_cache(_LATELY)
def knows(word: str) -> bool:
    """Whether questions of a plant are said with a word, in any of its forms."""
    return _counted()[1][stemmed(word)] >= _HEARD


def has(word: str) -> bool:
    """Whether a word stands in any question, rightly spelled or not."""
    return word in _counted()[2]


@cache
def changing() -> frozenset[str]:
    """The words that changes are asked for with, or supposed."""
    said = (line for kind, line in questions() if kind in _CHANGES)
    return frozenset(word for line in said for word in _WORD.findall(line.lower()))


@lru_cache(_LATELY)
def stemmed(word: str) -> str:
    """A word without its ending."""
    return str(_stemmer().stemWord(word))


@cache
def _counted() -> tuple[frozenset[str], Counter[str], frozenset[str]]:
    """The words of all questions of a plant, how many of them have each stem, and all words."""
    words: set[str] = set()
    all_: set[str] = set()
    stems: Counter[str] = Counter()
    for kind, line in questions():
        said = set(_WORD.findall(line.lower().replace("'", "")))
        all_ |= said
        if kind != UNCLEAR:
            words |= said
            stems.update({stemmed(word) for word in said})
    return frozenset(words), stems, frozenset(all_)


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
