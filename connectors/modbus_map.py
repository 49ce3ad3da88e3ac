"""Where points stand in Modbus devices, and what their registers say (Modbus V1.1b3, 4.3, 4.4).

It must never give a number for registers that say "no value", nor write a neighbour's.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.modbus_address import BITS, WORDS, WRITTEN, Address, Order, Table
from connectors.options import address
from twin_core.errors import NotWritable, OutOfRange, Unusable, WrongKind
from twin_core.plant.assets import Point

_CODES = {
    "float32": ">f", "float64": ">d", "int16": ">h", "uint16": ">H", "int32": ">i",
    "uint32": ">I", "int64": ">q", "uint64": ">Q", "bool": ">H",
}  # fmt: skip
_FLOATS = {"float32", "float64"}
_ALLOWED = "{table, register, type, bit, word_order, byte_order, scale, offset, unit_id}"
_EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a device.

    Attributes:
        index: of the point in the plant.
        unit: Modbus unit id of the device.
        bit: of the register, or None.
        words: registers it takes, or 1 bit of a table of bits.
    """

    index: int
    point: Point
    unit: int
    table: Table
    register: int
    form: str
    bit: int | None
    scale: float
    offset: float
    low_first: bool
    swapped: bool
    words: int

    def decode(self, words: Sequence[int | bool]) -> float:
        """The value that the words show, NaN where they show that there is none."""
        if self.table in BITS:
            return float(words[0])
        packed = self._ordered(struct.pack(f">{self.words}H", *words))
        raw = struct.unpack(_CODES[self.form], packed)[0]
        if self.form == "bool":
            return float(raw != 0 if self.bit is None else raw >> self.bit & 1)
        value = float(raw * self.scale + self.offset)
        if self.form in _FLOATS:
            return value if math.isfinite(value) else math.nan
        return math.nan if raw == self.none else value

    @property
    def none(self) -> int | None:
        """The number by which instruments say "no value" (SunSpec Information Model, 4.2.1).

        The lowest signed, the highest unsigned; it means that only where the point could not
        show it, else it is None.
        """
        if self.form in _FLOATS or self.form == "bool":
            return None
        bits = 16 * self.words
        raw = -(1 << bits - 1) if self._signed else (1 << bits) - 1
        return None if self.point.spec.limits.holds(raw * self.scale + self.offset) else raw

    def encode(self, value: float) -> list[int]:
        """The words nearest to `value`.

        Raises:
            NotWritable: the table is read only, or a register is shared.
            WrongKind: not a truth value, where one is needed.
            OutOfRange: more than the type can hold.
        """
        if self.table not in WRITTEN:
            raise NotWritable(self.point.id, f"the {self.table} table is read-only")
        if self.bit is not None:
            why = "it is one bit of a register, and a write would take its neighbours along"
            raise NotWritable(self.point.id, why)
        return self.words_of(value)

    def words_of(self, value: float) -> list[int]:
        """The words that show `value`, whether or not they could be written.

        Raises:
            WrongKind, OutOfRange: as `encode`.
        """
        if self.form == "bool":
            if value not in {0.0, 1.0}:
                raise WrongKind(self.point.id, f"{value:g}", "0 or 1")
            number: float = int(value)
        else:
            number = (value - self.offset) / self.scale
            number = number if self.form in _FLOATS else round(number)
        try:
            packed = struct.pack(_CODES[self.form], number)
        except (struct.error, OverflowError) as problem:
            low, high = self._bounds()
            unit = self.point.spec.unit
            raise OutOfRange(self.point.id, value, low, high, unit) from problem
        return list(struct.unpack(f">{self.words}H", self._ordered(packed)))

    def quantum(self, value: float) -> float:
        """The smallest difference it can hold near `value`."""
        if self.form in _FLOATS:
            return abs(value) * _EPSILON[self.form]
        return 0.0 if self.form == "bool" else abs(self.scale) / 2

    def _ordered(self, packed: bytes) -> bytes:
        """From the wire's order to big-endian, or back."""
        if self.low_first and self.words > 1:
            packed = b"".join(packed[i : i + 2] for i in range(len(packed) - 2, -1, -2))
        if self.swapped:
            packed = b"".join(packed[i : i + 2][::-1] for i in range(0, len(packed), 2))
        return packed

    @property
    def _signed(self) -> bool:
        return self.form.startswith("int")

    def _bounds(self) -> tuple[float, float]:
        bits = 16 * self.words
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if self._signed else (0, 2**bits - 1)
        if self.form in _FLOATS:
            high = 3.4028235e38 if self.form == "float32" else 1.7976931348623157e308
            low = -high
        ends = (low * self.scale + self.offset, high * self.scale + self.offset)
        return min(ends), max(ends)


def places(
    points: Mapping[int, Point], word_order: Order = "big", unit: int = 1
) -> dict[int, Place]:
    """Every point of a source by its index.

    Args:
        points: index → point.
        word_order: of the source, where an address names none.
        unit: likewise.

    Raises:
        Unusable: an address that is none, or reaches into another's.
    """
    found = {}
    taken: dict[tuple[int, Table, int], Place] = {}
    for index, point in points.items():
        place = _place(index, point, word_order, unit)
        for register in range(place.register, place.register + place.words):
            other = taken.setdefault((place.unit, place.table, register), place)
            shared = other.bit is not None and place.bit is not None and other.bit != place.bit
            if other is not place and not shared:
                raise Unusable(
                    f"the Modbus address of {point.id}",
                    f"{place.table} {register}, which belongs to {other.point.id}",
                    "registers of its own for every point",
                    point.id,
                    ("address",),
                )
        found[index] = place
    return found


def _place(index: int, point: Point, word_order: Order, unit: int) -> Place:
    at = address(Address, "Modbus", point, _ALLOWED)
    if point.writable and (at.table not in WRITTEN or at.bit is not None):
        stands = f"in the {at.table} table" if at.bit is None else "in one bit of a register"
        raise Unusable(
            f"the Modbus address of {point.id}",
            f"a point that may be written, {stands}",
            "a holding register or coil of its own, or `adjustable: null` for the point",
            point.id,
            ("address",),
        )
    return Place(
        index=index,
        point=point,
        unit=unit if at.unit_id is None else at.unit_id,
        table=at.table,
        register=at.first,
        form=at.form,
        bit=at.bit,
        scale=at.scale,
        offset=at.offset,
        low_first=(at.word_order or word_order) == "little",
        swapped=at.byte_order == "little",
        words=WORDS[at.form],
    )
