"""One connection to a broker, from connect to loss: messages in, readings out, answers sent.

A session is used once; whoever owns it opens a new one after a loss, so that births and aliases
are never those of another connection. It must never send a command again.
"""

import asyncio
from collections.abc import Callable

from connectors.field_write import Seen
from connectors.mqtt_link import LOSSES, Broker, BrokerOptions, MqttLink
from connectors.mqtt_message import Dialect, Publish, Told
from connectors.vendor_error import clause
from twin_core.errors import SourceDown
from twin_core.ports import Clock
from twin_core.reading import Arrival, SourceEvent

_TICK_S = 0.25  # host seconds between two looks at what was to come and did not
_ALIVE_S = 2.0  # host seconds without a reading after which the source is told to be alive


class MqttSession:
    """An open connection that listens to a dialect's topics; made by `opened`.

    Attributes:
        dropped: messages that found no room.
    """

    def __init__(
        self, source: str, link: MqttLink, dialect: Dialect, clock: Clock, *, announced: bool
    ) -> None:
        self._source = source
        self._link = link
        self._dialect = dialect
        self._clock = clock
        self._announced = announced
        self._seen: dict[int, Seen] = {}
        self._count: dict[int, int] = {}
        self._news = asyncio.Event()
        self._over = False

    @classmethod
    async def opened(
        cls,
        source: str,
        at: Broker,
        options: BrokerOptions,
        dialect: Dialect,
        clock: Clock,
        *,
        announced: bool,
    ) -> "MqttSession":
        """Connect, subscribe, say that we are there (if `announced`) and ask what there is.

        Raises:
            SourceDown: no broker, not a trusted one, or it refuses.
        """
        will = dialect.will() if announced else None
        link = await MqttLink.opened(source, at, options, will)
        session = cls(source, link, dialect, clock, announced=announced)
        told = Told(clock.plant())
        try:
            await link.subscribe(dialect.topics)
            dialect.opened(told, announced=announced)
            await session._send(told)
        except LOSSES as problem:
            await link.close()
            raise SourceDown(source, clause(problem)) from problem
        except BaseException:  # a cancellation too leaves no connection behind
            await link.close()
            raise
        return session

    @property
    def dropped(self) -> int:
        """Messages that found no room."""
        return self._link.dropped

    async def listen(self, put: Callable[[Arrival], None]) -> str:
        """Hand over what is told until the connection is lost; why it was."""
        loop = asyncio.get_running_loop()
        alive_at = loop.time() + _ALIVE_S
        try:
            while not self._link.lost:
                messages = await self._link.received(_TICK_S)
                told = Told(self._clock.plant())
                for message in messages:
                    self._dialect.take(
                        str(message.topic), message.payload, told, retained=message.retain
                    )
                self._dialect.tick(told)
                self._note(told)
                batch = told.batch()
                if batch is not None:
                    put(batch)
                    alive_at = loop.time() + _ALIVE_S
                elif loop.time() >= alive_at:
                    put(SourceEvent(source=self._source, kind="alive", time=told.now))
                    alive_at = loop.time() + _ALIVE_S
                await self._send(told)
        except LOSSES as problem:
            return clause(problem)
        finally:
            self._over = True
            self._news.set()
        return self._link.lost

    async def publish(self, message: Publish) -> None:
        """Send one message, once.

        Raises:
            SourceDown: the connection is over; nothing was sent.
            OSError, TimeoutError, MqttError: it may have been sent.
        """
        if self._over or self._link.lost:
            raise SourceDown(self._source, self._link.lost or "the connection was closed")
        await self._link.publish(message)

    def count(self, index: int) -> int:
        """How often the point was told."""
        return self._count.get(index, 0)

    def seen(self, index: int) -> Seen:
        """What was told last of a point that was told."""
        return self._seen[index]

    async def told(self, until: Callable[[], bool], within_s: float) -> bool:
        """Wait until something is so, as it can become by what is told; whether it is."""
        try:
            async with asyncio.timeout(within_s):
                while not until():
                    if self._over:
                        return False
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return until()
        return True

    async def close(self) -> None:
        """Say goodbye if the broker still listens; let go in any case."""
        await self._link.close(self._dialect.goodbye() if self._announced else None)

    def _note(self, told: Told) -> None:
        for at in told.current:
            index, _, value, status, _ = told.rows[at]
            self._seen[index] = Seen(value, status)
            self._count[index] = self._count.get(index, 0) + 1
        self._news.set()

    async def _send(self, told: Told) -> None:
        for message in told.sends:
            await self._link.publish(message)
