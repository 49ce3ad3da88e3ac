"""One connection to an OPC UA server, from connect to loss: clock offset, subscription, values.

A session is used once; whoever owns it opens a new one after a loss, so that namespace indices,
clock offset and monitored items are never those of another run of the server.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto.uacrypto import InvalidSignature as UnprovedKey  # type: ignore[attr-defined]
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaError
from cryptography.exceptions import InvalidSignature

from connectors.device_record import DeviceRecord
from connectors.feed import Feed
from connectors.opcua_browse import Browser
from connectors.opcua_identity import identified
from connectors.opcua_keys import OpcuaKeys
from connectors.opcua_node import node_id
from connectors.opcua_reading import Readings, instant
from connectors.opcua_security import OpcuaClient, OpcuaOptions, secure
from connectors.vendor_error import clause
from twin_core.errors import SourceDown, StoreDown
from twin_core.plant.assets import Point
from twin_core.plant.source import Source
from twin_core.plant.survey import Survey
from twin_core.ports import Clock
from twin_core.reading import BAD, BAD_CONFIGURATION_ERROR, Batch, SourceEvent

_REQUEST_S = 4.0  # host seconds the server has for any answer
_SESSION_S = 60.0  # host seconds a server keeps a lost session: controllers have room for a few
_PROBE_S = 5.0  # host seconds between two looks at an idle connection
_CLOSE_S = 2.0  # host seconds a goodbye may take
_SURVEY_S = 300.0  # host seconds that looking through a server may take
_RETRY_S = 10.0  # host seconds between two tries to monitor what the server refused
_KEEPALIVE_S = 2.0  # host seconds without a word after which the server must say it is alive
_PER_PUBLISH = 200  # notifications in one publish: each is decoded in one block of the loop
_PER_REQUEST = 500  # monitored items asked for at once
_CURRENT_TIME = ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_CurrentTime))
LOSSES = (OSError, TimeoutError, UaError, InvalidSignature, UnprovedKey, AssertionError)
"""What asyncua raises when the far side is gone, slow, or refuses (a channel: by an assertion)."""

SURE_S = 0.5
"""Host seconds in which a lost session is found out, and ends what is done beside its values."""


class OpcuaSession:
    """An open, activated session; made by `opened`.

    Attributes:
        offset_us: the server's clock minus plant time, as measured at connect.
        refused: point index → status code of what the server will not monitor, or what is not the
            node that was accepted: `strange`, why.
        spaces: the server's namespaces by index.
        subscribed: set once every point is, so that what is less urgent may begin.
    """

    def __init__(
        self,
        client: Client,
        source: Source,
        options: OpcuaOptions,
        nodes: Mapping[int, ua.NodeId],
        spaces: Sequence[str] = (),
        written: Mapping[int, str] | None = None,
        record: DeviceRecord | None = None,
    ) -> None:
        self._client = client
        self._source = source
        self._options = options
        self._nodes = nodes
        self._heard = asyncio.Event()
        self._lost = ""
        self._said_something = False
        self.offset_us = 0
        self._written = written or {}
        self._record = record or DeviceRecord(source.id)
        self.refused: dict[int, int] = {}
        self.strange: dict[int, str] = {}
        self.spaces = spaces
        self.subscribed = asyncio.Event()

    @classmethod
    async def opened(
        cls,
        source: Source,
        options: OpcuaOptions,
        points: Mapping[int, Point],
        clock: Clock,
        keys: OpcuaKeys | None = None,
        record: DeviceRecord | None = None,
    ) -> "OpcuaSession":
        """Connect, find namespaces by their URI, measure the server's clock.

        Args:
            source: where.
            options: its own.
            points: by index.
            clock: plant and ledger time.
            keys: our certificate and the servers that people accepted.
            record: what was accepted of the nodes that may be written.

        Raises:
            SourceDown: no server, not the pinned one, or not one with those namespaces.
        """
        client = OpcuaClient(source.url, timeout=_REQUEST_S, watchdog_intervall=_PROBE_S)
        client.session_timeout = int(_SESSION_S * 1000)
        try:
            async with asyncio.timeout(3 * _REQUEST_S):
                await secure(client, source, options, keys, clock.ledger())
                await client.connect()
                spaces = await client.get_namespace_array()
                nodes = {i: node_id(p, options.namespace, spaces) for i, p in points.items()}
                written = {i: str(p.address) for i, p in points.items() if p.writable}
                session = cls(client, source, options, nodes, spaces, written, record)
                client.connection_lost_callback = session.when_lost
                before = clock.plant()
                shown = await session.read(_CURRENT_TIME)
                middle = (before + clock.plant()) // 2
                if shown.Value is not None:
                    session.offset_us = instant(shown.Value.Value, middle) - middle
                return session
        except LOSSES as problem:
            await _closed(client)
            raise SourceDown(source.id, clause(problem)) from problem
        except BaseException:  # a cancellation too leaves no session behind
            await _closed(client)
            raise

    async def close(self) -> None:
        """Say goodbye if the server still listens; let go in any case."""
        await _closed(self._client)

    async def when_lost(self, problem: Exception) -> None:
        """The connection broke."""
        self._end(clause(problem))

    async def listen(
        self,
        feed: Feed,
        clock: Clock,
        factor: float,
        heard: Callable[[Batch], None] = lambda _: None,
    ) -> str:
        """Subscribe to every point and hand over what is published, until the session is lost.

        Only a server that takes the subscription counts as heard; `heard` is told of each batch.

        Returns:
            Why it was lost, one clause.

        Raises:
            OSError, TimeoutError, ua.UaError: the subscription cannot be made.
        """
        readings = Readings(clock, self.offset_us)

        def published(result: ua.PublishResult) -> None:
            try:
                batch, ended = readings.batch(result)
            except Exception as problem:  # noqa: BLE001 (asyncua would log it and go on deaf)
                self._end(f"a publish cannot be read: {clause(problem)}")
                return
            if batch is not None:
                heard(batch)
                feed.put(batch)
                self._said_something = True
            if ended:
                self._end(ended)
            self._heard.set()

        made = await self._subscribe(published, factor)
        feed.heard(self.offset_us)
        await self._monitor(made, list(self._nodes), feed, clock, factor)
        self.subscribed.set()
        silence_s = 3 * made.RevisedMaxKeepAliveCount * made.RevisedPublishingInterval / 1000
        loop = asyncio.get_running_loop()
        retry_at = loop.time() + _RETRY_S
        while not self._lost:
            try:
                async with asyncio.timeout(silence_s):
                    await self._heard.wait()
            except TimeoutError:
                return f"not a word for {silence_s:g} s, three times the keep-alive"
            self._heard.clear()
            if not self._said_something and not self._lost:
                feed.put(SourceEvent(source=self._source.id, kind="alive", time=clock.plant()))
            self._said_something = False
            if self.refused and loop.time() >= retry_at:
                await self._monitor(made, list(self.refused), feed, clock, factor)
                retry_at = loop.time() + _RETRY_S
        return self._lost

    @property
    def wire(self) -> Any:
        """The session as asyncua has it, for what is done beside the subscription of values."""
        return self._client.uaclient.session

    async def read(self, node: ua.NodeId) -> ua.DataValue:
        """The node's value from the device itself (`MaxAge` 0)."""
        asked = ua.ReadParameters(
            MaxAge=0,
            TimestampsToReturn=ua.TimestampsToReturn.Both,
            NodesToRead=[ua.ReadValueId(NodeId=node, AttributeId=AttributeIds.Value)],
        )
        return (await self._client.uaclient.session.read(asked))[0]

    async def write(self, node: ua.NodeId, value: ua.Variant) -> int:
        """Send one value, once; the status code of the answer."""
        item = ua.WriteValue(
            NodeId=node,
            AttributeId=AttributeIds.Value,
            # Value alone: many controllers refuse a write that brings a status or a time.
            Value=ua.DataValue(value, StatusCode=None),
        )
        asked = ua.WriteParameters(NodesToWrite=[item])
        return int((await self._client.uaclient.session.write(asked))[0].value)

    async def strangers(self, which: Iterable[int]) -> dict[int, str]:
        """By index, why a node that may be written is not the one accepted at its address.

        Ends the session where indices of namespaces mean something else by now.

        Raises:
            OSError, TimeoutError, ua.UaError: the server does not answer.
        """
        asked = {i: self._written[i] for i in which if i in self._written}
        if not asked:
            return {}
        wire = self._client.uaclient.session
        nodes = {address: self._nodes[i] for i, address in asked.items()}
        shown = await identified(wire, nodes, self.spaces)
        if shown is None:
            self._end("the server numbers its namespaces otherwise than before")
            return dict.fromkeys(asked, self._lost)
        try:
            strange = await asyncio.to_thread(self._record.strangers, shown)
        except StoreDown as problem:
            return dict.fromkeys(asked, str(problem).rstrip("."))
        return {i: strange[address] for i, address in asked.items() if address in strange}

    async def survey(self, most: int) -> Survey:
        """What the server offers below its Objects folder; `most` nodes are looked at."""
        async with asyncio.timeout(_SURVEY_S):
            browser = Browser(self._client.uaclient.session, most)
            return await browser.survey(self._source.url)

    async def stranger(self, index: int) -> str:
        """Why a node is not the one accepted at its address, empty if it is; as `strangers`.

        One that is being listened to is found out here: the session ends, and the next one says
        that its readings are Bad.
        """
        why = (await self.strangers([index])).get(index, "")
        if why and index not in self.strange:
            self._end(why)
        return why

    def node(self, index: int) -> ua.NodeId:
        """The node id of a point."""
        return self._nodes[index]

    def _end(self, reason: str) -> None:
        self._lost = self._lost or reason or "the connection was lost"
        self._heard.set()

    async def _subscribe(
        self, published: Callable[[ua.PublishResult], None], factor: float
    ) -> ua.CreateSubscriptionResult:
        interval_s = self._options.publishing_s / factor
        asked_s = self._options.keepalive_s
        keepalive_s = asked_s / factor if asked_s is not None else _KEEPALIVE_S
        count = max(1, round(keepalive_s / interval_s))
        asked = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=interval_s * 1000,
            RequestedLifetimeCount=10 * count,
            RequestedMaxKeepAliveCount=count,
            MaxNotificationsPerPublish=_PER_PUBLISH,
            PublishingEnabled=True,
            Priority=1,  # before that of alarms
        )
        return await self._client.uaclient.session.create_subscription(asked, published)

    async def _monitor(
        self,
        subscription: ua.CreateSubscriptionResult,
        indices: Sequence[int],
        feed: Feed,
        clock: Clock,
        factor: float,
    ) -> None:
        publishing_s = self._options.publishing_s
        sampling_s = self._options.sampling_s or publishing_s
        queue = max(2, math.ceil(2 * publishing_s / sampling_s))
        self.strange = await self.strangers(indices)
        self.refused |= dict.fromkeys(self.strange, BAD_CONFIGURATION_ERROR)
        known = [i for i in indices if i not in self.strange]
        for at in range(0, len(known), _PER_REQUEST):
            part = known[at : at + _PER_REQUEST]
            asked = ua.CreateMonitoredItemsParameters(
                SubscriptionId=subscription.SubscriptionId,
                TimestampsToReturn=ua.TimestampsToReturn.Both,
                ItemsToCreate=[_item(self._nodes[i], i, sampling_s / factor, queue) for i in part],
            )
            made = await self._client.uaclient.session.create_monitored_items(asked)
            for index, result in zip(part, made, strict=True):
                self.refused.pop(index, None)
                if not result.StatusCode.is_good():
                    self.refused[index] = int(result.StatusCode.value)
        if self.refused:
            now = clock.plant()
            time = now + self.offset_us  # as the server's own clock would have it
            feed.put(
                Batch.of([(i, time, math.nan, code | BAD, now) for i, code in self.refused.items()])
            )


def _item(node: ua.NodeId, index: int, sampling_s: float, queue: int) -> Any:
    wanted = ua.DataChangeFilter(
        Trigger=ua.DataChangeTrigger.StatusValueTimestamp,
        DeadbandType=ua.DeadbandType.None_,
        DeadbandValue=0.0,
    )
    return ua.MonitoredItemCreateRequest(
        ItemToMonitor=ua.ReadValueId(NodeId=node, AttributeId=AttributeIds.Value),
        MonitoringMode=ua.MonitoringMode.Reporting,
        RequestedParameters=ua.MonitoringParameters(
            ClientHandle=index,
            SamplingInterval=sampling_s * 1000,
            Filter=wanted,
            QueueSize=queue,
            DiscardOldest=True,
        ),
    )


async def _closed(client: Client) -> None:
    protocol = client.uaclient.protocol
    try:
        with suppress(*LOSSES):
            async with asyncio.timeout(_CLOSE_S):
                await client.disconnect()
    finally:
        # asyncua, once its own probe went unanswered, takes the socket for closed: it stays open.
        if protocol is not None:
            protocol.disconnect_socket()
