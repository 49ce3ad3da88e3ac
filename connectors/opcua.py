"""OPC UA: a controller that is read by subscription and written by approved commands.

It reconnects by itself and says so; it must never pass a value on without its source time and
status, and never write but for a Command.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from random import SystemRandom
from typing import Literal

import numpy as np
from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from connectors.backoff import Backoff
from connectors.feed import Feed
from connectors.field_write import FieldWrite, Form, Seen, shortest
from connectors.opcua_reading import code, number
from connectors.opcua_security import check
from connectors.opcua_session import LOSSES, OpcuaSession, encoded
from connectors.vendor_error import clause, silence
from twin_core.errors import SourceDown, WrongKind
from twin_core.governance.action import Command, Outcome
from twin_core.plant.assets import Plant, Point, Source
from twin_core.ports import Clock, Health
from twin_core.reading import BAD, Arrival, SourceEvent

_SPREAD = SystemRandom().random

Sleep = Callable[[float], Awaitable[None]]


class OpcuaSource:
    """A ReadingSource and CommandSink.

    Options of the source: `namespace` (URI of the addresses), `publishing_s`, `sampling_s`,
    `keepalive_s` (plant seconds); `certificate`, `private_key`, `server_certificate` (files),
    `security_policy`, `allow_insecure`.

    Args:
        plant: its points of that source are read.
        source: where.
        clock: plant time.
        factor: plant seconds in a host second.
        jitter: numbers in [0, 1) that spread reconnects.
        sleep: waits host seconds.

    Raises:
        WrongKind: the server could be anybody (see `opcua_security.py`).
    """

    def __init__(
        self,
        plant: Plant,
        source: Source,
        clock: Clock,
        factor: float = 1.0,
        jitter: Callable[[], float] = _SPREAD,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        check(source)
        silence("asyncua")
        self._source = source
        self._points = {i: p for i, p in enumerate(plant.points) if p.source == source.id}
        self._clock = clock
        self._factor = factor
        self._sleep = sleep
        self._backoff = Backoff(jitter)
        self._feed = Feed(self._run)
        self._session: OpcuaSession | None = None
        self._why_down = "not connected yet"
        wire = _Wire(self, {p.id: i for i, p in self._points.items()})
        by_path = {p.id: p for p in self._points.values()}
        self._writes = FieldWrite(wire, by_path, factor, sleep=sleep)

    def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed."""
        return self._feed.arrivals()

    async def execute(self, command: Command) -> Outcome:
        """Write one approved step, once, and read it back."""
        return await self._writes.execute(command)

    async def look(self, command: Command) -> Outcome:
        """Only read back."""
        return await self._writes.look(command)

    async def health(self) -> Health:
        """Whether it is connected, what it refuses to monitor, what was dropped."""
        session = self._session
        if session is None:
            return Health(source=self._source.id, up=False, detail=self._why_down)
        told = [f"{len(self._points)} points"]
        if session.refused:
            told.append(f"{len(session.refused)} refused by the server")
        if self._feed.dropped:
            told.append(f"{self._feed.dropped} readings dropped")
        return Health(source=self._source.id, up=True, detail=", ".join(told))

    async def discover(self, limit: int = 1000) -> list[str]:
        """Node ids of the variables the server offers.

        Raises:
            SourceDown: it does not answer.
        """
        session = await self.session()
        try:
            return await session.variables(limit)
        except LOSSES as problem:
            raise SourceDown(self._source.id, clause(problem)) from problem
        finally:
            await self.release(session)

    async def close(self) -> None:
        """Let go; `readings` ends."""
        await self._feed.close()
        self._why_down = "closed"

    async def session(self) -> OpcuaSession:
        """The live session, or one of its own for a command while nothing is read; `release` it.

        Raises:
            SourceDown: it does not answer.
        """
        if self._session is not None:
            return self._session
        return await OpcuaSession.opened(self._source, self._points, self._clock)

    async def release(self, session: OpcuaSession) -> None:
        """Close a session that is not the one being read from."""
        if session is not self._session:
            await session.close()

    async def _run(self) -> None:
        while True:
            self._why_down = await self._connected()
            if self._backoff.tries == 0:  # just lost, or never had: said once
                self._tell("down", reason=self._why_down)
            await self._sleep(self._backoff.next())

    async def _connected(self) -> str:
        """One connection from beginning to end; why it ended."""
        try:
            session = await OpcuaSession.opened(self._source, self._points, self._clock)
        except SourceDown as problem:
            return problem.reason
        try:
            self._session = session
            self._backoff.reset()
            self._tell("up", offset_us=session.offset_us)
            return await session.listen(self._feed.put, self._clock, self._factor)
        except LOSSES as problem:
            return clause(problem)
        finally:
            self._session = None
            await session.close()

    def _tell(self, kind: Literal["up", "down"], offset_us: int = 0, reason: str = "") -> None:
        self._feed.put(
            SourceEvent(
                source=self._source.id,
                kind=kind,
                time=self._clock.plant(),
                offset_us=offset_us,
                reason=reason,
            )
        )


class _Wire:
    """What `field_write.py` needs, on a session."""

    def __init__(self, opcua: OpcuaSource, index: dict[str, int]) -> None:
        self._opcua = opcua
        self._index = index
        self._kinds: dict[str, ua.VariantType] = {}

    async def read(self, point: Point) -> Seen:
        session = await self._opcua.session()
        try:
            shown = await session.read(session.node(self._index[point.id]))
        except LOSSES as problem:
            raise SourceDown(point.source, clause(problem)) from problem
        finally:
            await self._opcua.release(session)
        found, _ = number(shown.Value)
        if shown.Value is not None and shown.Value.Value is not None:
            self._kinds[point.id] = shown.Value.VariantType
        if self._kinds.get(point.id) is ua.VariantType.Float:
            found = shortest(found)
        status = code(shown)
        return Seen(found, status | BAD if math.isnan(found) else status)

    def encode(self, point: Point, value: float) -> Form:
        kind = self._kinds[point.id]
        form = encoded(value, kind)
        if form is None:
            raise WrongKind(point.id, f"{value:g}", f"what a {kind.name} can hold")
        return Form(form, shortest(value) if kind is ua.VariantType.Float else value)

    async def write(self, point: Point, encoded: ua.Variant) -> int | None:
        session = await self._opcua.session()
        try:
            return await session.write(session.node(self._index[point.id]), encoded)
        except UaStatusCodeError as problem:
            return int(problem.code)  # the service as a whole was answered
        except LOSSES:
            return None
        finally:
            await self._opcua.release(session)

    def quantum(self, point: Point, value: float) -> float:
        if self._kinds.get(point.id) is ua.VariantType.Float:
            return float(np.spacing(np.float32(abs(value))))
        return 0.0
