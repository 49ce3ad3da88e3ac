"""Grows forests by gradient boosting (scikit-learn), and takes them over as plain numbers.

Friedman, Annals of Statistics 29, 2001; histograms as in Ke et al., NIPS 2017. One thread, since a
sum over several may differ in its last bit. It must never be called where readings are taken in.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.simulation.learning.trees import Forest
from twin_core.value import Value

_CHECKED = 256
"""Rows on which what was taken over is held against who grew it."""


class Recipe(Value):
    """How a forest is grown.

    Attributes:
        trees: how many; rate: what each may mend of what is left.
        leaves: of a tree, at most; least: rows in one, at least.
        share: of the features that a split may choose from.
    """

    trees: int = Field(default=150, ge=1, le=2000)
    rate: float = Field(default=0.06, gt=0, le=1)
    leaves: int = Field(default=10, ge=2, le=64)
    least: int = Field(default=20, ge=1)
    share: float = Field(default=0.4, gt=0, le=1)


RECIPES = (Recipe(), Recipe(leaves=4, trees=200))
"""Tried where the caller names none; the better one on blocks left out is taken."""


def grow(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    recipe: Recipe,
    seed: int,
    loss: Literal["squares", "log"] = "squares",
) -> Forest:
    """A forest for y by x: least squares, or the log-odds of y = 1 where `loss` is "log".

    Args:
        x: float64[N, D], finite.
        y: float64[N], for "log" 0 or 1 with both in it.
        recipe: how.
        seed: of the columns a split may choose from.
        loss: what is made small.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    kind = HistGradientBoostingRegressor if loss == "squares" else HistGradientBoostingClassifier
    # Its gradients are single-precision: a target in a large unit would overflow there.
    middle, scale = (float(y.mean()), float(y.std()) or 1.0) if loss == "squares" else (0.0, 1.0)
    y = (y - middle) / scale
    maker = kind(
        loss="squared_error" if loss == "squares" else "log_loss",
        max_iter=recipe.trees,
        learning_rate=recipe.rate,
        max_leaf_nodes=recipe.leaves,
        min_samples_leaf=recipe.least,
        max_features=recipe.share,
        early_stopping=False,
        random_state=seed,
    )
    some = x[:: max(1, len(x) // _CHECKED)]
    with threadpool_limits(limits=1):
        maker.fit(x, y)
        by_maker = maker.predict(some) if loss == "squares" else maker.decision_function(some)
    forest = _taken(maker, x.shape[1])
    base = by_maker - forest.told(some)
    # The layout is the library's own: were it read wrongly, the rest would not be one number.
    if np.ptp(base) > 1e-6 * (1 + np.abs(by_maker).max()):
        msg = "trees were not taken over as they were grown"
        raise AssertionError(msg)
    return Forest.model_validate(
        forest.model_dump()
        | {
            "base": middle + scale * float(np.median(base)),
            "value": tuple(scale * value for value in forest.value),
        }
    )


def _taken(maker: object, width: int) -> Forest:
    trees = [stage[0].nodes for stage in maker._predictors]  # type: ignore[attr-defined] # noqa: SLF001
    start = np.cumsum([0, *(len(nodes) for nodes in trees[:-1])])
    nodes = np.concatenate(trees)
    first = np.repeat(start, [len(tree) for tree in trees])
    leaf = nodes["is_leaf"] != 0
    return Forest(
        base=0.0,
        width=width,
        start=tuple(start.tolist()),
        feature=tuple(np.where(leaf, -1, nodes["feature_idx"]).tolist()),
        threshold=tuple(np.where(leaf, 0.0, nodes["num_threshold"]).tolist()),
        left=tuple(np.where(leaf, 0, nodes["left"] + first).tolist()),
        right=tuple(np.where(leaf, 0, nodes["right"] + first).tolist()),
        value=tuple(np.where(leaf, nodes["value"], 0.0).tolist()),
        rows=tuple(nodes["count"].tolist()),
    )
