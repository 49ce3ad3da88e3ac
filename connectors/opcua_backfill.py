"""The holes that losses left in an OPC UA source's values, filled from the server's own history.

What it gives is handed over as ordinary batches with their own times, slowly and only while the
reader has little to do: live values come first. What cannot be had is told once, and never takes
the source down; what broke, but not what was refused, is tried again with the next connection.
"""

import asyncio
from collections.abc import Callable, Mapping

import numpy as np
import structlog
from asyncua import ua
from numpy.typing import NDArray

from connectors.feed import Feed
from connectors.gaps import Gaps, Missing
from connectors.opcua_history import Span, history, readable
from connectors.opcua_reading import batch_of
from connectors.opcua_session import LOSSES, SURE_S, OpcuaSession
from connectors.vendor_error import clause
from twin_core.ports import Clock
from twin_core.reading import Batch
from twin_core.value import SECOND

log = structlog.get_logger(__name__)

_SETTLE_S = 0.5  # host seconds in which more points may say their first value
_REST = 1.0  # how much longer to rest than a piece took: live values have half of the loop


class OpcuaBackfill:
    """Fills the gaps of one source.

    Args:
        source: its id.
        points: node index → path, as the session has them.
        clock: plant time.
        feed: where batches go.
        span_s: plant seconds back to which history is read; 0 = none is.
        known: by index into `Plant.points`, the source time of the newest value known, from which
            the first connection goes on; 0 or None = nothing.

    Attributes:
        problem: why something could not be read back, of this connection; empty when nothing.
        filled: values handed over so far.
    """

    def __init__(
        self,
        source: str,
        points: Mapping[int, str],
        clock: Clock,
        feed: Feed,
        span_s: float,
        known: Callable[[], NDArray[np.int64]] | None = None,
    ) -> None:
        self._source = source
        self._points = points
        self._clock = clock
        self._feed = feed
        self._span_us = int(span_s * SECOND)
        self._known = known
        self._gaps: Gaps | None = None
        self._offset_us = 0
        self._fresh = asyncio.Event()
        self._told = ""
        self.problem = ""
        self.filled = 0

    def begin(self, session: OpcuaSession) -> None:
        """A connection begins."""
        if self._gaps is None:
            count = max(self._points, default=-1) + 1
            nothing = np.zeros(count, np.int64)
            self._gaps = Gaps(nothing if self._known is None else self._known()[:count])
        self._offset_us = session.offset_us
        self._fresh.clear()
        self.problem = ""
        self._gaps.begin()

    def hear(self, batch: Batch) -> None:
        """Live values were handed over."""
        assert self._gaps is not None
        if self._gaps.hear(batch, self._offset_us):
            self._fresh.set()

    async def follow(self, session: OpcuaSession) -> None:
        """Fill what can be filled, until cancelled or refused."""
        if not self._span_us:
            return
        await session.subscribed.wait()
        try:
            while True:
                await self._fresh.wait()
                await asyncio.sleep(_SETTLE_S)
                self._fresh.clear()
                await self._fill(session)
        except LOSSES as problem:
            await asyncio.sleep(SURE_S)
            self._tell(clause(problem))

    async def _fill(self, session: OpcuaSession) -> None:
        assert self._gaps is not None
        earliest = self._clock.plant() + self._offset_us - self._span_us
        for missing in self._gaps.missing(earliest):
            spans: dict[int, Span] = {}
            nodes = [session.node(int(point)) for point in missing.point]
            for row, can in enumerate(await readable(session.wire, nodes)):
                point = int(missing.point[row])
                if can:
                    start, end = int(missing.start[row]), int(missing.end[row])
                    spans[point] = Span(nodes[row], start, end)
                else:
                    Gaps.filled(missing.gap, point)
            await self._read(session, missing, spans)

    async def _read(
        self, session: OpcuaSession, missing: Missing, spans: Mapping[int, Span]
    ) -> None:
        point_of = {id(span): point for point, span in spans.items()}
        loop = asyncio.get_running_loop()
        began = loop.time()
        async for piece in history(session.wire, list(spans.values())):
            items: list[tuple[int, ua.DataValue]] = []
            for span, values in piece:
                point = point_of[id(span)]
                items += [(point, value) for value in values]
            if items:
                await self._feed.quiet()
                now = self._clock.plant()
                self._feed.put(batch_of(items, now, now + self._offset_us))
                self.filled += len(items)
            for span, _ in piece:
                Gaps.filled(missing.gap, point_of[id(span)], None if span.done else span.start)
            await asyncio.sleep((loop.time() - began) * _REST)
            began = loop.time()
        problems = sorted({span.problem for span in spans.values() if span.problem})
        if problems:
            refused = sum(bool(span.problem) for span in spans.values())
            self._tell(f"{refused} points: {', '.join(problems)}")

    def _tell(self, problem: str) -> None:
        """Say once what cannot be read back, and once more when it is another thing."""
        if problem != self._told:
            log.warning("history not read back", source=self._source, problem=problem)
        self._told = problem
        self.problem = f"history not read back: {problem}"
