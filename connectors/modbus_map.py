"""Where points stand in a Modbus controller, and what its registers say (Modbus V1.1b3, 4.3, 4.4).

Addresses come from the plant file. Reads of neighbours are joined, as far as the protocol allows
and gaps stay small. It must never give a number for registers that say "no value".
"""

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import Field, ValidationError

from twin_core.errors import OutOfRange, WrongKind
from twin_core.plant.assets import Point
from twin_core.value import Value

Table: TypeAlias = Literal["holding", "input", "coil", "discrete"]
WordOrder: TypeAlias = Literal["big", "little"]

MOST = {"holding": 125, "input": 125, "coil": 2000, "discrete": 2000}
"""How many registers or bits one request may read (6.1 to 6.4)."""
_GAP = {"holding": 16, "input": 16, "coil": 256, "discrete": 256}
"""Registers or bits that nobody asked for, read rather than asking twice: 32 bytes."""
_FORMS = {
    "float32": (">f", 2),
    "int16": (">h", 1),
    "uint16": (">H", 1),
    "int32": (">i", 2),
    "uint32": (">I", 2),
    "bool": (">H", 1),
}
_ABSENT = {"int16": -0x8000, "uint16": 0xFFFF, "int32": -0x80000000, "uint32": 0xFFFFFFFF}
"""What instruments show that have no value (SunSpec Information Model, 4.2.1)."""


class Address(Value):
    """A point's address in the plant file.

    Attributes:
        first: its first register or bit, counted from 0 as on the wire (`register`).
        scale: value = register × scale; not for float32 and bool.
        word_order: which word of 32 bits comes first; absent = the source's.
    """

    table: Table
    first: int = Field(alias="register", ge=0, le=0xFFFF)
    type: Literal["float32", "int16", "uint16", "int32", "uint32", "bool"] = "uint16"
    word_order: WordOrder | None = None
    scale: float = Field(default=1.0, gt=0)


@dataclass(frozen=True, slots=True)
class Place:
    """A point in the controller.

    Attributes:
        index: of the point in the plant.
        words: registers it takes, or 1 bit.
    """

    index: int
    point: Point
    table: Table
    register: int
    form: str
    scale: float
    low_first: bool
    words: int

    @property
    def bit(self) -> bool:
        """Whether it stands in a table of bits."""
        return self.table in {"coil", "discrete"}

    def decode(self, words: Sequence[int | bool]) -> float:
        """The value that the words show, NaN where they show that there is none.

        The largest number of a type means "no value" only where the point could not show it.
        """
        if self.bit:
            return float(words[0])
        ordered = words[::-1] if self.low_first else words
        code, count = _FORMS[self.form]
        raw = struct.unpack(code, struct.pack(f">{count}H", *ordered))[0]
        if self.form == "float32":
            return float(raw) if math.isfinite(raw) else math.nan
        if self.form == "bool":
            return float(raw != 0)
        value = float(raw * self.scale)
        absent = raw == _ABSENT[self.form] and not self.point.spec.limits.holds(value)
        return math.nan if absent else value

    def encode(self, value: float) -> list[int]:
        """The words nearest to `value`.

        Raises:
            WrongKind: not a truth value, where one is needed.
            OutOfRange: more than the type can hold.
        """
        if self.bit or self.form == "bool":
            if value not in {0.0, 1.0}:
                raise WrongKind(self.point.id, f"{value:g}", "0 or 1")
            return [int(value)]
        code, count = _FORMS[self.form]
        number: float = value
        if self.form != "float32":
            number = round(value / self.scale)
        try:
            raw = struct.pack(code, number)
        except (struct.error, OverflowError) as problem:
            low, high = self._bounds()
            unit = self.point.spec.unit
            raise OutOfRange(self.point.id, value, low, high, unit) from problem
        words = list(struct.unpack(f">{count}H", raw))
        return words[::-1] if self.low_first else words

    def quantum(self, value: float) -> float:
        """The smallest difference it can hold near `value`."""
        if self.form == "float32":
            return abs(value) * 2.0**-23
        return 0.0 if self.form == "bool" or self.bit else self.scale / 2

    def _bounds(self) -> tuple[float, float]:
        if self.form == "float32":
            return -3.4028235e38, 3.4028235e38
        bits = 16 * self.words
        signed = self.form.startswith("int")
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        return low * self.scale, high * self.scale


def places(points: Mapping[int, Point], usual: WordOrder) -> dict[int, Place]:
    """Every point of a source by its index; `usual` where an address names no word order.

    Raises:
        WrongKind: an address that is none, or reaches into another's.
    """
    found = {}
    taken: dict[tuple[Table, int], Point] = {}
    for index, point in points.items():
        try:
            address = Address.model_validate(point.address)
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(step) for step in first["loc"]) or "address"
            raise WrongKind(
                f"the Modbus address of {point.id}",
                f"{point.address!r} ({where}: {first['msg'].lower()})",
                "{table, register, type, word_order, scale}",
            ) from problem
        bit = address.table in {"coil", "discrete"}
        words = 1 if bit else _FORMS[address.type][1]
        for register in range(address.first, address.first + words):
            other = taken.setdefault((address.table, register), point)
            if other is not point:
                raise WrongKind(
                    f"the Modbus address of {point.id}",
                    f"{address.table} {register}, which belongs to {other.id}",
                    "registers of its own for every point",
                )
        found[index] = Place(
            index=index,
            point=point,
            table=address.table,
            register=address.first,
            form="bool" if bit else address.type,
            scale=address.scale,
            low_first=(address.word_order or usual) == "little",
            words=words,
        )
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring places of one table, read by one request."""

    table: Table
    start: int
    count: int
    places: tuple[Place, ...]


def spans(found: Iterable[Place]) -> list[Span]:
    """The fewest requests that read every place, over small gaps."""
    joined: list[Span] = []
    for place in sorted(found, key=lambda p: (p.table, p.register, p.words)):
        last = joined[-1] if joined else None
        end = place.register + place.words
        if (
            last is not None
            and last.table == place.table
            and place.register - (last.start + last.count) <= _GAP[place.table]
            and end - last.start <= MOST[place.table]
        ):
            joined[-1] = Span(last.table, last.start, end - last.start, (*last.places, place))
        else:
            joined.append(Span(place.table, place.register, place.words, (place,)))
    return joined
