"""The door of the robot cell: is a sequence possible, safe and how long does it take?

A faster sequence is validated here before anyone may propose it. It must never move a robot: what
comes out is a report. The same cell and sequence give the same report. That an arm does not hit
itself is left to the ranges of its joints; a case in its hand is looked after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isinf

import numpy as np

from twin_core.plant.cell import Cell
from twin_core.simulation.robots.body import Bodies, build, client
from twin_core.simulation.robots.dynamics import Ran, run
from twin_core.simulation.robots.load import GRAVITY, Asked, asked
from twin_core.simulation.robots.motion import Carried, Planner, Track, Unreached, carried, said
from twin_core.simulation.robots.report import Closest, Joint, Report, Trouble, Wait
from twin_core.simulation.robots.sweep import Swept, sweep
from twin_core.simulation.robots.task import Sequence as Tasks
from twin_core.simulation.robots.task import check
from twin_core.simulation.robots.turns import Turn, take_turns
from twin_core.simulation.robots.watch import Watch

STRAYS_M = 0.01
"""How far a gripper may be from its path; a case is set to about that."""
SETTLES_M = 0.02
"""How far a corner of a case may end from where it was set: most of the gap between cases."""
_ROUNDING = 1 + 1e-6


@dataclass(frozen=True, slots=True)
class Motion:
    """A sequence in motion: a track a robot, the waits for the shared space, what is out of reach.

    Where something is out of reach there are no tracks.
    """

    tracks: tuple[Track, ...]
    turns: tuple[Turn, ...]
    unreached: tuple[Unreached, ...]


def motion(cell: Cell, sequence: Tasks, bodies: Bodies) -> Motion:
    """How the robots move.

    Raises:
        ImpossibleScenario: a robot never leaves the shared space, and another needs it.
        TooLarge: longer than an hour.
    """
    planner = Planner(cell)
    tracks = planner.tracks(sequence)
    if planner.unreached:
        return Motion((), (), tuple(planner.unreached))
    if cell.shared is None:
        return Motion(tuple(tracks), (), ())
    waiting, turns = take_turns(Watch(cell, bodies, tracks), cell.shared)
    return Motion(tuple(waiting), tuple(turns), ())


def validate(cell: Cell, sequence: Tasks, *, dynamics: bool = True) -> Report:
    """Judge a sequence.

    Args:
        cell: where.
        sequence: what its robots are to do.
        dynamics: run it with masses too; without that, no report says fine.

    Raises:
        UnknownName: a robot or station the cell has not.
        ImpossibleScenario: a sequence that makes no sense.
        TooLarge: longer than an hour.
        EngineMissing: there is no PyBullet.
    """
    check(cell, sequence)
    filled = [step.slot for task in sequence.tasks for step in task.steps if step.step == "place"]
    cases = len(filled)
    slots = sorted({*sequence.standing, *filled})
    with client() as (bullet, world):
        bullet.setGravity(0, 0, -GRAVITY, physicsClientId=world)
        bodies = build(cell, slots, bullet, world)
        moves = motion(cell, sequence, bodies)
        if moves.unreached:
            return Report(
                cell=cell.id,
                cycle_s=None,
                cases=cases,
                clearance_m=cell.clearance,
                troubles=tuple(_reach(moves.unreached)),
            )
        tracks = moves.tracks
        loads = carried(tracks, sequence, cell)
        swept = sweep(Watch(cell, bodies, tracks, loads, sequence.standing))
        asks = [asked(cell, bodies, track, r) for r, track in enumerate(tracks)]
    ran = run(cell, tracks, loads, sequence.standing) if dynamics else None
    judge = _Judge(cell, sequence, tracks)
    troubles = [*judge.clearance(swept), *judge.limits(asks)]
    if ran is not None:
        troubles += judge.ran(ran, loads)
    names = [robot.id for robot in cell.robots]
    closest = None
    if swept.closest is not None:
        at_s, gap = swept.closest
        closest = Closest(part=gap.part, other=gap.other, at_s=at_s, gap_m=gap.gap_m)
    return Report(
        cell=cell.id,
        cycle_s=max(track.ends_s for track in tracks),
        busy_s={name: track.ends_s for name, track in zip(names, tracks, strict=True)},
        cases=cases,
        clearance_m=cell.clearance,
        joints=tuple(judge.joints(asks, ran)),
        waits=tuple(
            Wait(robot=names[t.robot], waits_for=names[t.other], at_s=t.at_s, for_s=t.for_s)
            for t in moves.turns
        ),
        closest=closest,
        off_m={} if ran is None else dict(zip(names, ran.off_m.tolist(), strict=True)),
        ran=ran is not None,
        troubles=tuple(troubles),
    )


def _reach(places: Sequence[Unreached]) -> Iterator[Trouble]:
    for place in places:
        far = place.off_m > 0.001
        yield Trouble(
            kind="reach",
            robot=place.robot,
            part=place.robot,
            other=place.step,
            value=place.off_m if far else float(np.degrees(place.off_rad)),
            limit=0,
            unit="m" if far else "deg",
        )


class _Judge:
    """Holds what was seen against what is allowed."""

    def __init__(self, cell: Cell, sequence: Tasks, tracks: Sequence[Track]) -> None:
        self.cell, self.tracks = cell, tracks
        tasks = {task.robot: task.steps for task in sequence.tasks}
        self._steps = [tasks.get(robot.id, ()) for robot in cell.robots]

    def _step(self, robot: int, leg: int) -> str:
        """What a robot does on a leg."""
        legs = self.tracks[robot].legs
        if not legs:
            return "stand at home"
        step = legs[leg].step
        return "wait for the shared space" if step < 0 else said(self._steps[robot][step])

    def _during(self, robot: int, at_s: float) -> str:
        return self._step(robot, self.tracks[robot].leg_at(at_s)) if self.tracks[robot].legs else ""

    def clearance(self, swept: Swept) -> Iterator[Trouble]:
        """What came too near."""
        for breach in swept.breaches:
            gap = breach.worst
            yield Trouble(
                kind="clearance",
                robot=self.cell.robots[gap.robot].id,
                part=gap.part,
                other=gap.other,
                step=self._step(gap.robot, breach.leg),
                at_s=breach.worst_s,
                since_s=breach.since_s,
                until_s=breach.until_s,
                value=gap.gap_m,
                limit=max(gap.allowed_m, 0.0),
                unit="m",
            )

    def limits(self, asks: Sequence[Asked]) -> Iterator[Trouble]:
        """What is too fast or too heavy."""
        for r, (robot, ask) in enumerate(zip(self.cell.robots, asks, strict=True)):
            to_si = self.tracks[r].arm.to_si
            for j, joint in enumerate(robot.joints):
                of = f"{joint.id} of {robot.id}"
                speed, pull = ask.speed[j] / to_si[j], ask.acceleration[j] / to_si[j]
                found = (
                    ("speed", speed, ask.speed_at[j], joint.speed, f"{joint.unit}/s"),
                    (
                        "acceleration",
                        pull,
                        ask.acceleration_at[j],
                        joint.acceleration,
                        f"{joint.unit}/s2",
                    ),
                    ("effort", ask.effort[j], ask.effort_at[j], joint.effort, joint.effort_unit),
                )
                for kind, value, at_s, limit, unit in found:
                    if value > limit * _ROUNDING:
                        yield Trouble(
                            kind=kind,
                            robot=robot.id,
                            part=of,
                            step=self._during(r, float(at_s)),
                            at_s=float(at_s),
                            value=float(value),
                            limit=limit,
                            unit=unit,
                        )
            if ask.grip > robot.grip:
                yield Trouble(
                    kind="grip",
                    robot=robot.id,
                    part=f"gripper of {robot.id}",
                    step=self._during(r, ask.grip_at),
                    at_s=ask.grip_at,
                    value=ask.grip,
                    limit=robot.grip,
                    unit="N",
                )

    def ran(self, ran: Ran, loads: Sequence[Carried]) -> Iterator[Trouble]:
        """What went otherwise when run with masses."""
        robots = self.cell.robots
        for touch in ran.touches:
            yield Trouble(
                kind="contact",
                robot=robots[touch.robot].id,
                part=touch.part,
                other=touch.other,
                step=self._during(touch.robot, touch.at_s),
                at_s=touch.at_s,
                value=0,
                limit=0,
                unit="m",
            )
        for r, robot in enumerate(robots):
            if ran.off_m[r] > STRAYS_M:
                at_s = float(ran.off_at[r])
                yield Trouble(
                    kind="tracking",
                    robot=robot.id,
                    part=f"gripper of {robot.id}",
                    step=self._during(r, at_s),
                    at_s=at_s,
                    value=float(ran.off_m[r]),
                    limit=STRAYS_M,
                    unit="m",
                )
        who = {load.slot: load for load in loads if not isinf(load.released_s)}
        for slot, moved in sorted(ran.moved.items()):
            if moved > SETTLES_M:
                load = who.get(slot)
                yield Trouble(
                    kind="stack",
                    robot=robots[load.robot if load is not None else 0].id,
                    part=f"the case in slot {slot}",
                    at_s=load.released_s if load is not None else 0.0,
                    value=moved,
                    limit=SETTLES_M,
                    unit="m",
                )

    def joints(self, asks: Sequence[Asked], ran: Ran | None) -> Iterator[Joint]:
        """What every joint had to give."""
        for r, (robot, ask) in enumerate(zip(self.cell.robots, asks, strict=True)):
            to_si = self.tracks[r].arm.to_si
            for j, joint in enumerate(robot.joints):
                yield Joint(
                    robot=robot.id,
                    joint=joint.id,
                    unit=joint.unit,
                    effort_unit=joint.effort_unit,
                    speed=float(ask.speed[j] / to_si[j]),
                    speed_limit=joint.speed,
                    acceleration=float(ask.acceleration[j] / to_si[j]),
                    acceleration_limit=joint.acceleration,
                    effort=float(ask.effort[j]),
                    effort_limit=joint.effort,
                    ran_effort=None if ran is None else float(ran.effort[r][j]),
                )
