"""The motion once more, with masses and drives: what the kinematic sweep takes for granted.

It must never be told what the sweep found. Drives follow the motion at 240 Hz with no more than
their effort; cases are held by a fixed constraint, set down, and then stand by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin_core.plant.cell import Cell, Shape
from twin_core.simulation.robots.arm import Array, Target, corners, rotation
from twin_core.simulation.robots.body import arm_body, client, furniture, quaternion, solid
from twin_core.simulation.robots.load import GRAVITY
from twin_core.simulation.robots.motion import TICK_S, Carried, Track, slot_target, station_target
from twin_core.simulation.robots.task import station_of

SETTLES_S = 1.0
"""What is run after the last motion, for cases to come to rest."""
_FRICTION = 0.6  # of cardboard on cardboard or wood: assumed
_GAIN = 0.4  # of the way that is missing, made up each tick
_ROUNDS = 30  # of the solver


@dataclass(frozen=True, slots=True)
class Touch:
    """Two things that touched and should not have: the robot's index, names, when first."""

    robot: int
    part: str
    other: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run gave.

    Attributes:
        off_m, off_at: (robots,) the farthest a gripper was from where it should be, and when.
        effort, effort_at: a robot (joints,): the most its drives gave, and when; N·m or N.
        touches: each pair once, in time.
        moved: slot → how far a corner of its case ended from where it should be, m.
        lasts_s: simulated time.
    """

    off_m: Array
    off_at: Array
    effort: tuple[Array, ...]
    effort_at: tuple[Array, ...]
    touches: tuple[Touch, ...]
    moved: dict[int, float]
    lasts_s: float


def run(cell: Cell, tracks: Sequence[Track], cases: Sequence[Carried], stood: Sequence[int]) -> Ran:
    """Run a motion.

    Args:
        cell: the cell.
        tracks: one a robot.
        cases: what they carry.
        stood: slots that are filled when it begins.

    Raises:
        EngineMissing: there is no PyBullet.
    """
    with client() as (bullet, world):
        return _Run(cell, tracks, cases, stood, bullet, world).all()


@dataclass(slots=True)
class _Box:
    """A case as a body, and the slot it was set into."""

    body: int
    slot: int | None


class _Run:
    """One run in one world."""

    def __init__(
        self,
        cell: Cell,
        tracks: Sequence[Track],
        cases: Sequence[Carried],
        stood: Sequence[int],
        bullet: Any,
        world: int,
    ) -> None:
        self.cell, self.tracks, self.cases = cell, tracks, cases
        self.bullet, self.world = bullet, world
        bullet.setGravity(0, 0, -GRAVITY, physicsClientId=world)
        bullet.setPhysicsEngineParameter(
            fixedTimeStep=TICK_S,
            numSolverIterations=_ROUNDS,
            deterministicOverlappingPairs=1,
            physicsClientId=world,
        )
        self.arms = [arm_body(robot, bullet, world) for robot in cell.robots]
        for arm, track in zip(self.arms, tracks, strict=True):
            for link in range(len(track.arm.home)):
                bullet.changeDynamics(
                    arm, link, linearDamping=0, angularDamping=0, jointDamping=0,
                    physicsClientId=world,
                )  # fmt: skip
            self._start(arm, track)
        self.parts = furniture(cell, bullet, world)
        for body in self.parts:
            bullet.changeDynamics(body, -1, lateralFriction=_FRICTION, physicsClientId=world)
        self.shape, _ = solid((Shape(box=cell.case.size),), bullet, world, None)
        self.boxes: dict[int, _Box] = {}  # body → case
        for slot in stood:
            self._box(slot_target(cell, slot), slot)
        self.carried: dict[int, _Box] = {}  # case of the sequence → case
        self.held: list[tuple[_Box, int] | None] = [None] * len(tracks)  # with its constraint
        self.touches: dict[tuple[str, str], Touch] = {}

    def all(self) -> Ran:
        """From the first moment until everything is at rest."""
        ends = max(track.ends_s for track in self.tracks) + SETTLES_S
        n = int(np.ceil(ends / TICK_S))
        t = np.arange(n + 1) * TICK_S
        wanted = [track.at(t)[0] for track in self.tracks]
        been = [np.empty((n, q.shape[1])) for q in wanted]
        gave = [np.empty((n, q.shape[1])) for q in wanted]
        plan = [(q.tolist(), (np.diff(q, axis=0) / TICK_S).tolist()) for q in wanted]
        effort = [track.arm.effort.tolist() for track in self.tracks]
        upright = [
            track.during(t, lambda leg: leg.stretch.upright).tolist() for track in self.tracks
        ]
        events = self._events()
        bullet, world = self.bullet, self.world
        for k in range(n):
            while events and events[0][0] <= t[k]:
                _, what, case = events.pop(0)
                what(case)
            for arm, (q, qd), most in zip(self.arms, plan, effort, strict=True):
                bullet.setJointMotorControlArray(
                    arm,
                    range(len(most)),
                    bullet.POSITION_CONTROL,
                    targetPositions=q[k],
                    targetVelocities=qd[k],
                    forces=most,
                    positionGains=[_GAIN] * len(most),
                    velocityGains=[1.0] * len(most),
                    physicsClientId=world,
                )
            bullet.stepSimulation(physicsClientId=world)
            for r, arm in enumerate(self.arms):
                states = bullet.getJointStates(arm, range(len(effort[r])), physicsClientId=world)
                been[r][k] = [state[0] for state in states]
                gave[r][k] = [state[3] for state in states]
                self._touched(r, arm, float(t[k + 1]), upright=upright[r][k + 1])
        off = [
            np.linalg.norm(track.arm.gripper(q)[0] - track.arm.gripper(w[1:])[0], axis=1)
            for track, q, w in zip(self.tracks, been, wanted, strict=True)
        ]
        worst = [np.abs(x).argmax(axis=0) for x in gave]
        return Ran(
            off_m=np.array([x.max() for x in off]),
            off_at=np.array([t[1 + x.argmax()] for x in off]),
            effort=tuple(np.abs(x).max(axis=0) for x in gave),
            effort_at=tuple(t[1 + at] for at in worst),
            touches=tuple(self.touches.values()),
            moved={
                box.slot: self._moved(box) for box in self.boxes.values() if box.slot is not None
            },
            lasts_s=n * TICK_S,
        )

    def _start(self, arm: int, track: Track) -> None:
        for link, place in enumerate(track.arm.home.tolist()):
            self.bullet.resetJointState(arm, link, place, physicsClientId=self.world)

    def _events(self) -> list[tuple[float, Any, int]]:
        """What happens to cases, in time: when, what, to which."""
        events: list[tuple[float, Any, int]] = []
        for n, case in enumerate(self.cases):
            events += [(case.comes_s, self._come, n), (case.gripped_s, self._grip, n)]
            if np.isfinite(case.released_s):
                events.append((case.released_s, self._release, n))
        return sorted(events, key=lambda event: (event[0], event[2]))

    def _box(self, at: Target, slot: int | None) -> _Box:
        x, y, z = at.at
        body = self.bullet.createMultiBody(
            self.cell.case.mass,
            self.shape,
            -1,
            (x, y, z - self.cell.case.size[2] / 2),
            quaternion(rotation(2, at.yaw)),
            flags=self.bullet.URDF_ENABLE_SLEEPING,  # a stack at rest costs nothing
            physicsClientId=self.world,
        )
        self.bullet.changeDynamics(body, -1, lateralFriction=_FRICTION, physicsClientId=self.world)
        box = _Box(body, slot)
        self.boxes[body] = box
        return box

    def _come(self, n: int) -> None:
        case = self.cases[n]
        box = self._box(station_target(self.cell, station_of(self.cell, case.station)), None)
        hand = len(self.cell.robots[case.robot].joints) - 1
        self.bullet.setCollisionFilterPair(
            self.arms[case.robot], box.body, hand, -1, 0, physicsClientId=self.world
        )
        self.carried[n] = box

    def _grip(self, n: int) -> None:
        """Hold the case as it lies."""
        case, box, bullet = self.cases[n], self.carried[n], self.bullet
        arm, robot = self.arms[case.robot], self.cell.robots[case.robot]
        hand = len(robot.joints) - 1
        link = bullet.getLinkState(arm, hand, physicsClientId=self.world)
        lies = bullet.getBasePositionAndOrientation(box.body, physicsClientId=self.world)
        at, turn = bullet.multiplyTransforms(*bullet.invertTransform(link[0], link[1]), *lies)
        bond = bullet.createConstraint(
            arm, hand, box.body, -1, bullet.JOINT_FIXED, (0, 0, 0), at, (0, 0, 0), turn,
            physicsClientId=self.world,
        )  # fmt: skip
        bullet.changeConstraint(bond, maxForce=robot.grip, physicsClientId=self.world)
        self.held[case.robot] = box, bond

    def _release(self, n: int) -> None:
        held = self.held[self.cases[n].robot]
        assert held is not None
        self.bullet.removeConstraint(held[1], physicsClientId=self.world)
        held[0].slot, self.held[self.cases[n].robot] = self.cases[n].slot, None

    def _touched(self, r: int, arm: int, t: float, *, upright: bool) -> None:
        """Note what a robot, or a case that it carries along, is in contact with."""
        robot = self.cell.robots[r]
        hand = len(robot.joints) - 1
        for point in self.bullet.getContactPoints(arm, physicsClientId=self.world):
            other, link = point[2], point[3]
            if point[8] > 0 or (link >= hand and self._bears(other)):
                continue
            part = f"{robot.joints[link].id} of {robot.id}" if link >= 0 else f"base of {robot.id}"
            self._touch(r, part, other, point[4], t)
        held = self.held[r]
        if held is None:
            return
        for point in self.bullet.getContactPoints(held[0].body, physicsClientId=self.world):
            own = point[2] == arm and point[4] == hand
            if point[8] <= 0 and not own and not (upright and self._bears(point[2])):
                self._touch(r, f"case held by {robot.id}", point[2], point[4], t)

    def _bears(self, body: int) -> bool:
        """Whether cases are put on it, or it is one."""
        return body in self.boxes or (body in self.parts and self.parts[body].bears)

    def _touch(self, r: int, part: str, other: int, link: int, t: float) -> None:
        if other in self.parts:
            name = self.parts[other].name
        elif other in self.boxes:
            box = self.boxes[other]
            name = "a case" if box.slot is None else f"the case in slot {box.slot}"
        else:
            robot = self.cell.robots[self.arms.index(other)]
            name = f"{robot.joints[link].id} of {robot.id}" if link >= 0 else f"base of {robot.id}"
        self.touches.setdefault((part, name), Touch(r, part, name, t))

    def _moved(self, box: _Box) -> float:
        assert box.slot is not None
        target = slot_target(self.cell, box.slot)
        (x, y, z), turn = self.bullet.getBasePositionAndOrientation(
            box.body, physicsClientId=self.world
        )
        local = corners((Shape(box=self.cell.case.size),))
        now = np.array(self.bullet.getMatrixFromQuaternion(turn)).reshape(3, 3)
        meant = np.array(target.at) - (0, 0, self.cell.case.size[2] / 2)
        ways = [  # a case is the same turned half round
            local @ now.T + (x, y, z) - local @ rotation(2, yaw).T - meant
            for yaw in (target.yaw, target.yaw + np.pi)
        ]
        return min(float(np.linalg.norm(way, axis=1).max()) for way in ways)
