"""Sparkplug B payloads, byte by byte from the published field numbers (Eclipse Sparkplug 3.0.0).

As much as a node needs: births, data, commands. It shares nothing with our decoder, so that a
fault there shows here.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

INT32, INT64, UINT64, DOUBLE, BOOLEAN = 3, 4, 8, 10, 11
_INTS = {1: 8, 2: 16, 3: 32, 4: 64}


class Metric(NamedTuple):
    """One metric: a number, whatever its type; None = it has no value."""

    name: str
    value: float | None
    type: int = DOUBLE


def payload(metrics: "list[Metric]", *, seq: int | None, time_ms: int) -> bytes:
    """A payload; a death has no `seq`."""
    out = _whole(1, time_ms) + b"".join(_chunk(2, _metric(m, time_ms)) for m in metrics)
    return out if seq is None else out + _whole(3, seq)


def metrics(data: bytes) -> Iterator[Metric]:
    """The metrics of a command, those with a number.

    Raises:
        ValueError: bytes that are no payload.
    """
    for number, content in _fields(data):
        if number == 2 and isinstance(content, bytes):
            parts = dict(_fields(content))
            name, kind = parts.get(1, b""), parts.get(4, DOUBLE)
            value = _value(parts, kind if isinstance(kind, int) else DOUBLE)
            if isinstance(name, bytes) and value is not None:
                yield Metric(name.decode(), value)


def _value(parts: "dict[int, int | bytes]", kind: int) -> float | None:
    for field, code in ((12, "<f"), (13, "<d")):
        raw = parts.get(field)
        if isinstance(raw, bytes):
            return float(struct.unpack(code, raw)[0])
    for field in (14, 10, 11):
        whole = parts.get(field)
        if isinstance(whole, int):
            bits = _INTS.get(kind, 0)
            return float(whole - (1 << bits) if bits and whole >> (bits - 1) & 1 else whole)
    return None


def _metric(metric: Metric, time_ms: int) -> bytes:
    out = _chunk(1, metric.name.encode()) + _whole(3, time_ms) + _whole(4, metric.type)
    if metric.value is None:
        return out + _whole(7, 1)
    if metric.type == DOUBLE:
        return out + _varint(13 << 3 | 1) + struct.pack("<d", metric.value)
    if metric.type == BOOLEAN:
        return out + _whole(14, int(metric.value >= 0.5))
    field, bits = (10, 32) if metric.type == INT32 else (11, 64)
    return out + _whole(field, round(metric.value) & ((1 << bits) - 1))


def _fields(data: bytes) -> "Iterator[tuple[int, int | bytes]]":
    at = 0
    while at < len(data):
        key, at = _read(data, at)
        if key & 7 == 0:
            value, at = _read(data, at)
            yield key >> 3, value
            continue
        if key & 7 == 2:
            size, at = _read(data, at)
        else:
            size = {1: 8, 5: 4}.get(key & 7, 0)
        if (not size and key & 7 != 2) or at + size > len(data):
            raise ValueError("no protobuf")
        yield key >> 3, data[at : at + size]
        at += size


def _read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
    raise ValueError("no protobuf")


def _varint(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def _whole(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _chunk(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content
