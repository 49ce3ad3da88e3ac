"""A point's address in a Modbus device, as a plant file writes it (Modbus V1.1b3, 4.3 and 4.4).

It must never guess: what would be read otherwise than it is written is refused, at its own key.
"""

from typing import Literal, TypeAlias

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from twin_core.value import Value

Table: TypeAlias = Literal["holding", "input", "coil", "discrete"]
Order: TypeAlias = Literal["big", "little"]
Form: TypeAlias = Literal[
    "bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"
]

BITS: frozenset[str] = frozenset({"coil", "discrete"})
"""Tables of single bits; the other two are of registers, 16 bits each."""
WRITTEN: frozenset[str] = frozenset({"coil", "holding"})
"""Tables that can be written."""
WORDS: dict[str, int] = {
    "bool": 1, "int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2,
    "int64": 4, "uint64": 4, "float64": 4,
}  # fmt: skip
"""Registers that a value takes."""


class Address(Value):
    """Where and how a point stands: value = raw × scale + offset.

    Attributes:
        table: function codes 3 and 4 read `holding` and `input`, 1 and 2 `coil` and `discrete`.
        first: its first register or bit, counted from 0 as on the wire (`register`).
        type: absent = uint16, or bool in a table of bits and for a `bit`. Beyond 2⁵³ 64-bit
            whole numbers are read to the nearest float64.
        bit: of a register, 0 the least; read only, as writing it would write its neighbours.
        word_order, byte_order: which word of several, and which byte of a word, comes first;
            absent = the source's, and big.
        scale: may be negative. offset: in the point's unit.
        unit_id: the device behind a gateway; absent = the source's.
    """

    table: Table
    first: int = Field(alias="register", ge=0, le=0xFFFF)
    type: Form | None = None
    bit: int | None = Field(default=None, ge=0, le=15)
    word_order: Order | None = None
    byte_order: Order | None = None
    scale: float = 1.0
    offset: float = 0.0
    unit_id: int | None = Field(default=None, ge=0, le=255)

    @field_validator("type")
    @classmethod
    def _fits_table(cls, form: Form | None, others: ValidationInfo) -> Form | None:
        table, first = others.data.get("table"), others.data.get("first")
        if table in BITS and form not in {None, "bool"}:
            raise PydanticCustomError("bits", "the table {table} holds bits", {"table": table})
        if form is not None and first is not None and first + WORDS[form] > 0x10000:
            raise PydanticCustomError("end", "it reaches beyond register 65535")
        return form

    @field_validator("bit")
    @classmethod
    def _of_a_register(cls, bit: int | None, others: ValidationInfo) -> int | None:
        if bit is not None and others.data.get("table") in BITS:
            raise PydanticCustomError("bit", "only a register has bits, not a bit")
        if bit is not None and others.data.get("type") not in {None, "bool", "uint16"}:
            raise PydanticCustomError("bit", "a bit is of one register; its type is bool")
        return bit

    @field_validator("scale", "offset")
    @classmethod
    def _of_a_number(cls, given: float, others: ValidationInfo) -> float:
        truth = others.data.get("type") == "bool" or others.data.get("bit") is not None
        if truth or others.data.get("table") in BITS:
            raise PydanticCustomError("truth", "a truth value has neither scale nor offset")
        if others.field_name == "scale" and given == 0:
            raise PydanticCustomError("zero", "a scale is not 0")
        return given

    @property
    def form(self) -> Form:
        """Its type, said or not."""
        truth = self.table in BITS or self.bit is not None
        return "bool" if truth else self.type or "uint16"
