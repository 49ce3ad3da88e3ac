"""OPC UA: a controller that is read by subscription and written by approved commands.

Beside the values come its own alarms (`opcua_conditions.py`), and after a loss what it remembers
of the time between (`opcua_backfill.py`). It reconnects by itself and says so; it must never pass
a value on without its source time and status, and never write but for a Command.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import numpy as np
import structlog
from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError
from numpy.typing import NDArray

from connectors.backoff import SPREAD
from connectors.device_record import DeviceRecord
from connectors.feed import Feed
from connectors.field_write import FieldWrite, Form, Seen, shortest, spacing
from connectors.opcua_backfill import OpcuaBackfill
from connectors.opcua_browse import MOST
from connectors.opcua_conditions import OpcuaConditions, heard
from connectors.opcua_keys import OpcuaKeys
from connectors.opcua_node import encoded, node_id
from connectors.opcua_reading import code, number
from connectors.opcua_security import OpcuaOptions, check, check_keys
from connectors.opcua_session import LOSSES, OpcuaSession
from connectors.options import options
from connectors.vendor_error import clause, silence
from twin_core.errors import SourceDown, WrongKind
from twin_core.governance.action import Command, Outcome
from twin_core.plant.assets import Plant, Point
from twin_core.plant.source import Source
from twin_core.plant.survey import Survey
from twin_core.ports import Clock, Health
from twin_core.reading import BAD, Arrival

log = structlog.get_logger(__name__)


def checked(source: Source, points: Mapping[int, Point]) -> OpcuaOptions:
    """The options of a source; nothing is opened, and no certificate looked for.

    Raises:
        WrongKind: the server could be anybody (see `opcua_security.py`), or an option or address
            that is none.
    """
    told = options(OpcuaOptions, source)
    check(source, told)
    for point in points.values():
        node_id(point, told.namespace, None)
    if told.events:
        heard(source, told, None)
    return told


class OpcuaSource:
    """A ReadingSource and CommandSink.

    Args:
        plant: its points of that source are read.
        source: where; its options are those of `OpcuaOptions`.
        clock: plant time.
        factor: plant seconds in a host second.
        jitter: numbers in [0, 1) that spread reconnects.
        keys: our certificate and the servers that people accepted.
        known: by index, the source time of the newest value known, asked at the first connection:
            from there on a gap is filled; absent = nothing is known.

    Raises:
        WrongKind: the server could be anybody (see `opcua_security.py`), or an option or address
            that is none.
    """

    def __init__(
        self,
        plant: Plant,
        source: Source,
        clock: Clock,
        factor: float = 1.0,
        jitter: Callable[[], float] = SPREAD,
        keys: OpcuaKeys | None = None,
        known: Callable[[], NDArray[np.int64]] | None = None,
    ) -> None:
        self._points = {i: p for i, p in enumerate(plant.points) if p.source == source.id}
        self._options = checked(source, self._points)
        check_keys(source, self._options, keys)
        self._keys = keys
        self._record = DeviceRecord(source.id, keys.devices if keys is not None else None)
        silence("asyncua")
        self._source = source
        self._clock = clock
        self._factor = factor
        self._feed = Feed(source.id, clock, self._connected, jitter)
        paths = {i: p.id for i, p in self._points.items()}
        self._alarms = OpcuaConditions(source, self._options, paths, clock, self._feed)
        self._past = OpcuaBackfill(
            source.id, paths, clock, self._feed, self._options.backfill_s, known
        )
        self._session: OpcuaSession | None = None
        wire = _Wire(self, {path: i for i, path in paths.items()})
        by_path = {p.id: p for p in self._points.values()}
        self._writes = FieldWrite(wire, by_path)

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
        """Whether it is connected, what it refuses to monitor or tell, what was dropped."""
        session = self._session
        refused = len(session.refused) if session is not None else 0
        strange = next(iter(session.strange.values()), "") if session is not None else ""
        told = [f"{len(self._points)} points", self._alarms.problem, self._past.problem, strange]
        return self._feed.health(", ".join(filter(None, told)), refused)

    async def discover(self, most: int = MOST) -> Survey:
        """What the server offers; `most` nodes are looked at.

        Raises:
            SourceDown: it does not answer.
        """
        session = await self.session()
        try:
            return await session.survey(most)
        except LOSSES as problem:
            raise SourceDown(self._source.id, clause(problem)) from problem
        finally:
            await self.release(session)

    async def close(self) -> None:
        """Let go; `readings` ends."""
        await self._feed.close()

    async def session(self) -> OpcuaSession:
        """The live session, or one of its own for a command while nothing is read; `release` it.

        Raises:
            SourceDown: it does not answer.
        """
        if self._session is not None:
            return self._session
        return await self._opened()

    async def release(self, session: OpcuaSession) -> None:
        """Close a session that is not the one being read from."""
        if session is not self._session:
            await session.close()

    async def _opened(self) -> OpcuaSession:
        return await OpcuaSession.opened(
            self._source, self._options, self._points, self._clock, self._keys, self._record
        )

    async def _connected(self) -> str:
        """One connection from beginning to end; why it ended."""
        try:
            session = await self._opened()
        except SourceDown as problem:
            return problem.reason
        self._past.begin(session)
        beside = [
            asyncio.create_task(self._beside(part.follow, session))
            for part in (self._alarms, self._past)
        ]
        try:
            self._session = session
            return await session.listen(self._feed, self._clock, self._factor, self._past.hear)
        except LOSSES as problem:
            return clause(problem)
        finally:
            self._session = None
            for task in beside:
                task.cancel()
            try:
                await asyncio.gather(*beside, return_exceptions=True)
            finally:
                await session.close()

    async def _beside(
        self, follow: Callable[[OpcuaSession], Awaitable[None]], session: OpcuaSession
    ) -> None:
        """Do what is done beside the values; that it broke is told, and takes nothing down."""
        try:
            await follow(session)
        except Exception:  # a bug in what stands beside must not stop the values
            log.exception("a part of a source's connector failed", source=self._source.id)


class _Wire:
    """What `field_write.py` needs, on a session."""

    def __init__(self, opcua: OpcuaSource, index: dict[str, int]) -> None:
        self._opcua = opcua
        self._index = index
        self._kinds: dict[str, ua.VariantType] = {}

    async def stranger(self, point: Point) -> str:
        session = await self._opcua.session()
        try:
            return await session.stranger(self._index[point.id])
        except LOSSES as problem:
            raise SourceDown(point.source, clause(problem)) from problem
        finally:
            await self._opcua.release(session)

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
            return spacing(value)
        return 0.0
