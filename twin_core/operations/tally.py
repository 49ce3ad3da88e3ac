"""What counters gained in each minute of days, and the nominal rates that held then.

Written from rows of the common grid. It must never give a minute what came in over a gap.
"""

import numpy as np

from twin_core.operations.counting import Counting
from twin_core.plant.assets import Plant
from twin_core.recent import Rows
from twin_core.value import SECOND, Instant

MINUTE_US = 60 * SECOND
MOST = 3000
"""Minutes that are remembered: fifty hours, so that a day can be held against the one before."""

_GAP_S = 120.0
"""What a counter gained over a longer silence (or three periods) belongs to no minute."""


class Tally:
    """Writes minutes.

    Attributes:
        minute: ends of minutes, int64[T]; `made` by counter, NaN where it was not heard,
            float32[T, C]; `nominal` by line, per minute, NaN where not given, float32[T, L].
    """

    def __init__(self, plant: Plant, counting: Counting) -> None:
        self._counting = counting
        self._lines = [line.id for line in plant.lines]
        counters = np.flatnonzero(counting.slot >= 0)
        n = len(counters)
        self._total = np.zeros(n)
        self._time = np.zeros(n, np.int64)
        periods = np.array([plant.points[i].spec.period_s for i in counters.tolist()])
        self._gap = (np.maximum(_GAP_S, 3 * periods) * SECOND).astype(np.int64)
        self.minute = Rows((), np.int64, MOST)
        self.made = Rows((n,), np.float32, MOST)
        self.nominal = Rows((len(self._lines),), np.float32, MOST)

    def close(self, end: Instant, nominal: dict[str, float | None]) -> None:
        """Close a row; with it the minute that ends there, if one does.

        Args:
            end: of the row.
            nominal: by line path, of what is being made.
        """
        if end % MINUTE_US:
            return
        total, time = self._counting.now()
        step = time - self._time
        known = (step > 0) & (step <= self._gap) & (self._time > 0)
        self.made.append(np.where(known, total - self._total, np.nan))
        self._total, self._time = total, time
        self.minute.append(end)
        given = [nominal.get(line) for line in self._lines]
        self.nominal.append(np.array([np.nan if x is None else x for x in given]))
