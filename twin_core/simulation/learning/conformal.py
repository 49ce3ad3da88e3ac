"""How far a model was off on blocks it had not seen, and the intervals that follow from it.

Split-conformal prediction (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World,
2005; Lei et al., JASA 113, 2018), each block left out in turn (Vovk, Annals of Mathematics and
Artificial Intelligence 74, 2015: cross-conformal), with one vote a block, since rows of one block
are not exchangeable (Lee, Barber and Willett, Distribution-free inference with hierarchical data,
2023). It must never judge a level on the blocks that set it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.errors import CannotLearn, WrongKind
from twin_core.value import Value

LEVELS = (0.5, 0.8, 0.9, 0.95)
_QUANTILES = np.linspace(0.0, 1.0, 201)


class Coverage(Value):
    """An interval of one level: value ± times · spread.

    Attributes:
        level: of cases that it should hold.
        times: None where there are too few blocks to know.
        observed: share of left-out rows it held, a block a vote, its width set by other blocks.
    """

    level: float = Field(gt=0, lt=1)
    times: float | None = Field(ge=0)
    observed: float | None = Field(ge=0, le=1)


class Misses(Value):
    """What was seen on blocks left out.

    Attributes:
        rows, blocks: judged.
        error: root mean square, in the target's unit; trivial: of what it was held against, the
            mean of the other blocks where nothing else is said.
        coverages: one a level of `LEVELS`.
        quantiles: of (seen − told) / spread, from the least to the largest, a block a vote.
    """

    rows: int
    blocks: int
    error: float = Field(ge=0)
    trivial: float = Field(ge=0)
    coverages: tuple[Coverage, ...]
    quantiles: tuple[float, ...] = Field(min_length=2)

    def coverage(self, level: float) -> Coverage:
        """The interval of that level.

        Raises:
            WrongKind: a level that was not judged.
            CannotLearn: too few blocks for it.
        """
        found = next((c for c in self.coverages if c.level == level), None)
        if found is None:
            allowed = ", ".join(f"{c.level:g}" for c in self.coverages)
            raise WrongKind("level of an interval", f"{level:g}", f"one of {allowed}")
        if found.times is None:
            problem = f"{self.blocks} blocks do not tell what happens {1 - level:.0%} of the time"
            raise CannotLearn(
                f"an interval of {level:.0%}", problem, f"{needed_blocks(level)} blocks"
            )
        return found

    def share_below(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of left-out rows, how many were off by less than that many spreads (with sign)."""
        share: NDArray[np.float64] = np.interp(
            score, self.quantiles, _QUANTILES, left=0.0, right=1.0
        )
        return share


def needed_blocks(level: float) -> int:
    """The fewest that tell of it: of K blocks, the next lies below the largest with K/(K+1)."""
    return int(np.ceil(level / (1 - level) - 1e-9))


def misses(
    off: NDArray[np.float64],
    spread: NDArray[np.float64],
    trivial: NDArray[np.float64],
    block: NDArray[np.int64],
    folds: Sequence[NDArray[np.bool_]],
) -> Misses:
    """What residuals on blocks left out say.

    Args:
        off: seen − told, float64[N].
        spread: what was expected of it, > 0, float64[N].
        trivial: seen − what it is held against, float64[N].
        block: int64[N].
        folds: rows left out together, bool[N] each.
    """
    score = off / spread
    size = np.abs(score)
    coverages = []
    for level in LEVELS:
        held: list[tuple[float, int]] = []
        for out in folds:
            width = _quantile(size[~out], block[~out], level)
            if width is not None:
                voices = _voice(block[out])
                held.append((float(voices @ (size[out] <= width)), len(np.unique(block[out]))))
        judged = sum(n for _, n in held)
        coverages.append(
            Coverage(
                level=level,
                times=_quantile(size, block, level),
                observed=sum(s * n for s, n in held) / judged if judged else None,
            )
        )
    voice = _voice(block)
    order = np.argsort(score, kind="stable")
    reached = np.cumsum(voice[order])
    at = np.searchsorted(reached, _QUANTILES * reached[-1])
    return Misses(
        rows=len(off),
        blocks=len(np.unique(block)),
        error=rms(off),
        trivial=rms(trivial),
        coverages=tuple(coverages),
        quantiles=tuple(score[order][np.minimum(at, len(off) - 1)].tolist()),
    )


def rms(off: NDArray[np.float64]) -> float:
    """Root mean square."""
    return float(np.sqrt((off**2).mean()))


def _voice(block: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each row counts: blocks alike, and all together 1."""
    _, mine, rows = np.unique(block, return_inverse=True, return_counts=True)
    voice: NDArray[np.float64] = 1.0 / (len(rows) * rows[mine])
    return voice


def _quantile(size: NDArray[np.float64], block: NDArray[np.int64], level: float) -> float | None:
    """The least score that holds `level`, a block yet to come counted as past them all."""
    blocks = len(np.unique(block))
    if blocks < needed_blocks(level):
        return None
    order = np.argsort(size, kind="stable")
    reached = np.cumsum(_voice(block)[order]) * blocks / (blocks + 1)
    at = np.searchsorted(reached, level - 1e-12)
    return float(size[order][min(int(at), len(size) - 1)])
