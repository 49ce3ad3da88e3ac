"""Whether the next lot or part will be good, by the process values it is made with.

It must never call a lot good that the model cannot judge.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import BeyondModel, WrongKind
from twin_core.simulation.learning.learned import LearnedModel, Spread
from twin_core.value import Range, Value


class Chance(Value):
    """That a lot lies inside its tolerance.

    Attributes:
        good, below, above: probabilities, together 1.
        model: version.
    """

    good: float
    below: float
    above: float
    model: str


def chance_good(model: LearnedModel, values: Mapping[str, float], tolerance: Range) -> Chance:
    """How likely the measured quality will lie in `tolerance` (the target's unit).

    The model's own misses on blocks left out, laid about what it tells (conformal predictive
    distribution: Vovk, Shen, Manokhin and Xie, Machine Learning 108, 2019).

    Raises:
        UnknownName: a name that is no feature.
        BeyondModel: outside what it learned; WrongKind: a model of a probability.
    """
    row = model.row(values)
    reason = model.validity.reason(model.features, row)
    if reason is not None:
        raise BeyondModel(model.target.name, *reason)
    low, high = (float(side[0]) for side in chances(model, row[None], tolerance))
    return Chance(good=max(0.0, 1 - low - high), below=low, above=high, model=model.version)


def chances(
    model: LearnedModel, x: NDArray[np.float64], tolerance: Range
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For many rows, float64[N, D], how likely it lies below and above, float64[N] each.

    NaN where the model says nothing.
    """
    by = model.calibration
    if not isinstance(by, Spread):
        raise WrongKind(model.target.name, "a model of a probability", "a model of a value")
    inside = model.validity.inside(x)
    told, spread = model.forest.told(x[inside]), by.of(x[inside])
    below, above = np.full(len(x), np.nan), np.full(len(x), np.nan)
    below[inside] = by.misses.share_below((tolerance.low - told) / spread)
    above[inside] = 1 - by.misses.share_below((tolerance.high - told) / spread)
    return below, above
