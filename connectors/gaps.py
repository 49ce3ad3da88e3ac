"""What of each point was handed over, and what is still missing: the holes that losses leave.

All times are source times, by the source's own clock. A gap lies strictly between the last value
of one connection and the first of a later one. It must never move past what was not handed over.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin_core.reading import Batch
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_MOST = 8  # gaps remembered; of more the oldest are given up
_AHEAD_US = 60 * SECOND  # a value further ahead of its arrival has a wrong clock


@dataclass(slots=True)
class Gap:
    """By point, what is missing: times after `start` and before `end`; 0 = nothing, not known."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]


@dataclass(slots=True)
class Missing:
    """What is missing of some points, one row each: after `start`, before `end`."""

    gap: Gap
    point: NDArray[np.int64]
    start: NDArray[np.int64] = field(repr=False)
    end: NDArray[np.int64] = field(repr=False)


class Gaps:
    """The gaps of one source.

    Args:
        newest: by index into `Plant.points`, the source time of the last value known; 0 = none.
    """

    def __init__(self, newest: NDArray[np.int64]) -> None:
        self._newest = newest.copy()
        self._gaps: list[Gap] = []
        self._now = Gap(np.zeros_like(newest), np.zeros_like(newest))

    def begin(self) -> None:
        """A connection begins: whatever each point says first ends its gap."""
        self._gaps = [gap for gap in self._gaps if _open(gap).any()][1 - _MOST :]
        self._now = Gap(self._newest.copy(), np.zeros_like(self._newest))
        self._gaps.append(self._now)

    def hear(self, batch: Batch, offset_us: int) -> bool:
        """Values were handed over live; whether one of them was the first of its point.

        Args:
            batch: in order of arrival.
            offset_us: the source's clock minus plant time.
        """
        point, time = _sane(batch, offset_us)
        fresh = self._now.end[point] == 0
        first = point[fresh][::-1]
        self._now.end[first] = time[fresh][::-1]  # of several of one point the first counts
        np.maximum.at(self._newest, point, time)
        return bool(fresh.any())

    def missing(self, earliest: Instant) -> list[Missing]:
        """What is missing after `earliest`, gap by gap, the newest first."""
        found = []
        for gap in reversed(self._gaps):
            point = np.flatnonzero(_open(gap) & (gap.end > earliest + 1))
            if len(point):
                start = np.maximum(gap.start[point], earliest)
                found.append(Missing(gap, point, start, gap.end[point]))
        return found

    @staticmethod
    def filled(gap: Gap, point: int, until: Instant | None = None) -> None:
        """What was missing of a point has been handed over up to `until`; None = all of it."""
        if until is None:
            gap.start[point] = 0
        elif gap.start[point]:
            gap.start[point] = max(int(gap.start[point]), until)


def _open(gap: Gap) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (gap.start > 0) & (gap.end > gap.start + 1)
    return found


def remember(newest: NDArray[np.int64], batch: Batch, offset_us: int) -> None:
    """Of each point, the newest source time; as a Gaps has it."""
    np.maximum.at(newest, *_sane(batch, offset_us))


def _sane(batch: Batch, offset_us: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Points and source times, without those of a wrong clock."""
    sane = batch.time <= batch.received + offset_us + _AHEAD_US
    return batch.point[sane], batch.time[sane]


def newest(snapshot: Snapshot, source: str) -> NDArray[np.int64]:
    """By index, the source time of the newest value that is known, by that source's own clock."""
    state = snapshot.sources.get(source)
    found = np.maximum(snapshot.time, snapshot.settled_time)
    return np.where(found > 0, found + (state.offset_us if state else 0), 0)
