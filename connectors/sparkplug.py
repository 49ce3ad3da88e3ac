"""Sparkplug B on the wire: topics, payloads, data types (Eclipse Sparkplug 3.0.0, 4 and 6.4).

Any bytes become a Payload or one WrongKind. Only the fields that are read here are declared;
templates, data sets and whatever else a payload holds stay undecoded, so that none of it nests.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from connectors.field_write import Form, shortest
from twin_core.errors import WrongKind

NAMESPACE = "spBv1.0"
KINDS = frozenset({"NBIRTH", "NDEATH", "NDATA", "NCMD", "DBIRTH", "DDEATH", "DDATA", "DCMD"})
REBIRTH = "Node Control/Rebirth"
BD_SEQ = "bdSeq"
MOST_METRICS = 20_000
"""A payload with more metrics is refused."""

_BOOLEAN = 11
FLOAT, _DOUBLE = 9, 10
_DATE_TIME = 13
_BITS = {1: 8, 2: 16, 3: 32, 4: 64, 5: 8, 6: 16, 7: 32, 8: 64}
_SIGNED = {1, 2, 3, 4}
_NUMBERS = {*_BITS, FLOAT, _DOUBLE, _BOOLEAN, _DATE_TIME}
_NAMES = {1: "Int8", 2: "Int16", 3: "Int32", 4: "Int64", 5: "UInt8", 6: "UInt16", 7: "UInt32",
          8: "UInt64", 9: "Float", 10: "Double", 11: "Boolean"}  # fmt: skip
_VALUES = ("int_value", "long_value", "float_value", "double_value", "boolean_value",
           "string_value", "bytes_value")  # fmt: skip

_F = descriptor_pb2.FieldDescriptorProto
# Names are declared as bytes: a name that is no UTF-8 must cost a name, not a payload.
_FIELDS: dict[str, tuple[tuple[str, int, int, str], ...]] = {
    "Payload": (
        ("timestamp", 1, _F.TYPE_UINT64, ""),
        ("metrics", 2, _F.TYPE_MESSAGE, "Metric"),
        ("seq", 3, _F.TYPE_UINT64, ""),
    ),
    "Metric": (
        ("name", 1, _F.TYPE_BYTES, ""),
        ("alias", 2, _F.TYPE_UINT64, ""),
        ("timestamp", 3, _F.TYPE_UINT64, ""),
        ("datatype", 4, _F.TYPE_UINT32, ""),
        ("is_historical", 5, _F.TYPE_BOOL, ""),
        ("is_null", 7, _F.TYPE_BOOL, ""),
        ("properties", 9, _F.TYPE_MESSAGE, "PropertySet"),
        ("int_value", 10, _F.TYPE_UINT32, ""),
        ("long_value", 11, _F.TYPE_UINT64, ""),
        ("float_value", 12, _F.TYPE_FLOAT, ""),
        ("double_value", 13, _F.TYPE_DOUBLE, ""),
        ("boolean_value", 14, _F.TYPE_BOOL, ""),
        ("string_value", 15, _F.TYPE_BYTES, ""),
        ("bytes_value", 16, _F.TYPE_BYTES, ""),
    ),
    "PropertySet": (
        ("keys", 1, _F.TYPE_BYTES, "*"),
        ("values", 2, _F.TYPE_MESSAGE, "PropertyValue"),
    ),
    "PropertyValue": (
        ("type", 1, _F.TYPE_UINT32, ""),
        ("int_value", 3, _F.TYPE_UINT32, ""),
        ("long_value", 4, _F.TYPE_UINT64, ""),
        ("float_value", 5, _F.TYPE_FLOAT, ""),
        ("double_value", 6, _F.TYPE_DOUBLE, ""),
        ("boolean_value", 7, _F.TYPE_BOOL, ""),
        ("string_value", 8, _F.TYPE_BYTES, ""),
    ),
}
_MANY = {"metrics", "keys", "values"}
_PROPERTY = {name for name, *_ in _FIELDS["PropertyValue"]}


def _payload_class() -> Any:
    """The message class, from the field numbers of 6.4.1 (`sparkplug_b.proto`)."""
    package = "opstwin.sparkplug"
    file = descriptor_pb2.FileDescriptorProto(
        name="opstwin/sparkplug.proto", package=package, syntax="proto2"
    )
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind, of in fields:
            message.field.add(
                name=field,
                number=number,
                type=kind,
                label=_F.LABEL_REPEATED if field in _MANY else _F.LABEL_OPTIONAL,
                type_name=f".{package}.{of}" if kind == _F.TYPE_MESSAGE else None,
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"{package}.Payload")
    return message_factory.GetMessageClass(found)


_Payload = _payload_class()


class Topic(NamedTuple):
    """`spBv1.0/GROUP/KIND/NODE[/DEVICE]`; no device = the node itself."""

    group: str
    kind: str
    node: str
    device: str = ""

    def __str__(self) -> str:
        """As it stands on the wire."""
        parts = [NAMESPACE, self.group, self.kind, self.node]
        return "/".join([*parts, self.device] if self.device else parts)


def topic(text: str) -> Topic | None:
    """A topic of a node or device; None for any other."""
    parts = text.split("/")
    if len(parts) not in {4, 5} or parts[0] != NAMESPACE or parts[2] not in KINDS:
        return None
    found = Topic(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")
    of_device = found.kind.startswith("D")
    return found if of_device == bool(found.device) and found.group and found.node else None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it came.

    Attributes:
        name: empty where only the alias was sent.
        time: milliseconds UTC, if it has its own.
        datatype: 0 where it was left out.
        raw: what the value field held, None if none did or it is null.
        quality: of its properties: 0, 192 or 500; None if not told.
    """

    name: str
    alias: int | None
    time: int | None
    datatype: int
    historical: bool
    null: bool
    raw: float | str | None
    quality: int | None

    def number(self, known: int) -> float:
        """The value as a number, NaN where it is none; `known`: the type its birth told.

        Integers are two's complement in the width of their type (6.4.16).
        """
        kind = self.datatype or known
        if self.raw is None or isinstance(self.raw, str) or (kind and kind not in _NUMBERS):
            return math.nan
        return _whole(self.raw, kind)

    @property
    def text(self) -> str:
        """What came, for people."""
        return "null" if self.raw is None else str(self.raw)


@dataclass(frozen=True, slots=True)
class Payload:
    """What one message carried: `time` in milliseconds UTC, `seq` 0 to 255."""

    time: int | None
    seq: int | None
    metrics: tuple[Metric, ...]


def decode(data: bytes) -> Payload:
    """A payload from bytes.

    Raises:
        WrongKind: they are none, or have more than `MOST_METRICS` metrics.
    """
    try:
        found = _Payload.FromString(data)
    except DecodeError as problem:
        raise WrongKind("a Sparkplug payload", f"{data[:16].hex()}…", "protobuf") from problem
    if len(found.metrics) > MOST_METRICS:
        allowed = f"at most {MOST_METRICS}"
        raise WrongKind("a Sparkplug payload", f"{len(found.metrics)} metrics", allowed)
    return Payload(
        found.timestamp if found.HasField("timestamp") else None,
        found.seq if found.HasField("seq") else None,
        tuple(_metric(m) for m in found.metrics),
    )


def properties(data: bytes) -> list[dict[str, float | str]]:
    """What each metric of a payload tells of itself (6.4.16): its unit, range, description.

    Apart from `decode`, as nobody needs it for a value.

    Raises:
        WrongKind: the bytes are no payload.
    """
    try:
        found = _Payload.FromString(data)
    except DecodeError as problem:
        raise WrongKind("a Sparkplug payload", f"{data[:16].hex()}…", "protobuf") from problem
    return [_properties(metric.properties) for metric in found.metrics]


def _properties(found: Any) -> dict[str, float | str]:
    told: dict[str, float | str] = {}
    for key, value in zip(found.keys, found.values, strict=False):
        field = next((name for name in _VALUES if name in _PROPERTY and value.HasField(name)), None)
        if field is None:
            continue
        raw = getattr(value, field)
        if isinstance(raw, bytes):
            told[key.decode("utf-8", "replace")] = raw[:1000].decode("utf-8", "replace")
        else:
            told[key.decode("utf-8", "replace")] = _whole(raw, value.type)
    return told


def _whole(raw: float, kind: int) -> float:
    """A number in two's complement in the width of its type (6.4.16), any other as it is."""
    if kind not in _BITS or not isinstance(raw, int):
        return float(raw)
    bits = _BITS[kind]
    low = raw & ((1 << bits) - 1)
    return float(low - (1 << bits) if kind in _SIGNED and low >> (bits - 1) else low)


def _metric(found: Any) -> Metric:
    null = found.is_null
    raw = None if null else next((getattr(found, v) for v in _VALUES if found.HasField(v)), None)
    return Metric(
        name=found.name.decode("utf-8", "replace"),
        alias=found.alias if found.HasField("alias") else None,
        time=found.timestamp if found.HasField("timestamp") else None,
        datatype=found.datatype,
        historical=found.is_historical,
        null=null,
        raw=raw[:1000].decode("utf-8", "replace") if isinstance(raw, bytes) else raw,
        quality=_quality(found.properties) if found.HasField("properties") else None,
    )


def _quality(properties: Any) -> int | None:
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == b"Quality":
            return int(value.int_value if value.HasField("int_value") else value.long_value)
    return None


def shape(datatype: int) -> Literal["float", "int", "bool"] | None:
    """How a metric of that type is read; None for what is no number."""
    if datatype == _BOOLEAN:
        return "bool"
    if datatype in _BITS:
        return "int"
    return "float" if datatype in {FLOAT, _DOUBLE} else None


def form(what: str, value: float, datatype: int) -> Form:
    """A value as a metric of that type takes and will hold it.

    Raises:
        WrongKind: the type cannot hold it, or is none of numbers.
    """
    kind = _NAMES.get(datatype)
    if kind is None:
        raise WrongKind(what, f"a metric of type {datatype}", "a number or a truth value")
    if datatype == _DOUBLE:
        return Form((datatype, "double_value", value), value)
    if datatype == FLOAT:
        if abs(value) <= 3.4028234e38:
            return Form((datatype, "float_value", value), shortest(value))
    elif datatype == _BOOLEAN:
        if value in {0.0, 1.0}:
            return Form((datatype, "boolean_value", bool(value)), value)
    else:
        bits = _BITS[datatype]
        low, high = (
            (-(1 << bits - 1), (1 << bits - 1) - 1) if datatype in _SIGNED else (0, (1 << bits) - 1)
        )
        if value == math.floor(value) and low <= value <= high:
            raw = int(value) & ((1 << bits) - 1)
            return Form((datatype, "long_value" if bits == 64 else "int_value", raw), value)
    raise WrongKind(what, f"{value:g}", f"what a {kind} can hold")


def command(metric: str, encoded: tuple[int, str, Any], time: int) -> bytes:
    """An NCMD or DCMD payload that sets one metric; `time` in milliseconds UTC."""
    datatype, field, value = encoded
    payload = _Payload(timestamp=time)
    payload.metrics.add(name=metric.encode(), timestamp=time, datatype=datatype, **{field: value})
    return bytes(payload.SerializeToString())


def rebirth(time: int) -> bytes:
    """The payload that asks a node to say everything anew (6.4.17: Node Control/Rebirth)."""
    return command(REBIRTH, (_BOOLEAN, "boolean_value", True), time)
