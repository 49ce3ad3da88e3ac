"""What rows of an asset are like when it is well, and how far they then stray: learned and tried.

ISO 13374 block: state detection. Two statistics: how far the level of the last rows is from a
reference that follows slowly, in spreads of just that when all is well; and how far a row is from
what the row before foretells (`relation.py`). Their limits are set on blocks of time that were
left out (cross-conformal: Vovk, Annals of Mathematics and Artificial Intelligence 74, 2015), for a
promised share of false alarms. It must never see a row that it is judged on, nor take rows in any
order but that of time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin_core.anomaly.relation import Relation, relate
from twin_core.errors import CannotLearn

FALSE = 0.01
"""Share of healthy rows that may be called anomalous."""
_FOLDS = 5
"""Blocks left out in turn; whole stretches, if there are as many."""
_TAIL = 0.95
"""Share of healthy levels that lie inside the spread of a point."""
_TURNS = 20
"""Times at most that whole stretches are left out."""
_FIRST = 4
"""Share of a stretch that serves as its first reference: one in so many."""
_WINDOWS = 100
"""Separate windows that the rows learned from must hold, so that their levels can be judged."""
_SHORTEST = 8
"""Rows in the shortest stretch that is learned from."""


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Fitted numbers, for P points.

    Attributes:
        window: rows whose mean is the level now.
        memory: rows over which the reference follows (time constant of an exponential mean).
        spread: of the level about the reference when all is well, float64[P], > 0.
        relation: between one row and the next.
        limits: of the level's largest departure, in spreads, and of the relation's distance.
        promised: share of healthy rows beyond one of the limits.
        rows: that were learned from.
    """

    window: int
    memory: float
    spread: NDArray[np.float64]
    relation: Relation
    limits: tuple[float, float]
    promised: float
    rows: int

    def reference(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the reference is after healthy rows, float64[T, P] → float64[P]."""
        first = _first(rows, self.window)
        follows = _followed(rows[first:], _mean(rows[:first]), self.memory)
        return follows[-1] if len(follows) else _mean(rows[:first])


def learn(stretches: Sequence[NDArray[np.float64]], promised: float = FALSE) -> Baseline:
    """A baseline from healthy stretches, each rows in the order of time, float64[T, P].

    A level is the mean of a hundredth of the rows, so that a hundred were seen; the reference
    follows over half a stretch, since what it should follow was seen over no more. A value that is
    missing (NaN) stands at its reference.

    Raises:
        CannotLearn: too few rows for such a promise.
    """
    stretches = [x for x in stretches if len(x) >= _SHORTEST]
    rows = sum(len(x) - _first(x, 1) for x in stretches)
    each = promised / 2.0  # two statistics share the promise
    if rows * each < 1.0:
        found = f"{rows} healthy rows in stretches of at least {_SHORTEST}"
        needed = f"{math.ceil(1.0 / each)}, to promise one false alarm in {round(1.0 / promised)}"
        raise CannotLearn("what is usual", found, needed)
    lengths = [len(x) for x in stretches]
    memory = max(2.0, float(np.median(lengths)) / 2.0)
    window = max(1, min(rows // _WINDOWS, min(lengths) // _SHORTEST))
    level, stray = zip(*(_departures(x, window, memory) for x in stretches), strict=True)
    far, odd = [], []
    for kept, out in _folds(stray):
        relation = relate([stray[i][part] for i, part in kept])
        spread = _spread([level[i][part] for i, part in kept])
        for i, part in out:
            far.append(np.abs(level[i][part] / spread).max(axis=1))
            odd.append(relation.distance(stray[i][part][:-1], stray[i][part][1:]))
    limits = tuple(_limit(np.concatenate(x), each) for x in (far, odd))
    return Baseline(
        window=window, memory=memory, spread=_spread(level), relation=relate(stray),
        limits=(limits[0], limits[1]), promised=promised, rows=rows,
    )  # fmt: skip


def level_of(rows: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Mean of the last `window` rows at each row, of fewer at the start, float64[T, P]."""
    total = np.vstack([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    start = np.maximum(np.arange(len(rows)) - window + 1, 0)
    count = np.arange(1, len(rows) + 1) - start
    found: NDArray[np.float64] = (total[1:] - total[start]) / count[:, None]
    return found


def _departures(
    rows: NDArray[np.float64], window: int, memory: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the level and of the rows themselves from the reference, after the first quarter."""
    first = _first(rows, window)
    reference = _followed(rows[first:], _mean(rows[:first]), memory)[:-1]
    full = _filled(rows, np.vstack([np.tile(_mean(rows[:first]), (first, 1)), reference]))
    return level_of(full, window)[first:] - reference, full[first:] - reference


def _followed(
    rows: NDArray[np.float64], start: NDArray[np.float64], memory: float
) -> NDArray[np.float64]:
    """The reference before each row and after the last, float64[T + 1, P]."""
    found = np.empty((len(rows) + 1, len(start)))
    found[0] = start
    for t, row in enumerate(rows):
        step = np.where(np.isfinite(row), row - found[t], 0.0)
        found[t + 1] = found[t] + step / memory
    return found


_Part = tuple[int, slice]


def _folds(stretches: Sequence[NDArray[np.float64]]) -> list[tuple[list[_Part], list[_Part]]]:
    """What is kept and what is left out, in turn: whole stretches, or blocks of few."""
    whole = slice(0, None)
    if len(stretches) >= _FOLDS:
        every, turns = list(range(len(stretches))), min(len(stretches), _TURNS)
        return [
            ([(i, whole) for i in every if i % turns != k], [(i, whole) for i in every[k::turns]])
            for k in range(turns)
        ]
    found = []
    for i, x in enumerate(stretches):
        others = [(j, whole) for j in range(len(stretches)) if j != i]
        edges = np.linspace(0, len(x), _FOLDS + 1).astype(int)
        for a, b in pairwise(edges.tolist()):
            rest = [(i, slice(0, a)), (i, slice(b, len(x)))]
            kept = [*others, *(p for p in rest if p[1].stop - p[1].start > 1)]
            found.append((kept, [(i, slice(a, b))]))
    return found


def _limit(seen: NDArray[np.float64], share: float) -> float:
    """The conformal quantile: of n, the ⌈(n + 1)(1 − share)⌉-th smallest, the largest if none."""
    rank = math.ceil((len(seen) + 1) * (1.0 - share))
    return float(np.sort(seen)[min(rank, len(seen)) - 1])


def _spread(level: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Within which a point's level stays nearly always: a wanderer is given its own room."""
    spread = np.quantile(np.abs(np.vstack(level)), _TAIL, axis=0)
    return np.where(spread > 0.0, spread, 1.0)


def _first(rows: NDArray[np.float64], window: int) -> int:
    return max(len(rows) // _FIRST, window, 1)


def _mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    fine = np.isfinite(rows)
    total = np.where(fine, rows, 0.0).sum(axis=0)
    found: NDArray[np.float64] = total / np.maximum(fine.sum(axis=0), 1)
    return found


def _filled(rows: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(rows), rows, reference)
