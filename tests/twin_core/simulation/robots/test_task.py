"""What robots may be told, and what is refused before anything moves."""

import pytest
from pydantic import ValidationError

from tests.twin_core.simulation.robots.cells import alone, both, sample
from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.simulation.robots.task import Home, Pick, Place, Sequence, Task, check, in_turn

CELL = sample()
PICK, PLACE = Pick(station="infeed-left"), Place(slot=0)


def told(*steps, robot="left", standing=()):
    return Sequence(tasks=(Task(robot=robot, steps=steps),), standing=standing)


@pytest.mark.parametrize(
    ("sequence", "said"),
    [
        (told(PLACE), "places without a case; allowed: a pick"),
        (told(PICK, PICK), "picks with a case in hand"),
        (told(PICK, Place(slot=18)), "slot 18; allowed: slots 0 to 17"),
        (told(PICK, PLACE, standing=(0,)), "slot 0, which is filled"),
        (told(PICK, PLACE, standing=(3, 3)), "filled twice"),
        (told(PICK, robot="right"), "picks at infeed-left; allowed: infeed-right"),
        (both(left=2, right=2), "slot 2, which is filled"),
        (
            Sequence(tasks=(Task(robot="left", steps=()), Task(robot="left", steps=()))),
            "left has two tasks",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(sequence, said):
    """With what is allowed."""
    with pytest.raises(ImpossibleScenario, match=said):
        check(CELL, sequence)


@pytest.mark.parametrize("sequence", [told(Home(), robot="middle"), told(Pick(station="x"))])
def test_what_the_cell_has_not_is_refused(sequence):
    """A robot or station of another name."""
    with pytest.raises(UnknownName):
        check(CELL, sequence)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_speed_that_is_none_is_refused(speed):
    """Zero, negative, not a number, beyond all measure."""
    with pytest.raises(ValidationError):
        Home(speed=speed)


def test_more_cases_than_can_be_simulated_are_refused():
    """A pallet of 2,000, all filled."""
    pallet = CELL.pallet.model_copy(update={"layers": 20, "pattern": CELL.pallet.pattern * 16})
    tall = CELL.model_copy(update={"pallet": pallet})
    with pytest.raises(TooLarge):
        check(tall, told(standing=tuple(range(1900))))


def test_names_that_are_no_ids_are_refused():
    """Nothing hostile gets as far as a cell."""
    with pytest.raises(ValidationError):
        Pick(station="../../etc/passwd")


def test_robots_take_turns():
    """The plain sequence fills slot after slot, robots in turn, and goes home."""
    sequence = in_turn(CELL, 5, speed=0.5, first=6)
    check(CELL, sequence)
    slots = {t.robot: [s.slot for s in t.steps if s.step == "place"] for t in sequence.tasks}
    assert slots == {"left": [6, 8, 10], "right": [7, 9]}
    assert sequence.standing == (0, 1, 2, 3, 4, 5)
    assert all(isinstance(task.steps[-1], Home) for task in sequence.tasks)


@pytest.mark.parametrize(("cases", "first"), [(19, 0), (1, 18), (-1, 0), (1, -1)])
def test_more_than_the_pallet_takes_is_refused(cases, first):
    """With the slots there are."""
    with pytest.raises(ImpossibleScenario, match="slots 0 to 17"):
        in_turn(CELL, cases, first=first)


def test_a_faster_sequence_is_the_same_but_for_speed():
    """Every step, times the factor."""
    faster = alone(speed=0.5).faster(1.5)
    assert faster == alone(speed=0.75)
