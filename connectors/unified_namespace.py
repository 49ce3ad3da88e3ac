"""What the twin believes, told to everybody else over MQTT: a unified namespace.

One retained topic a point, on change, at a bounded rate; `PREFIX/SITE/online` says whether anybody
keeps it up. It must never tell a value that is not believed, and reads nothing back.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from connectors.backoff import SPREAD, Backoff
from connectors.mqtt_link import LOSSES, Broker, BrokerOptions, MqttLink
from connectors.mqtt_message import Publish
from connectors.vendor_error import clause
from twin_core.changes import Glance
from twin_core.errors import SourceDown
from twin_core.ports import Clock
from twin_core.twin import Believed, Snapshot
from twin_core.value import SECOND, Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outlet(Protocol):
    """Where messages go: an open connection to a broker."""

    lost: str

    async def publish(self, message: Publish) -> None:
        """Send one message, once."""
        ...

    async def close(self, goodbye: Publish | None = None) -> None:
        """Let go."""
        ...


class UnifiedNamespace:
    """Republishes belief.

    Args:
        snapshots: the newest finished snapshot.
        opened: connects; is given the will. Raises SourceDown.
        prefix: of every topic.
        clock: monotonic time, for the waits between two tries.
        most: messages in one round.
        jitter: numbers in [0, 1) that spread reconnects.
    """

    def __init__(
        self,
        snapshots: Callable[[], Snapshot],
        opened: Callable[[Publish], Awaitable[Outlet]],
        prefix: str,
        clock: Clock,
        most: int = 500,
        jitter: Callable[[], float] = SPREAD,
    ) -> None:
        self._snapshots = snapshots
        self._opened = opened
        self._prefix = prefix.strip("/")
        self._clock = clock
        self._most = most
        self._backoff = Backoff(jitter)
        self._again_at = 0.0
        self._outlet: Outlet | None = None
        self._told: dict[int, tuple[object, ...]] = {}
        self._due: dict[int, None] = {}
        self._look: Glance | None = None

    async def publish(self) -> None:
        """One round: what changed since it was told, at most `most` points; the rest next time.

        Raises:
            SourceDown: the broker does not answer; it is tried again, ever more rarely.
        """
        snapshot = self._snapshots()
        site = snapshot.plant.site
        if self._outlet is not None and self._outlet.lost:
            await self.close()
        if self._outlet is None:
            if self._clock.monotonic() < self._again_at:
                return
            await self._connect(site)
        assert self._outlet is not None
        try:
            await self._round(snapshot, self._outlet)
        except LOSSES as problem:
            await self.close()
            raise SourceDown("unified namespace", clause(problem)) from problem

    async def close(self) -> None:
        """Say that nobody keeps it up any more, if the broker listens; let go."""
        if self._outlet is not None:
            outlet, self._outlet = self._outlet, None
            await outlet.close(self._online(self._snapshots().plant.site, online=False))

    async def _connect(self, site: str) -> None:
        try:
            self._outlet = await self._opened(self._online(site, online=False))
            await self._outlet.publish(self._online(site, online=True))
        except (SourceDown, *LOSSES) as problem:
            self._again_at = self._clock.monotonic() + self._backoff.next()
            await self.close()
            raise SourceDown("unified namespace", clause(problem)) from problem
        self._backoff.reset()
        self._told.clear()  # the broker may have forgotten all
        self._due.clear()
        self._look = None

    async def _round(self, snapshot: Snapshot, outlet: Outlet) -> None:
        look = Glance.of(snapshot, self._look)
        self._due.update(dict.fromkeys(look.differing(self._look).tolist()))
        self._look = look
        for at in list(self._due)[: self._most]:
            believed = snapshot.latest(snapshot.plant.points[at].id)
            # A source time that goes on under one value is no change.
            said = (believed.value, believed.status, believed.state, believed.why)
            if self._told.get(at) != said:
                await outlet.publish(self._message(believed))
                self._told[at] = said
            del self._due[at]

    def _message(self, believed: Believed) -> Publish:
        """A point as believed.

        `value` is null where nothing is believed (quarantined, no data) and stays beside the
        quality `stale` where it is too old; times are ISO 8601, UTC.
        """
        trusted = believed.state in {"good", "uncertain", "stale"}
        told = {
            "value": believed.value if trusted else None,
            "unit": believed.unit,
            "quality": believed.state,
            "time": _written(believed.time),
            "since": _written(believed.since),
            "why": believed.why,
        }
        payload = json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
        return Publish(f"{self._prefix}/{believed.point}", payload, retain=True)

    def _online(self, site: str, *, online: bool) -> Publish:
        payload = json.dumps({"online": online}).encode()
        return Publish(f"{self._prefix}/{site}/online", payload, qos=1, retain=True)


def outlet(
    at: Broker, options: BrokerOptions, password: str | None
) -> Callable[[Publish], Awaitable[Outlet]]:
    """How a `UnifiedNamespace` connects to a real broker."""

    async def opened(will: Publish) -> Outlet:
        return await MqttLink.opened("unified namespace", at, options, will, password)

    return opened


def _written(at: Instant | None) -> str | None:
    if at is None:
        return None
    return (_EPOCH + timedelta(seconds=at // SECOND, microseconds=at % SECOND)).isoformat()
