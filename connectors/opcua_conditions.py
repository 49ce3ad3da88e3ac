"""The alarms of an OPC UA server, as long as one session lasts: subscribed to, asked for anew.

They have a subscription of their own, so that neither a flood of them nor an event that cannot be
read holds up a value. What stands is asked for at the start and whenever something may have been
missed (ConditionRefresh, OPC 10000-9, 5.5.7), which is the only method ever called. It must never
take the source down.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from connectors.backoff import Backoff
from connectors.feed import Feed
from connectors.opcua_events import Reports, event_filter
from connectors.opcua_node import address
from connectors.opcua_security import OpcuaOptions
from connectors.opcua_session import LOSSES, SURE_S, OpcuaSession
from connectors.vendor_error import clause
from twin_core.errors import SourceDown
from twin_core.plant.source import Source
from twin_core.ports import Clock

log = structlog.get_logger(__name__)

_PUBLISHING_S = 0.5  # host seconds between two publishes of events
_PER_PUBLISH = 50  # events in one publish: each is decoded in one block of the loop
_QUEUE = 1000  # events the server keeps for us; beyond, it says that it lost some
_REFRESH_S = 10.0  # host seconds between two requests to tell all again
_AGAIN_S = 10.0, 300.0  # host seconds before what was refused is asked for again: first, at most
_TYPE = ua.NodeId(ua.Int32(ObjectIds.ConditionType))
_REFRESH = ua.NodeId(ua.Int32(ObjectIds.ConditionType_ConditionRefresh))


def heard(source: Source, options: OpcuaOptions, spaces: Sequence[str] | None) -> ua.NodeId:
    """The node whose events are heard.

    Args:
        source: which.
        options: its own; `events` is not empty.
        spaces: the server's namespaces by index; None = unknown, only the form is checked.

    Raises:
        SourceDown: the server has no such namespace.
        WrongKind: an address that is none.
    """
    what = f"source {source.id}, option events"
    return address(options.events, what, source.id, options.namespace, spaces)


class OpcuaConditions:
    """Follows the alarms of one source.

    Args:
        source: which.
        options: `events` names the node whose events are heard; empty = none are.
        points: node index → path, as the session has them.
        clock: plant time.
        feed: where reports go.

    Attributes:
        problem: why they are not heard, or not whole; empty when they are.
    """

    def __init__(
        self,
        source: Source,
        options: OpcuaOptions,
        points: Mapping[int, str],
        clock: Clock,
        feed: Feed,
    ) -> None:
        self._source = source
        self._options = options
        self._points = points
        self._clock = clock
        self._feed = feed
        self._told = ""
        self._wake = asyncio.Event()
        self._ended = ""
        self._untold = ""
        self.problem = ""

    async def follow(self, session: OpcuaSession) -> None:
        """Hear what the server reports, until cancelled."""
        if not self._options.events:
            return
        await session.subscribed.wait()
        backoff = Backoff(lambda: 1.0, *_AGAIN_S)
        while True:
            try:
                await self._heard(session)
                backoff.reset()
            except (SourceDown, *LOSSES) as problem:
                await asyncio.sleep(SURE_S)
                self._tell(f"alarms not heard: {clause(problem)}")
            await asyncio.sleep(backoff.next())

    async def _heard(self, session: OpcuaSession) -> None:
        """One subscription from its making to its end."""
        points = {session.node(i): path for i, path in self._points.items()}
        reports = Reports(self._source.id, session.spaces, points)
        dropped, run = self._feed.dropped_events, 0
        self._ended = ""

        def published(result: ua.PublishResult) -> None:
            nonlocal run
            notified: list[list[ua.Variant]] = []
            for data in result.NotificationMessage.NotificationData or ():
                if isinstance(data, ua.StatusChangeNotification):
                    self._ended = f"the server ended the subscription: {data.Status.name}"
                if isinstance(data, ua.EventNotificationList):
                    notified += [event.EventFields for event in data.Events]
            run = run + len(notified) if result.MoreNotifications else 0
            if run + _PER_PUBLISH >= _QUEUE:
                reports.incomplete = True  # few servers say themselves that their queue ran over
            for report in reports.of(notified, self._clock.plant(), session.offset_us):
                self._feed.put(report)
                if self._untold and any(said.condition for said in report.events):
                    self._tell(self._untold)
            if reports.incomplete or self._ended or self._feed.dropped_events > dropped:
                self._wake.set()

        made = await session.wire.create_subscription(_subscription(), published)
        try:
            await self._monitor(session, made.SubscriptionId)
            while not self._ended:
                self._wake.clear()
                reports.incomplete, dropped = False, self._feed.dropped_events
                await self._refresh(session, made.SubscriptionId)
                await asyncio.sleep(_REFRESH_S)
                await self._wake.wait()
                await self._feed.quiet()
        except (SourceDown, *LOSSES):
            await session.wire.delete_subscriptions([made.SubscriptionId])
            raise
        self._tell(f"alarms not heard: {self._ended}")

    async def _monitor(self, session: OpcuaSession, subscription: int) -> None:
        node = heard(self._source, self._options, session.spaces)
        item = ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(NodeId=node, AttributeId=AttributeIds.EventNotifier),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=ua.MonitoringParameters(
                ClientHandle=0,
                SamplingInterval=0.0,
                Filter=event_filter(),
                QueueSize=_QUEUE,
                DiscardOldest=True,
            ),
        )
        asked = ua.CreateMonitoredItemsParameters(
            SubscriptionId=subscription,
            TimestampsToReturn=ua.TimestampsToReturn.Both,
            ItemsToCreate=[item],
        )
        for result in await session.wire.create_monitored_items(asked):
            result.StatusCode.check()

    async def _refresh(self, session: OpcuaSession, subscription: int) -> None:
        """Have all told that stands."""
        argument = ua.Variant(subscription, ua.VariantType.UInt32)
        call = ua.CallMethodRequest(ObjectId=_TYPE, MethodId=_REFRESH, InputArguments=[argument])
        status = (await session.wire.call([call]))[0].StatusCode
        if status.value == StatusCodes.BadRefreshInProgress:
            self._wake.set()
        good = status.is_good() or self._wake.is_set()
        # Nothing is wrong with a server that has no alarms: it is told once there is one.
        self._untold = "" if good else f"alarms that stood before are not told: {status.name}"
        self._tell("")

    def _tell(self, problem: str) -> None:
        """Say once what is wrong, and once more when it is another thing."""
        if problem and problem != self._told:
            log.warning("alarms of a controller", source=self._source.id, problem=problem)
            self._told = problem
        self.problem = problem


def _subscription() -> ua.CreateSubscriptionParameters:
    return ua.CreateSubscriptionParameters(
        RequestedPublishingInterval=_PUBLISHING_S * 1000,
        RequestedLifetimeCount=600,
        RequestedMaxKeepAliveCount=60,
        MaxNotificationsPerPublish=_PER_PUBLISH,
        PublishingEnabled=True,
        Priority=0,
    )
