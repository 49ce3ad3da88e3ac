"""What is usual of each point: how far it steps from reading to reading, how often it repeats.

Learned from plausible readings, begun from the plant file's noise and resolution. It must never
judge: `quality.py` does, against this.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.value import SECOND

_LEARNED = 30
"""Readings before a point's usual step is known."""
_CHANCE = float(np.log(1e-12))
"""A run of equal readings less probable than this by the point's own habit is no habit."""
_SAME_FLOOR, _SAME_CEILING = 0.1, 0.9
"""Nobody's habit is trusted to be livelier than the floor; above the ceiling it is to stand."""
_SOONER = 0.95
"""Share of its period before which a reading is no new one: it was only asked for again."""
_FORGET = 2000.0
"""Readings after which what was learned about equal readings counts half."""


class Habit:
    """Usual steps and runs of equal readings, one entry a point in every array.

    Attributes:
        run: how many readings in a row have repeated the one before, float64[P].
        run_since: source time of the first of them, int64[P].
    """

    def __init__(self, columns: Columns) -> None:
        n = len(columns.source)
        self._columns = columns
        self.run = np.zeros(n)
        self.run_since = np.zeros(n, np.int64)
        self._last = np.zeros(n, np.int64)
        self._apart = (_SOONER * SECOND * columns.period_s).astype(np.int64)
        told = columns.noise > 0
        # An instrument whose noise is not told is not accused for less than 0.2 % of its span.
        least = np.maximum(columns.noise, columns.resolution)
        span = 0.002 * (columns.high - columns.low)
        self._least = np.where(told, least, np.maximum(least, span))
        # The mean absolute difference of two Gaussian readings is 2 / √π of their deviation.
        self._step = 1.13 * columns.noise
        self._steps = np.where(told, _LEARNED, 0)
        # Two readings of Gaussian noise s rounded to r are equal with probability r / (2 s √π).
        with np.errstate(divide="ignore", invalid="ignore"):
            equal = np.clip(0.282 * columns.resolution / columns.noise, 0, 1)
        # How often what tells only changes repeats itself, no data sheet says.
        known = told & ~columns.on_change
        self._weight = np.where(known, 50.0, 200.0)
        self._same = self._weight * np.where(known, equal, 0.995)

    def step(self, p: NDArray[np.int64]) -> NDArray[np.float64]:
        """Usual size of a step of these points; infinity where it is not known yet."""
        usual = np.maximum(self._step[p], self._least[p])
        return np.where(self._steps[p] >= _LEARNED, usual, np.inf)

    def learn(
        self,
        p: NDArray[np.int64],
        t: NDArray[np.int64],
        x: NDArray[np.float64],
        jump: NDArray[np.float64],
    ) -> None:
        """Take plausible readings, one a point; `jump` is the step from the one before, or NaN."""
        known = ~np.isnan(jump)
        q, step = p[known], jump[known]
        n = self._steps[q]
        most = np.where(n >= _LEARNED, 4 * np.maximum(self._step[q], self._least[q]), np.inf)
        self._step[q] += (np.minimum(step, most) - self._step[q]) / np.minimum(n + 1, 50)
        self._steps[q] = n + 1
        varies = known & self._columns.measured[p]
        self._repeat(p[varies], t[varies], x[varies], jump[varies] == 0)

    def stand(self, p: NDArray[np.int64], t: NDArray[np.int64], x: NDArray[np.float64]) -> None:
        """Points said to stand, one entry a point: their runs go on, and no step is learned."""
        varies = self._columns.measured[p]
        self._repeat(p[varies], t[varies], x[varies], np.ones(int(varies.sum()), bool))

    def _repeat(
        self,
        q: NDArray[np.int64],
        t: NDArray[np.int64],
        y: NDArray[np.float64],
        equal: NDArray[np.bool_],
    ) -> None:
        new = ~equal | (t - self._last[q] >= self._apart[q])
        q, t, y, equal = q[new], t[new], y[new], equal[new]
        self._last[q] = t
        # A measurement at the end of its scale, or of nothing, has no noise to show.
        at_end = (y == 0) | (y <= self._columns.low[q]) | (y >= self._columns.high[q])
        same = equal & ~at_end
        begun = q[same & (self.run[q] == 0)]
        self.run_since[begun] = t[same & (self.run[q] == 0)]
        other = q[~same]
        self._same[other] += self.run[other]
        self._weight[other] += self.run[other] + 1
        self.run[other] = 0
        self.run[q[same]] += 1

    def learn_run(
        self,
        p: int,
        t: NDArray[np.int64],
        x: NDArray[np.float64],
        jump: NDArray[np.float64],
        outlier: float,
    ) -> int:
        """Take plausible readings of one point, as `learn` would one after the other.

        Ends before the first whose `jump` is more than `outlier` usual steps; returns how many
        were taken.
        """
        step, steps, least = float(self._step[p]), int(self._steps[p]), float(self._least[p])
        taken = len(jump)
        for i, size in enumerate(jump.tolist()):
            usual = max(step, least) if steps >= _LEARNED else np.inf
            if size > outlier * usual:
                taken = i
                break
            step += (min(size, 4 * usual) - step) / min(steps + 1, 50)
            steps += 1
        self._step[p], self._steps[p] = step, steps
        if not self._columns.measured[p]:
            return taken
        y = x[:taken]
        at_end = (y == 0) | (y <= self._columns.low[p]) | (y >= self._columns.high[p])
        run, same, weight = float(self.run[p]), float(self._same[p]), float(self._weight[p])
        since, last, apart = self.run_since[p], int(self._last[p]), int(self._apart[p])
        equal, times = jump[:taken] == 0, t[:taken].tolist()
        for i, repeated in enumerate((equal & ~at_end).tolist()):
            if equal[i] and times[i] - last < apart:
                continue
            last = times[i]
            if repeated:
                since = since if run else t[i]
                run += 1
            else:
                same += run
                weight += run + 1
                run = 0.0
        self.run[p], self.run_since[p], self._same[p], self._weight[p] = run, since, same, weight
        self._last[p] = last
        return taken

    def broken(self, steady: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Points that repeat themselves for longer than their habit can explain, bool[P].

        A machine that does not run may well stand still: where it is not `steady`, the run is
        forgotten and nothing is learned from it.
        """
        self.run[~steady] = 0
        crowded = self._weight > _FORGET
        self._same[crowded] /= 2
        self._weight[crowded] /= 2
        usual = np.maximum(self._same / self._weight, _SAME_FLOOR)
        return (usual < _SAME_CEILING) & (self.run * np.log(usual) < _CHANCE)

    def forget(self, points: NDArray[np.int64]) -> None:
        """No run spans what has just happened to these points."""
        self.run[points] = 0
