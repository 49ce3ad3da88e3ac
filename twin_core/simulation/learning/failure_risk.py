"""How likely something fails within a horizon, as a probability held against blocks left out.

A row whose horizon reaches past the end of what was watched, with no failure in it, is not known
and teaches nothing. It must never return a model that does no better than the base rate.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.examples import Examples
from twin_core.simulation.learning.growing import Recipe, grow
from twin_core.simulation.learning.learned import FittedOn, LearnedModel, Prediction
from twin_core.simulation.learning.regression import FOLDS
from twin_core.simulation.learning.reliability import (
    Reliability,
    alarm_level,
    alikeness,
    bins,
    brier,
    logistic,
    platt,
)
from twin_core.simulation.learning.validity import learn_validity
from twin_core.simulation.learning.worth import worth
from twin_core.value import SECOND

RECIPES = (
    Recipe(trees=150, leaves=8, least=10),
    # Failures that follow a rule of two or three features need them all at hand in each split.
    Recipe(trees=150, rate=0.1, leaves=24, least=4, share=1.0),
)
_FOLDS = 10
"""Of blocks left out in turn: a model of few of them tells less than the one of all, and what is
calibrated by it then tells too little (Kohavi, IJCAI 1995, found ten to be enough)."""
_LONGEST_S = 1e9
"""Thirty years."""
_LEAST_TRUE = 10
"""Failures, and rows without one: fewer tell nothing that would hold elsewhere."""


def fails_within(
    at: NDArray[np.int64], failures: NDArray[np.int64], watched_until: int, horizon_s: float
) -> NDArray[np.float64]:
    """For each moment whether a failure begins in the horizon after it: 1, 0 or NaN.

    Args:
        at: plant times (Instant), int64[N].
        failures: when one began, of the same machine, int64[F].
        watched_until: plant time of the end of what is known.
        horizon_s: plant seconds, > 0 and at most 1e9.

    Raises:
        WrongKind: a horizon that is none.
    """
    if not 0 < horizon_s <= _LONGEST_S:
        raise WrongKind("horizon", f"{horizon_s:g} s", f"more than 0 and at most {_LONGEST_S:g} s")
    later = np.append(np.sort(failures), np.iinfo(np.int64).max)
    following = later[np.searchsorted(later[:-1], at, side="right")]
    reach = at + int(horizon_s * SECOND)
    fails = np.where(following <= reach, 1.0, 0.0)
    known = (fails > 0) | (reach <= watched_until)
    return np.where(known & (at <= watched_until), fails, np.nan)


def fit_failure_risk(
    examples: Examples, seed: int, recipes: Sequence[Recipe] = RECIPES
) -> LearnedModel:
    """A model of the probability that y is 1.

    Args:
        examples: y is 0 or 1; the target says of what and within which horizon, unit "1".
        seed: of the columns a split may choose from.
        recipes: tried; the one of the lowest log loss on blocks left out is taken.

    Raises:
        WrongKind: as `Examples.check`, or a y that is neither.
        CannotLearn: as `Examples.check`, too few rows of either kind, or in too few places, or
            blocks left out are told no better than by the base rate.
    """
    of = examples.target.name
    known = np.isin(examples.y, (0.0, 1.0))
    if not known.all():
        raise WrongKind(of, f"{examples.y[~known][0]:g}", "0 or 1 in every row")
    true = int(examples.y.sum())
    if len(examples.y) and not _LEAST_TRUE <= true <= len(examples.y) - _LEAST_TRUE:
        problem = f"it came true in {true} of {len(examples.y)} rows"
        raise CannotLearn(of, problem, f"{_LEAST_TRUE} rows at least in which it did, and did not")
    examples.check()
    folds, stretches = tuple(examples.folds(_FOLDS)), tuple(examples.folds(FOLDS))
    if any(np.ptp(examples.y[~out]) == 0 for out in (*folds, *stretches)):
        raise CannotLearn(of, "all of one kind lies in neighbouring blocks", "both kinds in others")
    tried = [_left_out(examples, folds, recipe, seed) for recipe in recipes]
    losses = [_log_loss(score, examples.y) for score in tried]
    best = int(np.argmin(losses))
    return LearnedModel(
        target=examples.target.model_copy(update={"low": 0.0, "high": 1.0}),
        features=examples.features,
        fitted_on=FittedOn.of(examples),
        # Limits are set by longer stretches left out: what comes next lies further off.
        validity=learn_validity(examples.x, stretches),
        forest=grow(examples.x, examples.y, recipes[best], seed, "log"),
        calibration=_reliability(examples, folds, tried[best]),
    )


def said(risk: Prediction, by: Reliability) -> str:
    """The answer as a sentence for people, with the curve of the model that gave it."""
    alike = by.bin_of(risk.value)
    return (
        f"{risk.target}: {risk.value:.1%}; of {alike.rows} rows left out that were told about as "
        f"much, {alike.true} came true ({risk.low:.1%} to {risk.high:.1%} with {risk.level:.0%} "
        f"confidence); usual are {by.base_rate:.1%}."
    )


def _left_out(
    examples: Examples, folds: Sequence[NDArray[np.bool_]], recipe: Recipe, seed: int
) -> NDArray[np.float64]:
    score = np.empty_like(examples.y)
    for out in folds:
        forest = grow(examples.x[~out], examples.y[~out], recipe, seed, "log")
        score[out] = forest.told(examples.x[out])
    return score


def _reliability(
    examples: Examples, folds: Sequence[NDArray[np.bool_]], score: NDArray[np.float64]
) -> Reliability:
    y = examples.y
    slope, offset = platt(score, y)
    told, usual = np.empty_like(y), np.empty_like(y)
    for out in folds:
        a, b = platt(score[~out], y[~out])
        told[out] = logistic(a * score[out] + b)
        usual[out] = y[~out].mean()
    missed, trivial = brier(told, y), brier(usual, y)
    if slope <= 0 or not worth(told - y, usual - y, examples.block):
        problem = (
            f"on blocks left out its Brier score is {missed:.4g} and the base "
            f"rate's {trivial:.4g}, not better by more than chance"
        )
        raise CannotLearn(examples.target.name, problem, "features that tell of it")
    return Reliability(
        slope=slope,
        offset=offset,
        bins=bins(told, y),
        brier=missed,
        trivial=trivial,
        base_rate=float(y.mean()),
        alarm_at=alarm_level(told, y),
        alike=alikeness(told, y, examples.block),
        rows=len(y),
        blocks=len(np.unique(examples.block)),
    )


def _log_loss(score: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(np.logaddexp(0.0, np.where(y > 0, -score, score)).mean())
