"""Units as people write them in tables and births, as UCUM codes. It must never convert anything.

What is not known stays unknown: a wrong unit is worse than none. Gauge and absolute pressure are
different things, so `barg` is not `bar`.
"""

from twin_core.units import unit_text

_CODES = (
    "1", "%", "Cel", "K", "[degF]", "bar", "mbar", "Pa", "hPa", "kPa", "MPa", "[psi]", "ms", "s",
    "min", "h", "d", "um", "mm", "cm", "m", "km", "mm/s", "m/s", "m/min", "m2", "mL", "L", "hL",
    "m3", "L/min", "L/h", "m3/min", "m3/h", "g", "kg", "t", "kg/s", "kg/min", "kg/h", "t/h",
    "kg/m3", "mA", "A", "mV", "V", "kV", "Ohm", "W", "kW", "MW", "W.h", "kW.h", "MW.h", "kV.A",
    "Hz", "kHz", "1/min", "1/s", "N", "kN", "N.m", "deg", "dB", "[ppm]",
)  # fmt: skip
_SAID = {
    "Cel": ("°c", "degc", "deg c", "celsius", "deg_c", "° c"),
    "[degF]": ("°f", "degf", "deg f", "fahrenheit"),
    "K": ("kelvin",),
    "%": ("percent", "pct", "%rh"),
    "1/min": ("rpm", "r/min", "min-1", "min⁻¹", "1/min", "u/min", "rev/min"),
    "1/s": ("rps", "s-1", "1/s"),
    "m3/h": ("m³/h", "m3/hr", "m3h", "m^3/h", "cbm/h"),
    "m3/min": ("m³/min", "m^3/min"),
    "m3": ("m³", "m^3", "cbm"),
    "m2": ("m²", "m^2"),
    "L": ("l", "litre", "liter", "litres", "liters"),
    "L/min": ("l/min", "lpm", "l/m"),
    "L/h": ("l/h", "l/hr"),
    "kW.h": ("kwh", "kw h", "kw·h"),
    "W.h": ("wh",),
    "MW.h": ("mwh",),
    "kV.A": ("kva",),
    "N.m": ("nm", "n·m", "n m"),
    "Ohm": ("ohms", "ω"),
    "um": ("µm", "μm", "micron"),
    "[psi]": ("psi",),
    "[ppm]": ("ppm",),
    "A": ("amp", "amps", "ampere"),
    "V": ("volt", "volts"),
    "s": ("sec", "secs", "second", "seconds"),
    "min": ("mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "deg": ("°",),
    "Hz": ("hertz",),
    "1": ("-", "none", "count", "counts", "n/a", "unitless"),
}
_EXACT = {text: code for code in _CODES for text in (code, unit_text(code)) if text}
_FOLDED = {text: code for code, texts in _SAID.items() for text in texts}
_CASES = {
    text.lower(): code
    for text, code in _EXACT.items()
    if sum(text.lower() == other.lower() for other in _EXACT) == 1
}


def ucum_of(said: str) -> str | None:
    """The UCUM code of a unit as somebody wrote it; None = not one we know."""
    plain = said.strip()
    plain = plain if plain in _EXACT else plain.strip("[]()")
    found = _EXACT.get(plain) or _FOLDED.get(plain.lower())
    if found is not None or len(plain) < 2:
        return found
    found = _CASES.get(plain.lower())
    # Milli and mega differ by their case alone; single letters are other units in the other case.
    milli_or_mega = found is not None and found[0] in "mM" and found[0] != plain[0]
    return None if milli_or_mega else found
