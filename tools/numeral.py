"""Numbers as people write them: “1,200”, “2,4”, “-0.5”. It must never guess between two readings.

English is read first: a comma before three digits parts thousands, a point begins decimals. A
comma before fewer digits can only begin decimals. “1.200” is 1.2 to one writer and 1,200 to the
next, and so no number here.
"""

import re

NUMERAL = r"(?<![\w.,:])[+\-−]?\d[\d.,'’\u00a0\u202f]*(?:e[+-]?\d{1,3})?(?![\w:])"
"""Pattern of whatever looks like a number; `value_of` says whether it is one, and which."""

_FIGURE = re.compile(
    r"(?P<away>\bfrom\s{1,3})?(?<![\w.,])(?P<number>[+\-−]?\d[\d.,'’\u00a0\u202f]*)", re.IGNORECASE
)
_PARTED = r"[1-9]\d{0,2}"
_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,6})?(?:e[+-]?\d{1,2})?")
_THOUSANDS = re.compile(rf"{_PARTED}(?:[,'’\u00a0\u202f]\d{{3}}){{1,3}}(?:\.\d{{1,6}})?")
_COMMA = re.compile(r"(?:\d{1,12},\d{1,2}|0,\d{1,6})")
_POINTS = re.compile(rf"{_PARTED}(?:(?:\.\d{{3}}){{1,3}},\d{{1,6}}|(?:\.\d{{3}}){{2,3}})")
_EITHER = re.compile(rf"{_PARTED}\.\d{{3}}")


def values_in(text: str) -> frozenset[float | None]:
    """The numbers of a text, none that it leads away from (“from 185”); None for what is none."""
    found = _FIGURE.finditer(text)
    return frozenset(value_of(one.group("number")) for one in found if not one.group("away"))


def value_of(text: str) -> float | None:
    """The number a text is; None where it is none or could be two."""
    said = text.strip().rstrip(".,'’\u00a0\u202f")
    minus = said[:1] in {"-", "−"}
    said = said.lstrip("+-−")
    if _EITHER.fullmatch(said):
        return None
    if _PLAIN.fullmatch(said):
        value = float(said)
    elif _THOUSANDS.fullmatch(said):
        value = float(re.sub(r"[^\d.]", "", said))
    elif _COMMA.fullmatch(said):
        value = float(said.replace(",", "."))
    elif _POINTS.fullmatch(said):
        value = float(said.replace(".", "").replace(",", "."))
    else:
        return None
    return -value if minus else value
