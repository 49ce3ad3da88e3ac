"""Values as words of a register map and back, by what the plant file says of each address.

Written from the page on plant files alone: nothing of the connector's own coding is used, so that
a fault there shows here. It must never know what a value means.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twin_core.plant.assets import Point

_CODES = {
    "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float32": "f", "float64": "d",
}  # fmt: skip
BITS = frozenset({"coil", "discrete"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where one point stands, and how."""

    table: str
    first: int
    form: str
    bit: int | None
    little_words: bool
    little_bytes: bool
    scale: float
    offset: float
    unit: int

    @classmethod
    def of(cls, point: Point, options: Mapping[str, Any]) -> "Place":
        """The place that a point's address names; the source's options say the rest."""
        told = dict(point.address)
        table = str(told["table"])
        truth = table in BITS or told.get("bit") is not None
        return cls(
            table=table,
            first=int(told["register"]),
            form="bool" if truth else str(told.get("type") or "uint16"),
            bit=told.get("bit"),
            little_words=(told.get("word_order") or options.get("word_order")) == "little",
            little_bytes=told.get("byte_order") == "little",
            scale=float(told.get("scale", 1.0)),
            offset=float(told.get("offset", 0.0)),
            unit=int(told.get("unit_id", options.get("unit_id", 1))),
        )

    @property
    def count(self) -> int:
        """Registers, or bits, that it takes."""
        return 1 if self.form == "bool" else struct.calcsize(_CODES[self.form]) // 2

    def words(self, value: float, standing: int) -> list[int]:
        """The words that show `value`; `standing` is the register of which it may be one bit."""
        if self.form == "bool":
            on = value >= 0.5
            if self.bit is None:
                return [int(on)]
            return [standing & ~(1 << self.bit) | int(on) << self.bit]
        raw = (value - self.offset) / self.scale
        code = _CODES[self.form]
        packed = struct.pack(f">{code}", raw if code in "fd" else round(raw))
        return self._turned([packed[i : i + 2] for i in range(0, len(packed), 2)])

    def value(self, words: Sequence[int]) -> float:
        """The value that its words show."""
        if self.form == "bool":
            return float(words[0] >> (self.bit or 0) & 1)
        ordered = list(words)[::-1] if self.little_words else list(words)
        byte_order = "little" if self.little_bytes else "big"
        packed = b"".join(word.to_bytes(2, byte_order) for word in ordered)  # type: ignore[arg-type]
        raw = float(struct.unpack(f">{_CODES[self.form]}", packed)[0])
        return raw * self.scale + self.offset

    def _turned(self, pairs: list[bytes]) -> list[int]:
        byte_order = "little" if self.little_bytes else "big"
        found = [int.from_bytes(pair, byte_order) for pair in pairs]  # type: ignore[arg-type]
        return found[::-1] if self.little_words else found
