"""What a promoted model of failing says of a machine now, and why.

It must never answer outside what the model learned.
"""

from twin_core.errors import BeyondModel
from twin_core.simulation.calibrating.failing import Failing
from twin_core.simulation.learning.explained import why
from twin_core.simulation.learning.learned import LearnedModel, predict
from twin_core.simulation.learning.reliability import Reliability
from twin_core.simulation.learning.stopping import row_now
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

OLDEST_S = 30 * 86_400.0
"""A model is too old after so many seconds from the newest row it learned from."""
_SAID = 3


def learned_risk(snapshot: Snapshot, unit: str, model: LearnedModel, horizon_s: float) -> Failing:
    """The probability now, with the model's reasons; it looks ahead so far and no further.

    Raises:
        BeyondModel: a feature is missing, lies outside what it learned, or the model is too old.
    """
    refuse_too_old(model, snapshot.now)
    values = model.known(row_now(snapshot.plant.unit(unit), snapshot.recent, snapshot.plant.index))
    told = predict(model, values)
    by = model.calibration
    reasons = why(model, values)
    return Failing(
        unit=unit,
        horizon_s=horizon_s,
        value=told.value,
        low=told.low,
        high=told.high,
        by="learned",
        why=tuple(
            f"{c.feature} {c.value:.4g} {c.unit} {'adds' if c.adds > 0 else 'takes'} "
            f"{abs(c.adds):.1%}"
            for c in reasons.contributions[:_SAID]
        ),
        usual=by.base_rate if isinstance(by, Reliability) else None,
        model=told.model,
    )


def refuse_too_old(model: LearnedModel, now: Instant) -> None:
    """Refuse a model whose newest row is too long ago, or still to come.

    Raises:
        BeyondModel: it is.
    """
    age = (now - (model.fitted_on.end or 0)) / SECOND
    if not 0 <= age <= OLDEST_S:
        days = f"{age / 86_400:.1f} days old, {OLDEST_S / 86_400:.0f} are allowed"
        raise BeyondModel(model.target.name, f"what it learned from is {days}", ())
