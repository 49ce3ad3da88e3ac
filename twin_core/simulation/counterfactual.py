"""What a line would have done since a moment, with and without a suspected fault.

The model as it was before the moment, run forward over what has passed since. Diagnosis compares
the answer with what was counted. It must never look at what was counted after the moment.
"""

from collections.abc import Sequence

from twin_core.simulation.forecaster import estimate
from twin_core.simulation.model import Model
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import Change, Estimate, Scenario
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

REPLICATIONS = 12
_GUARD_S = 20
"""An onset is known to a bucket or two; the healthy state is read that much before it."""


def replay(
    snapshot: Snapshot,
    line: str,
    start: Instant,
    end: Instant,
    changes: Sequence[Change],
    seed: int,
    replications: int = REPLICATIONS,
) -> Estimate:
    """Mean rate of the line over `start`..`end` had it gone on as before, with these changes.

    Args:
        snapshot: belief whose recent past reaches back before `start`.
        line: a production line.
        start: plant time of the onset; the changes hold from then on.
        end: plant time up to which is asked, after `start`.
        changes: the suspected fault as changes; none = the line as it was before.
        seed: the same seed with and without changes gives paired answers.
        replications: fewer than 2 count as 2.

    Returns:
        Unit of flow per minute, with the 90 % interval of a single realisation.

    Raises:
        UnknownName, ImpossibleScenario: as `forecaster.forecast`.
    """
    horizon = max(1.0, (end - start) / SECOND)
    scenario = Scenario(
        name="replay", line=line, horizon_s=min(86400.0, horizon), changes=tuple(changes)
    )
    check(snapshot.plant, scenario)
    model = Model(snapshot, line, start - _GUARD_S * SECOND, usual=True)
    result = model.simulate(scenario.changes, 0.0, scenario.horizon_s, seed, max(2, replications))
    unit = snapshot.plant.line(line).unit_of_flow or "1"
    return estimate(result.rates, f"{unit}/min")
