"""The settled recent past on a common grid of plant time, in rows that never change.

Rows are appended to a block; a full block is left behind with those who still read it. It must
never write into a row that a snapshot may hold.
"""

import math
import mmap
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.derived import Derived
from twin_core.value import SECOND, Instant

GRID_S: int = 10
"""Seconds between two rows of `Recent`."""

GRID_US: int = GRID_S * SECOND
SPAN_ROWS: int = 3600 // GRID_S
"""Rows that are kept: one hour."""
_UNKNOWN_ROWS = 60 // GRID_S + 1


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """The settled recent past of every point on a common grid of plant time.

    Attributes:
        time: end of each bucket, Instant, int64[T], ascending, GRID_S apart; further apart only
            where it was `joined` of two spells.
        mean: mean of the believed values in the bucket, NaN without any, float64[T, P].
            For counters and states the last value of the bucket.
        low, high: extremes in the bucket, rounded outwards to single precision, float32[T, P].
    """

    time: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[Any]
    high: NDArray[Any]

    def span(self, start: Instant, end: Instant) -> slice:
        """The rows whose bucket ends inside `start < t ≤ end`."""
        left = int(np.searchsorted(self.time, start, side="right"))
        return slice(left, int(np.searchsorted(self.time, end, side="right")))


def courses(table: NDArray[Any], points: NDArray[np.intp]) -> NDArray[Any]:
    """A copy of a table of `Recent` with the course of each of these points in one piece.

    Of all other points it holds 0, in pages that take no memory: of a large plant a few columns
    are had and read many times faster so.

    Args:
        table: T rows of P points.
        points: columns, int[K], each once.
    """
    found = np.zeros(table.shape[::-1], table.dtype)
    found[points] = table[:, points].T
    return found.T


def joined(earlier: Recent, later: Recent) -> Recent:
    """Two spells of the past as one, and between them, however long that was, a minute of unknowns.

    The rows between are as many as it takes to see that nothing can be counted over them; their
    times lie evenly between the spells.

    Args:
        earlier: its rows that are older than `later` are taken.
        later: of the same points.
    """
    if not len(later.time):
        return earlier
    kept = earlier.span(-1, int(later.time[0]) - 1)
    rows = kept.stop - kept.start
    if not rows:
        return later
    between = int(later.time[0] - earlier.time[rows - 1]) // GRID_US - 1
    gap = min(_UNKNOWN_ROWS, max(0, between))
    ends = int(earlier.time[rows - 1]), int(later.time[0])
    times = np.linspace(*ends, gap + 2)[1:-1].astype(np.int64)

    def both(name: str) -> NDArray[Any]:
        first, second = getattr(earlier, name)[kept], getattr(later, name)
        unknown = np.full((gap, second.shape[1]), np.nan, second.dtype)
        return np.concatenate([first, unknown, second])

    return Recent(
        np.concatenate([earlier.time[kept], times, later.time]),
        both("mean"), both("low"), both("high"),
    )  # fmt: skip


def _outwards(values: NDArray[np.float64], towards: float) -> NDArray[np.float32]:
    """The nearest single-precision numbers that are not inside."""
    small = values.astype(np.float32)
    inside = (small > values) if towards < 0 else (small < values)
    return np.where(inside, np.nextafter(small, np.float32(towards)), small)


def _pages(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """A block in pages of its own, which the system has back once nobody reads it.

    Of blocks this large malloc keeps the second on its heap, and what was freed there for good.
    """
    count = math.prod(shape)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    pages = mmap.mmap(-1, max(1, count * dtype.itemsize), flags=flags)
    with suppress(OSError):  # a kernel without large pages only takes longer
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, dtype, count).reshape(shape)


class Rows:
    """Rows of one shape and type, the newest `keep` of them as one read-only view.

    Args:
        shape: of one row.
        keep: how many rows `view` shows at most.
    """

    def __init__(
        self, shape: tuple[int, ...], dtype: type[np.generic], keep: int = SPAN_ROWS
    ) -> None:
        self._keep = keep
        self._block = _pages((keep + keep // 40 + 1, *shape), np.dtype(dtype))
        self._end = 0

    def __getstate__(self) -> dict[str, Any]:
        """What is kept when it is saved: the newest rows alone."""
        return {"keep": self._keep, "room": len(self._block), "rows": np.array(self.view())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """As it was saved, in a block of its own."""
        rows = state["rows"]
        self._keep, self._end = state["keep"], len(rows)
        self._block = _pages((state["room"], *rows.shape[1:]), rows.dtype)
        self._block[: len(rows)] = rows

    def append(self, row: "NDArray[np.generic] | int | float") -> None:
        """Add the newest row."""
        if self._end == len(self._block):
            fresh = _pages(self._block.shape, self._block.dtype)
            fresh[: self._keep] = self._block[self._end - self._keep :]
            self._block, self._end = fresh, self._keep
        self._block[self._end] = row
        self._end += 1

    def clear(self) -> None:
        """Start again; who still reads the old rows keeps them."""
        self._block, self._end = _pages(self._block.shape, self._block.dtype), 0

    def view(self) -> NDArray[Any]:
        """The newest rows, oldest first, sharing memory, not writable."""
        rows = self._block[max(0, self._end - self._keep) : self._end]
        rows.flags.writeable = False
        return rows


class Grid:
    """Fills the bucket that is open, and appends it to the recent past when it closes."""

    def __init__(self, columns: Columns, derived: Derived) -> None:
        n = len(columns.source)
        self._derived = derived
        self._lasting = columns.lasting
        self._count = np.zeros(n, np.int64)
        self._sum = np.zeros(n)
        self._low = np.full(n, np.inf)
        self._high = np.full(n, -np.inf)
        self._last = np.full(n, np.nan)
        self._time = Rows((), np.int64)
        shape = (n + len(derived.points),)
        self._means = Rows(shape, np.float64)
        self._lows, self._highs = Rows(shape, np.float32), Rows(shape, np.float32)

    def add(self, point: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        """Add believed values, of each point in the order of their source times."""
        np.add.at(self._count, point, 1)
        np.add.at(self._sum, point, value)
        np.minimum.at(self._low, point, value)
        np.maximum.at(self._high, point, value)
        self._last[point] = value

    def means(self) -> NDArray[np.float64]:
        """Of the bucket that is open, of points that are read (see `Recent.mean`)."""
        seen = self._count > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(seen, self._sum / self._count, np.nan)
        # A mean may leave its own extremes by a rounding.
        mean = np.clip(mean, self._low, self._high, where=seen, out=mean)
        return np.where(self._lasting & seen, self._last, mean)

    def close(self, end: Instant, standing: NDArray[np.float64]) -> NDArray[np.float64]:
        """Close the bucket that ends at `end`; returns its means (see `Recent.mean`).

        A derived point is worked out from the means of its inputs, or from the value that still
        stands where one has none; `standing`, by point, is NaN of what is not believed any more.
        """
        seen, mean = self._count > 0, self.means()
        inputs = np.where(seen & ~np.isnan(standing), mean, standing)
        n, made = len(mean), self._derived.values(inputs)
        self._time.append(end)
        mean = np.append(mean, made[n:])
        low = _outwards(np.append(np.where(seen, self._low, np.nan), made[n:]), -np.inf)
        high = _outwards(np.append(np.where(seen, self._high, np.nan), made[n:]), np.inf)
        self._means.append(mean)
        self._lows.append(low)
        self._highs.append(high)
        self._count[:] = 0
        self._sum[:] = 0
        self._low[:] = np.inf
        self._high[:] = -np.inf
        return mean

    def restart(self) -> None:
        """Forget the rows: a gap longer than what is kept lies behind."""
        for rows in (self._time, self._means, self._lows, self._highs):
            rows.clear()

    def recent(self) -> Recent:
        """The rows so far, sharing memory."""
        return Recent(
            time=self._time.view(), mean=self._means.view(),
            low=self._lows.view(), high=self._highs.view(),
        )  # fmt: skip
