"""The sample cell, and smaller ones made of it."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from twin_core.plant.cell import Cell, Fixture
from twin_core.plant.cell_file import read_cells
from twin_core.simulation.robots.task import Home, Pick, Place, Sequence, Task

BULLET = pytest.mark.skipif(
    find_spec("pybullet") is None, reason="PyBullet exists for Python below 3.12"
)
SAMPLE = Path(__file__).parents[4] / "evals" / "bench" / "cell.yaml"


@cache
def sample() -> Cell:
    return read_cells(SAMPLE.read_text(encoding="utf-8"), "cell.yaml")[0]


def alone(slot=0, speed=1.0, standing=(), home=True):
    """One case by the left robot."""
    steps = [Pick(station="infeed-left", speed=speed), Place(slot=slot, speed=speed)]
    if home:
        steps.append(Home(speed=speed))
    return Sequence(tasks=(Task(robot="left", steps=tuple(steps)),), standing=standing)


def both(left=4, right=5, speed=1.0):
    """One case each, at once."""
    tasks = [
        Task(
            robot=robot,
            steps=(
                Pick(station=f"infeed-{robot}", speed=speed),
                Place(slot=slot, speed=speed),
                Home(speed=speed),
            ),
        )
        for robot, slot in (("left", left), ("right", right))
    ]
    return Sequence(tasks=tuple(tasks))


def without_rule(cell: Cell) -> Cell:
    return cell.model_copy(update={"shared": None})


def with_post(cell: Cell, at, **shape) -> Cell:
    """The cell with a thing called `post` in it."""
    post = Fixture.model_validate({"id": "post", "at": at, "shapes": [shape]})
    return cell.model_copy(update={"fixtures": (*cell.fixtures, post)})
