"""What no estimator can beat: the Cramer-Rao bound of planted laws, by their own densities.

From scipy's densities, none of the twin's, so that an error in one shows beside the other. It must
never be handed to an estimator.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.bench.simulated_week import Planted

_POINTS = 20_000
_STEP = 1e-4


def relative_sd(law: Planted, n: float) -> tuple[float, float]:
    """Smallest standard deviations of mean and shape over their size, from `n` whole lives.

    Inverse of the Fisher information of (log mean, log shape), taken by quantiles of the law.
    """
    u = (np.arange(_POINTS) + 0.5) / _POINTS
    t = _frozen(law, 0.0, 0.0).ppf(u)

    def slope(a: float, b: float) -> NDArray[np.float64]:
        more, less = _frozen(law, a, b).logpdf(t), _frozen(law, -a, -b).logpdf(t)
        return np.asarray((more - less) / (2 * _STEP))

    by_mean, by_shape = slope(_STEP, 0.0), slope(0.0, _STEP)
    if law.family == "exponential":
        return float(1 / np.sqrt(n * (by_mean**2).mean())), 0.0
    information = np.cov(by_mean, by_shape, bias=True) * n
    bound = np.linalg.inv(information)
    return float(np.sqrt(bound[0, 0])), float(np.sqrt(bound[1, 1]))


def _frozen(law: Planted, log_mean: float, log_shape: float) -> Any:
    from scipy import stats
    from scipy.special import gamma

    mean, k = law.mean_s * np.exp(log_mean), law.shape * np.exp(log_shape)
    if law.family == "weibull":
        return stats.weibull_min(k, scale=mean / gamma(1 + 1 / k))
    if law.family == "lognormal":
        return stats.lognorm(k, scale=mean * np.exp(-k * k / 2))
    if law.family == "gamma":
        return stats.gamma(k, scale=mean / k)
    return stats.expon(scale=mean)
