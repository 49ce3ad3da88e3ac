"""Why a model says what it says: what each feature adds to the usual answer.

Exact Shapley values of the forest (Shapley, 1953; the game of Lundberg et al., Nature Machine
Intelligence 2, 2020: a feature that is not known follows the rows of the fit). They say what the
model does with a value, not what the plant would do. It must never explain a row the model refuses.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import BeyondModel
from twin_core.simulation.learning.learned import LearnedModel, Spread
from twin_core.simulation.learning.reliability import logistic
from twin_core.simulation.learning.trees import Forest
from twin_core.value import Value


class Contribution(Value):
    """What a feature's value adds, in the prediction's unit."""

    feature: str
    unit: str
    value: float
    adds: float


class Why(Value):
    """One prediction taken apart: `baseline` + all `adds` + `ends` = `prediction`.

    Attributes:
        baseline: what the model says on average of the rows it was fitted on.
        contributions: largest first; those that add nothing are left out.
        ends: what a cap or a natural end of the target took away or gave.
        error: prediction − (baseline + contributions + ends), rounding alone.
    """

    target: str
    unit: str
    prediction: float
    baseline: float
    contributions: tuple[Contribution, ...]
    ends: float
    error: float
    model: str


def why(model: LearnedModel, values: Mapping[str, float]) -> Why:
    """The contributions to what `predict` says of these values.

    Contributions to a value are exact. Those to a probability are exact in log-odds and are
    carried to probability along the straight line between baseline and prediction (integrated
    gradients: Sundararajan, Taly and Yan, ICML 2017), all by one factor.

    Raises:
        UnknownName, BeyondModel: as `predict`.
    """
    row = model.row(values)
    reason = model.validity.reason(model.features, row)
    if reason is not None:
        raise BeyondModel(model.target.name, *reason)
    usual, adds = shapley(model.forest, row)
    score = float(model.forest.told(row[None])[0])
    by = model.calibration
    if isinstance(by, Spread):
        baseline, prediction = usual, float(model.target.clip(np.array([score]))[0])
        ends = prediction - score
    else:
        prediction = float(by.probability(np.array([score]))[0])
        baseline = float(by.probability(np.array([usual]))[0])
        adds, ends = adds * _secant(by.slope, by.offset, usual, score), 0.0
    order = np.argsort(-np.abs(adds), kind="stable")
    return Why(
        target=model.target.name,
        unit=model.target.unit,
        prediction=prediction,
        baseline=baseline,
        contributions=tuple(
            Contribution(
                feature=model.features[j].name,
                unit=model.features[j].unit,
                value=float(row[j]),
                adds=float(adds[j]),
            )
            for j in order
            if adds[j]
        ),
        ends=ends,
        error=prediction - baseline - float(adds.sum()) - ends,
        model=model.version,
    )


def said(found: Why, most: int = 3) -> str:
    """The answer to why as a sentence for people, with the features that count most."""
    parts = [
        f"{c.feature} at {_number(c.value, c.unit)} {'adds' if c.adds > 0 else 'takes'} "
        f"{abs(c.adds):.3g}"
        for c in found.contributions[:most]
    ]
    rest = sum(c.adds for c in found.contributions[most:]) + found.ends
    if rest:
        parts.append(f"all else {'adds' if rest > 0 else 'takes'} {abs(rest):.3g}")
    head = f"usual is {_number(found.baseline, found.unit)}"
    return f"{'; '.join([head, *parts])}: {_number(found.prediction, found.unit)}."


def _number(value: float, unit: str) -> str:
    return f"{value:.3g}" if unit == "1" else f"{value:.3g} {unit}"


def shapley(forest: Forest, row: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """What the forest says when it knows nothing, and what each column of a row adds; float64[D].

    A leaf with value w is reached with Π a_j, where a_j is 1 or 0 for a known feature and the
    share r_j of rows let through for one that is not. The Shapley value is the integral over t
    from 0 to 1 of the derivative of the multilinear extension along its diagonal (Owen, Management
    Science 18, 1972): w (o_i − r_i) Π_{j≠i} (r_j + t (o_j − r_j)), a polynomial in t, which
    Gauss's rule with half as many nodes as features integrates exactly.
    """
    leaves = forest.leaves
    adds = np.zeros(forest.width)
    if not leaves.feature.size:
        return forest.base + float(leaves.value.sum()), adds
    at = row[leaves.feature]
    gain = ((at > leaves.low) & (at <= leaves.high)) - leaves.covers
    node, weight = np.polynomial.legendre.leggauss((leaves.feature.shape[1] + 1) // 2)
    mean = np.zeros_like(gain)
    for t, part in zip((node + 1) / 2, weight / 2, strict=True):
        reached = leaves.covers + t * gain  # > 0: every split let some rows through, and t < 1
        mean += part * reached.prod(axis=1, keepdims=True) / reached
    np.add.at(adds, leaves.feature, leaves.value[:, None] * gain * mean)
    usual = forest.base + float((leaves.value * leaves.covers.prod(axis=1)).sum())
    return usual, adds


def _secant(slope: float, offset: float, usual: float, score: float) -> float:
    """By how much probability rises for each unit of the forest's log-odds, on the way."""
    a, b = logistic(slope * np.array([usual, score]) + offset)
    if abs(score - usual) > 1e-6:
        return float((b - a) / (score - usual))
    return float(slope * a * (1 - a))
