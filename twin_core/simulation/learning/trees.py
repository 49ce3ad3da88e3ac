"""A sum of regression trees as plain numbers: evaluated here, whoever grew it.

Stored as JSON it can be read by anyone and runs no code. It must never grow or choose.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from twin_core.value import Value

_ROWS = 4096
"""Evaluated at once: what keeps the work in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """Every leaf of a forest with the box it covers; F is the most features on one path.

    A path that asks fewer features is filled up with ones that ask nothing (`covers` 1).

    Attributes:
        value: float64[L].
        feature: int64[L, F]; low, high: float64[L, F], low < x ≤ high leads here.
        covers: float64[L, F], the share of rows that the splits on that feature let through.
    """

    value: NDArray[np.float64]
    feature: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    covers: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes:
    start: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]


class Forest(Value):
    """Trees whose leaves are added to `base`; columns of nodes, one tree after the other.

    Attributes:
        base: in the unit of what is told.
        width: features a row has.
        start: the first node of each tree, its root.
        feature: column that a node asks, -1 for a leaf.
        threshold: x ≤ threshold goes left.
        left, right: nodes behind it, 0 for a leaf.
        value: what a leaf adds, 0 for a node that asks.
        rows: that came through while it grew.
    """

    base: float
    width: int
    start: tuple[int, ...]
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]
    rows: tuple[int, ...]

    @model_validator(mode="after")
    def _ends(self) -> Self:
        """Every way leads to a leaf: a child lies behind its parent and in the same tree."""
        columns = (self.threshold, self.left, self.right, self.value, self.rows)
        nodes = len(self.feature)
        if any(len(column) != nodes for column in columns):
            raise ValueError("columns of nodes are not of one length")
        ends = [*self.start[1:], nodes]
        if self.start and self.start[0] != 0:
            raise ValueError("nodes before the first tree")
        for begin, end in zip(self.start, ends, strict=False):
            if not begin < end:
                raise ValueError("a tree has no node")
            for node in range(begin, end):
                asked = self.feature[node]
                if self.rows[node] < 1 or not -1 <= asked < self.width:
                    raise ValueError(f"node {node} asks column {asked} of {self.width}")
                behind = (self.left[node], self.right[node])
                if asked >= 0 and not all(node < child < end for child in behind):
                    raise ValueError(f"node {node} leads out of its tree")
        return self

    @cached_property
    def _nodes(self) -> _Nodes:
        own = np.arange(len(self.feature))
        asked = np.array(self.feature, np.int64)
        leaf = asked < 0  # leads to itself, so that all rows walk equally far
        return _Nodes(
            start=np.array(self.start, np.int64),
            feature=np.where(leaf, 0, asked),
            threshold=np.array(self.threshold, np.float64),
            left=np.where(leaf, own, np.array(self.left, np.int64)),
            right=np.where(leaf, own, np.array(self.right, np.int64)),
            value=np.array(self.value, np.float64),
        )

    def told(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum for each row; x is float64[N, width] without NaN, the answer float64[N]."""
        told = np.full(len(x), self.base)
        if not self.start:
            return told
        for begin in range(0, len(x), _ROWS):
            told[begin : begin + _ROWS] += self._walked(x[begin : begin + _ROWS])
        return told

    def _walked(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        nodes = self._nodes
        at = np.tile(nodes.start, (len(x), 1))
        row = np.arange(len(x))[:, None]
        while True:
            left = x[row, nodes.feature[at]] <= nodes.threshold[at]
            now = np.where(left, nodes.left[at], nodes.right[at])
            if np.array_equal(now, at):
                total: NDArray[np.float64] = nodes.value[at].sum(axis=1)
                return total
            at = now

    @cached_property
    def leaves(self) -> Leaves:
        """The leaves, for whoever asks why."""
        paths: list[tuple[float, dict[int, tuple[float, float, float]]]] = []
        for root in self.start:
            waiting: list[tuple[int, dict[int, tuple[float, float, float]]]] = [(root, {})]
            while waiting:
                node, path = waiting.pop()
                asked = self.feature[node]
                if asked < 0:
                    paths.append((self.value[node], path))
                    continue
                low, high, covers = path.get(asked, (-np.inf, np.inf, 1.0))
                cut = self.threshold[node]
                for child, a, b in (
                    (self.left[node], low, min(high, cut)),
                    (self.right[node], max(low, cut), high),
                ):
                    share = covers * self.rows[child] / self.rows[node]
                    waiting.append((child, {**path, asked: (a, b, share)}))
        longest = max((len(path) for _, path in paths), default=0)
        nothing = (0, -np.inf, np.inf, 1.0)
        asks = [
            [(j, *box) for j, box in path.items()] + [nothing] * (longest - len(path))
            for _, path in paths
        ]
        table = np.array(asks, np.float64).reshape(len(paths), longest, 4)
        return Leaves(
            value=np.array([value for value, _ in paths], np.float64),
            feature=table[:, :, 0].astype(np.int64),
            low=table[:, :, 1],
            high=table[:, :, 2],
            covers=table[:, :, 3],
        )
