"""Sets of time as spans, and clocks that run only in them. Arithmetic alone.

It must never round: times are whole microseconds.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twin_core.value import SECOND

Spans = NDArray[np.int64]
"""int64[K, 2] of (start, end), ascending and apart."""

Clock = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Times to the seconds that had passed by then."""

NONE: Spans = np.empty((0, 2), np.int64)


def union(spans: Spans) -> Spans:
    """The same time in spans that are ascending and apart; empty ones fall away."""
    spans = spans[spans[:, 1] > spans[:, 0]]
    if not len(spans):
        return NONE
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(spans[:, 1])
    new = np.r_[True, spans[1:, 0] > reach[:-1]]
    last = np.r_[np.flatnonzero(new)[1:] - 1, len(spans) - 1]
    return np.column_stack([spans[new, 0], reach[last]])


def without(spans: Spans, holes: Spans) -> Spans:
    """The time of `spans` that is in no hole; both are ascending and apart."""
    if not len(spans) or not len(holes):
        return spans
    edges = np.unique(np.concatenate([spans.ravel(), holes.ravel()]))
    parts = np.column_stack([edges[:-1], edges[1:]])
    kept = inside(parts[:, 0], spans) & ~inside(parts[:, 0], holes)
    return union(parts[kept])


def inside(at: NDArray[np.int64], spans: Spans) -> NDArray[np.bool_]:
    """Which times lie in a span, its start included and its end not."""
    if not len(spans):
        return np.zeros(len(at), np.bool_)
    i = np.searchsorted(spans[:, 0], at, side="right") - 1
    return np.asarray((i >= 0) & (at < spans[np.maximum(i, 0), 1]))


def clock_of(spans: Spans) -> Clock:
    """How many seconds of the spans lie before a time."""
    edges = spans.ravel()
    lengths = (spans[:, 1] - spans[:, 0]) / SECOND
    total = np.r_[0.0, np.cumsum(lengths)]
    passed = np.column_stack([total[:-1], total[1:]]).ravel()

    def seconds(at: NDArray[np.int64]) -> NDArray[np.float64]:
        if not len(edges):
            return np.zeros(len(at))
        return np.asarray(np.interp((at - edges[0]) / SECOND, (edges - edges[0]) / SECOND, passed))

    return seconds
