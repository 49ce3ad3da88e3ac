"""Where a motion brings things too near to each other: a sweep over time by distance.

It must never step over anything: from a gap the sweep moves on by no more than what would close
it (conservative advancement: Mirtich, Impulse-based dynamic simulation of rigid body systems,
1996). Near things it moves on by a fifth of the clearance, so a gap is known to a tenth.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from twin_core.simulation.robots.arm import Array
from twin_core.simulation.robots.body import Part
from twin_core.simulation.robots.watch import ALL_LINKS, Gap, Needs, Watch


@dataclass(frozen=True, slots=True)
class Breach:
    """A stay of two things too near to each other.

    Attributes:
        since_s, until_s: first and last moment it was seen.
        worst: the smallest gap of it, at `worst_s`.
        leg: of the robot, on which it began.
    """

    since_s: float
    until_s: float
    worst_s: float
    worst: Gap
    leg: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep saw.

    Attributes:
        breaches: in the order of their beginning.
        closest: the smallest gap of two things that must keep the clearance, and when; None: all
            stayed farther than is looked.
        looks: moments looked at.
    """

    breaches: tuple[Breach, ...]
    closest: tuple[float, Gap] | None
    looks: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two bodies, what they must keep from each other, and how people call their links."""

    robot: int
    leg: int
    body: int
    other: int
    needs: Needs
    part: Callable[[int], str]
    named: Callable[[int], str]
    link: int = ALL_LINKS


class _Log:
    """What was seen so far."""

    def __init__(self) -> None:
        self.open: dict[tuple[int, str, int], Breach] = {}
        self.closest: tuple[float, Gap] | None = None
        self.looks = 0

    def look(self, watch: Watch, k: int, pair: _Pair) -> float:
        """Note the gaps of a pair where it was put; how much nearer it might come, m."""
        slack = watch.look_m - watch.cell.clearance
        needs = pair.needs
        for point in watch.points(pair.body, pair.other, pair.link):
            need, gap = needs[point[3]][point[4]], point[8]
            slack = min(slack, gap - need)
            if gap < need or (need > 0 and (self.closest is None or gap < self.closest[1].gap_m)):
                self._note(float(watch.t[k]), pair, point, need)
        return slack

    def _note(self, t: float, pair: _Pair, point: Sequence[Any], need: float) -> None:
        gap = Gap(pair.robot, pair.part(point[3]), pair.named(point[4]), point[8], need)
        if need > 0 and (self.closest is None or gap.gap_m < self.closest[1].gap_m):
            self.closest = t, gap
        if gap.slack_m >= 0:
            return
        key = (gap.robot, gap.other, pair.leg)
        had = self.open.get(key)
        if had is None:
            self.open[key] = Breach(t, t, t, gap, pair.leg)
        elif gap.gap_m < had.worst.gap_m:
            self.open[key] = replace(had, until_s=t, worst_s=t, worst=gap)
        else:
            self.open[key] = replace(had, until_s=t)


def sweep(watch: Watch) -> Swept:
    """All breaches of a motion: robot and what stands, robot and its own case, robot and robot."""
    log = _Log()
    edges = np.searchsorted(watch.t, watch.changes(), side="left")
    spans = [(int(a), int(b)) for a, b in pairwise(edges) if a < b]
    robots = range(len(watch.tracks))
    everything = [part for _, parts in watch.bodies.standing for part in parts]
    for a, b in spans:
        now = float(watch.t[a])
        there = {part for part in everything if watch.there(part, now)}
        legs = [watch.tracks[r].leg_at(now) for r in robots]
        bodies = [watch.body(r, legs[r]) for r in robots]
        for r in robots:
            body, laden = bodies[r]
            pairs = _alone(watch, r, legs[r], body, laden=laden, there=there)
            _along(log, watch, (a, b), pairs, {r: body})
        for r, s in combinations(robots, 2):
            body, other = bodies[r][0], bodies[s][0]
            pair = _Pair(
                r, legs[r], body, other, watch.mutual_needs(r, s),
                partial(watch.part, r), partial(watch.part, s),
            )  # fmt: skip
            _along(log, watch, (a, b), [pair], {r: body, s: other})
    breaches = sorted(log.open.values(), key=lambda x: (x.since_s, x.worst.part, x.worst.other))
    return Swept(tuple(breaches), log.closest, log.looks)


def _alone(
    watch: Watch, r: int, leg: int, body: int, *, laden: bool, there: Container[Part]
) -> list[_Pair]:
    """A robot with all that stands, and with the case that it holds."""
    part = partial(watch.part, r)
    tables = watch.standing_needs(r, leg, there)
    pairs = [
        _Pair(r, leg, body, stand, needs, part, partial(_name, parts))
        for (stand, parts), needs in zip(watch.bodies.standing, tables, strict=True)
    ]
    if laden:
        hung = len(watch.cell.robots[r].joints)
        pairs.append(_Pair(r, leg, body, body, watch.own_needs(r), part, part, hung))
    return pairs


def _name(parts: Sequence[Part], link: int) -> str:
    return parts[link].name


def _along(
    log: _Log, watch: Watch, span: tuple[int, int], pairs: Sequence[_Pair], put: Mapping[int, int]
) -> None:
    """Look at pairs over a span of moments, as seldom as distances allow.

    Args:
        log: what is seen.
        watch: the motion.
        span: first and last moment.
        pairs: of bodies.
        put: robot → its body, of all that move.
    """
    k, last = span
    moved = sum(watch.moved[r] for r in put)
    assert isinstance(moved, np.ndarray)
    while True:
        for r, body in put.items():
            watch.put(r, body, k)
        log.looks += 1
        slack = min(log.look(watch, k, pair) for pair in pairs)
        if k >= last:
            return
        k = step(moved, k, max(slack, watch.step_m), last)


def step(moved: Array, k: int, on: float, last: int) -> int:
    """The last moment until which nothing moves more than `on` metres from where it is at k."""
    ahead = int(np.searchsorted(moved[k + 1 : last + 1], moved[k] + on, side="right"))
    return k + max(ahead, 1)
