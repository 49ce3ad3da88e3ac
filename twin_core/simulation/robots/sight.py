"""What a camera of a cell sees: colours and depth, drawn by Bullet's TinyRenderer.

It must never need a display, nor draw anything but what a camera sees.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.cell import Camera, Cell
from twin_core.simulation.robots.arm import Array
from twin_core.simulation.robots.body import Point, build, client
from twin_core.simulation.robots.cell import motion
from twin_core.simulation.robots.motion import carried
from twin_core.simulation.robots.task import Sequence, check
from twin_core.simulation.robots.watch import Watch

_NEAR_M, _FAR_M = 0.1, 30.0
_SUN: Point = (2.0, 3.0, 6.0)


@dataclass(frozen=True, slots=True)
class Image:
    """What a camera saw.

    Attributes:
        rgb: (height, width, 3), 0 to 255.
        depth: (height, width) m along the line of sight's axis, not along the ray.
    """

    rgb: NDArray[np.uint8]
    depth: Array


def see(
    camera: Camera, bullet: Any, world: int, *, sun: Point = _SUN, shadow: bool = False
) -> Image:
    """What the camera sees in a world.

    The z-buffer d of OpenGL is turned into m: near · far / (far − (far − near) · d).
    """
    _, up = _upright(camera)
    view = bullet.computeViewMatrix(camera.at, camera.look_at, up.tolist())
    lens = bullet.computeProjectionMatrixFOV(
        camera.field, camera.width / camera.height, _NEAR_M, _FAR_M
    )
    _, _, rgba, buffer, _ = bullet.getCameraImage(
        camera.width,
        camera.height,
        view,
        lens,
        lightDirection=sun,
        shadow=int(shadow),
        renderer=bullet.ER_TINY_RENDERER,
        physicsClientId=world,
    )
    size = (camera.height, camera.width)
    rgb = np.asarray(rgba, dtype=np.uint8).reshape(*size, 4)[..., :3].copy()
    depth = _NEAR_M * _FAR_M / (_FAR_M - (_FAR_M - _NEAR_M) * np.asarray(buffer, dtype=np.float64))
    return Image(rgb, depth.reshape(size))


def points(camera: Camera, depth: Array) -> Array:
    """Where in the world the pixels of a depth image (height, width) lie, (height, width, 3)."""
    ahead, up = _upright(camera)
    right = np.cross(ahead, up)
    tall = np.tan(np.radians(camera.field) / 2)
    # TinyRenderer looks through the lower left corner of a pixel, not through its middle.
    x = (2 * np.arange(camera.width) / camera.width - 1) * tall * camera.width / camera.height
    y = (1 - 2 * (np.arange(camera.height) + 1) / camera.height) * tall
    rays = ahead + x[None, :, None] * right + y[:, None, None] * up
    where: Array = np.array(camera.at) + depth[..., None] * rays
    return where


def _upright(camera: Camera) -> tuple[Array, Array]:
    """Where the camera looks and where its up is; one that looks straight down has y up."""
    ahead = np.array(camera.look_at) - np.array(camera.at)
    ahead /= np.linalg.norm(ahead)
    world_up = np.array([0.0, 1.0, 0.0] if abs(ahead[2]) > 0.999 else [0.0, 0.0, 1.0])
    right = np.cross(ahead, world_up)
    right /= np.linalg.norm(right)
    return ahead, np.cross(right, ahead)


def picture(cell: Cell, sequence: Sequence, at_s: float, camera: Camera) -> Image:
    """The cell at a moment of a sequence.

    Raises:
        UnknownName, ImpossibleScenario: as `validate`; also a place out of reach.
        EngineMissing: there is no PyBullet.
    """
    check(cell, sequence)
    filled = {s.slot for task in sequence.tasks for s in task.steps if s.step == "place"}
    slots = sorted({*sequence.standing, *filled})
    with client() as (bullet, world):
        bodies = build(cell, slots, bullet, world)
        moves = motion(cell, sequence, bodies)
        if moves.unreached:
            place = moves.unreached[0]
            raise ImpossibleScenario(
                f"{place.robot} cannot get to {place.step}", "places within its reach"
            )
        cases = carried(moves.tracks, sequence, cell)
        watch = Watch(cell, bodies, moves.tracks, cases, sequence.standing)
    if not 0 <= at_s <= watch.t[-1]:
        raise ImpossibleScenario(
            f"a picture at {at_s:g} s", f"0 to {watch.t[-1]:.1f} s, the sequence"
        )
    there = [part for _, parts in bodies.standing for part in parts if watch.there(part, at_s)]
    with client() as (bullet, world):
        shown = build(
            cell,
            [part.slot for part in there if part.slot is not None],
            bullet,
            world,
            stations=[part.station for part in there if part.station is not None],
            seen=True,
        )
        for r, track in enumerate(moves.tracks):
            _, laden = watch.body(r, track.leg_at(at_s) if track.legs else 0)
            pair = shown.bare[r], shown.laden[r]
            shown.away(pair[not laden])
            shown.pose(pair[laden], track.at(np.array([at_s]))[0][0])
        return see(camera, bullet, world, shadow=True)


def png(image: Image) -> bytes:
    """The colours as a PNG file (ISO/IEC 15948), 8 bits a channel, every row unfiltered."""
    high, wide, _ = image.rgb.shape
    rows = np.concatenate([np.zeros((high, 1), np.uint8), image.rgb.reshape(high, -1)], axis=1)
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
