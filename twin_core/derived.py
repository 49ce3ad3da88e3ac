"""Derived points worked out: from a column of values of all points that are read, theirs.

Compiled once: points of one shape are one operation on columns, in the order in which they rest on
one another. Nothing is remembered and nothing is stored: what a derived point was is worked out
again from what its inputs were. It must never believe anything that rests on what is not believed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.expression import ARITY, OPERATIONS
from twin_core.plant.assets import Plant, Point


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """K points of one shape: the same operations on other inputs and numbers.

    Attributes:
        refs, numbers: R or N arrays, one entry a point, in the order in which they are taken.
    """

    operations: tuple[str, ...]
    at: NDArray[np.int64]
    refs: tuple[NDArray[np.int64], ...]
    numbers: tuple[NDArray[np.float64], ...]

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Their results on a column [P] or on rows [T, P] of values; no number where any input is.

        An input that is not believed makes the result so, even in a branch that is not taken.
        """
        refs, numbers = iter(self.refs), iter(self.numbers)
        stack: list[Any] = []
        for operation in self.operations:
            if operation == "ref":
                stack.append(values[..., next(refs)])
            elif operation == "num":
                stack.append(next(numbers))
            else:
                n = ARITY[operation]
                given, stack = stack[-n:], stack[:-n]
                stack.append(OPERATIONS[operation](*given))
        result = np.asarray(stack[0], np.float64)
        believed = np.isfinite(result)
        for at in self.refs:
            believed &= np.isfinite(values[..., at])
        return np.where(believed, result, np.nan)


class Derived:
    """Derived points over the points that they rest on.

    Attributes:
        n: how many points are read; the derived ones come after them in every column.
        points: the derived ones.

    Args:
        read: points of one plant, in the order of the columns that will be given.
        derived: each after those that it is made of; all of it among `read` and `derived`.
    """

    def __init__(self, read: Sequence[Point], derived: Sequence[Point]) -> None:
        self.n = len(read)
        self.points = tuple(derived)
        index = {point.id: i for i, point in enumerate((*read, *derived))}
        level: dict[str, int] = {}
        leaves: dict[str, set[int]] = {}
        shapes: dict[tuple[int, tuple[str, ...]], list[Point]] = {}
        for point in self.points:
            formula = point.formula
            assert formula is not None
            level[point.id] = 1 + max(level.get(path, 0) for path in formula.inputs)
            under = [leaves.get(path, {index[path]}) for path in formula.inputs]
            leaves[point.id] = set().union(*under)
            shapes.setdefault((level[point.id], formula.operations), []).append(point)
        self._shapes = [
            _shape(operations, points, index.__getitem__)
            for (_, operations), points in sorted(shapes.items())
        ]
        self._leaves = np.array([i for each in leaves.values() for i in sorted(each)], np.int64)
        sizes = [len(each) for each in leaves.values()]
        self._starts = np.cumsum([0, *sizes])[:-1].astype(np.int64)
        self._low = np.array([p.spec.limits.low for p in self.points], np.float64)
        self._high = np.array([p.spec.limits.high for p in self.points], np.float64)

    @staticmethod
    def of(plant: Plant) -> "Derived":
        """All of a plant."""
        return Derived(plant.read, plant.derived)

    @staticmethod
    def one(plant: Plant, path: str) -> "Derived":
        """One derived point, the last of `points`, over `plant.rests_on(path)`."""
        wanted = {plant.point(path).id}
        chain: list[Point] = []
        for point in reversed(plant.derived):
            if point.id in wanted and point.formula is not None:
                chain.insert(0, point)
                wanted |= set(point.formula.inputs)
        return Derived(plant.rests_on(path), chain)

    def values(self, read: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of points that are read, [n] or [T, n], every point's value, [n + D] or [T, n + D].

        NaN where an input is NaN, where the expression has no finite value, and outside limits.
        """
        if not self.points:
            return read
        room = np.full((*read.shape[:-1], len(self.points)), np.nan)
        values = np.concatenate([read, room], axis=-1)
        with np.errstate(all="ignore"):
            for shape in self._shapes:
                found, own = shape.of(values), shape.at - self.n
                inside = (found >= self._low[own]) & (found <= self._high[own])
                values[..., shape.at] = np.where(inside, found, np.nan)
        return values

    def times(self, read: NDArray[np.int64]) -> NDArray[np.int64]:
        """Source times: a derived value is as old as the oldest reading that it rests on."""
        return self._worst(read, np.minimum)

    def statuses(self, read: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Status codes: the most severe of what it rests on."""
        return self._worst(read, np.maximum)

    def _worst(self, read: NDArray[Any], of: "np.ufunc") -> NDArray[Any]:
        if not self.points:
            return read
        return np.concatenate([read, of.reduceat(read[self._leaves], self._starts)])

    def where_all(self, read: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A flag of every point; a derived one has it if all that it rests on have."""
        return self._worst(read, np.logical_and)

    def where_any(self, read: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A flag of every point; a derived one has it if anything that it rests on has."""
        return self._worst(read, np.logical_or)


def _shape(
    operations: tuple[str, ...], points: Sequence[Point], index: Callable[[str], int]
) -> _Shape:
    formulas = [point.formula for point in points if point.formula is not None]
    refs = zip(*([index(path) for path in formula.inputs] for formula in formulas), strict=True)
    numbers = zip(*(formula.numbers for formula in formulas), strict=True)
    return _Shape(
        operations=operations,
        at=np.array([index(point.id) for point in points], np.int64),
        refs=tuple(np.array(each, np.int64) for each in refs),
        numbers=tuple(np.array(each, np.float64) for each in numbers),
    )
