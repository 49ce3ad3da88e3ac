"""UCUM codes as people write them. It must never convert anything."""

import re

_WRITTEN = {
    "1": "",
    "Cel": "°C",
    "m3/h": "m³/h",
    "m3/min": "m³/min",
    "N.m": "N·m",
    "Ohm": "Ω",
    "deg": "°",
    "/h": "stops/h",
}
_COUNTED = re.compile(r"\{([^}]*)\}")


def unit_text(ucum: str) -> str:
    """A UCUM code as people write it: `{bottle}/min` → `bottles/min`, `Cel` → `°C`, `1` → ``."""
    if ucum in _WRITTEN:
        return _WRITTEN[ucum]
    return _COUNTED.sub(lambda found: _plural(found.group(1)), ucum)


def _plural(noun: str) -> str:
    return noun if not noun or noun.endswith("s") else noun + "s"
