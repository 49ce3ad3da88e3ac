"""Which way something goes, as it is said: so much less, so much more, or to a level.

One vocabulary for all changes, so that no verb means one thing of a speed and another of rejects.
It must never choose between two ways that are both said.
"""

import re

_VERBS = {
    -1: r"slow(?:s|ed|ing)?|reduc(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|lower(?:s|ed|ing)"
    r"|fall(?:s|en|ing)?|fell|drop(?:s|ped|ping)?|cut(?:s|ting)?|shrinks?|shrank|shrunk"
    r"|declin(?:e|es|ed|ing)|shorten(?:s|ed)?|eas(?:e|es|ed|ing)(?!\s+of)|throttl(?:e|es|ed|ing)"
    r"|trim(?:s|med|ming)?|knock(?:s|ed|ing)?",
    +1: r"rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|ris(?:e|es|en|ing)|rose|grow(?:s|n|ing)?|grew"
    r"|climb(?:s|ed)?|lengthen(?:s|ed)?|boost(?:s|ed|ing)?|bump(?:s|ed|ing)?|lift(?:s|ed|ing)?",
}
_ADVERBS = {
    -1: r"more\s+slowly|slower|less|fewer|lower|smaller|shorter|colder|cooler",
    +1: r"more\s+quickly|faster|quicker|sooner|more|higher|longer|bigger|larger|warmer|hotter"
    r"|worse|extra|additional",
}
_PARTICLES = {
    -1: r"down|minus|off(?=\s*$|[,;.]|\s+(?:the|its|of)\b)",
    +1: r"plus|(?<!weigh )(?<!write )(?<!draw )(?<!put )(?<!set )up(?!\s+to\b)",
}
_COMPARES = 2
"""Place of the adverbs among the kinds of words."""
_SAID = tuple(
    (way, kind, re.compile(rf"\b(?:{words[way]})\b"))
    for kind, words in enumerate((_VERBS, _PARTICLES, _ADVERBS))
    for way in (-1, +1)
)
_PARTED = re.compile(
    r"\b(?:slow|cut|knock|trim|throttl)\w*\b.*\bdown\b|\b(?:knock|cut|trim)\w*\b.*\boff\b|\b(?:bump|lift|boost)\w*\b.*\bup\b",
    re.DOTALL,
)
"""A verb with its particle behind it: “slow … down”, “bump … up”."""
_LESS_OF_MORE = re.compile(r"\bmore\s+slowly\b")
_LOWER = re.compile(
    r"(?P<lead>^\W*(?:(?:if|please|we|i|you|they|one|let us|and|to|what|when"
    r"|suppose|supposing|say|assuming)\s+)*)lower\b"
)
_TO = re.compile(r"\bto\s{1,3}(?:about\s+)?$")
_AT = re.compile(r"\b(?:at|of|with)\s{1,3}(?:about\s+)?$")
_BY = re.compile(r"\bby\s{1,3}(?:about\s+)?$")
_BESIDE = r"(?P<word>[a-z]+(?:\s+(?:slowly|quickly))?)"
_NEXT = re.compile(rf"\s{{0,3}}(?:%|per\s?cent)?\s{{0,3}}{_BESIDE}")
_BEYOND = re.compile(rf"\s{{0,3}}[^\s,;]{{1,14}}(?:\s?/\s?\w+|\s[a-z]{{1,2}}\b)?\s{{1,3}}{_BESIDE}")
"""A word behind a number, and behind its unit."""


def way_of(low: str) -> int | None:
    """−1 less, +1 more, 0 neither; None where several ways are said, or one twice.

    A verb may have its particle: “slow … down”; nothing else is said twice.
    """
    found = [(way, kind) for way, kind, said in _SAID for _ in said.finditer(_merged(low))]
    if not found:
        return 0
    kinds = [kind for _, kind in found]
    alone = len(found) == 1 or (kinds == [0, 1] and _PARTED.search(_merged(low)) is not None)
    return found[0][0] if alone and len({way for way, _ in found}) == 1 else None


def without_way(low: str, *, level: bool = False) -> str:
    """The words without the one way they say; with all of them, if they say several.

    What goes to a `level` may rise or go up to it; “less” and “more” say nothing of it.
    """
    if way_of(low) is None:
        return low
    low = _merged(low)
    for _, kind, said in _SAID:
        low = low if level and kind == _COMPARES else said.sub(" ", low)
    return low


def way_to(low: str, start: int, end: int) -> int | None:
    """How the number from `start` to `end` is meant: less or more by it, or 0: a level.

    None where that is not said: “reduced at 90 %” may be either, “by 5 %” any.
    """
    way = way_of(low)
    if way is None or (way and low[start : start + 1] in {"-", "−"}):
        return None
    beside = [found.group("word") for form in (_NEXT, _BEYOND) if (found := form.match(low, end))]
    directly = any(way_of(word) for word in beside)
    if directly:
        return way
    if _TO.search(low[:start]):
        return 0
    if (
        way
        and not directly
        and any(said.search(_merged(low)) for _, kind, said in _SAID if kind == _COMPARES)
    ):
        return None  # “cooler, 145 °C”: by it, or to it?
    if _BY.search(low[:start]):
        return way or None
    return 0 if not way else None if _AT.search(low[:start]) else way


def _merged(low: str) -> str:
    """“More slowly” is one word that says less; “lower” that begins an order is its verb."""
    return _LOWER.sub(r"\g<lead>reduce", _LESS_OF_MORE.sub("slower", low))
