"""What came of a forecast, from what a site remembers of its minutes. It must never fill a gap."""

import numpy as np

from twin_core.operations.past import Past
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.value import SECOND, Instant

_MINUTE_US = 60 * SECOND


def came(plant: Plant, past: Past, line: str, start: Instant, end: Instant) -> float | None:
    """The line's mean rate over the whole minutes of a stretch, in its unit of flow per minute.

    None where one of them was not heard, or is not remembered.

    Raises:
        UnknownName: no such line.
    """
    found = plant.line(line)
    counter = plant.counter(found)
    point = None if counter is None else counter.with_role(Role.PRODUCED)
    if point is None or not len(past.counters):
        return None
    column = int(past.counters[plant.index[point.id]])
    first, last = -(-start // _MINUTE_US), end // _MINUTE_US
    if counter is None or column < 0 or last <= first:
        return None
    rows = (past.minute > first * _MINUTE_US) & (past.minute <= last * _MINUTE_US)
    made = past.made[rows, column].astype(np.float64)
    if len(made) != last - first or not np.isfinite(made).all():
        return None
    return float(made.mean()) * plant.in_flow(found, counter)
