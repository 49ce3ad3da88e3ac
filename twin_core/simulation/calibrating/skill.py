"""How good forecasts were, held against what came: scores, coverage, bias.

Every score is proper: it is best, on average, for who says what he believes (Gneiting and Raftery,
JASA 102, 2007). It must never score what a forecast could have known.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from twin_core.errors import WrongKind
from twin_core.simulation.calibrating.estimated import LEVEL, Z90, Estimated
from twin_core.value import Instant, Path, Value

_LEAST_SD = 1e-9


class Foretold(Value):
    """A forecast of one indicator and what came.

    Attributes:
        start, end: the stretch it spoke of.
        mean, low, high: with its 90 % interval.
        actual: what came, in the same unit.
    """

    start: Instant
    end: Instant
    mean: float
    low: float
    high: float
    actual: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not (self.start < self.end and self.low <= self.mean <= self.high):
            msg = "a forecast ends after it starts, and its mean lies in its interval"
            raise ValueError(msg)
        return self

    @property
    def inside(self) -> bool:
        """Whether what came lies in the interval."""
        return self.low <= self.actual <= self.high

    @property
    def z(self) -> float:
        """How far what came lies from the mean, in standard deviations of that side."""
        side = self.high - self.mean if self.actual >= self.mean else self.mean - self.low
        least = _LEAST_SD * max(1.0, abs(self.mean))
        return (self.actual - self.mean) / max(side / Z90, least)


class Skill(Value):
    """How a model's forecasts did.

    Attributes:
        coverage: share inside their 90 % interval.
        bias: mean of what came less what was foretold.
        crps: mean continuous ranked probability score, in the indicator's unit; 0 is perfect.
        last_value: the same of "it stays as it was in the stretch before", with the spread that
            such a guess had; None with too few to say.
    """

    line: Path
    version: str
    n: int
    coverage: Estimated
    bias: Estimated
    crps: float
    last_value: float | None


def skill(line: str, version: str, foretold: Sequence[Foretold], unit: str) -> Skill:
    """Score forecasts of one model.

    Raises:
        WrongKind: there is none.
    """
    from scipy.special import betaincinv, stdtrit

    told = apart(foretold)
    n = len(told)
    if not n:
        raise WrongKind(f"forecasts of {version}", "none", "at least one with what came")
    hits = sum(f.inside for f in told)
    low, high = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    share = hits / n
    error = np.array([f.actual - f.mean for f in told])
    spread = float(error.std(ddof=1)) / n**0.5 if n > 1 else None
    half = None if spread is None else spread * float(stdtrit(n - 1, high))
    bias = float(error.mean())
    # exact limits of a share (Clopper and Pearson, Biometrika 26, 1934)
    coverage = Estimated(
        value=share,
        low=0.0 if hits == 0 else min(share, float(betaincinv(hits, n - hits + 1, low))),
        high=1.0 if hits == n else max(share, float(betaincinv(hits + 1, n - hits, high))),
        unit="1", n=n, by="Clopper-Pearson",
    )  # fmt: skip
    sd = np.array([max((f.high - f.low) / (2 * Z90), _LEAST_SD) for f in told])
    step = np.diff([f.actual for f in told])
    naive = None
    if len(step) > 2 and step.std() > 0:
        naive = float(normal_crps(step, np.full(len(step), float(step.std()))).mean())
    return Skill(
        line=line, version=version, n=n, coverage=coverage,
        bias=Estimated(
            value=bias,
            low=None if half is None else bias - half,
            high=None if half is None else bias + half,
            unit=unit, n=n, by="t, one after the other",
        ),
        crps=float(normal_crps(error, sd).mean()), last_value=naive,
    )  # fmt: skip


def crps(samples: NDArray[np.float64], actual: float) -> float:
    """Continuous ranked probability score of draws, as if there were infinitely many.

    E|X - y| - E|X - X'| / 2 with the unbiased mean difference ("fair": Ferro, QJRMS 140, 2014).

    Args:
        samples: float64[R], R >= 2, finite.
        actual: what came.

    Raises:
        WrongKind: fewer than two draws, or one that is no number.
    """
    x = np.sort(np.asarray(samples, np.float64))
    r = len(x)
    if r < 2 or not np.isfinite(x).all() or not np.isfinite(actual):
        raise WrongKind("draws of a forecast", f"{r}, of {actual:g}", "two finite ones at least")
    weight = 2.0 * np.arange(1, r + 1) - r - 1.0
    apart_by = float((weight * x).sum()) / (r * (r - 1))  # half the mean difference of two
    return float(np.abs(x - actual).mean()) - apart_by


def normal_crps(error: NDArray[np.float64], sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same of a normal forecast (Gneiting and others, Monthly Weather Review 133, 2005)."""
    from scipy.special import ndtr

    z = error / sd
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return np.asarray(sd * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi)))


def apart(foretold: Sequence[Foretold]) -> tuple[Foretold, ...]:
    """Those, in order of time, that speak of no stretch another has spoken of before."""
    kept: list[Foretold] = []
    for one in sorted(foretold, key=lambda f: (f.start, f.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)
