"""What Slack sends to the app, by whichever road: sent, acknowledged, sent again.

It must never decide what an answer means; whoever sent the delivery does, once, and only if the
answer came in time.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from evals.slack.events import callback
from evals.slack.records import Records

PATIENCE_S = 3.0
"""How long Slack waits for an acknowledgement."""


@dataclass
class Attempt:
    """One time that a delivery was sent; times are the workspace's clock.

    `problem` is why it failed: `dispatch_failed` (nobody to send it to), `http_error`,
    `http_timeout`, `connection_failed`, `late`.
    """

    number: int
    reason: str | None
    sent_at: float
    acked_at: float | None = None
    answer: Any = None
    problem: str | None = None
    raw: Any = None


@dataclass(eq=False)
class Delivery:
    """Something the app is told: `events_api`, `slash_commands` or `interactive`."""

    kind: str
    payload: dict[str, Any]
    accepts_answer: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempts: list[Attempt] = field(default_factory=list)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    then: Callable[[Any], None] | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the app took it, in time."""
        return any(a.acked_at is not None and not a.problem for a in self.attempts)

    @property
    def answer(self) -> Any:
        """What the app acknowledged with; None if with nothing, or not at all."""
        return next((a.answer for a in self.attempts if a.acked_at and not a.problem), None)

    @property
    def took_s(self) -> float | None:
        """How long the app took over the attempt that it acknowledged."""
        taken = (a for a in self.attempts if a.acked_at is not None and not a.problem)
        return next((a.acked_at - a.sent_at for a in taken if a.acked_at is not None), None)

    @property
    def problem(self) -> str | None:
        """Why the last attempt failed; None if it did not."""
        return self.attempts[-1].problem if self.attempts else None


class Road(Protocol):
    """How deliveries reach the app: `Sockets` or `Requests`."""

    @property
    def connected(self) -> bool:
        """Whether there is somebody to send to."""

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send it; what comes back is told to `Deliveries.answered` or written on the attempt."""


class _Nowhere:
    """No road yet."""

    connected = False

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Fail."""
        attempt.problem = "dispatch_failed"
        delivery.settled.set()


class Deliveries:
    """All of them, oldest first.

    Attributes:
        road: how they go.
        held: what waits to be sent since `hold`; None when nothing is held.
        patience_s: how long whoever acts waits for the acknowledgement, in seconds of the host;
            0 if he does not wait.
    """

    def __init__(self, slack: Records) -> None:
        self._slack = slack
        self.road: Road = _Nowhere()
        self.patience_s = PATIENCE_S
        self.all: list[Delivery] = []
        self.held: list[Delivery] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def connected(self) -> bool:
        """Whether the app can be reached."""
        return self.road.connected

    def tell(self, events: list[dict[str, Any]]) -> list[Delivery]:
        """Begin to send events, and do not wait."""
        return [self._begun(self.made("events_api", callback(self._slack, e))) for e in events]

    def made(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        accepts_answer: bool = False,
        then: Callable[[Any], None] | None = None,
    ) -> Delivery:
        """A delivery that was not sent yet."""
        delivery = Delivery(kind, payload, accepts_answer, then=then)
        self.all.append(delivery)
        return delivery

    async def send(self, delivery: Delivery) -> Delivery:
        """Send it, and wait as long as patience lasts."""
        self._begun(delivery)
        await self.wait(delivery)
        return delivery

    async def wait(self, delivery: Delivery) -> None:
        """Wait until it is acknowledged or has failed, as long as patience lasts."""
        if self.patience_s > 0 and self.held is None:
            try:
                await asyncio.wait_for(delivery.settled.wait(), self.patience_s)
            except TimeoutError:
                return

    def hold(self) -> None:
        """Send nothing from now on, until `release`; who acts does not wait for it."""
        self.held = self.held or []

    async def release(self, *first: Delivery) -> None:
        """Send what was held: these first, then the others in the order in which they were made."""
        held, self.held = self.held or [], None
        for delivery in (*first, *(one for one in held if one not in first)):
            delivery.attempts[-1].sent_at = self._slack.clock.now()
            self.run(self.road.send(delivery, delivery.attempts[-1]))
            await self.wait(delivery)

    async def redeliver(self, delivery: Delivery, reason: str = "timeout") -> Delivery:
        """Send it once more under the same ids, as Slack does when it heard nothing."""
        delivery.settled.clear()
        self._begun(delivery, reason)
        await self.wait(delivery)
        return delivery

    async def redeliver_late(self) -> list[Delivery]:
        """Send once more every event that waits for more than three seconds, at most three times.

        Commands and interactions are sent once.
        """
        now = self._slack.clock.now()
        late = [
            d for d in self.all
            if d.kind == "events_api" and d.attempts and not d.acknowledged
            and len(d.attempts) <= 3 and now - d.attempts[-1].sent_at > PATIENCE_S
        ]  # fmt: skip
        for delivery in late:
            await self.redeliver(delivery)
        return late

    def answered(self, delivery: Delivery, attempt: Attempt, answer: Any) -> None:
        """The app acknowledged an attempt."""
        attempt.acked_at, attempt.answer = self._slack.clock.now(), answer
        first = not any(a.acked_at for a in delivery.attempts if a is not attempt)
        if attempt.acked_at - attempt.sent_at > PATIENCE_S:
            attempt.problem = "late"
        elif first and delivery.then is not None:
            delivery.then(answer)
        self.settle(delivery)

    def settle(self, delivery: Delivery) -> None:
        """Nothing more comes of the attempt under way."""
        delivery.settled.set()
        self._slack.changed()

    def run(self, work: Awaitable[Any]) -> None:
        """Do something beside, until the workspace is closed."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begun(self, delivery: Delivery, reason: str | None = None) -> Delivery:
        attempt = Attempt(len(delivery.attempts), reason, self._slack.clock.now())
        delivery.attempts.append(attempt)
        if self.held is not None:
            self.held.append(delivery)
            return delivery
        self.run(self.road.send(delivery, attempt))
        return delivery
