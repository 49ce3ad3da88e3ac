"""Exception codes with which a Modbus device answers (V1.1b3, 7), and what they say of a point.

A device that answers so is there. It must never be taken for one that is silent.
"""

from typing import NamedTuple

from twin_core.reading import BAD, BAD_NO_COMMUNICATION, BAD_OUT_OF_RANGE


class Meaning(NamedTuple):
    """An OPC UA status for what was asked for, and one clause for people."""

    status: int
    text: str


_BAD_NOT_SUPPORTED = 0x803D0000
_BAD_NO_SUCH_REGISTER = 0x80340000  # BadNodeIdUnknown
_BAD_DEVICE_FAILURE = 0x808B0000
_BAD_BUSY = 0x80040000  # BadResourceUnavailable
_MEANINGS = {
    1: Meaning(_BAD_NOT_SUPPORTED, "the device does not know this function"),
    2: Meaning(_BAD_NO_SUCH_REGISTER, "the device has no such register"),
    3: Meaning(BAD_OUT_OF_RANGE, "the device does not take such a value or length"),
    4: Meaning(_BAD_DEVICE_FAILURE, "the device has failed"),
    5: Meaning(_BAD_BUSY, "the device has begun and is not done"),
    6: Meaning(_BAD_BUSY, "the device is busy"),
    7: Meaning(_BAD_NOT_SUPPORTED, "the device cannot do this"),
    8: Meaning(_BAD_DEVICE_FAILURE, "the device found an error in its memory"),
    10: Meaning(BAD_NO_COMMUNICATION, "the gateway has no path to its device"),
    11: Meaning(BAD_NO_COMMUNICATION, "the gateway says its device does not answer"),
}

SLOW = frozenset({5, 6})
"""On a write: wait and read back, never send again."""
DIVISIBLE = frozenset({2, 3})
"""Refused perhaps for a part of what was asked for: ask in parts."""
SILENT = frozenset({10, 11})
"""Not the device's words but a gateway's: its device does not answer."""


def meaning(exception: int) -> Meaning:
    """What an exception code says."""
    return _MEANINGS.get(exception, Meaning(BAD, "the device refuses"))
