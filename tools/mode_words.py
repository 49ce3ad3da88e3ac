"""Which failure modes of a class a person's words fit: “the glue again” → those of the glue.

Words are compared with those the class file has of a mode; one that many modes share says little.
It must never choose between modes that the words fit alike.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from twin_core.plant.classes import EquipmentClass, FailureMode

_NAME, _REST = 2.0, 1.0
"""What a word is worth that stands in a mode's name, and one that stands in the rest of it."""
_ENOUGH = 0.5
"""Of the best mode's worth: so much another must have to be meant as well."""
_ALIKE = 88.0
_WORD = re.compile(r"[a-zà-ÿ]{3,}")
INSTRUMENT = re.compile(
    r"\b(?:sensors?|transmitters?|instruments?|probes?|(?<!out of )gauges?|signals?|readings?"
    r"|transducers?|measurements?|photocells?|encoders?|load\s+cells?|meters?|counts?"
    r"|counters?(?!-)|feedback|readouts?|indicators?|indications?)\b",
    re.IGNORECASE,
)
"""Words for what measures."""
_IDLE_WORDS = """
the that this was were is are has had have been not but and for from with again just now then too
out off only its it's there here who what when they them our your his her she him you did does done
all any some more very bit new old because due caused cause reason problem trouble issue fault
machine line stop stopped stopping minute minutes hour hours today yesterday
ago time times about around another one two three same also still got get gone went came come made
make can could will would said says think thought seems looks like really already ourselves myself
cleared clear fixed fix repaired replaced freed sorted reset mended checked check looked found
fine okay good right wrong nothing never isn wasn aren weren yes nope
something somehow somewhere anything down over where strange weird odd funny
"""
_IDLE = frozenset(_IDLE_WORDS.split())


def modes_said(words: str, kind: EquipmentClass) -> tuple[tuple[str, ...], float]:
    """The modes of a class that words fit best, in file order, and how well; none and 0.0.

    Instruments are meant only where one is spoken of.
    """
    said = [w for w in _WORD.findall(words.lower()) if w not in _IDLE]
    instrument = INSTRUMENT.search(words) is not None
    modes = [mode for mode in kind.failure_modes if instrument or not mode.sensor]
    known = [_words(mode) for mode in modes]
    often = Counter(word for name, rest in known for word in name | rest)
    worth = [_worth(said, name, rest, often) for name, rest in known]
    best = max(worth, default=0.0)
    if best <= 0.0:
        return (), 0.0
    return tuple(
        mode.id for mode, value in zip(modes, worth, strict=True) if value >= _ENOUGH * best
    ), best


@lru_cache(maxsize=4096)
def _words(mode: FailureMode) -> tuple[frozenset[str], frozenset[str]]:
    name = stems((mode.name, mode.id.replace("_", " ")))
    return name, stems((mode.cause, mode.mechanism)) - name


def stems(texts: Iterable[str]) -> frozenset[str]:
    """The words of texts that mean something, cut to their stems."""
    found = (word for text in texts for word in _WORD.findall(text.lower()))
    return frozenset(_stem(word) for word in found if word not in _IDLE)


def _stem(word: str) -> str:
    """“jams”, “jammed”, “jam” are one word, and so are “leaking” and “leak”."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)]
            return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and ending != "s" else stem
    return word


def _worth(
    said: Sequence[str], name: frozenset[str], rest: frozenset[str], often: Counter[str]
) -> float:
    total = 0.0
    for word in {_stem(word) for word in said}:
        for known, each in ((name, _NAME), (rest, _REST)):
            fits = [own for own in known if own == word or fuzz.ratio(own, word) >= _ALIKE]
            if fits:
                total += each / max(often[own] for own in fits)
                break
    return total
