"""A cell as bodies of PyBullet: arms with and without a case, and all that stands.

It must never leave a client connected, nor call PyBullet without saying which client. Bodies are
made of the plant file's solids; no robot description file is read.
"""

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twin_core.errors import EngineMissing
from twin_core.plant.cell import ORIGIN, Cell, Robot, Shape, Station
from twin_core.simulation.robots.arm import Array, Target, rotation, turn_of
from twin_core.simulation.robots.motion import slot_target, station_target

Quaternion = tuple[float, float, float, float]
Point = tuple[float, float, float]
Colour = tuple[float, float, float, float]
FLAT: Quaternion = (0.0, 0.0, 0.0, 1.0)

_FLOOR_M = 0.1
_LINKS = 64  # of one body: Bullet holds 128 and grows slow before
_COLOURS: dict[str, Colour] = {
    "floor": (0.82, 0.82, 0.80, 1),
    "fixture": (0.95, 0.78, 0.25, 1),
    "bears": (0.45, 0.50, 0.55, 1),
    "pallet": (0.62, 0.45, 0.28, 1),
    "case": (0.80, 0.62, 0.42, 1),
    "base": (0.30, 0.32, 0.36, 1),
}
_ARM_COLOURS: tuple[Colour, ...] = (
    (0.90, 0.40, 0.12, 1), (0.16, 0.44, 0.70, 1), (0.30, 0.60, 0.30, 1), (0.55, 0.30, 0.60, 1)
)  # fmt: skip


def engine() -> Any:
    """PyBullet.

    Raises:
        EngineMissing: there is none here.
    """
    try:
        import pybullet
    except ImportError as problem:
        raise EngineMissing(
            "A robot cell", "PyBullet", "it comes with OpsTwin on Python below 3.12"
        ) from problem
    return pybullet


@contextmanager
def client() -> Iterator[tuple[Any, int]]:
    """PyBullet and a fresh world in it, without a display, gone afterwards whatever happens.

    Raises:
        EngineMissing: there is no PyBullet, or it gives no more worlds.
    """
    bullet = engine()
    world = bullet.connect(bullet.DIRECT)
    if world < 0:
        raise EngineMissing("A robot cell", "a free world of PyBullet", "it holds 1024 at once")
    try:
        yield bullet, world
    finally:
        bullet.disconnect(physicsClientId=world)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that stands, as a link of a body.

    Attributes:
        name: as it is told.
        bears: cases may stand on it, or it is one.
        slot, station: the case of a slot, or that waits at a station; None: always there.
    """

    name: str
    bears: bool
    slot: int | None = None
    station: str | None = None


_Placed = tuple[Part, Shape, Target, Colour]
"""A part, its solid, where the middle of the solid is and how it is turned, its colour."""


@dataclass(slots=True)
class Bodies:
    """What was made in one world.

    Attributes:
        bare, laden: body ids, one a robot: without and with a case, which is the last link.
        standing: (body id, its parts by link).
    """

    bullet: Any
    world: int
    bare: list[int] = field(default_factory=list)
    laden: list[int] = field(default_factory=list)
    standing: list[tuple[int, tuple[Part, ...]]] = field(default_factory=list)

    def away(self, body: int) -> None:
        """Put a body where nobody sees it."""
        self.bullet.resetBasePositionAndOrientation(
            body, (0, 0, -100), FLAT, physicsClientId=self.world
        )

    def pose(self, body: int, q: Array) -> None:
        """Put the joints of a body at q (joints,), at rest."""
        self.bullet.resetJointStatesMultiDof(
            body, range(len(q)), [[x] for x in q.tolist()], physicsClientId=self.world
        )


def build(
    cell: Cell,
    slots: Sequence[int],
    bullet: Any,
    world: int,
    *,
    stations: Container[str] | None = None,
    seen: bool = False,
) -> Bodies:
    """The bodies of a cell, none of which moves by itself.

    Args:
        cell: the cell.
        slots: of the pallet in which a case may stand.
        bullet: of `client`.
        world: of `client`.
        stations: at which a case may wait; absent: at all.
        seen: with what a camera sees.
    """
    bodies = Bodies(bullet, world)
    for r, robot in enumerate(cell.robots):
        colour = _ARM_COLOURS[r] if seen else None
        bodies.bare.append(arm_body(robot, bullet, world, colour=colour))
        bodies.laden.append(arm_body(robot, bullet, world, case=cell, colour=colour))
    waiting = [s for s in cell.stations if stations is None or s.id in stations]
    parts = [*_furniture(cell), *_cases(cell, waiting, slots)]
    bodies.standing += _standing(parts, bullet, world, seen=seen)
    return bodies


def furniture(cell: Cell, bullet: Any, world: int) -> dict[int, Part]:
    """All that always stands, without any case, as a body each: cheaper where time is stepped."""
    made = {}
    for part, shape, target, _ in _furniture(cell):
        centred = shape.model_copy(update={"at": ORIGIN})
        collision, _ = solid((centred,), bullet, world, None)
        turn = quaternion(rotation(2, target.yaw))
        body = bullet.createMultiBody(0, collision, -1, target.at, turn, physicsClientId=world)
        made[body] = part
    return made


def _standing(
    parts: Sequence[_Placed], bullet: Any, world: int, *, seen: bool
) -> list[tuple[int, tuple[Part, ...]]]:
    made = []
    for i in range(0, len(parts), _LINKS):
        chunk = parts[i : i + _LINKS]
        body = _stand(chunk, bullet, world, seen=seen)
        made.append((body, tuple(part for part, _, _, _ in chunk)))
    return made


def arm_body(
    robot: Robot, bullet: Any, world: int, *, case: Cell | None = None, colour: Colour | None = None
) -> int:
    """One robot as a multi-body, fixed to the floor; with a case in hand if `case` is given.

    The inertia of a link is that of its solids, evenly filled (Bullet: of the box round several).
    """
    base_colour = _COLOURS["base"] if colour is not None else None
    base = solid(robot.base, bullet, world, base_colour)
    masses, shapes, at, middles, kinds, axes = [], [], [], [], [], []
    for joint in robot.joints:
        masses.append(joint.mass)
        shapes.append(solid(joint.shapes, bullet, world, colour))
        at.append(joint.at)
        middles.append(_middle(joint.shapes))
        kinds.append(bullet.JOINT_REVOLUTE if joint.kind == "turns" else bullet.JOINT_PRISMATIC)
        axes.append([float(name == joint.axis) for name in "xyz"])
    if case is not None:
        x, y, z = robot.tool
        hung = Shape(box=case.case.size, at=(0, 0, 0))
        masses.append(case.case.mass)
        shapes.append(solid((hung,), bullet, world, _COLOURS["case"] if colour else None))
        at.append((x, y, z - case.case.size[2] / 2))
        middles.append((0.0, 0.0, 0.0))
        kinds.append(bullet.JOINT_FIXED)
        axes.append([0.0, 0.0, 1.0])
    count = len(masses)
    body: int = bullet.createMultiBody(
        baseMass=0,
        baseCollisionShapeIndex=base[0],
        baseVisualShapeIndex=base[1],
        basePosition=robot.at,
        baseOrientation=quaternion(rotation(2, np.radians(robot.yaw))),
        linkMasses=masses,
        linkCollisionShapeIndices=[solid for solid, _ in shapes],
        linkVisualShapeIndices=[look for _, look in shapes],
        linkPositions=at,
        linkOrientations=[FLAT] * count,
        linkInertialFramePositions=middles,
        linkInertialFrameOrientations=[FLAT] * count,
        linkParentIndices=list(range(count)),
        linkJointTypes=kinds,
        linkJointAxis=axes,
        physicsClientId=world,
    )
    return body


def _middle(shapes: Sequence[Shape]) -> Point:
    """Of mass, were all of one stuff."""
    volume = sum(shape.volume for shape in shapes)
    x, y, z = (sum(s.at[i] * s.volume for s in shapes) / volume for i in range(3))
    return x, y, z


def _furniture(cell: Cell) -> list[_Placed]:
    pallet = cell.pallet
    x, y, z = pallet.at
    slab = Shape(box=pallet.size)
    floor = Shape(box=(40, 40, _FLOOR_M))
    found = [
        (Part("floor", bears=False), floor, Target((0, 0, -_FLOOR_M / 2), 0), _COLOURS["floor"]),
        (
            Part(pallet.id, bears=True),
            slab,
            Target((x, y, z - pallet.size[2] / 2), float(np.radians(pallet.yaw))),
            _COLOURS["pallet"],
        ),
    ]
    for fixture in cell.fixtures:
        turn = float(np.radians(fixture.yaw))
        colour = _COLOURS["bears" if fixture.bears else "fixture"]
        for shape in fixture.shapes:
            at = np.array(fixture.at) + rotation(2, turn) @ np.array(shape.at)
            px, py, pz = at.tolist()
            part = Part(fixture.id, bears=fixture.bears)
            found.append((part, shape, Target((px, py, pz), turn), colour))
    return found


def _cases(cell: Cell, stations: Sequence[Station], slots: Sequence[int]) -> list[_Placed]:
    box, down = Shape(box=cell.case.size), -cell.case.size[2] / 2
    waiting = [
        (
            Part(f"the case at {station.id}", bears=True, station=station.id),
            station_target(cell, station).raised(down),
        )
        for station in stations
    ]
    stacked = [
        (Part(f"the case in slot {k}", bears=True, slot=k), slot_target(cell, k).raised(down))
        for k in slots
    ]
    return [(part, box, at, _COLOURS["case"]) for part, at in [*waiting, *stacked]]


def _stand(parts: Sequence[_Placed], bullet: Any, world: int, *, seen: bool) -> int:
    count = len(parts)
    centred = [shape.model_copy(update={"at": ORIGIN}) for _, shape, _, _ in parts]
    solids = [
        solid((shape,), bullet, world, colour if seen else None)
        for shape, (_, _, _, colour) in zip(centred, parts, strict=True)
    ]
    body: int = bullet.createMultiBody(
        baseMass=0,
        baseCollisionShapeIndex=-1,
        linkMasses=[0.0] * count,
        linkCollisionShapeIndices=[solid for solid, _ in solids],
        linkVisualShapeIndices=[look for _, look in solids],
        linkPositions=[target.at for _, _, target, _ in parts],
        linkOrientations=[quaternion(rotation(2, target.yaw)) for _, _, target, _ in parts],
        linkInertialFramePositions=[(0, 0, 0)] * count,
        linkInertialFrameOrientations=[FLAT] * count,
        linkParentIndices=[0] * count,
        linkJointTypes=[bullet.JOINT_FIXED] * count,
        linkJointAxis=[(0, 0, 1)] * count,
        physicsClientId=world,
    )
    return body


def solid(
    shapes: Sequence[Shape], bullet: Any, world: int, colour: Colour | None
) -> tuple[int, int]:
    """Collision and visual shape of solids; the visual is −1 where nobody looks."""
    kinds, halves, radii, heights, at, turns = [], [], [], [], [], []
    for shape in shapes:
        half, radius, height = [0.1, 0.1, 0.1], 0.1, 0.1
        if shape.box is not None:
            kinds.append(bullet.GEOM_BOX)
            half = [side / 2 for side in shape.box]
        elif shape.cylinder is not None:
            kinds.append(bullet.GEOM_CYLINDER)
            radius, height = shape.cylinder
        else:
            kinds.append(bullet.GEOM_SPHERE)
            radius = shape.sphere or 0.0
        halves.append(half)
        radii.append(radius)
        heights.append(height)
        at.append(shape.at)
        turns.append(quaternion(turn_of(shape)))
    placed = {"physicsClientId": world, "shapeTypes": kinds, "halfExtents": halves, "radii": radii}
    solid = bullet.createCollisionShapeArray(
        **placed, lengths=heights, collisionFramePositions=at, collisionFrameOrientations=turns
    )
    if colour is None:
        return solid, -1
    look = bullet.createVisualShapeArray(
        **placed,
        lengths=heights,
        visualFramePositions=at,
        visualFrameOrientations=turns,
        rgbaColors=[colour] * len(kinds),
    )
    return solid, look


def quaternion(turn: Array) -> Quaternion:
    """x, y, z, w of a rotation matrix (3, 3).

    The largest of the four is found first, so that nothing small is divided by: Shepperd,
    Quaternion from rotation matrix, 1978.
    """
    trace = float(np.trace(turn))
    squares = np.array([*(1 + 2 * np.diag(turn) - trace), 1 + trace])
    big = int(squares.argmax())
    if big == 3:
        q = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1], 0])
    else:
        i, j, k = big, (big + 1) % 3, (big + 2) % 3
        q = np.zeros(4)
        q[j] = turn[i, j] + turn[j, i]
        q[k] = turn[i, k] + turn[k, i]
        q[3] = turn[k, j] - turn[j, k]
    q[big] = squares[big]
    x, y, z, w = (q / np.linalg.norm(q)).tolist()
    return x, y, z, w
