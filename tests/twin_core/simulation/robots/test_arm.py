"""Where an arm is: against Bullet, against itself, and at the ends of its reach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.robots.cells import BULLET, sample
from twin_core.plant.cell import Joint, Robot
from twin_core.simulation.robots.arm import Arm, Target, corners, rotation
from twin_core.simulation.robots.body import arm_body, client, quaternion

CELL = sample()
ARM = Arm(CELL.robots[0], CELL.case)
seeds = st.integers(0, 2**32 - 1)


def gantry() -> Robot:
    """A portal: x, y and z slide, then the gripper turns."""
    joint = {"kind": "slides", "speed": 2, "acceleration": 4, "effort": 3000, "mass": 20,
             "shapes": [{"box": [0.2, 0.2, 0.2]}]}  # fmt: skip
    return Robot(
        id="portal",
        at=(0, 0, 3),
        yaw=30,
        base=({"box": (0.1, 0.1, 0.1)},),
        joints=(
            Joint.model_validate({**joint, "id": "x", "axis": "x", "low": -2, "high": 2}),
            Joint.model_validate({**joint, "id": "y", "axis": "y", "low": -2, "high": 2}),
            Joint.model_validate({**joint, "id": "z", "axis": "z", "low": -2.5, "high": 0}),
            Joint.model_validate(
                {**joint, "id": "turn", "axis": "z", "low": -180, "high": 180, "kind": "turns",
                 "speed": 200, "acceleration": 600}
            ),
        ),
        tool=(0, 0, -0.2),
        grip=400,
        home=(0, 0, 0, 0),
    )  # fmt: skip


@BULLET
@pytest.mark.parametrize("robot", [*CELL.robots, gantry()], ids=lambda robot: robot.id)
def test_the_chain_is_where_bullet_has_it(robot):
    """Origins and axes of every link agree with a multi-body made of the same robot."""
    arm = Arm(robot, CELL.case)
    random = np.random.default_rng(3)
    with client() as (bullet, world):
        body = arm_body(robot, bullet, world)
        for _ in range(20):
            q = random.uniform(arm.low, arm.high)
            for j, x in enumerate(q.tolist()):
                bullet.resetJointState(body, j, x, physicsClientId=world)
            origins, turns = arm.frames(q)
            for j in range(len(q)):
                state = bullet.getLinkState(
                    body, j, computeForwardKinematics=1, physicsClientId=world
                )
                matrix = np.reshape(bullet.getMatrixFromQuaternion(state[5]), (3, 3))
                assert np.allclose(state[4], origins[j], atol=1e-6)
                assert np.allclose(matrix, turns[j], atol=1e-6)


@pytest.mark.parametrize("robot", [*CELL.robots, gantry()], ids=lambda robot: robot.id)
def test_where_the_gripper_has_been_it_can_be_brought_again(robot):
    """A place that positions lead to is reached, upright, within a tenth of a millimetre."""
    arm = Arm(robot, CELL.case)
    random = np.random.default_rng(4)
    reached = 0
    for _ in range(12):
        at = np.array([*random.uniform(-1.2, 1.2, 2), random.uniform(0.5, 1.2)])
        at[:2] += robot.at[:2]
        target = Target(tuple(at.tolist()), float(random.uniform(-3, 3)))
        found = arm.bring(target, arm.home)
        if found.there:
            reached += 1
            place, turn = arm.gripper(found.q)
            assert np.allclose(place, target.at, atol=2e-4)
            assert turn[2, 2] == pytest.approx(1, abs=1e-6)
            yaw = np.arctan2(turn[1, 0], turn[0, 0]) - target.yaw
            assert np.sin(yaw) == pytest.approx(0, abs=1e-3)
            assert (found.q >= arm.low).all()
            assert (found.q <= arm.high).all()
    assert reached >= 8


def test_beyond_its_reach_it_says_by_how_much():
    """A place 5 m away from an arm of 2.3 m is off by what is missing."""
    x, y, _ = CELL.robots[0].at
    found = ARM.bring(Target((x - 5, y, 1.0), 0.0), ARM.home)
    assert not found.there
    assert 2.0 < found.off_m < 4.0


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_no_point_of_a_link_gets_farther_than_its_corners(seed):
    """The bound of a stride holds for any point inside a box of the arm or of the case."""
    random = np.random.default_rng(seed)
    q = random.uniform(ARM.low, ARM.high)
    path = np.stack([q, np.clip(q + random.normal(0, 0.05, len(q)), ARM.low, ARM.high)])
    (far,) = ARM.strides(path)
    origins, turns = ARM.frames(path)
    for j, joint in enumerate(CELL.robots[0].joints):
        box = corners(joint.shapes)
        inside = random.dirichlet(np.ones(8), size=20) @ box
        at = [origins[i, j] + inside @ turns[i, j].T for i in (0, 1)]
        assert np.linalg.norm(at[1] - at[0], axis=1).max() <= far + 1e-12


@given(st.floats(-7, 7), st.floats(-7, 7), st.floats(-7, 7))
@settings(deadline=None)
def test_a_quaternion_is_the_same_turn(roll, pitch, yaw):
    """Of any rotation matrix, also of half turns."""
    turn = rotation(2, yaw) @ rotation(1, pitch) @ rotation(0, roll)
    x, y, z, w = quaternion(turn)
    again = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    assert np.allclose(again, turn, atol=1e-9)
