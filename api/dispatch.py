"""The last yards to a connector: one command at a time on an endpoint, inside its lease, once.

Whatever does not come back in time is `unknown`; nothing is ever sent again. It must never decide
whether a command may be sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from twin_core.governance.action import Command, Outcome, Step
from twin_core.governance.ports import CommandSink
from twin_core.ports import Clock

log = structlog.get_logger(__name__)

_GRACE = 1.25
"""A connector keeps its own deadline; so many times as long after it, we stop listening."""


class Dispatcher:
    """Sends commands to connectors and reads back through them.

    Args:
        sinks: source id → connector.
        barred: why a step may not leave this process now; empty if it may.
        late: takes an outcome that came after we had stopped listening.
    """

    def __init__(
        self,
        sinks: Mapping[str, CommandSink],
        clock: Clock,
        barred: Callable[[Step], Awaitable[str]],
        late: Callable[[Outcome], Awaitable[None]],
    ) -> None:
        self._sinks = sinks
        self._clock = clock
        self._barred = barred
        self._late = late
        self._locks = {source: asyncio.Lock() for source in sinks}
        self._behind: set[asyncio.Task[None]] = set()

    def lock(self, endpoint: str) -> asyncio.Lock:
        """The lock of an endpoint; whoever holds it may send."""
        return self._locks.setdefault(endpoint, asyncio.Lock())

    async def send(self, command: Command, endpoint: str, decided: float) -> Outcome:
        """Send at most once.

        `decided` is the monotonic time at which the gate looked at the world: the command must
        leave within its deadline of that, or it does not leave.
        """
        sink = self._sinks.get(endpoint)
        if sink is None:
            return _unsent(command, f"nothing here can act on {endpoint}")
        if why := await self._barred(command.step):
            return _unsent(command, why)
        if self._clock.monotonic() - decided > command.deadline_s:
            return _unsent(command, "the lease expired before it was sent")
        return await self._listen(sink.execute(command), command, sent=True)

    async def look(self, command: Command, endpoint: str) -> Outcome:
        """Read back what the command would have written."""
        sink = self._sinks.get(endpoint)
        if sink is None:
            return _uncertain(command, f"nothing here can read {endpoint}", sent=False)
        return await self._listen(sink.look(command), command, sent=False)

    async def close(self) -> None:
        """Stop listening for late answers."""
        for task in tuple(self._behind):
            task.cancel()
        await asyncio.gather(*self._behind, return_exceptions=True)

    async def _listen(self, answer: Awaitable[Outcome], command: Command, *, sent: bool) -> Outcome:
        task = asyncio.ensure_future(answer)
        try:
            done, _ = await asyncio.wait({task}, timeout=_GRACE * command.deadline_s)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done:
            if sent:
                behind = asyncio.create_task(self._after(task))
                self._behind.add(behind)
                behind.add_done_callback(self._behind.discard)
            else:  # what it would see later answers no command
                task.cancel()
            why = f"no answer within {command.deadline_s:g} s"
            return _uncertain(command, why, sent=sent)
        return self._result(task, command, sent=sent)

    def _result(self, task: asyncio.Future[Outcome], command: Command, *, sent: bool) -> Outcome:
        if task.cancelled():
            return _uncertain(command, "the connector gave up", sent=sent)
        failure = task.exception()
        if failure is None:
            return task.result()
        log.error("a connector failed", command=command.key, exc_info=failure)
        return _uncertain(command, f"the connector failed: {failure}", sent=sent)

    async def _after(self, task: asyncio.Future[Outcome]) -> None:
        try:
            await self._late(await task)
        except Exception:  # a task nobody awaits: what it raised would never be told
            log.exception("a late answer is lost")


def _unsent(command: Command, why: str) -> Outcome:
    return Outcome(
        key=command.key, result="not_applied", sent=False, acknowledged=False, detail=why
    )


def _uncertain(command: Command, why: str, *, sent: bool) -> Outcome:
    return Outcome(key=command.key, result="unknown", sent=sent, acknowledged=False, detail=why)
