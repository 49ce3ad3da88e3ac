"""What a source that tells only changes says by its silence: every point's last word stands.

An OPC UA server notifies when a value changes (OPC 10000-4, 5.13) and a Sparkplug edge node
reports by exception; in between they only show that they are there. What they told last, Bad
status included, counts as said again once a row. It must never outlive the subscription: what is
connected anew has told nothing yet.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.judged import NOTHING, Readings
from twin_core.value import Instant


class Standing:
    """The last word of every point whose source tells only changes."""

    def __init__(self, columns: Columns) -> None:
        n = len(columns.source)
        self._on_change = columns.on_change
        self._any = bool(columns.on_change.any())
        self._time = np.zeros(n, np.int64)
        self._value = np.full(n, np.nan)
        self._status = np.zeros(n, np.uint32)
        self._code = np.zeros(n, np.uint8)
        self._told = np.zeros(n, bool)

    def hear(self, readings: Readings) -> None:
        """Readings sorted by point, then time: the last of each point is its word."""
        if not self._any:
            return
        p = readings.point
        self._time[p], self._value[p] = readings.time, readings.value
        self._status[p], self._code[p] = readings.status, readings.code
        self._told[p] = self._on_change[p]

    def forget(self, points: NDArray[np.int64]) -> None:
        """Their source is connected anew, and will tell them anew."""
        self._told[points] = False

    def of(self, start: Instant, end: Instant, speaks: NDArray[np.bool_]) -> Readings:
        """What is said again at the end of a row by points that were told before its start.

        Args:
            start: of the row, plant time.
            end: of the row.
            speaks: per point: its source can be heard.
        """
        if not self._any:
            return NOTHING
        p = np.flatnonzero(self._told & speaks & (self._time < start))
        return Readings(
            p, np.full(len(p), end - 1), self._value[p], self._status[p], self._code[p]
        )  # fmt: skip
