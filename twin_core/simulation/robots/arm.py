"""Where an arm is at given joint positions, and which positions bring its gripper to a place.

It must never know of time, or of what stands in the way. Lengths are metres, angles radians; the
leading axes of every array are free, so that a whole path is one call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.cell import Case, Robot, Shape

Array: TypeAlias = NDArray[np.floating[Any]]

NEAR_M, NEAR_RAD = 1e-4, 1e-4
"""A place is reached when the gripper is this near: a tenth of a millimetre."""
_ROUNDS = 80
_STRIDE = 0.4  # rad or m of one joint in one round: farther the linear picture lies
_STUCK = 0.9999  # of what was missing a round ago
_FIRST_TURNS = 9  # first guesses, spread over the range of the first joint
_AXES = {"x": 0, "y": 1, "z": 2}


@dataclass(frozen=True, slots=True)
class Target:
    """A place of the gripper: upright, its face's middle at `at`, turned by `yaw` (rad)."""

    at: tuple[float, float, float]
    yaw: float

    def raised(self, by: float) -> "Target":
        """The same place `by` metres higher."""
        x, y, z = self.at
        return Target((x, y, z + by), self.yaw)

    def turned(self) -> "Target":
        """The same place with the gripper turned half round."""
        return Target(self.at, self.yaw + np.pi)


@dataclass(frozen=True, slots=True)
class Reached:
    """Positions of the joints, and how far they leave the gripper from where it should be."""

    q: Array
    off_m: float
    off_rad: float

    @property
    def there(self) -> bool:
        """Whether that is near enough."""
        return self.off_m <= NEAR_M and self.off_rad <= NEAR_RAD


class Arm:
    """The chain of a robot, in radians and metres of the world.

    Attributes:
        low, high, speed, acceleration, effort: (joints,) limits.
        home: (joints,).
        to_si: (joints,) what a figure of the plant file is multiplied with.
    """

    def __init__(self, robot: Robot, case: Case) -> None:
        joints = robot.joints
        self.robot = robot
        self._turns = [joint.kind == "turns" for joint in joints]
        self._axes = [_AXES[joint.axis] for joint in joints]
        self._at = np.array([joint.at for joint in joints])
        self._tool = np.array(robot.tool)
        self._base_at = np.array(robot.at)
        self._base = rotation(2, np.radians(robot.yaw))
        self.to_si = np.where(self._turns, np.pi / 180, 1.0)
        self.low = np.array([joint.low for joint in joints]) * self.to_si
        self.high = np.array([joint.high for joint in joints]) * self.to_si
        self.speed = np.array([joint.speed for joint in joints]) * self.to_si
        self.acceleration = np.array([joint.acceleration for joint in joints]) * self.to_si
        self.effort = np.array([joint.effort for joint in joints])
        self.home = np.array(robot.home) * self.to_si
        x, y, z = robot.tool
        held = Shape(box=case.size, at=(x, y, z - case.size[2] / 2))
        shapes = [joint.shapes for joint in joints]
        shapes[-1] = (*shapes[-1], held)
        self._corners = [corners(link) for link in shapes]

    def frames(self, q: Array) -> tuple[Array, Array]:
        """Of every link at positions q (…, joints): origins (…, joints, 3), axes (…, joints, 3, 3).

        Craig, Introduction to Robotics, ch. 3: the product of the transforms along the chain.
        """
        lead = q.shape[:-1]
        turn = np.broadcast_to(self._base, (*lead, 3, 3))
        at = np.broadcast_to(self._base_at, (*lead, 3))
        origins, turns = [], []
        for j, axis in enumerate(self._axes):
            at = at + turn @ self._at[j]
            if self._turns[j]:
                turn = _turned_on(turn, axis, q[..., j])
            else:
                at = at + turn[..., :, axis] * q[..., j, None]
            origins.append(at)
            turns.append(turn)
        return np.stack(origins, axis=-2), np.stack(turns, axis=-3)

    def strides(self, q: Array) -> Array:
        """How far anything of the arm gets from each q (n, joints) to the next, m (n − 1,).

        A case in hand is part of it.
        From one posture of a link to another the way of a point is an affine function of where it
        is in the link, and the length of one is largest at a corner of what holds the link.
        """
        origins, turns = self.frames(q)
        far = np.zeros(max(len(q) - 1, 0))
        for j, local in enumerate(self._corners):
            at = origins[:, j, :, None] + turns[:, j] @ local.T
            way = np.diff(at, axis=0)
            np.maximum(far, (way * way).sum(axis=1).max(axis=-1), out=far)
        return np.sqrt(far)

    def gripper(self, q: Array) -> tuple[Array, Array]:
        """Of the gripping face at q (…, joints): its middle (…, 3) and its axes (…, 3, 3)."""
        origins, turns = self.frames(q)
        return origins[..., -1, :] + turns[..., -1, :, :] @ self._tool, turns[..., -1, :, :]

    def _toward(self, q: Array, want: Array, turned: Array) -> tuple[Array, Array]:
        """What is missing to a place (…, 6: m and rad), and how the joints change it."""
        origins, turns = self.frames(q)
        at = origins[..., -1, :] + turns[..., -1, :, :] @ self._tool
        now = turns[..., -1, :, :]
        # The sine of the angle between the frames, along its axis: Siciliano et al., Robotics,
        # 3.7.3. It vanishes at half a turn too; `_off` tells the two apart.
        miss_turn = 0.5 * np.cross(now, turned, axisa=-2, axisb=-2, axisc=-1).sum(axis=-2)
        jacobian = np.zeros((*q.shape[:-1], 6, q.shape[-1]))
        for j, axis in enumerate(self._axes):
            # A joint's own axis is the same before and after it has turned.
            along = turns[..., j, :, axis]
            if self._turns[j]:
                jacobian[..., :3, j] = np.cross(along, at - origins[..., j, :])
                jacobian[..., 3:, j] = along
            else:
                jacobian[..., :3, j] = along
        return np.concatenate([want - at, miss_turn], axis=-1), jacobian

    def _closer(self, q: Array, want: Array, turned: Array) -> Array:
        """Damped least squares (Nakamura and Hanafusa, 1986), kept inside the joints' ranges.

        The damping falls with what is missing (Sugihara, IEEE Trans. Robotics 27, 2011).
        """
        eye = np.eye(6)
        before = np.full(len(q), np.inf)
        for _ in range(_ROUNDS):
            miss, jacobian = self._toward(q, want, turned)
            off = (miss**2).sum(axis=-1)
            if bool(((off < 1e-16) | (off > _STUCK * before)).all()):
                break
            before = off
            damping = (1e-3 * off + 1e-12)[..., None, None] * eye
            flat = jacobian @ np.swapaxes(jacobian, -1, -2) + damping
            stride = np.swapaxes(jacobian, -1, -2) @ np.linalg.solve(flat, miss[..., None])
            most = np.abs(stride).max(axis=-2, keepdims=True)
            stride *= np.minimum(1.0, _STRIDE / np.maximum(most, 1e-12))
            q = np.clip(q + stride[..., 0], self.low, self.high)
        return q

    def _off(self, q: Array, want: Array, turned: Array) -> tuple[Array, Array]:
        at, now = self.gripper(q)
        angle = np.arccos(np.clip(((now * turned).sum(axis=(-1, -2)) - 1) / 2, -1, 1))
        # Near zero the arc cosine has no digits left; the sine has.
        sine = np.linalg.norm(self._toward(q, want, turned)[0][..., 3:], axis=-1)
        return np.linalg.norm(want - at, axis=-1), np.where(angle < 0.1, sine, angle)

    def bring(self, target: Target, near: Array) -> Reached:
        """Positions that bring the gripper to a place, of several those nearest to `near`.

        Args:
            target: where.
            near: (joints,) positions it comes from.
        """
        starts = np.tile(self.home, (_FIRST_TURNS + 1, 1))
        starts[1:, 0] = np.linspace(self.low[0], self.high[0], _FIRST_TURNS)
        starts = np.concatenate([starts, near[None]])
        best: tuple[tuple[bool, float], Reached] | None = None
        for way in (target, target.turned()):  # a gripper holds a case either way round
            want, turned = np.array(way.at), rotation(2, np.array(way.yaw))
            found = self._closer(starts, want, turned)
            for q, off_m, off_rad in zip(found, *self._off(found, want, turned), strict=True):
                one = Reached(q, float(off_m), float(off_rad))
                far = float(np.abs(q - near).max()) if one.there else one.off_m + one.off_rad
                if best is None or (not one.there, round(far, 6)) < best[0]:
                    best = (not one.there, round(far, 6)), one
        assert best is not None
        return best[1]

    def follow(self, first: Array, places: Array) -> tuple[Array, float]:
        """Positions for gripper places (n, 3) in the turn it has at `first`, and the worst miss, m.

        The miss is infinite where a turn is not kept.
        """
        turned = self.gripper(first)[1]
        found = self._closer(np.tile(first, (len(places), 1)), places, turned)
        off_m, off_rad = self._off(found, places, np.broadcast_to(turned, (len(places), 3, 3)))
        return found, float(np.where(off_rad <= NEAR_RAD, off_m, np.inf).max())


def rotation(axis: int, angle: Array | float) -> Array:
    """The matrix (…, 3, 3) of a turn by `angle` (…) about x, y or z (0, 1, 2)."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.zeros((*np.shape(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn[..., axis, axis] = 1.0
    turn[..., i, i] = turn[..., j, j] = c
    turn[..., i, j], turn[..., j, i] = -s, s
    return turn


def _turned_on(turn: Array, axis: int, angle: Array) -> Array:
    """`turn` (…, 3, 3) after a turn about one of its own axes: two columns mix."""
    c, s = np.cos(angle)[..., None], np.sin(angle)[..., None]
    i, j = (axis + 1) % 3, (axis + 2) % 3
    on = np.empty_like(turn)
    on[..., axis] = turn[..., axis]
    on[..., i] = c * turn[..., i] + s * turn[..., j]
    on[..., j] = c * turn[..., j] - s * turn[..., i]
    return on


def corners(shapes: Sequence[Shape]) -> Array:
    """The corners (8, 3) of a box that holds shapes, in the frame of what they belong to."""
    signs = np.array(list(product((-1.0, 1.0), repeat=3)))
    found = []
    for shape in shapes:
        if shape.box is not None:
            half = np.array(shape.box) / 2
        elif shape.cylinder is not None:
            radius, height = shape.cylinder
            half = np.array([radius, radius, height / 2])
        else:
            half = np.full(3, shape.radius)
        found.append(np.array(shape.at) + (signs * half) @ turn_of(shape).T)
    points = np.concatenate(found)
    low, high = points.min(axis=0), points.max(axis=0)
    box: Array = (low + high) / 2 + signs * (high - low) / 2
    return box


def turn_of(shape: Shape) -> Array:
    """How a solid is turned in the frame of what it belongs to, (3, 3)."""
    roll, pitch, yaw = np.radians(shape.turn)
    turn: Array = rotation(2, yaw) @ rotation(1, pitch) @ rotation(0, roll)
    return turn
