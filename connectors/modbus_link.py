"""One Modbus connection, over TCP or TLS: one request at a time, each sent once.

pymodbus re-sends what was not answered, and its client may not be shared (both measured): so
retries are 0 and a lock stands in front. After a request without an answer the connection is
closed, lest a late answer be taken for the next one. Over TLS its own framer takes whatever came
in one piece for a whole answer (measured); so the one that counts bytes is used.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from connectors.modbus_address import BITS, Table
from connectors.modbus_exception import SILENT, meaning
from connectors.modbus_reads import NOTHING, Ask, Reads, Reply
from connectors.modbus_security import Peer
from connectors.vendor_error import clause
from twin_core.errors import SourceDown
from twin_core.value import Instant

_LONGEST = 100  # characters of what a device calls itself
_PREFIX = "[Input/Output] "  # pymodbus puts it before what its errors are told


class ModbusLink:
    """A connection that is made when needed and thrown away when in doubt.

    Args:
        source: its id, for errors.
        peer: where, and over TLS whom we trust there.
        answer_s: host seconds a device has for an answer.
        now: plant time.
        several: whether to write with the functions for several bits or registers (15, 16) alone.

    Attributes:
        opened: connections made so far; who is at the far side may change with each.
    """

    def __init__(
        self,
        source: str,
        peer: Peer,
        answer_s: float,
        now: Callable[[], Instant],
        *,
        several: bool = False,
    ) -> None:
        self._source = source
        self._peer = peer
        self._answer_s = answer_s
        self._now = now
        self._several = several
        self._turn = asyncio.Lock()
        self._wanting = 0  # who waits for his turn
        self._open: tuple[AsyncModbusTcpClient, Reads] | None = None
        self._lost: list[str] = []
        self.opened = 0

    async def read(self, asks: Sequence[Ask]) -> list[Reply]:
        """Replies in order, one or more.

        Fewer than were asked for after one without words, or where somebody else waits his turn.

        Raises:
            SourceDown: nobody listens, or the connection was lost.
        """
        async with self._own_turn():
            reads = (await self._connected())[1]
            try:
                *before, last = await reads.ask(asks, lambda: self._wanting > 0)
            except (ModbusException, OSError, TimeoutError) as problem:
                self.close()
                if self._lost:
                    raise SourceDown(self._source, self._lost[0]) from problem
                silent = f"no answer within {self._answer_s:g} s"
                if isinstance(problem, ModbusException):
                    silent = problem.string.removeprefix(_PREFIX)
                return [*reads.replies, Reply(NOTHING, silent=silent)]
            except BaseException:  # cancelled in the midst: an answer may still be on its way
                self.close()
                raise
        if last.exception in SILENT:
            last = Reply(NOTHING, silent=meaning(last.exception).text)
        return [*before, last]

    async def write(
        self, unit: int, table: Table, register: int, words: Sequence[int]
    ) -> int | None:
        """Write once: all words of a value in one request.

        Returns:
            The exception with which the device answered, 0 if none; None: sent, and no answer came.

        Raises:
            SourceDown: nothing was sent.
        """
        async with self._own_turn():
            client = (await self._connected())[0]
            bits = [bool(w) for w in words]
            if table in BITS and self._several:
                return await self._answered(
                    lambda: client.write_coils(register, bits, device_id=unit)
                )
            if table in BITS:
                return await self._answered(
                    lambda: client.write_coil(register, bits[0], device_id=unit)
                )
            if len(words) == 1 and not self._several:
                return await self._answered(
                    lambda: client.write_register(register, words[0], device_id=unit)
                )
            return await self._answered(
                lambda: client.write_registers(register, list(words), device_id=unit)
            )

    async def identification(self, unit: int) -> dict[int, str] | int | None:
        """What a unit says of itself: 0 its vendor, 1 product, 2 revision (Modbus V1.1b3, 6.21).

        Returns:
            That, or the exception with which it answered; None: no answer came.

        Raises:
            SourceDown: nobody listens, or the connection was lost.
        """
        async with self._own_turn():
            client = (await self._connected())[0]
            try:
                told: Any = await client.read_device_information(read_code=1, device_id=unit)
            except (ModbusException, OSError, TimeoutError):
                self.close()
                return None
            except BaseException:  # cancelled in the midst: an answer may still be on its way
                self.close()
                raise
        if told.isError():
            return int(told.exception_code)
        told_of = getattr(told, "information", {})  # an answer of another kind tells nothing
        return {at: _text(said) for at, said in told_of.items()}

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open[0].close()
            self._open = None

    async def _connected(self) -> tuple[AsyncModbusTcpClient, Reads]:
        if self._open is not None and self._open[0].connected:
            return self._open
        self.close()
        host, port = self._peer.host, self._peer.port
        client = AsyncModbusTcpClient(
            host, port=port, timeout=self._answer_s, retries=0, reconnect_delay=0
        )
        wire: Any = client.ctx
        why: list[str] = []

        async def dial() -> Any:
            try:
                return await self._peer.dialled(wire.handle_new_connection)
            except ConnectionRefusedError:
                why.append(f"nobody listens at {host}:{port}")
                raise
            except OSError as problem:
                why.append(clause(problem))
                raise

        def lost(problem: Exception | None) -> None:
            """An answer cannot come any more, for which pymodbus would go on waiting."""
            why.append(clause(problem) if problem else "the connection was closed at the far side")
            waiting = wire.response_future
            if not waiting.done():
                waiting.set_exception(ConnectionException(why[0]))
                waiting.exception()  # it may be that nobody waits

        wire.call_create, wire.callback_disconnected = dial, lost
        try:
            there = await client.connect()
        except BaseException:  # a cancellation too leaves no socket behind
            client.close()
            raise
        if why or not there:  # lost already: a device that knows us not says so after the handshake
            client.close()
            reason = why[0] if why else f"no connection within {self._answer_s:g} s"
            raise SourceDown(self._source, reason)
        self._open, self._lost = (client, Reads(wire, self._answer_s, self._now)), why
        self.opened += 1
        return self._open

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        self._wanting += 1
        try:
            await self._turn.acquire()
        finally:
            self._wanting -= 1
        try:
            yield
        finally:
            self._turn.release()

    async def _answered(self, ask: Callable[[], Awaitable[Any]]) -> int | None:
        try:
            response = await ask()
        except (ModbusException, OSError, TimeoutError):
            self.close()
            return None
        except BaseException:  # cancelled in the midst: an answer may still be on its way
            self.close()
            raise
        return int(response.exception_code) if response.isError() else 0


def _text(said: Any) -> str:
    """What a device calls itself, as one line that may be shown; a list if it says it twice."""
    parts = said if isinstance(said, list) else [said]
    text = "; ".join(part.decode("latin-1") for part in parts)[:_LONGEST]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text).strip()
