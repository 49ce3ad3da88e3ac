"""HistoryRead of servers of every manner: each value of a span comes once, in order of time."""

import asyncio
from typing import Any

import asyncua.ua
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.opcua_history import Span, history
from connectors.opcua_reading import instant
from tests.devices import stamp

ua: Any = asyncua.ua
T0 = 1_700_000_000_000_000


class Server:
    """A server's history service, as asyncua's session shows it.

    Args:
        values: by node number, its source times, ascending.
        page: most values in an answer; `says` whether it gives continuation points.
        operations: most nodes in a request.
        forgets: of so many continuation points each is no longer known; 0 = none.
    """

    def __init__(self, values, page, operations, forgets, *, says):
        self.values, self.page, self.operations = values, page, operations
        self.forgets, self.says, self.given = forgets, says, 0

    async def history_read(self, asked):
        if len(asked.NodesToRead) > self.operations:
            raise ua.uaerrors.BadTooManyOperations
        return [self.one(item, asked.HistoryReadDetails) for item in asked.NodesToRead]

    def one(self, item, details):
        start, end = instant(details.StartTime, 0), instant(details.EndTime, 0)
        held = [t for t in self.values[item.NodeId.Identifier] if start <= t <= end]
        if item.ContinuationPoint:
            self.given += 1
            if self.forgets and self.given % self.forgets == 0:
                code = ua.StatusCodes.BadContinuationPointInvalid
                return ua.HistoryReadResult(StatusCode=ua.StatusCode(code))
            last = int(item.ContinuationPoint)
            held = [t for t in self.values[item.NodeId.Identifier] if last < t <= end]
        most = min(self.page, details.NumValuesPerNode) if self.says else details.NumValuesPerNode
        shown = [ua.DataValue(ua.Variant(1.0), SourceTimestamp=stamp(t)) for t in held[:most]]
        more = self.says and len(held) > most
        return ua.HistoryReadResult(
            HistoryData=ua.HistoryData(DataValues=shown),
            ContinuationPoint=str(held[most - 1]).encode() if more else None,
        )


_TIMES = st.lists(st.integers(1, 600), unique=True, max_size=250).map(sorted)


@example(values=[[*range(1, 13)], []], bounds=[(11, 13)] + [(0, 0)] * 7, page=1,
         operations=2, forgets=3, says=True)  # fmt: skip
@example(values=[[1, 2, 3], [1, 2, 3, 4]], bounds=[(0, 4), (0, 4)] + [(0, 0)] * 6, page=1,
         operations=2, forgets=3, says=True)  # fmt: skip
@example(values=[[1, 2, 3, 4]] + [[]] * 7, bounds=[(0, 5)] * 8, page=1, operations=1, forgets=3,
         says=True)  # fmt: skip
@given(
    values=st.lists(_TIMES, min_size=1, max_size=8),
    bounds=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), min_size=8, max_size=8),
    page=st.integers(1, 40),
    operations=st.integers(1, 6),
    forgets=st.sampled_from([0, 3]),
    says=st.booleans(),
)
def test_every_value_of_a_span_comes_once_and_in_order(
    values, bounds, page, operations, forgets, says
):
    """Cut by continuation points or silently, few nodes at once, points forgotten: all comes."""
    held = [[T0 + t for t in times] for times in values]
    server = Server(held, page, operations, forgets, says=says)
    spans = [
        Span(ua.NodeId(i, 2), T0 + min(bounds[i]), T0 + max(bounds[i])) for i in range(len(held))
    ]
    came: dict[int, list[int]] = {i: [] for i in range(len(held))}

    async def read():
        async for piece in history(server, spans):
            for span, found in piece:
                came[spans.index(span)] += [instant(v.SourceTimestamp, 0) for v in found]

    asyncio.run(asyncio.wait_for(read(), 20))
    assert came == {
        i: [t for t in times if T0 + min(bounds[i]) < t < T0 + max(bounds[i])]
        for i, times in enumerate(held)
    }


def test_a_server_that_forgets_every_point_is_left_with_the_reason():
    """Of one value a page nothing can come after the first: it is told, and not asked for ever."""
    server = Server([[T0 + t for t in (1, 2, 3)]], 1, 5, 1, says=True)
    (span,) = [Span(ua.NodeId(0, 2), T0, T0 + 9)]
    came: list[int] = []

    async def read():
        async for piece in history(server, [span]):
            came.extend(instant(v.SourceTimestamp, 0) for _, found in piece for v in found)

    asyncio.run(asyncio.wait_for(read(), 20))
    assert came == [T0 + 1]
    assert span.problem == "BadContinuationPointInvalid"


def test_a_server_that_says_the_same_for_ever_is_left():
    """An answer that does not get on in time ends the reading of that node."""
    same = ua.HistoryReadResult(
        HistoryData=ua.HistoryData(
            DataValues=[ua.DataValue(ua.Variant(1.0), SourceTimestamp=stamp(T0 + 5))]
        ),
        ContinuationPoint=b"again",
    )

    class Stubborn:
        asked = 0

        async def history_read(self, asked):
            self.asked += 1
            return [same]

    async def read(server):
        span = Span(ua.NodeId(1, 2), T0, T0 + 100)
        return [len(found) async for piece in history(server, [span]) for _, found in piece]

    assert sum(asyncio.run(asyncio.wait_for(read(Stubborn()), 5))) == 1
