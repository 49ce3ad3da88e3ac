"""One indicator over replications: its mean, how surely that is known, what one run will show.

Pure arithmetic on samples. It must never know what was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.scenario import Estimate

LEVEL = 0.90
_LEANS, _WIDEST = 1e-9, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """An indicator of R replications.

    Attributes:
        amount: of each, float64[R]; of a ratio, what is above the line.
        unit: of the indicator.
        per: of a ratio, what is below the line, float64[R]. Its mean is the sum of the one over
            the sum of the other (ISO 22400-2 aggregates before it divides).
        chance: whether it says for each replication if something happens, 0 or 1.
    """

    amount: NDArray[np.float64]
    unit: str
    per: NDArray[np.float64] | None = None
    chance: bool = False

    @property
    def mean(self) -> float:
        """Of the indicator; 0 of a ratio below whose line is nothing."""
        if self.per is None:
            return float(self.amount.mean())
        below = float(self.per.sum())
        return float(self.amount.sum()) / below if below > 0 else 0.0

    @property
    def values(self) -> NDArray[np.float64]:
        """One a replication, with that mean, as independent as the replications are, float64[R].

        Of a ratio they are its linearisation (Cochran, *Sampling Techniques*, 3rd ed., 1977, ch.
        6.4), so that their variance is that of the ratio of the sums.
        """
        if self.per is None:
            return self.amount
        below = float(self.per.mean())
        if below <= 0:
            return np.zeros(len(self.amount))
        return self.mean + (self.amount - self.mean * self.per) / below

    def estimate(self) -> Estimate:
        """Mean, interval of one run and half-width of the mean's; of a chance, the mean's alone."""
        if self.chance:
            return chance(float(self.amount.sum()), len(self.amount))
        if self.per is None:
            return estimate(self.amount, self.unit)
        some = self.per > 0
        runs = self.amount[some] / self.per[some] if some.any() else np.zeros(1)
        half = half_width(self.values)
        low, high = _quantiles(runs)
        mean = self.mean
        return Estimate(
            mean=mean, low=min(mean, low), high=max(mean, high), unit=self.unit, half=half
        )

    @staticmethod
    def joined(parts: "Sequence[Measured]") -> "Measured":
        """The same indicator of more replications, in order."""
        first = parts[0]
        per = [p.per for p in parts if p.per is not None]
        return Measured(
            np.concatenate([p.amount for p in parts]),
            first.unit,
            np.concatenate(per) if per else None,
            first.chance,
        )


def estimate(sample: NDArray[np.float64], unit: str) -> Estimate:
    """Mean and 90 % predictive interval of a sample, widened to the mean where that lies outside.

    Quantiles of type 7 (Hyndman and Fan, *The American Statistician* 50, 1996). One realisation of
    very many that ends badly moves the mean and not the quantiles.
    """
    low, high = _quantiles(sample)
    mean = float(sample.mean())
    return Estimate(
        mean=mean, low=min(mean, low), high=max(mean, high), unit=unit, half=half_width(sample)
    )


def chance(happened: float, n: int) -> Estimate:
    """A probability, with Wilson's 90 % interval of it (*JASA* 22, 1927).

    It holds what it says also where all or none happened (Brown, Cai and DasGupta, *Statistical
    Science* 16, 2001).
    """
    z = 1.6448536269514722
    p, grain = happened / n, z * z / n
    middle = (p + grain / 2) / (1 + grain)
    half = z * sqrt(p * (1 - p) / n + grain / (4 * n)) / (1 + grain)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(mean=p, low=min(p, low), high=max(p, high), unit="1", half=(high - low) / 2)


def half_width(sample: NDArray[np.float64], level: float = LEVEL, *, skewed: bool = True) -> float:
    """Of the confidence interval of the mean, the wider side; 0 of a single number.

    Student's t, as Willink makes it follow the skewness (*Communications in Statistics: Theory and
    Methods* 34, 2005; Law, *Simulation Modeling and Analysis*, 5th ed., 2015, section 4.5): lines
    that stop seldom and long have it, and plain t, not `skewed`, misses then more than it says.
    """
    n = len(sample)
    away = sample - sample.mean()
    spread = float(np.sqrt((away**2).sum() / max(1, n - 1)))
    if n < 2 or spread <= 0:
        return 0.0
    from scipy.special import stdtrit

    t = float(stdtrit(n - 1, (1 + level) / 2))
    third = n * float(((away / spread) ** 3).sum()) / ((n - 1) * (n - 2)) if n > 2 else 0.0
    lean = third / (6.0 * sqrt(n))
    if not skewed or abs(lean) <= _LEANS:
        return t * spread / sqrt(n)
    sides = [(float(np.cbrt(1 + 6 * lean * (r - lean))) - 1) / (2 * lean) for r in (t, -t)]
    # of a few numbers the skewness itself is hardly known
    return min(max(map(abs, sides)), _WIDEST * t) * spread / sqrt(n)


def _quantiles(sample: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(sample, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
