"""A robot cell as the plant file draws it: boxes, cylinders, spheres, joints, and who shares what.

It must never hold what a simulator makes of it. Lengths are metres, masses kilograms; angles are
degrees, and a joint's figures are in its own unit: degrees where it turns, metres where it slides.
The world's z points up, and the floor lies at z = 0.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from twin_core.value import Path, Slug, Value

Metres = Annotated[float, Field(ge=-50, le=50)]
Size = Annotated[float, Field(ge=0.001, le=50)]
Degrees = Annotated[float, Field(ge=-720, le=720)]
Vector = tuple[Metres, Metres, Metres]
ORIGIN: Vector = (0.0, 0.0, 0.0)


class Shape(Value):
    """One solid: a box (x, y, z), a cylinder (radius, height along z) or a sphere (radius).

    Attributes:
        at: its middle, in the frame of what it belongs to.
        turn: roll, pitch and yaw about x, y and z of that frame, in this order, degrees.
    """

    box: tuple[Size, Size, Size] | None = None
    cylinder: tuple[Size, Size] | None = None
    sphere: Size | None = None
    at: Vector = ORIGIN
    turn: tuple[Degrees, Degrees, Degrees] = ORIGIN

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [self.box, self.cylinder, self.sphere]
        if sum(solid is not None for solid in given) != 1:
            raise PydanticCustomError(
                "shape", "a shape is one solid", {"allowed": "box, cylinder or sphere"}
            )
        return self

    @property
    def radius(self) -> float:
        """Of the ball round its middle that holds it, m."""
        if self.sphere is not None:
            return self.sphere
        if self.cylinder is not None:
            radius, height = self.cylinder
            return math.hypot(radius, height / 2)
        assert self.box is not None
        return math.hypot(*self.box) / 2

    @property
    def volume(self) -> float:
        """In m³."""
        if self.sphere is not None:
            return 4 / 3 * math.pi * self.sphere**3
        if self.cylinder is not None:
            return math.pi * self.cylinder[0] ** 2 * self.cylinder[1]
        assert self.box is not None
        x, y, z = self.box
        return x * y * z


class Joint(Value):
    """A driven joint and the link that it moves.

    Attributes:
        axis: of turning or sliding, in the frame of the link before, which all joints at zero
            leave parallel to the robot's base.
        at: where the joint stands in that frame.
        low, high: of its position; `speed`, `acceleration` the most of either sign; in deg or m,
            per s, per s².
        effort: the most its drive gives for a while, N·m or N.
        mass: of the link, whose middle of mass is that of its shapes.
    """

    id: Slug
    kind: Literal["turns", "slides"] = "turns"
    axis: Literal["x", "y", "z"]
    at: Vector = ORIGIN
    low: Annotated[float, Field(ge=-720, le=720)]
    high: Annotated[float, Field(ge=-720, le=720)]
    speed: Annotated[float, Field(gt=0, le=2000)]
    acceleration: Annotated[float, Field(gt=0, le=20_000)]
    effort: Annotated[float, Field(gt=0, le=1e6)]
    mass: Annotated[float, Field(gt=0, le=10_000)]
    shapes: Annotated[tuple[Shape, ...], Field(min_length=1, max_length=16)]

    @property
    def unit(self) -> str:
        """Of its position."""
        return "deg" if self.kind == "turns" else "m"

    @property
    def effort_unit(self) -> str:
        """Of what its drive gives."""
        return "N.m" if self.kind == "turns" else "N"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise PydanticCustomError(
                "joint",
                "{low} to {high} is no range",
                {"low": self.low, "high": self.high, "allowed": "low below high"},
            )
        return self


class Robot(Value):
    """A robot: a base that stands and a chain of joints with a gripper at its end.

    Attributes:
        at, yaw: where its base stands, and how it is turned about z, degrees.
        base: what of it never moves.
        tool: the middle of the gripping face, in the frame of the last link.
        grip: the most the gripper holds, N.
        home: a position of every joint, deg or m.
    """

    id: Slug
    name: str = ""
    at: Vector
    yaw: Degrees = 0.0
    base: Annotated[tuple[Shape, ...], Field(min_length=1, max_length=16)]
    joints: Annotated[tuple[Joint, ...], Field(min_length=3, max_length=8)]
    tool: Vector
    grip: Annotated[float, Field(gt=0, le=1e6)]
    home: tuple[Degrees, ...]

    @model_validator(mode="after")
    def _home_in_range(self) -> Self:
        if len(self.home) != len(self.joints):
            raise PydanticCustomError(
                "home",
                "home has {given} positions",
                {"given": len(self.home), "allowed": f"{len(self.joints)}, one a joint"},
            )
        for joint, place in zip(self.joints, self.home, strict=True):
            if not joint.low <= place <= joint.high:
                raise PydanticCustomError(
                    "home",
                    "home puts {joint} at {place} {unit}",
                    {
                        "joint": joint.id,
                        "place": place,
                        "unit": joint.unit,
                        "allowed": f"{joint.low:g} to {joint.high:g} {joint.unit}",
                    },
                )
        _distinct("joint", (joint.id for joint in self.joints))
        return self


class Fixture(Value):
    """Something that stands: a guard, a conveyor, a post. `bears`: cases may stand on it."""

    id: Slug
    name: str = ""
    at: Vector
    yaw: Degrees = 0.0
    shapes: Annotated[tuple[Shape, ...], Field(min_length=1, max_length=32)]
    bears: bool = False


class Case(Value):
    """What is carried: a box of that size (x, y, z) and mass, evenly filled."""

    size: tuple[Size, Size, Size]
    mass: Annotated[float, Field(gt=0, le=1000)]


class Station(Value):
    """Where cases come: the middle of the bottom of a case that waits, and for which robot."""

    id: Slug
    robot: Slug
    at: Vector
    yaw: Degrees = 0.0


class Spot(Value):
    """A place in a layer: the middle of a case on the pallet's face, and how it is turned."""

    x: Metres
    y: Metres
    yaw: Degrees = 0.0


class Pallet(Value):
    """The pallet, and the pattern of every layer on it; slots count from 0, layer by layer.

    Attributes:
        at: the middle of its upper face.
        size: x, y and thickness.
    """

    id: Slug = "pallet"
    at: Vector
    yaw: Degrees = 0.0
    size: tuple[Size, Size, Size]
    pattern: Annotated[tuple[Spot, ...], Field(min_length=1, max_length=100)]
    layers: Annotated[int, Field(ge=1, le=20)] = 1

    @property
    def slots(self) -> int:
        """How many cases it takes."""
        return len(self.pattern) * self.layers


class Shared(Value):
    """A space that one robot at a time may be in; who asks first goes first."""

    id: Slug = "shared"
    at: Vector
    size: tuple[Size, Size, Size]


class Camera(Value):
    """A camera: where it hangs, what it looks at, its upright field of view (degrees), pixels."""

    id: Slug
    at: Vector
    look_at: Vector
    field: Annotated[float, Field(ge=5, le=120)] = 50.0
    width: Annotated[int, Field(ge=16, le=1024)] = 160
    height: Annotated[int, Field(ge=16, le=1024)] = 120

    @model_validator(mode="after")
    def _looks_somewhere(self) -> Self:
        if self.at == self.look_at:
            raise PydanticCustomError(
                "camera", "looks at itself", {"allowed": "look_at apart from at"}
            )
        return self


class Cell(Value):
    """A palletizing cell.

    Attributes:
        unit: the asset that it is; None: none of the plant's.
        clearance: the least distance that moving parts keep from each other and from what stands.
        lift: how far a case is lifted before it travels, and the gripper above a case it leaves;
            at least the clearance.
        grip_s, release_s: how long the gripper takes.
        shared: the space the robots take turns in; None: no rule.
    """

    id: Slug
    name: str
    unit: Path | None = None
    clearance: Annotated[float, Field(ge=0.005, le=1)] = 0.05
    lift: Annotated[float, Field(ge=0.01, le=2)] = 0.15
    grip_s: Annotated[float, Field(ge=0, le=10)] = 0.3
    release_s: Annotated[float, Field(ge=0, le=10)] = 0.2
    case: Case
    robots: Annotated[tuple[Robot, ...], Field(min_length=1, max_length=4)]
    stations: Annotated[tuple[Station, ...], Field(min_length=1, max_length=8)]
    pallet: Pallet
    fixtures: Annotated[tuple[Fixture, ...], Field(max_length=60)] = ()
    shared: Shared | None = None
    cameras: Annotated[tuple[Camera, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        robots = [robot.id for robot in self.robots]
        names = [*robots, "floor", self.pallet.id]
        names += [fixture.id for fixture in self.fixtures]
        names += [station.id for station in self.stations]
        names += [camera.id for camera in self.cameras]
        names += [] if self.shared is None else [self.shared.id]
        _distinct("part of the cell", names)
        for station in self.stations:
            if station.robot not in robots:
                raise PydanticCustomError(
                    "station",
                    "station {station} is for robot {robot}",
                    {
                        "station": station.id,
                        "robot": station.robot,
                        "allowed": ", ".join(robots),
                    },
                )
        if self.lift < self.clearance:
            raise PydanticCustomError(
                "lift",
                "a lift of {lift} m is less than the clearance",
                {"lift": self.lift, "allowed": f"{self.clearance:g} m or more"},
            )
        return self


def _distinct(kind: str, names: Iterator[str] | Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise PydanticCustomError(
                "name",
                "{kind} “{name}” is given twice",
                {"kind": kind, "name": name, "allowed": "a name of its own for each"},
            )
        seen.add(name)
