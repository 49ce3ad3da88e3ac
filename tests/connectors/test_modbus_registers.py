"""Register maps as vendors write them: read in one way only, or told where they cannot be."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cells import cells
from connectors.modbus_registers import read
from connectors.modbus_words import form, number, orders
from twin_core.errors import PlantFileError
from twin_core.value import Range


def registers(text, first=0):
    return read(text.encode(), "map.csv", first).registers


def address(*cells_of_row, head="Name;Table;Address;Type;Word order;Scale;Bit"):
    (found,) = registers(f"{head}\n{';'.join(cells_of_row)}\n")
    return found.address


@pytest.mark.parametrize(
    "text",
    [
        "name,table,address,type\nSpeed,holding,20,float32\n",
        "\ufeffTag Name;Function Code;Register;Data Type\nSpeed;3;20;REAL\n",
        "Pump 7 of hall 2\n\nSignal\tFC\tStart address\tFormat\nSpeed\t03/16\t0x14\tf32\n",
        'Parameter|Object type|Modbus address [dec]|Type\n"Speed"|Holding Registers|40021|FLOAT\n',
        "# exported today\nPoint,Addr.,Data format,Length\nSpeed,4x00021,float,2\n",
        "Address,Type,Variable\r\n400021-400022,Real32,Speed\r\n",
    ],
)
def test_one_register_said_in_many_ways(text):
    """Any mark between cells, any header, any notation: holding register 20, 32-bit float."""
    (found,) = registers(text)
    assert found.path == ("Speed",)
    assert found.address == {"table": "holding", "register": 20, "type": "float32"}


@pytest.mark.catches("a register read beside the one that is meant")
def test_where_a_register_stands():
    """On the wire from 0; Modicon's from 1; hexadecimal; a bit; another unit; a map from 1."""
    assert address("a", "input", "7")["register"] == 7
    assert address("a", "FC4", "30008") == {"table": "input", "register": 7, "type": "uint16"}
    assert address("a", "holding", "30008")["register"] == 30008  # not of that table
    assert address("a", "HR", "1Fh")["register"] == 31
    assert address("a", "discrete input", "10004") == {"table": "discrete", "register": 3}
    assert address("a", "coil", "00001") == {"table": "coil", "register": 0}
    assert address("a", "holding", "20.3") == {"table": "holding", "register": 20, "bit": 3}
    assert address("a", "holding", "20", "bool", "", "", "15")["bit"] == 15
    head = "Name,Slave ID,Table,Address"
    (other,) = registers(f"{head}\na,9,holding,20\n")
    assert other.address["unit_id"] == 9
    (counted,) = registers("Name,Table,Address\na,holding,20\n", first=1)
    assert counted.address["register"] == 19


@pytest.mark.parametrize(
    ("said", "words", "found"),
    [
        ("INT16", None, "int16"), ("Short", None, "int16"), ("S32", None, "int32"),
        ("signed 32", None, "int32"), ("DINT", None, "int32"), ("long", None, "int32"),
        ("Word", None, "uint16"), ("U16", None, "uint16"), ("unsigned int 32", None, None),
        ("UDINT", None, "uint32"), ("DWORD", None, "uint32"), ("ULINT", None, "uint64"),
        ("REAL", None, "float32"), ("LREAL", None, "float64"), ("IEEE754", None, "float32"),
        ("float", 4, "float64"), ("int", 2, "int32"), ("Float64", None, "float64"),
        ("bit", None, "bool"), ("STRING", None, "text"), ("date", None, "text"),
        ("quaternion", None, None), ("float16", None, None),
    ],
)  # fmt: skip
def test_types(said, words, found):
    """Names of programming languages, controllers and vendors; what is none of them is None."""
    assert form(said, words) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("ABCD", ("big", "big")), ("CDAB", ("little", "big")), ("BADC", ("big", "little")),
        ("DCBA", ("little", "little")), ("big-endian", ("big", "big")),
        ("Little Endian", ("little", "little")), ("little", ("little", "big")),
        ("word swap", ("little", "big")), ("LSW first", ("little", "big")), ("sideways", None),
    ],
)  # fmt: skip
def test_orders(said, found):
    """Of words and of bytes in them."""
    assert orders(said) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [("0.1", 0.1), ("0,1", 0.1), ("x0.1", 0.1), ("/10", 0.1), ("1/10", 0.1), ("÷ 10", 0.1),
     ("10^-1", 0.1), ("1e-1", 0.1), ("-40", -40.0), ("ten", None), ("1/0", None)],
)  # fmt: skip
def test_numbers(said, found):
    """Factors as people write them."""
    assert number(said) == (None if found is None else pytest.approx(found))


def test_everything_a_row_can_say():
    """Line and machine, unit, description, range, access; a comma in quotes, a cell of lines."""
    (found,) = registers(
        "Line,Equipment,Name,Table,Address,Type,Order,Factor,Offset,Unit,Description,Min,Max,R/W\n"
        'L1,Filler,Temp,holding,20,int32,CDAB,0.1,-40,°C,"hot, or\nnot",-40,150,R/W\n'
    )
    assert found.path == ("L1", "Filler", "Temp")
    assert found.address == {
        "table": "holding", "register": 20, "type": "int32", "word_order": "little",
        "scale": 0.1, "offset": -40.0,
    }  # fmt: skip
    assert (found.unit, found.description, found.writable) == ("°C", "hot, or not", True)
    assert found.range == Range(low=-40, high=150)


@pytest.mark.catches("a register taken for writable because nobody said that it is not")
def test_what_may_be_written_is_said_or_is_not():
    """By its access column or a writing function; an input register never."""
    head = "name,fc,address,access"
    found = registers(f"{head}\na,3,1,rw\nb,3,2,ro\nc,3,3,\nd,3/6,4,\ne,4,5,rw\nf,4,6,\n")
    assert [r.writable for r in found] == [True, False, None, True, False, False]


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        ("", 1, 1, "no row of headers"),
        ("a,b\n1,2\n", 1, 1, "no row of headers"),
        ("name,table,address\n", 1, 1, "no register"),
        ("name,table,address\nx,holding,here\n", 2, 11, "cannot be read"),
        ("name,table,address\nx,cupboard,1\n", 2, 3, "cupboard"),
        ("name,address\nx,20\n", 2, 3, "which table"),
        ("name;table;address;type\nx;holding;1;vector\n", 2, 13, "vector"),
        ('name,table,address,scale\n"a, b",holding,1,ten\n', 2, 18, "no number"),
        ('name,table,address,max,description\nx,holding,1,,"a\nb"\ny,holding,2,x\n', 4, 13,
         "no number"),
        ("name,table,address,min,max\nx,holding,1,5,4\n", 2, 15, "not above"),
        ("name,table,address\n,holding,1\n", 2, 1, "without a name"),
        ("name,table,address\nx,holding,65536\n", 2, 11, "65535"),
        ("name,table,address,unit id\nx,holding,1,300\n", 2, 13, "255"),
        ("name,table,address,bit\nx,coil,1,2\n", 2, 10, "only a register"),
        ("name,table,address,type\nx,coil,1,\ny,holding,65535,real\n", 3, 17, "beyond"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_where_it_stands(text, line, column, why):
    """Line and column of the cell, and what is allowed."""
    with pytest.raises(PlantFileError, match=why) as found:
        registers(text)
    assert (found.value.line, found.value.column) == (line, column)


def test_what_is_left_out_is_told():
    """Text, a register in another's, headings, columns that nobody knows."""
    found = read(
        b"name,table,address,type,colour\nMotor\na,holding,1,int32,red\nb,holding,2,int16,red\n"
        b"c,holding,5,string,red\nd,holding,6.1,,\ne,holding,6.2,,\nf,holding,6,,\n",
        "map.csv",
    )
    assert [r.path[-1] for r in found.registers] == ["a", "d", "e"]
    said = "\n".join(found.left_out)
    for expected in ("b (line 4): it stands where a (line 3)", "c (line 5): it is text",
                     "f (line 8): it stands where d", "colour"):  # fmt: skip
        assert expected in said
    assert "counted from 0" in found.doubts[0]


def test_a_map_of_windows_is_read():
    """Code page 1252, as spreadsheets still write it."""
    text = "Name;Table;Address;Unit\nTemp;input;1;°C\n"
    (found,) = read(text.encode("cp1252"), "map.csv").registers
    assert found.unit == "°C"


_CELL = st.text(
    st.characters(exclude_characters="\r\x85\u2028\u2029\x1c\x1d\x1e\x0b\x0c"), max_size=8
)


@given(st.lists(st.lists(_CELL, min_size=2, max_size=4), min_size=1, max_size=5))
def test_quoted_cells_are_read_as_they_were_written(rows):
    """Whatever stands in a quoted cell comes out again, blanks around it apart."""
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    text = "\n".join(",".join(row) for row in quoted)
    if "," not in text or max(text.count(m) for m in ";\t|") >= text.count(","):
        return
    full = [[c.strip() for c in row] for row in rows if any(c.strip() for c in row)]
    found = [[cell.text for cell in row] for row in cells(text)]
    assert found == full


@given(st.binary(max_size=300))
def test_f56_any_bytes_are_a_map_or_a_refusal(data):
    """No file breaks anything."""
    head = b"name,table,address,type,scale,bit,min,max\n"
    with contextlib.suppress(PlantFileError):
        assert read(head + data, "map.csv").registers
