"""What a motion asks of joints, drives and gripper, by inverse dynamics; nothing moves here.

It must never judge; `report.py` compares. Drives have no friction of their own: what a real one
needs for it comes on top.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.cell import Cell
from twin_core.simulation.robots.arm import Array
from twin_core.simulation.robots.body import Bodies
from twin_core.simulation.robots.motion import TICK_S, Track

GRAVITY = 9.80665  # m/s², ISO 80000-3


@dataclass(frozen=True, slots=True)
class Asked:
    """The most a motion asks of one robot, and when; arrays (joints,), SI.

    Attributes:
        speed, acceleration, effort: of the joints, of either sign.
        grip: of the gripper, N: the force on the case it holds, whichever way.
    """

    speed: Array
    speed_at: Array
    acceleration: Array
    acceleration_at: Array
    effort: Array
    effort_at: Array
    grip: float
    grip_at: float


def asked(cell: Cell, bodies: Bodies, track: Track, robot: int) -> Asked:
    """What a track asks of its robot, looked at 240 times a second.

    Args:
        cell: the cell.
        bodies: with gravity set in their world.
        track: of that robot.
        robot: its index.
    """
    t = np.arange(int(np.ceil(track.ends_s / TICK_S)) + 1) * TICK_S
    q, qd, qdd = track.at(t)
    laden = track.during(t, lambda leg: leg.holds is not None)
    bullet, world = bodies.bullet, bodies.world
    effort = np.array(
        [
            bullet.calculateInverseDynamics(
                bodies.laden[robot] if held else bodies.bare[robot], *state, physicsClientId=world
            )
            for held, *state in zip(laden, q.tolist(), qd.tolist(), qdd.tolist(), strict=True)
        ]
    )
    speed, speed_at = _most(qd, t)
    acceleration, acceleration_at = _most(qdd, t)
    torque, torque_at = _most(effort, t)
    grip, grip_at = _grip(cell, track, t, q, laden)
    return Asked(speed, speed_at, acceleration, acceleration_at, torque, torque_at, grip, grip_at)


def _most(x: Array, t: Array) -> tuple[Array, Array]:
    """The largest of either sign in each column, and when."""
    at = np.abs(x).argmax(axis=0)
    return np.abs(x)[at, np.arange(x.shape[1])], t[at]


def _grip(
    cell: Cell, track: Track, t: Array, q: Array, laden: NDArray[np.bool_]
) -> tuple[float, float]:
    """Newton's second law for the case: mass · |acceleration − gravity| of its middle."""
    if len(t) < 3 or not laden.any():
        return 0.0, 0.0
    face, turn = track.arm.gripper(q)
    middle = face - turn[..., 2] * cell.case.size[2] / 2
    pull = (middle[2:] - 2 * middle[1:-1] + middle[:-2]) / TICK_S**2
    pull[:, 2] += GRAVITY
    force = np.where(laden[1:-1], cell.case.mass * np.linalg.norm(pull, axis=1), 0.0)
    at = int(force.argmax())
    return float(force[at]), float(t[at + 1])
