"""A register map in CSV, as a vendor or engineer wrote it, becomes registers (nothing is asked).

What cannot be read is told with its line and column; what is no number, or stands in another's
registers, is left out and told. It must never guess an address.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from connectors import modbus_words as said
from connectors.cells import Cell, cells
from connectors.modbus_address import BITS, WORDS, WRITTEN, Address, Table
from twin_core.errors import PlantFileError
from twin_core.value import Range

_HEAD = 20  # rows in which the headers may stand
_MOST = 20_000
_LONGEST = 200
_NEEDED = "columns for name and address (or register); for table or function unless as 40021"


@dataclass(frozen=True)
class Register:
    """One row.

    Attributes:
        path: line and machine, where they have columns, and the name.
        address: as a plant file has it.
        line: of the file.
        writable: None = the map does not say.
    """

    path: tuple[str, ...]
    address: dict[str, Any]
    line: int
    unit: str = ""
    description: str = ""
    range: Range | None = None
    writable: bool | None = None

    @property
    def at(self) -> Address:
        """Its address, checked."""
        return Address.model_validate(self.address)


@dataclass(frozen=True)
class RegisterMap:
    """What a map holds, and sentences on what was left out and what was understood how."""

    registers: tuple[Register, ...]
    left_out: tuple[str, ...]
    doubts: tuple[str, ...]


def read(data: bytes, file: str, first: int = 0) -> RegisterMap:
    """The registers of a map.

    Args:
        data: CSV, in UTF-8 or Windows' code page 1252.
        file: its name, for messages.
        first: the number of a table's first register, 0 as on the wire or 1; addresses in
            Modicon's notation count from 1 always.

    Raises:
        PlantFileError: what cannot be read; line and column from 1.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return _Reader(file, first).read(list(cells(text.replace("\r\n", "\n").replace("\r", "\n"))))


class _Reader:
    """Reads row after row."""

    def __init__(self, file: str, first: int) -> None:
        self._file = file
        self._first = first
        self._columns: dict[str, list[int]] = {}
        self._left: list[str] = []
        self._doubts: list[str] = []
        self._taken: dict[tuple[Any, ...], Register] = {}
        self._modicon = self._plain = 0

    def read(self, rows: Sequence[list[Cell]]) -> RegisterMap:
        start = self._headers(rows)
        found: list[Register] = []
        for row in rows[start + 1 :]:
            if len(found) >= _MOST:
                raise self._wrong(row[0], f"more than {_MOST} registers", "several maps")
            if row[0].text.startswith("#") or sum(bool(cell.text) for cell in row) == 1:
                continue  # a comment, or a heading between rows
            register = self._register(row)
            if register is not None and self._free(register):
                found.append(register)
        if not found:
            raise self._wrong(rows[start][0], "no register below the headers", "one a row")
        if self._modicon:
            self._doubts.append(
                f"{self._modicon} addresses such as 40001 are read as Modicon's: register 0 of "
                "the holding registers"
            )
        if self._plain:
            self._doubts.append(
                f"{self._plain} addresses are counted from {self._first}; many maps count from "
                f"{1 - self._first} (--first {1 - self._first})"
            )
        return RegisterMap(tuple(found), tuple(self._left), tuple(self._doubts))

    def _headers(self, rows: Sequence[list[Cell]]) -> int:
        """The row of the headers; what stands above is a title."""
        for at, row in enumerate(rows[:_HEAD]):
            columns: dict[str, list[int]] = {}
            for i, cell in enumerate(row):
                name = said.header(cell.text)
                if name is not None:
                    columns.setdefault(name, []).append(i)
            if {"name", "register"} <= set(columns):
                self._columns = columns
                self._left += [
                    f"column “{cell.text}” of the map: nothing here has that name"
                    for cell in row
                    if cell.text and said.header(cell.text) is None
                ]
                return at
        where = rows[0][0] if rows else Cell("", 1, 1)
        raise self._wrong(where, "no row of headers that are known", _NEEDED)

    def _cell(self, row: list[Cell], name: str) -> Cell:
        """The first cell of that column that says something."""
        places = [i for i in self._columns.get(name, []) if i < len(row)]
        full = next((row[i] for i in places if row[i].text), None)
        return full or Cell("", row[0].line, row[places[0]].column if places else row[0].column)

    def _register(self, row: list[Cell]) -> Register | None:
        name = self._cell(row, "name")
        if not name.text:
            raise self._wrong(name, "a register without a name", "a name")
        if not name.text.isprintable() or len(name.text) > _LONGEST:
            raise self._wrong(name, "a name that is no line of text", f"up to {_LONGEST} signs")
        address = self._address(row)
        if address is None:
            self._left.append(f"{name.text} (line {name.line}): it is text, not a number")
            return None
        above = [self._cell(row, column).text for column in ("line", "machine")]
        access, function = self._cell(row, "access").text, self._cell(row, "table").text
        writable = said.writable(access) if access else None
        if writable is None and said.writes(function) and said.table(function) in WRITTEN:
            writable = True
        return Register(
            path=(*(step for step in above if step and step.isprintable()), name.text),
            address=address,
            line=name.line,
            unit=self._cell(row, "unit").text[:_LONGEST],
            description=" ".join(self._cell(row, "description").text.split())[:500],
            range=self._range(row),
            writable=writable if address["table"] in WRITTEN and "bit" not in address else False,
        )

    def _address(self, row: list[Cell]) -> dict[str, Any] | None:
        """The address as a plant file has it; None where what stands there is text."""
        where, place = self._where(row)
        bit = self._whole(row, "bit")
        bit = where.bit if bit is None else bit
        address: dict[str, Any] = {"table": where.table, "register": where.register}
        form = self._cell(row, "type")
        words = self._whole(row, "length")
        if where.table not in BITS and form.text:
            found = said.form(form.text, words)
            if found == "text":
                return None
            if found is None:
                known = "int16, uint16, int32, uint32, int64, uint64, float32, float64, bool"
                raise self._wrong(form, f"type “{form.text}” is not known", known)
            if bit is None:
                address["type"] = found
        elif where.table not in BITS and bit is None:
            address["type"] = "uint16"
        if bit is not None:
            address["bit"] = bit
        order = self._cell(row, "word_order")
        if order.text:
            turned = said.orders(order.text)
            if turned is None:
                raise self._wrong(order, f"order “{order.text}” is not known",
                                  "big, little, ABCD, CDAB, BADC or DCBA")  # fmt: skip
            if WORDS.get(address.get("type", ""), 1) > 1:
                address["word_order"] = turned[0]
            if turned[1] == "little" and "type" in address:
                address["byte_order"] = "little"
        for column, neutral in (("scale", 1.0), ("offset", 0.0)):
            value = self._number(row, column)
            if value is not None and value != neutral:
                address[column] = value
        unit = self._whole(row, "unit_id")
        if unit is not None:
            address["unit_id"] = unit
        try:
            Address.model_validate(address)
        except ValidationError as problem:
            told = problem.errors()[0]
            key = str(told["loc"][0]) if told["loc"] else "register"
            at = self._cell(row, key) if key in self._columns else place
            raise self._wrong(at, f"{key}: {told['msg'][:1].lower()}{told['msg'][1:]}") from problem
        return address

    def _where(self, row: list[Cell]) -> tuple[said.Where, Cell]:
        table, place = self._cell(row, "table"), self._cell(row, "register")
        given: Table | None = said.table(table.text) if table.text else None
        if table.text and given is None:
            raise self._wrong(table, f"table “{table.text}” is not known",
                              "coil, discrete, input, holding, or a function 1 to 4")  # fmt: skip
        where = said.where(place.text, given)
        if where is None:
            raise self._wrong(place, f"address “{place.text}” cannot be read",
                              "20, 0x14, 40021, 4x0021, or 20.3 for a bit")  # fmt: skip
        if where.table is None:
            raise self._wrong(place, f"nothing says which table {place.text} is in", _NEEDED)
        if where.modicon:
            self._modicon += 1
        else:
            self._plain += 1
            where = where._replace(register=where.register - self._first)
        if where.register < 0:
            raise self._wrong(place, f"there is no register before {place.text}", "from 0 on")
        return where, place

    def _range(self, row: list[Cell]) -> Range | None:
        low, high = self._number(row, "low"), self._number(row, "high")
        if low is None or high is None:
            return None
        if low >= high:
            at = self._cell(row, "high")
            raise self._wrong(at, f"the highest value {high:g} is not above {low:g}", "low < high")
        return Range(low=low, high=high)

    def _number(self, row: list[Cell], column: str) -> float | None:
        cell = self._cell(row, column)
        if not cell.text or cell.text in {"-", "–", "n/a"}:
            return None
        found = said.number(cell.text)
        if found is None or not math.isfinite(found):
            raise self._wrong(cell, f"{column} “{cell.text}” is no number", "0.1, /10, 1e-3")
        return found

    def _whole(self, row: list[Cell], column: str) -> int | None:
        found = self._number(row, column)
        if found is not None and found != int(found):
            cell = self._cell(row, column)
            raise self._wrong(cell, f"{column} “{cell.text}” is no whole number", "0, 1, 2 …")
        return None if found is None else int(found)

    def _free(self, register: Register) -> bool:
        """Whether no register before it stands where it does; bits of one share it."""
        at = register.at
        bits = range(16) if at.bit is None else (at.bit,)
        mine = {
            (at.unit_id, at.table, at.first + i, bit)
            for i in range(WORDS[at.form])
            for bit in ((0,) if at.table in BITS else bits)
        }
        other = next(
            (self._taken[place] for place in sorted(mine, key=str) if place in self._taken), None
        )
        if other is not None:
            self._left.append(
                f"{register.path[-1]} (line {register.line}): it stands where "
                f"{other.path[-1]} (line {other.line}) does"
            )
            return False
        self._taken |= dict.fromkeys(mine, register)
        return True

    def _wrong(self, cell: Cell, problem: str, allowed: str = "") -> PlantFileError:
        plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in problem)
        return PlantFileError(self._file, cell.line, cell.column, plain, allowed)
