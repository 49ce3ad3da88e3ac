"""The rule of the shared space: one robot at a time is in it; who asks first goes first.

It must never decide whether that is enough: the sweep is run on what comes out. A robot asks
before the leg on which it would enter, and gives the space back when the last of it has left.
"""

from dataclasses import dataclass

import numpy as np

from twin_core.errors import ImpossibleScenario
from twin_core.plant.cell import Shape, Shared
from twin_core.simulation.robots.body import FLAT, solid
from twin_core.simulation.robots.motion import Track
from twin_core.simulation.robots.sweep import step
from twin_core.simulation.robots.watch import Watch


@dataclass(frozen=True, slots=True)
class Turn:
    """A wait: the robot stood before a leg until the other had left the space."""

    robot: int
    other: int
    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class _Visit:
    """A stay in the space by the robot's own time, from the leg it enters on to when it is out."""

    leg: int
    asks_s: float
    out_s: float


def take_turns(watch: Watch, shared: Shared) -> tuple[list[Track], list[Turn]]:
    """The tracks with the waits the rule asks for, and the waits.

    Raises:
        ImpossibleScenario: a robot stays in the space for good, and another needs it.
    """
    bullet, world = watch.bodies.bullet, watch.bodies.world
    shape, _ = solid((Shape(box=shared.size),), bullet, world, None)
    space = bullet.createMultiBody(0, shape, -1, shared.at, FLAT, physicsClientId=world)
    tracks = list(watch.tracks)
    visits = [_visits(watch, r, space) for r in range(len(tracks))]
    bullet.removeBody(space, physicsClientId=world)
    late = [0.0] * len(tracks)
    before: list[dict[int, float]] = [{} for _ in tracks]
    turns: list[Turn] = []
    free_s, holder = 0.0, -1
    while any(visits):
        r = min(
            (r for r, left in enumerate(visits) if left),
            key=lambda r: (round(visits[r][0].asks_s + late[r], 6), r),
        )
        visit = visits[r].pop(0)
        asks = visit.asks_s + late[r]
        if holder not in {-1, r} and free_s > asks:
            if not np.isfinite(free_s):
                robots = watch.cell.robots
                raise ImpossibleScenario(
                    f"{robots[holder].id} stays in {shared.id}, which {robots[r].id} needs",
                    "a sequence at whose end every robot is out of it",
                )
            turns.append(Turn(r, holder, asks, free_s - asks))
            before[r][visit.leg] = free_s - asks
            late[r] += free_s - asks
        free_s, holder = visit.out_s + late[r], r
    return [track.waiting(waits) for track, waits in zip(tracks, before, strict=True)], turns


def _visits(watch: Watch, robot: int, space: int) -> list[_Visit]:
    """When a robot is in the space, if it never waits; stays that share a leg are one."""
    track = watch.tracks[robot]
    moved, t = watch.moved[robot], watch.t
    last = len(t) - 1
    visits: list[_Visit] = []
    k, entered = 0, None
    while True:
        leg = track.leg_at(float(t[k])) if track.legs else 0
        body, _ = watch.body(robot, leg)
        watch.put(robot, body, k)
        near = [point[8] for point in watch.points(body, space) if point[3] >= 0]
        gap = min(near, default=watch.look_m)
        if gap < watch.step_m:
            entered = leg if entered is None else entered
        elif entered is not None:
            visits.append(_visit(track, entered, float(t[k])))
            entered = None
        if k >= last:
            break
        # A leg may begin with a case: what the robot is, is looked at anew at every leg.
        begins = track.begins[leg + 1] if track.legs else np.inf
        edge = int(np.searchsorted(t, begins, side="left")) if begins < t[last] else last
        # Deep inside it cannot be out before the deepest has come out.
        k = step(moved, k, max(abs(gap - watch.step_m), watch.step_m), max(edge, k + 1))
    if entered is not None:
        visits.append(_visit(track, entered, np.inf))
    merged: list[_Visit] = []
    for visit in visits:
        if merged and visit.asks_s <= merged[-1].out_s:
            merged[-1] = _Visit(merged[-1].leg, merged[-1].asks_s, visit.out_s)
        else:
            merged.append(visit)
    return merged


def _visit(track: Track, leg: int, out_s: float) -> _Visit:
    return _Visit(leg, float(track.begins[leg]), out_s)
