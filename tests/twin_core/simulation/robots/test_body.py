"""The bodies of a cell: what they weigh, where they stand, what is said where there are none."""

import sys

import numpy as np
import pytest

from tests.twin_core.simulation.robots.cells import BULLET, alone, sample
from twin_core.errors import EngineMissing
from twin_core.simulation.robots.body import arm_body, build, client, engine
from twin_core.simulation.robots.cell import validate

CELL = sample()


def test_without_pybullet_it_says_so(monkeypatch):
    """By an error of our tree that says what is needed."""
    monkeypatch.setitem(sys.modules, "pybullet", None)
    with pytest.raises(EngineMissing, match=r"Python below 3\.12"):
        validate(CELL, alone())


@BULLET
def test_when_no_world_is_left_it_says_so(monkeypatch):
    """A client that cannot be had is an error of our tree too."""
    monkeypatch.setattr(engine(), "connect", lambda _: -1)
    with pytest.raises(EngineMissing, match="1024 at once"), client():
        pass


@BULLET
def test_a_link_weighs_what_the_plant_file_says():
    """The weight that hangs on the shoulder, by hand: arms stretched out level, a case in hand."""
    robot = CELL.robots[0]
    level = np.radians([0, 90, 0, -90, 0])
    with client() as (bullet, world):
        bullet.setGravity(0, 0, -10, physicsClientId=world)
        bare = arm_body(robot, bullet, world)
        laden = arm_body(robot, bullet, world, case=CELL)
        still = [0.0] * 5
        torque = [
            bullet.calculateInverseDynamics(
                body, level.tolist(), still, still, physicsClientId=world
            )[1]
            for body in (bare, laden)
        ]
    by_hand = 10 * (30 * 0.575 + 18 * (1.15 + 0.575) + (5 + 5) * 2.3)
    assert torque[0] == pytest.approx(-by_hand, rel=1e-6)
    assert torque[1] == pytest.approx(-by_hand - 10 * 12 * 2.3, rel=1e-6)


@BULLET
def test_what_stands_stands_where_it_is_drawn():
    """A ball at a known distance from floor, guard and a case in a slot measures it."""
    with client() as (bullet, world):
        bodies = build(CELL, (0,), bullet, world)
        ball = bullet.createMultiBody(
            0,
            bullet.createCollisionShape(bullet.GEOM_SPHERE, radius=0.1, physicsClientId=world),
            -1,
            (-0.39, -0.15, 1.0),
            physicsClientId=world,
        )
        gaps: dict[str, float] = {}
        for stand, parts in bodies.standing:
            for point in bullet.getClosestPoints(ball, stand, 10, physicsClientId=world):
                name = parts[point[4]].name
                gaps[name] = min(gaps.get(name, np.inf), point[8])
    assert gaps["floor"] == pytest.approx(0.9, abs=0.001)
    assert gaps["the case in slot 0"] == pytest.approx(0.5, abs=0.001)
    assert gaps["guard-west"] == pytest.approx(3 - 0.025 - 0.39 - 0.1, abs=0.001)


@BULLET
def test_many_things_stand_in_several_bodies():
    """More than one body holds is no less."""
    slots = range(CELL.pallet.slots)
    many = CELL.model_copy(update={"fixtures": CELL.fixtures * 8})
    with client() as (bullet, world):
        bodies = build(many, slots, bullet, world)
    assert len(bodies.standing) > 1
    names = [part.name for _, parts in bodies.standing for part in parts]
    assert sum(name.startswith("the case in slot") for name in names) == CELL.pallet.slots
