"""How well words match words: BM25 over a small collection, held in memory.

It must never know what the words are about; meaning is the vectors' part.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
_K1 = 1.2
_B = 0.75
_SHORT = 4
_COMMON = (
    "a an and are as at be been but by can could do does for from had has have how i if in into is "
    "it its me my no not of on or our should so than that the their them then there these they "
    "this to was we were what when where which who why will with would you your"
)
_STOP = frozenset(_COMMON.split())


def terms(text: str) -> list[str]:
    """Words in lower case without the most common ones, endings of number and tense cut off."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP]


def _stem(word: str) -> str:
    for ending, keep in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORT - 1:
            if ending == "s" and word.endswith(("ss", "us", "is")):
                return word
            stem = word[: len(word) - len(ending)] + keep
            doubled = ending in {"ing", "ed"} and stem[-1] == stem[-2] and stem[-1] not in "ls"
            return (stem[:-1] if doubled else stem).removesuffix("e")
    return word.removesuffix("e") if len(word) > _SHORT else word


class Lexicon:
    """BM25 (Robertson and Zaragoza 2009, eq. 3.15) over texts given once.

    k1 = 1.2 and b = 0.75; inverse document frequency ln(1 + (N - n + 0.5) / (n + 0.5)), which is
    never negative.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        bags = [Counter(terms(text)) for text in texts]
        lengths = np.array([sum(bag.values()) for bag in bags], dtype=np.float64)
        mean = lengths.mean() if bags else 1.0
        self._size = len(bags)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        places: dict[str, list[tuple[int, int]]] = {}
        for i, bag in enumerate(bags):
            for term, count in bag.items():
                places.setdefault(term, []).append((i, count))
        for term, found in places.items():
            where = np.array([i for i, _ in found], dtype=np.int64)
            often = np.array([n for _, n in found], dtype=np.float64)
            idf = np.log1p((self._size - len(found) + 0.5) / (len(found) + 0.5))
            norm = _K1 * (1 - _B + _B * lengths[where] / mean)
            self._postings[term] = where, idf * often * (_K1 + 1) / (often + norm)

    def scores(self, query: str) -> NDArray[np.float64]:
        """BM25 of every text for the query, in the order given; 0 where no word matches."""
        total = np.zeros(self._size)
        for term in dict.fromkeys(terms(query)):
            if term in self._postings:
                where, weight = self._postings[term]
                total[where] += weight
        return total
