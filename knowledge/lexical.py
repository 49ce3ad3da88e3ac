"""How well words match words: BM25 over postings that may lie on disk.

It must never know what the words are about; meaning is the vectors' part.
"""

import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from snowballstemmer import stemmer

TERMS_VERSION = 2
"""Of what `terms` makes of a text: postings of two versions may not be mixed."""

_WORD = re.compile(r"[^\W_]+")
_K1 = 1.2
_B = 0.75
_ASKED = 64
"""Words of a question that count, the rarest: a page pasted in takes no longer than a sentence."""
_COMMON = (
    "a an and are as at be been but by can could do does for from had has have how i if in into is "
    "it its me my no not of on or our s should so than that the their them then there these t they "
    "this to was we were what when where which who why will with would you your"
)
_STOP = frozenset(_COMMON.split())
_STEMMER = stemmer("english")
_STEMMING = Lock()


def terms(text: str) -> list[str]:
    """Words in lower case without the most common ones, cut to their stems (Porter 2, English)."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP]


@lru_cache(maxsize=1 << 17)
def _stem(word: str) -> str:
    with _STEMMING:  # it keeps the word it is at in itself
        found: str = _STEMMER.stemWord(word)
    return found


class Lexicon(NamedTuple):
    """Which texts hold a term, and how often: an inverted index of arrays.

    Attributes:
        places: term → its number t.
        starts: (terms + 1,); the postings of t are `starts[t]:starts[t + 1]`.
        rows: which text, ascending inside a term; `counts` how often it stands there.
        lengths: (texts,) terms of each text.
    """

    places: Mapping[str, int]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.float32]
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """The index of these texts, numbered in the order given."""
        places: dict[str, int] = {}
        term, row, count = array("i"), array("i"), array("i")
        lengths = np.zeros(len(texts), dtype=np.int32)
        for i, text in enumerate(texts):
            bag = Counter(terms(text))
            lengths[i] = bag.total()
            for word, often in bag.items():
                term.append(places.setdefault(word, len(places)))
                row.append(i)
                count.append(often)
        numbered = np.array(term, dtype=np.int32)
        order = np.argsort(numbered, kind="stable")
        starts = np.zeros(len(places) + 1, dtype=np.int64)
        np.cumsum(np.bincount(numbered, minlength=len(places)), out=starts[1:])
        found = np.array(row, dtype=np.int32)[order], np.array(count, dtype=np.float32)[order]
        return cls(places, starts, *found, lengths)

    def postings(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The texts that hold a term, and how often each does; empty for an unknown term."""
        t = self.places.get(term)
        if t is None:
            return self.rows[:0], self.counts[:0]
        span = slice(int(self.starts[t]), int(self.starts[t + 1]))
        return self.rows[span], self.counts[span]


class Bm25:
    """BM25 over several lexicons: a text scores the same in whichever of them it is.

    Robertson and Zaragoza 2009, eq. 3.15, k1 = 1.2, b = 0.75; inverse document frequency
    ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative. Frequencies and mean length are
    those of the texts that are alive.

    Args:
        parts: the lexicons.
        alive: (texts,) of each: those that count.
    """

    def __init__(self, parts: Sequence[Lexicon], alive: Sequence[NDArray[np.bool_]]) -> None:
        self._parts, self._alive = tuple(parts), tuple(alive)
        self._whole = [bool(mask.all()) for mask in alive]
        self._n = sum(int(mask.sum()) for mask in alive)
        long = sum(int(p.lengths[mask].sum()) for p, mask in zip(parts, alive, strict=True))
        mean = max(long / max(self._n, 1), 1.0)
        self._norms = [
            (_K1 * (1 - _B + _B * part.lengths / mean)).astype(np.float32) for part in parts
        ]

    def scores(self, query: str) -> list[NDArray[np.float32]]:
        """Of every text of every part for the query; 0 where no word matches."""
        found = [np.zeros(len(part.lengths), dtype=np.float32) for part in self._parts]
        asked = []
        for term in dict.fromkeys(terms(query)):
            held = [part.postings(term) for part in self._parts]
            often = sum(
                len(rows) if whole else int(mask[rows].sum())
                for (rows, _), mask, whole in zip(held, self._alive, self._whole, strict=True)
            )
            if often:
                asked.append((often, held))
        for often, held in sorted(asked, key=lambda one: one[0])[:_ASKED]:
            idf = np.float32(np.log1p((self._n - often + 0.5) / (often + 0.5)) * (_K1 + 1))
            for total, norm, (rows, counts) in zip(found, self._norms, held, strict=True):
                total[rows] += idf * (counts / (counts + norm[rows]))
        return found
