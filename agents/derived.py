"""Numbers that nobody saw but that follow from exactly two that were: gap, total, ratio, per cent.

Allowed only where a word says which of these it is, and where the two stand in the same sentence,
or are the only pair of the evidence cited there that gives it. It must never search all that was
seen: among many numbers some two give anything.
"""

import re
from collections.abc import Sequence
from itertools import combinations

from agents.claims import Claim, Number

_MOST = 8
_NEAR = 0.02
_GAP = re.compile(
    r"\b(?:less|more|fewer|lower|higher|below|above|under|over|short|gap|difference|drop(?:ped)?"
    r"|fell|fall"
    r"|rose|rise|gain(?:ed)?|lost|loss|slower|faster|down|up|increase|decrease|change|weniger"
    r"|mehr|unter"
    r"|über|unterschied|differenz|moins|plus|écart|menos|más|diferencia|meno|più|differenza"
    r"|minder|meer"
    r"|verschil|mais|diferença|mniej|więcej|różnica|mindre|mer|skillnad)\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\b(?:total|together|sum|combined|in all|altogether|zusammen|insgesamt|summe|ensemble|somme"
    r"|juntos"
    r"|suma|insieme|somma|samen|totaal|juntas|razem|tillsammans|totalt)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(?:of|ratio|times|share|von|des|de|della|van|do|av|od)\b|\bper cent of\b", re.IGNORECASE
)


def follows(claim: Claim, beside: Sequence[Number], cited: Sequence[Number], text: str) -> bool:
    """Whether a number follows from two others.

    Args:
        claim: that was not seen.
        beside: numbers of the same sentence that were seen.
        cited: numbers worded in the evidence that the sentence cites.
        text: the sentence.
    """
    if claim.number is None or claim.number.about:
        return False
    for numbers in (_distinct(beside), _distinct(cited)):
        pairs = [p for p in combinations(numbers, 2) if _alike(*p)]
        if 2 <= len(numbers) <= _MOST and sum(_gives(claim, *pair, text) for pair in pairs) == 1:
            return True
    return False


def _distinct(numbers: Sequence[Number]) -> list[Number]:
    return list({(abs(n.value), n.unit): n for n in numbers}.values())


def _alike(one: Number, other: Number) -> bool:
    """Whether two numbers are of one unit; one without takes the other's."""
    return None in {one.unit, other.unit} or one.unit == other.unit


def _gives(claim: Claim, one: Number, other: Number, text: str) -> bool:
    """Whether two numbers give the claimed one in the way the sentence says."""
    said = claim.number
    assert said is not None
    low, high = sorted((abs(one.value), abs(other.value)))
    wanted, room = abs(said.value), 0.5 * said.step + 1e-9 * max(1.0, high)
    if claim.kind == "ratio":
        return low > 0 and min(abs(high / low - wanted), abs(low / high - wanted)) <= _NEAR * wanted
    unit = one.unit or other.unit
    if said.unit == "%" and unit != "%":
        if high == 0 or low == 0:
            return False
        shares = [(high - low) / high, (high - low) / low] if _GAP.search(text) else []
        shares += [low / high, high / low] if _SHARE.search(text) else []
        return any(abs(100 * share - wanted) <= room for share in shares)
    if unit is not None and said.unit is not None and said.unit != unit:
        return False
    gap = bool(_GAP.search(text)) and abs(high - low - wanted) <= room
    return gap or (bool(_TOTAL.search(text)) and abs(high + low - wanted) <= room)
