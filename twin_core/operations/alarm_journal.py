"""When alarms were raised, remembered in columns for the standard's metrics.

It must never hold an alarm that nobody was shown.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.recent import Rows
from twin_core.value import Instant

MOST = 20_000
"""Activations that are remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """Activations, oldest first.

    Attributes:
        since: from when on it is complete; 0 before the first row.
        time: plant time; `point` index into `Plant.points`; `side` into SIDES; int64[N] each.
    """

    since: Instant
    time: NDArray[np.int64]
    point: NDArray[np.int64]
    side: NDArray[np.int64]


class Activations:
    """Writes the journal."""

    def __init__(self) -> None:
        self._rows = Rows((3,), np.int64, MOST)
        self._since: Instant = 0

    def begin(self, at: Instant) -> None:
        """The twin has begun to watch, at the latest at that time."""
        self._since = self._since or at

    def add(self, at: Instant, point: int, side: int) -> None:
        """An alarm was raised."""
        self._rows.append(np.array([at, point, side], np.int64))

    def journal(self) -> Journal:
        """What is remembered, sharing memory."""
        rows = self._rows.view()
        since = int(rows[0, 0]) if len(rows) == MOST else self._since
        return Journal(since, rows[:, 0], rows[:, 1], rows[:, 2])
