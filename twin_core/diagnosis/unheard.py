"""When what changed while nothing was heard may have changed: at any time of that spell.

The first value after a silence, or after a spell that was left out between two that are remembered,
shows the change and not when it came. It must never make an onset surer than it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.window import Window
from twin_core.plant.assets import Line, Point
from twin_core.plant.classes import Role
from twin_core.twin import GRID_S
from twin_core.value import SECOND, Instant

_HEARD_S, _PERIODS = 60.0, 6.0
"""Seconds, and periods of its own, without a value after which a point was not heard."""


def honest(window: Window, signs: Mapping[tuple[str, str], Sign]) -> dict[tuple[str, str], Sign]:
    """The signs, with onsets as wide as the silences of their points that they touch.

    Not of what is itself a silence, nor of what a rule of quality dates.
    """
    found = dict(signs)
    for key, sign in signs.items():
        if sign.shows != "missing" and sign.against != "rule":
            point = window.plant.point(sign.point)
            onset, onset_s = within(window, point, sign.onset, sign.onset_s)
            found[key] = replace(sign, onset=onset, onset_s=onset_s)
    return found


def within(window: Window, point: Point, onset: Instant, onset_s: float) -> tuple[Instant, float]:
    """An onset and its half-width in seconds, with the silences of a point that it touches."""
    low, high = onset - round(onset_s * SECOND), onset + round(onset_s * SECOND)
    first, last = low, high
    for begin, end in _silences(window, point):
        if begin <= high and end >= low:
            first, last = min(first, begin), max(last, end)
    if (first, last) == (low, high):
        return onset, onset_s
    return (first + last) // 2, (last - first) / 2 / SECOND


def of_line(window: Window, line: Line, onset: Instant, onset_s: float) -> tuple[Instant, float]:
    """Since when a line makes less: it may be at any time of a spell in which none was counted."""
    counter = window.plant.counter(line)
    point = counter.with_role(Role.PRODUCED) if counter is not None else None
    return (onset, onset_s) if point is None else within(window, point, onset, onset_s)


def _silences(window: Window, point: Point) -> Iterator[tuple[Instant, Instant]]:
    """From the last value before to the first one after each spell without any."""
    at = window.plant.index[point.id]
    heard = window.time[np.isfinite(window.snapshot.recent.mean[:, at])]
    apart = np.diff(heard) - GRID_S * SECOND
    longest = max(_HEARD_S, _PERIODS * point.spec.period_s) * SECOND
    for k in np.flatnonzero(apart > longest):
        yield int(heard[k]), int(heard[k + 1]) - GRID_S * SECOND
