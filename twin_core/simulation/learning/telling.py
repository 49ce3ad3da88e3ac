"""What a promoted model of a value says of one row: the answer, its calibration and why.

The door of remaining life, quality and corrections. It must never answer outside what the model
learned, nor by a model that is too old.
"""

from collections.abc import Mapping

from twin_core.errors import WrongKind
from twin_core.simulation.learning.conformal import Coverage
from twin_core.simulation.learning.explained import Why, why
from twin_core.simulation.learning.learned import LearnedModel, Prediction, Spread, predict
from twin_core.simulation.learning.quality_model import Chance, chance_good
from twin_core.simulation.learning.risking import refuse_too_old
from twin_core.simulation.scenario import Estimate
from twin_core.value import Instant, Range, Value

_NOTHING = -1e9
"""Below every share that there is."""


class Judged(Value):
    """How a model of a value did on blocks left out; see `conformal.Misses`.

    Attributes:
        of: version of the model.
        error, trivial: root mean square, in `unit`.
        refused: share of left-out rows that its limits would have refused.
    """

    of: str
    target: str
    unit: str
    rows: int
    blocks: int
    error: float
    trivial: float
    coverages: tuple[Coverage, ...]
    refused: float


class Learnt(Value):
    """The answer.

    Attributes:
        asked_s: how far the model looks, s; of a life the cap of what it tells.
        limit: per cent of rejects; `chance` of staying at or below it (`good`), of a quality.
        forecast: of a correction, what the engine says; `corrected` the same and its correction.
    """

    asset: str
    asked_s: float
    prediction: Prediction
    why: Why
    judged: Judged
    limit: float | None = None
    chance: Chance | None = None
    forecast: Estimate | None = None
    corrected: Estimate | None = None


def judged(model: LearnedModel) -> Judged:
    """What is known of how good it is.

    Raises:
        WrongKind: a model of a probability.
    """
    by = model.calibration
    if not isinstance(by, Spread):
        raise WrongKind(model.target.name, "a model of a probability", "a model of a value")
    return Judged(
        of=model.version,
        target=model.target.name,
        unit=model.target.unit,
        rows=by.misses.rows,
        blocks=by.misses.blocks,
        error=by.misses.error,
        trivial=by.misses.trivial,
        coverages=by.misses.coverages,
        refused=model.validity.refused,
    )


def told_now(
    model: LearnedModel,
    asset: str,
    asked_s: float,
    now: Instant,
    values: Mapping[str, float],
    limit: float | None = None,
    forecast: Estimate | None = None,
) -> Learnt:
    """What it says of a row that was seen at `now`; what is no feature of it is not looked at.

    Raises:
        BeyondModel: a feature is missing, lies outside what it learned, or the model is too old.
        WrongKind: a limit that is none.
    """
    refuse_too_old(model, now)
    values = model.known(values)
    if limit is not None and not 0 <= limit <= 100:
        raise WrongKind("limit of rejects", f"{limit:g} %", "0 to 100 %")
    told = predict(model, values)
    good = None if limit is None else chance_good(model, values, Range(low=_NOTHING, high=limit))
    return Learnt(
        asset=asset,
        asked_s=asked_s,
        prediction=told,
        why=why(model, values),
        judged=judged(model),
        limit=limit,
        chance=good,
        forecast=forecast,
        corrected=None if forecast is None else _corrected(forecast, told),
    )


def _corrected(forecast: Estimate, missed: Prediction) -> Estimate:
    """A forecast and what such forecasts missed; nothing is made less than nothing."""
    mean, low, high = (
        max(0.0, forecast.mean + part) for part in (missed.value, missed.low, missed.high)
    )
    return Estimate(mean=mean, low=low, high=high, unit=forecast.unit)
