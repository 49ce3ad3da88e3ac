"""What was believed at a moment of the past: a pure function of the readings around it.

A twin that knows nothing takes the hour of readings up to that moment, and so much later as it
takes to settle it; no incident is opened. It must never tell from where the readings are had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.reading import Batch, SourceEvent
from twin_core.recent import SPAN_ROWS
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant
from twin_core.watermark import LATENESS_US, SILENT_US, STEP_US

HOUR_US = SPAN_ROWS * GRID_S * SECOND
_SETTLES_US = LATENESS_US + 2 * STEP_US
"""Readings of so much later settle a moment, and belief of it is whole only then."""


def bearing(at: Instant) -> tuple[Instant, Instant]:
    """From when on, and until when, readings bear on what is believed at a moment."""
    return max(0, at - HOUR_US), at + _SETTLES_US


@dataclass(frozen=True, slots=True)
class Heard:
    """What some points of a plant said around a moment.

    Attributes:
        points: indices; the others are as if they were not there.
        at: the moment.
        readings: of the time that bears on it, by plant time.
    """

    plant: Plant
    points: Sequence[int]
    at: Instant
    readings: Sequence[Batch]


def recall(heard: Heard) -> Snapshot:
    """What was believed at the moment of what was heard, with the hour before it."""
    plant, points, at = heard.plant, heard.points, heard.at
    twin, (start, end) = Twin(plant), bearing(at)
    source_of = np.array([p.source for p in plant.read])
    last = dict.fromkeys(sorted({plant.read[i].source for i in points}), start)
    tells_changes = {s.id for s in plant.sources if s.on_change}

    def alive(source: str, time: Instant) -> None:
        twin.apply(SourceEvent(source=source, kind="alive", time=time), time)

    for source in last:
        twin.apply(SourceEvent(source=source, kind="up", time=start), start)
    for batch in heard.readings:
        newest = int(batch.time[-1])
        twin.apply(batch, newest)
        for source in last:
            mine = batch.time[source_of[batch.point] == source]
            last[source] = max(last[source], int(mine.max(initial=0)))
            if source in tells_changes:
                alive(source, newest)
    for source, time in last.items():
        if source in tells_changes or time > at - SILENT_US:
            alive(source, end)  # all that it said up to then is there
    twin.tick(end)
    found = twin.snapshot(end)
    asked = {plant.points[i].id for i in points}
    # what was not asked for was not heard, and is no instrument that fell silent
    quarantined = {p: why for p, why in found.quarantined.items() if p in asked}
    return replace(found, quarantined=quarantined, incidents=())
