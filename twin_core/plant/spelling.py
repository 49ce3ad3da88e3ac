"""Which known word a shortened or misspelled one was meant to be.

It must never know what a word means, nor guess between two.
"""

import re
from bisect import bisect_left
from collections.abc import Set as AbstractSet

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

_VOWELS = re.compile(r"(?<=.)[aeiou]|(?<=.)(.)(?=\1)")
"""What an abbreviation leaves out: “hdr”, “lvl”, “vlv”."""
_ALIKE = 84.0
_FORGIVEN_FROM = 5
_SHORTENED_FROM = 4
_SLIPPED_FROM = 3


class Spelling:
    """The words of one plant's names, as people write them.

    Args:
        words: lower case.
    """

    def __init__(self, words: AbstractSet[str]) -> None:
        self._words = words
        boned: dict[str, set[str]] = {}
        for word in words:
            if len(word) >= _FORGIVEN_FROM:
                boned.setdefault(_VOWELS.sub("", word), set()).add(word)
        self._boned = {bones: tuple(found) for bones, found in boned.items()}
        self._sorted = tuple(sorted(words))
        self._long: dict[str, list[str]] = {}
        self._of_letters: dict[str, list[str]] = {}
        for word in self._sorted:
            if len(word) >= _FORGIVEN_FROM:
                self._long.setdefault(word[0], []).append(word)
            if len(word) >= _SHORTENED_FROM:
                self._of_letters.setdefault("".join(sorted(word)), []).append(word)

    def singular(self, word: str) -> str:
        """The word without its plural's “s”, where that is a known one."""
        return word[:-1] if word.endswith("s") and word[:-1] in self._words else word

    def forgiven(self, word: str) -> str:
        """The word, or the one known word it is the beginning or a small misspelling of."""
        if word in self._words or word.isdigit():
            return word
        if len(word) < _SHORTENED_FROM:
            bones = self._boned.get(word, ())
            return bones[0] if len(bones) == 1 else word
        if word.endswith("s") and word[:-1] in self._words:
            return word[:-1]
        longer = sorted(self._begun(word), key=len)
        if longer and all(w.startswith(longer[0]) for w in longer):
            return longer[0]
        if len(word) >= _FORGIVEN_FROM:
            # Who misspells a word gets its first letter right: who “suffers” names no buffer.
            alike = self._long.get(word[0], [])
            near = process.extractOne(word, alike, scorer=fuzz.ratio, score_cutoff=_ALIKE)
            if near is not None:
                return near[0]
        same = self._of_letters.get("".join(sorted(word)), [])
        return next((known for known in same if _swapped(word, known)), word)

    def _begun(self, word: str) -> list[str]:
        """The known words that begin with one."""
        found, at = [], bisect_left(self._sorted, word)
        while at < len(self._sorted) and self._sorted[at].startswith(word):
            found.append(self._sorted[at])
            at += 1
        return found

    def slip_of(self, word: str, among: AbstractSet[str]) -> str:
        """The one of some known words that a word is, or is a slip of; empty where it is none.

        Of so few also a short word's slip is sure: “lien 2”, “pmup 3”.
        """
        for known in (word, self.singular(word), self.forgiven(word)):
            if known in among:
                return known
        if word in self._words or len(word) < _SLIPPED_FROM:
            return ""
        long = [known for known in among if len(known) >= _FORGIVEN_FROM and known[0] == word[0]]
        near = process.extractOne(word, sorted(long), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if near is not None and len(word) >= _FORGIVEN_FROM:
            return near[0]
        return next((known for known in sorted(among) if _slipped(word, known)), "")


def _slipped(word: str, known: str) -> bool:
    """Whether a letter fell out, is too much, or two of them changed places; not the first."""
    if len(word) == len(known):
        return _swapped(word, known)
    return word[0] == known[0] and OSA.distance(word, known) == 1


def _swapped(word: str, known: str) -> bool:
    """Whether two neighbouring letters changed places: the commonest slip of all."""
    return sorted(word) == sorted(known) and OSA.distance(word, known) == 1
