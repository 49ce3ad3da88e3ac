"""Numbers, and UCUM codes, as people write them. It must never convert anything.

The one place that rounds for people: whoever words a number anywhere, it reads the same. What is
to be set is never rounded: people sign for it.
"""

import re
from decimal import Decimal
from math import floor, log10

_WRITTEN = {
    "1": "",
    "Cel": "°C",
    "[degF]": "°F",
    "m3": "m³",
    "m3/h": "m³/h",
    "m3/min": "m³/min",
    "N.m": "N·m",
    "kW.h": "kWh",
    "Ohm": "Ω",
    "deg": "°",
    "/h": "stops/h",
}
_COUNTED = re.compile(r"\{([^}]*)\}")
_DIGITS = 3
_DECIMALS = 4


def number(value: float) -> float:
    """Rounded to what a person can use: three digits, whole from 100 on, four decimals at most."""
    if value == 0:
        return 0.0
    decimals = _DIGITS - 1 - floor(log10(abs(value)))
    # Adding 0.0 makes -0.0 plain.
    return round(value, min(max(decimals, 0), _DECIMALS)) + 0.0


def number_text(value: float) -> str:
    """That number as digits: never an exponent, no zeros at the end of decimals."""
    return f"{number(value):.{_DECIMALS}f}".rstrip("0").rstrip(".")


def quantity(value: float, ucum: str) -> str:
    """A number with its unit, as people write them."""
    return f"{number_text(value)} {unit_text(ucum)}".rstrip()


def exact_text(value: float) -> str:
    """The shortest digits that are that number and no other: never an exponent, nothing rounded."""
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: float, ucum: str) -> str:
    """A number that is to be set, with its unit: as it will be written, to the last digit."""
    return f"{exact_text(value)} {unit_text(ucum)}".rstrip()


def unit_text(ucum: str) -> str:
    """A UCUM code as people write it: `{bottle}/min` → `bottles/min`, `Cel` → `°C`, `1` → ``."""
    if ucum in _WRITTEN:
        return _WRITTEN[ucum]
    return _COUNTED.sub(lambda found: _plural(found.group(1)), ucum)


def _plural(noun: str) -> str:
    return noun if not noun or noun.endswith("s") else noun + "s"
