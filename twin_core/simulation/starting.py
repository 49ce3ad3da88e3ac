"""From where a scenario starts: now, a moment of the last hour, or the line as it usually is.

It must never look past the moment that is asked for.
"""

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.model import Model
from twin_core.simulation.scenario import AsOf, Healthy, Scenario
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_GUARD_S = 60
"""An incident opens some time after what opened it began."""


def model_of(snapshot: Snapshot, scenario: Scenario) -> Model:
    """The model of the scenario's line at its start.

    Raises:
        UnknownName: no such line.
        ImpossibleScenario: a moment that is not in the settled last hour.
    """
    line = snapshot.plant.line(scenario.line).id
    now = settled(snapshot)
    start = scenario.start
    if isinstance(start, AsOf):
        times = snapshot.recent.time
        first = int(times[0]) if len(times) else now
        if not first <= start.at <= now:
            raise ImpossibleScenario(
                f"a start {(now - start.at) / SECOND:g} s ago",
                f"0 to {(now - first) / SECOND:g} s ago, as far back as belief is kept; "
                "earlier, from a snapshot of then",
            )
        return Model(snapshot, line, start.at)
    if isinstance(start, Healthy):
        return Model(snapshot, line, _before_trouble(snapshot, line, now), usual=True)
    return Model(snapshot, line, now, began=dict(start.began))


def settled(snapshot: Snapshot) -> Instant:
    """Up to where belief is settled; now, while nothing is."""
    newest = int(snapshot.recent.time[-1]) if len(snapshot.recent.time) else 0
    return max(snapshot.watermark, newest) or snapshot.now


def _before_trouble(snapshot: Snapshot, line: str, now: Instant) -> Instant:
    """Before the first incident that is open on the line or on what supplies it; else now."""
    near = {line, *snapshot.plant.upstream([u.id for u in snapshot.plant.line(line).units])}
    opened = [
        incident.opened
        for incident in snapshot.incidents
        if incident.closed is None
        and (incident.line == line or near & {incident.subject, _above(incident.subject)})
    ]
    return min([now, *(at - _GUARD_S * SECOND for at in opened)])


def _above(path: str) -> str:
    return path.rsplit("/", 1)[0]
