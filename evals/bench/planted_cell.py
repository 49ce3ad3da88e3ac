"""Sequences of a cell with collisions planted in them, and clean ones, drawn with a seed.

A planted one collides by construction: a solid is put round a point that lies inside a part of a
robot at one moment of its motion, or two robots set cases side by side at once, or a column stands
in the way. It must never ask the sweep that is judged by it. Whether a sequence is clean is told by
looking at every moment of a fine grid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin_core.plant.cell import Cell, Fixture, Shape
from twin_core.plant.cell_file import read_cells
from twin_core.simulation.robots.arm import Array, turn_of
from twin_core.simulation.robots.body import build, client
from twin_core.simulation.robots.cell import motion
from twin_core.simulation.robots.motion import Track, carried
from twin_core.simulation.robots.report import Trouble
from twin_core.simulation.robots.task import Home, Pick, Place, Step, Task
from twin_core.simulation.robots.task import Sequence as Tasks
from twin_core.simulation.robots.watch import Watch

CELL = Path(__file__).with_name("cell.yaml")
PLANTED = "planted"
_SHARP_S = 0.02  # of a moment: two looks of the sweep
_SPEEDS = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Planted:
    """A cell and a sequence with a collision in it.

    Attributes:
        what: was planted.
        robot, other: whose part collides, and what the name of the other ends with or holds.
        below_m: the gap is less than this, by construction.
        at_s: when it is there for certain; None: at some time.
    """

    cell: Cell
    sequence: Tasks
    what: str
    robot: str
    other: str
    below_m: float
    at_s: float | None = None

    def found(self, troubles: Sequence[Trouble]) -> bool:
        """Whether a report tells it: who, with what, how deep and, where that is known, when."""
        return any(
            trouble.kind == "clearance"
            and trouble.robot == self.robot
            and self.other in trouble.other
            and trouble.value < self.below_m
            and (
                self.at_s is None
                or trouble.since_s is None
                or trouble.until_s is None
                or trouble.since_s - _SHARP_S <= self.at_s <= trouble.until_s + _SHARP_S
            )
            for trouble in troubles
        )


def sample() -> Cell:
    """The cell that is measured on."""
    return read_cells(CELL.read_text(encoding="utf-8"), CELL.name)[0]


def clean(cell: Cell, random: np.random.Generator, cases: int = 2) -> Tasks:
    """Cases into slots in an order that can be, each at a speed of its own; who is drawn too."""
    spots = len(cell.pallet.pattern)
    layer = int(random.integers(cell.pallet.layers))
    order = random.permutation(spots)[:cases]
    steps: dict[str, list[Step]] = {robot.id: [] for robot in cell.robots}
    station = {s.robot: s.id for s in cell.stations}
    for n, k in enumerate(order):
        robot = cell.robots[n % len(cell.robots)].id
        speed, back = random.uniform(*_SPEEDS, size=2)
        steps[robot] += [
            Pick(station=station[robot], speed=float(back)),
            Place(slot=layer * spots + int(k), speed=float(speed)),
        ]
    return Tasks(
        tasks=tuple(
            Task(robot=robot, steps=(*done, Home(speed=float(random.uniform(*_SPEEDS)))))
            for robot, done in steps.items()
        ),
        standing=tuple(range(layer * spots)),
    )


def planted(cell: Cell, random: np.random.Generator, count: int) -> Iterator[Planted]:
    """Solids of all sizes in the way of robots, partners, columns: `count` in all."""
    for n in range(count):
        match n % 6:
            case 4:
                yield partners(cell, random)
            case 5:
                yield column(cell, random)
            case _:
                yield solid_in_the_way(cell, random)


def solid_in_the_way(cell: Cell, random: np.random.Generator) -> Planted:
    """A ball, a plate or a rod, 1 to 40 mm, round a point inside a moving part."""
    sequence = clean(cell, random)
    tracks = moves(cell, sequence)
    r = int(random.integers(len(tracks)))
    track = tracks[r]
    going = [
        n for n, leg in enumerate(track.legs)
        if leg.stretch.law is not None and not leg.stretch.upright
    ]  # fmt: skip
    leg = int(random.choice(going))
    at_s = float(random.uniform(track.begins[leg], track.begins[leg + 1]))
    point = inside(cell, track, r, at_s, held=track.legs[leg].holds is not None, random=random)
    thin, wide = float(random.uniform(0.001, 0.005)), float(random.uniform(0.02, 0.1))
    shape = [
        Shape(sphere=float(random.uniform(0.001, 0.04))),
        Shape(box=(wide, thin, wide), turn=(0, 0, float(random.uniform(0, 180)))),
        Shape(cylinder=(thin, wide), turn=(float(random.uniform(0, 90)), 0, 0)),
    ][int(random.integers(3))]
    x, y, z = point.tolist()
    post = Fixture(id=PLANTED, at=(x, y, z), shapes=(shape,))
    with_post = cell.model_copy(update={"fixtures": (*cell.fixtures, post)})
    kind = "ball" if shape.sphere else "plate" if shape.box else "rod"
    return Planted(with_post, sequence, kind, cell.robots[r].id, PLANTED, 0.0, at_s)


def inside(
    cell: Cell, track: Track, r: int, at_s: float, *, held: bool, random: np.random.Generator
) -> Array:
    """A point inside a moving part of a robot, or inside the case in its hand."""
    q = track.at(np.array([at_s]))[0]
    origins, turns = track.arm.frames(q)
    robot = cell.robots[r]
    parts = [(j, shape) for j, joint in enumerate(robot.joints) for shape in joint.shapes]
    if held:
        x, y, z = robot.tool
        case = Shape(box=cell.case.size, at=(x, y, z - cell.case.size[2] / 2))
        parts.append((len(robot.joints) - 1, case))
    j, shape = parts[
        int(random.integers(1, len(parts)))
    ]  # the first, round its axis, sweeps little
    half = shape.radius * 0.5 * np.ones(3)
    if shape.box is not None:
        half = np.array(shape.box) / 2 * 0.9
    elif shape.cylinder is not None:
        radius, height = shape.cylinder
        half = np.array([radius * 0.6, radius * 0.6, height / 2 * 0.9])
    local = np.array(shape.at) + turn_of(shape) @ (random.uniform(-1, 1, size=3) * half)
    point: Array = origins[0, j] + turns[0, j] @ local
    return point


def partners(cell: Cell, random: np.random.Generator) -> Planted:
    """Two robots without the rule, alike, set cases into the two middle slots at once.

    The slots are nearer to each other than the clearance, and both cases come from above.
    """
    speed = float(random.uniform(*_SPEEDS))
    left, right = cell.robots[:2]
    station = {s.robot: s.id for s in cell.stations}
    slots = [4, 5] if random.random() < 0.5 else [5, 4]
    layer = int(random.integers(cell.pallet.layers)) * len(cell.pallet.pattern)
    tasks = tuple(
        Task(
            robot=robot.id,
            steps=(
                Pick(station=station[robot.id], speed=speed),
                Place(slot=layer + slot, speed=speed),
                Home(speed=speed),
            ),
        )
        for robot, slot in zip((left, right), slots, strict=True)
    )
    free = cell.model_copy(update={"shared": None})
    sequence = Tasks(tasks=tasks, standing=tuple(range(layer)))
    return Planted(free, sequence, "partner", left.id, right.id, cell.clearance)


def column(cell: Cell, random: np.random.Generator) -> Planted:
    """Columns of cases stand in the middle, and a robot reaches across them, too low."""
    speed = float(random.uniform(*_SPEEDS))
    spots = len(cell.pallet.pattern)
    standing = tuple(k + layer * spots for k in (4, 5) for layer in range(cell.pallet.layers))
    r = int(random.integers(2))
    robot = cell.robots[r]
    station = next(s.id for s in cell.stations if s.robot == robot.id)
    far = ((1, 3), (0, 2))[r][int(random.integers(2))]
    task = Task(
        robot=robot.id,
        steps=(Pick(station=station, speed=speed), Place(slot=far, speed=speed)),
    )
    sequence = Tasks(tasks=(task,), standing=standing)
    return Planted(cell, sequence, "column", robot.id, "slot", 0.0)


def moves(cell: Cell, sequence: Tasks) -> Sequence[Track]:
    """How the robots move."""
    with client() as (bullet, world):
        return motion(cell, sequence, build(cell, (), bullet, world)).tracks


def least_slack(cell: Cell, sequence: Tasks, every_s: float) -> float:
    """How much nearer anything might come than it does, m: by looking every so many seconds."""
    filled = {s.slot for task in sequence.tasks for s in task.steps if isinstance(s, Place)}
    slack = np.inf
    with client() as (bullet, world):
        bodies = build(cell, sorted({*sequence.standing, *filled}), bullet, world)
        tracks = motion(cell, sequence, bodies).tracks
        watch = Watch(cell, bodies, tracks, carried(tracks, sequence, cell), sequence.standing)
        parts = [part for _, stand in bodies.standing for part in stand]
        for t in np.arange(0.0, max(track.ends_s for track in tracks), every_s):
            k = int(np.searchsorted(watch.t, t))
            now = float(watch.t[k])
            there = {part for part in parts if watch.there(part, now)}
            legs = [track.leg_at(now) if track.legs else 0 for track in tracks]
            put = [watch.body(r, leg) for r, leg in enumerate(legs)]
            for r, (body, _) in enumerate(put):
                watch.put(r, body, k)
            for r, (body, laden) in enumerate(put):
                tables = watch.standing_needs(r, legs[r], there)
                for (stand, _), needs in zip(bodies.standing, tables, strict=True):
                    slack = min(slack, _slack(watch.points(body, stand), needs))
                if laden:
                    own = watch.points(body, body, len(cell.robots[r].joints))
                    slack = min(slack, _slack(own, watch.own_needs(r)))
                for s in range(r):
                    mutual = watch.mutual_needs(r, s)
                    slack = min(slack, _slack(watch.points(body, put[s][0]), mutual))
    return float(slack)


def _slack(points: Sequence[tuple[float, ...]], needs: list[list[float]]) -> float:
    return min((p[8] - needs[int(p[3])][int(p[4])] for p in points), default=np.inf)
