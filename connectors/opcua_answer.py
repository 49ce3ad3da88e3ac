"""What an OPC UA server answers about a variable, as plain values: numbers, units, lines of text.

Any answer may be of any type or absent; nothing here raises, and what cannot be used is absent.
"""

import math
from typing import Any, Literal

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from connectors.opcua_units import ucum
from twin_core.value import Range

_INTEGERS = range(ObjectIds.SByte, ObjectIds.UInt64 + 1)
_LONGEST = 200  # characters of a unit


def value_of(shown: ua.DataValue, absent: Any) -> Any:
    """The value, or `absent` where it is Bad or nothing."""
    good = shown.StatusCode is None or not shown.StatusCode.is_bad()
    if not good or shown.Value is None or shown.Value.Value is None:
        return absent
    return shown.Value.Value


def integer(shown: ua.DataValue, absent: int) -> int:
    """The value where it is a whole number, else `absent`."""
    found = value_of(shown, absent)
    return found if isinstance(found, int) else absent


def kind_of(kind: Any, value: ua.DataValue) -> Literal["float", "int", "bool"] | None:
    """How a variable is read: by its data type, or for types of the server's own by its value."""
    number = 0
    if isinstance(kind, ua.NodeId) and kind.NamespaceIndex == 0:
        number = kind.Identifier if isinstance(kind.Identifier, int) else 0
    if number not in range(1, 26) and value.Value is not None:
        number = 0 if value.Value.is_array else value.Value.VariantType.value
    if number == ObjectIds.Boolean:
        return "bool"
    if number in _INTEGERS:
        return "int"
    return "float" if number in {ObjectIds.Float, ObjectIds.Double} else None


def range_of(shown: Any) -> Range | None:
    """An EURange, if it is one with a span."""
    low, high = getattr(shown, "Low", None), getattr(shown, "High", None)
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    usable = math.isfinite(low) and math.isfinite(high) and low < high
    return Range(low=low, high=high) if usable else None


def unit_of(shown: Any) -> tuple[str | None, str]:
    """An EngineeringUnits as UCUM code and as the server writes it."""
    if not isinstance(shown, ua.EUInformation):
        return None, ""
    code, said = ucum(shown)
    return code, line(said, _LONGEST)


def line(shown: object, most: int) -> str:
    """What a server calls something, as one line that may be shown."""
    text = shown if isinstance(shown, str) else ""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:most])
    return plain.strip()
