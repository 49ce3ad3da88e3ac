"""Reads one after the other: what comes in any pieces is what pymodbus reads in it, or refused."""

import asyncio
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.exceptions import ModbusIOException
from pymodbus.framer.socket import FramerSocket
from pymodbus.pdu import DecodePDU

from connectors.modbus_reads import FUNCTIONS, Ask, Reads

NOW = 1_700_000_000_000_000


class Wire:
    """pymodbus and its transport: what is written is kept, what is not for a read is counted."""

    def __init__(self):
        self.transport = self
        self.written: list[bytes] = []
        self.passed: list[bytes] = []
        self._last = 0

    def set_protocol(self, protocol):
        self.protocol = protocol

    def write(self, data):
        self.written.append(data)

    def data_received(self, data):
        self.passed.append(data)

    def connection_lost(self, exc):
        self.passed.append(b"lost")

    def getNextTID(self):  # noqa: N802 (pymodbus's name)
        self._last += 1
        return self._last


def run(scene):
    return asyncio.run(scene)


async def begun(asks, answer_s=5.0, stop=bool):
    wire = Wire()
    reads = Reads(wire, answer_s, lambda: NOW)
    asking = asyncio.ensure_future(reads.ask(asks, stop))
    await asyncio.sleep(0)
    return wire, reads, asking


def answered(request, body):
    """A frame that answers the request with this function code and data."""
    transaction, _, _, unit = struct.unpack(">HHHB", request[:7])
    return struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body


def holding(words):
    return bytes([3, 2 * len(words)]) + struct.pack(f">{len(words)}H", *words)


WORDS = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=125)


@given(told=st.lists(WORDS, min_size=1, max_size=4), cut=st.integers(1, 300))
def test_registers_come_back_in_any_pieces(told, cut):
    """The next request goes out as an answer is whole; each reply has its time."""

    async def scene():
        asks = [Ask(7, "holding", 10 * i, len(words)) for i, words in enumerate(told)]
        wire, reads, asking = await begun(asks)
        for i, words in enumerate(told):
            assert len(wire.written) == i + 1
            transaction, protocol, size, unit, function, start, count = struct.unpack(
                ">HHHBBHH", wire.written[i]
            )
            assert (transaction, protocol, size) == (i + 1, 0, 6)
            assert (unit, function, start, count) == (7, 3, 10 * i, len(words))
            frame = answered(wire.written[i], holding(words))
            for at in range(0, len(frame), cut):
                reads.data_received(frame[at : at + cut])
        replies = await asking
        assert [reply.words.tolist() for reply in replies] == told
        assert all(reply.time == NOW and not reply.exception for reply in replies)

    run(scene())


@given(
    bits=st.lists(st.booleans(), min_size=1, max_size=60),
    table=st.sampled_from(["coil", "discrete"]),
)
def test_bits_are_numbered_from_the_lowest(bits, table):
    """As 6.1 has it: the first in the lowest bit of the first byte; padding is left out."""

    async def scene():
        wire, reads, asking = await begun([Ask(1, table, 0, len(bits))])
        packed = bytearray(-(-len(bits) // 8))
        for i, bit in enumerate(bits):
            packed[i // 8] |= bit << i % 8
        body = bytes([FUNCTIONS[table], len(packed)]) + packed
        reads.data_received(answered(wire.written[0], body))
        (reply,) = await asking
        assert reply.words.tolist() == bits

    run(scene())


def theirs(data, request):
    """What pymodbus reads in it: registers or bits, an exception code, or nothing."""
    transaction, _, _, unit = struct.unpack(">HHHB", request[:7])
    try:
        _, pdu = FramerSocket(DecodePDU(is_server=False)).handleFrame(data, unit, transaction)
    except Exception:  # noqa: BLE001 (whatever it is, it takes no answer)
        return None
    if pdu is None:
        return None
    if pdu.isError():
        return pdu.exception_code
    return list(pdu.registers or map(int, pdu.bits))


@given(
    table=st.sampled_from(sorted(FUNCTIONS)),
    head=st.tuples(*[st.sampled_from([0, 1, 2, 0xFFFF])] * 2),
    size=st.integers(0, 300),
    unit=st.sampled_from([1, 2, 0]),
    function=st.sampled_from([1, 2, 3, 4, 6, 0x81, 0x82, 0x83, 0x84, 0xFF]),
    body=st.binary(max_size=40),
)
def test_what_is_taken_is_what_pymodbus_takes(table, head, size, unit, function, body):
    """Any frame, of any transaction, unit, function and length: never more than pymodbus reads."""

    async def scene():
        wire, reads, asking = await begun([Ask(1, table, 0, 2000)], answer_s=0.01)
        told = min(size, len(body) + 2)
        data = struct.pack(">HHHBB", *head, told, unit, function) + body
        reads.data_received(data)
        expected = theirs(data, wire.written[0])
        try:
            (reply,) = await asking
        except (ModbusIOException, TimeoutError):
            return
        if reply.exception:
            assert reply.exception == expected
        else:
            assert reply.words.tolist() == (expected or [])

    run(scene())


@given(garbage=st.lists(st.binary(min_size=1, max_size=300), max_size=5))
def test_garbage_never_breaks_it(garbage):
    """It ends with an answer, by a refusal, or by its clock."""

    async def scene():
        _, reads, asking = await begun([Ask(1, "holding", 0, 2)], answer_s=0.01)
        for data in garbage:
            reads.data_received(data)
        done, _ = await asyncio.wait([asking], timeout=5)
        assert done
        assert isinstance(asking.exception(), ModbusIOException | TimeoutError) or asking.result()

    run(scene())


def test_an_answer_to_another_request_is_passed_over():
    """Another transaction or unit; the right one behind it in the same piece is taken."""

    async def scene():
        wire, reads, asking = await begun([Ask(1, "holding", 0, 1)])
        right = answered(wire.written[0], holding([5]))
        late = struct.pack(">HHHB", 77, 0, 5, 1) + holding([6])
        other = struct.pack(">HHHB", 1, 0, 5, 9) + holding([7])
        reads.data_received(late + other + right)
        assert [reply.words.tolist() for reply in await asking] == [[5]]

    run(scene())


@pytest.mark.catches("a register's value taken for its neighbour's: an answer that came twice")
@pytest.mark.parametrize("more", [b"\x00", b"\x00\x00\x00\x00\x00\x05\x01\x03\x02\x00\x05"])
def test_what_comes_behind_an_answer_is_not_the_next(more):
    """A byte too many, or the same once more from a device that tells no transaction."""

    async def scene():
        wire, reads, asking = await begun([Ask(1, "holding", i, 1) for i in range(2)])
        reads.data_received(answered(wire.written[0], holding([5])) + more)
        await asyncio.sleep(0)
        assert not asking.done()
        reads.data_received(answered(wire.written[1], holding([6])))
        assert [reply.words.tolist() for reply in await asking] == [[5], [6]]

    run(scene())


def test_no_more_is_asked_after_a_refusal_or_when_told_to_stop():
    """Who waits for his turn, such as a write, waits for one answer, not for all of a poll."""

    async def scene():
        asks = [Ask(1, "holding", 0, 1), Ask(1, "holding", 1, 1)]
        wire, reads, asking = await begun(asks)
        reads.data_received(answered(wire.written[0], b"\x83\x02"))
        assert [reply.exception for reply in await asking] == [2]
        wire, reads, asking = await begun(asks, stop=lambda: True)
        reads.data_received(answered(wire.written[0], holding([5])))
        assert len(await asking) == 1
        assert len(wire.written) == 1

    run(scene())


def test_a_refusal_that_is_said_to_be_a_byte_shorter_is_understood():
    """Some devices count it so; pymodbus allows for it."""

    async def scene():
        wire, reads, asking = await begun([Ask(1, "holding", 0, 1)])
        reads.data_received(wire.written[0][:4] + b"\x00\x02\x01\x83\x02")
        assert [reply.exception for reply in await asking] == [2]

    run(scene())


def test_what_nobody_reads_for_goes_to_pymodbus():
    """Answers to writes, and the end of the connection, which also ends a read."""

    async def scene():
        wire: Any = Wire()
        reads = Reads(wire, 5.0, lambda: NOW)
        assert wire.protocol is reads
        reads.data_received(b"answer to a write")
        asking = asyncio.ensure_future(reads.ask([Ask(1, "holding", 0, 1)], bool))
        await asyncio.sleep(0)
        reads.connection_lost(None)
        with pytest.raises(ModbusIOException):
            await asking
        assert wire.passed == [b"answer to a write", b"lost"]

    run(scene())


async def test_an_answer_that_takes_too_long_is_given_up():
    """Its clock begins anew with each request."""
    wire, reads, asking = await begun([Ask(1, "holding", 0, 1)] * 3, answer_s=0.15)
    for _ in range(2):
        await asyncio.sleep(0.1)
        reads.data_received(answered(wire.written[-1], holding([5])))
    with pytest.raises(TimeoutError):
        await asking
    assert len(reads.replies) == 2
    assert len(wire.written) == 3
