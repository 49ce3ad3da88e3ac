"""How long a machine lasts, learned from machines that were run until they failed.

A machine far from its end gives no sign of it yet, so what is told ends at a cap: "125 or more".
It must never learn from a machine that has not failed: its end is not known.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.examples import Examples, Feature, Target
from twin_core.simulation.learning.growing import RECIPES, Recipe
from twin_core.simulation.learning.learned import LearnedModel, Prediction
from twin_core.simulation.learning.regression import fit_value


def lives(
    name: str,
    features: tuple[Feature, ...],
    x: NDArray[np.float64],
    machine: NDArray[np.int64],
    age: NDArray[np.float64],
    failed: NDArray[np.bool_],
    cap: float,
    unit: str,
) -> Examples:
    """Examples of what is left of a life, of the machines that failed at their last row.

    Args:
        name: of the target, as people say it ("remaining life of the filler").
        features: D of them.
        x: float64[N, D].
        machine: int64[N].
        age: float64[N], in `unit`.
        failed: bool[N], the same in all rows of a machine.
        cap: past which nothing is told, in `unit`: Heimes, International Conference on Prognostics
            and Health Management, 2008, took a constant early life first.
        unit: of ages, UCUM.

    Raises:
        WrongKind: a cap that is not above 0, columns of several lengths, or a machine that failed
            in some of its rows only.
        CannotLearn: no machine failed.
    """
    if not (cap > 0 and np.isfinite(cap)):
        raise WrongKind(f"cap of {name}", f"{cap:g} {unit}", "a number above 0")
    if not x.shape[:1] == machine.shape == age.shape == failed.shape:
        given = f"x {x.shape}, machine {machine.shape}, age {age.shape}, failed {failed.shape}"
        raise WrongKind(f"lives for {name}", given, "as many rows of each")
    if np.intersect1d(machine[failed], machine[~failed]).size:
        raise WrongKind(f"lives for {name}", "a machine that failed in some rows", "in all or none")
    if not failed.any():
        raise CannotLearn(name, "no machine was watched until it failed", "some that were")
    _, mine = np.unique(machine[failed], return_inverse=True)
    end = np.full(int(mine.max()) + 1, -np.inf)
    np.maximum.at(end, mine, age[failed])
    target = Target(name=name, unit=unit, low=0.0, high=cap)
    left = end[mine] - age[failed]
    return Examples(target, features, x[failed], left, machine[failed])


def fit_remaining_life(
    examples: Examples, seed: int, recipes: Sequence[Recipe] = RECIPES
) -> LearnedModel:
    """A model of what is left, capped at the target's `high`; examples as `lives` makes them.

    Raises:
        WrongKind: as `Examples.check`, or a target without a cap; CannotLearn: as `fit_value`.
    """
    if examples.target.high is None:
        raise WrongKind(f"cap of {examples.target.name}", "none", "a number above 0")
    return fit_value(examples, seed, recipes)


def said(life: Prediction) -> str:
    """The answer as a sentence for people."""
    if life.value == life.high and life.capped:
        head = f"{life.high:.0f} {life.unit} or more are left"
    else:
        head = f"about {life.value:.0f} {life.unit} are left"
    or_more = " or more" if life.capped else ""
    text = f"{head}; in {life.level:.0%} of such cases {life.low:.0f} to {life.high:.0f}{or_more}"
    held = "" if life.observed is None else f" ({life.observed:.0%} on machines left out)"
    return f"{text}{held}."
