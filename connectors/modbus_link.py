"""One Modbus connection, over TCP or TLS: one request at a time, each sent once.

pymodbus re-sends what was not answered, and its client may not be shared (both measured): so
retries are 0 and a lock stands in front. After a request without an answer the connection is
closed, lest a late answer be taken for the next one. Over TLS its own framer takes whatever came
in one piece for a whole answer (measured); so the one that counts bytes is used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from connectors.modbus_address import BITS, Table
from connectors.modbus_answer import ANSWERS
from connectors.modbus_exception import SILENT, meaning
from connectors.modbus_security import Peer
from connectors.vendor_error import clause
from twin_core.errors import SourceDown


class Reply(NamedTuple):
    """Registers or bits, or the exception with which the device answered, or why it is silent."""

    words: list[int]
    exception: int = 0
    silent: str = ""


class ModbusLink:
    """A connection that is made when needed and thrown away when in doubt.

    Args:
        source: its id, for errors.
        peer: where, and over TLS whom we trust there.
        answer_s: host seconds a device has for an answer.
        several: whether to write with the functions for several bits or registers (15, 16) alone.
    """

    def __init__(self, source: str, peer: Peer, answer_s: float, *, several: bool = False) -> None:
        self._source = source
        self._peer = peer
        self._answer_s = answer_s
        self._several = several
        self._turn = asyncio.Lock()
        self._client: AsyncModbusTcpClient | None = None
        self._lost: list[str] = []

    async def read(self, unit: int, table: Table, start: int, count: int) -> Reply:
        """Registers or bits of one table of one device.

        Raises:
            SourceDown: nobody listens, or the connection was lost.
        """
        async with self._turn:
            client = await self._connected()
            ask = {
                "holding": client.read_holding_registers,
                "input": client.read_input_registers,
                "coil": client.read_coils,
                "discrete": client.read_discrete_inputs,
            }[table]
            reply = await self._answered(lambda: ask(start, count=count, device_id=unit))
            if reply is None and self._lost:
                raise SourceDown(self._source, self._lost[0])
            if reply is None:
                return Reply([], silent=f"no answer within {self._answer_s:g} s")
            if reply.exception in SILENT:
                return Reply([], silent=meaning(reply.exception).text)
            return Reply(reply.words[:count], reply.exception)

    async def write(
        self, unit: int, table: Table, register: int, words: Sequence[int]
    ) -> Reply | None:
        """Write once: all words of a value in one request. None: sent, and no answer came.

        Raises:
            SourceDown: nothing was sent.
        """
        async with self._turn:
            client = await self._connected()
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

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is not None and self._client.connected:
            return self._client
        self.close()
        host, port = self._peer.host, self._peer.port
        client = AsyncModbusTcpClient(
            host, port=port, timeout=self._answer_s, retries=0, reconnect_delay=0
        )
        for answer in ANSWERS:
            client.register(answer)
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
        except BaseException:
            client.close()
            raise
        if why or not there:  # lost already: a device that knows us not says so after the handshake
            client.close()
            reason = why[0] if why else f"no connection within {self._answer_s:g} s"
            raise SourceDown(self._source, reason)
        self._client, self._lost = client, why
        return client

    async def _answered(self, ask: Callable[[], Awaitable[Any]]) -> Reply | None:
        try:
            response = await ask()
        except (ModbusException, OSError, TimeoutError):
            self.close()
            return None
        except BaseException:  # cancelled in the midst: an answer may still be on its way
            self.close()
            raise
        if response.isError():
            return Reply([], int(response.exception_code))
        return Reply(response.registers or response.bits)
