"""Many points as believed now, in columns: what `Snapshot.latest` says, without its words.

For whoever asks for a thousand at once. It must never judge otherwise than `Snapshot.latest`.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import DERIVED, Plant, Point
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

State: TypeAlias = Literal["good", "uncertain", "stale", "quarantined", "no_data"]
_STATES: tuple[State, ...] = get_args(State)
_GOOD, _UNCERTAIN, _STALE, _HELD, _NO_DATA = range(len(_STATES))


class Latest(NamedTuple):
    """Of each point asked for what `Believed` says of one, in the order asked for."""

    value: list[float | None]
    time: list[Instant | None]
    status: list[int]
    state: list[State]


def latest(snapshot: Snapshot, paths: Sequence[str]) -> Latest:
    """The points of these paths or aliases, in that order.

    Raises:
        UnknownName: no such point.
    """
    at = _indices(snapshot.plant, paths)
    points = [snapshot.plant.points[i] for i in at]
    value, time = snapshot.value[at], snapshot.time[at]
    told = Latest(value.tolist(), time.tolist(), snapshot.status[at].tolist(), [])
    state = _states(snapshot, at, points)
    told.state.extend(_STATES[code] for code in state.tolist())
    for i in np.flatnonzero(state >= _HELD).tolist():
        told.value[i] = None
    for i in np.flatnonzero(time == 0).tolist():
        told.time[i] = None
    skewed = snapshot.skewed
    for i, point in enumerate(points):
        # Nobody reads it, or there is a doubt that its reading does not show.
        if point.source == DERIVED or point.id in snapshot.doubted or point.source in skewed:
            seen = snapshot.latest(point.id)
            told.value[i], told.time[i] = seen.value, seen.time
            told.status[i], told.state[i] = seen.status, seen.state
    return told


def _indices(plant: Plant, paths: Sequence[str]) -> NDArray[np.int64]:
    index = plant.index
    try:
        return np.array([index[path] for path in paths], np.int64)
    except KeyError:  # rare: named once more, as one finds it that is not the path itself
        return np.array([index[plant.point(path).id] for path in paths], np.int64)


def _states(
    snapshot: Snapshot, at: NDArray[np.int64], points: Sequence[Point]
) -> NDArray[np.int64]:
    """Positions in _STATES of points that are read; the first that applies."""
    plant = snapshot.plant
    up = {name for name, source in snapshot.sources.items() if source.up}
    heard = np.array([point.source in up for point in points], bool)
    held = np.zeros(len(plant.points), bool)
    held[[plant.index[path] for path in snapshot.quarantined]] = True
    time, severity = snapshot.time[at], snapshot.status[at] >> 30
    nothing = (time == 0) | np.isnan(snapshot.value[at])
    period = np.array([point.spec.period_s for point in points], np.float64)
    stale = snapshot.now - time > np.maximum(20, 10 * period) * SECOND
    return np.select(
        [~heard, held[at], nothing & (severity >= 2), nothing, stale, severity == 0],
        [_NO_DATA, _HELD, _HELD, _NO_DATA, _STALE, _GOOD],
        _UNCERTAIN,
    )
