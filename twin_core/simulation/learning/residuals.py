"""Corrects another engine's forecast by what it missed before, where that has been shown to help.

A hybrid model: the engine knows the laws, what is left is learned (Psichogios and Ungar, AIChE
Journal 38, 1992). It must never touch a forecast where blocks left out do not bear it out, or the
features lie outside what was learned; then the forecast stands as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.examples import Examples
from twin_core.simulation.learning.growing import RECIPES, Recipe
from twin_core.simulation.learning.learned import LearnedModel, predictions
from twin_core.simulation.learning.regression import fit_value
from twin_core.value import Value


class Correction(Value):
    """What an engine misses, or why nothing of it can be told.

    Attributes:
        model: of seen − forecast, in the forecast's unit; its `misses` say by how much the engine
            alone was off (`trivial`) and with it (`error`). None: forecasts stand.
        reason: why they do; "" where they are corrected.
    """

    model: LearnedModel | None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """Forecasts after it.

    Attributes:
        value: float64[N]; the forecast itself where it was not corrected.
        low, high: float64[N], of a corrected one; NaN where it was not.
        applied: bool[N].
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    applied: NDArray[np.bool_]


def fit_correction(
    examples: Examples,
    forecast: NDArray[np.float64],
    seed: int,
    recipes: Sequence[Recipe] = RECIPES,
) -> Correction:
    """Learns what forecasts missed, and keeps it where blocks left out are then missed by less.

    Args:
        examples: y is what happened; features are what the engine knew when it forecast.
        forecast: float64[N], the engine's, for the same rows.
        seed: of the columns a split may choose from.
        recipes: tried; the best on blocks left out is taken.

    Raises:
        WrongKind: forecasts of another shape or without a number, or as `Examples.check`.
    """
    if forecast.shape != examples.y.shape or not np.isfinite(forecast).all():
        given = f"{forecast.shape}, {np.count_nonzero(~np.isfinite(forecast))} not finite"
        raise WrongKind("forecasts", given, f"{examples.y.shape} finite numbers")
    target = examples.target.model_copy(update={"low": None, "high": None})
    missed = examples.told(examples.y - forecast, target)
    try:
        return Correction(model=fit_value(missed, seed, recipes, against=0.0))
    except CannotLearn as problem:
        return Correction(model=None, reason=f"{problem.problem}; needed: {problem.needed}")


def corrected(
    correction: Correction,
    forecast: NDArray[np.float64],
    x: NDArray[np.float64],
    level: float = 0.9,
) -> Corrected:
    """Forecasts, float64[N], with their correction where features, float64[N, D], allow it.

    Raises:
        WrongKind: another width of rows, or a level that was not judged.
    """
    nothing = np.full(len(forecast), np.nan)
    if correction.model is None:
        return Corrected(forecast, nothing, nothing, np.zeros(len(forecast), bool))
    told = predictions(correction.model, x, level)
    value = np.where(told.inside, forecast + told.value, forecast)
    return Corrected(value, forecast + told.low, forecast + told.high, told.inside)
