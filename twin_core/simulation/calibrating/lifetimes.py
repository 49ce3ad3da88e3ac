"""Laws of how long something lasts, each by its mean and one shape.

A mean is what people and plant files know (MTBF, MTTR), so every law is written by it. It must
never estimate anything.

Sources: Lawless, *Statistical Models and Methods for Lifetime Data*, 2nd ed., 2003, chapter 1, for
the laws; Cox, *Renewal Theory*, 1962, section 5.2, for what is left of a life that is met half-way.
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from twin_core.value import Value

Family = Literal["exponential", "weibull", "lognormal", "gamma"]
FAMILIES: tuple[Family, ...] = ("exponential", "weibull", "lognormal", "gamma")

_TINY = 1e-250
"""Below it a tail is taken from its asymptote: the special function is near its underflow."""


class Law(Value):
    """How long something lasts.

    Attributes:
        mean_s: expected length, seconds.
        shape: Weibull's k, the lognormal's standard deviation of the logarithm, the gamma's a; of
            an exponential 1.
    """

    family: Family
    mean_s: float = Field(gt=0)
    shape: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if self.family == "exponential" and self.shape != 1.0:
            msg = f"an exponential law has shape 1, not {self.shape:g}"
            raise ValueError(msg)
        return self

    def log_density(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logarithm of the density at t > 0, per second."""
        return log_density(self.family, self.mean_s, self.shape, t)

    def log_survival(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logarithm of the probability to last longer than t >= 0."""
        return log_survival(self.family, self.mean_s, self.shape, t)

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The length that the share `u` (0 <= u < 1) does not outlast: draws by inversion."""
        from scipy import special

        m, k = self.mean_s, self.shape
        if self.family == "lognormal":
            return np.asarray(m * np.exp(k * special.ndtri(u) - 0.5 * k * k))
        if self.family == "gamma":
            return np.asarray(m / k * special.gammaincinv(k, u))
        return np.asarray(m / special.gamma(1.0 + 1.0 / k) * (-np.log1p(-u)) ** (1.0 / k))


def log_density(
    family: Family, mean: float, shape: float, t: NDArray[np.float64]
) -> NDArray[np.float64]:
    """See `Law.log_density`."""
    from scipy import special

    if family == "lognormal":
        z = (np.log(t / mean) + 0.5 * shape * shape) / shape
        return np.asarray(-0.5 * z * z - np.log(t * shape * np.sqrt(2.0 * np.pi)))
    if family == "gamma":
        x = t * (shape / mean)
        return np.asarray(shape * np.log(x) - x - special.gammaln(shape) - np.log(t))
    log_x = np.log(t / mean) + special.gammaln(1.0 + 1.0 / shape)
    return np.asarray(np.log(shape / t) + shape * log_x - np.exp(shape * log_x))


def log_survival(
    family: Family, mean: float, shape: float, t: NDArray[np.float64]
) -> NDArray[np.float64]:
    """See `Law.log_survival`."""
    from scipy import special

    t = np.asarray(t, np.float64)
    if family == "lognormal":
        with np.errstate(divide="ignore"):
            z = (np.log(t / mean) + 0.5 * shape * shape) / shape
        return np.asarray(special.log_ndtr(-z))
    if family == "gamma":
        return _log_upper_gamma(shape, t * (shape / mean))
    return np.asarray(-((t / mean * special.gamma(1.0 + 1.0 / shape)) ** shape))


def log_left(
    family: Family, mean: float, shape: float, t: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithm of the probability that a life met half-way goes on for longer than t >= 0.

    The forward recurrence time of a stationary renewal process has the density S(x) / mean, so
    this is the integral of S beyond t over the mean: Q(1/k, z) for Weibull's law, the call price
    of Black and Scholes (1973) over the mean for the lognormal.
    """
    from scipy import special

    t = np.asarray(t, np.float64)
    if family == "lognormal":
        with np.errstate(divide="ignore"):
            d = (np.log(mean / t) + 0.5 * shape * shape) / shape
        left = special.ndtr(d) - t / mean * special.ndtr(d - shape)
    elif family == "gamma":
        x = t * (shape / mean)
        left = special.gammaincc(shape + 1.0, x) - t / mean * special.gammaincc(shape, x)
    else:
        z = (t / mean * special.gamma(1.0 + 1.0 / shape)) ** shape
        return _log_upper_gamma(1.0 / shape, z)
    return np.asarray(np.log(np.maximum(left, _TINY)))


def _log_upper_gamma(a: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of Q(a, x); far out by x^(a-1) e^-x (1 + (a-1)/x) / Gamma(a) (DLMF 8.11.2)."""
    from scipy import special

    q = special.gammaincc(a, x)
    far = q < _TINY
    with np.errstate(divide="ignore", invalid="ignore"):
        tail = (a - 1) * np.log(x) - x + np.log1p(np.maximum((a - 1) / x, -0.5))
        return np.where(far, tail - special.gammaln(a), np.log(np.where(far, 1.0, q)))


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """How long things were seen to last; one entry each.

    Attributes:
        seconds: from the beginning (or the first sight of it) to the end or the last sight,
            float64[N], > 0.
        ended: the end was seen; else it lasted longer than `seconds`.
        entered_s: how old it was when it came under observation; 0 = seen from the beginning.
        met: it went on already when first seen, and for how long nobody knows.
        below_s: only what lasts less is told among these; None = everything is.
        resolution_s: the step in which the times were told.
    """

    seconds: NDArray[np.float64]
    ended: NDArray[np.bool_]
    entered_s: NDArray[np.float64]
    met: NDArray[np.bool_]
    below_s: float | None = None
    resolution_s: float = 0.0

    @classmethod
    def whole(cls, seconds: NDArray[np.float64], ended: NDArray[np.bool_] | None = None) -> Self:
        """All seen from their beginning."""
        n = len(seconds)
        over = np.ones(n, np.bool_) if ended is None else ended
        return cls(np.asarray(seconds, np.float64), over, np.zeros(n), np.zeros(n, np.bool_))

    @property
    def events(self) -> int:
        """How many ends were seen."""
        return int(self.ended.sum())

    @property
    def exposure_s(self) -> float:
        """Seconds that were watched."""
        return float((self.seconds - self.entered_s).sum())
