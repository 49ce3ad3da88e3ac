"""Answers to a read of registers, decoded at once: pymodbus does it a register at a time.

It must never accept what pymodbus would refuse.
"""

import struct

from pymodbus.exceptions import ModbusIOException
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse


class HoldingRegisters(ReadHoldingRegistersResponse):
    """Answer to function 3 (Modbus V1.1b3, 6.3): a count of bytes, then registers."""

    def decode(self, data: bytes) -> None:
        """Take the answer after its function code."""
        size = data[0]
        if size >= len(data) or size % 2:
            raise ModbusIOException(
                f"{size} bytes said to come, {len(data) - 1} came", self.function_code
            )
        self.registers = list(struct.unpack_from(f">{size // 2}H", data, 1))

    def __str__(self) -> str:
        """Short: pymodbus asks for it with every answer, to log it or not."""
        return f"{len(self.registers)} registers"


class InputRegisters(HoldingRegisters):
    """Answer to function 4 (6.4), of the same form."""

    function_code = 4


ANSWERS = HoldingRegisters, InputRegisters
"""To be registered with a client."""
