"""What goes wrong at Slack when a test wants it to: limits, errors, answers that are lost.

It must never make anything go wrong by itself, but for the realistic limits when they are on.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass

from evals.slack.clock import Clock

_PER_MINUTE: Mapping[str, float] = {
    "apps.connections.open": 10,
    "chat.update": 50,
    "chat.delete": 50,
    "chat.postEphemeral": 100,
    "conversations.open": 50,
    "conversations.replies": 50,
    "conversations.history": 50,
    "reactions.add": 50,
    "views.open": 100,
    "views.push": 100,
    "views.update": 100,
    "views.publish": 100,
    "users.info": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
}
"""Slack's tiers: 2 (20), 3 (50), 4 (100) calls a minute.

`apps.connections.open` is of tier 1 (one a minute) with bursts; ten in a minute pass here.
"""
_POSTS_PER_S, _BURST = 1.0, 4.0
"""chat.postMessage: one a second in a channel, short bursts beyond."""


@dataclass
class _Bucket:
    held: float
    at: float


@dataclass(frozen=True)
class Mishap:
    """What happens to one call: `limited`, `error`, `lost`, `failed` or `held`."""

    kind: str
    retry_after: int = 0
    code: str = ""
    status: int = 0
    gate: asyncio.Event | None = None


class Mishaps:
    """Which calls go wrong; everything is on the workspace's clock.

    Attributes:
        realistic: whether Slack's own limits hold.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.realistic = False
        self._waiting: dict[str, list[Mishap]] = {}
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def limit(self, method: str, times: int, retry_after: int) -> None:
        """The next calls are answered 429, with this Retry-After (seconds)."""
        self._plan(method, times, Mishap("limited", retry_after))

    def refuse(self, method: str, code: str, times: int = 1) -> None:
        """The next calls are refused with an error of Slack's, such as `internal_error`."""
        self._plan(method, times, Mishap("error", code=code))

    def lose(self, method: str, times: int = 1) -> None:
        """The next calls are carried out, and their answers lost: the connection breaks."""
        self._plan(method, times, Mishap("lost"))

    def fail(self, method: str, status: int = 502, times: int = 1) -> None:
        """The next calls are not carried out, and answered with a page of HTML."""
        self._plan(method, times, Mishap("failed", status=status))

    def hold(self, method: str) -> asyncio.Event:
        """The next call waits until this event is set, and is carried out then."""
        gate = asyncio.Event()
        self._plan(method, 1, Mishap("held", gate=gate))
        return gate

    def of(self, method: str, channel: str) -> Mishap | None:
        """What befalls this call, if anything; it counts against the limits."""
        planned = self._waiting.get(method)
        if planned:
            return planned.pop(0)
        return self._over(method, channel) if self.realistic else None

    def _plan(self, method: str, times: int, mishap: Mishap) -> None:
        self._waiting.setdefault(method, []).extend([mishap] * times)

    def _over(self, method: str, channel: str) -> Mishap | None:
        if method == "chat.postMessage":
            key, rate, most = (method, channel), _POSTS_PER_S, _BURST
        elif method in _PER_MINUTE:
            key, rate, most = (method, ""), _PER_MINUTE[method] / 60, _PER_MINUTE[method]
        else:
            return None
        now = self._clock.now()
        bucket = self._buckets.setdefault(key, _Bucket(most, now))
        bucket.held = min(most, bucket.held + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.held < 1:
            return Mishap("limited", max(1, math.ceil((1 - bucket.held) / rate)))
        bucket.held -= 1
        return None
