"""A loss that began before all that is remembered: which hour of the past has to be recalled.

A cause shows where it begins; an hour into a loss nothing changes any more. It must never decide
from where the past is had.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis import stops
from twin_core.diagnosis.lines import rates
from twin_core.diagnosis.since import MINUTE_US, by_minute, losing_since
from twin_core.diagnosis.window import cut
from twin_core.plant.assets import Line
from twin_core.plant.classes import Role
from twin_core.recent import SPAN_ROWS, Recent, joined
from twin_core.simulation.calendar import planned_stops
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_BEFORE_S = 1200
"""Seconds of what was usual that must be remembered before a loss begins."""
_AFTER_S = 1200
"""Seconds of the loss itself that tell what kind it is."""


def lost_from_memory(snapshot: Snapshot, line: Line) -> bool:
    """Whether the line loses and the hour, though full, does not show how that began."""
    time, usual = snapshot.recent.time, _usual(snapshot, line)
    if len(time) < SPAN_ROWS or usual is None:
        return False
    window = cut(snapshot, {u.id for u in line.units})
    rate = np.where(stops.shared(window, line), np.nan, rates(window, line))
    since = losing_since(*by_minute(time, rate), usual)
    return since is not None and since < int(time[0]) + _BEFORE_S * SECOND


def to_recall(snapshot: Snapshot, line: Line) -> Instant | None:
    """The end of the hour that shows how the line's loss began, by the minutes remembered longer.

    None where the last hour shows it, the line does not lose now, or did so all the time.
    """
    usual, past = _usual(snapshot, line), snapshot.past
    made = _made(snapshot, line)
    if usual is None or made is None or not lost_from_memory(snapshot, line):
        return None
    begins = past.minute - MINUTE_US
    nominal = past.nominal[:, [x.id for x in snapshot.plant.lines].index(line.id)]
    # of another product a minute counts by its share of what is nominal of that
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isfinite(nominal), nominal[-1] / nominal, 1.0)
    rate = made * np.where(np.isfinite(share), share, np.nan)
    for stop in planned_stops(snapshot.plant, line.id, int(begins[0]), int(begins[-1])):
        rate[(begins > stop.start - MINUTE_US) & (begins <= stop.end + 2 * MINUTE_US)] = np.nan
    since, known = losing_since(begins, rate, usual), begins[np.isfinite(rate)]
    if since is None or since <= int(known[0]):
        return None
    return min(since + _AFTER_S * SECOND, int(snapshot.recent.time[0]) - GRID_S * SECOND)


def _made(snapshot: Snapshot, line: Line) -> NDArray[np.float64] | None:
    """What the line made in each remembered minute, its unit of flow; None if it is not counted."""
    plant, past = snapshot.plant, snapshot.past
    counter = plant.counter(line)
    point = counter.with_role(Role.PRODUCED) if counter is not None else None
    if counter is None or point is None or not len(past.minute):
        return None
    column = int(past.counters[plant.index[point.id]])
    return past.made[:, column].astype(np.float64) * plant.in_flow(line, counter)


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
