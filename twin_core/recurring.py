"""What keeps coming back: causes of incidents and reasons of stops, counted by machine and kind.

Counted exactly, by asset and failure mode. What people planned does not come back: it was meant.
"""

from collections import defaultdict
from collections.abc import Iterable

from twin_core.case import Case
from twin_core.plant.assets import Plant
from twin_core.testimony.stops import reason_text
from twin_core.testimony.testimony import Testimony
from twin_core.value import Instant, Path, Value


class Again(Value):
    """One cause at one machine, more than once.

    Attributes:
        asset: the machine; `what` the failure in words.
        times: when each time began, plant time, oldest first.
        incidents, stops: ids of those it is counted from; a stop within an incident of the same
            cause is counted with that.
        confirmed: of how many incidents a person confirmed it.
    """

    asset: Path
    what: str
    times: tuple[Instant, ...]
    incidents: tuple[str, ...]
    stops: tuple[str, ...]
    confirmed: int


def recurring(
    asset: str,
    cases: Iterable[Case],
    testimony: Iterable[Testimony],
    since: Instant,
    plant: Plant,
) -> tuple[Again, ...]:
    """What came more than once at or below an asset since a moment, the most frequent first."""
    incidents: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        if case.when >= since and case.called(plant) and _within(case.asset, asset):
            incidents[str(case.asset), case.called(plant)].append(case)
    stops: dict[tuple[str, str], dict[str, Testimony]] = defaultdict(dict)
    for one in testimony:
        if one.stop and one.kind != "planned" and one.start >= since and _within(one.asset, asset):
            key = str(one.asset), reason_text(one, plant)
            if not any(_during(one, case) for case in incidents.get(key, ())):
                stops[key][one.stop] = one
    found = [
        _again(key, incidents.get(key, []), list(stops.get(key, {}).values()))
        for key in {*incidents, *stops}
    ]
    again = [one for one in found if len(one.times) > 1]
    return tuple(sorted(again, key=lambda one: (-len(one.times), -one.times[-1], one.asset)))


def _again(key: tuple[str, str], cases: list[Case], said: list[Testimony]) -> Again:
    return Again(
        asset=key[0],
        what=key[1],
        times=tuple(sorted([*(c.when for c in cases), *(t.start for t in said)])),
        incidents=tuple(c.incident.id for c in sorted(cases, key=lambda c: c.when)),
        stops=tuple(t.stop for t in sorted(said, key=lambda t: t.start)),
        confirmed=sum(bool(c.confirmed_by) for c in cases),
    )


def _within(path: str | None, asset: str) -> bool:
    return f"{path}/".startswith(f"{asset}/")


def _during(one: Testimony, case: Case) -> bool:
    closed = case.incident.closed
    return one.end >= case.when and (closed is None or one.start <= closed)
