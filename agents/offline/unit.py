"""The unit that stands behind a number, as people write and say units. It must never convert one.

What stands there and is no ordinary word is a unit, known or not, so that no number is taken in
another unit than it was said in.
"""

import re
from collections.abc import Collection

from agents.claims import spelled
from agents.offline import grammar
from twin_core.units import unit_text

_RUN = re.compile(r"[\s(\[–-]{0,4}(?P<run>[^,;?!()\[\]“”]*)")
_ORDINARY_WORDS = """
after all already always and because before both but during each either else every from
here immediately instead later longer more not once only onwards permanently please rather
since so straight suddenly than then there today tomorrow tonight too until till versus vs
when where which while whole with without
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
_PER = frozenset({"per", "a", "an", "each", "every", "/"})
_TIMES = frozenset({"s", "min", "h", "d"})
_DEGREES = frozenset({"°", "º", "deg", "degree", "degrees"})
_FOLLOWING_WORDS = """
abs absolute c celsius centigrade f fahrenheit gauge k kelvin meter meters metre metres
"""
_FOLLOWING = frozenset(_FOLLOWING_WORDS.split())
_CELSIUS = re.compile(r"(?:(?:°|º|deg|degrees?)\s?)?(?:c|celsius|centigrade)")
_SPOKEN = {
    "amp": "a", "amps": "a", "ampere": "a", "amperes": "a",
    "kelvin": "k", "volt": "v", "volts": "v", "newton": "n", "newtons": "n", "nm": "n.m",
    "newton metre": "n.m", "newton metres": "n.m", "newton meter": "n.m", "newton meters": "n.m",
    "kilowatt": "kw", "kilowatts": "kw", "kilopascal": "kpa", "kilopascals": "kpa",
    "millibar": "mbar", "millibars": "mbar", "metre": "m", "metres": "m", "meter": "m",
    "meters": "m", "cubic metre": "m3", "cubic metres": "m3", "cubic meter": "m3",
    "cubic meters": "m3", "kilogram": "kg", "kilograms": "kg", "percent": "%",
}  # fmt: skip
_SHORT = {"bpm": "bottle/min", "bph": "bottle/h", "cpm": "case/min", "rpm": "1/min"}


def unit_behind(text: str, own: Collection[str] = ()) -> str:
    """The unit at the start of a text, as it was said; empty if none stands there.

    Args:
        text: what follows a number, lower case.
        own: words of what is measured, which are no unit.
    """
    found = _RUN.match(text)
    words = found.group("run").replace("/", " / ").split() if found is not None else []
    words = [word.rstrip(".:'\"’") or word for word in words]
    if not words or words[0] in own:
        return ""
    end = 0 if words[0] in _PER else 1
    if end and _is_ordinary(words[0]):
        return ""
    if end and words[1:2] and words[1] in _FOLLOWING:
        end = 2
    while words[end + 1 :] and words[end] in _PER and _rate(words[end], words[end + 1]):
        end += 2
    said = " ".join(words[:end])
    return re.sub(r"\s?/\s?", "/", said) if said or words[0] not in {"per", "/"} else words[0]


def _is_ordinary(word: str) -> bool:
    """Whether a word, small slips forgiven, is one of everyday speech."""
    plain = grammar.normal(word) if word.isalpha() else word
    return word in _ORDINARY or plain in _ORDINARY or not grammar.content(plain)


def is_unit(said: str, ucum: str) -> bool:
    """Whether what was said is that unit, by its code or as people write or say it."""
    if said in _DEGREES:
        return ucum in {"Cel", "deg"}
    top, below = _parts(_SHORT.get(said, said))
    for own, own_below in (_parts(ucum), _parts(unit_text(ucum))):
        counted = "{" in ucum or own in {"", "1"}
        same = _one(top) == _one(own) or top in _plurals(own) if top else bool(below) and counted
        # “480 b/min”, “btl/min”: a piece is shortened where it is said per what.
        short = "".join(re.findall(r"[a-z]+", top.rstrip("s")))
        same = same or bool(below and "{" in ucum and short and _shortens(short, own))
        if same and below == own_below:
            return True
    return False


def _shortens(short: str, noun: str) -> bool:
    """Whether a word is made of letters of another, the first of it first: “btl”, of “bottle”."""
    letters = iter(noun)
    return noun.startswith(short[0]) and all(letter in letters for letter in short)


def _rate(joint: str, word: str) -> bool:
    """Whether a joint and a word say per what: “a minute”, “per roll”, not “a while”."""
    return joint in {"per", "/"} or spelled(word) in _TIMES


def _parts(text: str) -> tuple[str, str]:
    """What is counted or measured, and per what."""
    plain = text.lower().replace("{", "").replace("}", "")
    top, _, below = re.sub(r"(?:^|\s)(?:per|an?|each|every)\s|\s?/\s?", "/", plain).partition("/")
    return top.strip(), _one(below.strip())


def _one(word: str) -> str:
    return "°c" if _CELSIUS.fullmatch(word) else spelled(_SPOKEN.get(word, word))


def _plurals(noun: str) -> set[str]:
    """How a counted thing may be said of several: rolls, boxes, loaves, bodies."""
    return {noun, f"{noun}s", f"{noun}es", f"{noun.removesuffix('f')}ves", f"{noun[:-1]}ies"}
