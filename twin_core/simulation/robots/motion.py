"""A sequence becomes motion: who is where at every moment, what he holds, where every case is.

It must never look for collisions. The waits of the shared space are put in by `turns.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.cell import Cell, Station
from twin_core.simulation.robots.arm import Arm, Array, Target
from twin_core.simulation.robots.path import NODES, Stretch, back, between, rest, straight
from twin_core.simulation.robots.task import Home, Pick, Place, Task, station_of
from twin_core.simulation.robots.task import Sequence as Tasks

TICK_S = 1 / 240


@dataclass(frozen=True, slots=True)
class Unreached:
    """A step whose place the robot cannot get to: how much is missing."""

    robot: str
    step: str
    off_m: float
    off_rad: float


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch with what it is for.

    Attributes:
        step: of the task, from 0; −1 for a wait.
        holds: the case in hand while it lasts; None: empty.
        appears: the station at whose end of this leg the next case may come.
    """

    stretch: Stretch
    step: int
    holds: int | None
    appears: str | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """A case of a sequence.

    Attributes:
        robot: index of who carries it.
        station: where it waits, from `comes_s` until `gripped_s`.
        slot: where it stands from `released_s` on; None: it stays in hand, for ever.
    """

    robot: int
    station: str
    slot: int | None
    comes_s: float
    gripped_s: float
    released_s: float


@dataclass(frozen=True, slots=True)
class Track:
    """The legs of one robot and when each begins (legs + 1,), s; the last is the end."""

    arm: Arm
    legs: tuple[Leg, ...]
    begins: Array

    @property
    def ends_s(self) -> float:
        """When it has done its task."""
        return float(self.begins[-1])

    def leg_at(self, t: float) -> int:
        """Which leg runs at a time; the last after the end."""
        after = int(np.searchsorted(self.begins, t, side="right")) - 1
        return min(after, len(self.legs) - 1)

    def during(self, t: Array, what: Callable[[Leg], bool]) -> NDArray[np.bool_]:
        """At which of the times t (n,) something is so of the leg that runs; never without legs."""
        if not self.legs:
            return np.zeros(len(t), dtype=bool)
        legs = np.searchsorted(self.begins, t, side="right") - 1
        so: NDArray[np.bool_] = np.array([what(leg) for leg in self.legs])
        return so[np.minimum(legs, len(self.legs) - 1)]

    def at(self, t: Array) -> tuple[Array, Array, Array]:
        """Positions, speeds, accelerations (n, joints) at rising times t (n,)."""
        shape = (len(t), len(self.arm.home))
        q, qd, qdd = np.empty(shape), np.zeros(shape), np.zeros(shape)
        if not self.legs:
            q[:] = self.arm.home
            return q, qd, qdd
        cuts = np.searchsorted(t, self.begins[1:-1], side="left")
        edges = [0, *cuts.tolist(), len(t)]
        for leg, begin, a, b in zip(self.legs, self.begins, edges[:-1], edges[1:], strict=False):
            if a < b:
                q[a:b], qd[a:b], qdd[a:b] = leg.stretch.at(t[a:b] - begin)
        return q, qd, qdd

    def waiting(self, before: dict[int, float]) -> "Track":
        """The same with a wait of so many seconds before each of these legs."""
        legs: list[Leg] = []
        for i, leg in enumerate(self.legs):
            if before.get(i, 0.0) > 0:
                q = self.legs[i - 1].stretch.ends if i else self.arm.home
                legs.append(Leg(rest(q, before[i], upright=False), -1, leg.holds))
            legs.append(leg)
        return track(self.arm, legs)


def track(arm: Arm, legs: list[Leg]) -> Track:
    """Legs one after another from the first moment on."""
    begins = np.concatenate([[0.0], np.cumsum([leg.stretch.lasts_s for leg in legs])])
    return Track(arm, tuple(legs), begins)


class Planner:
    """Turns the tasks of a sequence into tracks; asks for each place's positions once."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.arms = [Arm(robot, cell.case) for robot in cell.robots]
        self.unreached: list[Unreached] = []
        self._downs: dict[tuple[int, Target], Array | None] = {}

    def tracks(self, sequence: Tasks) -> list[Track]:
        """One track a robot of the cell, in its order; they mean nothing if any is `unreached`."""
        tasks = {task.robot: task for task in sequence.tasks}
        found = []
        for r, robot in enumerate(self.cell.robots):
            task = tasks.get(robot.id)
            legs = [] if task is None else self._legs(r, task)
            found.append(track(self.arms[r], legs))
        return found

    def _legs(self, r: int, task: Task) -> list[Leg]:
        cell, arm = self.cell, self.arms[r]
        here, holds = arm.home, None
        legs: list[Leg] = []
        left: str | None = None  # the station whose case was lifted and not yet carried away
        case = 0
        for i, step in enumerate(task.steps):
            if isinstance(step, Home):
                stretch = between(arm, here, arm.home, step.speed)
                legs.append(Leg(stretch, i, holds, appears=left))
                here, left = arm.home, None
                continue
            target = (
                station_target(cell, station_of(cell, step.station))
                if isinstance(step, Pick)
                else slot_target(cell, step.slot)
            )
            down = self.down(r, target, here, said(step))
            if down is None:
                continue  # the rest is gone through to name all that is out of reach
            descent = straight(arm, down, step.speed)
            above = descent.at(np.zeros(1))[0][0]
            legs += [
                Leg(between(arm, here, above, step.speed), i, holds, appears=left),
                Leg(descent, i, holds),
            ]
            left = None
            pause = cell.grip_s if isinstance(step, Pick) else cell.release_s
            legs.append(Leg(rest(descent.ends, pause, upright=True), i, holds))
            if isinstance(step, Pick):
                holds, left, case = case, step.station, case + 1
            else:
                holds = None
            legs.append(Leg(back(descent, arm, step.speed), i, holds))
            here = above
        return legs

    def down(self, r: int, target: Target, here: Array, step: str) -> Array | None:
        """Positions at NODES from above a place straight down to it; None if out of reach."""
        key = (r, target)
        if key not in self._downs:
            arm = self.arms[r]
            robot = arm.robot.id
            # The lower end is what must be reached; from there the way up is followed.
            top = arm.bring(target.raised(self.cell.lift), here)
            q, worst = top.q[None], np.inf
            if top.there:
                x, y, z = target.at
                heights = z + self.cell.lift * (1 - NODES)
                places = np.stack([np.full_like(heights, x), np.full_like(heights, y), heights], 1)
                q, worst = arm.follow(top.q, places)
            if worst <= 1e-4:
                self._downs[key] = q
            else:
                low = arm.bring(target, here)
                short = low if top.there else top
                off_m = max(short.off_m, worst if np.isfinite(worst) else 0.0)
                self.unreached.append(Unreached(robot, step, off_m, short.off_rad))
                self._downs[key] = None
        return self._downs[key]


def said(step: Pick | Place | Home) -> str:
    """A step as people call it."""
    match step:
        case Pick():
            return f"pick at {step.station}"
        case Place():
            return f"place into slot {step.slot}"
        case Home():
            return "go home"


def carried(tracks: Sequence[Track], sequence: Tasks, cell: Cell) -> list[Carried]:
    """The cases of a sequence, robot by robot in the order they are picked.

    The next case of a station comes when the one before has been carried away from above it.
    """
    tasks = {task.robot: task for task in sequence.tasks}
    comes = {station.id: 0.0 for station in cell.stations}
    cases: list[Carried] = []
    for r, robot in enumerate(cell.robots):
        task, legs = tasks.get(robot.id), tracks[r].legs
        if task is None:
            continue
        for leg, following, ends in zip(legs, legs[1:], tracks[r].begins[1:], strict=False):
            if leg.appears is not None:
                comes[leg.appears] = float(ends)
            if leg.holds == following.holds:
                continue
            step = task.steps[leg.step]
            if isinstance(step, Pick):
                since = comes[step.station]
                cases.append(Carried(r, step.station, None, since, float(ends), np.inf))
            elif isinstance(step, Place):
                cases[-1] = replace(cases[-1], slot=step.slot, released_s=float(ends))
    return cases


def station_target(cell: Cell, station: Station) -> Target:
    """Where the gripper takes a case that waits at a station: the middle of its upper face."""
    x, y, z = station.at
    return Target((x, y, z + cell.case.size[2]), float(np.radians(station.yaw)))


def slot_target(cell: Cell, slot: int) -> Target:
    """Where the gripper is when it leaves a case in a slot."""
    pallet, height = cell.pallet, cell.case.size[2]
    layer, k = divmod(slot, len(pallet.pattern))
    spot = pallet.pattern[k]
    turn = np.radians(pallet.yaw)
    x = pallet.at[0] + spot.x * np.cos(turn) - spot.y * np.sin(turn)
    y = pallet.at[1] + spot.x * np.sin(turn) + spot.y * np.cos(turn)
    z = pallet.at[2] + (layer + 1) * height
    return Target((float(x), float(y), z), float(turn + np.radians(spot.yaw)))
