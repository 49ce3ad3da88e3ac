"""Drawn layers of cases on a pallet, right and wrong ones, as a camera above would see them.

It must never be shown to a judge together with what it was taught on: seeds are arguments. A camera
errs as depth cameras do: noise that grows with distance, an offset, pixels without an echo.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from twin_core.plant.cell import Camera, Cell, Shape
from twin_core.simulation.robots.arm import Array, Target, rotation
from twin_core.simulation.robots.body import build, client, quaternion, solid
from twin_core.simulation.robots.motion import slot_target
from twin_core.simulation.robots.sight import Image, see

State: TypeAlias = Literal["right", "missing", "tilted", "double"]
STATES: tuple[State, ...] = ("right", "missing", "tilted", "double")

_WRONG = 0.3  # of all slots; a plant has fewer, and rates do not depend on it
_ASIDE_M, _TURNED = 0.012, np.radians(2.5)  # spread of where a right case lies
_LEAST_TILT, _MOST_TILT = np.radians(1.5), np.radians(12.0)
_NOISE = 0.0015  # of the distance: 5 mm at 3.4 m; assumed, as the next two
_OFFSET_M = 0.004  # of the whole image
_NO_ECHO = 0.03  # of the pixels


@dataclass(frozen=True, slots=True)
class Layer:
    """A drawn layer: its number from 0, what is in each of its slots, what the camera saw."""

    number: int
    states: tuple[State, ...]
    image: Image


def layers(cell: Cell, camera: Camera, seed: int, count: int) -> Iterator[Layer]:
    """Layers, the ones below full and right; the robots are out of sight.

    Args:
        cell: where.
        camera: that looks.
        seed: of everything drawn.
        count: how many.

    Raises:
        EngineMissing: there is no PyBullet.
    """
    random = np.random.default_rng(seed)
    with client() as (bullet, world):
        bodies = build(cell, [], bullet, world, stations=(), seen=True)
        for body in (*bodies.bare, *bodies.laden):
            bodies.away(body)
        pool = _pool(cell, bullet, world)
        for _ in range(count):
            yield _drawn(cell, camera, random, bullet, world, pool)


def _pool(cell: Cell, bullet: Any, world: int) -> list[int]:
    """Cases enough for every slot, and one more for each of a layer."""
    colour = (0.8, 0.62, 0.42, 1.0)
    made = []
    for _ in range(cell.pallet.slots + len(cell.pallet.pattern)):
        shape, look = solid((Shape(box=cell.case.size),), bullet, world, colour)
        made.append(bullet.createMultiBody(0, shape, look, (0, 0, -50), physicsClientId=world))
    return made


def _drawn(
    cell: Cell,
    camera: Camera,
    random: np.random.Generator,
    bullet: Any,
    world: int,
    pool: list[int],
) -> Layer:
    spots = len(cell.pallet.pattern)
    number = int(random.integers(cell.pallet.layers))
    states: list[State] = [
        STATES[1 + int(random.integers(3))] if random.random() < _WRONG else "right"
        for _ in range(spots)
    ]
    poses = [_lies(cell, slot_target(cell, k), "right", random) for k in range(number * spots)]
    for k, state in enumerate(states):
        target = slot_target(cell, number * spots + k)
        if state != "missing":
            poses.append(_lies(cell, target, state, random))
        if state == "double":
            poses.append(_lies(cell, target.raised(cell.case.size[2]), "right", random))
    for i, body in enumerate(pool):
        at, turn = poses[i] if i < len(poses) else (np.array([0.0, 0.0, -50.0]), np.eye(3))
        bullet.resetBasePositionAndOrientation(
            body, at.tolist(), quaternion(turn), physicsClientId=world
        )
    x, y = random.uniform(-4, 4, size=2)
    image = see(camera, bullet, world, sun=(float(x), float(y), float(random.uniform(2, 6))))
    return Layer(number, tuple(states), _worn(image, random))


def _lies(
    cell: Cell, target: Target, state: State, random: np.random.Generator
) -> tuple[Array, Array]:
    """Where the middle of a case lies, how it is turned; a tilted one stands on an edge."""
    aside_x, aside_y = random.normal(0, _ASIDE_M, size=2)
    x, y, z = target.at
    at = np.array([x + aside_x, y + aside_y, z - cell.case.size[2] / 2])
    turn = rotation(2, target.yaw + random.normal(0, _TURNED))
    if state != "tilted":
        return at, turn
    axis = int(random.integers(2))
    angle = random.uniform(_LEAST_TILT, _MOST_TILT) * random.choice((-1.0, 1.0))
    half = np.array(cell.case.size) / 2
    turn = turn @ rotation(axis, angle)
    at[2] += float(np.abs(turn[2]) @ half) - half[2]
    return at, turn


def _worn(image: Image, random: np.random.Generator) -> Image:
    """The image as a camera that errs gives it; a pixel without an echo is NaN."""
    depth = image.depth * (1 + random.normal(0, _NOISE, size=image.depth.shape))
    depth += random.normal(0, _OFFSET_M)
    depth[random.random(depth.shape) < _NO_ECHO] = np.nan
    light = image.rgb * random.uniform(0.6, 1.2) + random.normal(0, 6, size=image.rgb.shape)
    return Image(np.clip(light, 0, 255).astype(np.uint8), depth)
