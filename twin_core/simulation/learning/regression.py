"""Fits a model of a value: the recipe, its spread and its intervals by blocks left out in turn.

The spread's forest learns misses on blocks left out, by models that saw the other blocks; only the
last fit sees all. It must never return a model that does no better than the mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import CannotLearn
from twin_core.simulation.learning.conformal import misses, rms
from twin_core.simulation.learning.examples import Examples
from twin_core.simulation.learning.growing import RECIPES, Recipe, grow
from twin_core.simulation.learning.learned import FittedOn, LearnedModel, Spread
from twin_core.simulation.learning.validity import learn_validity
from twin_core.simulation.learning.worth import worth

FOLDS = 5
_SPREAD = Recipe(trees=60, leaves=6, least=40)
_LEAST_SPREAD = 0.1
"""Of the mean miss: a forest may say less of rows that happened to be met."""


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """What was told of each row by a model that had not seen its block.

    Attributes:
        folds: rows left out together, bool[N] each.
        told: float64[N].
        recipe: the one of the lowest mean squared miss.
    """

    folds: tuple[NDArray[np.bool_], ...]
    told: NDArray[np.float64]
    recipe: Recipe


def unseen(examples: Examples, recipes: Sequence[Recipe], seed: int) -> Unseen:
    """Each recipe on blocks left out, and the best of them."""
    folds = tuple(examples.folds(FOLDS))
    tried = [_left_out(examples, folds, recipe, seed) for recipe in recipes]
    missed = [float(((told - examples.y) ** 2).mean()) for told in tried]
    best = int(np.argmin(missed))
    return Unseen(folds, tried[best], recipes[best])


def fit_value(
    examples: Examples,
    seed: int,
    recipes: Sequence[Recipe] = RECIPES,
    against: float | None = None,
) -> LearnedModel:
    """A model of the target by the features, with intervals.

    Args:
        examples: the target's ends bound what is told; y past them is taken as at them.
        seed: of the columns a split may choose from.
        recipes: tried; the best on blocks left out is taken.
        against: what it must tell better than, in the target's unit; None: the mean of the
            blocks that were not left out.

    Raises:
        WrongKind, CannotLearn: as `Examples.check`; CannotLearn too where blocks left out are told
            no better by more than chance.
    """
    examples.check()
    target = examples.target
    examples = examples.told(target.clip(examples.y), target)
    if np.ptp(examples.y) == 0:
        raise CannotLearn(target.name, "every row lies at its end", "rows before it")
    found = unseen(examples, recipes, seed)
    off = examples.y - target.clip(found.told)
    trivial = np.empty_like(off)
    for out in found.folds:
        trivial[out] = examples.y[out] - (examples.y[~out].mean() if against is None else against)
    if not worth(off, trivial, examples.block):
        usual = "the mean" if against is None else f"{against:g} in every row"
        problem = (
            f"on blocks left out it misses by {rms(off):.4g} {target.unit} and {usual} by "
            f"{rms(trivial):.4g}, not better by more than chance"
        )
        raise CannotLearn(target.name, problem, "features that tell of it")
    size = examples.told(np.abs(off), target)
    least = max(_LEAST_SPREAD * float(size.y.mean()), np.finfo(np.float64).tiny)
    expected = np.maximum(_left_out(size, found.folds, _SPREAD, seed), least)
    return LearnedModel(
        target=target,
        features=examples.features,
        fitted_on=FittedOn.of(examples),
        validity=learn_validity(examples.x, found.folds),
        forest=grow(examples.x, examples.y, found.recipe, seed),
        calibration=Spread(
            forest=grow(examples.x, size.y, _SPREAD, seed),
            least=least,
            misses=misses(off, expected, trivial, examples.block, found.folds),
        ),
    )


def _left_out(
    examples: Examples, folds: Sequence[NDArray[np.bool_]], recipe: Recipe, seed: int
) -> NDArray[np.float64]:
    told = np.empty_like(examples.y)
    for out in folds:
        told[out] = grow(examples.x[~out], examples.y[~out], recipe, seed).told(examples.x[out])
    return told
