"""Answers to a read of registers: what pymodbus would take of them, and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.exceptions import ModbusIOException
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

from connectors.modbus_answer import ANSWERS, HoldingRegisters


@given(registers=st.lists(st.integers(0, 0xFFFF), max_size=125), padding=st.binary(max_size=3))
def test_an_answer_says_what_pymodbus_reads_in_it(registers, padding):
    """The same registers, whatever stands behind them."""
    data = ReadHoldingRegistersResponse(registers=registers).encode() + padding
    theirs = ReadHoldingRegistersResponse()
    theirs.decode(data)
    for kind in ANSWERS:
        ours = kind()
        ours.decode(data)
        assert ours.registers == theirs.registers == registers


@pytest.mark.parametrize("data", [b"\x04\x00\x01\x00", b"\x03\x00\x01\x00"], ids=["short", "odd"])
def test_an_answer_that_cannot_be_is_refused(data):
    """Fewer bytes than it says, or half a register."""
    with pytest.raises(ModbusIOException):
        HoldingRegisters().decode(data)


def test_each_answers_its_own_function():
    """Function 3 and function 4."""
    assert [kind.function_code for kind in ANSWERS] == [3, 4]
