import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.modbus_address import BITS, WORDS
from connectors.modbus_columns import Columns
from connectors.modbus_map import places
from connectors.modbus_spans import MOST, spans
from tests.devices import ModbusTank
from twin_core.errors import NotWritable, OutOfRange, Unusable, WrongKind

POINT = ModbusTank().plant.points[0]  # limits -50 .. 500


def place(**address):
    given = {"table": "holding", "register": 0, **address}
    point = POINT.model_copy(update={"address": given})
    return places({0: point})[0]


@pytest.mark.catches("words in the wrong order")
def test_word_order_and_scale_are_those_of_the_plant_file():
    """Vectors: 3.14159274 is 0x40490FDB; −2 in units of 0.5 is 0xFFFC."""
    assert place(type="float32").encode(3.14159274) == [0x4049, 0x0FDB]
    assert place(type="float32", word_order="little").encode(3.14159274) == [0x0FDB, 0x4049]
    assert place(type="int16", scale=0.5).encode(-2.0) == [0xFFFC]
    assert place(type="uint32", word_order="little").decode([0x0001, 0x0002]) == 0x00020001
    assert place(type="int32").decode([0xFFFF, 0xFFFE]) == -2.0
    assert place(type="float64").encode(1.0) == [0x3FF0, 0, 0, 0]
    assert place(type="float64", word_order="little").decode([0, 0, 0, 0x3FF0]) == 1.0
    assert place(type="uint64").decode([0, 0, 1, 2]) == 0x10002
    assert place(type="int64", word_order="little").encode(-2.0) == [0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF]


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ([0x4049, 0x0FDB], ("big", "big")),  # ABCD
        ([0x0FDB, 0x4049], ("little", "big")),  # CDAB
        ([0x4940, 0xDB0F], ("big", "little")),  # BADC
        ([0xDB0F, 0x4940], ("little", "little")),  # DCBA
    ],
)
def test_the_four_orders_of_32_bits(words, order):
    """Words and bytes are turned each by its own order, both ways."""
    here = place(type="float32", word_order=order[0], byte_order=order[1])
    assert here.decode(words) == pytest.approx(3.14159274)
    assert here.encode(3.14159274) == words


def test_scale_and_offset_hold_for_every_number():
    """A value is raw × scale + offset, whole number or float, rising or falling."""
    assert place(type="int16", scale=0.1, offset=-40.0).decode([650]) == pytest.approx(25.0)
    assert place(type="int16", scale=0.1, offset=-40.0).encode(25.0) == [650]
    assert place(type="int16", scale=-1.0).decode([5]) == -5.0
    assert place(type="float32", scale=1000.0).decode([0x3F80, 0]) == 1000.0
    assert place(type="float32", scale=1000.0).encode(1000.0) == [0x3F80, 0]


@pytest.mark.catches("a whole register written for one of its bits")
def test_a_bit_of_a_register_is_read_and_never_written():
    """Bit 0 is the least; a write would take its neighbours along, so there is none."""
    assert place(bit=0).decode([0b100]) == 0.0
    assert place(bit=2).decode([0b100]) == 1.0
    assert place(bit=15).decode([0x8000]) == 1.0
    assert place(bit=8, byte_order="little").decode([0x0001]) == 1.0
    with pytest.raises(NotWritable, match="neighbours"):
        place(bit=2).encode(1.0)


def test_points_may_share_a_register_by_its_bits():
    """Two bits of one register are two points, one register in one request."""
    points = {
        i: POINT.model_copy(
            update={"id": f"p{i}", "address": {"table": "holding", "register": 4, "bit": i}}
        )
        for i in (0, 3)
    }
    (span,) = spans(places(points).values())
    assert (span.start, span.count, len(span.places)) == (4, 1, 2)
    assert span.parts() == [span]


@given(
    form=st.sampled_from(["int16", "uint16", "int32", "uint32"]),
    swapped=st.sampled_from(["big", "little"]),
    offset=st.sampled_from([0.0, -40.0]),
    order=st.sampled_from(["big", "little"]),
    scale=st.sampled_from([1.0, 0.1, 0.01, 2.5, -1.0]),
    share=st.floats(0, 1),
)
def test_whole_numbers_go_there_and_back(form, order, swapped, scale, offset, share):
    """What is written in steps of the scale is read back to within half a step."""
    here = place(type=form, word_order=order, byte_order=swapped, scale=scale, offset=offset)
    low, high = here._bounds()
    value = low + share * (high - low)
    back = here.decode(here.encode(value))
    assert math.isnan(back) or abs(back - value) <= here.quantum(value) * (1 + 1e-6)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_go_there_and_back(value):
    """A 32-bit float is read back exactly."""
    assert place(type="float32").decode(place(type="float32").encode(value)) == value


def test_registers_that_say_no_value_give_none():
    """NaN, and the largest number of a type where the point could not show it, are no value."""
    assert math.isnan(place(type="float32").decode([0x7FC0, 0]))
    assert math.isnan(place(type="int16").decode([0x8000]))
    assert math.isnan(place(type="uint16").decode([0xFFFF]))
    assert place(type="uint16", scale=0.001).decode([0xFFFF]) == pytest.approx(65.535)


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ({"type": "int16"}, 40000.0),
        ({"type": "uint16"}, -1.0),
        ({"type": "uint32", "scale": 0.1}, 1e9),
        ({"type": "float32"}, 1e39),
    ],
)
def test_f44_what_the_type_cannot_hold_is_refused(address, value):
    """A value beyond the register's type is an error that names the bounds."""
    with pytest.raises(OutOfRange):
        place(**address).encode(value)


def test_a_bit_is_zero_or_one():
    """Only 0 and 1 are truth values."""
    with pytest.raises(WrongKind):
        place(table="coil").encode(0.5)


@pytest.mark.parametrize(
    ("address", "keys"),
    [
        ("s=Tank", ()),
        ({"table": "holding"}, ("register",)),
        ({"table": "here", "register": 1}, ("table",)),
        ({"table": "input", "register": 70000}, ("register",)),
        ({"table": "input", "register": 1, "bits": 3}, ("bits",)),
        ({"table": "input", "register": 1, "bit": 16}, ("bit",)),
        ({"table": "coil", "register": 1, "bit": 1}, ("bit",)),
        ({"table": "input", "register": 1, "bit": 1, "type": "int32"}, ("bit",)),
        ({"table": "coil", "register": 1, "type": "int16"}, ("type",)),
        ({"table": "input", "register": 65535, "type": "int32"}, ("type",)),
        ({"table": "input", "register": 1, "scale": 0}, ("scale",)),
        ({"table": "coil", "register": 1, "scale": 2}, ("scale",)),
        ({"table": "input", "register": 1, "bit": 1, "offset": 2}, ("offset",)),
        ({"table": "input", "register": 1, "unit_id": 256}, ("unit_id",)),
    ],
)
def test_an_address_that_is_none_is_said(address, keys):
    """A wrong address is one sentence with the point, what was given and allowed, and its key."""
    point = POINT.model_copy(update={"address": address})
    with pytest.raises(Unusable, match="s/a/l/t/temperature") as found:
        places({0: point})
    assert (found.value.of, found.value.keys) == (POINT.id, ("address", *keys))


@pytest.mark.parametrize("address", [{"table": "input"}, {"table": "holding", "bit": 1}])
def test_a_point_to_be_written_stands_where_it_can_be(address):
    """What may be written by its class, in a table that cannot be, is refused before it is."""
    setpoint = next(p for p in ModbusTank().plant.points if p.writable)
    point = setpoint.model_copy(update={"address": {"register": 1, **address}})
    with pytest.raises(Unusable, match="adjustable: null"):
        places({0: point})


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["holding", "input", "coil", "discrete"]),
            st.integers(0, 1500).map(lambda half: 2 * half),
            st.sampled_from(["uint16", "float32"]),
        ),
        max_size=40,
        unique_by=lambda place: place[:2],
    )
)
def test_spans_read_every_place_within_the_protocol(given_places):
    """Every place lies in exactly one span, and no span asks for more than the protocol allows."""
    points = {
        i: POINT.model_copy(
            update={"address": {"table": t, "register": r, "type": "bool" if t in BITS else f}}
        )
        for i, (t, r, f) in enumerate(given_places)
    }
    found = places(points)
    joined = spans(found.values())
    assert sorted(p.index for span in joined for p in span.places) == sorted(found)
    for span in joined:
        assert span.count <= (16 * MOST if span.table in BITS else MOST)
        for here in span.places:
            assert here.table == span.table
            assert span.start <= here.register
            assert here.register + here.words <= span.start + span.count


def test_neighbours_are_read_together_and_far_ones_apart():
    """Small gaps are read over; large ones are not."""
    points = {
        i: POINT.model_copy(update={"address": {"table": "holding", "register": r}})
        for i, r in enumerate([0, 2, 10, 60])
    }
    assert [(s.start, s.count) for s in spans(places(points).values())] == [
        (0, 11),
        (60, 1),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"register": 4, "type": "float32"}, {"register": 5}),
        ({"register": 5}, {"register": 4, "type": "int32"}),
        ({"register": 4, "scale": 0.1}, {"register": 4}),
    ],
)
def test_no_register_belongs_to_two_points(first, second):
    """The half of one value would be read, and written, as another."""
    other = POINT.model_copy(update={"id": "hall/tank/other"})
    points = {
        0: POINT.model_copy(update={"address": {"table": "holding", **first}}),
        1: other.model_copy(update={"address": {"table": "holding", **second}}),
    }
    with pytest.raises(WrongKind, match=f"belongs to {POINT.id}"):
        places(points)
    points[1] = other.model_copy(update={"address": {"table": "input", **second}})
    assert len(places(points)) == 2


def test_units_never_share_a_request():
    """The same registers of two devices are two requests, and no clash."""
    points = {
        i: POINT.model_copy(
            update={"id": f"p{i}", "address": {"table": "input", "register": 0, "unit_id": i}}
        )
        for i in (1, 2)
    }
    assert [(s.unit, s.start) for s in spans(places(points).values())] == [(1, 0), (2, 0)]


@given(
    registers=st.sets(st.integers(0, 300), min_size=1, max_size=60),
    bad=st.sets(st.integers(0, 300), max_size=20),
)
def test_taken_apart_every_place_that_exists_is_read(registers, bad):
    """A device that refuses any request over a register it has not: all others are found."""
    points = {
        r: POINT.model_copy(update={"id": f"p{r}", "address": {"table": "holding", "register": r}})
        for r in registers
    }
    asked, read = spans(places(points).values()), set()
    while asked:
        span = asked.pop()
        if not bad & set(range(span.start, span.start + span.count)):
            read |= {p.register for p in span.places}
        elif len(parts := span.parts()) > 1:
            assert sorted(p.register for s in parts for p in s.places) == [
                p.register for p in span.places
            ]
            asked += parts
    assert read == registers - bad


@pytest.mark.catches("a value that a poll and a read-back see differently")
@given(
    found=st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(list(WORDS)),
                "word_order": st.sampled_from(["big", "little"]),
                "byte_order": st.sampled_from(["big", "little"]),
                "scale": st.sampled_from([1.0, 0.1, -3.0]),
                "offset": st.sampled_from([0.0, -40.0]),
                "bit": st.none() | st.integers(0, 15),
                "words": st.lists(
                    st.sampled_from([0, 1, 0x7FC0, 0x8000, 0xFFFF]) | st.integers(0, 0xFFFF),
                    min_size=4, max_size=4,
                ),
            }
        ),
        min_size=1,
        max_size=12,
    )
)  # fmt: skip
def test_columns_say_what_each_place_says(found):
    """All places of some requests at once, or one by one: the same values, to the last bit."""
    points, words = {}, []
    for i, told in enumerate(found):
        address = {"table": "holding", "register": 4 * i, **told}
        words += address.pop("words")
        if address["bit"] is not None or address["type"] == "bool":
            address = {k: v for k, v in address.items() if k not in {"scale", "offset", "type"}}
            address |= {"type": "bool"}
        points[i] = POINT.model_copy(update={"id": f"p{i}", "address": address})
    whole = list(places(points).values())
    asked = spans(whole, most=8)
    told = [word for span in asked for word in words[span.start : span.start + span.count]]
    columns = Columns(asked)
    shown = dict(zip(columns.index, columns.values(told), strict=True))
    for i, here in enumerate(whole):
        alone = here.decode(words[here.register : here.register + here.words])
        assert shown[i] == alone or (math.isnan(shown[i]) and math.isnan(alone))
