"""A point as an OPC UA server has it: its node id, and a value in its node's type.

What a type cannot hold is refused; it must never be bent to fit.
"""

from typing import Any

import numpy as np
from asyncua import ua
from asyncua.ua.uaerrors import UaError

from twin_core.errors import WrongKind
from twin_core.plant.assets import Point


def node_id(point: Point, space: int) -> ua.NodeId:
    """Where a point stands, in namespace `space` unless its address names another.

    Raises:
        WrongKind: an address that is none.
    """
    text = str(point.address)
    try:
        return ua.NodeId.from_string(text if text.startswith("ns=") else f"ns={space};{text}")
    except UaError as problem:
        what = f"the OPC UA address of {point.id}"
        raise WrongKind(what, repr(point.address), "s=NAME, i=NUMBER or ns=N;s=NAME") from problem


def encoded(value: float, kind: ua.VariantType) -> ua.Variant | None:
    """The value in the variant type the node has; None if that type cannot hold it."""
    bounds: dict[ua.VariantType, Any] = {
        ua.VariantType.SByte: np.iinfo(np.int8),
        ua.VariantType.Byte: np.iinfo(np.uint8),
        ua.VariantType.Int16: np.iinfo(np.int16),
        ua.VariantType.UInt16: np.iinfo(np.uint16),
        ua.VariantType.Int32: np.iinfo(np.int32),
        ua.VariantType.UInt32: np.iinfo(np.uint32),
        ua.VariantType.Int64: np.iinfo(np.int64),
        ua.VariantType.UInt64: np.iinfo(np.uint64),
    }
    if kind is ua.VariantType.Boolean:
        return ua.Variant(bool(value), kind) if value in {0.0, 1.0} else None
    if kind is ua.VariantType.Double:
        return ua.Variant(float(value), kind)
    if kind is ua.VariantType.Float:
        fits = abs(value) <= float(np.finfo(np.float32).max)
        return ua.Variant(float(value), kind) if fits else None
    if kind in bounds and value == int(value) and bounds[kind].min <= value <= bounds[kind].max:
        return ua.Variant(int(value), kind)
    return None
