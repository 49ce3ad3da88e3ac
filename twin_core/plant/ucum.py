"""UCUM codes as pint units: where units are checked, once, when a plant file is read.

Only what a plant measures in; annotations (`{bottle}`) count things and have no dimension (UCUM,
6). It must never be asked per reading.
"""

import re
from functools import lru_cache
from typing import Any

from twin_core.errors import WrongKind

_METRIC = {
    "m": "meter", "g": "gram", "s": "second", "A": "ampere", "K": "kelvin", "mol": "mole",
    "cd": "candela", "Hz": "hertz", "N": "newton", "Pa": "pascal", "J": "joule", "W": "watt",
    "V": "volt", "Ohm": "ohm", "S": "siemens", "F": "farad", "C": "coulomb", "Wb": "weber",
    "T": "tesla", "H": "henry", "lm": "lumen", "lx": "lux", "bar": "bar", "L": "liter",
    "l": "liter", "t": "metric_ton", "eV": "electron_volt", "kat": "katal",
}  # fmt: skip
_PLAIN = {
    "min": "minute", "h": "hour", "d": "day", "wk": "week", "rad": "radian", "deg": "degree",
    "%": "percent", "[ppm]": "ppm", "atm": "atmosphere", "[psi]": "psi", "[in_i]": "inch",
    "[ft_i]": "foot", "[lb_av]": "pound", "[gal_us]": "gallon", "[HP]": "horsepower",
    "Cel": "kelvin", "[degF]": "delta_degree_Fahrenheit",
}  # fmt: skip
_PREFIX = {
    "n": "nano", "u": "micro", "m": "milli", "c": "centi", "d": "deci", "da": "deca",
    "h": "hecto", "k": "kilo", "M": "mega", "G": "giga", "T": "tera",
}  # fmt: skip
_ABOVE_ZERO = {"Cel": 273.15, "[degF]": 459.67}
"""Scales that do not begin at absolute zero, and how far above it, in their own degrees."""
_TOKEN = re.compile(
    r"(?P<atom>[A-Za-z%]+|\[[A-Za-z_]+\])(?P<power>[+-]?[1-9])?(?:\{[^{}]*\})?"
    r"|(?P<one>1)|(?P<note>\{[^{}]*\})|(?P<sign>[./()])"
)
_LONGEST = 60


@lru_cache(maxsize=1)
def registry() -> Any:
    """Pint's own table of units."""
    import pint

    return pint.UnitRegistry()


def above_zero(code: str) -> float:
    """How far the zero of that scale lies above absolute zero, in its own degrees; usually 0."""
    return _ABOVE_ZERO.get(code, 0.0)


def unit(code: str) -> Any:
    """The pint Unit of a UCUM code; degrees of any temperature scale are differences.

    Raises:
        WrongKind: a code that is not known.
    """
    if len(code) > _LONGEST:
        raise _unknown(code[:_LONGEST])
    tokens, at = [], 0
    while at < len(code):
        found = _TOKEN.match(code, at)
        if found is None:
            raise _unknown(code)
        tokens.append(found)
        at = found.end()
    result, rest = _product(tokens, code)
    if rest:
        raise _unknown(code)
    return result


def _product(tokens: list[re.Match[str]], code: str) -> tuple[Any, list[re.Match[str]]]:
    """Factors joined by `.` and `/`, from the left; and what follows them."""
    result, sign = registry().Unit(""), "."
    if tokens and tokens[0]["sign"] == "/":
        sign, tokens = "/", tokens[1:]
    while True:
        if not tokens:
            raise _unknown(code)
        first, tokens = tokens[0], tokens[1:]
        if first["sign"] == "(":
            factor, tokens = _product(tokens, code)
            if not tokens or tokens[0]["sign"] != ")":
                raise _unknown(code)
            tokens = tokens[1:]
        elif first["sign"] is not None:
            raise _unknown(code)
        else:
            factor = _factor(first, code)
        result = result * factor if sign == "." else result / factor
        if not tokens or tokens[0]["sign"] not in {".", "/"}:
            return result, tokens
        sign, tokens = str(tokens[0]["sign"]), tokens[1:]


def _factor(token: re.Match[str], code: str) -> Any:
    atom = token["atom"]
    if atom is None:
        return registry().Unit("")
    name = _PLAIN.get(atom) or _METRIC.get(atom) or _prefixed(atom)
    if name is None:
        raise _unknown(code)
    return registry().Unit(name) ** int(token["power"] or 1)


def _prefixed(atom: str) -> str | None:
    for size in (2, 1):
        prefix, rest = _PREFIX.get(atom[:size]), _METRIC.get(atom[size:])
        if prefix is not None and rest is not None:
            return f"{prefix}{rest}"
    return None


def _unknown(code: str) -> WrongKind:
    return WrongKind(
        "a unit", f"“{code}”", "a UCUM code such as bar, m3/h, kW.h, Cel, {bottle}/min"
    )
