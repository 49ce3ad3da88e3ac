"""`POST /values/changes`: a stream of what changes in belief, as server-sent events.

The first event tells every point asked for, each later one those believed otherwise since. A slow
reader gets fewer, later events, never an ever longer queue: each compares with what was sent last.
The stream ends when the server is told to stop, and never holds that up.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api.routes import AskerOf, SystemOf
from api.values import Wanted
from twin_core.changes import Glance
from twin_core.latest import Latest, latest
from twin_core.twin import Snapshot

router = APIRouter()

_LOOK_S = 0.25  # host seconds between two looks
_BEAT_S = 15.0  # host seconds without a change after which a comment says that we are there


@router.post("/values/changes")
async def changes(
    request: Request, system: SystemOf, _asker: AskerOf, body: Wanted
) -> StreamingResponse:
    """Events `values`: points, value, time, status, state in columns, and plant time `now`."""
    plant = system.plant
    paths = [plant.point(path).id for path in body.points]

    async def gone() -> bool:
        return request.app.state.leaving() or await request.is_disconnected()

    told = stream(system.pump.snapshot, paths, gone)
    return StreamingResponse(told, media_type="text/event-stream")


async def stream(
    snapshots: Callable[[], Snapshot],
    paths: Sequence[str],
    gone: Callable[[], Awaitable[bool]],
) -> AsyncIterator[str]:
    """The events, until the reader or the server is `gone`."""
    loop = asyncio.get_running_loop()
    before: Glance | None = None
    said: dict[str, tuple[object, ...]] = {}
    quiet_since = loop.time()
    while not await gone():
        snapshot = snapshots()
        if before is None or snapshot is not before.snapshot:
            glance = Glance.of(snapshot, before)
            moved = set(glance.differing(before).tolist())
            before = glance
            due = [path for path in paths if snapshot.plant.index[path] in moved]
            rows = zip(due, zip(*latest(snapshot, due), strict=True), strict=True)
            news = {path: row for path, row in rows if said.get(path) != _told(row)}
            said.update({path: _told(row) for path, row in news.items()})
            if news:
                quiet_since = loop.time()
                yield _event(snapshot, news)
        if loop.time() - quiet_since >= _BEAT_S:
            quiet_since = loop.time()
            yield ": here\n\n"
        await asyncio.sleep(_LOOK_S)


def _told(row: tuple[object, ...]) -> tuple[object, ...]:
    """What makes a difference to a reader: a source time that goes on under one value does not."""
    value, _, status, state = row
    return value, status, state


def _event(snapshot: Snapshot, news: Mapping[str, tuple[object, ...]]) -> str:
    columns = dict(zip(Latest._fields, map(list, zip(*news.values(), strict=True)), strict=True))
    body = orjson.dumps({"now": snapshot.now, "points": list(news), **columns}).decode()
    return f"event: values\ndata: {body}\n\n"
