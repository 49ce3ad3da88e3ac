"""What a line would have done since a moment, with and without a suspected fault.

The model as it was before the moment, run forward over what has passed since. Diagnosis compares
the answer with what was counted. It must never look at what was counted after the moment.
"""

from collections.abc import Sequence

from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.forecaster import estimate
from twin_core.simulation.model import Model
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import Change, Estimate, Scenario
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

REPLICATIONS = 12
_GUARD_S = 20
"""An onset is known to a bucket or two; the healthy state is read that much before it."""


def before(snapshot: Snapshot, line: str, onset: Instant) -> Model:
    """The line as it usually was before something began.

    Args:
        snapshot: belief whose recent past reaches back before `onset`.
        line: a production line.
        onset: plant time.

    Raises:
        UnknownName: no such line.
    """
    return Model(snapshot, line, onset - _GUARD_S * SECOND, usual=True)


def replay(
    model: Model,
    seconds: float,
    changes: Sequence[Change],
    seed: int,
    replications: int = REPLICATIONS,
) -> Estimate:
    """Mean rate of the line over so many seconds had it gone on as before, with these changes.

    Over those in which it is meant to run: planned stops are no part of the mean.

    Args:
        model: of the line before the onset; the changes hold from then on.
        seconds: up to a day.
        changes: the suspected fault as changes; none = the line as it was before.
        seed: the same seed with and without changes gives paired answers.
        replications: fewer than 2 count as 2.

    Returns:
        Unit of flow per minute, with the 90 % interval of a single realisation.

    Raises:
        UnknownName, ImpossibleScenario: as `forecaster.forecast`.
    """
    horizon_s = min(86400.0, max(1.0, seconds))
    scenario = Scenario(name="replay", line=model.line, horizon_s=horizon_s, changes=tuple(changes))
    check(model.plant, scenario)
    result = model.simulate(scenario.changes, 0.0, horizon_s, seed, max(2, replications))
    unit = model.plant.line(model.line).unit_of_flow or "1"
    return estimate(result.rates / _meant_to_run(model, horizon_s), f"{unit}/min")


def _meant_to_run(model: Model, horizon_s: float) -> float:
    """The share of the horizon outside planned stops; 1 where nothing is outside them."""
    start, end = model.at, model.at + int(horizon_s * SECOND)
    stops = planned_stops(model.plant, model.line, start, end)
    planned = sum(min(s.end, end) - max(s.start, start) for s in stops)
    return max(0.0, 1.0 - planned / (end - start)) or 1.0
