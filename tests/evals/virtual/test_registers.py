"""Values as words and back, in every order that a register map may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.virtual.registers import Place

FORMS = ("int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")


def place(form, *, words=False, octets=False, scale=1.0, offset=0.0, bit=None):
    return Place("holding", 0, form, bit, words, octets, scale, offset, 1)


@given(
    st.sampled_from(FORMS), st.booleans(), st.booleans(), st.sampled_from((1.0, 0.5, -0.1)),
    st.integers(0, 9), st.integers(0, 3000),
)  # fmt: skip
def test_what_is_shown_is_read_again(form, words, octets, scale, offset, raw):
    """Whatever type, order, scale and offset."""
    at = place(form, words=words, octets=octets, scale=scale, offset=offset)
    value = raw * scale + offset
    found = at.words(value, 0)
    assert len(found) == at.count
    assert all(0 <= word <= 0xFFFF for word in found)
    assert at.value(found) == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize(
    ("words", "octets", "expected"),
    [
        (False, False, [0x4148, 0x0000]),
        (True, False, [0x0000, 0x4148]),
        (False, True, [0x4841, 0x0000]),
        (True, True, [0x0000, 0x4841]),
    ],
    ids=["ABCD", "CDAB", "BADC", "DCBA"],
)
def test_orders_are_those_of_the_page_on_plant_files(words, octets, expected):
    """12.5 as float32 is 41 48 00 00."""
    assert place("float32", words=words, octets=octets).words(12.5, 0) == expected


def test_a_bit_leaves_its_neighbours_alone():
    """One bit of a register."""
    at = place("bool", bit=3)
    assert at.words(1.0, 0b0001) == [0b1001]
    assert at.words(0.0, 0b1001) == [0b0001]
    assert (at.value([0b1001]), at.value([0b0001])) == (1.0, 0.0)
