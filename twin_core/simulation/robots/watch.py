"""The robots of a cell put where they are at a moment, and how near they then come to things.

It must never move time on by itself; who sweeps says which moment is next.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from twin_core.errors import TooLarge
from twin_core.plant.cell import Cell
from twin_core.simulation.robots.arm import Arm, Array
from twin_core.simulation.robots.body import Bodies, Part
from twin_core.simulation.robots.motion import Carried, Track

_LOOK_M = 0.35  # beyond the clearance: farther costs more a look than it saves looks
TOUCH_M = 0.002
"""How deep a case may seem to lie in what it stands on: Bullet's distances are right to 1 mm."""
ALL_LINKS = -2  # Bullet's word for it
NOTHING = -1e9
"""Need not be kept from."""
Needs: TypeAlias = list[list[float]]
"""Link by link, what must be kept from each link of the other; the base, link −1, comes last."""
_LONGEST_S = 3600.0
_MOST_MOMENTS = 4_000_000
_COARSE_S = 1 / 120


@dataclass(frozen=True, slots=True)
class Gap:
    """How near a part of a robot comes to something.

    Attributes:
        robot: index.
        part, other: as people call them.
        gap_m: negative: they are in each other by that much.
        allowed_m: the least it may be.
    """

    robot: int
    part: str
    other: str
    gap_m: float
    allowed_m: float

    @property
    def slack_m(self) -> float:
        """How much nearer it might come."""
        return self.gap_m - self.allowed_m


class Watch:
    """Tracks on a grid of moments so fine that nothing moves far from one to the next.

    Attributes:
        t: (n,) the moments, s.
        step_m: what nothing moves more than between two of them: a fifth of the clearance.
        look_m: how far is looked; farther things are taken to be that far.
        moved: of each robot (n,) a bound of how far any of it has moved until then, m.
    """

    def __init__(
        self,
        cell: Cell,
        bodies: Bodies,
        tracks: Sequence[Track],
        cases: Sequence[Carried] = (),
        stood: Sequence[int] = (),
    ) -> None:
        self.cell, self.bodies, self.tracks = cell, bodies, tracks
        self.step_m = cell.clearance / 5
        self.look_m = cell.clearance + _LOOK_M
        ends = max((track.ends_s for track in tracks), default=0.0)
        if ends > _LONGEST_S:
            raise TooLarge(f"a sequence of {ends:.0f} s", f"{_LONGEST_S:.0f} s")
        coarse = np.arange(int(np.ceil(ends / _COARSE_S)) + 2) * _COARSE_S
        moved = [
            np.concatenate([[0.0], np.cumsum(_ways(track.arm, track.at(coarse)[0]))])
            for track in tracks
        ]
        far = max((float(np.diff(way).max()) for way in moved), default=0.0)
        parts = max(int(np.ceil(far / self.step_m)), 1)
        if len(coarse) * parts > _MOST_MOMENTS:
            raise TooLarge(f"so fast a motion over {ends:.0f} s", f"{_MOST_MOMENTS} moments")
        self.t = np.arange((len(coarse) - 1) * parts + 1) * (_COARSE_S / parts)
        self.moved = [np.interp(self.t, coarse, way) for way in moved]
        self._q = [track.at(self.t)[0] for track in tracks]
        self._cases = tuple(cases)
        self._stood = frozenset(stood)

    def body(self, robot: int, leg: int) -> tuple[int, bool]:
        """The body of a robot on one of its legs, and whether it has a case."""
        legs = self.tracks[robot].legs
        laden = bool(legs) and legs[leg].holds is not None
        return (self.bodies.laden if laden else self.bodies.bare)[robot], laden

    def put(self, robot: int, body: int, k: int) -> None:
        """Put a robot's body where it is at moment k."""
        self.bodies.pose(body, self._q[robot][k])

    def upright(self, robot: int, leg: int) -> bool:
        """Whether a leg is one on which cases are touched."""
        legs = self.tracks[robot].legs
        return bool(legs) and legs[leg].stretch.upright

    def part(self, robot: int, link: int) -> str:
        """A link of a robot as people call it."""
        arm = self.cell.robots[robot]
        if link < 0:
            return f"base of {arm.id}"
        return (
            f"case held by {arm.id}"
            if link == len(arm.joints)
            else f"{arm.joints[link].id} of {arm.id}"
        )

    def there(self, part: Part, t: float) -> bool:
        """Whether a part that may come and go is there at a time."""
        if part.slot is not None:
            return part.slot in self._stood or any(
                case.slot == part.slot and case.released_s <= t for case in self._cases
            )
        if part.station is not None:
            return any(
                case.station == part.station and case.comes_s <= t < case.gripped_s
                for case in self._cases
            )
        return True

    def changes(self) -> Array:
        """Times at which a leg begins or ends or a case comes or goes, rising."""
        times = [track.begins for track in self.tracks]  # a case comes and goes between legs
        return np.unique(np.concatenate([*times, [0.0, float(self.t[-1])]]))

    def standing_needs(self, robot: int, leg: int, there: Container[Part]) -> list[Needs]:
        """What a robot on a leg must keep from what is there, one table a standing body."""
        arm = self.cell.robots[robot]
        hand = len(arm.joints) - 1  # the gripper; a case in it is the link after it
        upright, clearance = self.upright(robot, leg), self.cell.clearance
        tables = []
        for _, parts in self.bodies.standing:
            rows = []
            for link in range(hand + 2):
                touches = upright and link >= hand
                rows.append(
                    [
                        NOTHING
                        if part not in there
                        else (-TOUCH_M if touches and part.bears else clearance)
                        for part in parts
                    ]
                )
            tables.append([*rows, [NOTHING] * len(parts)])
        return tables

    def own_needs(self, robot: int) -> Needs:
        """What a case in hand must keep from the robot itself, its last two links apart."""
        hand = len(self.cell.robots[robot].joints) - 1
        row = [self.cell.clearance if link < hand - 1 else NOTHING for link in range(hand + 2)]
        links = [[NOTHING] * (hand + 3) for _ in range(hand + 1)]
        return [*links, [*row, self.cell.clearance], [NOTHING] * (hand + 3)]

    def mutual_needs(self, robot: int, other: int) -> Needs:
        """What two robots must keep from each other; their bases do not move."""
        rows, columns = (len(self.cell.robots[i].joints) + 1 for i in (robot, other))
        row = [self.cell.clearance] * (columns + 1)
        return [*([row] * rows), [*row[:-1], NOTHING]]

    def points(self, body: int, other: int, link: int = ALL_LINKS) -> Sequence[tuple[Any, ...]]:
        """Bullet's closest points of two bodies (or of a link of one), as far as is looked."""
        found: Sequence[tuple[Any, ...]] = self.bodies.bullet.getClosestPoints(
            body, other, self.look_m, linkIndexA=link, physicsClientId=self.bodies.world
        )
        return found


def _ways(arm: Arm, q: Array) -> Array:
    """How far anything of an arm may get from each q (n, joints) to the next, along its way, m.

    An arc is longer than its chord: by less than a²/16 of it, for an angle a up to half a turn.
    """
    turned = np.abs(np.diff(q, axis=0)).sum(axis=1)
    ways: Array = arm.strides(q) * (1 + turned**2 / 16)
    return ways
