"""Many points as believed now, in plain rows: what `Snapshot.latest` says, without its words.

For whoever asks for a thousand at once. It must never judge otherwise than `Snapshot.latest`.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from twin_core.plant.assets import Point
from twin_core.reading import Quality, quality
from twin_core.twin import Snapshot, SourceState
from twin_core.value import SECOND, Instant

State: TypeAlias = Literal["good", "uncertain", "stale", "quarantined", "no_data"]


class Latest(NamedTuple):
    """One point; see `Believed`."""

    value: float | None
    time: Instant | None
    status: int
    state: State


def latest(snapshot: Snapshot, paths: Sequence[str]) -> list[Latest]:
    """The points of these paths or aliases, in that order.

    Raises:
        UnknownName: no such point.
    """
    plant, index = snapshot.plant, snapshot.plant.index
    at = [index[path] if path in index else index[plant.point(path).id] for path in paths]
    columns = (snapshot.value[at], snapshot.time[at], snapshot.status[at])
    wires = {source.id for source in plant.sources}
    found = []
    for i, value, time, status in zip(at, *(c.tolist() for c in columns), strict=True):
        point = plant.points[i]
        # Nobody reads it, or there is a doubt that its reading does not show.
        if point.source not in wires or _doubted(snapshot, point):
            seen = snapshot.latest(point.id)
            found.append(Latest(seen.value, seen.time, seen.status, seen.state))
            continue
        state = _state(snapshot, point.id, value, time, status, snapshot.sources.get(point.source))
        shown = state in {"good", "uncertain", "stale"}
        found.append(Latest(value if shown else None, time or None, status, state))
    return found


def _doubted(snapshot: Snapshot, point: Point) -> bool:
    return point.id in snapshot.doubted or point.source in snapshot.skewed


def _state(
    snapshot: Snapshot, path: str, value: float, time: int, status: int, source: SourceState | None
) -> State:
    if source is None or not source.up:
        return "no_data"
    if path in snapshot.quarantined:
        return "quarantined"
    if time == 0 or np.isnan(value):
        return "quarantined" if quality(status) is Quality.BAD else "no_data"
    if snapshot.now - time > snapshot.stale_after_s(path) * SECOND:
        return "stale"
    return "good" if quality(status) is Quality.GOOD else "uncertain"
