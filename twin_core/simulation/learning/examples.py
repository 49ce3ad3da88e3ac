"""What a model learns from: features with units, what came of them, and blocks of rows.

A block is what is alike in itself: a machine's life, a day, a lot. Blocks are left out whole, since
rows of one block tell of each other. It must never mend what it is given: a number that is
missing is an error that names it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from twin_core.canonical import canonical
from twin_core.errors import CannotLearn, WrongKind
from twin_core.value import Value

LARGEST = 1e100
"""Of any number learned from: the square of a larger one has none."""
LEAST_ROWS = 60
LEAST_BLOCKS = 10
"""Fewer, and an interval that holds nine times in ten cannot be had (`conformal.py`)."""


def _printable(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError("printable characters are needed, no blank at the ends")
    return name


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Unit = Annotated[str, Field(max_length=40), AfterValidator(_printable)]
"""UCUM; "1" for a number without one."""


class Feature(Value):
    """A number that a model looks at, as people call it."""

    name: Name
    unit: Unit


class Target(Value):
    """What a model tells; `low` and `high` are where it ends by its nature or by a cap, if so."""

    name: Name
    unit: Unit
    low: float | None = None
    high: float | None = None

    def clip(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at their nearest possible."""
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return np.clip(value, low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Rows that were lived.

    Attributes:
        x: float64[N, D], a column a feature, in its unit.
        y: float64[N], what came of it, in the target's unit.
        block: int64[N]; rows of one value belong together; blocks are taken in ascending order,
            so that those beside each other in time should have numbers beside each other.
        at: int64[N] plant time (Instant) of each row, or None where there is none.
    """

    target: Target
    features: tuple[Feature, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    block: NDArray[np.int64]
    at: NDArray[np.int64] | None = None

    def complete(self) -> "Examples":
        """The rows in which no number is missing."""
        return self.rows(np.isfinite(self.x).all(axis=1) & np.isfinite(self.y))

    def rows(self, kept: NDArray[np.bool_]) -> "Examples":
        """Some of the rows."""
        at = None if self.at is None else self.at[kept]
        return replace(self, x=self.x[kept], y=self.y[kept], block=self.block[kept], at=at)

    def told(self, y: NDArray[np.float64], target: Target) -> "Examples":
        """The same rows with something else to tell."""
        return replace(self, y=y, target=target)

    def folds(self, most: int) -> Iterator[NDArray[np.bool_]]:
        """Rows of runs of neighbouring blocks, each row in one of at most `most`; bool[N]."""
        for some in np.array_split(np.unique(self.block), most):
            if len(some):
                yield np.isin(self.block, some)

    def digest(self) -> str:
        """SHA-256 over the names and every number."""
        seen = hashlib.sha256(canonical([self.target, *self.features]))
        seen.update(canonical(list(self.x.shape)))
        for numbers in (self.x, self.y):
            seen.update(np.ascontiguousarray(numbers, "<f8").tobytes())
        for whole in (self.block, self.at):
            if whole is not None:
                seen.update(np.ascontiguousarray(whole, "<i8").tobytes())
        return seen.hexdigest()

    def check(self) -> None:
        """That a model can be learned from it.

        Raises:
            WrongKind: shapes that do not fit, a name twice, or a number missing or past `LARGEST`.
            CannotLearn: no rows, fewer than `LEAST_ROWS` or `LEAST_BLOCKS`, a target that is the
                same in every row, or no feature that is not.
        """
        rows, wide = len(self.y), len(self.features)
        of = self.target.name
        shapes = [self.x.shape == (rows, wide), self.y.ndim == 1, self.block.shape == (rows,)]
        if not all(shapes) or (self.at is not None and self.at.shape != (rows,)):
            given = f"x {self.x.shape}, y {self.y.shape}, block {self.block.shape}"
            raise WrongKind(f"examples of {of}", given, f"x (N, {wide}), y, block and at (N,)")
        names = [feature.name for feature in self.features]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise WrongKind(f"features of {of}", f"{twice[0]} twice", "a name once")
        blocks = len(np.unique(self.block))
        needed = f"{LEAST_ROWS} rows in {LEAST_BLOCKS} blocks at least"
        if rows < LEAST_ROWS or blocks < LEAST_BLOCKS:
            found = f"{rows} rows in {blocks} blocks" if rows else "there is no example of it"
            raise CannotLearn(of, found, needed)
        for name, column in [*zip(names, self.x.T, strict=True), (of, self.y)]:
            usable = np.abs(column) <= LARGEST  # NaN is not
            if not usable.all():
                given = f"{np.count_nonzero(~usable)} of {rows} rows without a usable number"
                raise WrongKind(name, given, f"a number within ±{LARGEST:g} in every row")
        if np.ptp(self.y) == 0:
            raise CannotLearn(of, f"it is {self.y[0]:g} in every row", "rows where it differs")
        if not wide or not np.ptp(self.x, axis=0).any():
            raise CannotLearn(of, "no feature ever changes", "a feature that does")


def contiguous(rows: int, blocks: int) -> NDArray[np.int64]:
    """Block numbers that cut a series into runs of about equal length, int64[rows]."""
    return np.arange(rows, dtype=np.int64) * blocks // max(rows, 1)
