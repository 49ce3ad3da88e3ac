"""A loss that began before all that is remembered: which hour of the past has to be recalled.

A cause shows where it begins; an hour into a loss nothing changes any more. It must never decide
from where the past is had.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis import stops
from twin_core.diagnosis.lines import rates
from twin_core.diagnosis.since import BLOCK, MINUTE_US, by_minute, losing_since
from twin_core.diagnosis.window import cut
from twin_core.plant.assets import Line
from twin_core.recent import SPAN_ROWS, Recent, joined
from twin_core.simulation.calendar import planned_stops
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_BEFORE_S = 1200
"""Seconds of what was usual that must be remembered before a loss begins."""
_AFTER_S = 1200
"""Seconds of the loss itself that tell what kind it is."""


def lost_from_memory(snapshot: Snapshot, line: Line) -> bool:
    """Whether the line loses and memory does not show how that began, though it is full."""
    time, usual = snapshot.recent.time, _usual(snapshot, line)
    if len(time) < SPAN_ROWS or usual is None:
        return False
    window = cut(snapshot, {u.id for u in line.units})
    rate = np.where(stops.shared(window, line), np.nan, rates(window, line))
    since = losing_since(*by_minute(time, rate), usual)
    return since is not None and since < int(time[0]) + _BEFORE_S * SECOND


def to_recall(
    snapshot: Snapshot, line: Line, time: NDArray[np.int64], count: NDArray[np.float64]
) -> Instant | None:
    """The end of the hour that shows how the line's loss began.

    None if it does not lose now, or did so all the time.

    Args:
        snapshot: belief now.
        line: that loses.
        time: when each minute begins, Instant, int64[N], ascending.
        count: what its counter stood at in the end of each, float64[N]; NaN where not heard.
    """
    usual, counter = _usual(snapshot, line), snapshot.plant.counter(line)
    if usual is None or counter is None or len(time) < BLOCK:
        return None
    made = np.diff(count, prepend=np.nan)
    rate = np.where(made >= 0, made, np.nan) * snapshot.plant.in_flow(line, counter)
    for stop in planned_stops(snapshot.plant, line.id, int(time[0]), int(time[-1])):
        rate[(time > stop.start - MINUTE_US) & (time <= stop.end + 2 * MINUTE_US)] = np.nan
    since = losing_since(time, rate, usual)
    known = time[np.isfinite(rate)]
    if since is None or since <= int(known[0]):
        return None
    return min(since + _AFTER_S * SECOND, int(snapshot.recent.time[0]) - GRID_S * SECOND)


def remembering(snapshot: Snapshot, earlier: Recent) -> Snapshot:
    """Belief now that remembers an hour of the past in the place of all but its newest minutes.

    As if the loss had begun lately: so much of what was usual, so much of the loss.
    """
    recent = snapshot.recent
    newest = recent.span(snapshot.watermark - _AFTER_S * SECOND, snapshot.watermark)
    later = Recent(
        recent.time[newest], recent.mean[newest], recent.low[newest], recent.high[newest]
    )
    return replace(snapshot, recent=joined(earlier, later))


def _usual(snapshot: Snapshot, line: Line) -> float | None:
    known = snapshot.indicators.get(line.id)
    return known.usual if known is not None else None
