"""Units of OPC UA servers as UCUM codes. What is not known stays unknown; nothing is converted.

An EUInformation names its unit by a number made of the letters of UNECE recommendation 20's
common code (OPC 10000-8, 5.6.4.3).
"""

from asyncua import ua

_UNECE = {
    "C62": "1", "P1": "%", "59": "[ppm]", "H87": "{piece}",
    "CEL": "Cel", "KEL": "K", "FAH": "[degF]",
    "BAR": "bar", "MBR": "mbar", "PAL": "Pa", "A97": "hPa", "KPA": "kPa", "MPA": "MPa",
    "PS": "[psi]",
    "B98": "us", "C26": "ms", "SEC": "s", "MIN": "min", "HUR": "h", "DAY": "d",
    "4H": "um", "MMT": "mm", "CMT": "cm", "MTR": "m", "KMT": "km",
    "C16": "mm/s", "MTS": "m/s", "2X": "m/min", "KMH": "km/h",
    "MTK": "m2", "MLT": "mL", "LTR": "L", "HLT": "hL", "MTQ": "m3",
    "L2": "L/min", "MQS": "m3/s", "MQH": "m3/h",
    "MGM": "mg", "GRM": "g", "KGM": "kg", "TNE": "t",
    "KGS": "kg/s", "F31": "kg/min", "E93": "kg/h", "KMQ": "kg/m3", "GL": "g/L",
    "4K": "mA", "AMP": "A", "2Z": "mV", "VLT": "V", "KVT": "kV", "OHM": "Ohm",
    "WTT": "W", "KWT": "kW", "MAW": "MW", "WHR": "W.h", "KWH": "kW.h", "MWH": "MW.h",
    "D46": "V.A", "KVA": "kV.A", "JOU": "J", "KJO": "kJ", "3B": "MJ",
    "HTZ": "Hz", "KHZ": "kHz", "RPM": "1/min", "RPS": "1/s",
    "NEW": "N", "B47": "kN", "NU": "N.m", "DD": "deg", "C81": "rad", "2N": "dB",
}  # fmt: skip
_UCUM = "unitsofmeasure.org"  # in the namespace of those who give UCUM codes themselves
_SHOWN = 40


def ucum(information: ua.EUInformation) -> tuple[str | None, str]:
    """A unit as its UCUM code (None = not known) and as the server writes it.

    Args:
        information: as the server gave it.
    """
    said = (information.DisplayName.Text or "")[:_SHOWN]
    if _UCUM in (information.NamespaceUri or ""):
        return said or None, said
    code, letters = int(information.UnitId), ""
    while code > 0:
        letters = chr(code & 0xFF) + letters
        code >>= 8
    return _UNECE.get(letters), said


def unit_id(letters: str) -> int:
    """The number of a common code: `CEL` → 4408652."""
    return int.from_bytes(letters.encode("ascii"), "big")
