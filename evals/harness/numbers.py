"""Numbers with their units in plain text, in the manner of the language it is written in.

The exam's own reading, so that no mistake is shared with whoever is examined. It must never guess:
what is a time, a date, an id or the number in a name is no quantity.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Literal

Language = Literal["en", "de", "es", "fr"]

_UNITS: dict[str, tuple[str, float, str]] = {
    # code: what it measures, how many of the first it is, other spellings
    "Cel": ("°C", 1, "° ?C|degC|degrees C(?:elsius)?|Grad(?: Celsius)?|grados|degrés"),
    "K": ("K", 1, "K|kelvin"),
    "bar": ("bar", 1, "bar[ag]?|bars|bares"),
    "mbar": ("bar", 1e-3, "mbar"),
    "Pa": ("bar", 1e-5, "Pa"),
    "kPa": ("bar", 1e-2, "kPa"),
    "MPa": ("bar", 10, "MPa"),
    "%": ("1", 0.01, "%|per ?cent|Prozent|por ciento|pour ?cent"),
    "mm": ("m", 1e-3, "mm"),
    "cm": ("m", 1e-2, "cm"),
    "m": ("m", 1, "m|met[er]{2}s?|metros?|mètres?"),
    "m3": ("m³", 1, "m³|m3|cubic met[er]{2}s?|Kubikmeter|metros cúbicos|mètres cubes"),
    "L": ("m³", 1e-3, "[lL]|lit[er]{2}s?|litros?"),
    "mL": ("m³", 1e-6, "m[lL]"),
    "hL": ("m³", 0.1, "hl|hL"),
    "kg": ("kg", 1, "kg"),
    "g": ("kg", 1e-3, "g"),
    "t": ("kg", 1e3, "t|tonnes?"),
    "W": ("W", 1, "W"),
    "kW": ("W", 1e3, "kW"),
    "MW": ("W", 1e6, "MW"),
    "W.h": ("Wh", 1, "Wh"),
    "kW.h": ("Wh", 1e3, "kWh"),
    "MW.h": ("Wh", 1e6, "MWh"),
    "kV.A": ("VA", 1e3, "kVA"),
    "A": ("A", 1, "A|amps?|amperes?"),
    "mA": ("A", 1e-3, "mA"),
    "V": ("V", 1, "V|volts?"),
    "kV": ("V", 1e3, "kV"),
    "Hz": ("Hz", 1, "Hz|hertz"),
    "N": ("N", 1, "N"),
    "kN": ("N", 1e3, "kN"),
    "N.m": ("N·m", 1, "N[·. ]?m"),
    "deg": ("°", 1, "°|deg"),
    "dB": ("dB", 1, "dB"),
    "EUR": ("EUR", 1, "EUR|€|euros?"),
    "s": ("s", 1, "s|secs?|seconds?|Sekunden?|segundos?|secondes?"),
    "min": ("s", 60, "min|mins?|minutes?|Minuten?|minutos?"),
    "h": ("s", 3600, "h|hrs?|hours?|Std\\.?|Stunden?|horas?|heures?"),
    "d": ("s", 86400, "d|days?|Tagen?|Tage?|días?|jours?"),
    "{bottle}": ("bottle", 1, "bottles?|Flaschen?|botellas?|bouteilles?"),
    "{case}": ("case", 1, "cases?|Kartons?|Kisten?|cajas?|caisses?|cartons?"),
    "{pallet}": ("pallet", 1, "pallets?|Paletten?|pal[eé]t?s?|palettes?"),
    "{stop}": ("stop", 1, "stops?|Stopps?|paradas?|arrêts?"),
}  # fmt: skip
_PER = {"s": "s", "min": "min", "h": "h", "d": "d"}
_RATES = "rpm|bpm"
_JOINT = r"(?:\s?/\s?|\s(?:per|an|a|pro|je|por|par)\s|\sà l['’])"
_BELOW = (
    r"(?:minutes?|Minuten?|minutos?|mins?|hours?|Stunden?|horas?|heures?|seconds?|Sekunden?"
    r"|segundos?|secondes?|days?|Tag|día|jour|min|hr|[shd])"
)
_DIGITS = {
    "en": r"\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?",
    "de": r"\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:,\d+)?",
}
_IDS = re.compile(
    r"\[(?:\s*ev-[0-9a-f]+\s*[,;]?)+\]|\b(?:ev|in|p|wo|c)-[0-9a-f]{4,}\b"
    r"|\d{4}-\d{2}-\d{2}|\b\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\b|\b\d{1,2}\.\d{1,2}\.\d{4}\b"
    r"|\b(?=[\w-]*[A-Za-z])(?=[\w-]*\d)[A-Za-z][\w]*-[\w-]*\d[\w-]*\b"
    r"|\b[a-z0-9_-]+(?:/[a-z0-9_-]+){2,4}\b"
)
_SPAN = re.compile(r"\s?(?:to|and|or|bis|und|oder|a|y|o|à|et|ou|–|-|→)\s?[+\-−]?")
_LISTED = re.compile(r"(?m)^\s*(?:[-*•]\s*)?\d{1,2}[.)]\s")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit measures, and how many of the first of its kind one of it is."""

    measures: str
    scale: float


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text.

    Attributes:
        value: as written, in its own unit; `step` the smallest that its digits show.
        unit: None where none that is known follows.
        start, end: where in the text its digits stand.
    """

    value: float
    step: float
    unit: Unit | None
    start: int
    end: int

    def within(self, wanted: float, unit: Unit | None, room: float) -> bool:
        """Whether it is that number, in that unit, to within `room` of that unit."""
        if unit is None:
            return abs(self.value - wanted) <= room
        if self.unit is None or self.unit.measures != unit.measures:
            return False
        value = self.value * self.unit.scale / unit.scale
        return abs(value - wanted) <= room + 1e-9 * abs(wanted)


def quantities(text: str, language: Language = "en", names: Iterable[str] = ()) -> list[Quantity]:
    """The quantities of a text in order.

    Args:
        text: of an answer, or of evidence.
        language: decides what a point and a comma mean.
        names: that hold digits; they are left out.
    """
    hidden = _IDS.sub(_blank, text)
    for name in sorted(names, key=len, reverse=True):
        hidden = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _blank, hidden, flags=re.IGNORECASE)
    found = list(_found(_LISTED.sub(_blank, hidden), language))
    for at, (one, follows) in reversed(list(enumerate(pairwise(found)))):
        if one.unit is None and _SPAN.fullmatch(hidden, one.end, follows.start):
            found[at] = replace(one, unit=found[at + 1].unit)
    return found


@cache
def unit_of(said: str) -> Unit | None:
    """A unit as UCUM writes it or as people do; None = not one we know."""
    said = said.strip()
    if said in _UNITS:
        measures, scale, _ = _UNITS[said]
        return Unit(measures, scale)
    top, slash, below = said.partition("/")
    if slash and below in _PER and (over := unit_of(top)) is not None:
        return Unit(f"{over.measures}/s", over.scale / _UNITS[_PER[below]][1])
    if slash and not top and below in _PER:
        return Unit("1/s", 1 / _UNITS[_PER[below]][1])
    if said == "1":
        return Unit("1", 1.0)
    if (found := _AT.match(said)) is not None and found.end() == len(said):
        return _read(found)
    if counted := re.fullmatch(r"\{(\w+)\}", said):
        return Unit(counted.group(1), 1.0)
    return None


def _found(text: str, language: Language) -> Iterator[Quantity]:
    digits = _DIGITS["en" if language == "en" else "de"]
    point, comma = (".", ",") if language == "en" else (",", ".")
    number = re.compile(rf"(?<![\w.,:/])(?P<sign>(?<![\d)]\s)[+\-−])?(?P<digits>{digits})(?![\d:])")
    for found in number.finditer(text):
        plain = re.sub(rf"[{re.escape(comma)}\u00a0\u202f]", "", found["digits"])
        plain = plain.replace(point, ".")
        decimals = len(plain.partition(".")[2])
        value = float(plain) * (-1 if found["sign"] in {"-", "−"} else 1)
        after = _AT.match(text, found.end())
        if after is None and re.match(r"\w", text[found.end() : found.end() + 1]):
            continue  # a part of a word
        unit = None if after is None else _read(after)
        yield Quantity(value, 10.0**-decimals, unit, found.start(), found.end())


def _read(found: "re.Match[str]") -> Unit | None:
    said = found["top"]
    if said is None:
        rates = {"rpm": Unit("1/s", 1 / 60), "bpm": Unit("bottle/s", 1 / 60)}
        return rates[found["rate"].lower()]
    # Short units differ by their case alone: mW and MW, s and S.
    folded = re.IGNORECASE if len(said) > 3 else re.NOFLAG
    measures, scale, _ = next(row for row in _UNITS.values() if re.fullmatch(row[2], said, folded))
    if found["below"] is None:
        return Unit(measures, scale)
    below = next(
        code for code in _PER if re.fullmatch(_UNITS[code][2], found["below"], re.IGNORECASE)
    )
    return Unit(f"{measures}/s", scale / _UNITS[below][1])


def _blank(found: "re.Match[str]") -> str:
    return "\0" * (found.end() - found.start())


_SPELLED = "|".join(row[2] for row in _UNITS.values())
_TOPS = "|".join(sorted(_SPELLED.split("|"), key=len, reverse=True))
_AT = re.compile(
    rf"\s?(?:(?P<rate>{_RATES})(?!\w)|(?P<top>{_TOPS})(?:{_JOINT}(?P<below>{_BELOW}))?(?![\w³²]))"
)
