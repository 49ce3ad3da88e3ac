"""Whether a probability is what it says: of rows told 10 to 20 %, how many came true.

It must never judge a probability on the rows that set it.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.errors import WrongKind
from twin_core.value import Value

_EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0)
_LEAST_ROWS = 30
"""In a bin: what holds fewer is joined to the next."""
_SIGMAS = {0.5: 0.6745, 0.8: 1.2816, 0.9: 1.6449, 0.95: 1.96}
"""Two-sided quantiles of the normal law, by level."""


class Bin(Value):
    """Rows told a probability from `low` to `high`: their number and how many came true."""

    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    rows: int = Field(ge=1)
    true: int = Field(ge=0)
    told: float = Field(ge=0, le=1)

    def between(self, level: float, alike: float = 1.0) -> tuple[float, float]:
        """Where the true share lies: Wilson's interval (JASA 22, 1927).

        Args:
            level: of the interval.
            alike: so many rows tell as much as one of independent ones (see `Reliability`).

        Raises:
            WrongKind: another level than those of `_SIGMAS`.
        """
        if level not in _SIGMAS:
            allowed = ", ".join(f"{known:g}" for known in _SIGMAS)
            raise WrongKind("level of an interval", f"{level:g}", f"one of {allowed}")
        z2 = _SIGMAS[level] ** 2
        share, n = self.true / self.rows, self.rows / alike
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        root = (share * (1 - share) / n + z2 / (4 * n**2)) ** 0.5
        half = _SIGMAS[level] * root / (1 + z2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)


class Reliability(Value):
    """Log-odds of a forest turned into a probability that was held against blocks left out.

    Attributes:
        slope, offset: probability = 1 / (1 + exp(−(slope · log-odds + offset))) (Platt, 1999).
        bins: the reliability curve.
        brier: mean squared difference of probability and outcome (Brier, Monthly Weather Review
            78, 1950); trivial: of the base rate of the other blocks.
        base_rate: share of rows that came true.
        alarm_at: probability from which on calling it true was best in F1.
        alike: how many rows of a block tell as much as one would alone (see `alikeness`).
        rows, blocks: judged.
    """

    kind: Literal["reliability"] = "reliability"
    slope: float = Field(gt=0)
    offset: float
    bins: tuple[Bin, ...] = Field(min_length=1)
    brier: float = Field(ge=0, le=1)
    trivial: float = Field(ge=0, le=1)
    base_rate: float = Field(gt=0, lt=1)
    alarm_at: float = Field(ge=0, le=1)
    alike: float = Field(ge=1)
    rows: int
    blocks: int

    def probability(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of log-odds as the forest tells them."""
        return logistic(self.slope * score + self.offset)

    def bin_of(self, probability: float) -> Bin:
        """The rows that were told about the same."""
        return next((b for b in self.bins if probability <= b.high), self.bins[-1])


def logistic(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(−score)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * score))


def platt(score: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset by maximum likelihood, targets smoothed as Platt does, Newton's steps."""
    true = y.sum()
    target = np.where(y > 0, (true + 1) / (true + 2), 1 / (len(y) - true + 2))
    columns = np.column_stack([score, np.ones_like(score)])
    weight = np.array([1.0, 0.0])
    for _ in range(100):
        told = logistic(columns @ weight)
        bend = (columns.T * (told * (1 - told))) @ columns + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend, columns.T @ (target - told))
        # Far from the end a whole step may overshoot where the logistic is flat.
        weight = weight + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-10:
            break
    return float(weight[0]), float(weight[1])


def bins(probability: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Bin, ...]:
    """The reliability curve; neighbours are joined until each holds `_LEAST_ROWS`, if there are."""
    found: list[Bin] = []
    low = 0.0
    mine = np.zeros(len(y), bool)
    for high in _EDGES[1:]:
        mine |= (probability <= high) & (probability > low if low else True)
        last = high == 1.0
        if mine.sum() >= _LEAST_ROWS or (last and mine.any() and not found):
            found.append(_bin(low, high, probability[mine], y[mine]))
            low, mine = high, np.zeros(len(y), bool)
    if mine.any():
        left = found.pop()
        mine |= (probability <= left.high) & (probability > left.low if left.low else True)
        found.append(_bin(left.low, 1.0, probability[mine], y[mine]))
    return (*found[:-1], found[-1].model_copy(update={"high": 1.0}))


def alarm_level(probability: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The probability at and above which calling it true has the highest F1."""
    order = np.argsort(-probability, kind="stable")
    told, true = probability[order], np.cumsum(y[order])
    f1 = 2 * true / (np.arange(1, len(y) + 1) + y.sum())
    f1[:-1][told[:-1] == told[1:]] = 0.0  # equal probabilities are called alike
    at = int(np.argmax(f1))
    # Halfway to the next: on the row itself the limit would depend on its last bit.
    return float(told[at] if at + 1 == len(y) else (told[at] + told[at + 1]) / 2)


def alikeness(
    probability: NDArray[np.float64], y: NDArray[np.float64], block: NDArray[np.int64]
) -> float:
    """Variance of what blocks came to, over that of as many independent rows; at least 1.

    The design effect (Kish, *Survey Sampling*, 1965, section 5.4): rows an hour apart that look
    eight hours ahead see the same failure.

    Args:
        probability: told of each row, float64[N].
        y: 0 or 1, float64[N].
        block: int64[N], two or more of them.
    """
    _, mine = np.unique(block, return_inverse=True)
    blocks = int(mine.max()) + 1
    between = float((np.bincount(mine, y - probability) ** 2).sum()) * blocks / (blocks - 1)
    alone = float((probability * (1 - probability)).sum())
    return max(1.0, between / max(alone, np.finfo(np.float64).tiny))


def brier(probability: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Mean squared difference."""
    return float(((probability - y) ** 2).mean())


def _bin(
    low: float,
    high: float,
    probability: NDArray[np.float64],
    y: Sequence[float] | NDArray[np.float64],
) -> Bin:
    return Bin(
        low=low,
        high=high,
        rows=len(probability),
        true=int(np.sum(y)),
        told=float(probability.mean()),
    )
