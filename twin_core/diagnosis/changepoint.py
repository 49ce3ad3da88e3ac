"""Where a series leaves its level: a robust split search over all points, then a refined onset.

ISO 13374 block: state detection. Binary segmentation on clipped values; a level is a median, a
spread 1.4826 times the median absolute deviation. It must never see what the series means.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.sign import logistic

_CLIP = 8.0
"""Spreads beyond which a value counts no further: one wild reading moves no level."""
_SPLIT = 7.0
"""Size of the two-sample statistic that makes a split worth a closer look."""
_LEAST = 4
"""Buckets in the shortest segment."""
_OVER = 4.0
"""Times the length of the old level after which the new one is what is usual."""
_CERTAIN, _STEEP = 4.5, 0.8
"""Spreads of the old level at which a shift is as likely real as not, and how soon it is sure."""
_AWAY = 2.5
"""Spreads from its level at which a series has left it."""
_FIRST = 0.08
"""Share of the way it went at which it is said to have left, if that is further."""
_SLACK = 1.0
"""Share of the first half of a climb by which it may have begun earlier, unseen."""
_BEYOND = 4.0
"""Deviations of its own mean by which what scatters must be off the level it had."""
_ALIKE = 0.5
"""Share of the last departure's size from which on an earlier one is the same."""
_ROUGH = 1.4826 / 2.0**0.5
"""Standard deviation of Gaussian noise over the median absolute difference of two values of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """A series left its level and is, or was lately, elsewhere.

    Attributes:
        before: median of the level it had; `spread` its robust standard deviation.
        after: mean since the onset, clipped; `latest` the median of the newest buckets.
        onset: row at which it left, fractional for ramps; `width` half-width in rows.
        gradual: 0 for a step, 1 for a change that took all the time since the onset.
        away: share of the buckets since the onset that are off the level.
    """

    before: float
    spread: float
    after: float
    latest: float
    onset: float
    width: float
    gradual: float
    away: float

    @property
    def size(self) -> float:
        """The shift: `latest` minus `before` where that is larger, else the mean shift."""
        mean, last = self.after - self.before, self.latest - self.before
        return last if abs(last) > abs(mean) else mean

    @property
    def score(self) -> float:
        """The shift in spreads of the level before."""
        return self.size / self.spread

    @property
    def certainty(self) -> float:
        """How likely it is that the shift is real, 0 to 1, whatever it matters."""
        return logistic((abs(self.score) - _CERTAIN) / _STEEP)


def screen(
    value: NDArray[np.float64], counts: NDArray[np.bool_], floor: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The largest two-sample statistic over all splits of each column, float64[P].

    Args:
        value: float64[T, P].
        counts: bool[T, P]; only buckets that count are used.
        floor: the smallest credible spread of each column, > 0.
    """
    rows, points = value.shape
    if rows < 2 * _LEAST:
        return np.zeros(points)
    x = np.where(counts, value, np.nan)
    scale = np.maximum(_roughness(x), floor)
    centre = medians(x)
    z = np.where(counts, np.clip((np.nan_to_num(x) - centre) / scale, -_CLIP, _CLIP), 0.0)
    n, s = np.cumsum(counts, axis=0, dtype=float), np.cumsum(z, axis=0)
    left, right = n[:-1], n[-1] - n[:-1]
    enough = (left >= _LEAST) & (right >= _LEAST)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = s[:-1] / left - (s[-1] - s[:-1]) / right
        score = np.abs(gap) * np.sqrt(left * right / (left + right))
    best: NDArray[np.float64] = np.where(enough, score, 0.0).max(axis=0)
    return best


def worth_a_look(score: NDArray[np.float64]) -> NDArray[np.intp]:
    """Columns whose screening score asks for `shift`."""
    return np.flatnonzero(score >= _SPLIT)


def shift(value: NDArray[np.float64], counts: NDArray[np.bool_], floor: float) -> Shift | None:
    """How the series left its level, None if it did not or came back for good.

    Args:
        value: float64[T].
        counts: bool[T].
        floor: the smallest credible spread, > 0.
    """
    rows = np.flatnonzero(counts)
    if len(rows) < 2 * _LEAST:
        return None
    x = value[rows]
    rough = max(_ROUGH * float(np.median(np.abs(np.diff(x)))), floor)
    parts = _segments(np.clip((x - np.median(x)) / rough, -_CLIP * 3, _CLIP * 3), 0, len(x), 3)
    if len(parts) == 1:
        return None
    home = _home(parts)
    before = float(np.median(x[home[0] : home[1]]))
    spread = max(1.4826 * float(np.median(np.abs(x[home[0] : home[1]] - before))), floor)
    off = [(float(np.median(x[a:b])) - before) / spread for a, b in parts]
    away = [i for i, p in enumerate(parts) if p[0] >= home[1] and abs(off[i]) > _AWAY]
    if not away:
        return None
    split = parts[_first_alike(away, off)][0]
    if len(x) - split > _OVER * (home[1] - home[0]):
        return None
    return _describe(x, rows, split, before, spread)


def _first_alike(away: list[int], off: list[float]) -> int:
    """The first departure that is like the last one: what comes and goes began when it first came.

    A dip to the other side, or a slight one, is another story.
    """
    last = off[away[-1]]
    return next(i for i in away if off[i] * last > 0 and abs(off[i]) >= _ALIKE * abs(last))


def _describe(
    x: NDArray[np.float64], rows: NDArray[np.intp], split: int, before: float, spread: float
) -> Shift | None:
    off = (x - before) / spread
    smooth = _smooth(off)
    side = np.sign(np.median(off[split : split + _LEAST]))
    # what is far away now did not begin with a slight wandering before
    left = max(_AWAY, _FIRST * float(np.median(side * off[split:])))
    at = split
    while at > 0 and side * smooth[at - 1] > left:
        at -= 1
    while at < len(x) - 1 and side * smooth[at] <= left:
        at += 1
    since = off[at:]
    bound = 3 * max(_CLIP, float(np.abs(np.median(since))))
    mean = float(np.mean(np.clip(since, -bound, bound)))
    newest = x[-min(len(since), 12) :]
    share = float(np.mean(side * since > _AWAY))
    if share < 0.15:
        return None
    if abs(mean) < _BEYOND * _of_mean(off[at:]):
        return None  # it scatters more than before, about the same level
    size = side * (float(np.median(newest)) - before) / spread
    goal = max(side * mean, size)
    reached = float(np.median(side * off[at + 1 : at + 4])) if len(off) > at + 2 else goal
    gradual = float(np.clip(1.0 - reached / goal, 0.0, 1.0)) if goal > 0 else 0.0
    onset, width = float(rows[at]), 1.5
    if gradual > 0.4:
        onset, width = _start_of_ramp(side * off, rows, at, goal)
    return Shift(
        before=before, spread=spread, after=before + mean * spread,
        latest=float(np.median(newest)), onset=onset, width=width, gradual=gradual, away=share,
    )  # fmt: skip


def _of_mean(x: NDArray[np.float64]) -> float:
    """Standard deviation of the mean of what scatters from bucket to bucket."""
    steps = np.abs(np.diff(x))
    return _ROUGH * float(np.median(steps)) / float(np.sqrt(len(x))) if len(steps) else 0.0


def _start_of_ramp(
    off: NDArray[np.float64], rows: NDArray[np.intp], at: int, goal: float
) -> tuple[float, float]:
    """Where the line through the climb meets the old level, and how far that may be wrong.

    Only the first half of the climb: what settles exponentially is straight there, not later.
    """
    half = off[at:] >= 0.5 * goal
    top = at + int(np.argmax(half)) if half.any() else len(off)
    climb = slice(at, max(top + 1, at + 3))
    t, y = rows[climb].astype(float), off[climb]
    if len(t) < 3 or np.ptp(t) == 0:
        return float(rows[at]), 3.0
    slope, level = np.polyfit(t - t[0], y, 1)
    if slope <= 0:
        return float(rows[at]), 3.0
    start = float(t[0] - max(level, 0.0) / slope)
    start = max(start, float(rows[at]) - (float(t[-1]) - float(t[0])) - 6.0)
    return start, max(3.0, (float(rows[at]) - start) * 0.75, _SLACK * float(t[-1] - start))


def _segments(z: NDArray[np.float64], start: int, end: int, depth: int) -> list[tuple[int, int]]:
    n = end - start
    if depth == 0 or n < 2 * _LEAST:
        return [(start, end)]
    s = np.cumsum(z[start:end])
    left = np.arange(1, n, dtype=float)
    score = np.abs(s[:-1] / left - (s[-1] - s[:-1]) / (n - left)) * np.sqrt(left * (n - left) / n)
    score[: _LEAST - 1] = 0.0
    score[n - _LEAST :] = 0.0
    best = int(np.argmax(score))
    if score[best] < _SPLIT:
        return [(start, end)]
    middle = start + best + 1
    return _segments(z, start, middle, depth - 1) + _segments(z, middle, end, depth - 1)


def _home(parts: list[tuple[int, int]]) -> tuple[int, int]:
    """The segment that stands for the usual level: the longest, or an earlier one nearly so."""
    longest = max(b - a for a, b in parts[:-1])
    return next(p for p in parts[:-1] if p[1] - p[0] >= 0.7 * longest)


def _smooth(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running median of three."""
    if len(x) < 3:
        return x
    padded = np.concatenate([x[:1], x, x[-1:]])
    return np.asarray(np.median([padded[:-2], padded[1:-1], padded[2:]], axis=0), dtype=float)


def _roughness(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread from bucket to bucket, blind to slow changes: MAD of differences / √2."""
    return np.asarray(_ROUGH * medians(np.abs(np.diff(x, axis=0))), dtype=float)


def medians(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Column medians without NaN; 0 for a column without any value."""
    ordered = np.sort(x, axis=0)  # NaN last
    count = np.sum(~np.isnan(x), axis=0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    column = np.arange(x.shape[1])
    high = np.minimum(high, len(x) - 1)
    middle = (ordered[low, column] + ordered[high, column]) / 2.0
    return np.where(count > 0, middle, 0.0)
