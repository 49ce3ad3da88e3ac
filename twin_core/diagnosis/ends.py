"""Belts that show empty or full while their neighbours say that they are not.

An empty belt starves what it feeds and a full one blocks what feeds it: where neither happens for
minutes, or it shows more than it can hold, the level is wrong, not the belt. It must never look at
what a belt shows in between.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.window import Window, began
from twin_core.plant.assets import Link, Point, Unit
from twin_core.plant.classes import Role, Shows

_ROWS = 12
"""Buckets for which a belt must show its end: what lies on it has long passed."""
_EDGE = 0.02
"""Share of its room within which a belt is empty or full."""
_MORE = 1.15
"""Times its room beyond which no belt holds anything."""
_NEVER = 0.15
"""Share of the time below which a machine does not wait."""
_ON_ITS_WAY_S = 120.0
"""Seconds by which the moment may be wrong at which a level set out for an end."""
_RUNS = 0.5
"""Share of the time from which on a machine runs."""


def observe(window: Window) -> list[Sign]:
    """A `falling` or `rising` sign of every level at an end of its belt that its machines belie."""
    found = (_belied(window, link) for link in window.plant.links)
    return [sign for sign in found if sign is not None]


def _belied(window: Window, link: Link) -> Sign | None:
    buffer, plant = link.buffer, window.plant
    if buffer is None or buffer.conveyor is None or buffer.conveyor not in window.units:
        return None
    level = plant.units[buffer.conveyor].with_role(Role.LEVEL)
    if level is None:
        return None
    course = window.mean[:, plant.index[level.id]]
    seen = course[-_ROWS:]
    if len(seen) < _ROWS or not np.isfinite(seen).all():
        return None
    if (seen > _MORE * buffer.capacity).all():
        return _sign(window, level, course, "rising")
    edge = _EDGE * buffer.capacity
    empty, full = bool((seen <= edge).all()), bool((seen >= buffer.capacity - edge).all())
    if empty and _goes_on(window, plant.units[link.target], Role.STARVED):
        return _sign(window, level, course, "falling")
    if full and _goes_on(window, plant.units[link.source], Role.BLOCKED):
        return _sign(window, level, course, "rising")
    return None


def _sign(window: Window, level: Point, course: NDArray[np.float64], shows: Shows) -> Sign:
    now = float(course[-1])
    known = np.isfinite(course)
    half = (float(np.median(course[known])) + now) / 2.0
    away = course < half if shows == "falling" else course > half
    stays = np.flatnonzero(known & ~away)
    row = int(stays[-1]) if len(stays) else 0  # the last bucket that was not on its way there
    usual = float(np.median(course[known][: max(1, row)]))
    return Sign(
        point=level.id, shows=shows, strength=1.0, usual=usual, now=now, unit=level.spec.unit,
        onset=began(window, row), onset_s=_ON_ITS_WAY_S, against="law", sure=True,
        note="what feeds it and what it feeds say otherwise",
    )  # fmt: skip


def _goes_on(window: Window, unit: Unit, waits: Role) -> bool:
    """Whether a machine ran and did not wait in the newest buckets."""
    flag = window.of_role(unit, waits)
    if flag is None or not np.isfinite(flag[-_ROWS:]).all():
        return False
    runs = float(np.mean(window.executes(unit)[-_ROWS:]))
    return float(np.mean(flag[-_ROWS:])) < _NEVER and runs >= _RUNS
