"""Signs of a machine that rejects more of what it makes than it did.

The counts of rejects are Poisson given the output; the onset is where the running excess over the
usual share turns. It must never read a restarted counter as production.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.sign import Sign, logistic
from twin_core.diagnosis.window import Window, began
from twin_core.plant.assets import Line, Unit
from twin_core.plant.classes import Role
from twin_core.twin import GRID_S


@dataclass(frozen=True, slots=True)
class RejectLaw:
    """Share of output rejected before and since a row; `score` in standard deviations."""

    usual: float
    now: float
    since: int
    score: float


_MATTERS = 0.006
"""Added share of rejects that is the smallest that matters."""
_WORTH = 500.0
"""Pieces that the nameplate's share of rejects is worth."""
_SPREAD = 6
"""Buckets over which a gain is spread evenly; over a longer gap nobody knows when it was made."""


def counted(last: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a counter added in each bucket, float64[T], restarts at 0 kept; NaN where unknown.

    Buckets without counts get an even part of what was gained over them, up to `_SPREAD` of them;
    beyond that, and where the counter restarted meanwhile, theirs and the next one's are unknown.
    """
    step = np.full(len(last), np.nan)
    rows = np.flatnonzero(np.isfinite(last))
    if not len(rows):
        return step
    length, gained = np.diff(rows), np.diff(last[rows])
    gained = np.where(gained >= 0, gained, np.where(length == 1, last[rows[1:]], np.nan))
    even = np.where(length <= _SPREAD, gained / length, np.nan)
    step[rows[0] + 1 : rows[-1] + 1] = np.repeat(even, length)
    return step


def _booked(last: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a counter added, each gain in the bucket in which it was read; 0 in all others.

    For sums alone: over a gap it is no rate.
    """
    step = np.zeros(len(last))
    rows = np.flatnonzero(np.isfinite(last))
    gained = np.diff(last[rows])
    step[rows[1:]] = np.where(gained >= 0, gained, last[rows[1:]])
    return step


def law(window: Window, unit: Unit) -> RejectLaw | None:
    """The most likely change in the unit's share of rejects; None without counters."""
    made, bad = window.of_role(unit, Role.PRODUCED), window.of_role(unit, Role.DEFECTIVE)
    if made is None or bad is None:
        return None
    return changed(_booked(bad), _booked(made), unit.parameters.get("reject_rate", 0.002))


def changed(
    bad: NDArray[np.float64], made: NDArray[np.float64], nameplate: float
) -> RejectLaw | None:
    """The most likely change in a share of rejects; None of too little.

    Args:
        bad: rejected in each bucket, pieces, float64[T].
        made: passed on, in the same way.
        nameplate: usual share of rejects, worth `_WORTH` pieces.
    """
    n, d = np.cumsum(bad), np.cumsum(bad + made)
    if len(d) < 12 or d[-1] <= 0:
        return None
    rows = np.arange(max(6, len(d) // 10), len(d) - 3)
    after_n, after_d = n[-1] - n[rows - 1], d[-1] - d[rows - 1]
    usual = (n[rows - 1] + nameplate * _WORTH) / (d[rows - 1] + _WORTH)
    expected = usual * after_d
    score = (after_n - expected) / np.sqrt(np.maximum(expected, 0.5) + 1.0)
    score[after_d <= 0] = 0.0
    best = int(np.argmax(score))
    if score[best] <= 0:
        mean = float(n[-1] / d[-1])
        return RejectLaw(mean, mean, len(d), 0.0)
    now = float(after_n[best] / after_d[best])
    return RejectLaw(float(usual[best]), now, int(rows[best]), float(score[best]))


def observe(window: Window, line: Line) -> list[Sign]:
    """A `high` sign on the counter of rejects of every machine that rejects more."""
    found = []
    for unit in line.units:
        point = unit.with_role(Role.DEFECTIVE)
        seen = law(window, unit) if point is not None else None
        if point is None or seen is None or seen.since >= len(window.time):
            continue
        extra = seen.now - seen.usual
        strength = logistic((seen.score - 5.0) / 0.8) * logistic((extra - _MATTERS) / 0.0015)
        if strength > 0.05:
            found.append(
                Sign(
                    point=point.id, shows="high", strength=strength,
                    usual=100.0 * seen.usual, now=100.0 * seen.now, unit="%",
                    onset=began(window, seen.since), onset_s=3.0 * GRID_S,
                    note="share of output rejected", size=extra / _MATTERS,
                )
            )  # fmt: skip
    return found
