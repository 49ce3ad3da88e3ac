"""Whether an asset can be heard: "no data from line 3 since 14:03 CET", as Evidence.

Unavailable is a state: whoever reads a value asks here first, and an answer asks again before it
is given. It must never stand in for a missing value.
"""

from collections import Counter

from tools.wording import called, moment
from twin_core.errors import NoData
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant


def unheard(snapshot: Snapshot, path: str) -> NoData | None:
    """The error that most of an asset's points (or that point) cannot be heard; None if they can.

    Args:
        snapshot: belief; its `sources` say who can be heard.
        path: of a line, unit or point.
    """
    name = called(path, snapshot.plant)
    source = _silent_source(snapshot, path)
    if source is None:
        newest = _overdue(snapshot, path)
        if newest is None:
            return None
        return NoData(name, f"{moment(newest, snapshot.plant, snapshot.now)} (nothing new came)")
    state = snapshot.sources.get(source)
    if state is None:
        return NoData(name, f"the start: {source} was never heard")
    since = state.since if state.last is None else state.last
    tail = f" ({state.reason})" if state.reason else ""
    return NoData(name, moment(since, snapshot.plant, snapshot.now) + tail)


def silence(snapshot: Snapshot, path: str) -> Evidence | None:
    """The same as Evidence of kind `source`."""
    problem = unheard(snapshot, path)
    if problem is None:
        return None
    return told(problem, path, snapshot.now, _silent_source(snapshot, path) or "twin")


def told(problem: NoData, subject: str, now: Instant, origin: str = "twin") -> Evidence:
    """That there is no data, as Evidence."""
    return Evidence(
        kind="source",
        subject=subject,
        statement=f"There is no data from {problem.what} since {problem.since}.",
        data={"heard": False},
        time=now,
        quality="bad",
        origin=origin,
    )


def _silent_source(snapshot: Snapshot, path: str) -> str | None:
    points = points_under(path, snapshot.plant)
    sources = Counter(point.source for point in points)
    down = [s for s in sources if (state := snapshot.sources.get(s)) is None or not state.up]
    if not points or 2 * sum(sources[s] for s in down) <= len(points):
        return None
    return max(down, key=lambda s: sources[s])


def _overdue(snapshot: Snapshot, path: str) -> Instant | None:
    """When the newest reading of all came, if every reading is too old; a lost source not yet seen.

    Nothing has ever come is not overdue: each point then says so itself.
    """
    plant = snapshot.plant
    points = points_under(path, plant)
    newest = max((int(snapshot.time[plant.index[p.id]]) for p in points), default=0)
    if not newest or path in plant.index:
        return None
    allowed = min(snapshot.stale_after_s(p.id) for p in points) * SECOND
    return newest if snapshot.now - newest > allowed else None


def points_under(path: str, plant: Plant) -> list[Point]:
    """The points that are read of a line, system or unit, in file order; or those a point is."""
    if path in plant.index:
        return list(plant.rests_on(path))
    return [point for unit in units_under(path, plant) for point in unit.points]


def units_under(path: str, plant: Plant) -> list[Unit]:
    """The units at or below a path, in file order."""
    return [u for u in plant.units.values() if u.id == path or u.id.startswith(path + "/")]
