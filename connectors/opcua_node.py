"""A point as an OPC UA server has it: its node id, and a value in its node's type.

What a type cannot hold is refused; it must never be bent to fit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from asyncua import ua
from asyncua.ua.uaerrors import UaError

from twin_core.errors import SourceDown, Unusable, WrongKind
from twin_core.plant.assets import Point


def node_id(point: Point, space: str | None, spaces: Sequence[str] | None) -> ua.NodeId:
    """Where a point stands: in namespace `space` unless its address names another.

    Args:
        point: whose address it is.
        space: URI of the namespace; None = namespace 0.
        spaces: the server's namespaces by index; None = unknown, only the form is checked.

    Raises:
        SourceDown: the server has no such namespace.
        Unusable: an address that is none.
    """
    what = f"the OPC UA address of {point.id}"
    try:
        return address(str(point.address), what, point.source, space, spaces)
    except WrongKind as problem:
        of, keys = point.id, ("address",)
        raise Unusable(problem.what, problem.given, problem.allowed, of, keys) from problem


def address(
    text: str, what: str, source: str, space: str | None, spaces: Sequence[str] | None
) -> ua.NodeId:
    """The node of an address; `what` has it, otherwise as `node_id`.

    Raises:
        SourceDown: the server has no such namespace.
        WrongKind: an address that is none.
    """
    try:
        if text.startswith("ns="):
            return ua.NodeId.from_string(text)
        uri, rest = space, text
        if text.startswith("nsu="):
            uri, _, rest = text.removeprefix("nsu=").partition(";")
        if uri is not None and spaces is not None and uri not in spaces:
            raise SourceDown(source, f"the server has no namespace {uri}")
        index = 0 if uri is None or spaces is None else spaces.index(uri)
        return ua.NodeId.from_string(f"ns={index};{rest}")
    except UaError as problem:
        allowed = "s=NAME, i=NUMBER, nsu=URI;s=NAME or ns=N;s=NAME"
        raise WrongKind(what, repr(text), allowed) from problem


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
