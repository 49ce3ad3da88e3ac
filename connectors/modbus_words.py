"""What people write in register maps: headers, tables, types, orders, as an `Address` has them.

Vendors agree on nothing. What cannot be read in one way only is None: nobody guesses.
"""

import re
from typing import Literal, NamedTuple

from connectors.modbus_address import Form, Order, Table

_HEADERS = {
    "name": "name tag tagname signal point variable parameter label registername pointname symbol",
    "table": "table function functioncode fc registertype objecttype memory space",
    "register": "register address registeraddress addr reg startaddress start modbusaddress "
    "registernumber registerno modicon",
    "type": "type datatype format dataformat",
    "length": "registers length words size count nregisters quantity registercount",
    "word_order": "wordorder order endian endianness endianess wordswap byteorder",
    "scale": "scale factor multiplier gain scalefactor scaling resolution",
    "offset": "offset bias valueoffset",
    "unit": "unit units engunit engineeringunit engineeringunits uom eu",
    "unit_id": "unitid slave slaveid slaveaddress deviceid node nodeid station modbusid",
    "description": "description comment desc comments remark remarks note notes text meaning",
    "low": "min minimum low lowlimit rangelow lowerlimit englow minvalue",
    "high": "max maximum high highlimit rangehigh upperlimit enghigh maxvalue",
    "bit": "bit bitnumber bitposition bitno",
    "access": "access rw readwrite writable permission mode rights",
    "machine": "machine equipment asset device group section",
    "line": "line system area",
}
_KNOWN = {word: name for name, said in _HEADERS.items() for word in said.split()}
_PLAIN = re.compile(r"[^a-z0-9]+")
_FUNCTIONS: dict[int, Table] = {
    1: "coil", 5: "coil", 15: "coil", 2: "discrete", 3: "holding", 6: "holding", 16: "holding",
    4: "input",
}  # fmt: skip
_MODICON: dict[str, Table] = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}
_TABLES: tuple[tuple[str, Table], ...] = (
    ("discrete", "discrete"), ("inputstatus", "discrete"), ("inputbit", "discrete"),
    ("contact", "discrete"), ("holding", "holding"), ("outputregister", "holding"),
    ("inputregister", "input"), ("analoginput", "input"), ("coil", "coil"),
    ("outputbit", "coil"), ("input", "input"),
)  # fmt: skip
_SHORT: dict[str, Table] = {"hr": "holding", "ir": "input", "di": "discrete", "co": "coil"}
_ADDRESS = re.compile(
    r"(?P<x>[134])x(?P<after>[0-9]+)|(?P<short>hr|ir|di|co)?(?P<number>0x[0-9a-f]+|[0-9a-f]+h|[0-9]+)"
)
_BIT = re.compile(r"(?P<whole>.+?)[.:/](?P<bit>1[0-5]|[0-9])")
_SPAN = re.compile(r"\s*(-|–|\.\.|to|bis)\s*[0-9]+$")
_WHOLE = {"int": 16, "short": 16, "long": 32, "dint": 32, "lint": 64, "sint": 16, "integer": 16,
          "i": 16, "s": 16, "signed": 16}  # fmt: skip
_COUNT = {"uint": 16, "word": 16, "dword": 32, "lword": 64, "qword": 64, "udint": 32, "ulint": 64,
          "ushort": 16, "ulong": 32, "u": 16, "unsigned": 16, "usint": 16}  # fmt: skip
_FLOAT = {"float": 32, "real": 32, "double": 64, "lreal": 64, "single": 32, "f": 32,
          "ieee": 32, "ieee754": 32}  # fmt: skip
_TRUTH = {"bool", "boolean", "bit", "digital", "binary"}
_TEXT = {"string", "ascii", "char", "text", "str", "utf8", "date", "time", "datetime", "timestamp"}
_BIG = {"big", "abcd", "msw", "highwordfirst", "bigendian", "mswfirst", "normal", "hilo", "be",
        "msb", "bigendianbigendian", "no"}  # fmt: skip
_LITTLE = {"little", "cdab", "lsw", "lowwordfirst", "wordswap", "lswfirst", "swapped", "lohi",
           "wordswapped", "yes"}  # fmt: skip


class Where(NamedTuple):
    """A register as it is written; `table` None = not said, `modicon` = counted from 1 by it."""

    table: Table | None
    register: int
    bit: int | None = None
    modicon: bool = False


def header(said: str) -> str | None:
    """Which column that is; None = none that we know."""
    return _KNOWN.get(_plain(said.split("[", maxsplit=1)[0].split("(", maxsplit=1)[0]))


def table(said: str) -> Table | None:
    """The table of a name or of function codes (`4x`, `FC3`, `holding register`, `3/6/16`)."""
    plain = said.lower().strip()
    if len(plain) == 2 and plain[1] == "x":
        return _MODICON.get(plain[0])
    if _plain(said) in _SHORT:
        return _SHORT[_plain(said)]
    for word, found in _TABLES:
        if word in _plain(said):
            return found
    codes = {_FUNCTIONS.get(int(code)) for code in re.findall(r"[0-9]+", plain)}
    return codes.pop() if len(codes) == 1 else None


def writes(said: str) -> bool:
    """Whether function codes are named by which it is written."""
    return bool({"5", "6", "15", "16"} & set(re.findall(r"[1-9][0-9]*", said)))


def where(said: str, given: Table | None) -> Where | None:
    """A register of `given`, unless it says itself which table it is in.

    Five or six digits that begin with a table's own (40021 of holding registers) are Modicon's
    notation, which counts from 1.
    """
    plain = _SPAN.sub("", said.lower().strip().removeprefix("%mw")).replace(" ", "")
    bit = None
    parted = _BIT.fullmatch(plain)
    if parted:
        plain, bit = parted["whole"], int(parted["bit"])
    found = _ADDRESS.fullmatch(plain)
    if found is None:
        return None
    if found["x"] is not None:
        return Where(_MODICON[found["x"]], int(found["after"]) - 1, bit, modicon=True)
    number, own = found["number"], _SHORT.get(found["short"] or "") or given
    if number.startswith("0x"):
        return Where(own, int(number, 16), bit)
    if number.endswith("h"):
        return Where(own, int(number[:-1], 16), bit)
    if not number.isdigit():
        return None
    first = _MODICON.get(number[0])
    if len(number) in {5, 6} and first is not None and own in {None, first}:
        return Where(first, int(number[1:]) - 1, bit, modicon=True)
    return Where(own, int(number), bit)


def form(said: str, words: int | None) -> Form | Literal["text"] | None:
    """The type; `words`: registers it takes, where the map tells."""
    plain = _plain(said)
    stem = plain.rstrip("0123456789")
    if stem in _TEXT or plain in _TEXT:
        return "text"
    if stem in _TRUTH:
        return "bool"
    digits = plain[len(stem) :]
    for kind, names in (("int", _WHOLE), ("uint", _COUNT), ("float", _FLOAT)):
        known = stem if stem in names else plain
        if known in names:
            told = int(digits) if digits in {"8", "16", "32", "64"} else None
            told = 16 if told == 8 else told
            bits = told or 16 * (words or 0) or names[known]
            allowed = {32, 64} if kind == "float" else {16, 32, 64}
            return f"{kind}{bits}" if bits in allowed else None  # type: ignore[return-value]
    return None


def orders(said: str) -> tuple[Order, Order] | None:
    """Order of words and of bytes."""
    plain = _plain(said)
    if plain in {"badc", "byteswap", "byteswapped"}:
        return "big", "little"
    if plain in {"dcba", "littleendian", "le"}:
        return "little", "little"
    if plain in _LITTLE:
        return "little", "big"
    return ("big", "big") if plain in _BIG else None


def number(said: str) -> float | None:
    """A number as people write it: `0.1`, `0,1`, `x0.1`, `/10`, `1/10`, `10^-1`."""
    plain = said.lower().replace(" ", "").lstrip("x*×")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if plain.startswith("10^"):
        plain = f"1e{plain[3:]}"
    over, divided, under = plain.lstrip(":÷").partition("/")
    if plain[:1] in {":", "÷"}:
        over, divided, under = "1", "/", plain[1:]
    try:
        return float(over or "1") / float(under) if divided else float(over)
    except (ValueError, ZeroDivisionError):
        return None


def writable(said: str) -> bool | None:
    """Whether it may be written, as an access column says; None = it says nothing known."""
    plain = _plain(said)
    if plain in {"r", "ro", "read", "readonly", "no", "false", "0"}:
        return False
    if plain in {"w", "rw", "wo", "wr", "readwrite", "write", "yes", "true", "1", "writeonly"}:
        return True
    return None


def _plain(said: str) -> str:
    return _PLAIN.sub("", said.lower())
