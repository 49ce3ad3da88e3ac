"""The register map of a Modbus controller: values to words and back, by the plant file alone.

Tables are flat from register 0. Words are big-endian inside; `word_order` says which of two comes
first. A sensor that says nothing shows NaN, the lowest signed or the highest unsigned number, as
instruments do. It must never know what a value means.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin_core.plant.assets import Plant
from twin_core.plant.source import Source

_FORMS: Mapping[str, tuple[str, int]] = {
    "float32": (">f", 2),
    "int16": (">h", 1),
    "uint16": (">H", 1),
    "int32": (">i", 2),
    "uint32": (">I", 2),
    "bool": (">H", 1),
}
_SILENT = {"int16": -0x8000, "uint16": 0xFFFF, "int32": -0x80000000, "uint32": 0xFFFFFFFF}


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how one point stands."""

    index: int
    table: str
    register: int
    form: str
    scale: float
    low_first: bool

    @property
    def words(self) -> int:
        """Registers it takes; one bit is one place."""
        return _FORMS[self.form][1]

    def encode(self, value: float) -> list[int]:
        """The words that show `value`."""
        code, count = _FORMS[self.form]
        if self.form == "float32":
            raw = struct.pack(code, value)
        elif math.isnan(value):
            raw = struct.pack(code, _SILENT.get(self.form, 0))
        else:
            raw = struct.pack(code, round(value / self.scale))
        words = list(struct.unpack(f">{count}H", raw))
        return words[::-1] if self.low_first else words

    def decode(self, words: Sequence[int]) -> float:
        """The value that the words show."""
        code, count = _FORMS[self.form]
        ordered = list(words)[::-1] if self.low_first else list(words)
        number = struct.unpack(code, struct.pack(f">{count}H", *ordered))[0]
        return float(number) if self.form == "float32" else number * self.scale


def places(plant: Plant, source: Source) -> tuple[Place, ...]:
    """Every point of the source, by its address."""
    order = str(source.options.get("word_order", "big"))
    found = []
    for index, point in enumerate(plant.points):
        if point.source != source.id:
            continue
        address = dict(point.address)
        found.append(
            Place(
                index=index,
                table=str(address["table"]),
                register=int(address["register"]),
                form=str(address.get("type", "uint16")),
                scale=float(address.get("scale", 1.0)),
                low_first=str(address.get("word_order", order)) == "little",
            )
        )
    return tuple(found)


class Tables:
    """The four tables of a controller."""

    def __init__(self, found: Sequence[Place]) -> None:
        self.places = found
        self.by_index = {place.index: place for place in found}
        self.words: dict[str, list[int]] = {}
        for table in ("coil", "discrete", "holding", "input"):
            ends = [p.register + p.words for p in found if p.table == table]
            self.words[table] = [0] * (max(ends) if ends else 0)

    def show(self, index: int, value: float) -> None:
        """Put a value where its point stands."""
        place = self.by_index[index]
        bit = place.table in {"coil", "discrete"}
        words = [0 if math.isnan(value) else int(value)] if bit else place.encode(value)
        self.words[place.table][place.register : place.register + len(words)] = words

    def read(self, table: str, start: int, count: int) -> list[int] | None:
        """`count` words from `start`; None if the table does not reach so far."""
        words = self.words[table]
        return words[start : start + count] if start + count <= len(words) else None

    def meant(self, table: str, start: int, words: Sequence[int]) -> dict[int, float]:
        """Point index → value, if `words` were written at `start` (half-written points too)."""
        whole = list(self.words[table])
        whole[start : start + len(words)] = list(words)
        return {
            p.index: float(whole[p.register])
            if table == "coil"
            else p.decode(whole[p.register : p.register + p.words])
            for p in self.places
            if p.table == table and p.register < start + len(words) and p.register + p.words > start
        }
