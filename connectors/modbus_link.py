"""One Modbus TCP connection: one request at a time, each sent once.

pymodbus re-sends what was not answered, and its client may not be shared (both measured): so
retries are 0 and a lock stands in front. After a request without an answer the connection is
closed, lest a late answer be taken for the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from connectors.modbus_map import Table
from twin_core.errors import SourceDown

GATEWAY = frozenset({0x0A, 0x0B})
"""Exceptions by which a gateway says that the device behind it does not answer."""


class Reply(NamedTuple):
    """Registers or bits, or the exception code with which the device answered (7)."""

    words: list[int]
    exception: int = 0


class ModbusLink:
    """A connection that is made when needed and thrown away when in doubt.

    Args:
        source: its id, for errors.
        unit: Modbus unit id.
        answer_s: host seconds a device has for an answer.
    """

    def __init__(self, source: str, host: str, port: int, unit: int, answer_s: float) -> None:
        self._source = source
        self._host = host
        self._port = port
        self._unit = unit
        self._answer_s = answer_s
        self._turn = asyncio.Lock()
        self._client: AsyncModbusTcpClient | None = None

    async def read(self, table: Table, start: int, count: int) -> Reply:
        """Registers or bits of one table.

        Raises:
            SourceDown: nobody answers.
        """
        async with self._turn:
            client = await self._connected()
            ask = {
                "holding": client.read_holding_registers,
                "input": client.read_input_registers,
                "coil": client.read_coils,
                "discrete": client.read_discrete_inputs,
            }[table]
            reply = await self._answered(lambda: ask(start, count=count, device_id=self._unit))
            if reply is None:
                raise SourceDown(self._source, f"no answer within {self._answer_s:g} s")
            if reply.exception in GATEWAY:
                raise SourceDown(self._source, "the gateway says its device does not answer")
            return Reply(reply.words[:count], reply.exception)

    async def write(self, table: Table, register: int, words: Sequence[int]) -> Reply | None:
        """Write once: 32 bits in one request. None: sent, and no answer came.

        Raises:
            SourceDown: nothing was sent.
        """
        async with self._turn:
            client = await self._connected()
            unit = self._unit
            if table == "coil":
                return await self._answered(
                    lambda: client.write_coil(register, bool(words[0]), device_id=unit)
                )
            if len(words) == 1:
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
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            timeout=self._answer_s,
            retries=0,
            reconnect_delay=0,
        )
        try:
            there = await client.connect()
        except BaseException:
            client.close()
            raise
        if not there:
            client.close()
            raise SourceDown(self._source, f"nobody listens at {self._host}:{self._port}")
        self._client = client
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
        return Reply([int(w) for w in response.registers or response.bits])
