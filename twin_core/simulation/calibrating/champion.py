"""Champion and challenger: two parameter sets on time that neither has learnt from.

It says which foretells better, or that nobody can tell. It must never replace one by the other:
that is a person's to decide, with what is said here before him.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.errors import WrongKind
from twin_core.evidence import Evidence
from twin_core.simulation.calibrating.estimated import LEVEL, Estimated
from twin_core.simulation.calibrating.parameters import ParameterSet
from twin_core.simulation.calibrating.skill import crps
from twin_core.value import Instant, Path, Value

Verdict = Literal["better", "worse", "not distinguishable"]

FEWEST = 12
"""Stretches below which nothing is told apart."""
_DRAWS = 2000


class Stretch(Value):
    """A piece of held-back time and the line's mean rate in it, per minute."""

    start: Instant
    end: Instant
    rate: float


Foretell = Callable[[ParameterSet, Stretch], NDArray[np.float64]]
"""Draws of the rate of a stretch from what was known when it began, float64[R], R >= 2."""


class Contest(Value):
    """How a challenger did against the champion.

    Attributes:
        champion, challenger: versions.
        start, end: of the held-back time; `n` stretches in it.
        champion_score, challenger_score: mean CRPS, per minute; less is better.
        gain: champion's score less challenger's, over the same stretches.
        block: stretches drawn together, as many as hang together.
        verdict: on the challenger.
        unit: of the scores.
    """

    line: Path
    champion: str
    challenger: str
    start: Instant
    end: Instant
    n: int = Field(ge=1)
    champion_score: float
    challenger_score: float
    gain: Estimated
    block: int
    verdict: Verdict
    unit: str = "/min"

    @property
    def evidence(self) -> Evidence:
        """For whoever decides on the promotion."""
        hours = (self.end - self.start) / 3.6e9
        said = {
            "better": "foretells better than",
            "worse": "foretells worse than",
            "not distinguishable": "cannot be told from",
        }[self.verdict]
        per = "per minute" if self.unit == "/min" else self.unit
        low, high = self.gain.low, self.gain.high
        limits = "" if low is None or high is None else f" [{low:.3g}, {high:.3g}]"
        return Evidence(
            kind="forecast",
            subject=self.line,
            statement=(
                f"Parameters {self.challenger} {said} {self.champion} over {self.n} stretches of "
                f"{hours:.1f} h held back: mean score {self.challenger_score:.3g} against "
                f"{self.champion_score:.3g} {per}, gain {self.gain.value:.3g}{limits}."
            ),
            data=self.model_dump(mode="json"),
            time=self.end,
            quality="simulated",
            origin=f"model {self.challenger}",
        )


def contest(
    champion: ParameterSet, challenger: ParameterSet, held_back: Sequence[Stretch],
    foretell: Foretell, *, seed: int,
) -> Contest:  # fmt: skip
    """Let both foretell held-back time, and compare stretch by stretch.

    The interval of the gain is that of a circular block bootstrap of the paired differences
    (Politis and Romano, *Exploring the Limits of Bootstrap*, 1992, pages 263-270) with blocks of
    Carlstein's length for a first-order autoregression (Annals of Statistics 14, 1986).

    Args:
        champion: what is used now.
        challenger: of the same line.
        held_back: ascending and apart, all after what both have learnt from.
        foretell: the model; draws with the same numbers for both should it draw.
        seed: of the bootstrap.

    Raises:
        WrongKind: two lines, no stretch, or one that a set has learnt from.
    """
    if champion.line != challenger.line:
        raise WrongKind("challenger", challenger.line, f"parameters of {champion.line}")
    _check_held_back(champion, challenger, held_back)
    ours = np.array([crps(foretell(champion, one), one.rate) for one in held_back])
    its = np.array([crps(foretell(challenger, one), one.rate) for one in held_back])
    versions = champion.version, challenger.version
    span = held_back[0].start, held_back[-1].end
    return settled(champion.line, versions, span, ours, its, seed=seed)


def settled(
    asset: str,
    versions: tuple[str, str],
    span: tuple[Instant, Instant],
    ours: NDArray[np.float64],
    its: NDArray[np.float64],
    *,
    seed: int,
    unit: str = "/min",
) -> Contest:
    """The verdict from the scores of champion and challenger over the same stretches, in `unit`."""
    gain, block = _gain(ours - its, seed, unit)
    verdict: Verdict = "not distinguishable"
    if gain.low is not None and gain.low > 0:
        verdict = "better"
    elif gain.high is not None and gain.high < 0:
        verdict = "worse"
    return Contest(
        line=asset,
        champion=versions[0],
        challenger=versions[1],
        start=span[0],
        end=span[1],
        n=len(ours),
        champion_score=float(ours.mean()),
        challenger_score=float(its.mean()),
        gain=gain,
        block=block,
        verdict=verdict,
        unit=unit,
    )


def _check_held_back(
    champion: ParameterSet, challenger: ParameterSet, held_back: Sequence[Stretch]
) -> None:
    if not held_back:
        raise WrongKind("held-back time", "none", "stretches after what both have learnt from")
    learnt = max(champion.end, challenger.end)
    before = min(one.start for one in held_back)
    if before < learnt:
        raise WrongKind("held-back time", f"from {before}", f"from {learnt} on: it was learnt from")
    pairs = pairwise(held_back)
    if any(b.start < a.end for a, b in pairs) or any(s.end <= s.start for s in held_back):
        raise WrongKind("held-back time", "stretches that overlap", "ascending ones, apart")


def _gain(difference: NDArray[np.float64], seed: int, unit: str) -> tuple[Estimated, int]:
    n, mean = len(difference), float(difference.mean())
    together = _together(difference)
    block = block_length(together, n)
    if n < FEWEST:
        why = f"{n} stretches, {FEWEST} are needed"
        return Estimated(value=mean, low=None, high=None, unit=unit, n=n, by=why), block
    random = np.random.default_rng(seed)
    blocks = -(-n // block)
    first = random.integers(0, n, (_DRAWS, blocks))
    rows = (first[:, :, None] + np.arange(block)).reshape(_DRAWS, -1)[:, :n] % n
    # blocks cut ties at their ends: that share of the variance is missing from what is drawn
    wide = 1.0 / np.sqrt(1.0 - min(0.75, together / block))
    means = difference[rows].mean(axis=1) - mean
    low, high = np.quantile(means, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)) * wide
    return Estimated(
        value=mean, low=mean + min(float(low), 0.0), high=mean + max(float(high), 0.0),
        unit=unit, n=n, by=f"circular block bootstrap, blocks of {block}",
    ), block  # fmt: skip


def block_length(together: float, n: int) -> int:
    """How many of n neighbours are drawn together: together^(2/3) n^(1/3), 1 to a third of all."""
    return int(np.clip(round(together ** (2 / 3) * n ** (1 / 3)), 1, max(1, n // 3)))


def _together(x: NDArray[np.float64]) -> float:
    """2 r / (1 - r^2) of the first autocorrelation r; 0 where it is not above what chance gives."""
    n = len(x)
    centred = x - x.mean()
    power = float((centred**2).sum())
    if n < 4 or power <= 0:
        return 0.0
    r = float((centred[1:] * centred[:-1]).sum()) / power
    r = min(r, 0.97)
    return 2 * r / (1 - r * r) if r > 1.0 / np.sqrt(n) else 0.0
