"""Instruments that measure the same thing, against each other: the odd one out, or both in doubt.

Which they are the plant file says (`redundant_with`). Of three and more the middle one is right
(mid-value selection); of two that differ nobody can say which one errs, and that is said. It must
never take sides between two.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant

APART = 0.01
"""They differ if they lie further apart than this share of their span, or four noises."""
ROWS = 6
"""Rows of ten seconds through which they must differ."""
CALM = 60
"""Rows through which they must agree again, within half of that."""


@dataclass(frozen=True, slots=True)
class Odd:
    """A point that differs from at least two others: its mean, and the middle one of all."""

    point: int
    value: float
    middle: float


@dataclass(frozen=True, slots=True)
class Votes:
    """What a row said.

    Attributes:
        odd: points that differ from at least two others.
        agree: points held for drift that agree again with those they are redundant with.
        doubted: by point that differs from its only fellow: that fellow; both are in it.
    """

    odd: tuple[Odd, ...]
    agree: tuple[int, ...]
    doubted: dict[int, int]


class Redundancy:
    """Every set of redundant points of a plant, in rows of a padded table."""

    def __init__(self, plant: Plant) -> None:
        sets = plant.redundant
        wide = max([1, *map(len, sets)])
        self._point = np.zeros((len(sets), wide), np.int64)
        self._pad = np.ones((len(sets), wide), bool)
        for i, members in enumerate(sets):
            self._point[i, : len(members)] = members
            self._pad[i, : len(members)] = False
        specs = [plant.points[members[0]].spec for members in sets]
        self._apart = np.array(
            [max(APART * (s.limits.high - s.limits.low), 4 * s.noise) for s in specs], np.float64
        )
        self._differs = np.zeros((len(sets), wide), np.int64)
        self._agrees = np.zeros((len(sets), wide), np.int64)
        self._doubted: dict[int, int] = {}

    def step(self, row: NDArray[np.float64], held: NDArray[np.bool_]) -> Votes:
        """Take a row.

        Args:
            row: means by point, of the points held for drift too; NaN where there is none.
            held: by point: held for drift. It has no vote, and its own agreement is watched.
        """
        if not len(self._point):
            return _NONE
        x = np.where(self._pad, np.nan, row[self._point])
        out = held[self._point] & ~self._pad
        votes = np.where(out, np.nan, x)
        count = np.isfinite(votes).sum(axis=1)
        middle = _middle(votes, count)
        off = np.abs(x - middle[:, None])
        apart = self._apart[:, None]
        with np.errstate(invalid="ignore"):
            near = (off <= apart) & np.isfinite(votes)
            odd = (off > apart) & (near.sum(axis=1) >= JURY)[:, None] & np.isfinite(votes)
            two = (count == 2)[:, None] & np.isfinite(votes) & (off > apart / 2)
            agrees = out & (off <= apart / 2)
        heard = np.isfinite(x)
        differs = np.where(odd | two, self._differs + 1, 0)
        self._differs = np.where(heard, differs, self._differs)
        self._agrees = np.where(agrees, self._agrees + 1, np.where(heard, 0, self._agrees))
        long = self._differs >= ROWS
        found = np.argwhere(odd & long)
        self._doubted = self._pairs(two & long, count, off <= apart / 4)
        back = out & (self._agrees >= CALM)
        self._agrees[back] = 0
        return Votes(
            odd=tuple(
                Odd(int(self._point[i, j]), float(x[i, j]), float(middle[i]))
                for i, j in found.tolist()
            ),
            agree=tuple(self._point[back].tolist()),
            doubted=self._doubted,
        )

    def _pairs(
        self, apart: NDArray[np.bool_], count: NDArray[np.int64], close: NDArray[np.bool_]
    ) -> dict[int, int]:
        """Those in doubt: that differ for long enough, or did and are not close again."""
        found: dict[int, int] = {}
        for i in np.flatnonzero(apart.sum(axis=1) == 2).tolist():
            one, other = self._point[i, apart[i]].tolist()
            found[one], found[other] = other, one
        for i in np.flatnonzero(count == 2).tolist() if self._doubted else []:
            both = [p for p in self._point[i].tolist() if p in self._doubted]
            if len(both) == 2 and not close[i].sum() >= 2:
                found[both[0]], found[both[1]] = both[1], both[0]
        return found


JURY = 2
"""So many must agree before a third is the odd one."""

_NONE = Votes((), (), {})


def _middle(votes: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    """The median of each row's numbers; NaN where there is none."""
    ordered = np.sort(votes, axis=1)
    rows = np.arange(len(votes))
    low = ordered[rows, np.maximum(count - 1, 0) // 2]
    high = ordered[rows, np.minimum(count // 2, ordered.shape[1] - 1)]
    return np.where(count > 0, (low + np.where(count % 2, low, high)) / 2, np.nan)
