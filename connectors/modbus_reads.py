"""Reads that follow one another on one Modbus connection: the next is sent as an answer comes.

pymodbus makes the connection, and sends and hears what is written. For a read its client takes
four tasks' turns and a decoding register by register, more than all that is done with what was
read; here an answer is taken as it comes and the next request is sent at once, still one at a time
(Modbus Messaging on TCP/IP V1.0b, 4.2; Modbus V1.1b3, 6.1 to 6.4). It must never take an answer
for another request's, nor one that does not hold what it says.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pymodbus.exceptions import ModbusIOException

from connectors.modbus_address import BITS, Table
from twin_core.value import Instant

FUNCTIONS: dict[Table, int] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
_HEAD = struct.Struct(">HHHBB")  # transaction, protocol 0, bytes from the unit on, unit, function
_ASK = struct.Struct(">HHHBBHH")  # the same, first register, how many
_REFUSED = 0x80
_LONGEST = 260  # bytes of a whole answer
NOTHING = np.zeros(0, np.uint16)


class Ask(NamedTuple):
    """What is read by one request: neighbours of one table of one device."""

    unit: int
    table: Table
    start: int
    size: int


class Reply(NamedTuple):
    """Registers or bits, or the exception with which the device answered, or why it is silent.

    `time` is the plant time at which the answer came.
    """

    words: NDArray[np.uint16]
    exception: int = 0
    silent: str = ""
    time: Instant = 0


class Reads(asyncio.Protocol):
    """The reads of one connection; it stands between the transport and pymodbus.

    Args:
        wire: of pymodbus, connected; what nothing here waits for goes on to it.
        answer_s: host seconds in which each answer must come.
        now: plant time.

    Attributes:
        replies: to what was asked last.
    """

    def __init__(self, wire: Any, answer_s: float, now: Callable[[], Instant]) -> None:
        self._wire = wire
        self._answer_s = answer_s
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._transport = wire.transport
        self._transport.set_protocol(self)
        self._buffer = b""
        self._asks: Sequence[Ask] = ()
        self._done: asyncio.Future[None] | None = None
        self._stop: Callable[[], bool] = bool
        self._transaction = self._unit = 0
        self._until = 0.0
        self._watching: asyncio.TimerHandle | None = None
        self.replies: list[Reply] = []

    async def ask(self, asks: Sequence[Ask], stop: Callable[[], bool]) -> list[Reply]:
        """Replies in order, at least one; no more after an exception, or once `stop` says so.

        Raises:
            TimeoutError: an answer did not come in time.
            ModbusIOException: an answer cannot be, or none can come any more.
        """
        self._asks, self._stop, self.replies = asks, stop, []
        self._done = self._loop.create_future()
        self._buffer = b""
        self._send()
        self._watch()
        try:
            await self._done
        finally:
            if self._watching is not None:
                self._watching.cancel()
            self._done = None
        return self.replies

    def data_received(self, data: bytes) -> None:
        """What came, by whom it is waited for."""
        if self._done is None:
            self._wire.data_received(data)
            return
        self._buffer += data
        self._buffer = self._buffer[self._heard(self._buffer) :]

    def eof_received(self) -> None:
        """The far side says no more; the transport closes."""
        self._wire.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """No answer can come."""
        self._wire.connection_lost(exc)
        self._fail(ModbusIOException("the connection is gone"))

    def _send(self) -> None:
        self._unit, table, start, size = self._asks[len(self.replies)]
        self._transaction = self._wire.getNextTID()
        self._until = self._loop.time() + self._answer_s
        self._transport.write(
            _ASK.pack(self._transaction, 0, 6, self._unit, FUNCTIONS[table], start, size)
        )

    def _watch(self) -> None:
        """One clock for all that is asked together."""
        if self._loop.time() < self._until:
            self._watching = self._loop.call_at(self._until, self._watch)
        else:
            self._fail(TimeoutError())

    def _heard(self, data: bytes) -> int:
        """What came and was not taken yet; how much of it is taken."""
        used = 0
        while self._done is not None and not self._done.done():
            if len(data) - used < _HEAD.size:
                return used
            transaction, protocol, size, unit, function = _HEAD.unpack_from(data, used)
            end = used + 6 + size
            if protocol or size < 2 or end - used > _LONGEST:
                self._fail(ModbusIOException(f"what came is no Modbus: {data[used:][:8].hex()}"))
                return len(data)
            if len(data) < end:
                return used
            if size == 2 and len(data) == end + 1:  # some devices count a byte of a refusal too few
                end += 1
            body, used = data[used + _HEAD.size : end], end
            # As pymodbus has it: some devices tell no transaction, and 0 asks whoever is there.
            if transaction in {self._transaction, 0} and self._unit in {unit, 0}:
                self._take(function, body)
                return len(data)  # what came before the next request went out cannot answer it
        return used

    def _take(self, function: int, body: bytes) -> None:
        """The answer to what was asked."""
        ask = self._asks[len(self.replies)]
        if function == FUNCTIONS[ask.table] | _REFUSED and body:
            self.replies.append(Reply(NOTHING, exception=body[0], time=self._now()))
            self._finish()
            return
        size = body[0] if body else 0
        if function != FUNCTIONS[ask.table] or size >= len(body):
            self._fail(ModbusIOException(f"function {function} with {len(body)} bytes came"))
            return
        if ask.table in BITS:
            bits = np.frombuffer(body[1 : 1 + size], np.uint8)
            words = np.unpackbits(bits, bitorder="little").astype(np.uint16)
        elif size % 2:
            self._fail(ModbusIOException(f"{size} bytes came, half a register"))
            return
        else:
            words = np.frombuffer(body[1 : 1 + size], ">u2")
        self.replies.append(Reply(words[: ask.size], time=self._now()))
        if len(self.replies) == len(self._asks) or self._stop():
            self._finish()
        else:
            self._send()

    def _finish(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _fail(self, problem: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(problem)
