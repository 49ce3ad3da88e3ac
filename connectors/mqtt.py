"""MQTT 5: controllers behind a broker, as plain JSON by topic or as Sparkplug B nodes.

JSON topics are read only. A Sparkplug metric is written at QoS 0, once, and nothing but the next
DATA or BIRTH that shows the value confirms it. It must never write but for a Command.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Literal

from pydantic import Field

from connectors.backoff import SPREAD
from connectors.feed import Feed
from connectors.field_write import FieldWrite
from connectors.mqtt_json import JsonAddress, JsonTopics
from connectors.mqtt_json_survey import JsonSurvey
from connectors.mqtt_link import BrokerOptions, broker
from connectors.mqtt_message import Dialect
from connectors.mqtt_session import MqttSession
from connectors.options import options
from connectors.read_only import not_sent
from connectors.sparkplug_host import SparkplugAddress, SparkplugHost
from connectors.sparkplug_survey import SparkplugSurvey
from connectors.sparkplug_write import SparkplugWire, Speaking
from twin_core.errors import SourceDown
from twin_core.governance.action import Command, Outcome
from twin_core.plant.assets import Plant, Point
from twin_core.plant.source import Source
from twin_core.plant.survey import Survey
from twin_core.ports import Clock, Health
from twin_core.reading import Arrival

_READ_ONLY = "topics of plain JSON are read only"


class MqttOptions(BrokerOptions):
    """Options of an MQTT source, beside those of its broker. Times are host seconds.

    Attributes:
        payload: `json` or `sparkplug`.
        host_id: ours, in the STATE topic.
        reorder_s: how long a message that is missing in the sequence may come after all.
        answer_s: how long a node has for the birth it was asked for.
        confirm_s: how long after a command its value may take to be told.
    """

    payload: Literal["json", "sparkplug"] = "json"
    host_id: str = Field(default="opstwin", pattern=r"^[^/+#\x00]+$")
    reorder_s: float = Field(default=2.0, gt=0)
    answer_s: float = Field(default=5.0, gt=0)
    confirm_s: float = Field(default=3.0, gt=0)


def check(source: Source, points: Mapping[int, Point]) -> None:
    """Refuse what could not be opened; nothing is.

    Raises:
        WrongKind: an address or option that is none, or a broker that could be anybody.
    """
    told = options(MqttOptions, source)
    broker(f"source {source.id}", source.url, told)
    form = JsonAddress if told.payload == "json" else SparkplugAddress
    for point in points.values():
        form.of(point)


class MqttSource:
    """A ReadingSource and CommandSink.

    Args:
        plant: its points of that source are read.
        source: where; its options are those of `MqttOptions`.
        clock: plant time, and monotonic time for what is waited for.
        jitter: numbers in [0, 1) that spread reconnects.

    Raises:
        WrongKind: an address or option that is none, or a broker that could be anybody.
    """

    def __init__(
        self, plant: Plant, source: Source, clock: Clock, jitter: Callable[[], float] = SPREAD
    ) -> None:
        self.options = options(MqttOptions, source)
        self._broker = broker(f"source {source.id}", source.url, self.options)
        self._source = source
        self._clock = clock
        self._points = {i: p for i, p in enumerate(plant.points) if p.source == source.id}
        self._dialect = self._made()
        self._feed = Feed(source.id, clock, self._connected, jitter)
        self._session: MqttSession | None = None
        self._borrowed: tuple[Speaking, asyncio.Future[str]] | None = None
        self._users = 0
        self._opening = asyncio.Lock()
        index = {p.id: i for i, p in self._points.items()}
        told = self.options
        self._wire = SparkplugWire(self._speaking, index, told.answer_s, told.confirm_s)
        self._writes = FieldWrite(self._wire, {p.id: p for p in self._points.values()})

    def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed."""
        return self._feed.arrivals()

    async def execute(self, command: Command) -> Outcome:
        """Write one approved step, once, and see it told."""
        if self.options.payload == "json":
            return not_sent(command, "not_applied", _READ_ONLY)
        return await self._acting(command, self._writes.execute)

    async def look(self, command: Command) -> Outcome:
        """Only have it told again."""
        if self.options.payload == "json":
            return not_sent(command, "unknown", _READ_ONLY)
        return await self._acting(command, self._writes.look)

    async def health(self) -> Health:
        """Whether the broker answers, what cannot be read, what was dropped."""
        told = f"{len(self._points)} points"
        if self._session is not None and self._session.dropped:
            told += f", {self._session.dropped} messages dropped"
        return self._feed.health(told, self._dialect.refused)

    async def discover(self, listen_s: float = 10.0, ask: Sequence[str] = ()) -> Survey:
        """What is told within `listen_s` host seconds: metrics of births, or JSON by topic.

        Args:
            listen_s: how long to listen.
            ask: nodes `GROUP/NODE` that are asked for their birth though they are silent.

        Raises:
            SourceDown: the broker does not answer.
        """
        found: SparkplugSurvey | JsonSurvey = JsonSurvey()
        if self.options.payload == "sparkplug":
            known = set(ask) | {f"{g}/{n}" for g, n in self._nodes()}
            found = SparkplugSurvey(sorted(known), self._clock, self.options.answer_s)
        session = await self._opened(found, announced=False)
        try:
            async with asyncio.timeout(listen_s):
                await session.listen(lambda _: None)
        except TimeoutError:
            pass  # that was the time to listen
        finally:
            await session.close()
        return found.survey(self._source.url, session.dropped)

    async def close(self) -> None:
        """Let go; `readings` ends."""
        await self._feed.close()
        await self._release()

    async def _acting(
        self, command: Command, act: Callable[[Command], Awaitable[Outcome]]
    ) -> Outcome:
        self._users += 1
        try:
            return await act(command)
        finally:
            self._users -= 1
            self._wire.settle(getattr(command.step, "point", ""))
            if not self._users:
                await self._release()

    async def _speaking(self) -> Speaking:
        """The live session, or one for commands while nothing is read, and whom it knows."""
        if self._session is not None:
            assert isinstance(self._dialect, SparkplugHost)
            return self._session, self._dialect
        async with self._opening:
            if self._borrowed is None or self._borrowed[1].done():
                await self._release()
                host = self._made()
                assert isinstance(host, SparkplugHost)
                session = await self._opened(host, announced=False)
                listening = asyncio.ensure_future(session.listen(lambda _: None))
                self._borrowed = (session, host), listening
            return self._borrowed[0]

    async def _release(self) -> None:
        if self._borrowed is not None:
            ((session, _), listening), self._borrowed = self._borrowed, None
            listening.cancel()
            await asyncio.wait([listening])
            await session.close()

    def _made(self) -> JsonTopics | SparkplugHost:
        told = self.options
        if told.payload == "json":
            return JsonTopics(self._points)
        return SparkplugHost(told.host_id, self._points, self._clock, told.reorder_s, told.answer_s)

    def _nodes(self) -> set[tuple[str, str]]:
        """The Sparkplug nodes that the plant knows."""
        known = [SparkplugAddress.of(point) for point in self._points.values()]
        return {(at.group, at.node) for at in known}

    async def _opened(self, dialect: Dialect, *, announced: bool) -> MqttSession:
        return await MqttSession.opened(
            self._source.id, self._broker, self.options, dialect, self._clock, announced=announced
        )

    async def _connected(self) -> str:
        """One connection from beginning to end; why it ended."""
        try:
            session = await self._opened(self._dialect, announced=True)
        except SourceDown as problem:
            return problem.reason
        try:
            self._session = session
            self._feed.heard()
            return await session.listen(self._feed.put)
        finally:
            self._session = None
            await session.close()
