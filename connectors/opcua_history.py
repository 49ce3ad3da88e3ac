"""HistoryRead Raw of some nodes (OPC 10000-11, 6.5.3): pieces of bounded size, oldest first.

A server may cut an answer with a continuation point, or by the number of values alone; both are
read on. It must never ask for more at once than the loop can decode in one short block.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from connectors.opcua_reading import instant
from twin_core.value import Instant

_NODES = 5  # read at once
_VALUES = 100  # of each node at once: together about 20 ms of decoding
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FEWER = frozenset({StatusCodes.BadTooManyOperations, StatusCodes.BadResponseTooLarge,
                    StatusCodes.BadEncodingLimitsExceeded})  # fmt: skip
_ANEW_MOST = 4  # times in a row without anything later
_ANEW = frozenset({StatusCodes.BadNoContinuationPoints, StatusCodes.BadContinuationPointInvalid})


@dataclass(slots=True)
class Span:
    """What is wanted of one node: values after `start` and before `end`, by the server's clock.

    Attributes:
        problem: the name of the status code with which the server refused it; empty = it did not.
        done: whether there is no more. `at`: from when on to read; `point`: or from which
            continuation point on. `stuck`: how often in a row, begun anew, nothing later came than
            `best`, the latest so far.
    """

    node: ua.NodeId
    start: Instant
    end: Instant
    problem: str = ""
    done: bool = False
    at: Instant = 0
    point: bytes | None = field(default=None, repr=False)
    stuck: int = 0
    best: Instant = 0


async def readable(wire: Any, nodes: Sequence[ua.NodeId]) -> list[bool]:
    """Whether the server lets us read each node's history (HistoryRead of UserAccessLevel)."""
    found: list[bool] = []
    for at in range(0, len(nodes), 500):
        part = list(nodes[at : at + 500])
        for shown in await wire.read_attributes(part, AttributeIds.UserAccessLevel):
            level = shown.Value.Value if shown.Value is not None else 0
            bit = 1 << ua.AccessLevel.HistoryRead.value
            found.append(isinstance(level, int) and bool(level & bit))
    return found


async def history(
    wire: Any, spans: Sequence[Span]
) -> AsyncIterator[list[tuple[Span, list[ua.DataValue]]]]:
    """What the server has of each span, piece by piece; of a node in the order of time.

    Args:
        wire: asyncua's session.
        spans: moved on and marked done, or with their problem, as they are read.

    Raises:
        OSError, TimeoutError, ua.UaError: the service itself was refused, or the wire broke.
    """
    most = _NODES
    for span in spans:
        span.at = span.start
    # One request has one time to start from: what is near each other in time goes together.
    ordered = sorted(spans, key=lambda span: span.start)
    for first in range(0, len(ordered), _NODES):
        group = ordered[first : first + _NODES]
        while rest := [span for span in group if not span.done]:
            # who is stuck is asked alone: a server that forgets by turns may always forget his
            alone = [span for span in rest if span.stuck]
            part = (alone[:1] or [s for s in rest if s.point is not None] or rest)[:most]
            try:
                results = await wire.history_read(_asked(part))
            except UaStatusCodeError as problem:
                if problem.code not in _FEWER or most == 1:
                    raise
                most = max(1, most // 2)
                continue
            started = min(span.at for span in part)
            yield [(s, _taken(s, result, started)) for s, result in zip(part, results, strict=True)]


def _asked(spans: Sequence[Span]) -> ua.HistoryReadParameters:
    return ua.HistoryReadParameters(
        HistoryReadDetails=ua.ReadRawModifiedDetails(
            IsReadModified=False,
            StartTime=_moment(min(span.at for span in spans)),
            EndTime=_moment(max(span.end for span in spans)),
            NumValuesPerNode=_VALUES,
            ReturnBounds=False,
        ),
        TimestampsToReturn=ua.TimestampsToReturn.Both,
        ReleaseContinuationPoints=False,
        NodesToRead=[
            ua.HistoryReadValueId(NodeId=span.node, ContinuationPoint=span.point) for span in spans
        ],
    )


def _taken(span: Span, result: ua.HistoryReadResult, started: Instant) -> list[ua.DataValue]:
    """The values that the answer to a request from `started` on adds; the span is moved on."""
    if result.StatusCode.value in _ANEW and span.point and span.stuck < _ANEW_MOST:
        span.point = None
        return []
    if result.StatusCode.is_bad():
        span.problem, span.done = result.StatusCode.name, True
        return []
    shown = result.HistoryData.DataValues if isinstance(result.HistoryData, ua.HistoryData) else ()
    timed = [(instant(v.SourceTimestamp or v.ServerTimestamp, 0), v) for v in shown or ()]
    newest = max((time for time, _ in timed), default=0)
    anew, span.point = span.point is None, result.ContinuationPoint or None
    # Some servers cut an answer at the number of values asked for and do not say so; one that
    # does not get on in time is not asked for ever. Begun anew, an answer of few may hold no more
    # than what we had: then its continuation point is followed, and if that is forgotten too it is
    # begun anew a few times.
    idle = newest <= started and anew and span.point is not None
    span.stuck = 0 if newest > span.best else span.stuck + idle
    span.best = max(span.best, newest)
    cut = (span.point is not None or len(timed) >= _VALUES) and (newest > started or idle)
    span.done = not cut or newest >= span.end
    span.at = max(started, newest)
    found = [value for time, value in timed if span.start < time < span.end]
    span.start = max(span.start, min(newest, span.end))
    return found


def _moment(at: Instant) -> datetime:
    return _EPOCH + timedelta(microseconds=at)
