"""A loss that began before all that is remembered: which hour of the past has to be recalled.

A cause shows where it begins; an hour into a loss nothing changes any more. It must never decide
from where the past is had.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.lines import losing, usual_of
from twin_core.diagnosis.since import MINUTE_US, losing_since
from twin_core.diagnosis.window import Window, cut, planned
from twin_core.plant.assets import Line
from twin_core.plant.classes import Role
from twin_core.recent import SPAN_ROWS, Recent, joined
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_BEFORE_S = 1200
"""Seconds of what was usual that must be remembered before a loss begins."""
_AFTER_S = 1200
"""Seconds of the loss itself that tell what kind it is."""


def lost_from_memory(window: Window, line: Line) -> bool:
    """Whether the line loses and the hour, though full, does not show how that began."""
    if len(window.time) < SPAN_ROWS:
        return False
    since = losing(window, line)
    return since is not None and since < int(window.time[0]) + _BEFORE_S * SECOND


def to_recall(snapshot: Snapshot, line: Line) -> Instant | None:
    """The end of the hour that shows how the line's loss began, by the minutes remembered longer.

    It may lie inside what is remembered: a loss that began early in that has too little of what
    was usual before it there. None where the last hour shows it, the line does not lose now, or
    did so all the time.
    """
    usual, made, past = usual_of(snapshot, line), _made(snapshot, line), snapshot.past
    if usual is None or made is None:
        return None
    if not lost_from_memory(cut(snapshot, {u.id for u in line.units}), line):
        return None
    nominal = past.nominal[:, [x.id for x in snapshot.plant.lines].index(line.id)]
    # of another product a minute counts by its share of what is nominal of that
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isfinite(nominal), nominal[-1] / nominal, 1.0)
    rate = made * np.where(np.isfinite(share), share, np.nan)
    rate[planned(snapshot.plant, line.id, past.minute)] = np.nan
    begins = past.minute - MINUTE_US
    since, known = losing_since(begins, rate, usual), begins[np.isfinite(rate)]
    if since is None or since <= int(known[0]):
        return None
    # an hour that ended before the loss began would date it to where the newest minutes begin
    return min(since + _AFTER_S * SECOND, _newest(snapshot))


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
    newest = recent.span(_newest(snapshot), snapshot.watermark)
    later = Recent(
        recent.time[newest], recent.mean[newest], recent.low[newest], recent.high[newest]
    )
    return replace(snapshot, recent=joined(earlier, later))


def _newest(snapshot: Snapshot) -> Instant:
    """Where the newest minutes begin, which are never taken from the history."""
    return snapshot.watermark - _AFTER_S * SECOND
