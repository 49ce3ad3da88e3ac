"""Where a model has learned: each feature's range, and how features go together.

A row outside has no prediction, and the reason names the features. Both limits are set by rows of
blocks left out, so that a healthy block not yet seen is seldom refused. It must never be widened
after the fit.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from twin_core.simulation.learning.examples import Feature
from twin_core.value import Value

REFUSED = 0.01
"""Share of healthy rows left out that the limits may refuse: half by range, half by company."""
_STILL = 1e-3
"""A feature that never moved may stray by this share of its value: it has no spread of its own."""
_FLOOR = 1e-3
"""Share of its variance that a feature keeps of its own: features that say the same twice differ by
rounding, and that is no reason to refuse."""
_NAMED = 3
_FAR = 1e6
"""Deviations; what lies further is refused by its range, and would only overflow."""


class Validity(Value):
    """Limits, by column of the model's features.

    Attributes:
        low, high: range of each, margin included, in its unit.
        centre, scale: mean and standard deviation while learning; scale 0: it never moved.
        precision: inverse of the features' shrunk correlation (Ledoit and Wolf, Journal of
            Multivariate Analysis 88, 2004), D × D.
        farthest: largest Mahalanobis distance (1936) from the centre.
        refused: share of left-out rows that these limits would have refused.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    precision: tuple[tuple[float, ...], ...]
    farthest: float = Field(gt=0)
    refused: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _of_one_width(self) -> Self:
        wide = len(self.low)
        columns = (self.high, self.centre, self.scale, self.precision, *self.precision)
        if any(len(column) != wide for column in columns):
            raise ValueError("limits of a model are not of one width")
        if any(self.precision[i][i] <= 0 for i in range(wide)):
            raise ValueError("a precision has positive diagonal numbers")
        return self

    def inside(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the model has learned there; x is float64[N, D], the answer bool[N]."""
        within = (x >= np.array(self.low)) & (x <= np.array(self.high))  # NaN is not
        inside: NDArray[np.bool_] = within.all(axis=1) & (self._distance(x) <= self.farthest)
        return inside

    def reason(
        self, features: Sequence[Feature], x: NDArray[np.float64]
    ) -> tuple[str, tuple[str, ...]] | None:
        """Why a row (float64[D]) is outside and the features it is for, or None where it is not."""
        missing = [f.name for f, v in zip(features, x, strict=True) if not np.isfinite(v)]
        if missing:
            return f"{_and(missing)} is not known", tuple(missing)
        past = [j for j in range(len(x)) if not self.low[j] <= x[j] <= self.high[j]]
        if past:
            said = [
                f"{features[j].name} {_number(x[j], features[j].unit)} is outside "
                f"{self.low[j]:.4g} to {_number(self.high[j], features[j].unit)}"
                for j in past[:_NAMED]
            ]
            more = f" and {len(past) - _NAMED} more" if len(past) > _NAMED else ""
            learned = ", where it has learned"
            return f"{_and(said)}{more}{learned}", tuple(features[j].name for j in past)
        if self._distance(x[None])[0] <= self.farthest:
            return None
        return self._company(features, x)

    def _company(
        self, features: Sequence[Feature], x: NDArray[np.float64]
    ) -> tuple[str, tuple[str, ...]]:
        """Each feature is usual and together they are not: which stands out from the others.

        With precision P, (P z)_j² / P_jj is what the squared distance loses if feature j is free,
        and z_j − (P z)_j / P_jj what the others would expect of it (conditional mean of a normal
        law: Mardia, Kent and Bibby, Multivariate Analysis, 1979, 3.2).
        """
        precision = np.array(self.precision)
        pulled = precision @ self._standard(x[None])[0]
        own = np.diag(precision)
        gained = np.where(np.array(self.scale) > 0, pulled**2 / own, 0.0)
        worst = np.argsort(-gained, kind="stable")[:_NAMED]
        worst = worst[gained[worst] >= gained[worst[0]] / 4]
        said = [
            f"{features[j].name} {_number(x[j], features[j].unit)} (about "
            f"{_number(x[j] - self.scale[j] * pulled[j] / own[j], features[j].unit)})"
            for j in worst
        ]
        names = tuple(features[j].name for j in worst)
        return (
            f"not seen beside such other values (in brackets what they go with): {_and(said)}",
            names,
        )

    def _standard(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return _standard(x, np.array(self.centre), np.array(self.scale))

    def _distance(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return _distance(self._standard(x), np.array(self.precision))


def learn_validity(x: NDArray[np.float64], folds: Sequence[NDArray[np.bool_]]) -> Validity:
    """The limits of rows, float64[N, D] and finite, whose folds (bool[N]) are left out in turn."""
    span = np.ptp(x, axis=0)
    moves = span > 0
    excess, distance = np.zeros(len(x)), np.zeros(len(x))
    for out in folds:
        rest = x[~out]
        low, high = rest.min(axis=0), rest.max(axis=0)
        past = np.maximum(low - x[out], x[out] - high)
        excess[out] = np.where(moves, past / np.where(moves, span, 1.0), 0.0).max(axis=1)
        centre, scale, precision = _law(rest)
        distance[out] = _distance(_standard(x[out], centre, scale), precision)
    margin = max(0.0, _upper(excess))
    farthest = max(_upper(distance), np.finfo(np.float64).tiny)
    centre, scale, precision = _law(x)
    room = np.where(moves, margin * span, np.maximum(_STILL * np.abs(centre), 1e-12))
    return Validity(
        low=tuple((x.min(axis=0) - room).tolist()),
        high=tuple((x.max(axis=0) + room).tolist()),
        centre=tuple(centre.tolist()),
        scale=tuple(scale.tolist()),
        precision=tuple(tuple(row) for row in precision.tolist()),
        farthest=farthest,
        refused=float(((excess > margin) | (distance > farthest)).mean()),
    )


def _upper(judged: NDArray[np.float64]) -> float:
    return float(np.quantile(judged, 1 - REFUSED / 2, method="higher"))


def _law(
    x: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.covariance import ledoit_wolf

    centre, scale = x.mean(axis=0), np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 0.0)
    shrunk, _ = ledoit_wolf(_standard(x, centre, scale), assume_centered=True)
    # A feature that never moved has no correlation; its range alone judges it.
    still = scale == 0
    shrunk[np.ix_(still, still)] = np.eye(int(still.sum()))
    return centre, scale, np.linalg.inv(shrunk + _FLOOR * np.eye(len(scale)))


def _standard(
    x: NDArray[np.float64], centre: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    moves = scale > 0
    with np.errstate(over="ignore"):
        z = (x - centre) / np.where(moves, scale, 1.0)
    return np.where(moves, np.clip(np.nan_to_num(z, nan=_FAR), -_FAR, _FAR), 0.0)


def _distance(z: NDArray[np.float64], precision: NDArray[np.float64]) -> NDArray[np.float64]:
    distance: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", z @ precision, z).clip(0.0))
    return distance


def _number(value: float, unit: str) -> str:
    return f"{value:.4g}" if unit == "1" else f"{value:.4g} {unit}"


def _and(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
