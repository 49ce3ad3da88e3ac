"""While the past is settled again: what belief misses meanwhile, and the change-over.

The amended twin is built beside the living one, which goes on; then it is given what came since and
takes its place. A later amendment heeds an earlier one, so only the newest is waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from api.replaying import put
from twin_core.amendment import Entry
from twin_core.ingest import Twin
from twin_core.value import Instant

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Resettled:
    """A twin that heeds the amendment numbered `seq` and all before it; None: it failed."""

    seq: int
    twin: Twin | None


class Amending:
    """Of one pump. `begin`, `note` and `successor` are called by the thread that owns the twin.

    Args:
        build: makes the twin that heeds an amendment (number, start).
        hand_in: gives the result to that thread.

    Attributes:
        failure: why the past could not be settled again, one sentence; empty otherwise.
    """

    def __init__(
        self,
        build: Callable[[int, Instant], Awaitable[Twin]],
        hand_in: Callable[[Resettled], Awaitable[None]],
    ) -> None:
        self._build = build
        self._hand_in = hand_in
        self._newest: int | None = None
        self._since: list[Entry] = []
        self._task: asyncio.Task[None] | None = None
        self.failure = ""

    @property
    def pending(self) -> bool:
        """Whether an amendment waits to be heeded."""
        return self._newest is not None

    @property
    def unheeded(self) -> bool:
        """Whether the living twin lacks an amendment: one waits, or could not be heeded."""
        return self.pending or bool(self.failure)

    def begin(self, loop: asyncio.AbstractEventLoop, seq: int, start: Instant) -> None:
        """An amendment has been logged under this number."""
        self._newest, self._since = seq, []
        loop.call_soon_threadsafe(self._start, seq, start)

    def note(self, entry: Entry) -> None:
        """The living twin has taken an entry; the amended one will have to."""
        if self.pending:
            self._since.append(entry)

    def successor(self, twin: Twin, resettled: Resettled) -> Twin:
        """The twin that goes on."""
        if resettled.seq != self._newest:
            return twin
        since, self._newest, self._since = self._since, None, []
        if resettled.twin is None:
            return twin
        put(resettled.twin, since)
        resettled.twin.succeed(twin)
        return resettled.twin

    async def stop(self) -> None:
        """Let it be; the next start heeds the amendment."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _start(self, seq: int, start: Instant) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._run(seq, start), name="amend")

    async def _run(self, seq: int, start: Instant) -> None:
        found = None
        try:
            found = await self._build(seq, start)
            self.failure = ""
        except Exception as problem:  # told in /health; the ingest thread learns that none comes
            self.failure = f"the past could not be settled again: {problem}"
            log.exception("an amendment failed")
        await self._hand_in(Resettled(seq, found))
