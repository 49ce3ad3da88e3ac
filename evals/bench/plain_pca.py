"""The plain detector beside ours: principal components, Hotelling's T² and the residual Q.

Limits are quantiles of the training rows (J. E. Jackson and G. S. Mudholkar, Technometrics 21,
1979, name the statistics). It must never see a row that it is judged on.
"""

import numpy as np
from numpy.typing import NDArray

_KEPT = 0.9
"""Share of the variance that the components keep."""


class PlainPCA:
    """Fitted on healthy rows.

    Args:
        rows: float64[T, P].
        quantile: of the training rows' statistics, beyond which a row is called anomalous.
    """

    def __init__(self, rows: NDArray[np.float64], quantile: float) -> None:
        self._mean, spread = rows.mean(axis=0), rows.std(axis=0)
        self._scale = np.where(spread > 0.0, spread, 1.0)
        values, vectors = np.linalg.eigh(np.cov(((rows - self._mean) / self._scale).T))
        values, vectors = values[::-1], vectors[:, ::-1]
        kept = int(np.searchsorted(np.cumsum(values) / values.sum(), _KEPT)) + 1
        self._values, self._vectors = np.maximum(values[:kept], 1e-12), vectors[:, :kept]
        self._limits = [float(np.quantile(s, quantile)) for s in self._statistics(rows)]

    def flags(self, rows: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows are called anomalous, bool[T]."""
        t2, q = self._statistics(rows)
        found: NDArray[np.bool_] = (t2 > self._limits[0]) | (q > self._limits[1])
        return found

    def _statistics(
        self, rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        z = (rows - self._mean) / self._scale
        score = z @ self._vectors
        rest = z - score @ self._vectors.T
        return (score**2 / self._values).sum(axis=1), (rest**2).sum(axis=1)
