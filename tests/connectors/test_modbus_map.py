import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.modbus_map import MOST, places, spans
from tests.devices import ModbusTank
from twin_core.errors import OutOfRange, WrongKind

POINT = ModbusTank().plant.points[0]  # limits -50 .. 500


def place(**address):
    given = {"table": "holding", "register": 0, **address}
    point = POINT.model_copy(update={"address": given})
    return places({0: point}, "big")[0]


@pytest.mark.catches("words in the wrong order")
def test_word_order_and_scale_are_those_of_the_plant_file():
    """Vectors: 3.14159274 is 0x40490FDB; −2 in units of 0.5 is 0xFFFC."""
    assert place(type="float32").encode(3.14159274) == [0x4049, 0x0FDB]
    assert place(type="float32", word_order="little").encode(3.14159274) == [0x0FDB, 0x4049]
    assert place(type="int16", scale=0.5).encode(-2.0) == [0xFFFC]
    assert place(type="uint32", word_order="little").decode([0x0001, 0x0002]) == 0x00020001
    assert place(type="int32").decode([0xFFFF, 0xFFFE]) == -2.0


@given(
    form=st.sampled_from(["int16", "uint16", "int32", "uint32"]),
    order=st.sampled_from(["big", "little"]),
    scale=st.sampled_from([1.0, 0.1, 0.01, 2.5]),
    share=st.floats(0, 1),
)
def test_whole_numbers_go_there_and_back(form, order, scale, share):
    """What is written in steps of the scale is read back to within half a step."""
    here = place(type=form, word_order=order, scale=scale)
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
    "address",
    [
        "s=Tank",
        {"table": "holding"},
        {"table": "here", "register": 1},
        {"table": "input", "register": 70000},
        {"table": "input", "register": 1, "bits": 3},
    ],
)
def test_an_address_that_is_none_is_said(address):
    """A wrong address is one sentence with the point, what was given and what is allowed."""
    point = POINT.model_copy(update={"address": address})
    with pytest.raises(WrongKind, match="s/a/l/t/temperature"):
        places({0: point}, "big")


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
        i: POINT.model_copy(update={"address": {"table": t, "register": r, "type": f}})
        for i, (t, r, f) in enumerate(given_places)
    }
    found = places(points, "big")
    joined = spans(found.values())
    assert sorted(p.index for span in joined for p in span.places) == sorted(found)
    for span in joined:
        assert span.count <= MOST[span.table]
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
    assert [(s.start, s.count) for s in spans(places(points, "big").values())] == [
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
        places(points, "big")
    points[1] = other.model_copy(update={"address": {"table": "input", **second}})
    assert len(places(points, "big")) == 2
