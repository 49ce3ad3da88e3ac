"""A fitted model as plain numbers, and the one door to it: an answer with its interval, or why not.

What these models do is prognostic assessment (ISO 13374). A model is a value: JSON in, JSON out, no
code in it, and its `version` a digest of its content. Fitting is in `remaining_life.py`,
`failure_risk.py`, `regression.py` and `residuals.py`; why it says what it says in
`explained.py`. It must never answer outside what it was fitted on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from twin_core.canonical import digest
from twin_core.errors import BeyondModel, UnknownName, WrongKind
from twin_core.simulation.learning.conformal import Misses
from twin_core.simulation.learning.examples import Examples, Feature, Target
from twin_core.simulation.learning.reliability import Reliability
from twin_core.simulation.learning.trees import Forest
from twin_core.simulation.learning.validity import Validity
from twin_core.value import Instant, Value


class FittedOn(Value):
    """The rows a model was fitted on.

    Attributes:
        start, end: plant time of the first and last row; None where the rows have none.
        digest: SHA-256 over names and numbers.
    """

    rows: int
    blocks: int
    start: Instant | None
    end: Instant | None
    digest: str

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """What these examples are."""
        at = examples.at
        return cls(
            rows=len(examples.y),
            blocks=len(np.unique(examples.block)),
            start=None if at is None else int(at.min()),
            end=None if at is None else int(at.max()),
            digest=examples.digest(),
        )


class Spread(Value):
    """How far off a value may be: a forest for the absolute miss, scaled by what was seen.

    Attributes:
        forest: in the target's unit; least: below that it is not believed.
    """

    kind: Literal["spread"] = "spread"
    forest: Forest
    least: float = Field(gt=0)
    misses: Misses

    def of(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each row, > 0."""
        return np.maximum(self.forest.told(x), self.least)


class LearnedModel(Value):
    """A fitted model.

    Attributes:
        target: what it tells. With a `Spread` a value in the target's unit, with a `Reliability`
            the probability that the target comes true (unit 1).
    """

    target: Target
    features: tuple[Feature, ...]
    fitted_on: FittedOn
    validity: Validity
    forest: Forest
    calibration: Annotated[Spread | Reliability, Field(discriminator="kind")]

    @model_validator(mode="after")
    def _of_one_width(self) -> Self:
        forests = [self.forest]
        if isinstance(self.calibration, Spread):
            forests.append(self.calibration.forest)
        wide = len(self.features)
        if len(self.validity.low) != wide or any(forest.width != wide for forest in forests):
            raise ValueError(f"forests or limits are not made for {wide} features")
        return self

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that stand for exactly this model."""
        return digest(self.model_dump(mode="json"))[:12]

    def known(self, values: Mapping[str, float]) -> dict[str, float]:
        """Those that are its features: a machine may show more than it learned from."""
        names = {feature.name for feature in self.features}
        return {name: value for name, value in values.items() if name in names}

    def row(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Values by feature name as a row, float64[D]; NaN for one that is not given.

        Raises:
            UnknownName: a name that is no feature; WrongKind: a value that is no number.
        """
        names = [feature.name for feature in self.features]
        for name, value in values.items():
            if name not in names:
                raise UnknownName("feature of this model", str(name), names[:5])
            if not _a_number(value):
                raise WrongKind(name, f"{value!r:.40}", "a number")
        return np.array([values.get(name, np.nan) for name in names], np.float64)


def _a_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


class Prediction(Value):
    """What a model says of one row.

    Attributes:
        value: in `unit`, within the target's ends.
        low, high: of a value: it lies there in `level` of cases. Of a probability: of rows left
            out that were told about as much, the true share lies there.
        observed: share of left-out rows that such intervals held; None for a probability.
        capped: whether `high` is the target's cap, and so "or more".
        model: version.
    """

    target: str
    unit: str
    value: float
    low: float
    high: float
    level: float
    observed: float | None
    capped: bool
    model: str


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What a model says of many rows; NaN where it says nothing.

    Attributes:
        value, low, high: float64[N]; inside: bool[N].
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    inside: NDArray[np.bool_]


def predict(model: LearnedModel, values: Mapping[str, float], level: float = 0.9) -> Prediction:
    """What the model says where these are its features, each in its unit.

    Raises:
        UnknownName: a name that is no feature.
        BeyondModel: a feature is missing, or the row is outside what it learned, with the names.
        WrongKind, CannotLearn: a level that was not judged, or could not be.
    """
    row = model.row(values)
    reason = model.validity.reason(model.features, row)
    if reason is not None:
        raise BeyondModel(model.target.name, *reason)
    many = predictions(model, row[None], level)
    by = model.calibration
    value, low, high = float(many.value[0]), float(many.low[0]), float(many.high[0])
    return Prediction(
        target=model.target.name,
        unit=model.target.unit,
        value=value,
        low=low,
        high=high,
        level=level,
        observed=by.misses.coverage(level).observed if isinstance(by, Spread) else None,
        capped=isinstance(by, Spread) and high == model.target.high,
        model=model.version,
    )


def predictions(model: LearnedModel, x: NDArray[np.float64], level: float = 0.9) -> Predictions:
    """The same for many rows, float64[N, D] in the model's order of features.

    Raises:
        WrongKind: another width, or a level that was not judged; CannotLearn: too few blocks.
    """
    wide = len(model.features)
    if x.ndim != 2 or x.shape[1] != wide:
        raise WrongKind(f"rows for {model.target.name}", str(x.shape), f"(N, {wide})")
    inside = model.validity.inside(x)
    value, low, high = (np.full(len(x), np.nan) for _ in range(3))
    score, by = model.forest.told(x[inside]), model.calibration
    if isinstance(by, Spread):
        times = by.misses.coverage(level).times
        assert times is not None
        reach = by.of(x[inside]) * times
        value[inside] = model.target.clip(score)
        low[inside] = model.target.clip(score - reach)
        high[inside] = model.target.clip(score + reach)
    else:
        told = by.probability(score)
        ends = [by.bin_of(p).between(level, by.alike) for p in told.tolist()]
        value[inside] = told
        low[inside] = [a for a, _ in ends]
        high[inside] = [b for _, b in ends]
    return Predictions(value, low, high, inside)
